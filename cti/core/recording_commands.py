"""What is done to the recordings of a call while they run."""

from __future__ import annotations

from dataclasses import dataclass

from cti.core.commands import Command
from cti.core.ids import CallId, Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class MuteRecording(Command):
    """Silence in one channel's file, in place: its time goes on. `muted` False records again."""

    call_id: CallId
    channel: Channel
    muted: bool
