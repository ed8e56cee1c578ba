"""Stories of callers and of hostile peers at the FastAGI door, over real sockets."""

from __future__ import annotations

import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr import fastagi, server
from ivr.fastagi import UnsafeArgument, quoted
from tests.ivr.asterisk_side import DONE, NO_KEY, Caller, header, hotline, key
from tests.patience import HELD_UP, LONG

ALL_KEYS = '"0123456789*#"'
GREETING = f'GET OPTION "/sounds/greeting_light" {ALL_KEYS} "2000"'
TO_GENERAL = 'EXEC MSet "HL_QUEUE=general,HL_MENU_PATH=main,HL_DONE=1"'
TO_ENTERPRISE = 'EXEC MSet "HL_QUEUE=enterprise,HL_MENU_PATH=main:3,HL_DONE=1"'


async def test_key_three_needs_two_commands_and_sets_hl_done_last() -> None:
    async with hotline() as line:
        caller = await line.call()
        assert await caller.answer(key("3"), DONE) == [GREETING, TO_ENTERPRISE]
        assert await caller.closed()


async def test_nothing_pressed_goes_to_the_general_queue() -> None:
    async with hotline() as line:
        caller = await line.call()
        assert await caller.answer(NO_KEY, DONE) == [GREETING, TO_GENERAL]


async def test_direct_profile_streams_the_greeting_and_waits_for_nothing() -> None:
    async with hotline("direct") as line:
        caller = await line.call()
        heard = await caller.answer(NO_KEY, DONE)
        assert heard == [f'STREAM FILE "/sounds/greeting_direct" {ALL_KEYS}', TO_GENERAL]


async def test_key_pressed_while_the_wrong_key_notice_plays_counts_at_once() -> None:
    async with hotline() as line:
        caller = await line.call()
        heard = await caller.answer(key("7"), key("3"), DONE)
        assert heard == [GREETING, f'STREAM FILE "/sounds/wrong_key" {ALL_KEYS}', TO_ENTERPRISE]


async def test_prompt_that_asterisk_cannot_play_leaves_the_caller_to_the_fallback() -> None:
    async with hotline() as line:
        caller = await line.call()
        assert await caller.answer("200 result=0 endpos=0") == [GREETING]
        assert await caller.closed()


async def test_query_behind_the_script_name_is_not_part_of_it() -> None:
    async with hotline() as line:
        caller = await line.connect()
        caller.send(header("main?city=demo"))
        assert await caller.answer(NO_KEY, DONE) == [GREETING, TO_GENERAL]


async def test_unknown_menu_is_closed_without_a_word() -> None:
    async with hotline() as line:
        caller = await line.connect()
        caller.send(header("../../etc"))
        assert await caller.closed()


async def test_probe_is_answered_and_closed() -> None:
    async with hotline() as line:
        assert await line.probe() == b"probe ok\n"


async def test_hangup_notice_before_the_reply_ends_the_walk_quietly() -> None:
    async with hotline() as line:
        caller = await line.call()
        assert await caller.answer("HANGUP\n200 result=-1 endpos=4000") == [GREETING]
        assert await caller.closed()


async def test_hangup_notice_is_not_taken_for_the_reply() -> None:
    """The key's reply still comes after the notice; nothing more is asked of a dead channel."""
    async with hotline() as line:
        caller = await line.call()
        assert await caller.answer(f"HANGUP\n{key('3')}") == [GREETING]
        assert await caller.closed()


@pytest.mark.parametrize(
    "reply",
    [
        "200 result=-1",
        "511 Command Not Permitted on a dead channel or intercept routine",
        "510 Invalid or unknown command",
        "520-Invalid command syntax.  Proper usage follows:",
        "garbage",
        "",
        "200",
        "200 result=abc endpos=1",
        "200 result=99999999999999999999 endpos=1",
        "999999 result=0",
        "200 result=" + "9" * 40_000,
        "￿\x00",
    ],
)
async def test_strange_reply_closes_this_call_only(reply: str) -> None:
    async with hotline() as line:
        other, caller = await line.call(), await line.call()
        await caller.answer(reply)
        assert await caller.closed()
        assert await other.answer(NO_KEY, DONE) == [GREETING, TO_GENERAL]


async def test_trying_notice_is_waited_through() -> None:
    async with hotline() as line:
        caller = await line.call()
        assert await caller.answer(f"100 result=0 Trying...\n{NO_KEY}", DONE) == [GREETING, TO_GENERAL]


async def test_reply_in_halves_is_put_together() -> None:
    async with hotline() as line:
        caller = await line.call()
        await caller.command()
        for piece in (b"20", b"0 result", b"=51 endp", b"os=80\n"):
            caller.send(piece)
            await asyncio.sleep(0.02)
        await caller.answer(DONE)
        assert caller.heard == [GREETING, TO_ENTERPRISE]


async def test_header_in_single_bytes_is_understood() -> None:
    async with hotline() as line:
        caller = await line.connect()
        for byte in header():
            caller.send(bytes([byte]))
            await asyncio.sleep(0)
        assert await caller.answer(NO_KEY, DONE) == [GREETING, TO_GENERAL]


