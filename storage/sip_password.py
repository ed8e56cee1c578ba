"""A desk's SIP password: derived from a secret, so that it is stored nowhere and can be replaced."""

from __future__ import annotations

import base64
import hashlib
import hmac

LENGTH = 26


def sip_password(secret: bytes, centre: str, agent: str, generation: int) -> str:
    """26 characters of base32 (130 bits). A new generation makes the old password worthless."""
    digest = hmac.new(secret, f"{centre}/{agent}/{generation}".encode(), hashlib.sha256).digest()
    return base64.b32encode(digest).decode()[:LENGTH]
