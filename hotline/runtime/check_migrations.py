"""`make check`: whether tables and migrations agree, seen on a fresh embedded database."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

from hotline import secrets_store
from hotline.runtime import layout, postgres
from hotline.runtime.supervisor import Supervisor
from hotline.secrets_store import Secrets
from hotline.settings import PORTS, Settings
from storage.migrate import check_async, upgrade_async

PORT_BASE = 29900


def main() -> int:
    """0 when nothing differs, else 1 with each difference on its line."""
    with tempfile.TemporaryDirectory(prefix="hotline-check-") as folder:
        # The dropped database user must pass this folder.
        os.chmod(folder, 0o755)  # noqa: S103
        home = {"HOTLINE_HOME": folder, "HOTLINE_PORT_BASE": str(PORT_BASE - PORTS["postgres"])}
        settings = Settings.read(os.environ | home | {"HOTLINE_TEST_DATABASE": "1", "DATABASE_URL": ""})
        layout.prepare(settings, python=Path(sys.executable))
        secrets = secrets_store.ensure(settings)
        postgres.initialise(settings, secrets)
        differences = asyncio.run(_differences(settings, secrets))
    for line in differences:
        print(f"✗ migrations: {line}")
    if not differences:
        print("migrations are up to date")
    return 1 if differences else 0


async def _differences(settings: Settings, secrets: Secrets) -> list[str]:
    async with asyncio.TaskGroup() as tasks:
        supervisor = Supervisor(settings.home / "log", tasks)
        try:
            await supervisor.start(postgres.service(settings))
            await postgres.create_database(settings, secrets)
            url = postgres.database_url(settings, secrets)
            await upgrade_async(url)
            return await check_async(url)
        finally:
            await supervisor.stop()


if __name__ == "__main__":
    raise SystemExit(main())
