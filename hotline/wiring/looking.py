"""Asks Asterisk what is there, whenever one of the two AMI sessions is new."""

from __future__ import annotations

import asyncio

import structlog

from cti.asterisk.asked import AmiError, AmiTimeout, NotConnected
from cti.asterisk.connection import Account, AmiConnection
from cti.asterisk.snapshot import take
from cti.engine import Engine

AGAIN = 1.0

log = structlog.get_logger("cti")


class Looking:
    """The session that hears asks; what it finds is put right by the session that acts.

    So a look is due after each log-in of either: the one that was first found the other still away.
    """

    def __init__(self, tasks: asyncio.TaskGroup) -> None:
        self._tasks = tasks
        self._hearing: tuple[AmiConnection, Engine] | None = None

    def hears(self, account: Account, engine: Engine) -> AmiConnection:
        connection = AmiConnection(account, on_event=engine.on_message, on_up=self.look, on_down=engine.on_lost)
        self._hearing = connection, engine
        return connection

    def look(self, _generation: int) -> None:
        """After any log-in; never waits."""
        if self._hearing is not None and self._hearing[0].up:
            self._tasks.create_task(_look(*self._hearing), name="snapshot")


async def _look(connection: AmiConnection, engine: Engine) -> None:
    """Ask until answered, or until a newer session asks itself."""
    generation = connection.generation
    while connection.up and connection.generation == generation:
        try:
            await take(connection, generation, engine.clock.now, engine.on_snapshot)
        except (NotConnected, AmiTimeout, AmiError) as error:
            log.warning("snapshot_failed", reason=str(error))
            await asyncio.sleep(AGAIN)
        else:
            return
