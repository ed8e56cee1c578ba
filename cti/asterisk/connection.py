"""One AMI session that comes back by itself: log-in, pings, backoff, actions with a deadline."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog

from cti.asterisk.asked import AmiError, AmiTimeout, NotConnected
from cti.asterisk.message import Message
from cti.asterisk.protocol import READ_EVERY, HardenedProtocol, WireCounts

CONNECT_SECONDS = 3.0
PING_EVERY = 2.0
PING_DEADLINE = 3.0
PINGS_MISSED = 2
BACKOFF_FIRST = 0.2
BACKOFF_LAST = 5.0
WRONG_PASSWORD_WAIT = 30.0
ANSWER_SECONDS = 5.0
TCP_USER_TIMEOUT_MS = 5000

log = structlog.get_logger(__name__)


class WrongPassword(Exception):
    """Asterisk refused the log-in: trying again fast would only fill its security log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who logs in where; `wanted` events are handed on, `allowed` actions may be sent."""

    host: str
    port: int
    user: str
    secret: str
    wanted: frozenset[bytes] = frozenset()
    allowed: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"Account({self.user}@{self.host}:{self.port})"


class AmiConnection:
    """Keeps one session of one account; `run()` ends only by cancellation or `stop()`.

    `on_event`, `on_up(generation)` and `on_down` are called synchronously: they never wait.
    """

    def __init__(
        self,
        account: Account,
        *,
        on_event: Callable[[Message], None] = lambda _: None,
        on_up: Callable[[int], None] = lambda _: None,
        on_down: Callable[[], None] = lambda: None,
    ) -> None:
        self._account = account
        self._on_event, self._on_up, self._on_down = on_event, on_up, on_down
        self._protocol: HardenedProtocol | None = None
        self._stopping = False
        self._lost = asyncio.Event()
        self.generation = 0
        self.up = False
        self.stale = False
        self.counts = WireCounts()

    async def run(self) -> None:
        """Connect, serve until the session is lost, wait, connect again: one flight at a time."""
        wait = BACKOFF_FIRST
        while not self._stopping:
            try:
                await self._session()
                wait = BACKOFF_FIRST
            except WrongPassword:
                log.error(
                    "ami_wrong_password",
                    alarm=True,
                    user=self._account.user,
                    words="AMI 拒绝登录：密码或权限不对",
                )
                wait = WRONG_PASSWORD_WAIT
            except (OSError, AmiTimeout, AmiError) as error:
                log.warning("ami_unreachable", user=self._account.user, reason=str(error) or type(error).__name__)
            await asyncio.sleep(wait * random.uniform(0.5, 1.0))
            wait = min(wait * 2, BACKOFF_LAST)

    def stop(self) -> None:
        """End the session and never connect again."""
        self._stopping = True
        self._lost.set()
        if self._protocol is not None:
            self._protocol.close()

    async def ask(
        self,
        action: Mapping[str, str],
        *,
        as_list: bool = False,
        seconds: float = ANSWER_SECONDS,
        on_complete: Callable[[list[Message]], None] | None = None,
    ) -> list[Message]:
        """Send one action once and wait for its whole answer.

        Raises NotConnected, ActionRefused, AmiError or AmiTimeout; the action is never repeated here.
        """
        if self._protocol is None:
            raise NotConnected("no AMI session yet")
        future = self._protocol.send(action, as_list=as_list, on_complete=on_complete)
        try:
            async with asyncio.timeout(seconds):
                return await future
        except TimeoutError:
            raise AmiTimeout(f"{action['Action']}: no answer in {seconds} s") from None

    async def _session(self) -> None:
        protocol = await self._connect()
        try:
            await self._log_in()
            self.generation += 1
            self.up, self.stale = True, False
            log.info("ami_up", user=self._account.user, generation=self.generation)
            self._on_up(self.generation)
            await self._serve()
        finally:
            protocol.close()
            self._protocol = None
            if self.up:
                self.up = False
                log.warning("ami_down", user=self._account.user)
                self._on_down()

    async def _connect(self) -> HardenedProtocol:
        loop = asyncio.get_running_loop()
        lost = self._lost = asyncio.Event()
        factory = lambda: HardenedProtocol(  # noqa: E731
            wanted=self._account.wanted,
            allowed=self._account.allowed | {"Login", "Ping", "Logoff"},
            on_event=self._on_event,
            on_lost=lambda _: lost.set(),
            counts=self.counts,
            loop=loop,
            read_every=READ_EVERY if self._account.wanted else 0.0,
        )
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                transport, protocol = await loop.create_connection(factory, self._account.host, self._account.port)
        except TimeoutError:
            raise AmiTimeout("no connection") from None
        _tune(transport.get_extra_info("socket"))
        self._protocol = protocol
        return protocol

    async def _log_in(self) -> None:
        events = "on" if self._account.wanted else "off"
        login = {
            "Action": "Login",
            "Username": self._account.user,
            "Secret": self._account.secret,
            "Events": events,
        }
        try:
            await self.ask(login, seconds=CONNECT_SECONDS)
        except AmiError as error:
            raise WrongPassword(str(error)) from None

    async def _serve(self) -> None:
        """Ping until the session is lost; two pings without an answer are a dead server."""
        missed = 0
        while not self._lost.is_set() and missed < PINGS_MISSED:
            asked_at = asyncio.get_running_loop().time()
            try:
                await self.ask({"Action": "Ping"}, seconds=PING_DEADLINE)
                missed, self.stale = 0, False
            except AmiTimeout:
                # Events that still come in are a sign of life: the answer stands behind a burst of them.
                behind = self._protocol is not None and self._protocol.is_behind(asked_at)
                missed, self.stale = 0 if behind else missed + 1, True
                log.warning("ami_silent", user=self._account.user, missed=missed)
                continue
            except NotConnected:
                return
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PING_EVERY):
                    await self._lost.wait()


def _tune(sock: socket.socket | None) -> None:
    """A peer that vanished without a word is noticed by the kernel after 5 s of unanswered data."""
    if sock is not None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, TCP_USER_TIMEOUT_MS)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
