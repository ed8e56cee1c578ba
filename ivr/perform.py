"""Carries a walk's acts out on the phone line: acts to AGI commands, keys back to the walk."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from ivr.menu import (
    KEYS,
    Act,
    FinishInQueue,
    GatherKey,
    Heard,
    Key,
    KeyPressed,
    Menu,
    NothingPressed,
    PromptKey,
    SayPrompt,
)
from ivr.walk import advance, begin

LONGEST_PROMPT_S = 60.0
_KEYS_BY_CODE = {str(ord(key)): Key(key) for key in KEYS}


class PromptMissing(Exception):
    """Asterisk could not play a prompt: the caller would hear nothing, so the native fallback must."""


class Line(Protocol):
    """The one thing needed of a conversation."""

    async def ask(self, command: str, *arguments: str, seconds: float = ...) -> Mapping[str, Any]: ...


async def walk_menu(line: Line, menu: Menu, profile: str, sounds: Path) -> FinishInQueue:
    """Walk one caller through the menu and leave the outcome in channel variables.

    Whatever is raised, HL_DONE was not set, and the dialplan takes its own fallback.
    """
    performer = Performer(line, sounds)
    walk, acts = begin(menu, profile)
    while not isinstance(acts[-1], FinishInQueue):
        heard = await performer.perform(acts)
        walk, acts = advance(menu, walk, heard)
    await performer.perform(acts[:-1])
    await performer.finish(acts[-1])
    return acts[-1]


class Performer:
    """Plays prompts on one line and remembers a key pressed ahead."""

    def __init__(self, line: Line, sounds: Path) -> None:
        self._line = line
        self._sounds = sounds

    async def perform(self, acts: tuple[Act, ...]) -> Heard:
        """Do the acts in turn; the first key pressed in any of them is the answer."""
        heard: Heard = NothingPressed()
        for act in acts:
            if isinstance(heard, KeyPressed):
                return heard
            heard = await self._perform(act)
        return heard

    async def finish(self, act: FinishInQueue) -> None:
        """One command for all variables: each round trip costs the machine as much as the walk."""
        emergency = f"HL_EMERGENCY={act.emergency}," if act.emergency else ""
        values = f"HL_QUEUE={act.queue},HL_MENU_PATH={act.path},{emergency}HL_DONE=1"
        await self._line.ask("EXEC MSet", values)

    async def _perform(self, act: Act) -> Heard:
        match act:
            case SayPrompt(prompt=prompt):
                return await self._play(prompt)
            case GatherKey(prompts=prompts, wait_ms=wait_ms):
                return await self._gather(prompts, wait_ms)
            case FinishInQueue():
                raise AssertionError("finish() ends a walk")

    async def _gather(self, prompts: tuple[PromptKey, ...], wait_ms: int) -> Heard:
        *before, last = prompts
        for prompt in before:
            if isinstance(heard := await self._play(prompt), KeyPressed):
                return heard
        return await self._play_and_wait(last, wait_ms) if wait_ms else await self._play(last)

    async def _play(self, prompt: PromptKey) -> Heard:
        reply = await self._line.ask("STREAM FILE", self._file(prompt), KEYS, seconds=LONGEST_PROMPT_S)
        return _heard(reply, prompt)

    async def _play_and_wait(self, prompt: PromptKey, wait_ms: int) -> Heard:
        """GET OPTION, not GET DATA: it tells `#` from silence, and plays and waits in one command."""
        seconds = LONGEST_PROMPT_S + wait_ms / 1000
        reply = await self._line.ask("GET OPTION", self._file(prompt), KEYS, str(wait_ms), seconds=seconds)
        return _heard(reply, prompt)

    def _file(self, prompt: PromptKey) -> str:
        """Asterisk adds the extension itself."""
        return str(self._sounds / prompt)


def _heard(reply: Mapping[str, Any], prompt: PromptKey) -> Heard:
    """`200 result=51 endpos=8000`: the key's code, or 0; endpos 0 without a key means nothing was played."""
    (code, _), (played, _) = reply["result"], reply.get("endpos", ("", ""))
    if code in _KEYS_BY_CODE:
        return KeyPressed(key=_KEYS_BY_CODE[code])
    if code != "0" or played in {"", "0"}:
        raise PromptMissing(f"{prompt}: Asterisk answered result={code[:20]} endpos={played[:20]}")
    return NothingPressed()
