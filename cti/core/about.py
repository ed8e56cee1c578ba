"""What a call is about when somebody else is asked into it: words of fixed lists for his ear, text for the record."""

from __future__ import annotations

from dataclasses import dataclass, replace

ANY_KIND = "any"
"""The sentence that names no type of request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """As the case form says it at that moment; `summary` is free text, which no switch is ever told."""

    kind: str = ""
    class_code: str = ""
    summary: str = ""


NOTHING = About()


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """Types of request and classes for which a sentence has been recorded."""

    kinds: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()

    def of(self, about: About) -> About:
        """What of it can be said: without a class nothing, and the directory's own sentence stands in."""
        if about.class_code not in self.classes:
            return replace(about, kind="", class_code="")
        return replace(about, kind=about.kind if about.kind in self.kinds else ANY_KIND)
