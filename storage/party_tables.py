"""Tables of what happened within a call: its legs, who was where, three-way, emergency, transfer, missed calls.

All but `callbacks` are made anew from the call's events whenever one more arrives: `place` counts the rows of
a call in the order of their beginning.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Column, Float, Index, Integer, LargeBinary, PrimaryKeyConstraint, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from storage.columns import at, centre, count, flag, metadata, month, needed, sealed


def _of_call() -> list[Column[Any]]:
    return [centre(), month(), needed("call_id", Text)]


def _numbered() -> list[Column[Any]]:
    return [*_of_call(), needed("place", Integer)]


def _key(last: str) -> PrimaryKeyConstraint:
    return PrimaryKeyConstraint("centre_id", "created_month", "call_id", last)


call_legs = Table(
    "call_legs",
    metadata,
    *_of_call(),
    needed("leg", Text),
    needed("role", Text),  # caller | agent | specialist | emergency | supervisor | centre
    Column("party", Text),  # agent, directory entry, service; never a caller's number
    Column("label", Text),  # what a desk shows of it
    Column("channel", Text),
    at("from_at"),
    at("answered_at"),
    at("to_at"),
    Column("cause", Integer),  # Q.850
    Column("not_reached", Text),  # busy | refused | unanswered | dead | cancelled
    count("talk_s", Float),  # how long it shared a bridge with the caller
    _key("leg"),
    Index("ix_call_legs_party", "centre_id", "role", "party", "from_at"),
)

call_segments = Table(
    "call_segments",
    metadata,
    *_numbered(),
    needed("leg", Text),
    needed("role", Text),
    needed("kind", Text),  # bridge | muted | held | phone_held | silent
    Column("bridge", Text),
    at("from_at", needed=True),
    at("to_at"),
    _key("place"),
)

three_ways = Table(
    "three_ways",
    metadata,
    *_numbered(),
    needed("entry", Text),
    Column("department", Text),
    Column("asked_by", Text),
    at("asked_at"),
    Column("leg", Text),
    at("answered_at"),
    at("accepted_at"),
    at("merged_at"),
    at("ended_at"),
    count("talked_s", Float),
    Column("outcome", Text),  # talked | busy | refused | unanswered | dead | cancelled; empty while it goes on
    Column("solved", Boolean),
    _key("place"),
    Index("ix_three_ways_department", "centre_id", "department", "asked_at"),
)

emergencies = Table(
    "emergencies",
    metadata,
    *_numbered(),
    needed("service", Text),
    needed("trigger", Text),  # desk | second_call | dtmf | menu
    Column("pressed_by", Text),
    at("pressed_at", needed=True),
    at("reached_at"),
    Column("route", Text),
    Column("leg", Text),
    needed("tried", JSONB),  # [{"route", "at", "reason"}]; the reason of the one that answered is empty
    Column("outcome", Text),  # reached | failed | cancelled | lost; empty while it rings
    at("ended_at"),  # of one that was reached: when the operator was gone
    Column("district", Text),  # as the desk sent it: it chose the routes
    *sealed("summary"),
    *sealed("location"),
    Column("ended_by", Text),  # operator | system; agent for one that was cancelled
    _key("place"),
    Index("ix_emergencies_pressed", "centre_id", "pressed_at"),
)

transfers = Table(
    "transfers",
    metadata,
    *_numbered(),
    needed("kind", Text),  # agent | queue | specialist | department | centre
    needed("target", Text),
    Column("asked_by", Text),
    flag("warm"),
    at("asked_at"),
    at("ended_at"),
    Column("outcome", Text),  # done | failed; empty while it goes on
    Column("reason", Text),
    _key("place"),
)

recording_pauses = Table(
    "recording_pauses",
    metadata,
    *_numbered(),
    Column("paused_by", Text),
    needed("reason", Text),
    at("from_at", needed=True),
    at("to_at"),
    Column("resumed_by", Text),  # an agent; empty when the time limit or the call's end did it
    _key("place"),
)

callbacks = Table(
    "callbacks",  # one a missed call; the call's id names it
    metadata,
    *_of_call(),
    *sealed("number"),
    needed("number_hash", LargeBinary),
    Column("queue", Text),
    needed("stage", Text),  # menu | queue | cut
    at("missed_at", needed=True),
    needed("state", Text),  # open | taken | done
    count("attempts"),
    Column("taken_by", Text),
    at("taken_at"),
    at("taken_until"),
    Column("last_outcome", Text),  # busy | unanswered | refused | cancelled | reached
    at("closed_at"),
    Column("closed_as", Text),  # reached | called_again
    Column("closed_by", Text),
    Column("closed_call_id", Text),
    PrimaryKeyConstraint("centre_id", "created_month", "call_id"),
    Index("ix_callbacks_open", "centre_id", "missed_at", postgresql_where=text("state <> 'done'")),
    Index("ix_callbacks_number", "centre_id", "number_hash", "missed_at"),
)
