"""The tables keep their promises: a centre in every key, and migrations that lead to them."""

from __future__ import annotations

import pytest
from sqlalchemy import (
    Column,
    ForeignKeyConstraint,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.exc import DBAPIError

from storage.database import Database
from storage.migrate import check_async, upgrade_async
from storage.tables import PARTITIONED, metadata
from tests.conftest import TEMPLATE, execute
from tests.postgres_server import Server


def broken_keys(table: Table, *, partitioned: bool) -> list[str]:
    """Every key of a table that lacks `centre_id`, or `created_month` where months will be cut."""
    needed = {"centre_id", "created_month"} if partitioned else {"centre_id"}
    found = []
    for constraint in table.constraints:
        if isinstance(constraint, PrimaryKeyConstraint | UniqueConstraint) and not needed <= set(
            constraint.columns.keys()
        ):
            found.append(f"{table.name}: {sorted(constraint.columns.keys())}")
        if isinstance(constraint, ForeignKeyConstraint) and "centre_id" not in constraint.column_keys:
            found.append(f"{table.name}: foreign key {constraint.column_keys}")
    found += [
        f"{table.name}: unique index {i.name}"
        for i in table.indexes
        if i.unique and not needed <= set(i.columns.keys())
    ]
    return found


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=lambda table: table.name)
def test_every_key_of_every_table_holds_the_centre_and_the_month_where_it_is_cut(table: Table) -> None:
    assert table.primary_key.columns, f"{table.name} has no primary key"
    assert broken_keys(table, partitioned=table.name in PARTITIONED) == []


def test_a_foreign_key_into_a_table_of_months_carries_the_month() -> None:
    for table in metadata.sorted_tables:
        for key in table.foreign_key_constraints:
            if key.referred_table.name in PARTITIONED:
                assert "created_month" in key.column_keys, f"{table.name} -> {key.referred_table.name}"


def test_a_table_without_its_centre_is_refused() -> None:
    bad = Table(
        "bad",
        MetaData(),
        Column("id", Text, primary_key=True),
        Column("number", Text),
        UniqueConstraint("number"),
    )
    assert len(broken_keys(bad, partitioned=False)) == 2
    good_centre_no_month = Table("events", MetaData(), Column("centre_id", Text, primary_key=True))
    assert broken_keys(good_centre_no_month, partitioned=True) == ["events: ['centre_id']"]


async def test_migrations_lead_exactly_to_the_tables(database_url: str) -> None:
    assert await check_async(database_url) == []


async def test_upgrading_twice_changes_nothing(database_url: str) -> None:
    await upgrade_async(database_url)
    assert await check_async(database_url) == []


async def test_a_database_that_lacks_migrations_says_so(postgres: Server) -> None:
    await execute(postgres, "CREATE DATABASE empty_one")
    found = await check_async(postgres.url("empty_one"))
    assert found == ["the database is at migration None, the newest is 0003"]
    assert TEMPLATE != "empty_one"
    await execute(postgres, "DROP DATABASE empty_one WITH (FORCE)")


@pytest.mark.parametrize("change", ["UPDATE {} SET note = 'x'", "DELETE FROM {}", "TRUNCATE {}"])
async def test_the_log_of_a_case_takes_rows_and_never_gives_them_back(database: Database, change: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"):
        async with database.begin() as session:
            await session.execute(text(change.format("case_log")))


async def test_the_audit_cannot_be_deleted(database: Database) -> None:
    with pytest.raises(DBAPIError, match="append-only"):
        async with database.begin() as session:
            await session.execute(text("DELETE FROM audit"))
