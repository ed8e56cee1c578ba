"""The one kind of WAV that recordings are: 16-bit PCM at 8 kHz behind a header of 44 bytes."""

from __future__ import annotations

import struct
from pathlib import Path

RATE = 8000
SAMPLE_BYTES = 2
HEADER_BYTES = 44


def wav_header(sound_bytes: int, *, channels: int = 1) -> bytes:
    """RIFF header of 16-bit PCM at 8 kHz."""
    form = struct.pack("<4sI4s", b"RIFF", HEADER_BYTES - 8 + sound_bytes, b"WAVE")
    frame = SAMPLE_BYTES * channels
    layout = (16, 1, channels, RATE, RATE * frame, frame, 8 * SAMPLE_BYTES)
    return form + struct.pack("<4sIHHIIHH", b"fmt ", *layout) + struct.pack("<4sI", b"data", sound_bytes)


def seconds_of(size: int) -> float:
    """How long a mono file of so many bytes plays."""
    return max(0, size - HEADER_BYTES) / (RATE * SAMPLE_BYTES)


def header_is_right(head: bytes, size: int) -> bool:
    """Whether the first bytes of a file of `size` bytes say what it is."""
    return size >= HEADER_BYTES and head == wav_header(size - HEADER_BYTES)


def repair_header(path: Path) -> bool:
    """Write the header that fits the file's length; False when there is not even room for one."""
    size = path.stat().st_size
    if size < HEADER_BYTES:
        return False
    with path.open("r+b") as file:
        file.write(wav_header(size - HEADER_BYTES))
    return True
