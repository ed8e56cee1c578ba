"""What a window may ask for: every command with its arguments, and who may give it, in one table."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from uuid import UUID

from agent_desktop.refusals import BadFrame
from cases import case

SERVICES = ("110", "119", "120", "122")
TARGET_KINDS = frozenset({"agent", "queue", "specialist", "department", "centre"})
FORCED_STATES = frozenset({"ready", "paused", "offline"})
OUTCOMES = frozenset({"reached", "busy", "unanswered", "refused", "cancelled"})
"""What an agent may say of an attempt that the dial itself has told otherwise."""

Check = Callable[[object], bool]


class About(Enum):
    """What a command is about, and with it who may give it."""

    AGENT = "the agent's own state"
    CALL = "the call at this desk"
    SEAT = "another agent's seat: supervisors only"
    WEB = "nothing that cti knows of: carried out by this process"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One command: its required and optional arguments, each with its check."""

    about: About
    needs: Mapping[str, Check] = field(default_factory=dict)
    may: Mapping[str, Check] = field(default_factory=dict)


def text(longest: int) -> Check:
    """A printable text that is not blank."""

    def check(value: object) -> bool:
        return isinstance(value, str) and bool(value.strip()) and len(value) <= longest and value.isprintable()

    return check


def matching(pattern: str) -> Check:
    compiled = re.compile(pattern, re.ASCII)

    def check(value: object) -> bool:
        return isinstance(value, str) and compiled.fullmatch(value) is not None

    return check


def one_of(choices: frozenset[str] | tuple[str, ...]) -> Check:
    def check(value: object) -> bool:
        return isinstance(value, str) and value in choices

    return check


def yes_or_no(value: object) -> bool:
    return isinstance(value, bool)


def uuid(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(UUID(value))
    except ValueError:
        return False


AGENT_ID = matching(r"[0-9A-Za-z_-]{1,32}")
CALL_ID = matching(r"[0-9A-Za-z._-]{1,100}")
NAME = matching(r"[0-9A-Za-z_.-]{1,64}")
LEG = matching(r"[0-9A-Za-z_.:/;@-]{1,128}")
NUMBER = matching(r"\+?[0-9]{3,20}")

_OF_CALL = {"call_id": CALL_ID}


def words(value: object) -> bool:
    """Whatever was typed, once it is a printable line (`tidied`): it is never a reason not to call for help."""
    return isinstance(value, str)


_FOR_OPERATORS = {"district": matching(r"[0-9a-z_]{0,32}"), "summary": words, "location": words}
"""What an emergency operator is told along with the call."""
TIDIED = {kind: frozenset({"summary", "location"}) for kind in ("emergency", "emergency_again")}


_ABOUT = {
    "case_kind": one_of(tuple(kind.value for kind in case.Kind)),
    "class_code": matching(r"[0-9]{6}"),
    "summary": text(200),
}
"""What the form says of the call when somebody else is asked into it."""


def _call(may: Mapping[str, Check] | None = None, **needs: Check) -> Kind:
    """About the call at this desk; a frame that names none means the one that is there."""
    return Kind(about=About.CALL, needs=needs, may=_OF_CALL | dict(may or {}))


def _agent(may: Mapping[str, Check] | None = None, **needs: Check) -> Kind:
    return Kind(about=About.AGENT, needs=needs, may=may or {})


def _seat(**needs: Check) -> Kind:
    return Kind(about=About.SEAT, needs=needs)


KINDS: Mapping[str, Kind] = {
    "ready": _agent(),
    "pause": _agent({"reason": text(30)}),
    "wrap_up_done": _agent(),
    "wrap_up_extend": _agent(),
    "raise_hand": _agent(),
    "lower_hand": _agent(),
    "dial": Kind(about=About.WEB, may={"number": NUMBER, "case_id": uuid}),
    "callback_take": Kind(about=About.WEB, needs={"callback_id": NAME}),
    "callback_done": Kind(about=About.WEB, needs={"callback_id": NAME, "outcome": one_of(OUTCOMES)}),
    "hold": _call(),
    "retrieve": _call(),
    "hang_up": _call(),
    "rejoin": _call(),
    "three_way": _call(_ABOUT, entry=NAME),
    "three_way_cancel": _call(),
    "three_way_next": _call(),
    "merge": _call(),
    "swap": _call(),
    "mute_leg": _call(leg=LEG),
    "unmute_leg": _call(leg=LEG),
    "hold_leg": _call(leg=LEG),
    "retrieve_leg": _call(leg=LEG),
    "remove_leg": _call(leg=LEG),
    "leave": _call(),
    "solved": _call(entry=NAME, solved=yes_or_no),
    "emergency": _call(_FOR_OPERATORS, service=one_of(SERVICES)),
    "emergency_cancel": _call(),
    "emergency_again": _call(_FOR_OPERATORS),
    "transfer": _call({"case_id": uuid, **_ABOUT}, target_kind=one_of(TARGET_KINDS), target=NAME, warm=yes_or_no),
    "transfer_complete": _call(),
    "transfer_cancel": _call(),
    "record_pause": _call(reason=text(30)),
    "record_resume": _call(),
    "listen": _seat(agent=AGENT_ID),
    "whisper": _seat(agent=AGENT_ID),
    "barge": _seat(agent=AGENT_ID),
    "spy_end": _seat(),
    "take_over": _seat(call_id=CALL_ID),
    "force": Kind(
        about=About.SEAT, needs={"agent": AGENT_ID, "state": one_of(FORCED_STATES)}, may={"reason": text(30)}
    ),
    "message": _seat(agent=AGENT_ID, text=text(200)),
}

AS_SENT = {"target_kind": "kind"}
"""cti's name of an argument whose own name is the frame's: a transfer's kind."""


def arguments(kind: str, given: Mapping[str, object]) -> dict[str, object]:
    """The checked arguments of one command; a null counts as absent. Raises BadFrame."""
    known = KINDS.get(kind)
    if known is None:
        raise BadFrame(what="kind")
    typed = TIDIED.get(kind, frozenset())
    present = {name: tidied(value) if name in typed else value for name, value in given.items() if value is not None}
    checks = {**known.needs, **known.may}
    if not present.keys() <= checks.keys():
        raise BadFrame(what="field")
    for name in known.needs.keys() | present.keys():
        if name not in present or not checks[name](present[name]):
            raise BadFrame(what=name)
    return present


def tidied(value: object) -> object:
    """Typed words as one printable line; what a browser counts as printable, an older Python may not."""
    if not isinstance(value, str):
        return value
    return " ".join("".join(sign if sign.isprintable() else " " for sign in value).split())


def about(kind: str) -> About:
    return KINDS[kind].about
