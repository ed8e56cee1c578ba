"""The web application of the desk, made of its parts, and where it listens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from time import monotonic

from aiohttp import web

from agent_desktop import access, keys, pages, routes, security
from agent_desktop.api.reading import LONGEST_BODY
from agent_desktop.board import Boards
from agent_desktop.cards import Cards
from agent_desktop.case_desk import CaseDesk
from agent_desktop.chores import Chores
from agent_desktop.control import Control
from agent_desktop.database_watch import DatabaseWatch
from agent_desktop.desk import Surroundings
from agent_desktop.desks import Desks
from agent_desktop.drafts import Drafts
from agent_desktop.keys import Config, Listeners
from agent_desktop.login_limits import LoginLimits
from agent_desktop.logouts import Logouts
from agent_desktop.names import Names
from agent_desktop.orders import Orders
from agent_desktop.plays import Plays
from agent_desktop.sessions import Sessions
from agent_desktop.static_files import StaticFiles

_STOP_SECONDS = 2.0


def make_app(config: Config) -> web.Application:
    """The application around its ports; its background work runs between start-up and clean-up."""
    middlewares = [security.headers, security.refusals, access.guard]
    app = web.Application(middlewares=middlewares, client_max_size=LONGEST_BODY)
    app[keys.CONFIG] = config
    _add_login(app, config)
    _add_pages(app, config)
    _add_desks(app, config)
    _add_cases(app, config)
    routes.add_to(app)
    for work in _background(app):
        app.cleanup_ctx.append(_running(work))
    app.on_shutdown.append(_close_desks)
    return app


async def serve(app: web.Application, listeners: Listeners, ready: Callable[[], None]) -> None:
    """Serve until cancelled: HTTPS for the world, plain HTTP for the loopback only."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_STOP_SECONDS)
    await runner.setup()
    try:
        if listeners.tls is not None:
            address, port = listeners.https_address, listeners.https_port
            await web.TCPSite(runner, address, port, ssl_context=listeners.tls).start()
        await web.TCPSite(runner, "127.0.0.1", listeners.http_port).start()
        ready()
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


def _add_login(app: web.Application, config: Config) -> None:
    kept = Logouts(config.logouts)
    app[keys.SESSIONS] = Sessions(config.session_secret, config.clock, config.session_seconds, kept)
    app[keys.LIMITS] = LoginLimits(monotonic)
    app[keys.PLAYS] = Plays()


def _add_pages(app: web.Application, config: Config) -> None:
    app[keys.STATIC] = StaticFiles(config.static_root)
    app[keys.PAGES] = pages.environment(config.centre_name, config.release, app[keys.STATIC].url)


def _add_desks(app: web.Application, config: Config) -> None:
    app[keys.CHORES] = chores = Chores()
    app[keys.CONTROL] = control = Control(config.control_socket, config.clock)
    app[keys.CARDS] = cards = Cards(config.cases, config.number_hash, chores)
    app[keys.DATABASE] = database = DatabaseWatch(config.cases)
    app[keys.ORDERS] = orders = Orders(
        control, chores, audit=config.audit, callbacks=config.callbacks, dialling=config.dialling
    )
    app[keys.DESKS] = desks = Desks(control, cards, chores, orders, grace=config.desk_grace)
    database.tell(desks.database_changed)
    app[keys.AROUND] = around = Surroundings(
        control=control,
        cards=cards,
        database=database,
        sessions=app[keys.SESSIONS],
        names=_names(config),
        test_mode=config.test_mode,
        release=config.release,
        clock=config.clock,
    )
    app[keys.BOARDS] = boards = Boards(around, config.agents, lambda agent_id: desks.desk_of(agent_id) is not None)
    desks.tell_seats(boards.seat_moved)


def _names(config: Config) -> Names:
    def agent(agent_id: str) -> str:
        record = config.agents.find(agent_id)
        return record.name if record else agent_id

    def entry(entry_id: str) -> str:
        entries = config.directory.entries(datetime.fromtimestamp(config.clock(), UTC))
        return next((f"{each.department}{each.name}" for each in entries if each.id == entry_id), entry_id)

    return Names(agent=agent, entry=entry)


def _add_cases(app: web.Application, config: Config) -> None:
    app[keys.DRAFTS] = Drafts(config.cases, config.local_drafts, config.clock)
    app[keys.CASES] = case_desk = CaseDesk(
        cases=config.cases,
        spool=config.spool,
        drafts=app[keys.DRAFTS],
        control=app[keys.CONTROL],
        desks=app[keys.DESKS],
        clock=config.clock,
    )
    app[keys.DATABASE].tell(case_desk.database_changed)


def _background(app: web.Application) -> list[Callable[[], Awaitable[None]]]:
    parts = (app[keys.CHORES], app[keys.CONTROL], app[keys.DATABASE], app[keys.CASES], app[keys.DESKS])
    return [part.run for part in parts]


def _running(work: Callable[[], Awaitable[None]]) -> Callable[[web.Application], AsyncIterator[None]]:
    """A clean-up context that owns one background task."""

    async def context(app: web.Application) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(_awaited(work))
            yield
            running.cancel()

    return context


async def _awaited(work: Callable[[], Awaitable[None]]) -> None:
    await work()


async def _close_desks(app: web.Application) -> None:
    app[keys.DESKS].close_all()
    app[keys.BOARDS].close_all()
    with suppress(TimeoutError):
        await asyncio.sleep(0.05)
