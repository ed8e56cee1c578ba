"""Everything that is downloaded or rendered once and may be shared by two hotlines, each step shown."""

from __future__ import annotations

from hotline.runtime import asterisk, asterisk_root, bundle
from hotline.runtime.narration import Progress, say, step
from hotline.settings import Settings
from ivr.prompts.render import render_all


def ensure(settings: Settings) -> None:
    """Make what is missing or out of date."""
    with step("Asterisk"):
        asterisk_root.ensure(settings)
        say(f"   Asterisk {asterisk.version(settings)}")
    with step("语音提示与等待音乐 Mandarin prompts, music on hold"):
        progress = Progress("提示音 prompts")
        made = render_all(settings.assets_dir, progress=lambda done, total, _what: progress(done, total))
        for warning in made.warnings:
            say(f"   ⚠ {warning}")
    with step("坐席页面 the desk's scripts"):
        bundle.ensure(settings)