async def test_bad_utf8_in_the_callers_name_changes_nothing() -> None:
    async with hotline() as line:
        caller = await line.connect()
        caller.send(b"agi_calleridname: \xff\xfe\xe5\xbc\n" + header())
        assert await caller.answer(NO_KEY, DONE) == [GREETING, TO_GENERAL]


async def test_connection_lost_in_mid_command_ends_the_task() -> None:
    async with hotline() as line:
        caller = await line.call()
        await caller.command()
        caller.writer.transport.abort()
        await line.until(lambda: line.server.calls == 0)


async def test_half_a_line_then_gone_ends_the_task() -> None:
    async with hotline() as line:
        caller = await line.call()
        await caller.command()
        caller.send(b"200 resu")
        caller.writer.write_eof()
        assert await caller.closed()
        await line.until(lambda: line.server.calls == 0)


async def test_silent_peer_is_closed_after_two_seconds() -> None:
    async with hotline() as line:
        caller = await line.connect()
        began = time.monotonic()
        assert await caller.closed()
        assert fastagi.HEADER_SECONDS * 0.9 < time.monotonic() - began < 2.0 + HELD_UP


async def test_drop_by_drop_header_is_closed_after_two_seconds() -> None:
    async with hotline() as line:
        caller = await line.connect()
        began = time.monotonic()

        async def drip() -> None:
            while not caller.writer.is_closing():
                caller.send(b"agi_x: 1\n")
                await asyncio.sleep(0.2)

        async with asyncio.TaskGroup() as group:
            dripping = group.create_task(drip())
            assert await caller.closed()
            dripping.cancel()
        assert time.monotonic() - began < 2.0 + HELD_UP


async def test_endless_header_is_closed_before_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fastagi, "HEADER_SECONDS", 10 * LONG)
    async with hotline() as line:
        caller = await line.connect()
        caller.send(b"agi_x: " + b"A" * 20_000 + b"\n\n")
        assert await caller.closed()


async def test_asterisk_that_stops_answering_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async with hotline() as line:
        caller = await line.call()
        assert await caller.command() == GREETING
        # From here on: the first command was asked with all the time in the world.
        monkeypatch.setattr(fastagi.Conversation.ask, "__kwdefaults__", {"seconds": 0.2})
        caller.send(f"{NO_KEY}\n".encode())
        assert await caller.command() == TO_GENERAL
        assert await caller.closed()


async def test_callers_are_served_among_a_thousand_that_connect_and_close() -> None:
    """The crowd goes on until the probes are answered: a server that must be rid of it first answers none."""
    async with hotline() as line:
        caller = await line.call()
        await caller.command()
        knocks, served = 0, asyncio.Event()

        async def knock() -> None:
            nonlocal knocks
            while knocks < 1000 or not served.is_set():
                knocks += 1
                peer = await line.connect()
                peer.writer.close()

        async with asyncio.TaskGroup() as group:
            for _ in range(10):
                group.create_task(knock())
            try:
                for _ in range(5):
                    assert await line.probe() == b"probe ok\n"
            finally:
                served.set()
        caller.send(f"{key('3')}\n".encode())
        assert await caller.answer(DONE) == [GREETING, TO_ENTERPRISE]
        await line.until(lambda: line.server.calls == 0)


async def test_more_connections_than_allowed_are_refused_and_the_rest_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server, "MOST_CALLS", 2)
    async with hotline() as line:
        first, second = await line.call(), await line.call()
        await first.command()
        await second.command()
        third = await line.connect()
        assert await third.closed()
        first.send(f"{NO_KEY}\n".encode())
        assert await first.answer(DONE) == [GREETING, TO_GENERAL]


async def test_callers_in_the_menu_may_finish_while_the_process_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "LEAVE_SECONDS", LONG)
    async with asyncio.TaskGroup() as group, hotline() as line:
        caller = await line.call()
        await caller.command()

        async def press_later() -> None:
            await asyncio.sleep(0.3)
            caller.send(f"{key('3')}\n".encode())
            await caller.answer(DONE)

        group.create_task(press_later())
    assert caller.heard == [GREETING, TO_ENTERPRISE]


async def test_stopping_does_not_wait_until_a_silent_caller_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    assert server.LEAVE_SECONDS < 2.0, "a process has five seconds to stop"
    monkeypatch.setattr(fastagi.Conversation.ask, "__kwdefaults__", {"seconds": 10 * LONG})
    caller: Caller | None = None
    async with asyncio.timeout(LONG), hotline() as line:
        caller = await line.call()
        await caller.command()
    assert await caller.closed()


@given(st.text())
def test_no_argument_can_start_a_second_command(text: str) -> None:
    try:
        line = quoted(text)
    except UnsafeArgument:
        return
    assert not set(line) & set("\r\n\0")
    assert _asterisk_reads(line) == text


def _asterisk_reads(line: str) -> str:
    """Asterisk's parse_args: quotes group, a backslash takes the next character as it is."""
    found, escaped, inside = "", False, False
    for character in line:
        if escaped:
            found, escaped = found + character, False
        elif character == "\\":
            escaped = True
        elif character == '"':
            inside = not inside
        else:
            assert inside
            found += character
    return found
