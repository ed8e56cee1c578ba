"""The ivr process: the published menus, answered over FastAGI."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import structlog

from hotline.settings import PROJECT, Settings
from hotline.wiring.collector import settled
from ivr.check import Plan, load_plan
from ivr.fastagi import Conversation
from ivr.menu import Menu
from ivr.perform import walk_menu
from ivr.server import Script, Server, call_id_of

log = structlog.get_logger("ivr")


async def run(settings: Settings, ready: Callable[[], None]) -> None:
    """Serve until cancelled. A plan with mistakes raises BadPlan: the dialplan then falls back."""
    plan = load_plan(PROJECT / "dialplans")
    sounds = settings.assets_dir / "prompts" / "zh" / "by-key"
    _warn_of_missing_prompts(plan, sounds)
    server = Server({name: _script(menu, settings, sounds) for name, menu in plan.menus.items()})
    async with server.listening("127.0.0.1", settings.port("fastagi")) as port:
        log.info("ivr ready", port=port, menus=sorted(plan.menus), profile=settings.menu_profile)
        settled(ready)()
        await asyncio.Event().wait()


def _script(menu: Menu, settings: Settings, sounds: Path) -> Script:
    async def walk(conversation: Conversation) -> None:
        call_id = call_id_of(conversation.headers)
        finish = await walk_menu(conversation, menu, settings.menu_profile, sounds)
        log.debug("caller sent to queue", call_id=call_id, queue=finish.queue, path=finish.path)

    return walk


def _warn_of_missing_prompts(plan: Plan, sounds: Path) -> None:
    wanted = {key for menu in plan.menus.values() for step in menu.steps.values() for key in step.prompts()}
    missing = sorted(key for key in wanted if not (sounds / f"{key}.wav").exists())
    if missing:
        log.error("prompts missing; callers will get the dialplan's fallback", missing=missing)
