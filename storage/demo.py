"""A demo centre: agents who can log in, a caller with open cases, and many cases for measuring. Invented all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

import asyncpg

from cases.case import Kind, Outcome, Status, Urgency, new_case_id
from cases.classify import seed_reference
from cases.form import CaseForm
from cases.sla import LOCAL
from storage.agents import Agent, AgentStore
from storage.cases import CaseStore
from storage.database import plain_url
from storage.fields import Fields
from storage.months import month_of_case
from storage.new_case import new_case
from storage.tables import cases

DEMO_CALLER = "13800006027"
DEMO_NAMESPACE = UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")

DEMO_AGENTS = (
    Agent(id="1001", name="王芳", roles=("agent",), queues=("general", "enterprise")),
    Agent(id="1002", name="李强", roles=("agent",), queues=("general",)),
    Agent(id="1003", name="赵敏", roles=("agent",), queues=("general",)),
    Agent(id="1004", name="陈静", roles=("agent",), queues=("general", "enterprise")),
    Agent(id="9001", name="周立", roles=("agent", "supervisor"), queues=("general", "enterprise")),
)

DEMO_CASES = (
    (DEMO_CALLER, "刘先生", Kind.HELP, "暖气不热", Urgency.URGENT, "家中老人和孩子，室温只有14度，已报修两天。"),
    (DEMO_CALLER, "刘先生", Kind.COMPLAINT, "施工噪声", Urgency.NORMAL, "楼下工地夜间十一点后仍在施工，影响休息。"),
    (DEMO_CALLER, "刘先生", Kind.SUGGESTION, "路灯不亮", Urgency.NORMAL, "建议检修小区东门外的三盏路灯。"),
    ("13900001234", "孙女士", Kind.COMPLAINT, "预付卡消费", Urgency.NORMAL, "健身房关门，预付卡余额无法退还。"),
    ("051288880000", "", Kind.REPORT, "违章搭建", Urgency.NORMAL, "楼顶有人搭建房屋，担心漏水和安全。"),
)


async def add_demo_agents(store: AgentStore, password: str) -> list[Agent]:
    """The demo agents, each with `password`; those who exist keep theirs."""
    present = {agent.id for agent in await store.all()}
    for agent in DEMO_AGENTS:
        if agent.id not in present:
            await store.add(agent, password)
    return await store.all()


async def add_demo_cases(store: CaseStore, fields: Fields, now: datetime | None = None) -> int:
    """The demo cases, once: a second run finds them by their idempotency keys. How many were new."""
    codes = {leaf.name: leaf.code for leaf in seed_reference().classes.values()}
    fresh = 0
    for age, (number, name, kind, leaf, urgency, text) in enumerate(DEMO_CASES, 1):
        form = CaseForm(
            kind=kind,
            text=f"{leaf}。{text}",
            class_code=codes[leaf],
            district=f"{age:02d}",
            urgency=urgency,
            confidential=kind is Kind.REPORT,
            outcome=Outcome.DISPATCH,
            answer="",
            idempotency=uuid5(DEMO_NAMESPACE, f"demo case {age}"),
        )
        at = (now or datetime.now(UTC)) - timedelta(hours=7 * age)
        new = new_case(form, number=number, name=name, agent_id="1001", at=at, fields=fields)
        fresh += (await store.save(new)).fresh
    return fresh


async def fill_cases(
    url: str, fields: Fields, n: int, *, centre_id: str, now: datetime | None = None, piece: int = 5000
) -> int:
    """`n` cases of invented callers, for measuring (rows of `cases` only, no log). How many were written."""
    connection = await asyncpg.connect(plain_url(url))
    try:
        for first in range(0, n, piece):
            rows = list(_invented(range(first, min(first + piece, n)), fields, centre_id, now or datetime.now(UTC)))
            names = [column.name for column in cases.columns]
            await connection.copy_records_to_table("cases", records=rows, columns=names)
        await connection.execute("ANALYZE cases")
    finally:
        await connection.close()
    return n


def _invented(numbers: Sequence[int], fields: Fields, centre_id: str, now: datetime) -> Iterator[tuple[Any, ...]]:
    """Rows of `cases` in the order of its columns; four of ten are open, two or three a caller."""
    leaves, kinds = list(seed_reference().classes.values()), list(Kind)
    names = [column.name for column in cases.columns]
    for n in numbers:
        at = now - timedelta(minutes=n * 3 + 5)
        case_id, leaf, caller = new_case_id(at), leaves[n % len(leaves)], f"1{93 + n % 6}{n // 15 % 10**8:08d}"
        closed = n % 5 > 1
        row: dict[str, Any] = {
            "centre_id": centre_id,
            "created_month": month_of_case(case_id),
            "case_id": case_id,
            "number": f"FILL{at.astimezone(LOCAL):%Y%m%d}{n:07d}{uuid4().hex[:4]}",
            "kind": kinds[n % len(kinds)].value,
            "status": (Status.CLOSED if closed else Status.AWAITING_DISPATCH).value,
            "title": leaf.name,
            "text": f"{leaf.name}，市民反映第{n}号情况，请核实处理。",
            "class_code": leaf.code,
            "district": f"{n % 10 + 1:02d}",
            "place": "",
            "urgency": (Urgency.URGENT if n % 20 == 0 else Urgency.NORMAL).value,
            "confidential": n % 50 == 0,
            "outcome": (Outcome.DIRECT_ANSWER if closed else Outcome.DISPATCH).value,
            "answer": "已答复。" if closed else "",
            "number_hash": bytes.fromhex(fields.number_hash(caller)),
            "created_by": f"100{n % 4 + 1}",
            "created_at": at,
            "due_at": None if closed else at + timedelta(days=n % 15 + 1),
            "due_provisional": False,
            "closed_at": at if closed else None,
        }
        row["caller_number_key"], row["caller_number_sealed"] = fields.seal_bytes(caller)
        yield tuple(row.get(name) for name in names)
