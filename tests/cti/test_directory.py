"""The directory: found by a few letters, on duty by the hour, and every mistake in its file is named."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from hotline import directory

MONDAY_TEN = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
MONDAY_NIGHT = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
GOOD = """\
departments:
  rsj: 市人社局
entries:
  shebao:
    department: rsj
    name: 社会保险专员
    topics: [养老金]
    duty: ["1-5 08:30-17:30"]
    numbers: ["990080", "990081"]
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "directory.yaml"
    path.write_text(text, "utf-8")
    return path


def test_the_shipped_directory_has_specialists_of_many_departments_and_rings_test_phones_only() -> None:
    shipped = directory.load(directory.SHIPPED)
    specialists = [entry for entry in shipped if entry.kind == "specialist"]
    assert len(specialists) >= 12
    assert len({entry.department for entry in specialists}) >= 7
    assert {number[:4] for entry in shipped for number in entry.numbers} == {"9900"}
    assert {entry.kind for entry in shipped} == {"specialist", "department", "centre"}


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("shbx", "shebao"), ("ylj", "shebao"), ("养老", "shebao"), ("人力资源", "shebao"), ("S'H'B'X", "shebao"),
        ("gjj", "gongjijin"), ("szx", ""),
    ],
)  # fmt: skip
def test_an_entry_is_found_by_initials_department_or_topic_also_while_letters_are_uncommitted(
    typed: str, found: str
) -> None:
    matches = directory.load(directory.SHIPPED).match(typed, MONDAY_TEN)
    assert [entry.id for entry in matches[:1]] == ([found] if found else [])


def test_those_on_duty_come_first_and_a_roster_is_read_in_local_time(tmp_path: Path) -> None:
    entry = directory.load(written(tmp_path, GOOD)).get("shebao")
    assert entry is not None
    assert entry.on_duty(MONDAY_TEN)
    assert not entry.on_duty(MONDAY_NIGHT)
    assert entry.numbers == ("990080", "990081")
    night = directory.load(directory.SHIPPED).match("", MONDAY_NIGHT)
    rested = [entry.on_duty(MONDAY_NIGHT) for entry in night]
    assert rested == sorted(rested, reverse=True)


@pytest.mark.parametrize(
    ("wrong", "right", "line"),
    [
        ("  shebao:", "  She bao:", 5),
        ("department: rsj", "department: other", 5),
        ('"990081"', '"990081&SIP/x"', 9),
        ("08:30-17:30", "17:30-08:30", 8),
        ("topics: [养老金]", "topics: 养老金", 7),
        ("name: 社会保险专员", "name: 社会保险(专员)", 6),
        ("    name: 社会保险专员\n", "", 5),
        ("numbers:", "phones:", 9),
        ("entries:", "entries: [", 5),
    ],
)
def test_each_mistake_is_named_with_its_file_and_line(tmp_path: Path, wrong: str, right: str, line: int) -> None:
    path = written(tmp_path, GOOD.replace(wrong, right, 1))
    with pytest.raises(directory.BadDirectory) as refused:
        directory.load(path)
    assert f"{path}:{line}:" in str(refused.value)


def test_a_specialist_hears_his_department_and_one_sentence_made_of_plain_words() -> None:
    said = directory.sentences(directory.load(directory.SHIPPED))
    assert "人力资源和社会保障局" in said["department/rensheju"]
    assert "养老金" in said["specialist/shebao"]
    assert len(said) < 30
