"""Telephone audio files, written whole or not at all."""

from __future__ import annotations

import os
import wave
from pathlib import Path

import numpy as np

from ivr.prompts.loudness import RATE
from ivr.prompts.voice import Samples


class BadRecording(ValueError):
    """A recording cannot be used; the text says what to save instead."""


def write_wav(path: Path, samples: Samples) -> None:
    """8 kHz, mono, 16 bit; readable by Asterisk's user; never half written."""
    scaled = (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with temporary.open("wb") as raw, wave.open(raw, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(scaled)
    temporary.chmod(0o644)
    temporary.replace(path)


def read_wav(path: Path) -> tuple[Samples, int]:
    """Samples and rate of a 16-bit PCM recording; stereo is mixed. Raises BadRecording."""
    try:
        with wave.open(str(path), "rb") as source:
            channels, width, rate = source.getnchannels(), source.getsampwidth(), source.getframerate()
            frames = source.readframes(source.getnframes())
    except (wave.Error, EOFError) as error:
        raise BadRecording(f"{path}: {error}；请另存为16位PCM的WAV") from None
    if width != 2 or rate < RATE:
        raise BadRecording(f"{path}: {8 * width}位 {rate} Hz；请另存为16位PCM、8000 Hz以上的WAV")
    return np.frombuffer(frames, "<i2").reshape(-1, channels).mean(axis=1) / 32768, rate
