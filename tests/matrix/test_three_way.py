"""Three-way: each state × each party × what becomes of it; who then hears whom is asked at the phones themselves."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest

from cti.core.call import CallState
from hotline.phone.ear import hear
from tests.patience import LONG
from tests.telephony.table import PATIENCE, TONES, Table

RINGING, CONSULT, MERGED = "ringing", "consult", "merged"
HANGS_UP, HELD, MUTED, REMOVED = "hangs_up", "is_held", "is_muted", "is_removed"
DIES, PHONE_DIES = "browser_dies", "phone_dies"
PARTIES = ("caller", "agent", "specialist")
LOST_WITHIN = 3 * LONG
"""A deadline: a silent line is lost after `silent_line_seconds`, a ring ends after `specialist_ring_seconds`."""
EVERYBODY_GOES, NEXT_NUMBER, SPECIALIST_COMES = "everybody goes", "next number", "specialist comes"


@dataclass(frozen=True)
class Then:
    """What is so afterwards: a refusal with nothing changed, a special end, or what each ear hears."""

    refused: str = ""
    so: str = ""
    ears: tuple[tuple[str, str], ...] = ()


def refused(code: str) -> Then:
    return Then(refused=code)


def so(what: str) -> Then:
    return Then(so=what)


def ears(**heard: str) -> Then:
    return Then(ears=tuple(heard.items()))


CONSULTING = ears(caller="music", agent="specialist", specialist="agent")
TOGETHER = ears(caller="agent specialist", agent="caller specialist", specialist="caller agent")
WITHOUT_AGENT = ears(caller="specialist", specialist="caller")
WITHOUT_SPECIALIST = ears(caller="agent", agent="caller")
BEFORE = {RINGING: ears(caller="music", agent=""), CONSULT: CONSULTING, MERGED: TOGETHER}
MATRIX: dict[tuple[str, str, str], Then] = {
    (RINGING, "caller", HANGS_UP): so(EVERYBODY_GOES),
    (RINGING, "caller", HELD): refused("already_held"),
    (RINGING, "caller", MUTED): refused("not_in_room"),
    (RINGING, "caller", REMOVED): so(EVERYBODY_GOES),
    (RINGING, "caller", PHONE_DIES): so(EVERYBODY_GOES),
    (RINGING, "agent", HANGS_UP): so(SPECIALIST_COMES),
    (RINGING, "agent", HELD): refused("last_one"),
    (RINGING, "agent", MUTED): ears(caller="music", agent=""),
    (RINGING, "agent", REMOVED): refused("nobody_there"),
    (RINGING, "agent", DIES): so(SPECIALIST_COMES),
    (RINGING, "specialist", HANGS_UP): so(NEXT_NUMBER),
    (RINGING, "specialist", HELD): refused("not_in_room"),
    (RINGING, "specialist", MUTED): refused("not_in_room"),
    (RINGING, "specialist", REMOVED): WITHOUT_SPECIALIST,
    (RINGING, "specialist", PHONE_DIES): so(NEXT_NUMBER),
    (CONSULT, "caller", HANGS_UP): so(EVERYBODY_GOES),
    (CONSULT, "caller", HELD): refused("already_held"),
    (CONSULT, "caller", MUTED): refused("not_in_room"),
    (CONSULT, "caller", REMOVED): so(EVERYBODY_GOES),
    (CONSULT, "caller", PHONE_DIES): so(EVERYBODY_GOES),
    (CONSULT, "agent", HANGS_UP): WITHOUT_AGENT,
    (CONSULT, "agent", HELD): refused("last_one"),
    (CONSULT, "agent", MUTED): ears(caller="music", agent="specialist", specialist=""),
    (CONSULT, "agent", REMOVED): WITHOUT_AGENT,
    (CONSULT, "agent", DIES): WITHOUT_AGENT,
    (CONSULT, "specialist", HANGS_UP): ears(caller="music", agent=""),
    (CONSULT, "specialist", HELD): refused("last_one"),
    (CONSULT, "specialist", MUTED): ears(caller="music", agent="", specialist="agent"),
    (CONSULT, "specialist", REMOVED): ears(caller="music", agent=""),
    (CONSULT, "specialist", PHONE_DIES): ears(caller="music", agent=""),
    (MERGED, "caller", HANGS_UP): so(EVERYBODY_GOES),
    (MERGED, "caller", HELD): CONSULTING,
    (MERGED, "caller", MUTED): ears(caller="agent specialist", agent="specialist", specialist="agent"),
    (MERGED, "caller", REMOVED): so(EVERYBODY_GOES),
    (MERGED, "caller", PHONE_DIES): so(EVERYBODY_GOES),
    (MERGED, "agent", HANGS_UP): WITHOUT_AGENT,
    (MERGED, "agent", HELD): ears(caller="specialist", agent="music", specialist="caller"),
    (MERGED, "agent", MUTED): ears(caller="specialist", agent="caller specialist", specialist="caller"),
    (MERGED, "agent", REMOVED): WITHOUT_AGENT,
    (MERGED, "agent", DIES): WITHOUT_AGENT,
    (MERGED, "specialist", HANGS_UP): WITHOUT_SPECIALIST,
    (MERGED, "specialist", HELD): ears(caller="agent", agent="caller", specialist="music"),
    (MERGED, "specialist", MUTED): ears(caller="agent", agent="caller", specialist="caller agent"),
    (MERGED, "specialist", REMOVED): WITHOUT_SPECIALIST,
    (MERGED, "specialist", PHONE_DIES): WITHOUT_SPECIALIST,
}
"""A caller's or a specialist's phone is no browser, but it may die as well."""
MEANWHILE = {
    (RINGING, "caller"): ears(agent=""),
    (CONSULT, "caller"): ears(agent="specialist", specialist="agent"),
    (MERGED, "caller"): ears(agent="specialist", specialist="agent"),
    (RINGING, "specialist"): BEFORE[RINGING],
    (CONSULT, "specialist"): ears(caller="music", agent=""),
    (MERGED, "specialist"): WITHOUT_SPECIALIST,
}
"""While nobody knows yet that a phone is dead, the others go on hearing each other."""
HEARD_ON_FILE = {
    RINGING: {"caller": "caller agent", "agent": "caller agent"},
    CONSULT: {"caller": "caller agent", "agent": "caller agent specialist", "specialist": "specialist agent"},
    MERGED: dict.fromkeys(PARTIES, "caller agent specialist"),
}


@pytest.mark.parametrize("case", MATRIX, ids="-".join)
async def test_three_way(table: Table, case: tuple[str, str, str]) -> None:
    state, party, fate = case
    await come_to(table, state)
    then = MATRIX[case]
    code = await meets(table, state, party, fate)
    assert code == then.refused
    if then.so:
        await AFTERWARDS[then.so](table)
    else:
        await table.hear(**dict((BEFORE[state] if then.refused else then).ears))
        await the_desk_says_the_same(table)
    await every_segment_is_on_file(table, state)


async def come_to(table: Table, state: str) -> None:
    await table.sits("second", "ring")
    await table.talks()
    await table.hear(caller="agent", agent="caller")
    await table.asked()
    if state != RINGING:
        await table.accepts()
        await table.hear(**dict(CONSULTING.ears))
    if state == MERGED:
        await table.does("merge")
    await table.hear(**dict(BEFORE[state].ears))


async def meets(table: Table, state: str, party: str, fate: str) -> str:
    """The code of a refusal; empty when it came to pass."""
    if fate == DIES:
        table.vanish(party)
        # silence is all that tells: after ten seconds without sound the line counts as lost
        await table.until(lambda: table.call.talking is None)
        return ""
    if fate == PHONE_DIES:
        await dies(table, state, party)
        return ""
    if fate == HANGS_UP:
        table.phones[party].hang_up()
        return ""
    if fate == HELD and party == "caller":
        return await table.refusal("hold")
    kind = {HELD: "hold_leg", MUTED: "mute_leg", REMOVED: "remove_leg"}[fate]
    return await table.refusal(kind, leg=table.leg_id(party))


async def dies(table: Table, state: str, party: str) -> None:
    """No word is said: a phone that rang rings on for nobody, of one that spoke the silence tells."""
    leg = table.leg_id(party)
    table.vanish(party)
    await table.hear(**dict(MEANWHILE[state, party].ears))
    await table.until(lambda: leg not in {each.leg for each in table.call.legs if each.lives}, LOST_WITHIN)


async def everybody_goes(table: Table) -> None:
    await table.until(lambda: table.call.state is CallState.ENDED)
    await asyncio.to_thread(table.asterisk.wait_idle)


async def next_number_rings(table: Table) -> None:
    await asyncio.to_thread(table.phones["second"].wait, "ringing", seconds=PATIENCE)
    await table.hear(caller="music", agent="")
    await table.until(lambda: table.call.threeway is not None and table.call.threeway.number_index == 2)


async def specialist_comes(table: Table) -> None:
    await table.until(lambda: table.call.talking is None)
    await table.hear(caller="music")
    await table.accepts()
    await table.hear(**dict(WITHOUT_AGENT.ears))


AFTERWARDS = {EVERYBODY_GOES: everybody_goes, NEXT_NUMBER: next_number_rings, SPECIALIST_COMES: specialist_comes}


async def the_desk_says_the_same(table: Table) -> None:
    """Who is in the room or on hold is what the ears said."""
    up = [leg for leg in table.call.legs if leg.lives and leg.state == "up"]
    aside = {leg.role for leg in up if leg.held}
    listened = await table.listen([leg.role for leg in up])
    assert {role for role, heard in listened.items() if "music" in heard} == aside
    assert {leg.role for leg in up if leg.in_room} == {leg.role for leg in up} - aside


async def every_segment_is_on_file(table: Table, state: str) -> None:
    await asyncio.to_thread(table.asterisk.say, "channel request hangup all")
    await asyncio.to_thread(table.asterisk.wait_idle)
    for role, speakers in HEARD_ON_FILE[state].items():
        files = list(table.asterisk.recordings.rglob(f"{table.call_id}.{role}*.sln"))
        assert files, f"{role} was not recorded"
        lost = {name for name in speakers.split() if hear(files[0]).tone_seconds(TONES[name]) < 0.3}
        assert not lost, f"{files[0].name} lost {lost}"
