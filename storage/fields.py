"""Personal fields: sealed with AES-GCM under a named key, found again by a keyed hash."""

from __future__ import annotations

import base64
import hmac
import json
import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cases.numbers import normalise_number

NONCE_BYTES = 12
KEY_BYTES = 32


class FieldKeyError(ValueError):
    """The keyring or hash key is unusable, or a sealed field cannot be opened with it."""


class Fields:
    """Seals and opens personal fields of one centre (`PersonalFields` of `cti.core.ports`).

    `keyring` is the JSON `{"current": id, "keys": {id: base64 of 32 bytes}}`: a new key is added and made
    current, old ones stay for reading. `hash_key` is a second secret, so that a leaked keyring does not let
    anyone test numbers against the hashes.
    """

    def __init__(self, keyring: bytes, hash_key: bytes, centre_id: str) -> None:
        self._current, self._ciphers = _read_keyring(keyring)
        if len(hash_key) < KEY_BYTES:
            raise FieldKeyError(f"the hash key must have at least {KEY_BYTES} bytes, not {len(hash_key)}")
        self._hash_key = hash_key
        self._centre = centre_id.encode()

    def seal(self, text: str) -> dict[str, str]:
        """`{"k": key id, "c": base64(nonce + ciphertext + tag)}`; the centre is authenticated with it."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._ciphers[self._current].encrypt(nonce, text.encode(), self._centre)
        return {"k": self._current, "c": base64.b64encode(nonce + sealed).decode()}

    def open(self, sealed: Mapping[str, str]) -> str:
        """The clear text again. Raises FieldKeyError for an unknown key or a changed ciphertext."""
        return self.open_bytes(sealed["k"], base64.b64decode(sealed["c"]))

    def seal_bytes(self, text: str) -> tuple[str, bytes]:
        """`(key id, nonce + ciphertext + tag)`: the shape of the two columns of a table."""
        sealed = self.seal(text)
        return sealed["k"], base64.b64decode(sealed["c"])

    def open_bytes(self, key_id: str, sealed: bytes) -> str:
        """Open what a table holds. Raises FieldKeyError."""
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise FieldKeyError(f"no key {key_id!r} in the keyring: was an old key removed?")
        try:
            return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], self._centre).decode()
        except InvalidTag:
            reason = f"a field sealed with key {key_id!r} does not open: changed, or of another centre"
            raise FieldKeyError(reason) from None

    def number_hash(self, text: str) -> str:
        """HMAC-SHA256 (hex) over the normalised number; the same caller always gives the same hash.

        A withheld number has none (empty): callers without a number are not one and the same caller.
        """
        number = normalise_number(text)
        if not number:
            return ""
        message = self._centre + b"\0" + number.encode()
        return hmac.digest(self._hash_key, message, "sha256").hex()


def new_keyring(key_id: str = "1") -> bytes:
    """A keyring with one fresh key, for the first start of a hotline."""
    key = base64.b64encode(AESGCM.generate_key(bit_length=KEY_BYTES * 8)).decode()
    return json.dumps({"current": key_id, "keys": {key_id: key}}).encode()


def new_hash_key() -> bytes:
    """A fresh key for `number_hash`."""
    return os.urandom(KEY_BYTES)


def _read_keyring(keyring: bytes) -> tuple[str, dict[str, AESGCM]]:
    try:
        read = json.loads(keyring)
        current, keys = str(read["current"]), {str(k): base64.b64decode(v) for k, v in read["keys"].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise FieldKeyError('the keyring is not JSON {"current": id, "keys": {id: base64}}') from None
    if current not in keys:
        raise FieldKeyError(f"the keyring's current key {current!r} is not among its keys")
    for key_id, key in keys.items():
        if len(key) != KEY_BYTES:
            raise FieldKeyError(f"key {key_id!r} has {len(key)} bytes, not {KEY_BYTES}")
    return current, {key_id: AESGCM(key) for key_id, key in keys.items()}
