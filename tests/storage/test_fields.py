"""Sealed fields: opened only with the right key and centre, found only by the keyed hash."""

from __future__ import annotations

import base64
import json

import pytest

from storage.fields import FieldKeyError, Fields, new_hash_key, new_keyring


def test_what_was_sealed_opens_again_and_shows_nothing(fields: Fields) -> None:
    sealed = fields.seal("欧阳娜娜 13800006027")
    assert fields.open(sealed) == "欧阳娜娜 13800006027"
    assert sealed["k"] == "1"
    assert b"13800006027" not in base64.b64decode(sealed["c"])
    assert fields.seal("同一个人") != fields.seal("同一个人"), "a fresh nonce each time"


def test_the_hash_is_the_same_however_the_number_is_written(fields: Fields) -> None:
    assert fields.number_hash("+86 138-0000-6027") == fields.number_hash("13800006027")
    assert fields.number_hash("013800006027") == fields.number_hash("13800006027")
    assert fields.number_hash("13800006028") != fields.number_hash("13800006027")


def test_callers_who_withhold_their_number_are_not_taken_for_one_caller(fields: Fields) -> None:
    assert [fields.number_hash(text) for text in ("", "anonymous", "<unknown>")] == ["", "", ""]


def test_two_hotlines_never_have_the_same_hash_for_a_number() -> None:
    ring = new_keyring()
    first, second = (Fields(ring, new_hash_key(), "demo").number_hash("12345678") for _ in range(2))
    assert first != second


def test_a_new_key_seals_and_the_old_one_still_opens() -> None:
    hash_key, old_ring = new_hash_key(), json.loads(new_keyring("1"))
    sealed = Fields(json.dumps(old_ring).encode(), hash_key, "demo").seal("张三")
    keys = old_ring["keys"] | json.loads(new_keyring("2"))["keys"]
    newer = Fields(json.dumps({"current": "2", "keys": keys}).encode(), hash_key, "demo")
    assert newer.open(sealed) == "张三"
    assert newer.seal("李四")["k"] == "2"


def test_another_centre_and_a_changed_byte_open_nothing() -> None:
    ring, hash_key = new_keyring(), new_hash_key()
    sealed = Fields(ring, hash_key, "wuxi").seal("张三")
    with pytest.raises(FieldKeyError, match="does not open"):
        Fields(ring, hash_key, "demo").open(sealed)
    raw = bytearray(base64.b64decode(sealed["c"]))
    raw[-1] ^= 1
    with pytest.raises(FieldKeyError):
        Fields(ring, hash_key, "wuxi").open(sealed | {"c": base64.b64encode(raw).decode()})


@pytest.mark.parametrize(
    "ring",
    [b"", b"[]", b'{"current": "2", "keys": {}}', b'{"current": "1", "keys": {"1": "c2hvcnQ="}}'],
)
def test_an_unusable_keyring_says_so_without_telling_a_key(ring: bytes) -> None:
    with pytest.raises(FieldKeyError):
        Fields(ring, new_hash_key(), "demo")


def test_a_short_hash_key_is_refused() -> None:
    with pytest.raises(FieldKeyError, match="at least 32"):
        Fields(new_keyring(), b"short", "demo")
