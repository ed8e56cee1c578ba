"""Whatever is refused or fails, is said in both languages: the codes are found in the code, not listed by hand."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import agent_desktop
import cases
import cti
import hotline.wiring
from agent_desktop import security
from agent_desktop.callback_orders import WORDS as CALLBACK_WORDS
from agent_desktop.pages import TITLES
from agent_desktop.refusals import REPLIES, reply_to
from agent_desktop.views.callbacks import OUTCOMES, STAGES
from agent_desktop.views.lists import FAULTS
from cases.case import Status
from cases.classify import seed_reference
from cases.form import BadForm, read_form
from cti.asterisk.translate_legs import REASONS
from cti.core.leg import ROLES
from cti.core.refusals import Refusal
from hotline.runtime.asterisk_config import LEG_REASONS
from hotline.wiring.desk_callbacks import REFUSALS as CALLBACK_REFUSALS
from storage import recording_check
from storage.party_legs import UNFINISHED
from tests.browser.tables import Words
from tests.browser.test_words import SOURCES

ROOT = Path(cti.__file__).parent.parent
DIALPLAN = ROOT / "asterisk-config" / "dialplan"
PASSED_ON = {
    "reply.code",  # of `reply_to`: the table's
    "refusal.code",  # of a Refusal or a CallbackRefused
    "str(reply.get('code') or 'refused')",  # cti's own
    "window.close_code or WSCloseCode.OK",  # of a socket, which nobody reads
    "error.facts['code']",  # for the log
    "reply_to(error).code",
    "leaf.code",  # no refusals: classes, districts and reasons to pause
    "d.code",
    "reason",
}
"""How a code that was said elsewhere goes on; anything else here is a code of its own and must be a plain word."""


def codes_of_call_control() -> dict[str, set[str]]:
    """Every refusal of cti, wherever it is defined, with its Chinese words."""
    for module in pkgutil.walk_packages(cti.__path__, "cti."):
        importlib.import_module(module.name)
    found: dict[str, set[str]] = {}
    for kind in {Refusal, *_descendants(Refusal)}:
        found.setdefault(kind.code, set()).add(kind.text)
    return found


def codes_of_the_web() -> dict[str, set[str]]:
    """The table of replies, what aiohttp refuses, and what is said in one place only."""
    replies = [*REPLIES.values(), reply_to(RuntimeError()), *map(security.http_reply, (*security.HTTP_TEXTS, 418))]
    found = {reply.code: {reply.text} for reply in replies if not reply.code.startswith("{")}
    for where in (agent_desktop, hotline.wiring):
        for code, text in _said(Path(str(where.__path__[0]))):
            found.setdefault(code, set()).add(text)
    for refusal in CALLBACK_REFUSALS:
        found.setdefault(refusal.code, set()).add(CALLBACK_WORDS[refusal.code])
    return found


def codes_of_the_page() -> set[str]:
    """What the scripts refuse themselves."""
    texts = (source.read_text("utf-8") for source in SOURCES.rglob("*.ts"))
    return {code for text in texts for code in re.findall(r'\bok: false, code: "(\w+)"', text)}


@pytest.mark.parametrize("codes", [codes_of_call_control, codes_of_the_web], ids=["cti", "web"])
def test_every_refusal_is_said_in_both_languages(codes: object, words: Words) -> None:
    assert callable(codes)
    found: Mapping[str, set[str]] = codes()
    assert len(found) > 20
    lacking = sorted(code for code in found if not all(words.get(f"code_{code}", ("", ""))))
    assert lacking == []


def test_the_chinese_words_of_a_refusal_are_those_that_the_server_says(words: Words) -> None:
    """One sentence for one thing, whoever says it; the server's may hold a fact that the page does not know."""
    said: dict[str, set[str]] = {}
    for found in (codes_of_call_control(), codes_of_the_web()):
        for code, texts in found.items():
            said.setdefault(code, set()).update(texts)
    plain = {code: texts for code, texts in said.items() if not any("{" in text for text in texts)}
    differ = {code: words[f"code_{code}"][0] for code, texts in plain.items() if words[f"code_{code}"][0] not in texts}
    assert differ == {}


def test_what_the_page_refuses_itself_has_words_too(words: Words) -> None:
    found = codes_of_the_page()
    assert found == {"offline", "no_reply"}
    assert [code for code in found if f"code_{code}" not in words] == []


def test_no_words_are_kept_for_a_code_that_nobody_says(words: Words) -> None:
    said = codes_of_call_control().keys() | codes_of_the_web().keys() | codes_of_the_page()
    assert sorted(key for key in words if key.startswith("code_") and key[5:] not in said) == []


