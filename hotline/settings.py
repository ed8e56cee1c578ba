"""Every setting of a hotline: read once from `hotline.toml` and the environment, then frozen."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
"""The checkout that this program runs from."""


class BadSetting(ValueError):
    """A setting has a value that cannot be used; the text names it and says what is allowed."""


def setting(default: Any, doc: str) -> Any:
    """A field with its documentation beside it; `docs/operator.md` must name every one."""
    return field(default=default, metadata={"doc": doc})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the operator may choose. Paths are absolute; ports follow from `port_base`."""

    home: Path = setting(PROJECT / ".runtime", "Folder that holds all state of this hotline.")
    assets: Path | None = setting(None, "Folder of downloaded and rendered things; default HOME/assets.")
    port_base: int = setting(24000, "First port; every other port is counted from it.")
    centre_id: str = setting("demo", "Short id of the hotline centre (letters, digits, dash).")
    node_number: int = setting(1, "Number of this node in its centre; the node's id is CENTRE-NUMBER.")
    centre_name: str = setting("12345政务服务便民热线", "Name shown on pages.")
    bind_address: str = setting("127.0.0.1", "Address that browsers and phones reach this node at.")
    public_name: str = setting("127.0.0.1", "Host name in the web address and its certificate.")
    tls_certificate: str = setting("", "PEM certificate chain; empty: one is generated with its own CA.")
    tls_key: str = setting("", "PEM key of tls_certificate.")
    asterisk_bin: str = setting("", "Asterisk 22 or newer to use; empty: the private root.")
    pg_bin: str = setting("", "Folder with PostgreSQL's programs; empty: searched.")
    database_url: str = setting("", "postgresql://… of a server of yours; empty: an embedded one.")
    ami_port: int = setting(0, "AMI port that cti connects to, for a tunnel; 0: the one of port_base.")
    debian_mirror: str = setting("", "Mirror for the private Asterisk root; empty: the one apt uses.")
    hotline_uid: int = setting(59561, "User id of ivr, cti and web when the supervisor is root.")
    asterisk_uid: int = setting(59562, "User id of Asterisk when the supervisor is root.")
    menu_profile: str = setting("light", "How much the menu announces: direct, light or full.")
    wrap_up_seconds: int = setting(30, "Wrap-up after a call before the agent is ready again.")
    wrap_up_extensions: int = setting(1, "How often an agent may make one wrap-up longer.")
    wrap_up_extension_seconds: int = setting(60, "How much longer each time.")
    pause_reasons: str = setting("小休,用餐,培训,会议,整理资料,其他", "What an agent may choose; commas between.")
    missed_ring_pauses: bool = setting(True, "An agent who lets a call ring out is paused, and says ready again.")
    tell_agent_supervised: bool = setting(True, "An agent is shown who listens, whispers or barges in.")
    freeze_minutes: int = setting(10, "How long agents stay available by their phones alone while web is away.")
    overflow: str = setting("enterprise>general:60", "QUEUE>QUEUE:SECONDS, commas between: who else is then asked.")
    queue_weights: str = setting("", "QUEUE:WEIGHT, commas between: the greater one gets a shared agent first.")
    turn_url: str = setting("", "TURN server for agents outside, turns:host:443?transport=tcp; commas between.")
    turn_secret: str = setting("", "Secret shared with that server (static-auth-secret); log-ins last as a session.")
    supervisor_ring_seconds: int = setting(20, "How long a supervisor's own phone rings for listening.")
    ring_seconds: int = setting(15, "How long one desk rings before the next is tried.")
    emergency_ring_seconds: int = setting(15, "How long one emergency route rings before the next is tried.")
    specialist_ring_seconds: int = setting(25, "How long one number of a policy specialist rings before the next.")
    specialist_accept: bool = setting(True, "A policy specialist presses 1 before he is connected.")
    silent_line_seconds: int = setting(120, "A caller's or specialist's line without any sound for so long is lost.")
    max_waiting: int = setting(200, "Callers that may wait in one queue.")
    session_hours: int = setting(12, "How long a log-in lasts.")
    callback_pause_seconds: int = setting(300, "A missed caller who was dialled in vain is not dialled again before.")
    callback_menu_seconds: int = setting(10, "Who gives up in the menu after this long is to be called back.")
    recording_pause_seconds: int = setting(120, "A paused recording goes on by itself after this long.")
    recording_keep_days: int = setting(180, "How long recordings are kept; 0: for ever.")
    log_level: str = setting("info", "debug, info, warning or error.")
    test_database: bool = setting(False, "For tests only: the embedded database does not wait for the disk.")

    @classmethod
    def read(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read `$HOTLINE_HOME/hotline.toml`, then let `HOTLINE_<NAME>` win. Raises BadSetting."""
        env = os.environ if environ is None else environ
        home = Path(env.get("HOTLINE_HOME") or PROJECT / ".runtime").resolve()
        given = _from_file(home / "hotline.toml") | _from_environment(env)
        return _checked(cls(**{name: _typed(name, value) for name, value in given.items()} | {"home": home}))

    @property
    def node_id(self) -> str:
        return f"{self.centre_id}-{self.node_number}"

    @property
    def assets_dir(self) -> Path:
        return self.assets or self.home / "assets"

    def port(self, what: str) -> int:
        """The port of one service, by its name in PORTS."""
        return self.port_base + PORTS[what]


PORTS = {
    "web_https": 0,
    "web_http": 1,
    "ami": 2,
    "fastagi": 3,
    "asterisk_http": 4,
    "asterisk_https": 5,
    "postgres": 6,
    "sip": 60,
    "phones": 70,
    "phones_rtp": 400,
    "rtp_first": 1000,
    "rtp_last": 1999,
}

SHORTEST_SILENCE = 10
"""Without it a dead phone would stay in its call for ever, and sound that is late for a moment ends none."""
EVERYWHERE = {"0.0.0.0", "::", "*", ""}
"""No addresses to give to a phone in SDP, and the loopback's own port would be taken."""

_FIELDS = {f.name: f for f in fields(Settings)}
_OUTSIDE = {"asterisk_bin": "ASTERISK_BIN", "pg_bin": "PG_BIN", "database_url": "DATABASE_URL"}


def environment_name(name: str) -> str:
    """The environment variable of one setting."""
    return _OUTSIDE.get(name, f"HOTLINE_{name.upper()}")


def table() -> str:
    """Every setting as a Markdown table, for `docs/operator.md`."""
    rows = [
        f"| `{f.name}` | `{environment_name(f.name)}` | {_shown(f.default)} | {f.metadata['doc']} |"
        for f in fields(Settings)
    ]
    return "\n".join(["| hotline.toml | environment | default | what it is |", "|---|---|---|---|", *rows])


def _shown(default: Any) -> str:
    if isinstance(default, Path):
        return f"`{default.relative_to(PROJECT)}`"
    return "" if default in {"", None} else f"`{default}`"


def _from_file(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        given = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSetting(f"{path}: {error}") from None
    unknown = sorted(set(given) - set(_FIELDS))
    if unknown:
        raise BadSetting(f"{path}: unknown setting {', '.join(unknown)}; known: {', '.join(sorted(_FIELDS))}")
    return given


def _from_environment(env: Mapping[str, str]) -> dict[str, Any]:
    names = {name: environment_name(name) for name in _FIELDS if name != "home"}
    return {name: env[key] for name, key in names.items() if env.get(key)}


def _typed(name: str, value: Any) -> Any:
    kind = str(_FIELDS[name].type)
    if "Path" in kind:
        return Path(value).resolve()
    if kind == "int":
        return _whole(name, value)
    if kind == "bool":
        return value if isinstance(value, bool) else str(value).lower() in {"1", "true", "yes"}
    return str(value)


def _whole(name: str, value: Any) -> int:
    try:
        return int(value)
    except ValueError:
        raise BadSetting(f"{name} must be a whole number, not {value!r}") from None


def _checked(settings: Settings) -> Settings:
    if not 1024 <= settings.port_base <= 30000:
        raise BadSetting(f"port_base {settings.port_base} must be between 1024 and 30000")
    if not settings.centre_id.replace("-", "").isalnum() or not settings.centre_id.isascii():
        raise BadSetting(f"centre_id {settings.centre_id!r} may hold letters, digits and dashes only")
    if settings.bind_address in EVERYWHERE:
        raise BadSetting(f"bind_address must be one address of this machine, not {settings.bind_address!r}")
    if settings.menu_profile not in {"direct", "light", "full"}:
        raise BadSetting(f"menu_profile {settings.menu_profile!r} must be direct, light or full")
    if settings.silent_line_seconds < SHORTEST_SILENCE:
        raise BadSetting(f"silent_line_seconds {settings.silent_line_seconds} must be {SHORTEST_SILENCE} or more")
    return settings
