"""Stories of callers in the main menu."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.menu import (
    KEYS,
    FinishInQueue,
    GatherKey,
    Key,
    KeyPressed,
    Menu,
    NothingPressed,
    PromptKey,
    QueueName,
    SayPrompt,
    Step,
    StepName,
    UnexpectedKey,
)
from ivr.steps.queue import Queue
from ivr.steps.say import Say
from ivr.walk import advance, begin
from tests.ivr.menus import MAIN, walked

GENERAL = (FinishInQueue(queue=QueueName("general"), path="main"),)


def asked(*prompts: str, wait_ms: int = 2000) -> tuple[GatherKey]:
    return (GatherKey(prompts=tuple(map(PromptKey, prompts)), wait_ms=wait_ms),)


def test_caller_hears_the_greeting_of_the_centres_profile() -> None:
    assert walked("", "light")[1] == asked("greeting_light")
    assert walked("", "full")[1] == asked("greeting_full", wait_ms=5000)


def test_profile_direct_greets_and_waits_for_nothing() -> None:
    assert walked("", "direct")[1] == asked("greeting_direct", wait_ms=0)


@pytest.mark.parametrize("profile", ["direct", "light", "full"])
def test_key_three_reaches_the_enterprise_desk_in_every_profile(profile: str) -> None:
    _, acts = walked("3", profile)
    assert acts == (FinishInQueue(queue=QueueName("enterprise"), path="main:3"),)


def test_key_zero_reaches_the_general_desk() -> None:
    assert walked("0")[1] == (FinishInQueue(queue=QueueName("general"), path="main:0"),)


def test_nothing_pressed_reaches_the_general_desk() -> None:
    assert walked(".")[1] == GENERAL


def test_wrong_key_once_is_told_and_the_choices_are_said_again() -> None:
    assert walked("7")[1] == asked("wrong_key", "menu_light")


def test_wrong_key_twice_reaches_the_general_desk() -> None:
    assert walked("78")[1] == GENERAL


def test_wrong_key_then_the_right_one_still_counts() -> None:
    assert walked("73")[1] == (FinishInQueue(queue=QueueName("enterprise"), path="main:3"),)


def test_hash_says_the_choices_again_without_the_welcome() -> None:
    assert walked("#")[1] == asked("menu_light")


def test_star_in_the_first_menu_has_nowhere_to_go_back_to_and_repeats() -> None:
    assert walked("*")[1] == asked("menu_light")


def test_caller_who_only_presses_hash_reaches_a_person_in_the_end() -> None:
    walk, acts = walked("#" * (MAIN.most_turns - 1))
    assert not walk.ended
    _, acts = advance(MAIN, walk, KeyPressed(key=Key("#")))
    assert acts == GENERAL


def test_ended_walk_hears_nothing_more_and_stays_as_it_was() -> None:
    walk, _ = walked("3")
    with pytest.raises(UnexpectedKey):
        advance(MAIN, walk, NothingPressed())


def test_walks_are_values_that_nobody_can_change() -> None:
    walk, _ = walked("")
    with pytest.raises(dataclasses.FrozenInstanceError):
        walk.at = StepName("elsewhere")  # type: ignore[misc]


@given(keys=st.text(alphabet=KEYS + ".", max_size=60), profile=st.sampled_from(["direct", "light", "full"]))
def test_whatever_is_pressed_the_caller_ends_in_a_queue_after_few_steps(keys: str, profile: str) -> None:
    walk, acts = begin(MAIN, profile)
    for step, key in enumerate(keys):
        assert step <= MAIN.most_turns
        if walk.ended:
            break
        walk, acts = advance(MAIN, walk, NothingPressed() if key == "." else KeyPressed(key=Key(key)))
    while not walk.ended:
        walk, acts = advance(MAIN, walk, NothingPressed())
    assert isinstance(acts[-1], FinishInQueue)
    assert acts[-1].queue in {"general", "enterprise"}
    assert walk.turns <= MAIN.most_turns + 2


def test_back_returns_to_the_menu_before_and_forgets_its_key() -> None:
    menu = _two_menus()
    walk, _ = begin(menu, "light")
    walk, acts = advance(menu, walk, KeyPressed(key=Key("3")))
    assert walk.path == "main:3"
    walk, acts = advance(menu, walk, KeyPressed(key=Key("*")))
    assert (walk.at, walk.path, acts) == ("welcome", "main", asked("greeting_light"))


def test_notice_is_said_on_the_way_to_the_queue() -> None:
    steps: dict[StepName, Step] = {
        StepName("notice"): Say(prompt=PromptKey("please_hold"), then=StepName("general")),
        StepName("general"): Queue(queue=QueueName("general")),
    }
    menu = Menu(name="main", start=StepName("notice"), person=StepName("general"), steps=steps)
    _, acts = begin(menu, "light")
    assert acts == (SayPrompt(prompt=PromptKey("please_hold")), *GENERAL)


def test_menus_that_lead_in_a_circle_end_at_a_person() -> None:
    steps: dict[StepName, Step] = {
        StepName("a"): Say(prompt=PromptKey("please_hold"), then=StepName("b")),
        StepName("b"): Say(prompt=PromptKey("please_hold"), then=StepName("a")),
        StepName("general"): Queue(queue=QueueName("general")),
    }
    menu = Menu(name="main", start=StepName("a"), person=StepName("general"), steps=steps, most_turns=6)
    walk, acts = begin(menu, "light")
    assert walk.ended
    assert acts[-1:] == GENERAL
    assert len(acts) <= 7


def _two_menus() -> Menu:
    """Key 3 leads to a second menu, which looks like the first."""
    second = dataclasses.replace(MAIN.steps[StepName("welcome")])  # type: ignore[type-var]
    steps = {**MAIN.steps, StepName("enterprise"): second}
    return dataclasses.replace(MAIN, steps=steps)
