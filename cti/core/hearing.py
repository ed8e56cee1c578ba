"""Who was in a call and who heard whom, from when to when: read from the call's events alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import permutations

from cti.core.events import (
    AgentAnswered,
    AgentDidNotAnswer,
    AgentLeft,
    AgentRang,
    CallArrived,
    CallCut,
    CallerHeld,
    CallerHungUp,
    CallEvent,
)
from cti.core.ids import Channel, LegId
from cti.core.leg import AGENT, CALLER
from cti.core.leg_events import (
    LegAnswered,
    LegFellSilent,
    LegHeld,
    LegJoinedBridge,
    LegLeft,
    LegLeftBridge,
    LegMuted,
    LegNotReached,
    LegRang,
    LegRetrieved,
    LegUnmuted,
    SupervisionEnded,
    SupervisionStarted,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldLeg:
    """From the first that was seen of a leg to its end; `end` is None while it lives."""

    leg: LegId
    role: str
    channel: Channel
    start: datetime
    end: datetime | None
    answered_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """`ear` could hear `mouth`: the same bridge or room, nobody of the two put aside, the mouth not muted."""

    ear: LegId
    mouth: LegId
    start: datetime
    end: datetime | None


@dataclass(slots=True)
class _Party:
    leg: LegId
    role: str
    channel: Channel
    start: datetime
    end: datetime | None = None
    answered_at: datetime | None = None
    bridge: str = ""
    muted: bool = False
    held: bool = False
    silent: bool = False
    spies: LegId | None = None
    mode: str = ""


@dataclass(slots=True)
class _Scene:
    """What is so at one moment of the call; it exists only while `told` walks through the events."""

    parties: dict[LegId, _Party] = field(default_factory=dict)
    since: dict[tuple[LegId, LegId], datetime] = field(default_factory=dict)
    heard: list[Heard] = field(default_factory=list)
    caller: LegId | None = None


def told_legs(events: Iterable[CallEvent]) -> tuple[ToldLeg, ...]:
    """Every leg of the call, in the order in which they were seen first."""
    return tuple(
        ToldLeg(
            leg=party.leg,
            role=party.role,
            channel=party.channel,
            start=party.start,
            end=party.end,
            answered_at=party.answered_at,
        )
        for party in _walk(events).parties.values()
    )


def heard(events: Iterable[CallEvent]) -> tuple[Heard, ...]:
    """Every stretch of hearing, in the order of their beginnings."""
    return tuple(sorted(_walk(events).heard, key=lambda each: (each.start, each.ear, each.mouth)))


def _walk(events: Iterable[CallEvent]) -> _Scene:
    told = list(events)
    ended = {event.leg for event in told if isinstance(event, LegLeft)}
    scene = _Scene()
    for at, event in sorted(((_time_of(event), event) for event in told), key=lambda pair: pair[0]):
        if isinstance(event, AgentLeft) and event.leg in ended:
            continue  # told for the agent's state, when the caller went: the leg itself ended when it says so
        _happened(scene, event, at)
        _listen(scene, at)
    for (ear, mouth), start in scene.since.items():
        scene.heard.append(Heard(ear=ear, mouth=mouth, start=start, end=None))
    return scene


def _time_of(event: CallEvent) -> datetime:
    """A leg that fell silent was noticed later than it happened."""
    return event.at - timedelta(seconds=event.silent_s) if isinstance(event, LegFellSilent) else event.at


def _listen(scene: _Scene, at: datetime) -> None:
    """Close what is not heard any more, begin what is heard now."""
    now = _heard_now(scene.parties)
    for pair in [pair for pair in scene.since if pair not in now]:
        start = scene.since.pop(pair)
        if at > start:
            scene.heard.append(Heard(ear=pair[0], mouth=pair[1], start=start, end=at))
    for pair in now - scene.since.keys():
        scene.since[pair] = at


def _heard_now(parties: dict[LegId, _Party]) -> set[tuple[LegId, LegId]]:
    present = [party for party in parties.values() if _is_present(party)]
    pairs = {
        (ear.leg, mouth.leg)
        for ear, mouth in permutations(present, 2)
        if ear.bridge == mouth.bridge and not mouth.muted
    }
    for spy in parties.values():
        spied = parties.get(spy.spies) if spy.spies else None
        if spied is not None and spy.end is None and spied in present:
            pairs |= _spied(spy, spied, pairs)
    return pairs


def _is_present(party: _Party) -> bool:
    """A phone that sends no sound any more is taken for one that plays none either."""
    return bool(party.bridge) and not party.held and not party.silent and party.end is None


def _spied(spy: _Party, spied: _Party, pairs: set[tuple[LegId, LegId]]) -> set[tuple[LegId, LegId]]:
    """Listen: all that is said to and by the leg. Whisper: and into its ear. Barge: and into the others' ears."""
    more = {(spy.leg, mouth) for ear, mouth in pairs if ear == spied.leg and mouth != spy.leg}
    if not spied.muted:
        more.add((spy.leg, spied.leg))
    if spy.mode in {"whisper", "barge"}:
        more.add((spied.leg, spy.leg))
    if spy.mode == "barge":
        more |= {(ear, spy.leg) for ear, mouth in pairs if mouth == spied.leg and ear != spy.leg}
    return more


