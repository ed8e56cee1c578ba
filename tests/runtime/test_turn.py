"""Remote agents get a TURN log-in of their own that ends, and queue rules say what is wrong with them."""

from __future__ import annotations

import pytest

from hotline.runtime import queue_rules
from hotline.settings import BadSetting, Settings
from hotline.wiring.turn import credential, ice_servers


def settings(**given: str) -> Settings:
    return Settings.read({"HOTLINE_HOME": "/var/tmp/nobody", **given})


def test_without_a_turn_server_the_browser_is_told_of_none() -> None:
    assert ice_servers(settings(), lambda: 1000.0)("1001") == []


def test_each_agent_has_a_log_in_of_his_own_that_ends_with_the_session() -> None:
    here = settings(HOTLINE_TURN_URL="turns:turn.example:443?transport=tcp", HOTLINE_TURN_SECRET="north")  # noqa: S106
    told = ice_servers(here, lambda: 1000.0)
    (server,) = told("1001")
    assert server["urls"] == ["turns:turn.example:443?transport=tcp"]
    assert server["username"] == f"{1000 + 12 * 3600}:1001"
    assert server["credential"] == credential("north", str(server["username"]))
    assert told("1002")[0]["credential"] != server["credential"]
    assert "north" not in repr(server)


def test_overflow_and_weights_are_read_as_written() -> None:
    here = settings(HOTLINE_OVERFLOW="enterprise>general:60, general>enterprise:90", HOTLINE_QUEUE_WEIGHTS="general:5")
    assert [(each.queue, each.into, each.seconds) for each in queue_rules.overflows(here)] == [
        ("enterprise", "general", 60),
        ("general", "enterprise", 90),
    ]
    assert queue_rules.weights(here) == {"general": 5, "enterprise": 0}


@pytest.mark.parametrize(
    "given",
    [
        {"HOTLINE_OVERFLOW": "general"}, {"HOTLINE_OVERFLOW": "general>general:5"}, {"HOTLINE_OVERFLOW": "x>general:5"},
        {"HOTLINE_OVERFLOW": "general>enterprise:5,general>enterprise:9"}, {"HOTLINE_QUEUE_WEIGHTS": "x:1"},
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_is_named(given: dict[str, str]) -> None:
    with pytest.raises(BadSetting):
        _read(settings(**given))


def _read(here: Settings) -> None:
    queue_rules.overflows(here)
    queue_rules.weights(here)
