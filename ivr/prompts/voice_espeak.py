"""The emergency voice: espeak-ng, hard to understand, for machines where nothing better installs."""

from __future__ import annotations

import shutil
import subprocess

import numpy as np

from ivr.prompts.readings import syllables
from ivr.prompts.speak import clauses
from ivr.prompts.voice import Samples, VoiceUnavailable, silence

# `-v cmn` of Debian's 1.51 reads Hanzi as English; given pinyin, this one says the right sounds.
PINYIN_VOICE = "cmn-latn-pinyin"
WORDS_A_MINUTE = 200
SECONDS = 20


class EspeakVoice:
    rate = 22050

    def __init__(self) -> None:
        self._program = shutil.which("espeak-ng") or ""
        if not self._program:
            raise VoiceUnavailable("espeak-ng is not installed (apt-get install espeak-ng)")

    def say(self, words: str) -> Samples:
        parts = [part for clause, pause in clauses(words) for part in (self._clause(clause), silence(pause, self.rate))]
        return np.concatenate(parts)

    def _clause(self, clause: str) -> Samples:
        pinyin = " ".join(syllables(clause))
        command = [self._program, "-v", PINYIN_VOICE, "-s", str(WORDS_A_MINUTE), "--stdout", pinyin]
        made = subprocess.run(command, capture_output=True, check=True, timeout=SECONDS).stdout
        # Written to a pipe, the WAV header's sizes are wrong: take what follows the word `data`.
        audio = made[made.index(b"data") + 8 :]
        return np.frombuffer(audio[: len(audio) // 2 * 2], "<i2") / 32768
