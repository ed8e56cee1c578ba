"""The caller may press a key; pressing nothing, or the wrong key too often, leads on as well."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ivr.fields import Fields
from ivr.menu import (
    KEYS,
    GatherKey,
    Heard,
    Key,
    NothingPressed,
    Option,
    Profile,
    PromptKey,
    QueueName,
    StepName,
    Turn,
    Walk,
)

PROFILES = ("direct", "light", "full")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gather:
    profiles: tuple[Profile, ...]
    options: tuple[Option, ...]
    again: Key
    """Hear it once more (重听)."""
    back: Key
    """To the step before (返回); in the first one the same as again."""
    wrong_prompt: PromptKey
    wrong_times: int
    """After so many wrong keys the caller goes on to `otherwise`."""
    otherwise: StepName

    @classmethod
    def read(cls, fields: Fields) -> Gather:
        """See dialplans/menus/main.yaml for the shape."""
        return cls(
            profiles=_profiles(fields),
            options=_options(fields),
            again=_special(fields, "again", "#"),
            back=_special(fields, "back", "*"),
            wrong_prompt=PromptKey(fields.text("wrong_prompt")),
            wrong_times=fields.number("wrong_times", 2, 1, 5),
            otherwise=StepName(fields.text("otherwise")),
        )

    def enter(self, walk: Walk) -> Turn:
        profile = self._profile(walk)
        return self._ask(walk, (profile.first,))

    def hear(self, walk: Walk, heard: Heard) -> Turn:
        if isinstance(heard, NothingPressed):
            return Turn(walk=walk, goes_to=self.otherwise)
        for option in self.options:
            if option.key == heard.key:
                return self._leave(walk, option)
        return self._special_key(heard.key)(walk)

    def leads_to(self) -> tuple[StepName, ...]:
        return (*(option.goes_to for option in self.options), self.otherwise)

    def prompts(self) -> tuple[PromptKey, ...]:
        said = [prompt for profile in self.profiles for prompt in (profile.first, profile.again)]
        return (*said, self.wrong_prompt)

    def queues(self) -> tuple[QueueName, ...]:
        return ()

    def _special_key(self, key: Key) -> Callable[[Walk], Turn]:
        return {self.again: self._repeat, self.back: self._go_back}.get(key, self._refuse)

    def _leave(self, walk: Walk, option: Option) -> Turn:
        moved = replace(walk, trail=(*walk.trail, walk.at), keys=(*walk.keys, option.key))
        return Turn(walk=moved, goes_to=option.goes_to)

    def _repeat(self, walk: Walk) -> Turn:
        return self._ask(walk, (self._profile(walk).again,))

    def _go_back(self, walk: Walk) -> Turn:
        if not walk.trail:
            return self._repeat(walk)
        moved = replace(walk, trail=walk.trail[:-1], keys=walk.keys[:-1])
        return Turn(walk=moved, goes_to=walk.trail[-1])

    def _refuse(self, walk: Walk) -> Turn:
        moved = replace(walk, wrong=walk.wrong + 1)
        if moved.wrong >= self.wrong_times:
            return Turn(walk=moved, goes_to=self.otherwise)
        return self._ask(moved, (self.wrong_prompt, self._profile(walk).again))

    def _ask(self, walk: Walk, prompts: tuple[PromptKey, ...]) -> Turn:
        return Turn(walk=walk, acts=(GatherKey(prompts=prompts, wait_ms=self._profile(walk).wait_ms),))

    def _profile(self, walk: Walk) -> Profile:
        return next(profile for profile in self.profiles if profile.name == walk.profile)


def _profiles(fields: Fields) -> tuple[Profile, ...]:
    group = fields.group("profiles")
    if group is None:
        return ()
    read = tuple(_profile(name, inner) for name in PROFILES if (inner := group.group(name)) is not None)
    group.refuse_the_rest()
    return read


def _profile(name: str, fields: Fields) -> Profile:
    first = fields.text("first")
    profile = Profile(
        name=name,
        first=PromptKey(first),
        again=PromptKey(fields.text("again", first)),
        wait_ms=fields.seconds("wait", 3, 30),
    )
    fields.refuse_the_rest()
    return profile


def _options(fields: Fields) -> tuple[Option, ...]:
    group = fields.group("keys")
    if group is None:
        return ()
    return tuple(_option(group, key) for key in group.names())


def _option(fields: Fields, key: str) -> Option:
    if len(key) != 1 or key not in KEYS:
        fields.wrong(key, f"“{key}”不是电话按键", f"按键只能是 {' '.join(KEYS)} 之一，并加引号")
    return Option(key=Key(key), goes_to=StepName(fields.text(key)))


def _special(fields: Fields, name: str, default: str) -> Key:
    key = fields.text(name, default)
    if len(key) != 1 or key not in KEYS:
        fields.wrong(name, f"“{key}”不是电话按键", f'请写成“{name}: "{default}"”')
    return Key(key)
