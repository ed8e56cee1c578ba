"""The other parties of a call as a desk may see them."""

from __future__ import annotations

from collections.abc import Collection

from agent_desktop.live_parties import LiveLeg
from agent_desktop.live_rows import LiveCall
from agent_desktop.names import Names, queue_name, role_name
from agent_desktop.shown import EmergencyView, LegView, RouteView, ThreeWayView, TransferView


def leg_views(call: LiveCall, told_of: Collection[str], names: Names) -> tuple[LegView, ...]:
    """Living legs; a supervisor's only when `told_of` names him."""
    return tuple(
        _leg_view(leg, names)
        for leg in call.legs
        if leg.state != "gone" and (leg.role != "supervisor" or leg.party in told_of)
    )


def _leg_view(leg: LiveLeg, names: Names) -> LegView:
    named = names.agent(leg.party) if leg.role in {"supervisor", "agent"} else leg.label or names.entry(leg.party)
    return LegView(
        leg=leg.leg,
        role=leg.role,
        party=leg.party,
        label=named or role_name(leg.role),
        state=leg.state,
        muted=leg.muted,
        held=leg.held,
        in_room=leg.in_room,
        since=leg.since,
    )


def three_way_view(call: LiveCall) -> ThreeWayView | None:
    asked = call.threeway
    if asked is None:
        return None
    return ThreeWayView(
        entry=asked.entry,
        department=asked.department,
        state=asked.state,
        number_index=asked.number_index,
        numbers=asked.numbers,
        since=asked.since,
        reason=asked.reason,
    )


def emergency_view(call: LiveCall) -> EmergencyView | None:
    pressed = call.emergency
    if pressed is None:
        return None
    return EmergencyView(
        service=pressed.service,
        state=pressed.state,
        route=pressed.route,
        tried=tuple(RouteView(route=each.route, reason=each.reason) for each in pressed.tried),
        since=pressed.since,
    )


def transfer_view(call: LiveCall, names: Names) -> TransferView | None:
    asked = call.transfer
    if asked is None:
        return None
    named = {"agent": names.agent, "queue": queue_name}.get(asked.kind, names.entry)
    return TransferView(
        kind=asked.kind, target=asked.target, target_name=named(asked.target), state=asked.state, reason=asked.reason
    )
