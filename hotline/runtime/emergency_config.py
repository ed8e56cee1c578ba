"""What the templates of Asterisk need to know of the emergency routes."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from hotline.runtime import emergency_routes
from hotline.runtime.emergency_routes import SERVICES, EmergencyRoutes, Route
from hotline.settings import Settings

OPERATORS_FROM, OPERATORS = 20, 4
"""In test mode an operator is one of these phones."""
TEST_PHONES = 30
DEAD_AFTER = 4
"""Seconds without any answer of a route's switch: not even that it rings."""
QUALIFY_EVERY, QUALIFY_EVERY_IN_TEST = 5, 3
QUALIFY_SECONDS = 2


def values(settings: Settings, carriers: Collection[str], *, test_mode: bool, first_number: int) -> dict[str, object]:
    """Raises BadPlan when the routes cannot be used. `first_number` is that of test phone 0."""
    routes = emergency_routes.read(emergency_routes.file_of(settings), None if test_mode else carriers)
    lines = _Lines(settings, test_mode, first_number)
    ways = list(_ways(routes, lines))
    return {
        "emergency_services": SERVICES,
        "emergency_default": routes.default,
        "emergency_districts": [district.key for district in routes.districts],
        "emergency_ways": ways,
        "emergency_lines": [{"name": name, "contact": at} for at, name in lines.known.items()],
        "emergency_ring_seconds": settings.emergency_ring_seconds,
        "emergency_dead_after": DEAD_AFTER,
        "qualify_every": QUALIFY_EVERY_IN_TEST if test_mode else QUALIFY_EVERY,
        "qualify_seconds": QUALIFY_SECONDS,
    }


class _Lines:
    """An endpoint of its own for each place a route leads to, so that each is known to be alive or dead."""

    def __init__(self, settings: Settings, test_mode: bool, first_number: int) -> None:
        self._settings, self._test_mode, self._first = settings, test_mode, first_number
        self.known: dict[str, str] = {}

    def dial_string(self, route: Route, position: int) -> str | None:
        """None for a demonstration route in service: nobody's phone has that number."""
        if self._test_mode:
            phone = self._test_phone(route, position)
            return self._endpoint(f"127.0.0.1:{self._settings.port('phones') + phone}", str(self._first + phone))
        if route.trunk.is_test:
            return None
        if route.trunk.carrier:
            return f"PJSIP/{route.number}@carrier-{route.trunk.carrier}"
        return self._endpoint(route.trunk.address, route.number)

    def _test_phone(self, route: Route, position: int) -> int:
        """A real route is tried out on an operator's phone: no outside line exists in test mode."""
        phone = int(route.number) - self._first
        if route.trunk.is_test and 0 <= phone < TEST_PHONES:
            return phone
        return OPERATORS_FROM + position % OPERATORS

    def _endpoint(self, contact: str, number: str) -> str:
        name = self.known.setdefault(contact, f"hl-route-{len(self.known) + 1}")
        return f"PJSIP/{number}@{name}"


def _ways(routes: EmergencyRoutes, lines: _Lines) -> Iterator[dict[str, object]]:
    """Each route as `district_service_n`, n without gaps: the dialplan counts until there is none."""
    for district in routes.districts:
        for service, each in district.routes.items():
            dialled = [(route, lines.dial_string(route, at)) for at, route in enumerate(each)]
            usable = [(route, dial) for route, dial in dialled if dial is not None]
            for number, (route, dial) in enumerate(usable, 1):
                key = f"{district.key}_{service}_{number}"
                yield {"key": key, "name": route.name, "dial": dial, "shown": route.caller_id}
