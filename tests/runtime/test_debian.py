"""Where Asterisk's packages come from, in every form that apt's sources take."""

from __future__ import annotations

import pytest

from hotline.runtime.debian import main_archive

MAIN = "http://mirror.example/debian/"


@pytest.mark.parametrize(
    ("listed", "found"),
    [
        (f"{MAIN}|Debian|Debian|main|stable\n", MAIN),
        (f"{MAIN}||||\n{MAIN}|||main|\n", MAIN),
        (f"http://other.example/apt|Other|Other|main|x\n{MAIN}|Debian|Debian|main|\n", MAIN),
        (f"http://mirror.example/debian-security/|Debian|Debian-Security|main|\n{MAIN}|Debian|Debian|main|", MAIN),
        ("http://mirror.example/debian-security/|||main|\n", None),
        ("http://other.example/node|||main|\n", None),
        ("", None),
    ],
)
def test_debians_own_main_archive_is_chosen(listed: str, found: str | None) -> None:
    assert main_archive(listed) == found
