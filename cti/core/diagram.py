"""Draws the tables of calls and agents as Mermaid, for the documentation."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from cti.core import agent, call

State = TypeVar("State", bound=StrEnum)


def of_calls() -> str:
    """Mermaid text of the call table."""
    return _draw(call.TRANSITIONS, call.CallState.ARRIVED, call.CallState.ENDED)


def of_agents() -> str:
    """Mermaid text of the agent table."""
    return _draw(agent.TRANSITIONS, agent.AgentState.OFFLINE, None)


def _draw(table: Mapping[State, Mapping[type, State]], first: State, last: State | None) -> str:
    lines = ["stateDiagram-v2", f"    [*] --> {_word(first)}"]
    for state, row in table.items():
        for target in dict.fromkeys(row.values()):
            names = ", ".join(event.__name__ for event, to in row.items() if to is target)
            lines.append(f"    {_word(state)} --> {_word(target)}: {names}")
    if last is not None:
        lines.append(f"    {_word(last)} --> [*]")
    return "\n".join(lines) + "\n"


def _word(state: StrEnum) -> str:
    return state.value.replace("-", "_")


if __name__ == "__main__":
    print(f"```mermaid\n{of_calls()}```\n\n```mermaid\n{of_agents()}```")
