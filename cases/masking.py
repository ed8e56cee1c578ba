"""What may be shown of a caller, and to whom; everything is masked unless a rule says otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

MOBILE_DIGITS = 11
SHORT = 7


class Role(StrEnum):
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    HANDLER = "handler"
    ADMIN = "admin"
    DIRECTOR = "director"
    LINKAGE = "linkage"
    """The systems of 110, 119, 120 and 122: they read the records of emergencies, and nothing else."""


MAY_REVEAL = {Role.AGENT, Role.SUPERVISOR}
"""Who may ask for a number in clear; each time is audited."""
MAY_REVEAL_CONFIDENTIAL = {Role.SUPERVISOR}
"""Who may when the caller asked for secrecy: never a handler, so that an informant stays unknown to them."""
MAY_READ_EMERGENCIES = {Role.SUPERVISOR, Role.LINKAGE}
"""Who may read the record of any emergency, with the number in clear; an agent may read those of the own presses."""
MAY_PLAY = {Role.SUPERVISOR}
"""Who may play any recording; an agent may play those of the own calls."""


def mask_number(number: str) -> str:
    """138****6027; a fixed line keeps its area code, a short number only its last digit; withheld: 未知号码."""
    digits = number.strip()
    if not digits:
        return "未知号码"
    if len(digits) < SHORT:
        return "*" * (len(digits) - 1) + digits[-1]
    head = 3 if len(digits) == MOBILE_DIGITS and not digits.startswith("0") else len(digits) - 8
    return f"{digits[: max(head, 0)]}****{digits[-4:]}"


def mask_name(name: str) -> str:
    """张三 → 张*, 欧阳娜娜 → 欧***, John Smith → J*********; an unknown name stays empty."""
    text = name.strip()
    return text[:1] + "*" * min(len(text) - 1, 9) if text else ""


def may_reveal(roles: Iterable[str], *, confidential: bool) -> bool:
    """Whether someone with these roles may see a caller's number and name in clear."""
    return bool(set(roles) & (MAY_REVEAL_CONFIDENTIAL if confidential else MAY_REVEAL))


def may_read_emergency(roles: Iterable[str], *, own_press: bool) -> bool:
    """Whether someone with these roles may read an emergency's record."""
    held = set(roles)
    return bool(held & MAY_READ_EMERGENCIES) or (own_press and Role.AGENT in held)


def may_call_back(roles: Iterable[str], *, confidential: bool) -> bool:
    """Whether the record may show the caller's number in clear: the services called have it from the call itself."""
    return Role.LINKAGE in set(roles) or may_reveal(roles, confidential=confidential)


def may_play(roles: Iterable[str], *, own_call: bool) -> bool:
    """Whether someone with these roles may play a recording."""
    held = set(roles)
    return bool(held & MAY_PLAY) or (own_call and Role.AGENT in held)
