"""The case form: every mistake has its sentence, and hostile text stays text."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from cases.case import Kind, Outcome, Urgency
from cases.classify import BadReference, find_classes, read_reference, seed_reference
from cases.form import BadForm, choices, clean, read_form


def given(**changes: Any) -> dict[str, Any]:
    form = {
        "call_id": "HCdemo-1-1795233600.1",
        "kind": "complaint",
        "text": "楼下夜间施工",
        "class_code": "080101",
        "district": "02",
        "urgency": "normal",
        "confidential": False,
        "outcome": "dispatch",
        "answer": "",
        "idempotency": str(uuid4()),
    }
    return form | changes


def test_a_complete_form_is_read() -> None:
    form = read_form(given(), seed_reference())
    assert (form.kind, form.urgency, form.outcome) == (Kind.COMPLAINT, Urgency.NORMAL, Outcome.DISPATCH)
    assert form.title == "楼下夜间施工"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "other"),
        ("kind", None),
        ("text", ""),
        ("text", " \n\t\0 "),
        ("text", "长" * 4001),
        ("text", ["不是文字"]),
        ("class_code", "0801"),
        ("class_code", None),
        ("district", "77"),
        ("urgency", "soon"),
        ("confidential", "yes"),
        ("outcome", ""),
        ("idempotency", "1"),
        ("call_id", "HC\r\nAction: x"),
    ],
)
def test_a_mistake_is_told_in_chinese_at_its_field(field: str, value: Any) -> None:
    with pytest.raises(BadForm) as bad:
        read_form(given(**{field: value}), seed_reference())
    assert list(bad.value.errors) == [field]
    assert any("一" <= letter <= "鿿" for letter in bad.value.errors[field])


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(BadForm) as bad:
        read_form({}, seed_reference())
    assert set(bad.value.errors) == {"kind", "text", "class_code", "district", "outcome", "idempotency"}


def test_a_direct_answer_needs_its_answer() -> None:
    with pytest.raises(BadForm) as bad:
        read_form(given(outcome="direct_answer", answer="  "), seed_reference())
    assert bad.value.errors == {"answer": "直接答复时请填写答复内容"}


def test_control_and_direction_changing_characters_are_taken_out_and_the_rest_stays() -> None:
    hostile = "<script>alert(1)</script> {{7*7}}\r\n第二行\x00\x1b\u202e\ud800 ok 😀"
    assert clean(hostile) == "<script>alert(1)</script> {{7*7}}\n第二行 ok 😀"


def test_a_long_first_line_becomes_a_short_title() -> None:
    form = read_form(given(text="很" * 50), seed_reference())
    assert len(form.title) == 30
    assert form.title.endswith("…")


def test_the_seed_has_three_levels_of_real_subjects() -> None:
    classes = seed_reference().classes
    assert 100 <= len(classes) <= 160
    assert all(len(leaf.code) == 6 and leaf.code.isdigit() and len(leaf.path) == 3 for leaf in classes.values())
    assert classes["010101"].path == ("城乡建设", "供水", "停水")


@pytest.mark.parametrize(
    ("typed", "first"), [("nqbr", "暖气不热"), ("挪车", "挪车"), ("010101", "停水"), ("gjj", "住房公积金")]
)
def test_a_class_is_found_by_initials_name_or_code(typed: str, first: str) -> None:
    assert find_classes(seed_reference(), typed)[0].name == first


def test_nothing_is_found_for_nonsense() -> None:
    assert find_classes(seed_reference(), "zzzzqq") == []


def test_a_broken_list_is_refused(tmp_path: Any) -> None:
    (tmp_path / "classes.yaml").write_text("城乡建设: [停水]", "utf-8")
    (tmp_path / "districts.yaml").write_text("[]", "utf-8")
    with pytest.raises(BadReference, match="城乡建设"):
        read_reference(tmp_path)


def test_a_form_offers_words_with_their_names() -> None:
    assert choices(Kind)[0] == {"code": "consultation", "name": "咨询"}
    assert [one["name"] for one in choices(Kind)] == ["咨询", "求助", "建议", "投诉", "举报", "表扬"]
