"""The desk over HTTPS, its voice over wss, and nothing in clear but on the loopback."""

from __future__ import annotations

import socket
import ssl

import psutil
import pytest

from hotline.runtime import addresses
from tests.stories.conftest import CALLER_TONE, running
from tests.stories.desk import Desk

pytestmark = [pytest.mark.real, pytest.mark.browser]

CLEAR = -30.0


@pytest.fixture(scope="module")
def hotline(own_ports):
    """A hotline that other machines reach at this machine's own address, if it has one."""
    address = next((one for one in addresses.reachable() if ":" not in one), "127.0.0.1")
    with running(own_ports, {"HOTLINE_BIND_ADDRESS": address, "HOTLINE_PUBLIC_NAME": address}) as trial:
        yield trial


def test_the_generated_ca_vouches_for_the_web_and_for_asterisk(healthy):
    trusting = ssl.create_default_context(cafile=healthy.home / "tls/ca.crt")
    name, served = healthy.settings.public_name, []
    for what in ("web_https", "asterisk_https"):
        plain = socket.create_connection((name, healthy.settings.port(what)), timeout=30)
        with trusting.wrap_socket(plain, server_hostname=name) as secured:
            served.append(secured.getpeercert(binary_form=True))
    assert served[0] == served[1]


def test_nothing_in_clear_is_reachable_from_outside(healthy):
    ours = {healthy.pid(name) for name in healthy.status()["processes"]}
    listening = [c for c in psutil.net_connections("tcp") if c.status == psutil.CONN_LISTEN and c.pid in ours]
    encrypted = {healthy.settings.port("web_https"), healthy.settings.port("asterisk_https")}
    open_ports = {c.laddr.port: c.laddr.ip for c in listening}
    assert encrypted <= set(open_ports)
    assert {ip for port, ip in open_ports.items() if port not in encrypted} <= {"127.0.0.1", "::1"}


def test_a_call_is_answered_and_heard_over_wss_and_the_log_in_cookie_is_well_guarded(healthy, browsers, citizen, book):
    name = healthy.settings.public_name
    origin = f"https://{name}:{healthy.settings.port('web_https')}"
    page = Desk(browsers["1001"], origin, "1001", healthy.passwords()["1001"])
    sockets: list[str] = []
    page.page.on("websocket", lambda opened: sockets.append(opened.url))
    page.log_in().take_calls()
    [cookie] = [each for each in page.context.cookies() if "hotline" in each["name"]]
    assert cookie["name"].startswith("__Host-")
    assert (cookie["httpOnly"], cookie["secure"], cookie["sameSite"]) == (True, True, "Strict")
    assert {url.split(":")[0] for url in sockets} == {"wss"}
    assert any(url.startswith(f"wss://{name}:{healthy.settings.port('asterisk_https')}/") for url in sockets)
    phone = citizen()
    phone.press("3")
    page.answer_and_hear()
    assert page.hear_until(lambda heard: heard.tone(CALLER_TONE) > CLEAR).tone(CALLER_TONE) > CLEAR
    phone.hang_up()
    assert book.last_call(outcome="answered")["agent_id"] == "1001"
    page.sign_off()
