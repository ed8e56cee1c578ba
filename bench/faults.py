"""Calls kept up while AMI is cut, ivr, cti and web are killed, and PostgreSQL is away; then Asterisk itself is killed.

Real phones call, wait, talk and are held all the while. After each fault it is timed until everything shown (cti's
socket, every desk page) is what the phones and Asterisk itself say; in the end each call's record is compared with
its phones' own logs, and each action with what went over the wire.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import signal
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.fault_crashes import Crashes
from bench.fault_pages import Pages
from bench.fault_people import Agents, Citizens, Placed
from bench.fault_plan import KILLED, RIGHT_WITHIN, Progress, broken, plan
from bench.fault_records import Records
from bench.fault_views import CHANNEL, Order, Views, order, snapshot
from bench.fault_wire import Act, Wire
from hotline.trial import Trial
from tests.faults.relay import Relay, relayed_in_thread
from tests.postgres_server import Server
from tests.stories.case_book import CaseBook
from tests.stories.desk import write_tone

RELAY = 8
GIVE_UP = 30.0
REST = 0.5
CHANGE_EVERY = 8.0
AMI_SESSIONS = 2
"""One hears events, the other carries actions."""
DRAIN = 90.0
KIND_CONTEXT = {"hold": "hl-hold", "retrieve": "hl-room-caller"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--calls", type=int, default=20, help="calls kept up (at most 20)")
    parser.add_argument("--agents", type=int, default=8, help="of them in a talk (at most 9)")
    parser.add_argument("--cuts", type=int, default=100, help="cuts of the AMI connection")
    parser.add_argument("--kills", type=int, default=30, help="kills of each of ivr, cti and web")
    parser.add_argument("--away", type=float, default=120.0, help="seconds without PostgreSQL")
    parser.add_argument("--crashes", type=int, default=30, help="kills of Asterisk")
    parser.add_argument("--seed", type=int, default=0, help="of the choices; 0: a new one, printed")
    parser.add_argument("--keep", type=Path, help="new folder for journal and logs, where a promise was broken")


def measure(args: argparse.Namespace, home: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """`broken` must be empty: it names each promise that was not kept."""
    seed = args.seed or random.SystemRandom().randrange(10**6)
    with _hotline(args, home, say) as (trial, relay, server):
        wire = Wire()
        relay.told = wire.told
        run = Faults(args, trial, relay, server, wire, random.Random(seed), say)
        try:
            begun, result = time.monotonic(), run.everything(home)
            wrong = broken(result)
            if wrong and args.keep:
                _keep(trial.home, args.keep)
            minutes = round((time.monotonic() - begun) / 60, 1)
            return {"seed": seed, "minutes": minutes, **result, "broken": wrong}
        finally:
            run.quit()


@contextmanager
def _hotline(args: argparse.Namespace, home: Path, say: Callable[[str], None]) -> Iterator[tuple[Trial, Relay, Server]]:
    """A hotline behind a relay, on a PostgreSQL that belongs to nobody's supervisor."""
    port, far = args.port_base, args.port_base + RELAY
    server = Server(home / "server", port + 6)
    server.make()
    server.start()
    first = CaseBook(server.url("postgres"))
    first.rows("CREATE DATABASE hotline")
    first.close()
    extra = {
        "HOTLINE_AMI_PORT": str(far), "DATABASE_URL": server.url("hotline"),
        "HOTLINE_WRAP_UP_SECONDS": "1", "HOTLINE_RING_SECONDS": "10",
    }  # fmt: skip
    with relayed_in_thread("127.0.0.1", port + 2, listen=far) as relay:
        trial = Trial(home / "faults", port, extra)
        try:
            say("starting the hotline …")
            yield trial.start(), relay, server
        finally:
            trial.stop()
            server.stop()
            trial.remove()


def _keep(home: Path, folder: Path) -> None:
    """What can explain a broken promise; recordings and sockets explain nothing."""
    shutil.copytree(home, folder, ignore=shutil.ignore_patterns("recordings", "*.sock", "*.ctl", "postgres"))


