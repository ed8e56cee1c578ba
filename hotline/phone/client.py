"""A phone that a test or `hotline call` holds in its hand: places calls, speaks, listens, presses keys."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from hotline.settings import PORTS, PROJECT, Settings

START_SECONDS = 60.0
END_SECONDS = 5.0
PATIENCE = 30.0
"""How long a phone waits for what should come at once: a busy machine is no failure."""
MOST_PHONES = 30
RTP_PORTS_EACH = 4
ENDED = "process over"
HEEDED = "heeded"
"""An answer to an order, not something that happened."""
"""What the phone itself never says: its process is over."""

Event = dict[str, Any]


class PhoneFailed(RuntimeError):
    """The phone did not do or hear what was waited for; the text ends with what it saw."""


class Phone:
    """One SIP phone in its own process. In async code call its methods through `asyncio.to_thread`."""

    def __init__(self, port: int, rtp_port: int, host: str = "127.0.0.1") -> None:
        self.port = port
        self.events: list[Event] = []
        self._fresh: queue.Queue[Event] = queue.Queue()
        self._heeded: queue.Queue[Event] = queue.Queue()
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115  (closed by quit)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "hotline.phone.agent",
             "--port", str(port), "--rtp-port", str(rtp_port), "--host", host],
            cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._complaints,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.wait("ready", seconds=START_SECONDS)

    @classmethod
    def of(cls, settings: Settings, number: int = 0) -> Phone:
        """Phone `number` (0 to 29) of this hotline's port range."""
        if not 0 <= number < MOST_PHONES:
            raise PhoneFailed(f"phone {number} does not exist: 0 to {MOST_PHONES - 1}")
        rtp = settings.port_base + PORTS["phones_rtp"] + number * RTP_PORTS_EACH
        return cls(settings.port_base + PORTS["phones"] + number, rtp)

    def __enter__(self) -> Phone:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.quit()

    @property
    def pid(self) -> int:
        return self._process.pid

    # ---------- what it does
    def call(
        self,
        uri: str,
        *,
        number: str,
        name: str = "",
        headers: dict[str, str] | None = None,
        line: str = "new",
        beside: bool = False,
    ) -> None:
        """Dial as this number and name; with line="registered" as the desk that is signed on.

        `beside` leaves the conversation in progress as it is: what is said and heard stays with that one.
        """
        given = {"name": name, "headers": headers or {}, "line": line, "beside": beside, "from": number}
        self.order("call", uri=uri, **given)

    def register(self, user: str, password: str, domain: str, *, seconds: float = PATIENCE) -> None:
        """Sign a desk's line on at `domain` (host:port). Raises PhoneFailed when refused."""
        self.order("register", user=user, password=password, domain=domain)
        self.wait("registration", lambda event: event["code"] == 200, seconds=seconds)

    def when_called(self, answer: int | str = 200, *, after: float = 0.0) -> None:
        """How calls that come in are met: a SIP code, or "ring" for ever; 200 answers `after` seconds.

        The very next call is: who asks for one may be quicker than an order that is still on its way.
        """
        self.order("when_called", answer=str(answer), after=after)
        try:
            self._heeded.get(timeout=PATIENCE)
        except queue.Empty:
            raise PhoneFailed(f"the phone does not listen; last seen: {self.events[-5:]}") from None

    def answer(self) -> None:
        self.order("answer")

    def press(self, digits: str) -> None:
        self.order("dtmf", digits=digits)

    def play(self, file: Path | None, *, once: bool = False) -> None:
        self.order("play", file=str(file) if file else "", once=once)

    def record(self, file: Path) -> None:
        """Keep everything heard from now on, gaps as silence, until `stop_recording`."""
        self.order("record", file=str(file))
        self.wait("recording")

    def stop_recording(self) -> None:
        self.order("stop_recording")
        self.wait("recorded")

    def tape(self, file: Path) -> None:
        """Keep everything heard until `stop_tape` or `quit`, whatever else is recorded or taped meanwhile."""
        self.order("tape", file=str(file))
        self.wait("taping", lambda event: event["file"] == str(file))

    def stop_tape(self, file: Path) -> None:
        self.order("stop_tape", file=str(file))
        self.wait("taped", lambda event: event["file"] == str(file))

    def hang_up(self) -> None:
        self.order("hang_up")

    # ---------- what happens
    def wait(self, event: str, fits: Callable[[Event], bool] = lambda _: True, *, seconds: float = PATIENCE) -> Event:
        """The next `event` not waited for before that fits. Raises PhoneFailed after `seconds`."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                got = self._fresh.get(timeout=left)
            except queue.Empty:
                break
            if got["event"] == "refused":
                raise PhoneFailed(f"{got['order']}: {got['why']}")
            if got["event"] == ENDED:
                self._fresh.put(got)
                raise PhoneFailed(f"the phone's process has ended while waiting for {event!r}: {self._last_words()}")
            if got["event"] == event and fits(got):
                return got
        raise PhoneFailed(f"no {event!r} within {seconds:g} s; last seen: {self.events[-5:]}")

    def wait_state(self, state: str, *, seconds: float = PATIENCE) -> Event:
        """Wait for a SIP state: calling, early, connecting, confirmed, disconnected."""
        return self.wait("state", lambda event: event["state"] == state, seconds=seconds)

    def wait_answered(self, *, seconds: float = PATIENCE) -> Event:
        """Wait until the call is answered; its event. Raises PhoneFailed, at once when it was refused."""
        got = self.wait("state", lambda event: event["state"] in {"confirmed", "disconnected"}, seconds=seconds)
        if got["state"] != "confirmed":
            raise PhoneFailed(f"the call was refused: {got['code']} {got['reason']}")
        return got

    def wait_over(self, *, seconds: float = PATIENCE) -> Event:
        """Wait until the call has ended; `code` and `reason` say how."""
        return self.wait_state("disconnected", seconds=seconds)

    def order(self, do: str, **body: Any) -> None:
        if self._process.stdin is None or self._process.poll() is not None:
            raise PhoneFailed("the phone's process has ended")
        self._process.stdin.write(json.dumps({"do": do, **body}).encode() + b"\n")
        self._process.stdin.flush()

    def quit(self) -> None:
        """Hang up, sign off and end the process."""
        if self._process.poll() is None:
            try:
                self.order("quit")
                self._process.wait(END_SECONDS)
            except (PhoneFailed, OSError, subprocess.TimeoutExpired):
                self._process.kill()
                self._process.wait(END_SECONDS)
        self._reader.join(END_SECONDS)  # its last words are told
        for stream in (self._process.stdin, self._process.stdout, self._complaints):
            if stream:
                stream.close()

    def vanish(self) -> None:
        """As a power cut would: no BYE, no sign-off, silence."""
        self._process.kill()
        self._process.wait(END_SECONDS)

    def _read(self) -> None:
        assert self._process.stdout is not None
        try:
            for line in self._process.stdout:
                event = json.loads(line)
                if event["event"] == HEEDED:
                    self._heeded.put(event)
                    continue
                self.events.append(event)
                self._fresh.put(event)
        except ValueError:
            return  # closed by quit
        self._fresh.put({"event": ENDED})

    def _last_words(self) -> str:
        self._complaints.seek(0)
        return self._complaints.read()[-500:].decode("utf-8", "replace").strip() or "(it said nothing)"
