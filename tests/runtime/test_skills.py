"""What may be written as an agent's skills on the command line."""

from __future__ import annotations

import pytest

from hotline.agents import written_skills
from storage.agents import BadAgent


def test_queues_with_and_without_a_level_are_taken_as_written() -> None:
    assert written_skills(["general:2", "enterprise"]) == ("general:2", "enterprise")


@pytest.mark.parametrize("skill", ["", "general:0", "general:10", "General", "sales", "general; drop"])
def test_what_is_no_skill_is_named(skill: str) -> None:
    with pytest.raises(BadAgent):
        written_skills(["general", skill])
