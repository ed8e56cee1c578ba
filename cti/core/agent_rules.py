"""What a centre has decided about its agents: frozen, told once at the start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cti.core.ids import QueueName

SIGNED_ON = "签入"
"""The pause reason between signing on and the first ready."""
AWAY = "离开"
"""The pause reason of an agent whose desk is gone."""
MISSED = "未接来电"
"""The pause reason of an agent whose desk rang and who did not take the call."""
DEVICE_FAULT = "设备故障"
"""What a desk asks for while its microphone is lost."""
OTHER = "其他"
FORCED = "班长安排"
"""What a supervisor's board gives for a pause that he forces."""
SYSTEM_REASONS = frozenset({DEVICE_FAULT, OTHER, FORCED})
"""Reasons that a desk or a board may give although the centre does not list them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRules:
    """Seconds unless a name says otherwise; an empty `pause_reasons` allows any."""

    wrap_up_seconds: int = 30
    wrap_up_extensions: int = 1
    wrap_up_extension_seconds: int = 60
    missed_ring_pauses: bool = True
    pause_reasons: frozenset[str] = frozenset()
    tell_agent_supervised: bool = True
    freeze_minutes: int = 10
    overflow: Mapping[QueueName, QueueName] = field(default_factory=dict)
    """Queue → the queue whose members are offered its callers too, once these have waited too long."""

    def allows_reason(self, reason: str) -> bool:
        return not self.pause_reasons or reason in self.pause_reasons | SYSTEM_REASONS
