"""The desk's page with its own elements and a given state: no server behind it, every state within reach."""

from __future__ import annotations

import json
import mimetypes
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Route, WebSocketRoute

from agent_desktop.pages import environment
from hotline.runtime import bundle
from hotline.settings import Settings

HERE = Path(__file__).parent
ORIGIN = "https://desk.invalid"
CALL = "HCdemo-1-1795267200.7"


def build(settings: Settings, folder: Path) -> Path:
    """The shipped bundle, and beside it these elements under test as looks.js."""
    bundle.ensure(settings)
    esbuild = bundle.FRONTEND / "node_modules/esbuild/bin/esbuild"
    words = [str(HERE / "looks.ts"), "--bundle", "--format=iife", "--target=chrome100", f"--outfile={folder}/looks.js"]
    # The elements stand in another folder than this entry: their packages are found from where they are.
    subprocess.run([str(bundle.node()), str(esbuild), *words, "--log-level=warning"], check=True, cwd=bundle.FRONTEND)
    return folder


class Looking:
    """One page; `show` changes what the desk knows, `asked` is what it asked for."""

    def __init__(self, browser: Browser, settings: Settings, folder: Path, *, template: str = "desk.html") -> None:
        self._static = settings.assets_dir / "static"
        self._folder = folder
        self._manifest: dict[str, str] = json.loads((self._static / "manifest.json").read_text("utf-8"))
        self._template = template
        self.answers: dict[str, object] = {}
        self.page: Page = browser.new_page(viewport={"width": 1366, "height": 768})
        self.page.route(f"{ORIGIN}/**", self._serve)
        self.page.route_web_socket("**/ws/board", self._board_opened)
        self.board_asked: list[Any] = []
        self.console: list[str] = []
        self.page.on("pageerror", lambda error: self.console.append(str(error)))
        self.page.goto(f"{ORIGIN}/desk#desk")
        self.page.wait_for_function("window.look !== undefined")

    def show(self, **state: Any) -> None:
        self.page.evaluate("state => look.show(state)", state)
        self.page.wait_for_timeout(60)

    def call(self, state: str = "talking", **more: Any) -> None:
        """A call in the state `state` at the desk; `more` are fields of the call."""
        self.show(call=a_call(state, **more), subject=CALL, subjectCall=a_call(state, **more))

    def asked(self) -> list[Any]:
        """What was asked since the last time."""
        return list(self.page.evaluate("look.asked.splice(0)"))

    def refuse(self, kind: str, code: str, text: str) -> None:
        refusal = {"code": code, "text": text}
        self.page.evaluate("([kind, refusal]) => { look.refusals[kind] = refusal }", [kind, refusal])

    def size(self, width: int, height: int) -> None:
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.wait_for_timeout(80)

    def close(self) -> None:
        self.page.close()

    def _board_opened(self, socket: WebSocketRoute) -> None:
        def heard(message: str | bytes) -> None:
            frame = json.loads(message)
            if frame["type"] == "command":
                self.board_asked.append(frame)
                socket.send(json.dumps({"type": "reply", "id": frame["id"], "ok": True}))

        socket.on_message(heard)
        system = IN_CALL["system"]
        session = {"csrf": "t", "expires_at": ago(-3600)}
        socket.send(json.dumps({"type": "board", "seq": 0, "session": session, "system": system, "rows": board_rows()}))

    def _serve(self, route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN).split("?")[0]
        if path in self.answers:
            route.fulfill(json=self.answers[path])
        elif path == "/desk":
            route.fulfill(body=self._page(), content_type="text/html; charset=utf-8")
        elif path.startswith("/static/"):
            self._file(route, path.removeprefix("/static/"))
        else:
            route.fulfill(status=404, body="")

    def _file(self, route: Route, name: str) -> None:
        path = (self._folder if name == "looks.js" else self._static) / name
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        route.fulfill(body=path.read_bytes(), content_type=kind)

    def fragment(self, template: str, **given: Any) -> str:
        """What the server would render."""
        pages = environment("云州市12345热线", "test", self._static_name)
        return pages.get_template(template).render(test_mode=True, **given)

    def _static_name(self, name: str) -> str:
        return "/static/looks.js" if name == "desk.js" else f"/static/{self._manifest[name]}"

    def _page(self) -> str:
        agent = {"id": "1001", "name": "王晓敏", "extension": "1001", "queues": [{"id": "general", "name": "综合坐席"}]}
        return self.fragment(self._template, agent=agent, csrf="t", is_supervisor=True)


