"""The commands about the parties of a call and about where its caller goes: arguments checked at the door."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from cti.call_guards import CallGuards
from cti.core.about import About, Spoken
from cti.core.directory import Directory
from cti.core.ids import AgentId, CallId, LegId
from cti.core.refusals import BadCommand
from cti.engine import Engine
from cti.party_control import PartyControl
from cti.room_control import RoomControl
from cti.transfer_control import TransferControl

Args = Mapping[str, Any]
Act = Callable[[AgentId, Args], Awaitable[None]]

_CALL = re.compile(r"[0-9A-Za-z._-]{1,100}\Z")
_NAME = re.compile(r"[0-9A-Za-z_-]{1,40}\Z")
_NUMBER = re.compile(r"[0-9]{3,20}\Z")
_CASE = re.compile(r"[0-9A-Za-z-]{0,40}\Z")
_CASE_KIND = re.compile(r"[a-z]{1,20}\Z")
_CLASS = re.compile(r"[0-9]{6}\Z")
LONGEST_SUMMARY = 200
KINDS_OF_TRANSFER = ("agent", "queue", "specialist", "department", "centre")


def room_kinds(engine: Engine, directory: Directory, spoken: Spoken) -> dict[str, Act]:
    """Kind → what is done for the actor."""
    guards = CallGuards(engine)
    rooms = RoomControl(engine, guards, directory, spoken)
    parties = PartyControl(guards, rooms)
    moves = TransferControl(engine, guards, rooms, parties)
    return {
        "three_way": lambda agent, args: rooms.three_way(
            agent, call_in(args), _text(args, "entry", _NAME), _about(args)
        ),
        "three_way_cancel": lambda agent, args: rooms.cancel(agent, call_in(args)),
        "three_way_next": lambda agent, args: rooms.next_number(agent, call_in(args)),
        "merge": lambda agent, args: rooms.merge(agent, call_in(args)),
        "swap": lambda agent, args: rooms.swap(agent, call_in(args)),
        "leave": lambda agent, args: rooms.leave(agent, call_in(args)),
        "rejoin": lambda agent, args: rooms.rejoin(agent, call_in(args)),
        "solved": lambda agent, args: rooms.solved(
            agent, call_in(args), _text(args, "entry", _NAME), _flag(args, "solved")
        ),
        "mute_leg": lambda agent, args: parties.mute(agent, call_in(args), _leg(args)),
        "unmute_leg": lambda agent, args: parties.unmute(agent, call_in(args), _leg(args)),
        "hold_leg": lambda agent, args: parties.hold(agent, call_in(args), _leg(args)),
        "retrieve_leg": lambda agent, args: parties.retrieve(agent, call_in(args), _leg(args)),
        "remove_leg": lambda agent, args: parties.remove(agent, call_in(args), _leg(args)),
        "dial": lambda agent, args: engine.dialling.dial(
            agent, _text(args, "number", _NUMBER), _case(args), _callback(args)
        ),
        "transfer": lambda agent, args: moves.transfer(
            agent,
            call_in(args),
            _kind(args),
            _text(args, "target", _NAME),
            _flag(args, "warm"),
            _case(args),
            _about(args),
        ),
        "transfer_complete": lambda agent, args: moves.complete(agent, call_in(args)),
        "transfer_cancel": lambda agent, args: moves.cancel(agent, call_in(args)),
    }


ROOM_KINDS = frozenset(
    {"three_way", "three_way_cancel", "three_way_next", "merge", "swap", "leave", "rejoin", "solved"}
    | {"mute_leg", "unmute_leg", "hold_leg", "retrieve_leg", "remove_leg"}
    | {"dial", "transfer", "transfer_complete", "transfer_cancel"}
)
"""They run in the actor's lane of call control."""


def call_in(args: Args) -> CallId:
    return CallId(_text(args, "call_id", _CALL))


def _leg(args: Args) -> LegId:
    return LegId(_text(args, "leg", _CALL))


def _kind(args: Args) -> str:
    kind = args.get("kind")
    if kind not in KINDS_OF_TRANSFER:
        raise BadCommand("kind")
    return str(kind)


def _case(args: Args) -> str:
    return _text(args, "case_id", _CASE) if args.get("case_id") else ""


def _callback(args: Args) -> str:
    """A missed call has the id of a call."""
    return _text(args, "callback_id", _CALL) if args.get("callback_id") else ""


def _about(args: Args) -> About:
    """What the desk's form says of the call: two words of fixed lists, and text for the record alone."""
    summary = args.get("summary") or ""
    if not isinstance(summary, str) or len(summary) > LONGEST_SUMMARY or not summary.isprintable():
        raise BadCommand("summary")
    return About(
        kind=_text(args, "case_kind", _CASE_KIND) if args.get("case_kind") else "",
        class_code=_text(args, "class_code", _CLASS) if args.get("class_code") else "",
        summary=summary,
    )


def _text(args: Args, name: str, pattern: re.Pattern[str]) -> str:
    given = args.get(name)
    if not isinstance(given, str) or not pattern.match(given):
        raise BadCommand(name)
    return given


def _flag(args: Args, name: str) -> bool:
    given = args.get(name, False)
    if not isinstance(given, bool):
        raise BadCommand(name)
    return given
