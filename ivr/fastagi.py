"""Asterisk's side of one FastAGI conversation: its header, and commands that answer or raise."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from panoramisk import fast_agi
from panoramisk.utils import parse_agi_result

HEADER_SECONDS = 2.0
HEADER_BYTES = 16 * 1024
COMMAND_SECONDS = 5.0
ARGUMENT_LENGTH = 1000


class CallerGone(Exception):
    """The caller hung up, or Asterisk closed the connection: nothing more can be asked."""


class BadConversation(Exception):
    """The peer does not speak AGI, is too slow, or refused a command; the connection must be closed."""


class UnsafeArgument(ValueError):
    """An argument holds something that could start a second command."""


def quoted(argument: str) -> str:
    """One AGI argument in quotes. Control characters are refused, not repaired: they are never ours."""
    if len(argument) > ARGUMENT_LENGTH or not argument.isprintable():
        raise UnsafeArgument(f"cannot be an AGI argument: {argument[:80]!r}")
    escaped = argument.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


async def read_header(reader: asyncio.StreamReader) -> dict[str, str]:
    """The `agi_…` block that opens a conversation.

    Asterisk writes it at once, so slow, endless or cut headers raise BadConversation.
    """
    try:
        async with asyncio.timeout(HEADER_SECONDS):
            block = await reader.readuntil(b"\n\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError, OSError) as error:
        raise BadConversation(f"no header: {type(error).__name__}") from None
    if len(block) > HEADER_BYTES:
        raise BadConversation("no header: too long")
    lines = block.decode("utf-8", errors="replace").split("\n")
    return dict(line.split(": ", 1) for line in lines if ": " in line)


def script_of(header: Mapping[str, str]) -> str:
    """The script asked for: `agi://host/main?x=1` → `main`."""
    return header.get("agi_network_script", "").partition("?")[0].strip("/")


class Conversation(fast_agi.Request):  # type: ignore[misc]
    """Panoramisk's request, made safe: one command at a time, each with a deadline and one whole reply."""

    def __init__(self, header: Mapping[str, str], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        super().__init__(app=None, headers=header, reader=reader, writer=writer)
        self.hung_up = False
        self._turn = asyncio.Lock()

    async def ask(self, command: str, *arguments: str, seconds: float = COMMAND_SECONDS) -> dict[str, Any]:
        """Send one command and return Asterisk's reply.

        Raises CallerGone, BadConversation or UnsafeArgument; after any of them nothing more may be sent.
        """
        line = " ".join([command, *map(quoted, arguments)])
        async with self._turn:
            if self.hung_up:
                raise CallerGone
            try:
                async with asyncio.timeout(seconds):
                    reply = await self.send_command(line)
            except TimeoutError:
                raise BadConversation(f"no reply to {command} in {seconds} s") from None
            except OSError:
                raise CallerGone from None
        return self._good(reply, command)

    async def _read_result(self) -> dict[str, Any]:
        """The next reply. HANGUP is a notice that may come before any reply, never a reply itself."""
        line = await self._line()
        while line == "HANGUP":
            self.hung_up = True
            line = await self._line()
        if line.startswith("520"):
            # Usage text of unknown length follows; our own commands never provoke it.
            raise BadConversation(f"refused: {line[:80]!r}")
        try:
            reply: dict[str, Any] = parse_agi_result(line)
        except ValueError:
            raise BadConversation(f"not a reply: {line[:80]!r}") from None
        return reply

    async def _line(self) -> str:
        try:
            raw = await self.reader.readuntil(b"\n")
        except asyncio.IncompleteReadError:
            raise CallerGone from None
        except asyncio.LimitOverrunError:
            raise BadConversation("reply too long") from None
        return str(raw.decode("utf-8", errors="replace")).rstrip("\r\n")

    def _good(self, reply: dict[str, Any], command: str) -> dict[str, Any]:
        # result=-1 is Asterisk's word for "the channel is gone"; 511 for a command on a dead channel.
        if self.hung_up or reply.get("error") in {"AGIResultHangup", "AGIAppError"} or _dead(reply):
            self.hung_up = True
            raise CallerGone
        if "error" in reply:
            raise BadConversation(f"{command} refused: {reply['error']} {str(reply.get('msg'))[:80]}")
        return reply


def _dead(reply: Mapping[str, Any]) -> bool:
    return reply.get("status_code") == 511


async def close(writer: asyncio.StreamWriter) -> None:
    """Close and wait for it, but never long: a peer that does not read must not hold us."""
    writer.close()
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(1):
            await writer.wait_closed()
