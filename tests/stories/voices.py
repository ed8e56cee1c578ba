"""Who speaks with which tone in the stories; nobody's tone is in our prompts or our music."""

from __future__ import annotations

AGENT_TONES = {"1001": 1000.0, "1002": 1600.0}
"""Every other agent sits at the second one's browser."""
CALLER_TONE = 440.0
OTHER_TONE = 700.0
"""Specialists and emergency operators."""
OUTSIDE = frozenset({"specialist", "emergency"})


def tone_of(role: str, party: str | None) -> float | None:
    """The voice of a leg of a call; None for one that nobody can tell from the others."""
    if role == "agent":
        return AGENT_TONES.get(party or "", AGENT_TONES["1002"])
    return OTHER_TONE if role in OUTSIDE else None
