"""What a specialist hears of the very call that he is asked into: the type of request and its class, one sentence."""

from __future__ import annotations

from cases.case import NAMES, Kind
from cases.classify import seed_reference
from cti.core.about import ANY_KIND, Spoken

FOLDER = "about"


def sentences() -> dict[str, str]:
    """By prompt key, to be recorded in advance: a beginning for each type, and an end for each class."""
    spoken = {f"{FOLDER}/kind_{ANY_KIND}": "市民来电，"}
    spoken |= {f"{FOLDER}/kind_{kind.value}": f"市民来电{NAMES[kind]}，" for kind in Kind}
    for leaf in seed_reference().classes.values():
        spoken[f"{FOLDER}/class_{leaf.code}"] = f"{leaf.path[-2]}方面的{leaf.name}问题，坐席正在线上。"
    return spoken


def spoken() -> Spoken:
    """Everything that can be said."""
    return Spoken(kinds=frozenset(kind.value for kind in Kind), classes=frozenset(seed_reference().classes))
