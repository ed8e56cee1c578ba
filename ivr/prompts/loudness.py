"""Brings audio to a telephone's band and to one loudness (ITU-R BS.1770)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ivr.prompts.voice import Samples

Curve = NDArray[np.complexfloating[Any]]

RATE = 8000
TARGET_LUFS = -20.0
PEAK = 10 ** (-1.5 / 20)
KNEE = 0.8 * PEAK
"""From here up peaks are bent, so that none reaches full scale."""

_LOW_HZ, _HIGH_HZ, _ROLL_HZ = 100.0, 3500.0, 300.0
_BLOCK_S, _HOP_S = 0.4, 0.1
_SILENT_LUFS, _RELATIVE_LU = -70.0, -10.0
_OFFSET = -0.691


def to_telephone(samples: Samples, rate: int) -> Samples:
    """Resample to 8 kHz, keeping 100 to 3,500 Hz. Filters in the frequency domain, so nothing is delayed."""
    length = round(len(samples) * RATE / rate)
    spectrum = np.fft.rfft(samples)
    frequencies = np.fft.rfftfreq(len(samples), 1 / rate)
    wanted = (spectrum * _passband(frequencies))[: length // 2 + 1]
    return np.asarray(np.fft.irfft(wanted, length) * (length / len(samples)))


def _passband(frequencies: Samples) -> Samples:
    """1 inside, smooth shoulders outside."""
    rise = np.clip(frequencies / _LOW_HZ, 0, 1)
    fall = np.clip((_HIGH_HZ + _ROLL_HZ - frequencies) / _ROLL_HZ, 0, 1)
    shoulders = np.sin(rise * math.pi / 2) ** 2 * np.sin(fall * math.pi / 2) ** 2
    return np.asarray(shoulders)


def lufs(samples: Samples, rate: int = RATE) -> float:
    """Integrated loudness of mono audio: K-weighted, gated at −70 LUFS and 10 LU below the mean."""
    power = _block_power(_k_weighted(samples, rate), rate)
    loud = power[_as_lufs(power) > _SILENT_LUFS]
    if not len(loud):
        return -math.inf
    gate = _as_lufs(loud.mean()) + _RELATIVE_LU
    return float(_as_lufs(loud[_as_lufs(loud) > gate].mean()))


def levelled(samples: Samples, rate: int = RATE) -> Samples:
    """The same audio at −20 LUFS, its peaks bent below −1.5 dBFS. Silence stays silence."""
    centred = np.asarray(samples - samples.mean())
    loudness = lufs(centred, rate)
    if not math.isfinite(loudness):
        return centred
    return _bent(centred * 10 ** ((TARGET_LUFS - loudness) / 20))


def _bent(samples: Samples) -> Samples:
    room = PEAK - KNEE
    over = np.maximum(np.abs(samples) - KNEE, 0)
    return np.asarray(np.sign(samples) * (np.minimum(np.abs(samples), KNEE) + room * np.tanh(over / room)))


def _k_weighted(samples: Samples, rate: int) -> Samples:
    """BS.1770's two filters (head and low cut), applied as their frequency response."""
    tail = rate // 2  # the low cut's response has died away by then
    size = len(samples) + tail
    z = np.exp(-2j * math.pi * np.fft.rfftfreq(size))
    response = _shelf(z, rate) * _low_cut(z, rate)
    return np.asarray(np.fft.irfft(np.fft.rfft(samples, size) * response, size)[: len(samples)])


def _shelf(z: Curve, rate: int) -> Curve:
    """High shelf of +4 dB above 1,682 Hz, the constants of BS.1770-4 for any rate."""
    gain, quality = 10 ** (3.999843853973347 / 20), 0.7071752369554196
    k = math.tan(math.pi * 1681.974450955533 / rate)
    middle = gain**0.4996667741545416
    above = (gain + middle * k / quality + k * k) + 2 * (k * k - gain) * z
    above = above + (gain - middle * k / quality + k * k) * z**2
    below = (1 + k / quality + k * k) + 2 * (k * k - 1) * z + (1 - k / quality + k * k) * z**2
    return np.asarray(above / below)


def _low_cut(z: Curve, rate: int) -> Curve:
    quality = 0.5003270373238773
    k = math.tan(math.pi * 38.13547087602444 / rate)
    scale = 1 + k / quality + k * k
    below = 1 + 2 * (k * k - 1) / scale * z + (1 - k / quality + k * k) / scale * z**2
    return np.asarray((1 - 2 * z + z**2) / below)


def _block_power(samples: Samples, rate: int) -> Samples:
    """Mean square of overlapping 0.4 s blocks; shorter audio is one block."""
    block, hop = round(_BLOCK_S * rate), round(_HOP_S * rate)
    if len(samples) <= block:
        return np.array([np.mean(samples**2)])
    starts = range(0, len(samples) - block + 1, hop)
    return np.array([np.mean(samples[start : start + block] ** 2) for start in starts])


def _as_lufs(power: Any) -> Samples:
    return np.asarray(_OFFSET + 10 * np.log10(np.maximum(power, 1e-12)))
