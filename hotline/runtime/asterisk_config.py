"""Asterisk's own files: rendered from `asterisk-config/*.j2` and put in place whole."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cti.core.directory import SPECIALIST, Entry
from cti.core.skills import OVERFLOW
from hotline import directory
from hotline.runtime import addresses, asterisk_root, carriers, emergency_config, queue_rules, small_writes
from hotline.runtime.asterisk_values import Trusted, conf_value
from hotline.settings import PORTS, PROJECT, Settings

TEMPLATES = PROJECT / "asterisk-config"
QUEUES = queue_rules.QUEUES
LONGEST_NUMBER = 24
LONGEST_NAME = 72
OLDEST_BEAT = 3
LONGEST_HOLD = 600
PERSONAL_SECONDS = 15
"""How long a caller waits for the agent whose line was lost, before anybody may take him."""
LOST_PRIORITY = 50
SUPERVISION_NAME = "班长监听"
"""What a plain phone of a supervisor shows; a page answers by itself."""
SILENT_DESK = 10
"""A browser that vanishes without a word is noticed after so many seconds without sound."""
SILENT_HOLD = 1800
"""A phone that holds a call by a key of its own may be silent for so long."""
DEAD_OPERATOR = 60
"""Not one packet for so long, from a line that does not answer either: then nobody is alive there."""
TRANSFERRED_PRIORITY = 20
"""Who was sent on has waited once; a lost agent's caller has 50."""
MOST_RETURNS = 20
"""How often one caller may fall out of his room and be brought back, before a queue takes him."""
TEST_NUMBERS_FROM = 990070
"""Test phone n listens on port base+n and has the number 990000+n: no real line has six such digits."""
CHANNELS_A_CALL = 2
LEG_REASONS = (
    (0, "cancelled"), (16, "cancelled"), (26, "cancelled"), (17, "busy"), (18, "unanswered"), (19, "unanswered"),
    (1, "dead"), (28, "dead"), (3, "dead"), (20, "dead"), (27, "dead"), (38, "dead"), (41, "dead"), (102, "dead"),
)  # fmt: skip
"""Why a leg was never answered, by Q.850 cause; every other cause is a refusal."""

READ_EVENTS = (
    "AgentCalled", "AgentConnect", "AgentRingNoAnswer", "BridgeEnter", "BridgeLeave", "ChanSpyStart", "ChanSpyStop",
    "ConfbridgeJoin", "ConfbridgeMute", "ConfbridgeUnmute", "ContactStatus", "DTMFEnd", "FullyBooted", "Hangup",
    "HangupRequest", "Hold", "MixMonitorStart", "MusicOnHoldStart", "QueueCallerAbandon", "QueueCallerJoin",
    "QueueCallerLeave", "Shutdown", "SoftHangupRequest", "Unhold", "UserEvent",
)  # fmt: skip
"""What cti hears, by name; every other event is left out of the stream."""

NARROWED_EVENTS = {"MusicOnHoldStart": (Trusted(",header(Context),method(exact)"), " hl-hold")}
"""Of these only a part is sent: music in a queue is no hold."""

UNREAD_EVENTS = (
    "BridgeCreate", "BridgeDestroy", "CEL", "Cdr", "ConfbridgeLeave", "DTMFBegin",
    "DeviceStateChange", "DialBegin", "DialEnd", "DialState", "ExtensionStatus", "HangupHandlerPop",
    "HangupHandlerPush", "HangupHandlerRun", "MixMonitorStop", "MusicOnHoldStop", "NewAccountCode",
    "NewCallerid", "NewConnectedLine", "Newchannel", "Newexten", "Newstate", "PeerStatus", "QueueMemberAdded",
    "QueueMemberPause", "QueueMemberRemoved", "QueueMemberStatus", "RTCPReceived", "RTCPSent", "SuccessfulAuth",
    "TestEvent", "VarSet",
)  # fmt: skip
"""Frequent events that are not even built."""

DECLINED_MESSAGES = (
    "agi_exec_end_type", "agi_exec_start_type", "ast_channel_varset_type", "ast_rtp_rtcp_received_type",
    "ast_rtp_rtcp_sent_type", "ast_test_suite_message_type",
)  # fmt: skip
"""Each goes through the manager's one queue, read or not. It does not start without the other types."""

