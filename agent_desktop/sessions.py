"""Signed sessions and CSRF tokens: checked with one secret and a clock, never with the database."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from agent_desktop.logouts import Logouts
from agent_desktop.ports import AgentRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One log-in of one agent as signed into the cookie; what the directory knows newer goes before."""

    id: str
    agent_id: str
    name: str
    extension: str
    queues: tuple[str, ...]
    roles: frozenset[str]
    expires_at: int


class Sessions:
    """Issues and reads session cookies; what was ended early is remembered, in `kept` over a restart too."""

    def __init__(
        self, secret: bytes, clock: Callable[[], float], lifetime_seconds: int, kept: Logouts | None = None
    ) -> None:
        self._secret = secret
        self._clock = clock
        self._lifetime = lifetime_seconds
        self._kept = kept
        self._ended: dict[str, int] = kept.read(clock()) if kept else {}

    def start(self, agent: AgentRecord) -> Session:
        """A new session with an id of its own: whatever cookie was there before is worthless."""
        return Session(
            id=secrets.token_urlsafe(18),
            agent_id=agent.id,
            name=agent.name,
            extension=agent.extension,
            queues=agent.queues,
            roles=agent.roles,
            expires_at=int(self._clock()) + self._lifetime,
        )

    def cookie(self, session: Session) -> str:
        payload = _pack(session)
        return f"{payload}.{self._mac('session', payload)}"

    def read(self, cookie: str) -> Session | None:
        """The session of a cookie, or None when it is forged, over or ended."""
        payload, _, mac = cookie.partition(".")
        if not mac.isascii() or not hmac.compare_digest(mac, self._mac("session", payload)):
            return None
        session = _unpack(payload)
        return session if session is not None and self.is_alive(session) else None

    def is_alive(self, session: Session) -> bool:
        """Neither over nor ended."""
        return session.expires_at > self._clock() and session.id not in self._ended

    def end(self, session: Session) -> None:
        """Its cookie is worth nothing from now on, here and after a restart."""
        if session.id in self._ended:
            return
        now = self._clock()
        self._ended = {id_: until for id_, until in self._ended.items() if until > now}
        self._ended[session.id] = session.expires_at
        if self._kept is not None:
            self._kept.add(session.id, session.expires_at)

    def csrf(self, session: Session) -> str:
        return self._mac("csrf", session.id)

    def is_csrf(self, session: Session, token: str) -> bool:
        return token.isascii() and hmac.compare_digest(token, self.csrf(session))

    def login_csrf(self, nonce: str) -> str:
        """The token of the log-in form, bound to the nonce cookie given with the form."""
        return self._mac("login", nonce)

    def is_login_csrf(self, nonce: str, token: str) -> bool:
        return bool(nonce) and token.isascii() and hmac.compare_digest(token, self.login_csrf(nonce))

    def _mac(self, purpose: str, text: str) -> str:
        digest = hmac.digest(self._secret, f"{purpose}:{text}".encode("utf-8", "replace"), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _pack(session: Session) -> str:
    fields = {
        "i": session.id,
        "a": session.agent_id,
        "n": session.name,
        "x": session.extension,
        "q": list(session.queues),
        "r": sorted(session.roles),
        "e": session.expires_at,
    }
    return base64.urlsafe_b64encode(json.dumps(fields).encode()).rstrip(b"=").decode()


def _unpack(payload: str) -> Session | None:
    try:
        fields = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return Session(
            id=fields["i"],
            agent_id=fields["a"],
            name=fields["n"],
            extension=fields["x"],
            queues=tuple(fields["q"]),
            roles=frozenset(fields["r"]),
            expires_at=int(fields["e"]),
        )
    except (binascii.Error, ValueError, KeyError, TypeError):
        return None
