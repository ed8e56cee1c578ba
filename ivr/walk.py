"""One step of a walk through a menu: what the caller did in, what must be done out."""

from __future__ import annotations

from dataclasses import replace

from ivr.menu import Act, Heard, Menu, StepName, Turn, UnexpectedKey, Walk


def begin(menu: Menu, profile: str) -> tuple[Walk, tuple[Act, ...]]:
    """Enter the menu. Profile is `direct`, `light` or `full`."""
    walk = Walk(menu=menu.name, profile=profile, at=menu.start)
    return _follow(menu, Turn(walk=walk, goes_to=menu.start))


def advance(menu: Menu, walk: Walk, heard: Heard) -> tuple[Walk, tuple[Act, ...]]:
    """Return the walk after what the caller did, and what must now be done.

    The last act is GatherKey (the caller is asked) or FinishInQueue (the walk has ended).
    """
    if walk.ended:
        raise UnexpectedKey(f"{heard} after {walk.path} ended")
    if _too_long(menu, walk):
        return _follow(menu, Turn(walk=walk, goes_to=menu.person))
    counted = replace(walk, turns=walk.turns + 1)
    return _follow(menu, menu.steps[walk.at].hear(counted, heard))


def _follow(menu: Menu, turn: Turn) -> tuple[Walk, tuple[Act, ...]]:
    """Go from step to step until one waits for the caller or the walk ends."""
    acts = turn.acts
    while turn.goes_to is not None:
        turn = _enter(menu, turn.walk, turn.goes_to)
        acts += turn.acts
    return turn.walk, acts


def _enter(menu: Menu, walk: Walk, name: StepName) -> Turn:
    at = menu.person if _too_long(menu, walk) else name
    return menu.steps[at].enter(replace(walk, at=at, wrong=0, turns=walk.turns + 1))


def _too_long(menu: Menu, walk: Walk) -> bool:
    """Nobody goes round for ever: after so many turns the caller reaches a person."""
    return walk.turns >= menu.most_turns
