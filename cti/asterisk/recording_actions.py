"""The commands about running recordings as AMI actions, every value checked before it leaves."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from cti.asterisk.asked import ActionRefused
from cti.core.commands import Command
from cti.core.recording_commands import MuteRecording

RECORDING_ALLOWED = frozenset({"MixMonitorMute"})
_CHANNEL = re.compile(r"PJSIP/[0-9A-Za-z_-]{1,60}-[0-9a-f]{8}\Z")


def _mute(command: MuteRecording) -> dict[str, str]:
    """Both directions of every MixMonitor on the channel. Raises ActionRefused for what is no phone's channel."""
    if not _CHANNEL.match(command.channel):
        raise ActionRefused(f"channel {command.channel!r}")
    return {
        "Action": "MixMonitorMute",
        "Channel": command.channel,
        "Direction": "both",
        "State": "1" if command.muted else "0",
    }


RECORDING_ACTIONS: dict[type[Command], Callable[[Any], dict[str, str]]] = {MuteRecording: _mute}
