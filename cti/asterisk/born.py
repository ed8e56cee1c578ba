"""When channels were made, as their Uniqueids tell it: a second of Asterisk's clock each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from cti.asterisk.message import Message
from cti.asterisk.recorded import ZERO
from cti.asterisk.translate import time_of
from cti.core.ids import LegId

GIVEN = "leg-"
"""An id that an Originate was given: the number in it is its caller's."""


def births(messages: Iterable[Message]) -> dict[LegId, datetime]:
    """The middle of the time in which each channel can have been made, told in the stream's own time.

    Channels whose making the stream shows tell how Asterisk's clock and the stream's lie to each other.
    """
    messages = list(messages)
    made = {each["Uniqueid"]: _seconds(each) for each in messages if each.get("Event") == "Newchannel"}
    offsets = [(second - at, second + 1 - at) for leg, at in made.items() if (second := _second_of(leg)) is not None]
    if not offsets:
        return {}
    low, high = max(low for low, _ in offsets), min(high for _, high in offsets)
    if low > high:  # a clock that was set in between tells nothing
        return {}
    legs = {each["Uniqueid"] for each in messages if each.get("Uniqueid")}
    return {
        LegId(leg): ZERO + timedelta(seconds=(second - high + second + 1 - low) / 2)
        for leg in legs
        if (second := _second_of(leg)) is not None
    }


def _second_of(leg: str) -> int | None:
    if leg.startswith(GIVEN):
        return None
    digits = leg.rpartition("-")[2].partition(".")[0]
    return int(digits) if digits.isdecimal() and len(digits) < 12 else None


def _seconds(message: Message) -> float:
    return (time_of(message, ZERO) - ZERO).total_seconds()
