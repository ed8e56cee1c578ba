"""The ways to 110, 119, 120 and 122, read from `dialplans/routes.yaml`; every mistake with its file and line."""

from __future__ import annotations

import ipaddress
import re
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from hotline.settings import PROJECT, Settings
from ivr.fields import Fields
from ivr.load import NAME, NAME_CURE, BadPlan, open_fields, unless_wrong

SERVICES = ("110", "119", "120", "122")
NUMBER = re.compile(r"[0-9]{3,20}")
CARRIER = re.compile(r"[a-z][a-z0-9-]{0,30}")
TITLE = re.compile(r"[\w ./-]{1,30}")
"""Names travel through channel variables and event headers: letters, digits and a few signs."""
MOST_ROUTES = 6
SIP_PORT = 5060


@dataclass(frozen=True, slots=True, kw_only=True)
class Trunk:
    """The line that a route takes: a carrier's, a switch of the emergency centre's own, or a test phone."""

    carrier: str = ""
    address: str = ""

    @property
    def is_test(self) -> bool:
        return not self.carrier and not self.address


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One way to an operator: what a desk shows, what is dialled, over which line and as whom.

    Without `caller_id` the operator sees the caller's own number.
    """

    name: str
    number: str
    trunk: Trunk
    caller_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    """For each service its routes in the order in which they are tried."""

    key: str
    name: str
    routes: dict[str, tuple[Route, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyRoutes:
    default: str
    districts: tuple[District, ...]

    def every(self) -> Iterator[Route]:
        for district in self.districts:
            for routes in district.routes.values():
                yield from routes


def file_of(settings: Settings) -> Path:
    """A centre's own file wins over the one that ships, so that an update never overwrites it."""
    own = settings.home / "etc/routes.yaml"
    return own if own.exists() else PROJECT / "dialplans/routes.yaml"


def read(path: Path, carriers: Collection[str] | None = None, shown_as: str | None = None) -> EmergencyRoutes:
    """Every district with its routes. Raises BadPlan. Without `carriers` their names are not compared."""
    fields = open_fields(path, shown_as)
    default = fields.text("default")
    districts = _districts(fields, carriers)
    fields.refuse_the_rest()
    if default not in {district.key for district in districts}:
        known = "、".join(district.key for district in districts)
        fields.wrong("default", f"没有区县“{default}”", f"请改为已有区县之一：{known}")
    return unless_wrong(EmergencyRoutes(default=default, districts=districts), fields)


def unreachable(routes: EmergencyRoutes) -> list[str]:
    """`district 110` for each service that has demonstration routes only."""
    return [
        f"{district.name} {service}"
        for district in routes.districts
        for service, each in district.routes.items()
        if all(route.trunk.is_test for route in each)
    ]


def check(settings: Settings, path: Path) -> int:
    """For `hotline plan check`: 0 when the routes can be used, 1 with every mistake on stderr."""
    if not path.exists():
        return 0
    own = file_of(settings)
    checked = own if own.parent == settings.home / "etc" else path
    try:
        routes = read(checked, shown_as=str(checked))
    except BadPlan as bad:
        print(bad, file=sys.stderr)
        return 1
    print(f"应急线路没有问题：{len(routes.districts)}个区县，{len(list(routes.every()))}条线路。")
    return 0


def _districts(fields: Fields, carriers: Collection[str] | None) -> tuple[District, ...]:
    group = fields.group("districts")
    if group is None:
        return ()
    return tuple(_district(key, block, carriers) for key in group.names() if (block := group.group(key)))


def _district(key: str, block: Fields, carriers: Collection[str] | None) -> District:
    if not NAME.fullmatch(key):
        block.wrong("", f"区县代号“{key}”不合规", NAME_CURE)
    name = _title(block)
    services = block.group("routes")
    routes = {service: _routes(services, service, carriers) for service in SERVICES} if services else {}
    if services:
        services.refuse_the_rest()
    block.refuse_the_rest()
    return District(key=key, name=name, routes=routes)


def _routes(services: Fields, service: str, carriers: Collection[str] | None) -> tuple[Route, ...]:
    blocks = services.blocks(service)
    if len(blocks) > MOST_ROUTES:
        services.wrong(service, f"{service}的线路多于{MOST_ROUTES}条", "请只保留最可靠的几条")
    return tuple(_route(block, carriers) for block in blocks)


def _route(block: Fields, carriers: Collection[str] | None) -> Route:
    name, number = _title(block), block.text("number")
    if not NUMBER.fullmatch(number):
        block.wrong("number", f"号码“{number}”不合规", "请只写数字（3到20位）并加引号")
    shown = block.text("caller_id", "")
    if shown and not NUMBER.fullmatch(shown):
        block.wrong("caller_id", f"外显号码“{shown}”不合规", "请只写数字（3到20位）并加引号")
    trunk = _trunk(block, carriers)
    block.refuse_the_rest()
    return Route(name=name, number=number, trunk=trunk, caller_id=shown)


def _trunk(block: Fields, carriers: Collection[str] | None) -> Trunk:
    given = block.text("trunk", "")
    if not given:
        return Trunk()
    if CARRIER.fullmatch(given):
        if carriers is not None and given not in carriers:
            block.wrong("trunk", f"没有运营商“{given}”", "请改为 etc/carriers.yaml 中的名称，或写对方设备的地址")
        return Trunk(carrier=given)
    address = _address(given)
    if address is None:
        block.wrong("trunk", f"线路“{given}”不合规", "请写运营商名称，或 10.1.2.3、10.1.2.3:5060 这样的地址")
    return Trunk(address=address or "")


def _address(given: str) -> str | None:
    """`host:port` of an IP address; None for what is none."""
    host, _, port = given.partition(":")
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return None
    if port and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        return None
    return f"{host}:{port or SIP_PORT}"


def _title(block: Fields) -> str:
    name = block.text("name")
    if name and not TITLE.fullmatch(name):
        block.wrong("name", f"名称“{name}”不合规", "请用30字以内的汉字、字母、数字，不要用其他标点")
    return name
