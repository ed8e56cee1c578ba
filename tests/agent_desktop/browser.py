"""What a browser does over HTTP and WebSocket: cookies, the log-in form, the token, an Origin header."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Any

import aiohttp
import pytest
from yarl import URL

from tests.patience import LONG

WAIT = LONG


async def eventually(holds: Callable[[], object], seconds: float = LONG) -> None:
    """Wait until `holds()` is true; asked again every 10 ms."""
    ends = monotonic() + seconds
    while not holds() and monotonic() < ends:  # noqa: ASYNC110 - it asks about anything at all
        await asyncio.sleep(0.01)
    assert holds()


class Socket:
    """An open desk socket that beats as a page does; frames are kept until asked for."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws
        self.beats = True
        self._beating = asyncio.get_running_loop().create_task(self._beat())

    async def _beat(self) -> None:
        with suppress(ConnectionError):
            while not self.ws.closed:
                await asyncio.sleep(0.7)
                if self.beats:
                    await self.send(type="beat")

    async def next(self, type_: str | None = None, **wanted: Any) -> dict[str, Any]:
        """The next frame of this type whose fields are as wanted; others are passed over."""
        async with asyncio.timeout(WAIT):
            while True:
                message = await self.ws.receive()
                assert message.type is aiohttp.WSMsgType.TEXT, (message.type, self.ws.close_code)
                frame: dict[str, Any] = message.json()
                if type_ in (None, frame["type"]) and all(frame.get(k) == v for k, v in wanted.items()):
                    return frame

    async def silence(self, type_: str, seconds: float = 0.3) -> None:
        """Nothing of this type comes within so many seconds."""
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.next(type_)

    async def close_code(self) -> int | None:
        async with asyncio.timeout(WAIT):
            while True:
                message = await self.ws.receive()
                if message.type is aiohttp.WSMsgType.CLOSE:
                    return int(message.data)  # the answer may come too late for the server, its code does not
                if message.type is not aiohttp.WSMsgType.TEXT:
                    return self.ws.close_code

    async def send(self, **frame: Any) -> None:
        await self.ws.send_json(frame)

    async def line_up(self, mic: str = "ok") -> None:
        await self.send(type="line", registered=True, mic=mic)

    async def close(self) -> None:
        self._beating.cancel()
        await self.ws.close()


class Browser:
    def __init__(self, base: str) -> None:
        self.base = base
        jar = aiohttp.CookieJar(unsafe=True)
        self.http = aiohttp.ClientSession(cookie_jar=jar, connector=aiohttp.TCPConnector(ssl=False))
        self.csrf = ""

    async def get(self, path: str, **more: Any) -> aiohttp.ClientResponse:
        return await self._ask("GET", path, **more)

    async def post(self, path: str, **more: Any) -> aiohttp.ClientResponse:
        return await self._ask("POST", path, **more)

    async def put(self, path: str, **more: Any) -> aiohttp.ClientResponse:
        return await self._ask("PUT", path, **more)

    async def _ask(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, **more: Any
    ) -> aiohttp.ClientResponse:
        own = {"X-CSRF": self.csrf} if self.csrf and method != "GET" else {}
        given = {"Origin": self.base} | own | (headers or {}) if method != "GET" else headers or {}
        response = await self.http.request(method, self.base + path, headers=given, allow_redirects=False, **more)
        await response.read()
        return response

    async def login_token(self) -> str:
        page = await (await self.get("/login")).text()
        found = re.search(r'name="csrf" value="([^"]+)"', page)
        assert found is not None
        return found[1]

    async def log_in(self, agent_id: str, password: str) -> aiohttp.ClientResponse:
        form = {"agent": agent_id, "password": password, "csrf": await self.login_token()}
        response = await self.post("/login", data=form)
        if response.status == 303:
            self.csrf = (await (await self.get("/api/session")).json())["csrf"]
        return response

    async def socket(self, window: str = "", **headers: str) -> Socket:
        url = f"{self.base.replace('http', 'ws', 1)}/ws?window={window}"
        return Socket(await self.http.ws_connect(url, headers={"Origin": self.base} | headers))

    def cookie(self, part: str = "hotline") -> str:
        """The value of the session cookie."""
        found = self.http.cookie_jar.filter_cookies(URL(self.base))
        return next((c.value for name, c in found.items() if part in name and not name.endswith("-login")), "")

    async def close(self) -> None:
        await self.http.close()
