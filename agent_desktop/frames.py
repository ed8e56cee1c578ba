"""Every WebSocket frame of the desk: one dataclass each, parsed at the door."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime

from agent_desktop.instants import iso
from agent_desktop.refusals import BadFrame

COMMAND_KINDS = frozenset({"ready", "pause", "wrap_up_done", "hold", "retrieve", "hang_up"})
CALL_COMMANDS = frozenset({"hold", "retrieve", "hang_up"})
MIC_STATES = frozenset({"ok", "lost", "silent"})
LONGEST_FRAME = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentView:
    id: str
    name: str
    state: str
    reason: str
    reason_name: str
    since: datetime | None
    queues: tuple[str, ...]
    line: str
    call_id: str
    wrap_up_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallView:
    id: str
    state: str
    queue: str
    queue_name: str
    arrived_at: datetime | None
    joined_at: datetime | None
    answered_at: datetime | None
    held_since: datetime | None
    recording: bool
    fallback: bool
    number_masked: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    case_id: str
    number: str
    title: str
    kind: str
    status: str
    status_name: str
    created_at: datetime
    due_at: datetime | None
    department: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CardView:
    call_id: str
    number_masked: str
    name: str
    repeat_30d: int
    open_cases: tuple[CaseView, ...]
    history: tuple[CaseView, ...]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueView:
    id: str
    name: str
    waiting: int
    longest_joined_at: datetime | None
    ready: int
    talking: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemView:
    cti: str
    database: str
    test_mode: bool
    server_time: datetime
    release: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    csrf: str
    expires_at: datetime


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
class ReplyFrame:
    id: str
    ok: bool
    code: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorFrame:
    code: str
    text: str


NumberedFrame = SnapshotFrame | AgentFrame | CallFrame | CardFrame | QueuesFrame | SystemFrame | CaseFrame
ServerFrame = NumberedFrame | ReplyFrame | ErrorFrame


def encode(frame: ServerFrame, seq: int | None = None) -> str:
    """JSON text of `frame`; its type is the class name without `Frame`."""
    kind = type(frame).__name__.removesuffix("Frame").lower()
    numbered = {} if seq is None else {"seq": seq}
    return json.dumps({"type": kind, **numbered, **asdict(frame)}, default=iso, ensure_ascii=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandFrame:
    """The agent asks for something; `id` comes back in the reply."""

    id: str
    kind: str
    call_id: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFrame:
    """State of the browser's phone line and microphone."""

    registered: bool
    mic: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BeatFrame:
    """The page lives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOverFrame:
    """This window wants to be the desk."""


ClientFrame = CommandFrame | LineFrame | BeatFrame | TakeOverFrame


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
    _only(given, CommandFrame)
    frame = CommandFrame(
        id=_word(given, "id", 64),
        kind=_word(given, "kind", 32),
        call_id=_word(given, "call_id", 128, optional=True),
        reason=_word(given, "reason", 32, optional=True),
    )
    if frame.kind not in COMMAND_KINDS:
        raise BadFrame(what="kind")
    return frame


def _line(given: Mapping[str, object]) -> LineFrame:
    _only(given, LineFrame)
    registered, mic = given.get("registered"), given.get("mic", "ok")
    if not isinstance(registered, bool) or not isinstance(mic, str) or mic not in MIC_STATES:
        raise BadFrame(what="line")
    return LineFrame(registered=registered, mic=mic)


def _beat(given: Mapping[str, object]) -> BeatFrame:
    return BeatFrame()


def _take_over(given: Mapping[str, object]) -> TakeOverFrame:
    return TakeOverFrame()


def _only(given: Mapping[str, object], frame: type[CommandFrame] | type[LineFrame]) -> None:
    unknown = set(given) - {field.name for field in fields(frame)}
    if unknown:
        raise BadFrame(what="field")


def _word(given: Mapping[str, object], name: str, longest: int, *, optional: bool = False) -> str:
    """A short printable text; a null counts as absent."""
    value = given.get(name)
    if value is None and optional:
        return ""
    if not isinstance(value, str) or not (value or optional):
        raise BadFrame(what=name)
    if len(value) > longest or not value.isprintable():
        raise BadFrame(what=name)
    return value


_READERS: Mapping[str, Callable[[Mapping[str, object]], ClientFrame]] = {
    "command": _command,
    "line": _line,
    "beat": _beat,
    "take_over": _take_over,
}
