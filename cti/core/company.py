"""Who is there: the questions that settle where a call stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cti.core.emergency import EmergencyState
from cti.core.leg import THIRD_PARTIES, LegState

if TYPE_CHECKING:
    from cti.core.call import Call


def others_are_there(call: Call) -> bool:
    """In a bridge of this call, or on their way to an emergency. A supervisor who listens is in no bridge."""
    if call.emergency is not None and call.emergency.state is EmergencyState.TRYING:
        return True
    return any(leg.role in THIRD_PARTIES and leg.state is LegState.UP and leg.bridge for leg in call.legs)


def came_back(call: Call) -> bool:
    """An agent returns while the caller hears music and somebody else is in the room."""
    return call.caller is not None and call.caller.held and others_are_there(call)


def nobody_is_left(call: Call) -> bool:
    """Once an emergency was pressed, the call lasts as long as anybody of it does."""
    if call.emergency is None:
        return True
    if call.emergency.state is EmergencyState.TRYING or call.talking or call.ringing:
        return False
    return not any(leg.lives and (leg.bridge or leg.role == "emergency") for leg in call.legs)
