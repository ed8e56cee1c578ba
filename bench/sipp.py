"""Runs SIPp as a crowd of callers who press 3, and reports what became of their calls."""

from __future__ import annotations

import csv
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.rtp_pcap import write_caller

SCENARIO = Path(__file__).with_name("key3.xml")


class SippMissing(RuntimeError):
    """SIPp is not installed; `apt-get install sip-tester` is the cure."""


class SippFailed(RuntimeError):
    """SIPp itself did not run to its end; the text is what it said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """`calls` callers, `rate` a second, each `hold` seconds long, key 3 pressed after `key_after` s."""

    calls: int
    rate: float
    hold: float = 4.0
    key_after: float = 1.0
    media_first: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    succeeded: int
    failed: int


def run_crowd(crowd: Crowd, *, target: str, local_port: int) -> Outcome:
    """Place the calls at `target` (host:port) and wait for their end. SIPp's raw sockets need root."""
    if not shutil.which("sipp"):
        raise SippMissing("SIPp is missing: apt-get install sip-tester")
    with tempfile.TemporaryDirectory(prefix="crowd-") as folder:
        prepared = _prepare(Path(folder), crowd)
        limit = crowd.calls / crowd.rate + crowd.hold + 60
        done = subprocess.run(
            _command(prepared, crowd, target, local_port), cwd=folder, timeout=limit, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )
        if done.returncode not in {0, 1}:
            raise SippFailed(f"SIPp ended with {done.returncode}: {done.stderr[-500:]}")
        return _outcome(Path(folder) / "stat.csv", crowd.calls)


def _prepare(folder: Path, crowd: Crowd) -> Path:
    write_caller(
        folder / "caller.pcap", before_key=crowd.key_after, key=3, after_key=crowd.hold - crowd.key_after - 0.3
    )
    scenario = folder / "scenario.xml"
    text = SCENARIO.read_text("utf-8").replace("[hold_ms]", str(round(crowd.hold * 1000)))
    scenario.write_text(text, "utf-8")
    return scenario


def _command(scenario: Path, crowd: Crowd, target: str, local_port: int) -> list[str]:
    media = crowd.media_first or local_port + 400
    return [
        "sipp", target, "-sf", str(scenario), "-i", "127.0.0.1", "-mi", "127.0.0.1", "-p", str(local_port),
        "-m", str(crowd.calls), "-r", str(crowd.rate), "-l", str(crowd.calls), "-nostdin",
        "-mp", str(media),
        "-trace_stat", "-stf", "stat.csv", "-fd", "1",
        "-timeout", f"{int(crowd.calls / crowd.rate + crowd.hold + 45)}s", "-timeout_error",
    ]  # fmt: skip


def _outcome(path: Path, calls: int) -> Outcome:
    """The last row of SIPp's statistics; calls it does not mention count as failed."""
    if not path.exists():
        return Outcome(succeeded=0, failed=calls)
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    succeeded = int(rows[-1]["SuccessfulCall(C)"]) if rows else 0
    return Outcome(succeeded=succeeded, failed=calls - succeeded)
