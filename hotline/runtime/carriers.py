"""The carriers' trunks, read from `HOME/etc/carriers.yaml`; every mistake is named with its place."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")
NUMBER = re.compile(r"\+?[0-9]{3,15}")
PATTERN = re.compile(r"(?=.*[0-9])[0-9XZN]{3,20}")
EMERGENCY = ("110", "119", "120", "122")
DEFAULT_CALL_CAP = 60


class BadCarriers(ValueError):
    """carriers.yaml cannot be used; the text names the entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Numbers that may be dialled out through one carrier, and the caller ID they are shown."""

    digits: str
    caller_id: str
    carrier: str

    @property
    def pattern(self) -> str:
        """As Asterisk writes it: a plain number, or `_` before one that holds X, Z or N."""
        return self.digits if self.digits.isdigit() else f"_{self.digits}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """One trunk: known by the addresses it calls from, with at most `call_cap` calls at once."""

    name: str
    addresses: tuple[str, ...]
    contact: str
    call_cap: int = DEFAULT_CALL_CAP
    routes: tuple[Route, ...] = field(default=())


def read(path: Path) -> tuple[Carrier, ...]:
    """All carriers of this node; none when the file is missing. Raises BadCarriers."""
    if not path.exists():
        return ()
    try:
        given = yaml.safe_load(path.read_text("utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadCarriers(f"{path}: {error}") from None
    _only(given, {"carriers"}, str(path))
    carriers = tuple(_carrier(one, f"{path}: carriers[{n}]") for n, one in enumerate(given.get("carriers") or []))
    names = [carrier.name for carrier in carriers]
    if len(set(names)) != len(names):
        raise BadCarriers(f"{path}: two carriers have the same name")
    return carriers


def _carrier(given: Any, where: str) -> Carrier:
    _only(given, {"name", "addresses", "port", "call_cap", "routes"}, where)
    name = _matching(given.get("name"), NAME, f"{where}.name")
    addresses = tuple(_address(one, f"{where}.addresses") for one in given.get("addresses") or [])
    if not addresses:
        raise BadCarriers(f"{where}.addresses: at least one address is needed")
    host = addresses[0].split("/")[0]
    return Carrier(
        name=name,
        addresses=addresses,
        contact=f"{f'[{host}]' if ':' in host else host}:{_whole(given, 'port', 5060, 65535, where)}",
        call_cap=_whole(given, "call_cap", DEFAULT_CALL_CAP, 1000, where),
        routes=tuple(_route(one, name, f"{where}.routes[{n}]") for n, one in enumerate(given.get("routes") or [])),
    )


def _route(given: Any, carrier: str, where: str) -> Route:
    _only(given, {"digits", "caller_id"}, where)
    digits = _matching(given.get("digits"), PATTERN, f"{where}.digits")
    if any(_may_match(digits, number) for number in EMERGENCY):
        raise BadCarriers(f"{where}.digits: {digits} would reach an emergency number")
    shown = _matching(given.get("caller_id"), NUMBER, f"{where}.caller_id")
    return Route(digits=digits, caller_id=shown, carrier=carrier)


def _may_match(digits: str, number: str) -> bool:
    """Whether Asterisk's pattern takes this number. X is 0-9, Z is 1-9, N is 2-9."""
    classes = {"X": "[0-9]", "Z": "[1-9]", "N": "[2-9]"}
    return re.fullmatch("".join(classes.get(sign, sign) for sign in digits), number) is not None


def _only(given: Any, known: set[str], where: str) -> None:
    if not isinstance(given, dict):
        raise BadCarriers(f"{where}: names with values are expected")
    unknown = sorted(str(key) for key in set(given) - known)
    if unknown:
        raise BadCarriers(f"{where}: unknown {', '.join(unknown)}; known: {', '.join(sorted(known))}")


def _matching(value: Any, form: re.Pattern[str], where: str) -> str:
    text = str(value)
    if not isinstance(value, str | int) or form.fullmatch(text) is None:
        raise BadCarriers(f"{where}: {value!r} does not have the form {form.pattern} (put numbers in quotes)")
    return text


def _address(value: Any, where: str) -> str:
    try:
        return str(ipaddress.ip_network(str(value), strict=False)).removesuffix("/32").removesuffix("/128")
    except ValueError as error:
        raise BadCarriers(f"{where}: {error}") from None


def _whole(given: dict[str, Any], name: str, default: int, most: int, where: str) -> int:
    value = given.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise BadCarriers(f"{where}.{name}: {value!r} must be a whole number from 1 to {most}")
    return value