class Faults:
    """One run. What happens is chosen by the seed, so that a run can be had again."""

    def __init__(
        self,
        args: argparse.Namespace,
        trial: Trial,
        relay: Relay,
        server: Server,
        wire: Wire,
        dice: random.Random,
        say: Callable[[str], None],
    ) -> None:
        self._args, self._trial, self._relay, self._server = args, trial, relay, server
        self._wire, self._dice, self._say = wire, dice, say
        self._ordered: Counter[Act] = Counter()
        self._open: list[tuple[Placed, str, Order]] = []
        self._answers: Counter[str] = Counter()
        self.seconds: dict[str, list[float]] = {}
        self.late: list[str] = []
        self._keeping_up = False
        self._before: dict[str, Any] = {}
        self.citizens: Citizens
        self.agents: Agents

    def everything(self, home: Path) -> dict[str, Any]:
        args = self._args
        self.citizens = Citizens(self._trial.settings, args.calls, write_tone(home / "citizen.wav", 440))
        self.agents = Agents(self._trial, args.agents, write_tone(home / "agent.wav", 1000))
        self._records = Records(self._trial)
        with Pages(self._trial, self.agents.names) as pages:
            self.views = Views(self._trial, self.citizens, self.agents, pages)
            undisturbed = self._undisturbed()
            result = self._disturbed()
            result["undisturbed"] = undisturbed
            if args.crashes:
                self._say(f"{args.crashes} kills of Asterisk …")
                crashes = Crashes(self._trial, self.views, self._records, self._say)
                result["asterisk"] = crashes.measure(args.crashes, args.port_base)
        return result

    def quit(self) -> None:
        for people in (getattr(self, "citizens", None), getattr(self, "agents", None)):
            if people is not None:
                people.quit()

    # ---- the parts

    def _undisturbed(self) -> dict[str, Any]:
        """The same calls and the same checks with no fault at all: what they say is the measure."""
        self._say("undisturbed calls …")
        self._wait_pages()
        self._all_call()
        for change in range(6):
            self._timed("undisturbed", self._changes[change % 3], lambda: None)
        self._all_end()
        wrong = self._records.differences(self.citizens, self.agents, DRAIN)
        return {"calls": len(self.citizens.placed), "wrong": wrong}

    def _disturbed(self) -> dict[str, Any]:
        self._say("calls under faults …")
        begun = len(self.citizens.placed)
        self._all_call()
        faults = plan(self._args.cuts, self._args.kills)
        progress = Progress(len(faults), self._say)
        for what in faults:
            self._timed(what, self._dice.choice(self._changes), lambda what=what: self._fault(what))  # type: ignore[misc]
            progress.one_more()
        if self._args.away:
            self._without_database()
        self._all_end()
        placed = [each for each in self.citizens.placed[begun:] if each.answered_at is not None]
        for each, kind, said in self._open:
            self._answered(each, kind, said)
        wrong = self._records.differences(self.citizens, self.agents, DRAIN)
        verified = self._trial.command("calls", "verify", "--since", "12h", "--json", seconds=120)
        return {
            "calls": len(placed),
            "dropped": sum(each.was_dropped for each in self.citizens.placed),
            "seconds_until_right": {what: _summary(found) for what, found in self.seconds.items()},
            "late": self.late,
            "wrong": wrong,
            "orders": dict(self._answers),
            "twice": [f"{act}: {n}" for act, n in self._wire.beyond(self._ordered).items()],
            "unreadable": self._records.unreadable(placed),
            "verify": _verified(verified.stdout),
        }

    def _fault(self, what: str) -> None:
        if what in KILLED:
            self._trial.signal(what, signal.SIGKILL)
        else:
            self._relay.reset_soon()

    def _without_database(self) -> None:
        self._say(f"PostgreSQL away for {self._args.away:g} s …")
        until = time.monotonic() + self._args.away
        self._timed("PostgreSQL stops", self._nothing, self._server.stop)
        while time.monotonic() < until:
            self._timed("PostgreSQL away", self._dice.choice(self._changes), lambda: None)
            self._rest(CHANGE_EVERY)
        self._timed("PostgreSQL back", self._nothing, self._server.start)

    # ---- one fault

    def _timed(self, what: str, change: Callable[[], None], fault: Callable[[], None]) -> None:
        """A person does something and the fault comes at once before or after; then everything must become right."""
        for each in self.citizens.living():
            each.through_fault += f"{what}, " if what not in each.through_fault else ""
        both = [fault, change]
        if self._dice.random() < 0.5:
            both.reverse()
        self._before = self._marks()
        begun = time.monotonic()
        for act in both:
            act()
            time.sleep(self._dice.uniform(0, 0.1))
        took, wrong = self.views.until_right(begun, GIVE_UP, self._came_through(what))
        self.seconds.setdefault(what, []).append(took)
        if took > RIGHT_WITHIN:
            at = datetime.now(UTC).isoformat(timespec="milliseconds")
            self.late.append(f"{at} {what} + {change.__name__.strip('_')}: {took:.1f} s: {wrong}")
            self._say(self.late[-1])
        self._collect()
        self._rest(REST)

    def _marks(self) -> dict[str, Any]:
        """What a fault must leave changed, so that nobody takes the state before it for the one after."""
        return {
            "AMI cut": self._relay.accepted,
            "cti": self.views.run_of_cti(),
            "web": sum(page.opened for page in self.views.pages.by_agent.values()),
        }

    def _came_through(self, what: str) -> Callable[[], bool]:
        """Whether the connections that this fault cut are new ones."""
        before, pages = self._before, len(self.views.pages.by_agent)
        if what == "AMI cut":
            return lambda: self._relay.accepted >= before[what] + AMI_SESSIONS
        if what == "cti":
            return lambda: self.views.run_of_cti() not in {"", before[what]}
        if what == "web":
            return lambda: self._marks()["web"] >= before[what] + pages
        return lambda: True

    @property
    def _changes(self) -> list[Callable[[], None]]:
        return [self._one_waiting_gives_up, self._one_talk_ends, self._hold_or_retrieve]

    def _nothing(self) -> None:
        """No change of any person's."""

    def _one_waiting_gives_up(self) -> None:
        talking = set(self._callers_in_talks().values())
        self._replace([placed for placed in self.citizens.living() if placed.is_up and placed.number not in talking])

    def _one_talk_ends(self) -> None:
        talking = set(self._callers_in_talks().values())
        self._replace([placed for placed in self.citizens.living() if placed.number in talking])

    def _replace(self, those: list[Placed]) -> None:
        """One of them hangs up, and his phone is free for the next call."""
        if those:
            self._dice.choice(those).hang_up()

    def _hold_or_retrieve(self) -> None:
        """A desk's click; that it is lost in the fault is no harm, that it is done twice would be."""
        try:
            rows = snapshot(self._trial)["calls"]
        except (OSError, ValueError):
            return
        talking = self.agents.talking()
        if not talking:
            return
        agent, call_id = self._dice.choice(sorted(talking.items()))
        row = rows.get(call_id)
        placed = next((p for p in self.citizens.living() if row and p.number == row["number"]), None)
        channels = self.views.channels()
        if row is None or placed is None or placed.number not in channels:
            return
        kind = "retrieve" if row["state"] == "held" else "hold"
        self._ordered["Redirect", channels[placed.number][CHANNEL], KIND_CONTEXT[kind]] += 1
        said = order(self._trial, kind, placed, agent, call_id)
        placed.orders.append((kind, said.id, ""))
        self._open.append((placed, kind, said))

    def _collect(self) -> None:
        for placed, kind, said in self._open:
            self._answered(placed, kind, said)
        self._open.clear()

    def _answered(self, placed: Placed, kind: str, said: Order) -> None:
        self._answers[f"{kind}: {said.answer()}"] += 1

    # ---- people

    def _callers_in_talks(self) -> dict[str, str]:
        """Agent → number, as cti shows it; nothing while it cannot be asked."""
        try:
            rows = snapshot(self._trial)["calls"]
        except (OSError, ValueError):
            return {}
        return {row["agent"]: row["number"] for row in rows.values() if row["agent"]}

    def _all_call(self) -> None:
        self._keeping_up = True
        for seat in range(self._args.calls):
            self.citizens.call(seat)
            time.sleep(0.3)
        until = time.monotonic() + 60
        while len(self.agents.talking()) < self._args.agents and time.monotonic() < until:
            self.citizens.tend()
            time.sleep(0.1)
        self._timed("calls begin", self._nothing, lambda: None)

    def _rest(self, seconds: float) -> None:
        """Whoever hung up calls again meanwhile."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            busy = {id(placed.phone) for placed in self.citizens.living()}
            for seat, phone in enumerate(self.citizens.phones):
                if self._keeping_up and id(phone) not in busy:
                    self.citizens.call(seat)
            self.citizens.tend()
            time.sleep(0.1)

    def _all_end(self) -> None:
        self._keeping_up = False
        for placed in self.citizens.living():
            placed.hang_up()
        self._timed("all end", self._nothing, lambda: None)

    def _wait_pages(self) -> None:
        self._trial.wait(
            lambda: all(page.state == "ready" for page in self.views.pages.by_agent.values()), "ready desks", 60
        )


def _summary(found: list[float]) -> dict[str, float]:
    return {"times": len(found), "p50": round(statistics.median(found), 2), "greatest": round(max(found), 2)}


def _verified(said: str) -> dict[str, Any] | str:
    """What `hotline calls verify` found: journal against CEL."""
    try:
        found = json.loads(said)
    except ValueError:
        return said[-300:]
    return {"calls": found["calls"], "differences": found["differences"]}
