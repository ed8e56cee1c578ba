"""What a menu is, where a caller stands in it, and the words the walk and its steps exchange."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NewType, Protocol

StepName = NewType("StepName", str)
PromptKey = NewType("PromptKey", str)
QueueName = NewType("QueueName", str)
Key = NewType("Key", str)

KEYS = "0123456789*#"
"""Every key of a telephone; all of them interrupt a prompt, so that a wrong key is noticed too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One key that the caller may press, announced or not, and the step it leads to."""

    key: Key
    goes_to: StepName


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How much a menu announces (GB/T 33358-2016 advises against menus, so a centre chooses)."""

    name: str
    first: PromptKey
    """Played on entering."""
    again: PromptKey
    """Played for `#` and after a wrong key: the choices without the welcome."""
    wait_ms: int
    """Silence after the prompt in which a key still counts."""


# What the walk hears.


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPressed:
    key: Key


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingPressed:
    pass


Heard = KeyPressed | NothingPressed


# What the walk asks for.


@dataclass(frozen=True, slots=True, kw_only=True)
class SayPrompt:
    """Play one prompt; a key pressed meanwhile answers the next GatherKey."""

    prompt: PromptKey


@dataclass(frozen=True, slots=True, kw_only=True)
class GatherKey:
    """Play prompts, wait `wait_ms` more, and tell the walk the first key, or that there was none."""

    prompts: tuple[PromptKey, ...]
    wait_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishInQueue:
    """The walk is over: the caller waits in `queue`, having come by `path` (`main:3`).

    With `emergency` an operator of that service is reached first; the queue takes him when none is.
    """

    queue: QueueName
    path: str
    emergency: str = ""


Act = SayPrompt | GatherKey | FinishInQueue


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """Where one caller stands in a menu."""

    menu: str
    profile: str
    at: StepName
    trail: tuple[StepName, ...] = ()
    """Gathering steps passed on the way here, for `*`."""
    keys: tuple[Key, ...] = ()
    wrong: int = 0
    """Wrong keys since this step was entered."""
    turns: int = 0
    """Steps entered and prompts repeated so far; Menu.most_turns bounds them."""
    emergency: str = ""
    """110, 119, 120 or 122, when the plan puts the caller through."""
    ended: bool = False

    @property
    def path(self) -> str:
        """The menu's name and the keys that led somewhere: `main`, `main:3`, `main:8-1`."""
        return ":".join([self.menu, "-".join(self.keys)] if self.keys else [self.menu])


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What a step answers: the walk so far, acts to do, and the step to enter next, if any."""

    walk: Walk
    acts: tuple[Act, ...] = ()
    goes_to: StepName | None = None


class Step(Protocol):
    """One place in a menu. It either waits for the caller (`hear`) or goes on at once."""

    def enter(self, walk: Walk) -> Turn: ...

    def hear(self, walk: Walk, heard: Heard) -> Turn: ...

    def leads_to(self) -> tuple[StepName, ...]: ...

    def prompts(self) -> tuple[PromptKey, ...]: ...

    def queues(self) -> tuple[QueueName, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """A published menu: named steps, where to begin, and the step that always reaches a person."""

    name: str
    start: StepName
    person: StepName
    """Where every caller ends who goes round too long; always a queue."""
    steps: Mapping[StepName, Step] = field(hash=False)
    most_turns: int = 12


class UnexpectedKey(Exception):
    """The walk has ended, or the step it stands at does not listen."""
