"""The states of a call with other parties, as the server would tell of them."""

from __future__ import annotations

from typing import Any

from tests.browser.looking import a_leg, ago, legs

SPECIALIST = a_leg("s1", "specialist", party="shebao", label="市人力资源和社会保障局社会保险专员")
OPERATOR = a_leg("o1", "emergency", party="110", label="示范区公安指挥中心")
WATCHER = a_leg("w1", "supervisor", party="9001", label="周立")


def asked(state: str, **more: Any) -> dict[str, Any]:
    """A three-way call in this state."""
    row: dict[str, Any] = {"entry": "shebao", "department": "市人力资源和社会保障局", "state": state, "since": ago(12)}
    return row | {"number_index": 1, "numbers": 2, "reason": ""} | more


def pressed(state: str, **more: Any) -> dict[str, Any]:
    """110 in this state; its first route was busy."""
    row: dict[str, Any] = {"service": "110", "state": state, "route": "示范区公安指挥中心二线", "since": ago(4)}
    row |= {
        "reached_at": ago(70) if state in {"reached", "ended"} else None,
        "ended_by": "operator" if state == "ended" else "",
    }
    return row | {"tried": [{"route": "示范区公安指挥中心一线", "reason": "busy"}]} | more


STATES: dict[str, dict[str, Any]] = {
    "in-call": {},
    "held": {"state": "held"},
    "asking": {"state": "held", "threeway": asked("ringing"), "legs": legs({**SPECIALIST, "state": "ringing"})},
    "consult": {"state": "held", "threeway": asked("consulting"), "legs": legs(SPECIALIST)},
    "three-way": {"threeway": asked("merged"), "legs": legs(SPECIALIST)},
    "sos": {"emergency": pressed("trying"), "legs": legs({**OPERATOR, "state": "ringing"})},
    "sos-failed": {"emergency": pressed("failed")},
    "sos-up": {
        "threeway": asked("merged"),
        "emergency": pressed("reached"),
        "legs": legs(SPECIALIST, OPERATOR, WATCHER),
    },
    "sos-over": {"emergency": pressed("ended"), "threeway": asked("ended", reason="left")},
    "caller-gone": {"caller_gone": True, "emergency": pressed("reached"), "legs": [legs()[1], OPERATOR]},
    "transfer": {
        "transfer": {"kind": "agent", "target": "1002", "target_name": "李建国", "state": "asked", "reason": ""}
    },
}

DIRECTORY = [
    {"id": "shebao", "kind": "specialist", "department": "市人社局", "name": "社会保险专员", "topics": ["养老金"]},
    {"id": "jiuye", "kind": "specialist", "department": "市人社局", "name": "就业创业专员", "topics": ["就业补贴"]},
    {"id": "gaj", "kind": "department", "department": "市公安局", "name": "值班电话", "topics": []},
]
INITIALS = {"shebao": ["shbxzy", "srsj"], "jiuye": ["jycyzy", "srsj"], "gaj": ["zbdh", "sgaj"]}
