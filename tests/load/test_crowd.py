"""Three hundred callers at ten a second, and nobody there to answer: nothing fails, nothing is left behind."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from bench.sipp import Crowd, Outcome, run_crowd
from hotline.phone.client import Phone
from hotline.phone.ear import hear
from hotline.runtime import asterisk
from hotline.trial import Trial
from tests.load.rtp_watch import RtpWatch
from tests.patience import LONG, until
from tests.ports import SIZE, claimed_ports
from tests.stories.case_book import CaseBook

pytestmark = pytest.mark.real

CALLS, RATE, IN_QUEUE = 300, 10.0, 10.0
PHONES = 10
OURS = ("asterisk", "ivr", "cti", "web")
PACKETS_AT_LEAST = 250
"""On every single call: five seconds of sound in packets of 20 ms, of the eleven that it lasts."""


@pytest.fixture(scope="module")
def crowded() -> Iterator[Trial]:
    home = Path("/var/tmp") / f"hotline-crowd-{os.getpid()}"
    with claimed_ports() as base:
        trial = Trial(home, base)
        try:
            yield trial.start()
        finally:
            trial.stop()
            trial.remove()


@pytest.mark.skipif(os.geteuid() != 0, reason="SIPp plays RTP through raw sockets, which only root may open")
@pytest.mark.timeout(1200)
def test_three_rounds_of_three_hundred_callers_leave_nothing_behind(crowded: Trial, tmp_path: Path) -> None:
    time.sleep(5)  # its processes have just said that they serve; let them settle
    idle = vitals(crowded)
    rounds = [one_round(crowded, tmp_path / f"round-{number}") for number in range(3)]
    for number, found in enumerate([idle, *rounds]):
        print("idle" if number == 0 else f"round {number}", found)
    for process in OURS:
        second, third = rounds[1][process], rounds[2][process]
        assert third["rss"] <= second["rss"] * 1.05, f"{process} grew from {second['rss']} to {third['rss']} bytes"
        assert third["files"] <= idle[process]["files"] + 5, f"{process} keeps file descriptors"
        assert third["tasks"] <= idle[process]["tasks"], f"{process} keeps tasks"


def one_round(hotline: Trial, folder: Path) -> dict[str, dict[str, int]]:
    """One crowd, ten real phones among it; asserts on the calls, returns the vitals once idle again."""
    folder.mkdir()
    book = CaseBook(hotline)
    settings = hotline.settings
    outcome: list[Outcome] = []
    target, local_port = f"127.0.0.1:{settings.port('sip')}", settings.port_base + 350
    with claimed_ports() as media, RtpWatch(media, media + SIZE - 1) as watch:
        crowd = Crowd(calls=CALLS, rate=RATE, hold=IN_QUEUE + 1.3, key_after=1.0, media_first=media)
        running = threading.Thread(
            target=lambda: outcome.append(run_crowd(crowd, target=target, local_port=local_port))
        )
        running.start()
        heard = phones_among_them(hotline, folder)
        running.join()
    assert outcome[0] == Outcome(succeeded=CALLS, failed=0)
    assert_every_call_was_sent_rtp(watch)
    assert min(heard) > 5, f"seconds each phone heard in the queue: {heard}"
    book.wait(lambda: len(abandoned(book)) == CALLS + PHONES, f"{CALLS + PHONES} abandoned calls", 2 * LONG)
    book.close()
    wait_idle(hotline)
    return vitals(hotline)


def assert_every_call_was_sent_rtp(watch: RtpWatch) -> None:
    """Each of SIPp's calls has a port of its own, one stream came to it, and that stream was long enough."""
    counts = sorted(watch.packets.values())
    fewest, tenth, median, most = counts[0], counts[len(counts) // 10], counts[len(counts) // 2], counts[-1]
    print(f"RTP packets a call: {len(counts)} calls, fewest {fewest}, 10 % {tenth}, median {median}, most {most}")
    assert len(counts) == CALLS, f"{len(counts)} of {CALLS} calls were sent RTP"
    assert fewest >= PACKETS_AT_LEAST, f"too few packets on some calls: {counts[:10]}"
    shared = {port: sorted(streams) for port, streams in watch.senders.items() if len(streams) != 1}
    assert not shared, f"calls with more than one stream: {shared}"


def phones_among_them(hotline: Trial, folder: Path) -> list[float]:
    """Ten real phones press 3 and listen; how many seconds of prompt or music each heard in the queue."""
    settings = hotline.settings
    phones = [Phone.of(settings, number) for number in range(PHONES)]
    try:
        for number, phone in enumerate(phones):
            phone.record(folder / f"{number}.wav")
            phone.call(f"sip:12345@127.0.0.1:{settings.port('sip')}", number=f"1380000{number:04}")
            phone.wait_answered(seconds=LONG)
        time.sleep(1)
        for phone in phones:
            phone.press("3")
        time.sleep(IN_QUEUE)
        for phone in phones:
            phone.stop_recording()
            phone.hang_up()
    finally:
        for phone in phones:
            phone.quit()
    return [hear(folder / f"{number}.wav").part(-8).seconds_heard() for number in range(PHONES)]


def abandoned(book: CaseBook) -> list[dict[str, object]]:
    return [row for row in book.calls() if row["outcome"] == "abandoned_in_queue"]


def wait_idle(hotline: Trial) -> None:
    until(lambda: "0 active channels" in asterisk.console(hotline.settings, "core show channels"), "no channel left")
    time.sleep(35)  # what ended is forgotten after half a minute


def vitals(hotline: Trial) -> dict[str, dict[str, int]]:
    """Memory, open files and asyncio tasks (threads for Asterisk) of each process."""
    entries = hotline.status()["processes"]
    return {name: _vitals(entries[name]) for name in OURS}


def _vitals(entry: dict[str, int]) -> dict[str, int]:
    process = psutil.Process(entry["pid"])
    tasks = entry.get("tasks") or process.num_threads()
    return {"rss": process.memory_info().rss, "files": process.num_fds(), "tasks": tasks}
