"""Draws the tables of calls, legs, three-way, emergency, dials and agents as Mermaid, for the documentation."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from cti.core import agent, call, dialling, emergency, leg, threeway, transfer

State = TypeVar("State", bound=StrEnum)


def of_calls() -> str:
    """Mermaid text of the call table; what stands in brackets is a question that the legs answer at once."""
    return _draw(call.TRANSITIONS, call.CallState.ARRIVED, call.CallState.ENDED, call.SETTLES)


def of_legs() -> str:
    return _draw(leg.TRANSITIONS, leg.LegState.RINGING, leg.LegState.GONE)


def of_threeways() -> str:
    return _draw(threeway.TRANSITIONS, threeway.ThreeWayState.ASKED, threeway.ThreeWayState.ENDED)


def of_emergencies() -> str:
    return _draw(emergency.TRANSITIONS, emergency.EmergencyState.TRYING, None)


def of_transfers() -> str:
    return _draw(transfer.TRANSITIONS, transfer.TransferState.ASKED, None)


def of_dials() -> str:
    return _draw(dialling.TRANSITIONS, dialling.DialState.ASKED, None)


def of_agents() -> str:
    """Mermaid text of the agent table."""
    return _draw(agent.TRANSITIONS, agent.AgentState.OFFLINE, None)


def all_tables() -> list[str]:
    """In the order in which the documentation shows them."""
    return [of_calls(), of_legs(), of_threeways(), of_emergencies(), of_transfers(), of_dials(), of_agents()]


def _draw(
    table: Mapping[State, Mapping[type, State]],
    first: State,
    last: State | None,
    settles: Mapping[State, Mapping[str, State]] | None = None,
) -> str:
    lines = ["stateDiagram-v2", f"    [*] --> {_word(first)}"]
    for state, row in table.items():
        for target in dict.fromkeys(row.values()):
            names = ", ".join(event.__name__ for event, to in row.items() if to is target)
            lines.append(f"    {_word(state)} --> {_word(target)}: {names}")
    for state, questions in (settles or {}).items():
        lines += [f"    {_word(state)} --> {_word(to)}: [{question}]" for question, to in questions.items()]
    if last is not None:
        lines.append(f"    {_word(last)} --> [*]")
    return "\n".join(lines) + "\n"


def _word(state: StrEnum) -> str:
    return state.value.replace("-", "_")


def write_into(page: Path) -> None:
    """Put each picture where the last one of it stands."""
    drawn = iter(all_tables())
    text = re.sub(
        r"(```mermaid\n)stateDiagram.*?(```)",
        lambda found: f"{found[1]}{next(drawn)}{found[2]}",
        page.read_text("utf-8"),
        flags=re.S,
    )
    page.write_text(text, "utf-8")


if __name__ == "__main__":
    if sys.argv[1:]:
        write_into(Path(sys.argv[1]))
    else:
        print("\n\n".join(f"```mermaid\n{table}```" for table in all_tables()))
