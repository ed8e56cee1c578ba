"""Whatever a caller's telephone claims to be called, the desk shows it as text and nothing else happens."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator

import pytest

from hotline.phone.client import Phone  # noqa: F401
from tests.stories.conftest import CaseBook
from tests.telephony.raw_sip import RawCaller

pytestmark = [pytest.mark.real, pytest.mark.browser]

LONGEST = 80
"""Bytes of a name that the dialplan lets through."""

NAMES = {
    "script": "<script>window.hacked=1;alert(1)</script>",
    "image": '\\"><img src=x onerror=window.hacked=1>',
    "template": "{{7*7}} ${7*7} #{7*7} <%= 7*7 %>",
    "quotes": "O\\'Neil \\\"; DROP TABLE calls; --",
    "folded": "two\r\n Event: Forged",
    "encoded": "%0d%0aEvent: Forged%0d%0a",
    "long": "长" * 3400,
    "emoji": "😀👨‍👩‍👧 王小明 🇨🇳",
    "backwards": "\u202egnp.exe \u2066王\u2069",
}
