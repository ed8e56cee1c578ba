"""What the columns of every table are made of: `centre_id` in each key, stamps with their zone, sealed fields."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    MetaData,
    Text,
    text,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def centre() -> Column[Any]:
    return Column("centre_id", Text, nullable=False)


def month() -> Column[Any]:
    """The first day of the month (UTC) that the row's own id tells: an update never has to search months."""
    return Column("created_month", Date, nullable=False)


def needed(name: str, kind: Any, **more: Any) -> Column[Any]:
    return Column(name, kind, nullable=False, **more)


def at(name: str, *, needed: bool = False) -> Column[Any]:
    return Column(name, DateTime(timezone=True), nullable=not needed)


def flag(name: str) -> Column[Any]:
    return needed(name, Boolean, server_default=text("false"))


def count(name: str, kind: Any = Integer) -> Column[Any]:
    return needed(name, kind, server_default=text("0"))


def sealed(name: str) -> list[Column[Any]]:
    return [Column(f"{name}_sealed", LargeBinary), Column(f"{name}_key", Text)]


def within(*keys: str, table: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(keys, [f"{table}.{key}" for key in keys])
