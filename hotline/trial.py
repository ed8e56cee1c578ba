"""A throw-away hotline beside the real one, started as its own command: for tests and benchmarks."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hotline import secrets_store
from hotline.runtime import postgres
from hotline.settings import PROJECT, Settings

START_SECONDS = 120.0
STOP_SECONDS = 15.0


class TrialFailed(RuntimeError):
    """The throw-away hotline did not do what was waited for; the text ends with its last log lines."""


class Trial:
    """One whole hotline with its own home and ports, sharing the assets of the default one."""

    def __init__(self, home: Path, port_base: int, extra: Mapping[str, str] | None = None) -> None:
        self.home = home
        self.environ = {
            **os.environ,
            "HOTLINE_ASSETS": os.environ.get("HOTLINE_ASSETS", str(PROJECT / ".runtime" / "assets")),
            **(extra or {}),
            "HOTLINE_HOME": str(home),
            "HOTLINE_PORT_BASE": str(port_base),
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def settings(self) -> Settings:
        return Settings.read(self.environ)

    def start(self) -> Trial:
        """Start and wait until every process serves. Raises TrialFailed with the log's end."""
        self.home.mkdir(parents=True, exist_ok=True)
        with (self.home / "up.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "hotline.cli", "up"], env=self.environ, cwd=PROJECT,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self.wait(lambda: self.status().get("ready") is True, "a ready hotline", START_SECONDS)
        return self

    def stop(self) -> float:
        """Stop as an operator would (SIGTERM). Returns the seconds it took."""
        begun = time.monotonic()
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(STOP_SECONDS)
        self._process = None
        return time.monotonic() - begun

    def remove(self) -> None:
        shutil.rmtree(self.home, ignore_errors=True)

    def status(self) -> dict[str, Any]:
        """What `hotline status --json` says; {} while there is nothing to read."""
        try:
            return dict(json.loads((self.home / "run" / "status.json").read_text("utf-8")))
        except (OSError, ValueError):
            return {}

    def pid(self, process: str) -> int:
        return int(self.status()["processes"][process]["pid"])

    def signal(self, process: str, number: signal.Signals) -> int:
        """Send a signal to one of its processes. Returns the pid that got it."""
        pid = self.pid(process)
        os.kill(pid, number)
        return pid

    def wait_up(self, process: str, *, other_than: int = 0, seconds: float = 30.0) -> None:
        """Wait until `process` serves (again), with another pid than `other_than`."""

        def up() -> bool:
            entry = self.status().get("processes", {}).get(process, {})
            return bool(entry.get("state") == "up" and entry.get("pid") != other_than)

        self.wait(up, f"{process} up", seconds)

    def database_url(self) -> str:
        return postgres.database_url(self.settings, secrets_store.read(self.settings))

    def passwords(self) -> dict[str, str]:
        """Demo log-ins: agent → password."""
        lines = (self.home / "secrets" / "demo-passwords").read_text("utf-8").splitlines()
        return dict(line.split(maxsplit=1) for line in lines if line and not line.startswith("#"))

    def command(self, *words: str, seconds: float = 60.0) -> subprocess.CompletedProcess[str]:
        """Run `hotline …` against this hotline."""
        return subprocess.run(
            [sys.executable, "-m", "hotline.cli", *words], env=self.environ, cwd=PROJECT, text=True,
            capture_output=True, timeout=seconds, check=False,
        )  # fmt: skip

    def wait(self, true: Callable[[], bool], what: str, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not true():
            if self._process is None or self._process.poll() is not None:
                raise TrialFailed(f"the hotline ended while waiting for {what}\n{self._log_end()}")
            if time.monotonic() > deadline:
                raise TrialFailed(f"no {what} within {seconds:g} s\n{self._log_end()}")
            time.sleep(0.05)

    def _log_end(self) -> str:
        log = self.home / "up.log"
        return log.read_text("utf-8", "replace")[-3000:] if log.exists() else "(no log)"
