"""Asterisk is killed with callers in the menu, in the queue and in a talk: who is told of it, and how soon."""

from __future__ import annotations

import signal
import statistics
import time
from collections.abc import Callable
from typing import Any

from bench.fault_people import Placed
from bench.fault_records import Records
from bench.fault_views import Views
from hotline.trial import Trial
from tests.telephony.raw_sip import RawCaller

ASKING_PHONE = 29
ASK_SECONDS = 0.4
ANONYMOUS = b'"Anonymous" <sip:anonymous@anonymous.invalid>'
PATIENCE = 90.0
QUIET_S = 1.5
"""Seconds that each caller has been there when it happens."""


class Knocking(RawCaller):
    """Asks whether calls are taken, without a phone's own patience."""

    def __init__(self, port: int, to_port: int) -> None:
        super().__init__(port, to_port)
        self._socket.settimeout(ASK_SECONDS)


class Crashes:
    """Crash after crash, each with new numbers."""

    def __init__(self, trial: Trial, views: Views, records: Records, say: Callable[[str], None]) -> None:
        self._trial, self._views, self._records, self._say = trial, views, records, say
        self._port = trial.settings.port("phones") + ASKING_PHONE

    def measure(self, count: int, port_base: int) -> dict[str, Any]:
        accepting: list[float] = []
        listed: list[float] = []
        missing: list[str] = []
        cut: list[Placed] = []
        for number in range(count):
            callers = self._callers()
            numbers = [each.number for each in callers]
            begun = time.monotonic()
            self._trial.signal("asterisk", signal.SIGKILL)
            accepting.append(self._accepts(begun))
            listed.append(self._listed(numbers, begun))
            missing += sorted(set(numbers) - set(self._records.rows_of("callbacks", numbers)))
            cut += callers
            self._say(f"crash {number + 1}: accepts after {accepting[-1]:.1f} s, all listed after {listed[-1]:.1f} s")
            self._clear(callers)
        return {
            "times": count,
            "cut_callers": len(cut),
            "accepting_s": _summary(accepting),
            "listed_s": _summary(listed),
            "not_listed": missing,
            "unreadable": self._records.unreadable(cut),
        }

    def _callers(self) -> list[Placed]:
        """A few in every stage: talks as there are agents, a queue, and one still in the menu."""
        views = self._views
        self._ready()
        seats = range(len(views.citizens.phones))
        callers = [views.citizens.call(seat) for seat in list(seats)[:-1]]
        self._until(lambda: all(not each.to_press for each in callers))
        callers.append(views.citizens.call(seats[-1], press=False))
        self._until(lambda: callers[-1].is_up and time.time() - (callers[-1].answered_at or 0) > QUIET_S)
        return [each for each in callers if each.is_up]

    def _ready(self) -> None:
        pages = self._views.pages.by_agent.values()
        self._until(lambda: all(page.state == "ready" for page in pages))

    def _until(self, true: Callable[[], bool]) -> None:
        until = time.monotonic() + PATIENCE
        while not true() and time.monotonic() < until:
            self._views.citizens.tend()
            time.sleep(0.1)

    def _accepts(self, begun: float) -> float:
        """Seconds until a new call is answered."""
        while time.monotonic() - begun < PATIENCE:
            with Knocking(self._port, self._trial.settings.port("sip")) as caller:
                try:
                    if caller.invite(ANONYMOUS) == 200:
                        return time.monotonic() - begun
                except OSError:
                    continue
            time.sleep(ASK_SECONDS / 4)
        return PATIENCE

    def _listed(self, numbers: list[str], begun: float) -> float:
        """Seconds until every cut caller is on the list of those to be called back."""
        while time.monotonic() - begun < PATIENCE:
            if len(self._records.rows_of("callbacks", numbers)) == len(numbers):
                break
            time.sleep(0.25)
        return time.monotonic() - begun

    def _clear(self, callers: list[Placed]) -> None:
        """The phones do not know yet that their calls are gone."""
        for each in callers:
            each.hang_up()
        self._views.agents.hang_up()
        self._until(lambda: all(each.over_at is not None for each in callers))
        self._until(lambda: not self._views.agents.talking())


def _summary(found: list[float]) -> dict[str, float]:
    return {"p50": round(statistics.median(found), 1), "greatest": round(max(found), 1)}
