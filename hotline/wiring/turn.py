"""Log-ins for a TURN server: each desk gets one of its own that ends by itself, the secret stays here."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable

from hotline.settings import Settings

IceServers = list[dict[str, object]]


def ice_servers(settings: Settings, clock: Callable[[], float]) -> Callable[[str], IceServers]:
    """What an agent's browser is told; empty where no TURN server is set."""
    urls = [url.strip() for url in settings.turn_url.split(",") if url.strip()]

    def of(agent: str) -> IceServers:
        if not urls:
            return []
        user = f"{int(clock()) + settings.session_hours * 3600}:{agent}"
        return [{"urls": urls, "username": user, "credential": credential(settings.turn_secret, user)}]

    return of


def credential(secret: str, user: str) -> str:
    """By draft-uberti-behave-turn-rest-00, as coturn checks it with `use-auth-secret`: HMAC-SHA1 of the name."""
    return base64.b64encode(hmac.new(secret.encode(), user.encode(), hashlib.sha1).digest()).decode()
