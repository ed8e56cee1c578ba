"""What is rendered is exactly what was reviewed, and no value can become syntax."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from hotline.runtime import agents_config, asterisk_config, carriers
from hotline.runtime.agents_config import BadDesk, Desk
from hotline.runtime.asterisk_values import UnsafeValue, conf_value
from tests.asterisk_config.rendered import (
    CONFIGURATIONS,
    EXPECTED,
    PLACED,
    FixedSecrets,
    for_tests,
    in_service,
    settings,
)

EMERGENCY = ("110", "119", "120", "122")


@pytest.mark.parametrize("folder", CONFIGURATIONS)
def test_every_rendered_file_is_the_reviewed_one(folder: str) -> None:
    rendered = CONFIGURATIONS[folder]()
    expected = {path.name: path.read_text("utf-8") for path in (EXPECTED / folder).glob("*.conf")}
    assert sorted(rendered) == sorted(expected)
    for name, text in rendered.items():
        assert text == expected[name], f"{name} differs; look, then python -m tests.asterisk_config.rendered"


def test_test_mode_leaves_no_line_to_the_outside() -> None:
    files = for_tests()
    matches = re.findall(r"^match = (.*)", files["pjsip.conf"], re.M)
    dialled = re.findall(r"HL_DIAL=(PJSIP/[^,)]+)", files["extensions.conf"])
    contacts = re.findall(r"^contact = (.*)", files["pjsip.conf"], re.M)
    assert matches == ["127.0.0.1"]
    assert "type = registration" not in files["pjsip.conf"]
    assert "carrier-" not in files["pjsip.conf"]
    assert contacts
    assert all(re.fullmatch(r"sip:127\.0\.0\.1:240[79]\d", contact) for contact in contacts)
    known = r"PJSIP/(test-citizen/sip:9900\d\d@127\.0\.0\.1:\d+|9900\d\d@hl-route-\d|\$\{HL_DIGITS\})"
    assert len(dialled) > 30
    assert [target for target in dialled if not re.fullmatch(known, target)] == []


@pytest.mark.parametrize("folder", CONFIGURATIONS)
def test_no_room_plays_music_that_another_ones_coming_would_have_to_end(folder: str) -> None:
    """Asterisk loses such an end now and then: music in place of everybody (docs/decisions/0018)."""
    assert "music_on_hold_when_empty" not in CONFIGURATIONS[folder]()["confbridge.conf"]


@pytest.mark.parametrize("folder", CONFIGURATIONS)
def test_only_what_the_gate_a_route_or_a_desk_gives_is_dialled(folder: str) -> None:
    """A desk is four digits; everything else comes out of hl-dial-string or hl-emergency-ways."""
    text = CONFIGURATIONS[folder]()["extensions.conf"]
    assert set(re.findall(r"Dial\(([^,]*)", text)) == {"${HL_DIAL}", "PJSIP/${EXTEN}"}
    by_extension = re.findall(r"exten => (\S+?),1,(?:(?!exten =>).)*Dial\(PJSIP/\$\{EXTEN\}", text, re.S)
    assert set(by_extension) == {"_XXXX"}


@pytest.mark.parametrize("number", EMERGENCY)
def test_no_emergency_number_can_be_dialled_out(number: str) -> None:
    for rendered in (for_tests(), in_service()):
        out = rendered["extensions.conf"].split("[hl-outbound]")[1].split("[hl-leg-invite]")[0]
        assert f"exten => {number}," not in out


def test_a_caller_can_only_reach_contexts_that_never_dial() -> None:
    text = in_service()["extensions.conf"]
    inside, outside = text.split("[hl-outbound]")
    assert "Dial(" not in inside
    assert "Dial(" in outside
    assert "hl-outbound" not in inside
    assert "hl-dial-string" not in inside
    assert not re.search(r"^\s*(#|include|switch|lswitch|eswitch|ignorepat)", text, re.M)


def test_no_account_may_run_commands_or_read_configuration() -> None:
    manager = for_tests()["manager.conf"]
    writes = re.findall(r"^write = (.*)", manager, re.M)
    assert writes == ["reporting", "call,agent,originate"]
    assert "bindaddr = 127.0.0.1" in manager
    assert "permit = 127.0.0.1/255.255.255.255" in manager


SYNTAX = ["a\nb", "a;b", "a,b", "${X}", "$[1]", "a)b", 'a"b', "a=>b", "a[b", "a&b", "a|b", "a\\b", "x\0", "x" * 600]


@pytest.mark.parametrize("value", SYNTAX)
def test_a_value_with_syntax_in_it_is_refused(value: str) -> None:
    with pytest.raises(UnsafeValue):
        conf_value(value)


@pytest.mark.parametrize("value", ["王敏", "/srv/hotline_1/a-b.c", "sip:1@127.0.0.1:5060", "2001:db8::1", 7])
def test_a_plain_value_passes(value: object) -> None:
    assert conf_value(value) == value


def test_a_hostile_setting_or_agent_stops_the_rendering(tmp_path: Path) -> None:
    hostile = settings(HOTLINE_BIND_ADDRESS="127.0.0.1\nexten")
    with pytest.raises(UnsafeValue):
        asterisk_config.render(hostile, FixedSecrets(), test_mode=True, placed=PLACED)
    with pytest.raises(UnsafeValue):
        agents_config.render([Desk(agent="1001", extension="1001", name='x" <1>\n[evil]', password="p")])  # noqa: S106
    with pytest.raises(BadDesk):
        agents_config.render([Desk(agent="1001", extension="110", name="x", password="p")])  # noqa: S106


def test_files_are_written_whole_unreadable_to_strangers_and_stale_ones_go(tmp_path: Path) -> None:
    here = settings(str(tmp_path))
    (tmp_path / "etc/asterisk").mkdir(parents=True)
    (tmp_path / "etc/asterisk/voicemail.conf").write_text("left over")
    asterisk_config.write(here, {"pjsip.conf": "one"}, placed=PLACED)
    asterisk_config.write(here, {"pjsip.conf": "two"}, placed=PLACED)
    folder = tmp_path / "etc/asterisk"
    assert {path.name: path.read_text() for path in folder.iterdir()} == {"pjsip.conf": "two"}
    assert stat.S_IMODE((folder / "pjsip.conf").stat().st_mode) == 0o640
    assert folder.stat().st_mode & stat.S_ISGID


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("carriers: [{name: A, addresses: ['1.2.3.4']}]", "name"),
        ("carriers: [{name: a}]", "addresses"),
        ("carriers: [{name: a, addresses: ['1.2.3.4'], routes: [{digits: 1XX, caller_id: '12345'}]}]", "emergency"),
        ("carriers: [{name: a, addresses: ['1.2.3.4'], routes: [{digits: 'X.', caller_id: '12345'}]}]", "form"),
        ("carriers: [{name: a, addresses: ['1.2.3.4'], call_cap: 0}]", "call_cap"),
        ("trunks: []", "unknown"),
        ("carriers: [", "carriers.yaml"),
    ],
)
def test_a_mistake_in_the_carriers_file_is_named(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "carriers.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(carriers.BadCarriers, match=said):
        carriers.read(path)
