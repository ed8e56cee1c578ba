"""Every WebSocket frame of the desk: one dataclass each, parsed at the door."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from functools import lru_cache
from typing import Any

from agent_desktop.commands import arguments
from agent_desktop.instants import iso
from agent_desktop.refusals import BadFrame
from agent_desktop.shown import AgentView, CallView, CardView, QueueView, SessionView, SystemView

MIC_STATES = frozenset({"ok", "lost", "silent"})
LONGEST_FRAME = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotFrame:
    role: str
    session: SessionView
    agent: AgentView
    call: CallView | None
    card: CardView | None
    queues: tuple[QueueView, ...]
    system: SystemView


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFrame:
    agent: AgentView


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFrame:
    call: CallView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFrame:
    card: CardView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuesFrame:
    queues: tuple[QueueView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemFrame:
    system: SystemView


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFrame:
    """A case kept on this machine has reached PostgreSQL and has its printed number."""

    case_id: str
    number: str
    sync: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardFrame:
    """All rows of the supervisors' board, when its window opens."""

    session: SessionView
    system: SystemView
    rows: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangesFrame:
    """Rows of the board that changed: table, id, and the row or null."""

    rows: tuple[tuple[str, str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyFrame:
    id: str
    ok: bool
    code: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorFrame:
    code: str
    text: str


NumberedFrame = (
    SnapshotFrame
    | AgentFrame
    | CallFrame
    | CardFrame
    | QueuesFrame
    | SystemFrame
    | CaseFrame
    | BoardFrame
    | ChangesFrame
)
ServerFrame = NumberedFrame | ReplyFrame | ErrorFrame


def encode(frame: ServerFrame, seq: int | None = None) -> str:
    """JSON text of `frame`; its type is the class name without `Frame`."""
    body = _queues_body(frame) if isinstance(frame, QueuesFrame) else _body(frame)
    return body if seq is None else f'{{"seq": {seq}, {body[1:]}'


def _body(frame: ServerFrame) -> str:
    kind = type(frame).__name__.removesuffix("Frame").lower()
    return json.dumps({"type": kind, **_plain(frame)}, default=_plain, ensure_ascii=False)


@lru_cache(maxsize=4)
def _queues_body(frame: QueuesFrame) -> str:
    """The same for every window: written once, not once for each of hundreds."""
    return _body(frame)


def _plain(value: Any) -> Any:
    """What JSON does not know: a dataclass as its fields, an instant as text. `asdict` would copy every value."""
    if is_dataclass(value):
        return {each.name: getattr(value, each.name) for each in fields(value)}
    return iso(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandFrame:
    """The agent asks for something; `id` comes back in the reply."""

    id: str
    kind: str
    args: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFrame:
    """State of the browser's phone line and microphone."""

    registered: bool
    mic: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BeatFrame:
    """The page lives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AsleepFrame:
    """The browser is about to freeze the page: nobody hears a ring there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOverFrame:
    """This window wants to be the desk."""


ClientFrame = CommandFrame | LineFrame | BeatFrame | AsleepFrame | TakeOverFrame


def parse(text: str) -> ClientFrame:
    """The frame in `text`. Raises BadFrame for anything but a known type with its exact fields."""
    given = _object(text)
    kind = given.pop("type", None)
    read = _READERS.get(kind) if isinstance(kind, str) else None
    if read is None:
        raise BadFrame(what="type")
    return read(given)


def _object(text: str) -> dict[str, object]:
    if len(text) > LONGEST_FRAME:
        raise BadFrame(what="length")
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        raise BadFrame(what="JSON") from None
    if not isinstance(given, dict):
        raise BadFrame(what="JSON")
    return given


def _command(given: Mapping[str, object]) -> CommandFrame:
    id_, kind = _word(given, "id", 64), _word(given, "kind", 32)
    return CommandFrame(id=id_, kind=kind, args=arguments(kind, _without(given, "id", "kind")))


def _line(given: Mapping[str, object]) -> LineFrame:
    if not given.keys() <= {"registered", "mic"}:
        raise BadFrame(what="field")
    registered, mic = given.get("registered"), given.get("mic", "ok")
    if not isinstance(registered, bool) or not isinstance(mic, str) or mic not in MIC_STATES:
        raise BadFrame(what="line")
    return LineFrame(registered=registered, mic=mic)


def _beat(given: Mapping[str, object]) -> BeatFrame:
    return BeatFrame()


def _take_over(given: Mapping[str, object]) -> TakeOverFrame:
    return TakeOverFrame()


def _asleep(given: Mapping[str, object]) -> AsleepFrame:
    return AsleepFrame()


def _without(given: Mapping[str, object], *names: str) -> dict[str, object]:
    return {name: value for name, value in given.items() if name not in names}


def _word(given: Mapping[str, object], name: str, longest: int) -> str:
    """A short printable text."""
    value = given.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= longest or not value.isprintable():
        raise BadFrame(what=name)
    return value


_READERS: Mapping[str, Callable[[Mapping[str, object]], ClientFrame]] = {
    "command": _command,
    "line": _line,
    "beat": _beat,
    "asleep": _asleep,
    "take_over": _take_over,
}