def ago(seconds: float) -> str:
    return (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat()


def an_agent(state: str = "talking", **more: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"id": "1001", "name": "王晓敏", "state": state, "reason": "", "reason_name": ""}
    row |= {"since": ago(135), "queues": ["general"], "line": "up", "call_id": CALL, "wrap_up_until": None}
    row |= {"wrap_up_extensions_left": 0, "pause_asked": "", "hand_raised_at": None, "supervised_by": []}
    return row | {"message": None, "supervising": None, "left_call_id": ""} | more


def a_call(state: str = "talking", **more: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"id": CALL, "state": state, "queue": "enterprise", "queue_name": "企业专席"}
    row |= {"arrived_at": ago(520), "joined_at": ago(480), "answered_at": ago(462), "held_since": ago(26)}
    row |= {"recording": True, "recording_paused": False, "fallback": False, "caller_gone": False}
    row |= {"number_masked": "138****6027", "name": "云州示例精工有限公司", "legs": legs()}
    return row | {"threeway": None, "emergency": None, "transfer": None} | more


def a_leg(leg: str, role: str, state: str = "up", **more: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"leg": leg, "role": role, "party": "", "label": "", "state": state, "muted": False}
    return row | {"held": False, "in_room": False, "since": ago(86)} | more


def legs(*others: dict[str, Any]) -> list[dict[str, Any]]:
    """Caller and agent, and whoever else."""
    return [a_leg("c1", "caller"), a_leg("a1", "agent", party="1001", label="王晓敏"), *others]


def a_queue(id_: str, name: str, waiting: int) -> dict[str, Any]:
    return {"id": id_, "name": name, "waiting": waiting, "longest_joined_at": ago(48), "ready": 2, "talking": 3}


IN_CALL: dict[str, Any] = {
    "link": "up",
    "role": "desk",
    "registration": "registered",
    "mic": "ok",
    "micLabel": "USB 耳机",
    "session": "up",
    "audioFlows": True,
    "audioFlowed": True,
    "farLevel": 0.2,
    "nearLevel": 0.02,
    "system": {"cti": "up", "database": "up", "test_mode": True, "server_time": ago(0), "release": "test"},
    "queues": [a_queue("general", "综合坐席", 7)],
}


def board_rows(seats: int = 48) -> dict[str, dict[str, Any]]:
    """A busy centre: every state of a seat is there."""
    states = ["talking"] * 8 + ["ready", "ringing", "wrap-up", "paused", "offline"]
    agents, calls = {}, {}
    for n in range(seats):
        id_, state = str(1001 + n), states[n % len(states)]
        agents[id_] = {"id": id_, "name": "王晓敏", "state": state, "reason": "用餐" if state == "paused" else ""}
        agents[id_] |= {"since": ago(60 + n), "line": "up", "desk": True, "queues": ["general"], "call_id": f"HC{n}"}
        agents[id_] |= {"pause_asked": "", "hand_raised_at": None, "supervised_by": []}
        if state == "talking":
            calls[f"HC{n}"] = board_call(f"HC{n}", id_)
    agents["1003"]["hand_raised_at"] = ago(20)
    agents["1012"] |= {"reason": "设备故障"}
    calls["HC1"] |= {"third": "市医疗保障局"}
    calls["HC4"] |= {"emergency": "110", "emergency_state": "trying"}
    calls["HC99"] = board_call("HC99", "") | {"state": "queued", "answered_at": None, "joined_at": ago(48)}
    figures = {"arrived": 3089, "queued": 2957, "answered": 2870, "given_up": 87}
    figures |= {"quick_queue": 2850, "quick_arrival": 2410}
    queues = {"general": a_queue("general", "综合坐席", 4), "enterprise": a_queue("enterprise", "企业专席", 2)}
    return {"agents": agents, "calls": calls, "queues": queues, "figures": {"today": figures}}


def board_call(id_: str, agent: str) -> dict[str, Any]:
    row: dict[str, Any] = {"id": id_, "state": "talking", "agent": agent, "queue": "general", "queue_name": "综合坐席"}
    row |= {"number_masked": "138****6027", "arrived_at": ago(300), "joined_at": ago(280), "answered_at": ago(262)}
    return row | {"third": "", "emergency": "", "emergency_state": "", "caller_gone": False}
