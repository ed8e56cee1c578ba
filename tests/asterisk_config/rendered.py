"""The two configurations compared whole; `python -m tests.asterisk_config.rendered` accepts them as they are."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from hotline.runtime import agents_config, asterisk_config
from hotline.runtime.agents_config import PHONE, Desk
from hotline.runtime.asterisk_config import Installation
from hotline.settings import Settings

EXPECTED = Path(__file__).with_name("expected")
HOME, ASSETS = "/srv/hotline", "/srv/assets"
PLACED = Installation(
    modules=Path("/srv/asterisk/modules"),
    documentation=Path("/srv/asterisk/documentation"),
    programs=Path("/srv/asterisk/sbin")
)
CARRIERS = """
carriers:
  - name: telecom
    addresses: ["198.51.100.10", "198.51.100.16/28"]
    call_cap: 120
    routes:
      - {digits: "0512XXXXXXXX", caller_id: "051212345"}
      - {digits: "1XXXXXXXXXX", caller_id: "051212345"}
  - name: unicom
    addresses: ["203.0.113.7"]
    port: 5080
"""
DESKS = [
    Desk(agent="1002", extension="1002", name="李强", password="OTHERPASSWORD", device=PHONE),  # noqa: S106
    Desk(agent="1001", extension="1001", name="王敏", password="ONEPASSWORD"),  # noqa: S106
]


@dataclass(frozen=True)
class FixedSecrets:
    ami_events: str = "events-secret"
    ami_actions: str = "actions-secret"


def settings(home: str = HOME, **changes: str) -> Settings:
    return Settings.read({"HOTLINE_HOME": home, "HOTLINE_ASSETS": ASSETS, **changes})


def for_tests() -> dict[str, str]:
    """As `hotline up` leaves it: bound to loopback, no carrier."""
    files = asterisk_config.render(
        settings(), FixedSecrets(), test_mode=True, placed=PLACED, own_addresses=["192.0.2.9", "2001:db8::9"]
    )
    return files | {
        "pjsip_agents.conf": agents_config.render(DESKS),
        "queues_agents.conf": agents_config.render_queues(DESKS),
    }


def in_service() -> dict[str, str]:
    """Out of test mode, on a network, with two carriers."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "etc").mkdir()
        (Path(folder) / "etc/carriers.yaml").write_text(CARRIERS, "utf-8")
        here = settings(folder, HOTLINE_BIND_ADDRESS="192.0.2.9")
        files = asterisk_config.render(here, FixedSecrets(), test_mode=False, placed=PLACED)
        return {name: text.replace(str(here.home), HOME) for name, text in files.items()}


CONFIGURATIONS = {"test_mode": for_tests, "in_service": in_service}


def accept() -> None:
    for folder, rendered in CONFIGURATIONS.items():
        target = EXPECTED / folder
        target.mkdir(parents=True, exist_ok=True)
        for name, text in rendered().items():
            (target / name).write_text(text, "utf-8")


if __name__ == "__main__":
    accept()
