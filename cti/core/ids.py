"""Names of calls, legs, agents and queues; a type each, so that none passes for another."""

from __future__ import annotations

from typing import NewType

CallId = NewType("CallId", str)
"""`HC<node>-<epoch>.<n>`: made by the dialplan, carried by every leg."""
LegId = NewType("LegId", str)
"""A channel's Uniqueid; with `systemname` it is unique among nodes."""
Channel = NewType("Channel", str)
"""A channel's name in Asterisk: what an action addresses, never an identity in a table."""
AgentId = NewType("AgentId", str)
QueueName = NewType("QueueName", str)
DialId = NewType("DialId", str)
"""One click on a number: made by cti, said again by the dialplan."""
