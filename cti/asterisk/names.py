"""The names of our things inside Asterisk, each made and read in one place."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from cti.asterisk.asked import ActionRefused
from cti.core.ids import AgentId, CallId, LegId, QueueName

QUEUE_PREFIX = "hl-"
"""`[general]` is a section of queues.conf itself, so no queue of Asterisk may have that name."""
OWN_QUEUE_PREFIX = "hlp-"
_QUEUE = re.compile(r"[a-z0-9_-]{1,40}\Z")
_AGENT = re.compile(r"[0-9A-Za-z_-]{1,32}\Z")
_CHANNEL = re.compile(r"PJSIP/(.+)-[0-9a-f]{8}\Z")


def queue_in_asterisk(queue: QueueName) -> str:
    """Raises ActionRefused for what is no queue's name."""
    if not _QUEUE.match(queue):
        raise ActionRefused(f"queue {queue!r}")
    return QUEUE_PREFIX + queue


def queue_of(name: str) -> QueueName:
    return QueueName(name.removeprefix(QUEUE_PREFIX))


def is_own_queue(name: str) -> bool:
    """Whether this is the queue of one agent, for a caller whose line to him was lost."""
    return name.startswith(OWN_QUEUE_PREFIX)


def queue_for(name: str, present: QueueName | None) -> QueueName:
    """The queue as a call sees it: waiting for one agent alone, it is still in the queue that it came by."""
    return present or QueueName("") if is_own_queue(name) else queue_of(name)


def interface_of(agent: AgentId) -> str:
    """Where an agent's phone is: the only dial string. Raises ActionRefused for what is no agent id."""
    if not _AGENT.match(agent):
        raise ActionRefused(f"agent id {agent!r}")
    return f"PJSIP/{agent}"


def agent_of(channel_or_interface: str) -> AgentId:
    """The agent of `PJSIP/1001` or of `PJSIP/1001-0000001f`."""
    match = _CHANNEL.match(channel_or_interface)
    return AgentId(match[1] if match else channel_or_interface.removeprefix("PJSIP/"))


def recording_path(call_id: CallId, leg: LegId, role: str, at: datetime) -> str:
    """Where the dialplan records a leg, relative to the raw folder: the UTC day of the call id's own stamp."""
    stamp = call_id.removeprefix("HC").rpartition("-")[2].partition(".")[0]
    day = datetime.fromtimestamp(int(stamp), UTC) if stamp.isdigit() and len(stamp) < 12 else at
    name = f"{call_id}.caller.sln" if role == "caller" else f"{call_id}.{role}-{leg}.sln"
    return f"{day:%Y/%m/%d}/{name}"
