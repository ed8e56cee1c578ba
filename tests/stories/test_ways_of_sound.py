"""Asterisk is told every address of the browser: with the first one alone, sound would be a lottery."""

from __future__ import annotations

import re

import pytest

pytestmark = [pytest.mark.real, pytest.mark.browser]

WATCH = """(() => {
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) {
    if (typeof data === 'string' && /^SIP\\/2.0 200/.test(data) && /a=candidate/.test(data)) window.answerSent = data;
    return send.call(this, data);
  };
})()"""
UDP = re.compile(r"^a=candidate:\S+ 1 udp \d+ (\S+) ", re.MULTILINE)


def test_the_answer_names_the_address_that_asterisk_can_reach_whichever_was_found_first(healthy, desk, citizen):
    page = desk("1001", ready=False)
    page.page.evaluate(WATCH)
    page.take_calls()
    phone = citizen()
    phone.press("3")
    page.answer_and_hear()
    told = UDP.findall(page.page.evaluate("() => window.answerSent"))
    assert "127.0.0.1" in told, told
    assert len(told) > 1, "besides 127.0.0.1 there is ::1 at least"
    phone.hang_up()
