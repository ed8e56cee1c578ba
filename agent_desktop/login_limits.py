"""How often a log-in may be tried, per address and per agent, kept in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from agent_desktop.refusals import TooManyTries

_REMEMBERED = 10_000


@dataclass(slots=True)
class _Tries:
    count: int = 0
    forgiven_at: float = 0.0
    blocked_until: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """`free` wrong tries within `window` seconds; then each wait doubles from `first_wait` to `last_wait`."""

    free: int
    window: float
    first_wait: float
    last_wait: float

    def wait_after(self, count: int) -> float:
        over = count - self.free
        return 0.0 if over < 0 else min(self.first_wait * 2 ** min(over, 20), self.last_wait)


PER_AGENT = Allowance(free=5, window=900, first_wait=15, last_wait=900)
# A whole office often shares one address, so an address may err more often than an agent.
PER_ADDRESS = Allowance(free=30, window=300, first_wait=15, last_wait=300)


class LoginLimits:
    """Counts each try before the password is looked at, and forgives it when the password was right."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._tries: dict[tuple[str, str], _Tries] = {}

    def begin(self, agent_id: str, address: str) -> None:
        """Count one try. Raises TooManyTries with the seconds to wait."""
        pairs = self._pairs(agent_id, address)
        now = self._clock()
        wait = max(self._at(key, now).blocked_until - now for key, _ in pairs)
        if wait > 0:
            raise TooManyTries(wait_seconds=int(wait) + 1)
        for key, allowance in pairs:
            self._count(self._at(key, now), allowance, now)

    def forgive(self, agent_id: str, address: str) -> None:
        """The password was right: the agent starts afresh, the address gets this try back."""
        self._tries.pop(("agent", agent_id), None)
        self._give_back(("address", address))

    def void(self, agent_id: str, address: str) -> None:
        """The password could not be checked: nobody is to blame."""
        self._give_back(("agent", agent_id))
        self._give_back(("address", address))

    def _give_back(self, key: tuple[str, str]) -> None:
        if tries := self._tries.get(key):
            tries.count = max(0, tries.count - 1)
            tries.blocked_until = 0.0

    def _at(self, key: tuple[str, str], now: float) -> _Tries:
        if len(self._tries) > _REMEMBERED:
            self._tries = {k: t for k, t in self._tries.items() if t.forgiven_at > now}
        tries = self._tries.setdefault(key, _Tries())
        if tries.forgiven_at <= now:
            tries.count = 0
        return tries

    @staticmethod
    def _count(tries: _Tries, allowance: Allowance, now: float) -> None:
        tries.count += 1
        tries.blocked_until = now + allowance.wait_after(tries.count)
        tries.forgiven_at = max(now + allowance.window, tries.blocked_until)

    @staticmethod
    def _pairs(agent_id: str, address: str) -> list[tuple[tuple[str, str], Allowance]]:
        return [(("agent", agent_id), PER_AGENT), (("address", address), PER_ADDRESS)]
