"""Citizens and agents on real phones, and each phone's own log: who talked from when to when."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.desk_clients import agents_of
from hotline import secrets_store
from hotline.phone.client import Phone
from hotline.runtime import agents_config, asterisk
from hotline.runtime.agents_config import PHONE, Desk
from hotline.settings import Settings
from hotline.trial import Trial
from storage.sip_password import sip_password

MENU_KEY, KEY_AFTER = "0", 1.0
FIRST_NUMBER = 13900100000
FIRST_AGENT_PHONE = 20
CALL_HEADER = "x-hotline-call-id:"


def wall(monotonic: float) -> float:
    """A phone's clock as the wall's."""
    return monotonic + (time.time() - time.monotonic())


@dataclass(slots=True, kw_only=True)
class Placed:
    """One call of a citizen, as his own phone saw it. Times are the wall clock's."""

    number: str
    phone: Phone
    first_event: int
    to_press: bool = True
    ended_by_us: bool = False
    orders: list[tuple[str, str, str]] = field(default_factory=list)
    """(kind, command id, answer) of each hold and retrieve."""
    through_fault: str = ""
    _last_event: int | None = None

    def closed(self) -> None:
        """Later events of this phone are of another call."""
        self._last_event = len(self.phone.events)

    def _states(self) -> list[dict[str, Any]]:
        events = self.phone.events[self.first_event : self._last_event]
        return [event for event in events if event["event"] == "state"]

    def _at(self, state: str) -> float | None:
        return next((wall(event["at"]) for event in self._states() if event["state"] == state), None)

    @property
    def answered_at(self) -> float | None:
        return self._at("confirmed")

    @property
    def over_at(self) -> float | None:
        return self._at("disconnected")

    @property
    def is_up(self) -> bool:
        return self.answered_at is not None and self.over_at is None

    @property
    def was_dropped(self) -> bool:
        return self.over_at is not None and not self.ended_by_us

    def hang_up(self) -> None:
        self.ended_by_us = True
        self.phone.hang_up()


class Citizens:
    """Phones that call, each time under a number that nobody had before."""

    def __init__(self, settings: Settings, count: int, tone: Path) -> None:
        self._settings = settings
        self.phones = [Phone.of(settings, number) for number in range(count)]
        for phone in self.phones:
            phone.play(tone)
        self.placed: list[Placed] = []

    def call(self, seat: int, *, press: bool = True) -> Placed:
        """Dial without waiting for anything; `tend` presses the key when it is time."""
        phone = self.phones[seat]
        for earlier in self.placed:
            if earlier.phone is phone and earlier._last_event is None:
                earlier.closed()
        number = str(FIRST_NUMBER + len(self.placed))
        placed = Placed(number=number, phone=phone, first_event=len(phone.events), to_press=press)
        self.placed.append(placed)
        phone.call(f"sip:12345@127.0.0.1:{self._settings.port('sip')}", number=number)
        return placed

    def tend(self) -> None:
        """Whoever has listened to the greeting for a moment asks for a person."""
        for placed in self.living():
            if placed.to_press and placed.answered_at is not None and time.time() - placed.answered_at > KEY_AFTER:
                placed.to_press = False
                placed.phone.press(MENU_KEY)

    def living(self) -> list[Placed]:
        return [placed for placed in self.placed if placed._last_event is None and placed.over_at is None]

    def quit(self) -> None:
        for phone in self.phones:
            phone.quit()


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """One conversation of an agent's phone; `over_at` is None while it lasts."""

    agent: str
    call_id: str
    from_at: float
    over_at: float | None


class Agents:
    """Desks whose line is a plain SIP phone that answers at once."""

    def __init__(self, trial: Trial, count: int, tone: Path) -> None:
        self.names = agents_of(trial, count)
        make_plain(trial, self.names)
        self.phones: dict[str, Phone] = {}
        secrets, settings = secrets_store.read(trial.settings), trial.settings
        for seat, name in enumerate(self.names):
            phone = self.phones[name] = Phone.of(settings, FIRST_AGENT_PHONE + seat)
            phone.play(tone)
            password = sip_password(secrets.sip, settings.centre_id, name, 1)
            phone.register(name, password, f"127.0.0.1:{settings.port('sip')}", seconds=20)

    def talks(self) -> Iterator[Talk]:
        """Every conversation of every agent's phone so far."""
        for name, phone in self.phones.items():
            yield from _talks_of(name, phone.events)

    def talking(self) -> dict[str, str]:
        """Agent → call, of those whose phone is in a conversation now."""
        return {talk.agent: talk.call_id for talk in self.talks() if talk.over_at is None}

    def hang_up(self) -> None:
        for phone in self.phones.values():
            phone.hang_up()

    def quit(self) -> None:
        for phone in self.phones.values():
            phone.quit()


def make_plain(trial: Trial, names: Sequence[str]) -> None:
    """Give these desks a plain SIP phone in place of a browser."""
    settings, secrets = trial.settings, secrets_store.read(trial.settings)
    desks = [
        Desk(
            agent=name, extension=name, name=name, device=PHONE,
            password=sip_password(secrets.sip, settings.centre_id, name, 1),
        )
        for name in names
    ]  # fmt: skip
    agents_config.apply(settings, desks, lambda command: asterisk.console(settings, command))


def _talks_of(agent: str, events: Sequence[dict[str, Any]]) -> Iterator[Talk]:
    call_id, since = "", None
    for event in list(events):
        if event["event"] == "ringing" and not event["busy"]:
            call_id = _call_id(event["headers"])
        elif event["event"] == "state" and event["state"] == "confirmed":
            since = wall(event["at"])
        elif event["event"] == "state" and event["state"] == "disconnected":
            if since is not None:
                yield Talk(agent=agent, call_id=call_id, from_at=since, over_at=wall(event["at"]))
            since = None
    if since is not None:
        yield Talk(agent=agent, call_id=call_id, from_at=since, over_at=None)


def _call_id(headers: Sequence[str]) -> str:
    return next((line[len(CALL_HEADER) :].strip() for line in headers if line.lower().startswith(CALL_HEADER)), "")
