"""The typed keys of everything the web application carries."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from jinja2 import Environment

from agent_desktop.board import Boards
from agent_desktop.cards import Cards
from agent_desktop.case_desk import CaseDesk
from agent_desktop.chores import Chores
from agent_desktop.control import Control
from agent_desktop.database_watch import DatabaseWatch
from agent_desktop.desk import Surroundings
from agent_desktop.desks import Desks
from agent_desktop.drafts import Drafts
from agent_desktop.login_limits import LoginLimits
from agent_desktop.orders import Orders
from agent_desktop.plays import Plays
from agent_desktop.ports import (
    Agents,
    Audit,
    Callbacks,
    CaseSpool,
    CaseStore,
    Dialling,
    Directory,
    Emergencies,
    LocalDrafts,
    Recordings,
)
from agent_desktop.sessions import Sessions
from agent_desktop.static_files import StaticFiles


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneLine:
    """How a desk's browser reaches Asterisk."""

    domain: str
    secure_url: str
    loopback_url: str
    ice_gathering_ms: int
    password: Callable[[str, int], str]
    """SIP password of (agent id, generation)."""
    ice_servers: Callable[[str], Sequence[Mapping[str, object]]] = lambda agent: ()
    """TURN servers with this agent's own log-in, in the words of RTCConfiguration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything that the desk is given by the house; the ports are wired in `hotline`."""

    centre_name: str
    release: str
    test_mode: Callable[[], bool]
    host_names: frozenset[str]
    session_secret: bytes
    session_seconds: int
    logouts: Path
    """The file of sessions that were ended before their time."""
    static_root: Path
    control_socket: Path
    phone: PhoneLine
    agents: Agents
    cases: CaseStore
    recordings: Recordings
    emergencies: Emergencies
    audit: Audit
    spool: CaseSpool
    local_drafts: LocalDrafts
    callbacks: Callbacks
    dialling: Dialling
    directory: Directory
    number_hash: Callable[[str], str]
    clock: Callable[[], float]
    pause_reasons: tuple[str, ...]
    desk_grace: float = 2.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Listeners:
    """Where to serve; without TLS only the loopback is served."""

    https_address: str
    https_port: int
    tls: ssl.SSLContext | None
    http_port: int


CONFIG = web.AppKey("config", Config)
SESSIONS = web.AppKey("sessions", Sessions)
PLAYS = web.AppKey("plays", Plays)
LIMITS = web.AppKey("limits", LoginLimits)
PAGES = web.AppKey("pages", Environment)
STATIC = web.AppKey("static", StaticFiles)
CONTROL = web.AppKey("control", Control)
CHORES = web.AppKey("chores", Chores)
CARDS = web.AppKey("cards", Cards)
DESKS = web.AppKey("desks", Desks)
ORDERS = web.AppKey("orders", Orders)
BOARDS = web.AppKey("boards", Boards)
DATABASE = web.AppKey("database", DatabaseWatch)
AROUND = web.AppKey("around", Surroundings)
DRAFTS = web.AppKey("drafts", Drafts)
CASES = web.AppKey("cases", CaseDesk)