def test_every_code_is_a_plain_word_or_passed_on_from_where_it_was_one() -> None:
    """So that none escapes the collection above."""
    strange = []
    for package in (agent_desktop, hotline.wiring):
        for source in sorted(Path(str(package.__path__[0])).rglob("*.py")):
            for given in _given(ast.parse(source.read_text("utf-8"))):
                if not isinstance(given, ast.Constant) and ast.unparse(given) not in PASSED_ON:
                    strange.append(f"{source.name}: {ast.unparse(given)}")
    assert strange == []


def test_every_field_of_the_form_that_may_be_wrong_is_named_in_both(words: Words) -> None:
    wrong = {name: object() for name in ("confidential", "call_id", "place", "answer", "text", "urgency")}
    with pytest.raises(BadForm) as refused:
        read_form(wrong, seed_reference())
    source = ast.parse((Path(cases.__file__).parent / "form.py").read_text("utf-8"))
    checked = {
        call.args[0].value
        for call in ast.walk(source)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "read"
        if isinstance(call.args[0], ast.Constant)
    }
    assert refused.value.errors.keys() == checked
    assert sorted(name for name in checked if f"field_{name}" not in words) == []


def test_every_way_in_which_a_leg_a_dial_or_a_recording_fails_has_words(words: Words) -> None:
    reasons = {
        *REASONS.values(),
        *(word for _, word in LEG_REASONS),
        *_reasons_of_the_dialplan(),
        *_reasons_of_cti(),
        UNFINISHED,
    }
    assert {"busy", "refused", "unanswered", "dead", "cancelled"} <= reasons
    wanted = {f"reason_{reason}" for reason in reasons}
    wanted |= {f"dial_{outcome}" for outcome in OUTCOMES if outcome not in {"not_allowed", "not_tried"}}
    wanted |= {f"tried_{outcome}" for outcome in OUTCOMES} | {f"stage_{stage}" for stage in STAGES}
    faults = {str(getattr(recording_check, name)) for name in ("GONE", "SIZE", "HEADER", "SHORT", "LONG", "SEAL")}
    faults |= {recording_check.CHANGED, recording_check.REPAIRED}
    assert faults == FAULTS.keys()
    wanted |= {f"fault_{fault}" for fault in faults} | {f"role_{role}" for role in ROLES}
    wanted |= {f"title_{status}" for status in TITLES} | {"title_other"}
    assert sorted(wanted - words.keys()) == []


def test_what_the_server_may_store_of_a_case_has_words(words: Words) -> None:
    assert sorted(status for status in Status if f"status_{status}" not in words) == []


def _descendants(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for each in kind.__subclasses__():
        yield each
        yield from _descendants(each)


def _said(folder: Path) -> Iterator[tuple[str, str]]:
    """Calls with a plain code and plain words: `CommandRefused(code="no_number", text="…")`."""
    for source in sorted(folder.rglob("*.py")):
        for call in ast.walk(ast.parse(source.read_text("utf-8"))):
            if isinstance(call, ast.Call):
                given = {each.arg: each.value for each in call.keywords}
                code, text = given.get("code"), given.get("text")
                if isinstance(code, ast.Constant) and isinstance(code.value, str):
                    yield code.value, str(text.value) if isinstance(text, ast.Constant) else ""


def _given(tree: ast.AST) -> Iterator[ast.expr]:
    """Whatever is given as a code, by keyword or in a JSON object."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from (each.value for each in node.keywords if each.arg == "code")
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "code":
                    yield value


def _reasons_of_the_dialplan() -> set[str]:
    said = r"HL_(?:WHY|REASON)=(?:\$\{IF\([^?]*\?)?([a-z:]+)"
    texts = (template.read_text("utf-8") for template in DIALPLAN.glob("*.j2"))
    return {word for text in texts for found in re.findall(said, text) for word in found.split(":")}


def _reasons_of_cti() -> set[str]:
    """Of events that tell why somebody was not reached, where cti says it in a plain word."""
    tell = {"LegNotReached", "SpecialistNotReached", "EmergencyRouteFailed", "TransferFailed"}
    found = set()
    for source in Path(str(cti.__path__[0])).rglob("*.py"):
        for call in ast.walk(ast.parse(source.read_text("utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in tell:
                said = [each.value for each in call.keywords if each.arg == "reason"]
                found |= {each.value for each in said if isinstance(each, ast.Constant)}
    return {str(reason) for reason in found}
