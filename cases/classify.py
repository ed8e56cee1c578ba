"""What a case is about: a tree of three levels, and the districts; found by code, name or pinyin initials."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

SEED = Path(__file__).resolve().parent / "seed"
NOT_FOUND = 9


class BadReference(ValueError):
    """The list of classes or districts is not what it should be; the text names the place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseClass:
    """One leaf: `code` is six digits, `path` its names from the first level."""

    code: str
    name: str
    path: tuple[str, ...]

    @property
    def initials(self) -> str:
        """For typing `tsh`."""
        return initials(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    code: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Everything that a case form offers to choose from."""

    classes: Mapping[str, CaseClass]
    districts: Mapping[str, District]


@cache
def initials(name: str) -> str:
    """The first letter of each syllable: 停水 → ts; letters and digits stay."""
    from pypinyin import Style, lazy_pinyin  # tables of a third of a second: call control never asks, and starts first

    return "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower()


@cache
def seed_reference() -> Reference:
    """The lists that come with the program. Raises BadReference."""
    return read_reference(SEED)


def read_reference(folder: Path) -> Reference:
    """Read `classes.yaml` and `districts.yaml` of a folder. Raises BadReference."""
    classes = list(_leaves(_read(folder / "classes.yaml")))
    districts = [District(code=d["code"], name=d["name"]) for d in _read(folder / "districts.yaml")]
    return Reference(classes={c.code: c for c in classes}, districts=_unique(districts))


def find_classes(reference: Reference, typed: str, limit: int = 20) -> list[CaseClass]:
    """Leaves whose code, name or initials begin with or hold what was typed; the closest first."""
    wanted = typed.strip().lower()
    ranked = [(_distance(leaf, wanted), leaf.code, leaf) for leaf in reference.classes.values()]
    near = sorted((one for one in ranked if one[0] < NOT_FOUND), key=lambda one: one[:2])
    return [leaf for _, _, leaf in near[:limit]]


def _distance(leaf: CaseClass, wanted: str) -> int:
    """0 exact … 3 somewhere in the path, NOT_FOUND."""
    if wanted in (leaf.code, leaf.name, leaf.initials):
        return 0
    if leaf.code.startswith(wanted) or leaf.name.startswith(wanted) or leaf.initials.startswith(wanted):
        return 1
    if wanted in leaf.name or wanted in leaf.initials:
        return 2
    return 3 if wanted in "/".join(leaf.path) else NOT_FOUND


def _leaves(tree: Any) -> Iterator[CaseClass]:
    for first, (top, branches) in enumerate(_pairs(tree, "classes"), 1):
        for second, (branch, leaves) in enumerate(_pairs(branches, top), 1):
            for third, leaf in enumerate(_names(leaves, branch), 1):
                code = f"{first:02d}{second:02d}{third:02d}"
                yield CaseClass(code=code, name=leaf, path=(top, branch, leaf))


def _pairs(tree: Any, where: str) -> Sequence[tuple[str, Any]]:
    if not isinstance(tree, dict) or not tree:
        raise BadReference(f"{where}: a mapping of names is needed")
    return [(str(name), below) for name, below in tree.items()]


def _names(leaves: Any, where: str) -> Sequence[str]:
    if not isinstance(leaves, list) or not all(isinstance(leaf, str) for leaf in leaves):
        raise BadReference(f"{where}: a list of names is needed")
    return leaves


def _unique(districts: Sequence[District]) -> dict[str, District]:
    found = {district.code: district for district in districts}
    if len(found) != len(districts):
        raise BadReference("districts.yaml: a code is there twice")
    return found


def _read(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text("utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise BadReference(f"{path}: {error}") from None
