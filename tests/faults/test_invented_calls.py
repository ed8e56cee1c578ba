"""What the fan-out bench tells cti is read as Asterisk's own words, whole."""

from __future__ import annotations

from bench.ami_tap import _block
from bench.invented_calls import InventedCall
from cti.asterisk.layout import read


def test_every_invented_event_is_one_that_cti_reads_and_not_a_line_of_it_is_left_out() -> None:
    call = InventedCall(1, agent="1001")
    for event in call.whole("1002"):
        headers, left_out = read(_block(event).removesuffix(b"\r\n\r\n"))
        assert left_out == []
        assert headers == event
