"""A bare Asterisk with the same modules and sounds, and a native dialplan that does the same work."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from dataclasses import replace
from pathlib import Path

from hotline.runtime import asterisk, asterisk_config
from hotline.runtime.identity import asterisk_user
from hotline.settings import Settings

DIALPLAN = """[from-carrier]
exten => 12345,1,Answer()
 same => n,MixMonitor({recordings}/${{UNIQUEID}}.sln)
 same => n,Read(KEY,greeting_light,1,,1,3)
 same => n,GotoIf($["${{KEY}}" = "3"]?enterprise)
 same => n,Queue(hl-general)
 same => n,Hangup()
 same => n(enterprise),Queue(hl-enterprise)
 same => n,Hangup()
"""
NO_MANAGER = "[general]\nenabled = no\n"
START_SECONDS = 20.0


class NoSecrets:
    """The bare Asterisk has no manager, so these open nothing."""

    ami_events = "unused"
    ami_actions = "unused"


class BareAsterisk:
    """Our rendered configuration, with the manager off and the dialplan above in place of ours."""

    def __init__(self, home: Path, port_base: int, like: Settings) -> None:
        self._settings = replace(like, home=home, port_base=port_base, assets=like.assets_dir)
        self._process: subprocess.Popen[bytes] | None = None
        self.sip_port = self._settings.port("sip")

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start and wait until its console answers."""
        settings, user = self._settings, asterisk_user(self._settings)
        recordings = settings.home / "recordings"
        files = asterisk_config.render(settings, NoSecrets(), test_mode=True)
        files["manager.conf"] = NO_MANAGER
        files["extensions.conf"] = DIALPLAN.format(recordings=recordings)
        asterisk_config.write(settings, files)
        (settings.home / "etc/agents").mkdir(parents=True, exist_ok=True)
        (settings.home / "etc/agents/pjsip_agents.conf").touch()
        for folder in [*asterisk.folders(settings), recordings, settings.home / "run/asterisk"]:
            folder.mkdir(parents=True, exist_ok=True)
        for path in [settings.home, *settings.home.rglob("*")]:
            if not path.is_symlink():
                os.chown(path, user.uid, user.gid) if os.geteuid() == 0 else None
        self._process = subprocess.Popen(
            asterisk.serve_command(settings), env=asterisk.serve_environment(settings), cwd="/",
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True, umask=0o007, **user.drop(),
        )  # fmt: skip
        self._wait_listening()

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(10)
        self._process = None

    def remove(self) -> None:
        shutil.rmtree(self._settings.home, ignore_errors=True)

    def _wait_listening(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not asterisk.is_listening(self._settings):
            if self.pid and self._process and self._process.poll() is not None:
                raise RuntimeError(f"the bare Asterisk ended with {self._process.returncode}")
            if time.monotonic() > deadline:
                raise RuntimeError("the bare Asterisk did not start")
            time.sleep(0.1)
        asterisk.console(self._settings, "core waitfullybooted", seconds=START_SECONDS)