def _happened(scene: _Scene, event: CallEvent, at: datetime) -> None:
    match event:
        case CallArrived():
            scene.caller = event.caller_leg
            _party(scene, event.caller_leg, CALLER, event.caller_channel, at).answered_at = at
        case AgentRang():
            _party(scene, event.leg, AGENT, event.channel, at)
        case LegRang():
            _party(scene, event.leg, event.role, event.channel, at)
        case AgentAnswered():
            _answered(_party(scene, event.leg, AGENT, event.channel, at), at)
        case LegAnswered():
            _answered(_party(scene, event.leg, event.role, Channel(""), at), at)
        case LegJoinedBridge():
            joined = _party(scene, event.leg, event.role, event.channel, at)
            _answered(joined, at)
            joined.bridge, joined.held = event.bridge, False
        case CallerHungUp():
            _ended(scene, scene.caller, at)
        case LegLeft() | LegNotReached() | AgentLeft() | AgentDidNotAnswer():
            _ended(scene, event.leg, at)
        case CallCut():
            for leg in scene.parties:
                _ended(scene, leg, at)
        case _:
            _moved(scene, event)


def _moved(scene: _Scene, event: CallEvent) -> None:
    """What changes a leg that is there; a word about a leg that was never seen means nothing."""
    leg = scene.caller if isinstance(event, CallerHeld) and event.by == "redirect" else getattr(event, "leg", None)
    party = scene.parties.get(leg) if leg else None
    if party is None:
        return
    match event:
        case CallerHeld():
            party.bridge = ""
        case LegLeftBridge() if event.bridge in {party.bridge, ""}:
            party.bridge, party.muted = "", False
        case LegMuted() | LegUnmuted():
            party.muted = isinstance(event, LegMuted)
        case LegHeld() | LegRetrieved():
            party.held = isinstance(event, LegHeld)
        case LegFellSilent():
            party.silent = True
        case SupervisionStarted():
            party.spies, party.mode = _leg_of_agent(scene, event), event.mode
        case SupervisionEnded():
            party.spies = None
        case _:
            pass


def _party(scene: _Scene, leg: LegId, role: str, channel: Channel, at: datetime) -> _Party:
    known = scene.parties.get(leg)
    if known is None:
        known = scene.parties[leg] = _Party(leg, role, channel, at)
    known.channel = known.channel or channel
    return known


def _answered(party: _Party, at: datetime) -> None:
    party.answered_at = party.answered_at or at


def _ended(scene: _Scene, leg: LegId | None, at: datetime) -> None:
    party = scene.parties.get(leg) if leg else None
    if party is not None and party.end is None:
        party.end, party.bridge, party.spies = at, "", None


def _leg_of_agent(scene: _Scene, event: SupervisionStarted) -> LegId | None:
    """The leg that is spied on: the last one of this agent, else of any."""
    agents = [party for party in scene.parties.values() if party.role == AGENT and party.end is None]
    named = [party for party in agents if f"/{event.agent}-" in party.channel]
    found: Sequence[_Party] = named or agents
    return found[-1].leg if found else None