DIALLED_PATTERNS = ("_X!", "_+X!", "_[*#]!", "s")
CONTROL_CHARACTERS = "".join(f"\\\\x{code:02x}" for code in [*range(1, 32), 127])
CONTROLS = "\x01-\x1f"
"""The same as a range between the brackets of a regular expression, which knows no escapes."""
BACKSLASH = "\\\\x5c"
"""REPLACE() takes escapes only, and its arguments lose one level of them before."""


class AmiSecrets(Protocol):
    """The part of the hotline's secrets that Asterisk must know."""

    @property
    def ami_events(self) -> str: ...
    @property
    def ami_actions(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """Where the Asterisk in use keeps its modules, its documentation and its programs."""

    modules: Path
    documentation: Path
    programs: Path


class NoInstallation(RuntimeError):
    """Asterisk's modules were not found; the text says where they were looked for."""


def silence_by_role(settings: Settings) -> dict[str, float]:
    """Seconds without sound after which Asterisk gives a leg up; an operator's it never does."""
    line = float(settings.silent_line_seconds)
    return {"agent": SILENT_DESK, "supervisor": SILENT_DESK, "caller": line, "specialist": line, "centre": line}


def installation(settings: Settings) -> Installation:
    """Found beside `ASTERISK_BIN`, else in the private root. Raises NoInstallation."""
    if settings.asterisk_bin:
        programs = Path(settings.asterisk_bin).resolve().parent
        prefix = programs.parent
        roots = [prefix / "lib", Path("/usr/lib")]
        data = [prefix / "share/asterisk", Path("/usr/share/asterisk"), Path("/var/lib/asterisk")]
    else:
        root = asterisk_root.root(settings)
        programs, roots, data = root / "usr/sbin", [root / "usr/lib"], [root / "usr/share/asterisk"]
    modules = [found for at in roots for found in [at / "asterisk/modules", *sorted(at.glob("*/asterisk/modules"))]]
    return Installation(
        modules=_first(path for path in modules if (path / "chan_pjsip.so").exists()),
        documentation=_first(path for at in data if (path := at / "documentation").is_dir()),
        programs=programs,
    )


def _first(paths: Iterable[Path]) -> Path:
    for path in paths:
        return path
    raise NoInstallation("Asterisk 的模块或文档目录没有找到 (chan_pjsip.so, documentation/)")


def render(
    settings: Settings,
    secrets: AmiSecrets,
    *,
    test_mode: bool,
    placed: Installation | None = None,
    own_addresses: list[str] | None = None,
) -> dict[str, str]:
    """Every file of `etc/asterisk` by name. Raises UnsafeValue, BadCarriers, NoInstallation.

    In test mode no carrier is rendered and `hl-outbound` knows the test phones of this machine alone,
    so it holds with every process of ours stopped.
    """
    values = _values(settings, secrets, placed or installation(settings), test_mode)
    values["addresses_shown_as_bound"] = _shown_as_bound(settings, own_addresses)
    jinja = Environment(
        loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, finalize=conf_value,
        autoescape=False, trim_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    names = sorted(path.name for path in TEMPLATES.glob("*.conf.j2"))
    return {name.removesuffix(".j2"): jinja.get_template(name).render(values) for name in names}


def _values(settings: Settings, secrets: AmiSecrets, placed: Installation, test_mode: bool) -> dict[str, object]:
    trunks = () if test_mode else carriers.read(settings.home / "etc/carriers.yaml")
    far = settings.bind_address != "127.0.0.1"
    channels = (PORTS["rtp_last"] - PORTS["rtp_first"]) // CHANNELS_A_CALL - 20
    return {
        "home": str(settings.home),
        "assets": str(settings.assets_dir),
        "installation": {"modules": str(placed.modules), "programs": str(placed.programs)},
        "node_id": settings.node_id,
        "stamp_offset": len(settings.node_id) + 1,
        "bind_address": settings.bind_address,
        "ports": {name: settings.port(name) for name in PORTS} | {"ami": settings.port("ami")},
        "most_channels": channels,
        "ami_events": secrets.ami_events,
        "ami_actions": secrets.ami_actions,
        "read_events": READ_EVENTS,
        "narrowed": NARROWED_EVENTS,
        "unread_events": UNREAD_EVENTS,
        "declined_messages": DECLINED_MESSAGES,
        "queues": QUEUES,
        "queue_weights": queue_rules.weights(settings),
        "overflows": queue_rules.overflows(settings),
        "own_penalties": OVERFLOW - 1,
        "all_penalties": OVERFLOW * 2 - 1,
        "personal_seconds": PERSONAL_SECONDS,
        "personal_weight": queue_rules.OWN_QUEUE_WEIGHT,
        "lost_priority": LOST_PRIORITY,
        "supervisor_ring_seconds": settings.supervisor_ring_seconds,
        "supervision_name": SUPERVISION_NAME,
        "first_queue": QUEUES[0],
        "ring_seconds": settings.ring_seconds,
        "silent_desk_seconds": SILENT_DESK,
        "silent_line_seconds": settings.silent_line_seconds,
        "silent_hold_seconds": SILENT_HOLD,
        "dead_operator_seconds": DEAD_OPERATOR,
        "max_waiting": settings.max_waiting,
        "test_mode": test_mode,
        "test_transport": test_mode and far,
        "test_phone_transport": "transport-test" if far else "transport-udp",
        "test_phones": _test_phones(settings) if test_mode else [],
        "carriers": trunks,
        "routes": [_trusting(route) for carrier in trunks for route in carrier.routes],
        "dialled_patterns": [Trusted(pattern) for pattern in DIALLED_PATTERNS],
        "control_characters": Trusted(CONTROL_CHARACTERS),
        "controls": Trusted(CONTROLS),
        "backslash": Trusted(BACKSLASH),
        "fallback_reasons": ("beat", "agi"),
        "longest_number": LONGEST_NUMBER,
        "longest_name": LONGEST_NAME,
        "oldest_beat": OLDEST_BEAT,
        "longest_hold": LONGEST_HOLD,
        "most_returns": MOST_RETURNS,
        "transferred_priority": TRANSFERRED_PRIORITY,
        "specialist_ring_seconds": settings.specialist_ring_seconds,
        "directory": [_entry(entry, settings) for entry in directory.of(settings, findable=False)],
        "leg_reasons": LEG_REASONS,
    } | emergency_config.values(
        settings, {carrier.name for carrier in trunks}, test_mode=test_mode, first_number=TEST_NUMBERS_FROM
    )


def _entry(entry: Entry, settings: Settings) -> dict[str, object]:
    return {
        "id": entry.id,
        "numbers": ":".join(entry.numbers),
        "label": entry.department_name,
        "department": entry.department,
        "kind": entry.kind,
        "accept": int(entry.kind == SPECIALIST and settings.specialist_accept),
    }


def _trusting(route: carriers.Route) -> dict[str, str]:
    return {"pattern": Trusted(route.pattern), "caller_id": route.caller_id, "carrier": route.carrier}


def _test_phones(settings: Settings) -> list[dict[str, object]]:
    first = PORTS["phones"]
    return [
        {"number": str(TEST_NUMBERS_FROM - first + offset), "port": settings.port_base + offset}
        for offset in range(first, first + 30)
    ]


def _shown_as_bound(settings: Settings, own: list[str] | None) -> list[str]:
    if settings.bind_address != "127.0.0.1":
        return []
    return addresses.reachable() if own is None else own


def write(settings: Settings, files: Mapping[str, str], *, placed: Installation | None = None) -> None:
    """Put the rendered files in place, each at once and 0640, and the folder Asterisk finds sounds in."""
    target = settings.home / "etc/asterisk"
    target.mkdir(parents=True, exist_ok=True)
    target.chmod(0o2750)
    for name, text in files.items():
        put(target / name, text)
    for stale in set(target.glob("*.conf")) - {target / name for name in files}:
        stale.unlink()
    _link_sounds(settings, placed or installation(settings))
    small_writes.place(settings.home / "etc/asterisk-data")


def put(path: Path, text: str) -> None:
    """Write one file so that a reader sees the old or the new one, never half of it."""
    fresh = path.with_name(f".{path.name}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(descriptor, 0o640)
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    os.replace(fresh, path)


def _link_sounds(settings: Settings, placed: Installation) -> None:
    """Asterisk looks for its documentation and for sounds/zh below one folder."""
    shared = settings.home / "etc/asterisk-data"
    for folder in ("sounds", "keys"):
        (shared / folder).mkdir(parents=True, exist_ok=True)
    _link(shared / "documentation", placed.documentation)
    _link(shared / "sounds/zh", settings.assets_dir / "prompts/zh/by-key")


def _link(path: Path, to: Path) -> None:
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(to)
    os.replace(fresh, path)
