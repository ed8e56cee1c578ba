"""The caller waits in a queue: the walk ends here."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ivr.fields import Fields
from ivr.menu import FinishInQueue, Heard, PromptKey, QueueName, StepName, Turn, UnexpectedKey, Walk


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    queue: QueueName

    @classmethod
    def read(cls, fields: Fields) -> Queue:
        """`queue: {name: general}`"""
        return cls(queue=QueueName(fields.text("name")))

    def enter(self, walk: Walk) -> Turn:
        finish = FinishInQueue(queue=self.queue, path=walk.path, emergency=walk.emergency)
        return Turn(walk=replace(walk, ended=True), acts=(finish,))

    def hear(self, walk: Walk, heard: Heard) -> Turn:
        raise UnexpectedKey(f"{heard} in queue {self.queue}")

    def leads_to(self) -> tuple[StepName, ...]:
        return ()

    def prompts(self) -> tuple[PromptKey, ...]:
        return ()

    def queues(self) -> tuple[QueueName, ...]:
        return (self.queue,)
