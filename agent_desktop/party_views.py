"""The other parties of a call as a desk may see them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from agent_desktop.live_parties import LiveLeg
from agent_desktop.live_rows import LiveCall
from agent_desktop.names import Names, queue_name, role_name
from agent_desktop.shown import TransferView


def leg_views(call: LiveCall, told_of: Collection[str], names: Names) -> tuple[LiveLeg, ...]:
    """Living legs under the names that a desk knows; a supervisor's only when `told_of` names him."""
    return tuple(
        replace(leg, label=_named(leg, names))
        for leg in call.legs
        if leg.state != "gone" and (leg.role != "supervisor" or leg.party in told_of)
    )


def _named(leg: LiveLeg, names: Names) -> str:
    named = names.agent(leg.party) if leg.role in {"supervisor", "agent"} else leg.label or names.entry(leg.party)
    return named or role_name(leg.role)


def transfer_view(call: LiveCall, names: Names) -> TransferView | None:
    asked = call.transfer
    if asked is None:
        return None
    named = {"agent": names.agent, "queue": queue_name}.get(asked.kind, names.entry)
    return TransferView(
        kind=asked.kind, target=asked.target, target_name=named(asked.target), state=asked.state, reason=asked.reason
    )
