"""A recorded call as the player is told of it, with sound behind it: who speaks when is known to the second."""

from __future__ import annotations

import array
import math
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Route

from storage.peaks import peaks
from storage.sounds import JoinedTracks, Track
from storage.wav import wav_header
from tests.browser.looking import CALL, ORIGIN, Looking

RATE = 8000
SECONDS = 36.0
HERTZ = {"caller": 400.0, "agent": 1000.0, "emergency": 1600.0}
SPEAKS = {"caller": [(0, 8), (24, 30)], "agent": [(8, 14), (20, 24)], "emergency": [(30, 36)]}
"""Seconds of the call in which each tone is heard."""
BEGINS = {"caller": 0.0, "agent": 5.0, "emergency": 26.0}
PAUSE = (15.0, 19.0)
TRACKS = ["caller", "agent:1001", "emergency:110"]


@dataclass(frozen=True)
class InMemory:
    content: bytes

    @property
    def size(self) -> int:
        return len(self.content)

    def bytes_at(self, start: int, size: int) -> bytes:
        return self.content[start : start + size]


def a_track(role: str) -> InMemory:
    """This party's file: silence, and its tone while it speaks."""
    begins = BEGINS[role]
    sound = array.array("h", bytes(2 * int((SECONDS - begins) * RATE)))
    for start, end in SPEAKS[role]:
        for n in range(int((start - begins) * RATE), int((end - begins) * RATE)):
            loud = 4000 + 3000 * math.sin(n / 1700)
            sound[n] = round(loud * math.sin(2 * math.pi * HERTZ[role] * n / RATE))
    return InMemory(wav_header(2 * len(sound)) + sound.tobytes())


FILES = {role: a_track(role) for role in HERTZ}
JOINED = JoinedTracks([Track(role, FILES[role], BEGINS[role]) for role in HERTZ])


def a_lane(role: str, party: str, name: str, **more: Any) -> dict[str, Any]:
    lane: dict[str, Any] = {"role": role, "party": party, "name": name, "state": "closed", "fault": "", "track": None}
    lane |= {"begins": 0.0, "seconds": 10.0, "peaks": []}
    if role in FILES:
        seconds = SECONDS - BEGINS[role]
        track = list(HERTZ).index(role)
        lane |= {"begins": BEGINS[role], "seconds": seconds, "track": track, "peaks": list(peaks(FILES[role], 600))}
    return lane | more


def lanes(**more: Any) -> dict[str, Any]:
    """Four parties: one repaired, one short, one missing; 4 s were not recorded."""
    told: dict[str, Any] = {"call_id": CALL, "started_at": "2026-11-21T12:00:00.000Z", "seconds": SECONDS}
    told["tracks"] = TRACKS
    told["lanes"] = [
        a_lane("caller", "", ""),
        a_lane("agent", "1001", "王晓敏", fault="repaired"),
        a_lane(
            "specialist", "shebao", "市人力资源和社会保障局社会保险专员", state="missing", fault="gone", begins=14.0
        ),
        a_lane("emergency", "110", "示范区公安指挥中心", fault="short"),
    ]
    told["pauses"] = [{"reason": "id_card", "by": "1001", "begins": PAUSE[0], "ends": PAUSE[1]}]
    told["assistance"] = []
    return told | more


def a_row(n: int, **more: Any) -> dict[str, Any]:
    """A line of the list of calls."""
    row: dict[str, Any] = {"call_id": f"HCdemo-1-1795267200.{7 + n}", "at": "11-21 20:00", "at_iso": "2026-11-21T12:00"}
    row |= {
        "number_masked": "138****6027",
        "name": "云州示例精工有限公司",
        "queue_name": "企业专席",
        "duration": "0:36",
    }
    row |= {"state_key": "was_answered", "state_name": "已接听", "case_number": "", "legs": ["/recordings/1"]}
    return row | {"faults": [], "is_expired": False} | more


FAULTS = [
    {"key": "fault_gone", "role_key": "role_specialist", "role_name": "政策专员", "party": "", "text": "录音缺失"},
    {"key": "fault_repaired", "role_key": "role_agent", "role_name": "坐席", "party": "1001", "text": "录音已修复"},
]


@dataclass
class Shelf:
    """What the server behind the page gives, and what was asked of it."""

    look: Looking
    told: dict[str, Any] = field(default_factory=lanes)
    tracks: str = ",".join(TRACKS)
    ranges: list[tuple[int, int]] = field(default_factory=list)

    def serve(self) -> Shelf:
        rows = [a_row(0, faults=[{**each, "tone": "warn"} for each in FAULTS]), *(a_row(n) for n in range(1, 12))]
        self.look.answers[f"/api/calls/{CALL}/lanes"] = self.told
        fragment = self.look.fragment("calls.html", rows=rows, source="database")
        self.look.page.route(f"{ORIGIN}/desk/calls", lambda route: _html(route, fragment))
        self.look.page.route(f"{ORIGIN}/recordings/call/{CALL}", self._sound)
        return self

    def _sound(self, route: Route) -> None:
        first, last = (int(each) for each in route.request.headers["range"].removeprefix("bytes=").split("-"))
        self.ranges.append((first, last))
        headers = {"X-Hotline-Tracks": self.tracks, "Content-Type": "audio/wav"}
        route.fulfill(status=206, headers=headers, body=JOINED.bytes_at(first, last - first + 1))


def _html(route: Route, body: str) -> None:
    route.fulfill(body=body, content_type="text/html; charset=utf-8")
