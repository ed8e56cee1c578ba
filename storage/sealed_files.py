"""A file at rest: encrypted in pieces under a key of its own, so that any part of it can be read alone.

Layout: MAGIC, four bytes of length, a JSON header, then the pieces, each AES-GCM with its tag. The file's key is
sealed in the header by the keyring of personal fields. The header is authenticated with every piece: neither
another file's pieces nor a shorter file pass for this one. A key is used for one file only, so the number of the
piece is its nonce.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cti.core.ports import PersonalFields

MAGIC = b"HLSEAL1\n"
SUFFIX = ".sealed"
PIECE = 1 << 16
TAG = 16
LONGEST_HEADER = 1 << 14


class SealBroken(ValueError):
    """The file is no sealed one, was changed or cut, or its key is not in the keyring."""

    code = "seal_broken"


@dataclass(frozen=True, slots=True)
class SealedHeader:
    """What can be known of a sealed file without its key."""

    name: str
    size: int
    sha256: str
    piece: int
    key: dict[str, str]
    raw: bytes

    @property
    def whole_size(self) -> int:
        """How long the sealed file must be."""
        pieces = -(-self.size // self.piece)
        return len(MAGIC) + 4 + len(self.raw) + self.size + pieces * TAG


def seal(plain: Path, name: str, fields: PersonalFields, *, piece: int = PIECE) -> Path:
    """Write `plain` encrypted beside itself, read it back, and only then remove `plain`. Returns the sealed file.

    Raises SealBroken when what was written does not read back as it was, OSError. `plain` then stays.
    """
    target = plain.with_name(plain.name + SUFFIX)
    beside = plain.with_name(plain.name + ".sealing")
    digest = _digest(plain)
    _write(plain, beside, _new_header(plain, name, digest, fields, piece), fields)
    sealed = SealedFile(beside, fields)
    if sealed.name != name or sealed.digest() != digest:
        raise SealBroken(f"{name} does not read back as it was written")
    beside.replace(target)
    _sync_folder(target.parent)
    plain.unlink()
    return target


def header_of(path: Path) -> SealedHeader:
    """The header of a sealed file. Raises SealBroken."""
    with path.open("rb") as file:
        return _read_header(file)


class SealedFile:
    """Reads a sealed file in clear, any part of it. Raises SealBroken."""

    def __init__(self, path: Path, fields: PersonalFields) -> None:
        self._path = path
        self._header = header_of(path)
        try:
            key = base64.b64decode(fields.open(self._header.key))
        except (ValueError, KeyError) as error:
            raise SealBroken(f"{path.name}: {error}") from None
        self._cipher = AESGCM(key)

    @property
    def name(self) -> str:
        return self._header.name

    @property
    def size(self) -> int:
        return self._header.size

    @property
    def sha256(self) -> str:
        """Of the clear file, as it was sealed."""
        return self._header.sha256

    def bytes_at(self, start: int, size: int) -> bytes:
        """Up to `size` clear bytes from `start`."""
        end = min(start + size, self.size)
        if start >= end:
            return b""
        first = start // self._header.piece
        with self._path.open("rb") as file:
            clear = b"".join(self._piece(file, n) for n in range(first, (end - 1) // self._header.piece + 1))
        offset = start - first * self._header.piece
        return clear[offset : offset + end - start]

    def digest(self) -> str:
        """SHA-256 of all that is in it, read piece by piece."""
        found = hashlib.sha256()
        for start in range(0, self.size, self._header.piece):
            found.update(self.bytes_at(start, self._header.piece))
        return found.hexdigest()

    def _piece(self, file: BinaryIO, n: int) -> bytes:
        header = self._header
        file.seek(len(MAGIC) + 4 + len(header.raw) + n * (header.piece + TAG))
        sealed = file.read(min(header.piece, header.size - n * header.piece) + TAG)
        try:
            return self._cipher.decrypt(_nonce(n), sealed, header.raw)
        except (InvalidTag, ValueError):
            raise SealBroken(f"{self._path.name}: piece {n} was changed or is cut short") from None


def _write(plain: Path, beside: Path, raw: bytes, fields: PersonalFields) -> None:
    header = _parsed(raw)
    cipher = AESGCM(base64.b64decode(fields.open(header.key)))
    with plain.open("rb") as clear, beside.open("wb") as sealed:
        os.fchmod(sealed.fileno(), 0o640)
        sealed.write(MAGIC + struct.pack(">I", len(raw)) + raw)
        for n, piece in enumerate(_pieces(clear, header.piece)):
            sealed.write(cipher.encrypt(_nonce(n), piece, raw))
        sealed.flush()
        os.fsync(sealed.fileno())


def _new_header(plain: Path, name: str, digest: str, fields: PersonalFields, piece: int) -> bytes:
    key = base64.b64encode(AESGCM.generate_key(bit_length=256)).decode()
    said = {"name": name, "size": plain.stat().st_size, "sha256": digest, "piece": piece, "key": fields.seal(key)}
    return json.dumps(said, sort_keys=True).encode()


def _read_header(file: BinaryIO) -> SealedHeader:
    start = file.read(len(MAGIC) + 4)
    if len(start) < len(MAGIC) + 4 or not start.startswith(MAGIC):
        raise SealBroken("not a sealed file")
    (length,) = struct.unpack(">I", start[len(MAGIC) :])
    raw = file.read(min(length, LONGEST_HEADER))
    return _parsed(raw)


def _parsed(raw: bytes) -> SealedHeader:
    try:
        said: dict[str, Any] = json.loads(raw)
        size, piece = int(said["size"]), int(said["piece"])
        if size < 0 or piece < 1:
            raise ValueError(size, piece)
        return SealedHeader(str(said["name"]), size, str(said["sha256"]), piece, dict(said["key"]), raw)
    except (ValueError, KeyError, TypeError) as error:
        raise SealBroken(f"the header cannot be read: {error}") from None


def _pieces(file: BinaryIO, size: int) -> Iterator[bytes]:
    while piece := file.read(size):
        yield piece


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _nonce(n: int) -> bytes:
    return n.to_bytes(12, "big")


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
