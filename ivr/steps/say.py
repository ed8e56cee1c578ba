"""A prompt is played, then the walk goes on."""

from __future__ import annotations

from dataclasses import dataclass

from ivr.fields import Fields
from ivr.menu import Heard, PromptKey, QueueName, SayPrompt, StepName, Turn, UnexpectedKey, Walk


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    prompt: PromptKey
    then: StepName

    @classmethod
    def read(cls, fields: Fields) -> Say:
        """`say: {prompt: notice, then: general}`"""
        return cls(prompt=PromptKey(fields.text("prompt")), then=StepName(fields.text("then")))

    def enter(self, walk: Walk) -> Turn:
        return Turn(walk=walk, acts=(SayPrompt(prompt=self.prompt),), goes_to=self.then)

    def hear(self, walk: Walk, heard: Heard) -> Turn:
        raise UnexpectedKey(f"{heard} while only saying {self.prompt}")

    def leads_to(self) -> tuple[StepName, ...]:
        return (self.then,)

    def prompts(self) -> tuple[PromptKey, ...]:
        return (self.prompt,)

    def queues(self) -> tuple[QueueName, ...]:
        return ()
