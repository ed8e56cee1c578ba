"""Everything that is downloaded or rendered once and may be shared by two hotlines, each step shown."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hotline import about, directory
from hotline.runtime import asterisk, asterisk_root, bundle
from hotline.runtime.narration import Progress, Stamp, say, step
from hotline.settings import PROJECT, Settings
from ivr.prompts.render import render_all

SPOKEN = PROJECT / "dialplans/prompts"
SPEAKER = PROJECT / "ivr/prompts"


def ensure(settings: Settings) -> None:
    """Make what is missing or out of date; a second hotline that shares the folder waits."""
    settings.assets_dir.mkdir(parents=True, exist_ok=True)
    with _alone(settings.assets_dir / ".lock"):
        with step("Asterisk"):
            asterisk_root.ensure(settings)
            say(f"   Asterisk {asterisk.version(settings)}")
        with step("语音提示与等待音乐 Mandarin prompts, music on hold"):
            _prompts(settings)
        with step("坐席页面 the desk's scripts"):
            bundle.ensure(settings)


def _prompts(settings: Settings) -> None:
    said = directory.sentences(directory.of(settings, findable=False)) | about.sentences()
    made_of = (json.dumps(said, ensure_ascii=False), *_made_of(SPOKEN, "*"), *_made_of(SPEAKER, "*.py"))
    stamp = Stamp(settings.assets_dir / "prompts.stamp", *made_of)
    if stamp.is_fresh() and (settings.assets_dir / "prompts/zh/manifest.json").exists():
        return
    progress = Progress("提示音 prompts")
    made = render_all(settings.assets_dir, progress=lambda done, total, _what: progress(done, total), more=said)
    for warning in made.warnings:
        say(f"   ⚠ {warning}")
    stamp.write()


def _made_of(folder: Path, pattern: str) -> Iterator[str | Path]:
    for path in sorted(folder.rglob(pattern)):
        if path.is_file():
            yield str(path.relative_to(folder))
            yield path


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Hold the folder's lock; a folder that is another user's is only read, which needs none."""
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except PermissionError:
        yield
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
