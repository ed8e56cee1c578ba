"""The caller is put through to 110, 119, 120 or 122 without an agent; where nobody is reached, to a person."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ivr.fields import Fields
from ivr.menu import Heard, PromptKey, QueueName, StepName, Turn, UnexpectedKey, Walk

SERVICES = ("110", "119", "120", "122")


@dataclass(frozen=True, slots=True, kw_only=True)
class Emergency:
    service: str
    otherwise: StepName

    @classmethod
    def read(cls, fields: Fields) -> Emergency:
        """`emergency: {service: "120", otherwise: general}`: the routes are those of dialplans/routes.yaml."""
        service = fields.text("service")
        if service not in SERVICES:
            fields.wrong("service", f"没有紧急服务“{service}”", f"请改为{'、'.join(SERVICES)}之一，并加引号")
        return cls(service=service, otherwise=StepName(fields.text("otherwise")))

    def enter(self, walk: Walk) -> Turn:
        return Turn(walk=replace(walk, emergency=self.service), goes_to=self.otherwise)

    def hear(self, walk: Walk, heard: Heard) -> Turn:
        raise UnexpectedKey(f"{heard} while reaching {self.service}")

    def leads_to(self) -> tuple[StepName, ...]:
        return (self.otherwise,)

    def prompts(self) -> tuple[PromptKey, ...]:
        return ()

    def queues(self) -> tuple[QueueName, ...]:
        return ()
