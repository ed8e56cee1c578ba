"""A call that a desk made about a case belongs to it."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest

from cti.core.events import CallArrived
from cti.core.ports import JournalEntry
from storage.new_case import NewCase
from tests.storage.conftest import Stores, Tell
from tests.storage.party_stories import CALLER, said
from tests.storage.stories import NUMBER, call_id


def called(case_id: str) -> JournalEntry:
    given = {"dialled": "click", "diverted_from": "", "trunk": "outbound", "caller_channel": "PJSIP/test-1"}
    return said(CallArrived, number=NUMBER, name="", caller_leg=CALLER, case_id=case_id, **given)


async def test_the_call_that_was_made_about_a_case_is_among_its_calls(
    tell: Tell, stores: Stores, taken: Callable[..., NewCase]
) -> None:
    case = await stores.cases.save(taken())
    before = (await stores.cases.whole(case.case_id)).call_ids
    await tell([called(str(case.case_id))])
    await tell([called(str(case.case_id))])
    assert (await stores.cases.whole(case.case_id)).call_ids == [*before, call_id()]


@pytest.mark.parametrize("case_id", ["", "no-case", "01a20130-a3eb-7515-b436-ae270c195727", str(UUID(int=0))])
async def test_a_call_that_names_no_case_of_ours_is_stored_like_any_other(
    tell: Tell, stores: Stores, taken: Callable[..., NewCase], case_id: str
) -> None:
    case = await stores.cases.save(taken())
    before = (await stores.cases.whole(case.case_id)).call_ids
    await tell([called(case_id)])
    assert (await stores.cases.whole(case.case_id)).call_ids == before
