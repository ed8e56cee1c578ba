"""How values of cti's rows are read: what has another shape than agreed is no state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar


class BadState(ValueError):
    """cti sent something that is no state."""


T = TypeVar("T")


def one(value: object, read: Callable[[Mapping[str, object]], T]) -> T | None:
    return None if value is None else read(mapping(value))


def mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise BadState("an object was expected")
    return value


def text(value: object) -> str:
    return value if isinstance(value, str) else ""


def texts(value: object) -> tuple[str, ...]:
    return tuple(item for item in items(value) if isinstance(item, str))


def flag(value: object) -> bool | None:
    """Yes, no, or not said."""
    return value if isinstance(value, bool) else None


def number(value: object) -> int:
    if not isinstance(value, int):
        raise BadState("a number was expected")
    return value


def items(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def count(value: object) -> int:
    """A number, or how many there are of a list."""
    return len(value) if isinstance(value, list) else number(value or 0)
