"""Argon2 checks off the loop, two at a time, taking as long for strangers as for agents."""

from __future__ import annotations

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

_HASHER = PasswordHasher()
_STRANGER = _HASHER.hash("a password that nobody has")
_AT_ONCE = 2
LONGEST = 1024


class Passwords:
    def __init__(self) -> None:
        self._at_once = asyncio.Semaphore(_AT_ONCE)

    async def fits(self, hash_: str | None, password: str) -> bool:
        """Whether `password` is the one hashed; False for a stranger (None), at the same cost."""
        async with self._at_once:
            fits = await asyncio.to_thread(_fits, hash_ or _STRANGER, password)
        return fits and hash_ is not None


def _fits(hash_: str, password: str) -> bool:
    try:
        return _HASHER.verify(hash_, password)
    except (VerifyMismatchError, VerificationError, InvalidHashError):
        return False
