"""Every kind of step that a menu may hold: one file each, one row here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ivr.fields import Fields
from ivr.menu import Step
from ivr.steps.emergency import Emergency
from ivr.steps.gather import Gather
from ivr.steps.queue import Queue
from ivr.steps.say import Say

STEPS: Mapping[str, Callable[[Fields], Step]] = {
    "say": Say.read,
    "gather": Gather.read,
    "queue": Queue.read,
    "emergency": Emergency.read,
}
