"""Files at rest: sealed and verified, read in any part, and no change to them goes unnoticed."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from storage import sealed_files
from storage.fields import Fields, new_hash_key, new_keyring
from storage.sealed_files import SealBroken, SealedFile, header_of, seal

NAME = "recordings/closed/2026/11/21/HC/caller-1.wav"


def plain_file(folder: Path, size: int) -> tuple[Path, bytes]:
    content = random.Random(size).randbytes(size)
    file = folder / "caller-1.wav"
    file.write_bytes(content)
    return file, content


@pytest.mark.parametrize("size", [0, 1, 44, 99, 100, 101, 5000])
def test_a_sealed_file_reads_back_in_every_part(tmp_path: Path, fields: Fields, size: int) -> None:
    plain, content = plain_file(tmp_path, size)
    sealed = SealedFile(seal(plain, NAME, fields, piece=100), fields)
    assert not plain.exists()
    assert (sealed.size, sealed.name) == (size, NAME)
    assert sealed.bytes_at(0, size + 10) == content
    for start, length in [(0, 1), (99, 2), (100, 100), (150, 1000), (size - 1, 5), (size, 5)]:
        if start >= 0:
            assert sealed.bytes_at(start, length) == content[start : start + length]


def test_nothing_of_it_is_in_clear(tmp_path: Path, fields: Fields) -> None:
    plain = tmp_path / "caller-1.wav"
    plain.write_bytes(b"a secret word " * 1000)
    held = seal(plain, NAME, fields).read_bytes()
    assert b"secret" not in held
    assert [each.name for each in tmp_path.iterdir()] == ["caller-1.wav.sealed"]


@pytest.mark.parametrize("place", [10, 20, 400, -1, -200])
def test_a_changed_byte_is_noticed(tmp_path: Path, fields: Fields, place: int) -> None:
    plain, _ = plain_file(tmp_path, 1000)
    sealed = seal(plain, NAME, fields, piece=100)
    content = bytearray(sealed.read_bytes())
    content[place] ^= 1
    sealed.write_bytes(content)
    with pytest.raises(SealBroken):
        SealedFile(sealed, fields).digest()


def test_a_shorter_file_and_pieces_in_another_order_are_noticed(tmp_path: Path, fields: Fields) -> None:
    plain, _ = plain_file(tmp_path, 1000)
    sealed = seal(plain, NAME, fields, piece=100)
    whole = sealed.read_bytes()
    assert len(whole) == header_of(sealed).whole_size
    head = len(whole) - 1000 - 10 * 16
    swapped = whole[:head] + whole[head + 116 : head + 232] + whole[head : head + 116] + whole[head + 232 :]
    for content in (whole[:-116], whole[:-1], swapped):
        sealed.write_bytes(content)
        with pytest.raises(SealBroken):
            SealedFile(sealed, fields).digest()


def test_without_the_key_it_stays_closed(tmp_path: Path, fields: Fields) -> None:
    plain, _ = plain_file(tmp_path, 1000)
    sealed = seal(plain, NAME, fields)
    with pytest.raises(SealBroken):
        SealedFile(sealed, Fields(new_keyring(), new_hash_key(), "demo"))


def test_what_does_not_read_back_leaves_the_clear_file(
    tmp_path: Path, fields: Fields, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, content = plain_file(tmp_path, 1000)
    written = sealed_files._write

    def torn(plain: Path, beside: Path, raw: bytes, keys: Fields) -> None:
        written(plain, beside, raw, keys)
        os.truncate(beside, beside.stat().st_size - 1)

    monkeypatch.setattr(sealed_files, "_write", torn)
    with pytest.raises(SealBroken):
        seal(plain, NAME, fields)
    assert plain.read_bytes() == content
