"""A sealed field between its two shapes: `{"k", "c"}` in the journal and spool, two columns in a table."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from cti.core.ports import PersonalFields


def sealed_columns(name: str, sealed: Mapping[str, str] | None) -> dict[str, Any]:
    """`{name_sealed, name_key}` of a table; both None for a field that nobody gave."""
    if sealed is None:
        return {f"{name}_sealed": None, f"{name}_key": None}
    return {f"{name}_sealed": base64.b64decode(sealed["c"]), f"{name}_key": sealed["k"]}


def opened(fields: PersonalFields, row: Mapping[Any, Any], name: str) -> str:
    """The clear text of a sealed field of a row; empty when it was never given."""
    sealed = row[f"{name}_sealed"]
    if sealed is None:
        return ""
    return fields.open({"k": row[f"{name}_key"], "c": base64.b64encode(sealed).decode()})
