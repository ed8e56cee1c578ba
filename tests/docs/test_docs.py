"""The documentation tells the truth where a program can check it: links, commands, settings, diagrams, examples."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import fields
from itertools import takewhile
from pathlib import Path

import pytest

from cti.asterisk.translate import WANTED
from cti.core import diagram
from hotline.runtime import carriers
from hotline.runtime.asterisk_config import READ_EVENTS
from hotline.runtime.layout import FOLDERS
from hotline.settings import PROJECT, Settings, environment_name

ELSEWHERE = {".venv", "node_modules"}
PAGES = sorted(
    page
    for page in PROJECT.rglob("*.md")
    if not any(part in ELSEWHERE or part.startswith(".") for part in page.relative_to(PROJECT).parts)
)
OPERATOR = (PROJECT / "docs/operator.md").read_text("utf-8")
MAKEFILE = (PROJECT / "Makefile").read_text("utf-8")
LARGEST_PICTURE = 400_000


def written(pattern: str) -> dict[str, set[str]]:
    """What the pages name by this pattern: page → words."""
    found = {str(page.relative_to(PROJECT)): set(re.findall(pattern, page.read_text("utf-8"))) for page in PAGES}
    return {page: words for page, words in found.items() if words}


def targets() -> dict[str, str]:
    """The Makefile's targets with their words for `make help`."""
    return dict(re.findall(r"^([a-z-]+):.*?## (.+)$", MAKEFILE, re.M))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_every_relative_link_leads_to_a_file(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8"))
    inside = [link.partition("#")[0] for link in links if not re.match(r"[a-z]+:|#", link)]
    assert [link for link in inside if not (page.parent / link).exists()] == []


def test_every_target_of_the_makefile_is_explained_by_make_help() -> None:
    phony = re.search(r"^\.PHONY: (.+)$", MAKEFILE, re.M)
    assert phony is not None
    assert set(phony[1].split()) == set(targets())


def test_every_make_command_in_the_pages_exists() -> None:
    named = written(r"(?<!`)(?:^|`|&& |sudo )make ([a-z]+)")
    assert {"up", "test"} <= named["README.md"]
    assert {page: words - set(targets()) for page, words in named.items() if words - set(targets())} == {}


def test_every_hotline_command_in_the_pages_exists() -> None:
    said = subprocess.run([sys.executable, "-m", "hotline.cli", "--help"], capture_output=True, text=True, check=True)
    known = set(re.findall(r"^    ([a-z-]+)(?: |$)", said.stdout, re.M))
    named = written(r"(?:^|`|bin/)hotline ([a-z-]+)")
    assert {page: words - known for page, words in named.items() if words - known} == {}


def test_every_setting_has_its_row_with_variable_and_default() -> None:
    shown = {"home": "`.runtime`"}
    for one in fields(Settings):
        default = shown.get(one.name) or ("" if one.default in {"", None} else f"`{one.default}`")
        assert f"| `{one.name}` | `{environment_name(one.name)}` | {default} |" in OPERATOR, one.name


def test_every_folder_of_the_home_has_its_mode_in_the_operators_table() -> None:
    rows = [line for line in OPERATOR.splitlines() if line.startswith("| `")]
    for folder in FOLDERS:
        mode = f"{folder.mode:04o}"
        assert any(f"`{folder.path}`" in row and f"| {mode} |" in row for row in rows), (folder.path, mode)


def test_the_carriers_in_the_manual_can_be_read(tmp_path: Path) -> None:
    start = OPERATOR.index("```yaml\ncarriers:")
    lines = takewhile(lambda line: line != "```", OPERATOR[start:].splitlines()[1:])
    example = tmp_path / "carriers.yaml"
    example.write_text("\n".join(lines), "utf-8")
    assert [carrier.name for carrier in carriers.read(example)] == ["telecom"]


def test_the_diagrams_are_the_tables() -> None:
    """After a change of a table: `python -m cti.core.diagram docs/developer.md` puts it right."""
    drawn = re.findall(r"```mermaid\n(stateDiagram.*?)```", (PROJECT / "docs/developer.md").read_text("utf-8"), re.S)
    assert drawn == diagram.all_tables()


def test_every_event_that_cti_reads_is_sent_by_asterisk() -> None:
    """Said in decision 0005: a name that is missing there would show as silence."""
    assert {name.decode() for name in WANTED} <= set(READ_EVENTS)


def test_the_pictures_are_small() -> None:
    pictures = sorted((PROJECT / "docs/pictures").glob("*.png"))
    assert {picture.name for picture in pictures} == {"board.png", "desk.png", "login.png"}
    assert [picture.name for picture in pictures if picture.stat().st_size > LARGEST_PICTURE] == []


def test_every_decision_is_listed() -> None:
    folder = PROJECT / "docs/decisions"
    listed = re.findall(r"\]\((\d{4}-[^)]+)\)", (folder / "README.md").read_text("utf-8"))
    assert listed == sorted(path.name for path in folder.glob("0*.md"))
