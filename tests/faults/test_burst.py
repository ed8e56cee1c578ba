"""Twenty thousand events in one burst over a real socket: each is heard once, and in its order."""

from __future__ import annotations

from tests.cti.ami_peer import block, peer, session
from tests.patience import LONG

EVENTS = 20_000
WANTED = frozenset({b"Mark"})


async def test_a_burst_of_twenty_thousand_events_loses_none_and_keeps_their_order() -> None:
    async with peer() as asterisk, session(asterisk.port, wanted=WANTED) as listening:
        asterisk.say(b"".join(block({"Event": "Mark", "N": str(number)}) for number in range(EVENTS)))
        heard = await listening.hears(EVENTS, seconds=LONG)
        assert [int(message["N"]) for message in heard] == list(range(EVENTS))
        assert listening.downs == []
        assert asterisk.logins == 1
