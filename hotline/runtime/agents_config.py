"""The desks that Asterisk knows: `etc/agents/pjsip_agents.conf`, written from the list of agents and loaded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hotline.runtime.asterisk_config import put
from hotline.runtime.asterisk_values import conf_value
from hotline.settings import Settings

BROWSER, PHONE = "browser", "phone"
RELOAD = "module reload res_pjsip.so"
MARK = "; desks: written by the hotline from its agents; changes made here are lost\n"


class BadDesk(ValueError):
    """A desk cannot be written down; the text says which and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What Asterisk must know of one agent. `device`: a browser (WebRTC), or a plain SIP phone."""

    agent: str
    extension: str
    name: str
    password: str
    device: str = BROWSER


def render(desks: Sequence[Desk]) -> str:
    """The whole file, in the order of extensions. Raises BadDesk or UnsafeValue."""
    taken = [desk.extension for desk in desks]
    if len(set(taken)) != len(taken):
        raise BadDesk("two desks have the same extension")
    return MARK + "".join(_sections(desk) for desk in sorted(desks, key=lambda desk: desk.extension))


def write(settings: Settings, desks: Sequence[Desk]) -> bool:
    """Put the file in place; whether it differs from the one before (then `reload` is due)."""
    target = settings.home / "etc/agents/pjsip_agents.conf"
    text = render(desks)
    if target.exists() and target.read_text("utf-8") == text:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    put(target, text)
    return True


def apply(settings: Settings, desks: Sequence[Desk], console: Callable[[str], str]) -> bool:
    """Write the desks and let a running Asterisk take them up over its local control socket.

    Calls and registrations go on. `console` says one console command; what it raises passes through.
    """
    if not write(settings, desks):
        return False
    console(RELOAD)
    return True


def _sections(desk: Desk) -> str:
    if not (desk.extension.isascii() and desk.extension.isdigit() and len(desk.extension) == 4):
        raise BadDesk(f"extension {desk.extension!r} must have four digits")
    if desk.device not in {BROWSER, PHONE}:
        raise BadDesk(f"device {desk.device!r} must be {BROWSER} or {PHONE}")
    number, agent, name, password = (conf_value(v) for v in (desk.extension, desk.agent, desk.name, desk.password))
    return (
        f"\n[{number}](hl-desk-{desk.device})\n"
        f"auth = {number}\n"
        f"aors = {number}\n"
        f'callerid = "{name}" <{number}>\n'
        f"set_var = AGENT_ID={agent}\n"
        f"\n[{number}](hl-desk-login)\n"
        f"username = {number}\n"
        f"password = {password}\n"
        f"\n[{number}](hl-desk-place)\n{_asked_often(desk)}"
    )


def _asked_often(desk: Desk) -> str:
    """After a restart Asterisk counts a remembered contact as gone until it answered; browsers register anew."""
    return "qualify_frequency = 5\n" if desk.device == PHONE else ""
