"""The systemd units: accepted by systemd itself, with the watchdog that the design asks for."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from hotline.settings import PROJECT

UNITS = sorted((PROJECT / "deploy").glob("hotline*.service"))
WATCHED = ("ivr", "cti", "web", "beat")


def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    for unit in [*UNITS, PROJECT / "deploy/hotline.target"]:
        text = unit.read_text("utf-8").replace("/opt/hotline/.venv/bin/python", sys.executable)
        # Users of the units are made at installation; here they need not exist.
        text = re.sub(r"^(User|Group)=hotline.*$", r"\1=root", text, flags=re.MULTILINE)
        (tmp_path / unit.name).write_text(text, "utf-8")
    files = [str(path) for path in sorted(tmp_path.iterdir())]
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *files], capture_output=True, text=True)
    about_ours = [line for line in (done.stdout + done.stderr).splitlines() if "hotline" in line]
    assert about_ours == []
    assert done.returncode == 0


@pytest.mark.parametrize("name", WATCHED)
def test_a_stalled_process_is_killed_by_systemd(name: str) -> None:
    unit = (PROJECT / f"deploy/hotline-{name}.service").read_text("utf-8")
    for line in ("Type=notify", "WatchdogSec=4", "WatchdogSignal=SIGKILL", "Restart=always", "NoNewPrivileges=yes"):
        assert f"\n{line}\n" in unit


def test_no_process_that_runs_on_is_root() -> None:
    for unit in UNITS:
        text = unit.read_text("utf-8")
        assert "Type=oneshot" in text or re.search(r"^User=hotline", text, re.MULTILINE), unit.name
