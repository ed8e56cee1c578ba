"""Whatever is an AGI argument, Asterisk reads one command with just that argument, or nothing is sent."""

from __future__ import annotations

import pytest

from ivr.fastagi import UnsafeArgument, quoted
from tests.hostile.values import EACH, Hostile

RIGHT = ("HL_QUEUE", "general", "/srv/prompts/greeting light", "3000", '社保咨询 "一"', "C:\\x")


def as_asterisk_reads(line: str) -> list[str]:
    """The words of an AGI line by the rules of res_agi: quotes toggle, a backslash keeps the next sign."""
    words: list[str] = [""]
    in_quotes = escaped = False
    between = True
    for sign in line:
        if escaped or sign not in '"\\ \t':
            words[-1] += sign
            escaped = between = False
        elif sign == '"':
            in_quotes, between = not in_quotes, False
        elif sign == "\\":
            escaped = True
        elif in_quotes:
            words[-1] += sign
        elif not between:
            words.append("")
            between = True
    return words


@pytest.mark.parametrize("number", EACH)
def test_one_command_is_one_line_with_the_same_arguments_or_is_refused(number: int) -> None:
    hostile, refused = Hostile(), 0
    for at in range(number):
        name, value = hostile.chosen("HL_QUEUE"), hostile.text(RIGHT[at % len(RIGHT)])
        try:
            line = " ".join(["SET", "VARIABLE", quoted(name), quoted(value)])
        except UnsafeArgument:
            refused += 1
            continue
        assert not set(line) & {"\r", "\n", "\0"}, repr(line)
        assert line.isprintable(), repr(line)
        assert line.encode("utf-8").decode("utf-8") == line
        assert as_asterisk_reads(line) == ["SET", "VARIABLE", name, value], repr(line)
    assert 0.2 * number < refused < 0.98 * number, f"{refused} of {number} were refused"


def test_what_a_menu_really_says_is_never_refused() -> None:
    for value in RIGHT:
        assert as_asterisk_reads(f"EXEC {quoted(value)}") == ["EXEC", value]
