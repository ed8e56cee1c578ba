"""What somebody would send who wants more than one thing to happen: seeded, so that any failure can be had again."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

PLAIN, MATRIX = 4_000, 25_000
"""Values at one encoder; four kinds of encoders make 100,000 in the exhaustive version."""
EACH = [PLAIN, pytest.param(MATRIX, marks=pytest.mark.matrix)]

LINE_ENDS = ("\r\n", "\n", "\r", "\r\n\r\n", "\n\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\0")
SIGNS = ("\x00", "\x01", "\x1b", "\x7f", "\t", '"', "\\", "'", ",", ";", "|", "&", "=", "$", "{", "}", "(", ")", "[",
         "]", "^", "@", "/", "%", "#", "*", "~", "!", "?", "<", ">", "`", " ", "号", "😀", "\u202e", "\ufeff", "\udc80",
         "０", "１", "٣", "\u00ad", "ı")  # fmt: skip
PAYLOADS = (
    "Action: Originate\r\nChannel: PJSIP/10086@carrier-a",
    "\r\n\r\nAction: Command\r\nCommand: core stop now\r\n\r\n",
    "\nSecret: x", "${SHELL(id)}", "$[1+1]", "&PJSIP/110@hl-route-1", "/^PJSIP/", "/.*/", "all",
    '" EXEC System id "', '")\nEXEC System id\n', "\nHANGUP\n", "200 result=1",
    "Local/s@hl-emergency/n", "1001,1,Set(X=1)", ",HL_DIGITS=10086", ",__HL_MODE=barge", "^110^", "b(x^s^1)",
    "\n[evil]\ntype=endpoint", "\nexten => 999,1,System(id)", "#include /etc/passwd", "#exec id", "\n#tryinclude x",
    "]\n[general](!)", "{{7*7}}", "{% include 'x' %}", "../../etc/passwd", "a" * 600, "9" * 600, "中" * 300,
)  # fmt: skip


class Hostile:
    """Endless hostile texts, some of them near to a value that is right."""

    def __init__(self, seed: int | None = None) -> None:
        self.seed = random.SystemRandom().randrange(10**6) if seed is None else seed
        print(f"seed {self.seed}")
        self.dice = random.Random(self.seed)

    def text(self, near: str = "") -> str:
        """A value that was right, bent in one place or in several; or plain noise."""
        return self.dice.choice((self._split, self._swapped, self._followed, self._noise, self._payload))(near)

    def chosen(self, near: str) -> str:
        """Half of the fields are left right, so that what is behind the first check is reached too."""
        return near if self.dice.random() < 0.5 else self.text(near)

    def _split(self, near: str) -> str:
        at = self.dice.randrange(len(near) + 1)
        return near[:at] + self._of(LINE_ENDS + SIGNS) + near[at:]

    def _swapped(self, near: str) -> str:
        if not near:
            return self._of(SIGNS)
        at = self.dice.randrange(len(near))
        return near[:at] + self._of(SIGNS + LINE_ENDS) + near[at + 1 :]

    def _followed(self, near: str) -> str:
        return near + self._of(("", *LINE_ENDS)) + self._of(PAYLOADS)

    def _noise(self, near: str) -> str:
        signs = [*SIGNS, *LINE_ENDS, *"abzAZ019_-.:"]
        return "".join(self.dice.choices(signs, k=self.dice.randrange(0, 40)))

    def _payload(self, near: str) -> str:
        return self._of(PAYLOADS)

    def _of(self, choices: Sequence[str]) -> str:
        return self.dice.choice(choices)
