"""The desks that Asterisk knows: two files in `etc/agents`, written from the list of agents and loaded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hotline.runtime.asterisk_config import put
from hotline.runtime.asterisk_values import conf_value
from hotline.settings import Settings

BROWSER, PHONE = "browser", "phone"
RELOADS = ("module reload res_pjsip.so", "queue reload all")
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


def render_queues(desks: Sequence[Desk]) -> str:
    """A queue for each agent alone. Raises UnsafeValue."""
    return MARK + "".join(_own_queue(desk) for desk in sorted(desks, key=lambda desk: desk.extension))


def write(settings: Settings, desks: Sequence[Desk]) -> bool:
    """Put the files in place; whether one differs from before (then `RELOADS` are due)."""
    files = {"pjsip_agents.conf": render(desks), "queues_agents.conf": render_queues(desks)}
    changed = [_write(settings, name, text) for name, text in files.items()]
    return any(changed)


def _write(settings: Settings, name: str, text: str) -> bool:
    target = settings.home / "etc/agents" / name
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
    for reload in RELOADS:
        console(reload)
    return True


def _own_queue(desk: Desk) -> str:
    agent, number = conf_value(desk.agent), conf_value(desk.extension)
    interface = f"PJSIP/{number}"
    return f"\n[hlp-{agent}](hl-personal)\nmember = {interface},0,{agent},{interface}\n"


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
