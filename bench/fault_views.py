"""Is what is shown true? cti's control socket and every desk page against the phones and Asterisk itself."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from bench.fault_pages import Pages
from bench.fault_people import Agents, Citizens, Placed
from hotline.runtime import asterisk
from hotline.trial import Trial

YOUNG = 0.3
"""A call that came or went less than this ago may be shown or not."""
ENDED = "ended"
TALKS, HELD = "talking", "held"
NUMBER, CONTEXT, CHANNEL = 7, 1, 0
COMMAND_LIFE = 5.0
Row = dict[str, Any]


class Views:
    """Every view of the hotline that a person works with."""

    def __init__(self, trial: Trial, citizens: Citizens, agents: Agents, pages: Pages) -> None:
        self._trial = trial
        self.citizens, self.agents, self.pages = citizens, agents, pages

    def wrong(self) -> str:
        """What is shown and not so (the first thing found); empty when everything is right."""
        try:
            state = snapshot(self._trial)
        except (OSError, ValueError) as error:
            return f"cti: {type(error).__name__}"
        if state["health"].get("ami") != "up":
            return f"AMI is {state['health'].get('ami')}"
        calls = {row["number"]: row for row in state["calls"].values() if row["state"] != ENDED}
        talking = self.agents.talking()
        return (
            self._wrong_calls(calls, talking)
            or self._wrong_agents(state["agents"], talking)
            or self._wrong_pages(talking)
            or self._wrong_holds(calls)
        )

    def _wrong_calls(self, calls: dict[str, Row], talking: dict[str, str]) -> str:
        settled = time.time() - YOUNG
        up = {p.number: p for p in self.citizens.placed if p.is_up}
        missing = [n for n, p in up.items() if n not in calls and (p.answered_at or settled) < settled]
        gone = {p.number for p in self.citizens.placed if p.over_at is not None and p.over_at < settled}
        ghosts = [number for number in calls if number in gone]
        if missing or ghosts:
            return f"calls missing {missing}, ghosts {ghosts}"
        by_call = {call_id: agent for agent, call_id in talking.items()}
        for number, row in calls.items():
            if number in up and row["agent"] != by_call.get(row["id"]):
                return f"{number} is with {by_call.get(row['id'])}, shown {row['agent']} ({row['state']})"
        return ""

    def _wrong_agents(self, rows: dict[str, Row], talking: dict[str, str]) -> str:
        for name in self.agents.names:
            row = rows.get(name)
            if row is None or (row["state"] == TALKS) != (name in talking):
                return f"agent {name} talks: {name in talking}, shown {row and row['state']}"
        return ""

    def _wrong_pages(self, talking: dict[str, str]) -> str:
        for name, page in self.pages.by_agent.items():
            if not page.is_open:
                return f"page of {name} is away"
            if (page.state == TALKS) != (name in talking) or (name in talking and page.call_id != talking[name]):
                return f"page of {name} shows {page.state} {page.call_id}, truth {talking.get(name)}"
        return ""

    def _wrong_holds(self, calls: dict[str, Row]) -> str:
        """Last, for it costs a console command: who hears music is known to Asterisk alone."""
        for number, fields in self.channels().items():
            row = calls.get(number)
            if row is not None and (row["state"] == HELD) != (fields[CONTEXT] == "hl-hold"):
                return f"{number} is in {fields[CONTEXT]}, shown {row['state']}"
        return ""

    def channels(self) -> dict[str, list[str]]:
        """Caller's number → the fields of his channel, as Asterisk's console says them."""
        try:
            said = asterisk.console(self._trial.settings, "core show channels concise")
        except asterisk.ConsoleFailed:
            return {}
        lines = [line.split("!") for line in said.splitlines() if line.count("!") > NUMBER]
        ours = {placed.number for placed in self.citizens.placed}
        return {fields[NUMBER]: fields for fields in lines if fields[NUMBER] in ours and "citizen" in fields[CHANNEL]}

    def run_of_cti(self) -> str:
        """Which life of cti this is; empty while it does not answer."""
        try:
            return str(_first_line(self._trial)["run"])
        except (OSError, ValueError):
            return ""

    def until_right(self, since: float, seconds: float, through: Callable[[], bool]) -> tuple[float, str]:
        """Seconds from `since` (monotonic) until everything shown is right, and what was wrong last."""
        last = ""
        while True:
            self.citizens.tend()
            wrong = self.wrong() if through() else "the fault goes on"
            now = time.monotonic() - since
            if not wrong or now > seconds:
                return now, wrong or last
            last = wrong
            time.sleep(0.05)


@dataclass(slots=True)
class Order:
    """A command of a desk on its way: `answer` once there is one."""

    link: socket.socket | None
    id: str

    def answer(self, seconds: float = COMMAND_LIFE + 1) -> str:
        """ "ok", a refusal's code, or "lost"."""
        if self.link is None:
            return "lost"
        self.link.settimeout(seconds)
        try:
            with self.link.makefile("rb") as lines:
                for line in lines:
                    frame = json.loads(line)
                    if frame.get("type") == "reply" and frame.get("to") == self.id:
                        return "ok" if frame["ok"] else str(frame["code"])
        except (OSError, ValueError):
            return "lost"
        finally:
            self.link.close()
        return "lost"


def snapshot(trial: Trial) -> dict[str, Any]:
    return dict(_first_line(trial)["state"])


def _first_line(trial: Trial) -> dict[str, Any]:
    with socket.socket(socket.AF_UNIX) as asking:
        asking.settimeout(3)
        asking.connect(str(trial.home / "run/cti.sock"))
        with asking.makefile("rb") as lines:
            return dict(json.loads(lines.readline()))


def order(trial: Trial, kind: str, placed: Placed, agent: str, call_id: str) -> Order:
    """Say a desk's command to cti, and do not wait."""
    id_ = str(uuid4())
    frame = {
        "type": "command", "id": id_, "actor": agent, "kind": kind, "args": {"call_id": call_id},
        "expires_at": time.time() + COMMAND_LIFE,
    }  # fmt: skip
    link = socket.socket(socket.AF_UNIX)
    try:
        link.connect(str(trial.home / "run/cti.sock"))
        link.sendall(json.dumps(frame).encode() + b"\n")
    except OSError:
        link.close()
        return Order(None, id_)
    return Order(link, id_)
