"""The way to PostgreSQL: one pool, a time limit on everything, one exception when it is away or too slow."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 3.0
POOL = 8

AWAY = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.QueryCanceledError,
)


class DatabaseAway(Exception):
    """PostgreSQL cannot be reached or does not answer in time; the same call may work later."""

    code = "database_away"


class Database:
    """A pool of one process. `async with database.begin() as session` is one transaction."""

    def __init__(self, url: str, *, answer_seconds: float = ANSWER_SECONDS, pool: int = POOL) -> None:
        self.engine = engine_of(url, answer_seconds=answer_seconds, pool=pool)
        self.sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        self._answer_seconds = answer_seconds

    @asynccontextmanager
    async def begin(self, *, seconds: float | None = None) -> AsyncIterator[AsyncSession]:
        """A session whose whole transaction has `seconds`. Raises DatabaseAway."""
        try:
            async with asyncio.timeout(seconds or self._answer_seconds), self.sessions.begin() as session:
                yield session
        except (*AWAY, PoolTimeout) as error:
            raise DatabaseAway(f"{type(error).__name__}: {error}") from error
        except DBAPIError as error:
            if is_away(error):
                raise DatabaseAway(f"{type(error).__name__}: {error.orig}") from error
            raise

    async def close(self) -> None:
        await self.engine.dispose()


def is_away(error: SQLAlchemyError) -> bool:
    """Whether an SQL error tells that the server went away rather than that the statement is wrong."""
    if isinstance(error, DBAPIError):
        cause = error.orig.__cause__ if error.orig is not None else None
        return (
            error.connection_invalidated
            or isinstance(error, InterfaceError | OperationalError)
            or isinstance(cause, AWAY)
        )
    return False


def engine_of(url: str, *, answer_seconds: float = ANSWER_SECONDS, pool: int = POOL) -> AsyncEngine:
    """An engine for `postgresql://…` whose connections and statements all have a limit."""
    return create_async_engine(
        driver_url(url),
        pool_size=pool,
        max_overflow=0,
        pool_timeout=answer_seconds,
        pool_pre_ping=True,
        pool_recycle=1800,
        connect_args={"timeout": CONNECT_SECONDS, "command_timeout": answer_seconds},
    )


def driver_url(url: str) -> str:
    """`postgresql://…` for SQLAlchemy with asyncpg."""
    return "postgresql+asyncpg://" + plain_url(url).partition("://")[2]


def plain_url(url: str) -> str:
    """`postgresql://…` for asyncpg itself, whatever driver the address names."""
    return "postgresql://" + url.partition("://")[2]
