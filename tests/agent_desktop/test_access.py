"""Who may ask for what: generated over the routes that really exist, so that no new one is forgotten."""

from __future__ import annotations

import pytest
from aiohttp import web

from agent_desktop import routes
from agent_desktop.access import ROUTES, Allow, Route
from tests.agent_desktop.conftest import House

ORIGINS = (
    "https://evil.example",
    "http://127.0.0.1",
    "http://127.0.0.1.evil.example",
    "http://localhost:1",
    "null",
    "file://",
)
CLOSED = [route for route in routes.ALL if route.allow is not Allow.ANYONE]
CHANGING = [route for route in CLOSED if route.method not in {"GET", "HEAD"}]


def _url(path: str) -> str:
    return (
        path.replace("{call_id}", "HCdemo-1-1.1")
        .replace("{recording_id}", "0198-x")
        .replace("{emergency_id}", "HCdemo-1-1.1:1")
        .replace("{name}", "x.js")
    )


def _names(route: Route) -> str:
    return f"{route.method} {route.path}"


def test_the_table_holds_every_route_of_the_router() -> None:
    app = web.Application()
    routes.add_to(app)
    served = {(r.method, r.resource.canonical) for r in app.router.routes() if r.resource is not None}
    assert served == set(app[ROUTES].keys())
    assert {_names(r) for r in routes.ALL if r.allow is Allow.ANYONE} == {
        "GET /healthz",
        "GET /static/{name:.+}",
        "GET /login",
        "POST /login",
        "POST /api/login",
    }


async def test_every_closed_route_refuses_strangers(house: House) -> None:
    browser = house.browser()
    for route in CLOSED:
        response = await browser._ask(route.method, _url(route.path))
        shown = response.status, response.headers.get("Location")
        assert shown in {(401, None), (303, "/login")}, _names(route)


async def test_every_changing_route_refuses_a_missing_or_foreign_token(house: House) -> None:
    browser, other = await house.agent("1001"), await house.agent("1002")
    for route in CHANGING:
        for token in ("", "x", other.csrf):
            given = {"data": {"csrf": token}} if route.path == "/logout" else {"json": {}}
            response = await browser._ask(route.method, _url(route.path), headers={"X-CSRF": token}, **given)
            assert response.status == 403, (_names(route), token)
    assert house.peer.commands == []


@pytest.mark.parametrize("origin", ORIGINS)
async def test_every_changing_route_refuses_a_foreign_origin(house: House, origin: str) -> None:
    browser = await house.agent("1001")
    for route in CHANGING:
        given = {"data": {"csrf": browser.csrf}} if route.path == "/logout" else {"json": {}}
        response = await browser._ask(route.method, _url(route.path), headers={"Origin": origin}, **given)
        assert response.status == 403, _names(route)


async def test_another_name_for_this_machine_is_refused(house: House) -> None:
    browser = await house.agent("1001")
    for host in ("evil.example", "evil.example:80", "127.0.0.1.evil.example:80"):
        assert (await browser.get("/desk", headers={"Host": host})).status in {401, 421, 303}
        assert (await house.browser().get("/login", headers={"Host": host})).status == 421


async def test_every_answer_carries_the_security_headers(house: House) -> None:
    browser = await house.agent("1001")
    for path in ("/login", "/desk", "/desk/calls", "/api/session", "/nothing", "/static/nothing.js", "/healthz"):
        given = (await browser.get(path)).headers
        policy = dict(rule.partition(" ")[::2] for rule in given["Content-Security-Policy"].split("; "))
        assert policy["default-src"] == "'none'", path
        assert policy["script-src"] == "'self'"
        assert policy["frame-ancestors"] == "'none'"
        assert "unsafe" not in given["Content-Security-Policy"]
        assert policy["connect-src"].endswith(f"ws://127.0.0.1:{house.settings.port('asterisk_http')}/ws")
        assert given["X-Content-Type-Options"] == "nosniff"
        assert given["Referrer-Policy"] == "same-origin"
        assert "Strict-Transport-Security" not in given


async def test_over_tls_the_browser_is_held_to_it_and_sent_to_wss(house: House) -> None:
    given = (await house.browser(secure=True).get("/login")).headers
    assert given["Strict-Transport-Security"].startswith("max-age=")
    assert f"wss://127.0.0.1:{house.settings.port('asterisk_https')}/ws" in given["Content-Security-Policy"]


async def test_pages_hold_no_inline_script_or_style(house: House) -> None:
    browser = await house.agent("1001")
    for path in ("/login", "/desk", "/desk/calls", "/desk/cases", "/nothing"):
        page = (await (await (browser if path != "/login" else house.browser()).get(path)).text()).lower()
        assert "<style" not in page, path
        assert " style=" not in page, path
        assert all(" src=" in tag for tag in page.split("<script")[1:]), path
        assert " onclick" not in page, path


async def test_a_path_out_of_the_static_folder_finds_nothing(house: House) -> None:
    root = house.config.static_root
    (root / "sub").mkdir(parents=True)
    (root / "sub/a.js").write_text("1")
    (root / ".hidden").write_text("1")
    browser = house.browser()
    assert (await browser.get("/static/sub/a.js")).status == 200
    for name in ("../secrets/session", "%2e%2e/secrets/session", "..%2f..%2fetc/passwd", ".hidden", "sub", "a%00"):
        assert (await browser.get(f"/static/{name}")).status in {400, 404}, name


async def test_hashed_files_are_kept_and_named_by_the_manifest(house: House) -> None:
    root = house.config.static_root
    root.mkdir(parents=True)
    (root / "manifest.json").write_text('{"desk.js": "desk-AB12.js"}')
    (root / "desk-AB12.js").write_text("1")
    assert "/static/desk-AB12.js" in await (await (await house.agent()).get("/desk")).text()
    kept = (await house.browser().get("/static/desk-AB12.js")).headers["Cache-Control"]
    assert "immutable" in kept


async def test_the_phones_password_is_derived_and_never_on_a_page(house: House) -> None:
    browser = await house.agent("1001")
    given = await (await browser.post("/api/phone")).json()
    assert given["sip_user"] == "1001"
    assert len(given["sip_password"]) == 26
    assert given["ws_url"] == f"ws://127.0.0.1:{house.settings.port('asterisk_http')}/ws"
    for path in ("/desk", "/api/session", "/desk/calls"):
        assert given["sip_password"] not in await (await browser.get(path)).text()
    other = await (await (await house.agent("1002")).post("/api/phone")).json()
    assert other["sip_password"] != given["sip_password"]
