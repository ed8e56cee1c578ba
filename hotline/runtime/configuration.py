"""Asterisk's configuration put in place, at start or while Asterisk runs."""

from __future__ import annotations

import contextlib

from hotline import secrets_store
from hotline.runtime import asterisk, asterisk_config, layout, test_mode
from hotline.runtime.narration import say
from hotline.secrets_store import Secrets, SecretsMissing
from hotline.settings import Settings


def place(settings: Settings, secrets: Secrets) -> None:
    """Render everything for the present test mode; Asterisk's user may read it, nobody else."""
    files = asterisk_config.render(settings, secrets, test_mode=test_mode.is_on(settings))
    asterisk_config.write(settings, files)
    layout.share_configuration(settings)


def turn_test_mode(settings: Settings, *, on: bool) -> int:
    """Keep the choice, render it, and load it into a running Asterisk. 0 when it is in force."""
    test_mode.turn(settings, on=on)
    with contextlib.suppress(SecretsMissing):  # before the first start, which renders everything anyway
        place(settings, secrets_store.read(settings))
    shown = "开 on" if on else "关 off"
    if not asterisk.is_listening(settings):
        say(f"测试模式 test mode: {shown} (下次启动生效 from the next start on)")
        return 0
    asterisk.console(settings, "core reload")
    say(f"测试模式 test mode: {shown} (已生效 in force now)")
    return 0
