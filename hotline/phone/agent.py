"""A SIP phone as a process of its own: orders as JSON lines on stdin, what happens as JSON lines on stdout."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import select
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pjsua2 as pj

TICK_MS = 10
BUSY_HERE = 486
RECORDING = "recording"
MOST_IDENTITIES = 4
JITTER_MS = (20, 60)
MOST_MEDIA_PORTS = 8192
"""The library lets a place of its mixer go late or never: a phone with 254 of them takes no 255th short call."""
PREFERRED_CODECS = ("PCMA/8000", "PCMU/8000")

# The library writes lines of its own to stdout before its log can be turned off: they go to stderr.
_events = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)


def tell(event: str, **body: Any) -> None:
    """One line out. `at` is the monotonic clock, the same one in every process of this machine."""
    _events.write(json.dumps({"event": event, "at": time.monotonic(), **body}, ensure_ascii=False) + "\n")
    _events.flush()


def quoted(name: str) -> str:
    """A display name as SIP writes it (RFC 3261 section 25.1)."""
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def identity(number: str, name: str, host: str) -> str:
    """A From header's content."""
    address = f"<sip:{number}@{host}>"
    return f"{quoted(name)} {address}" if name else address


class Conversation(pj.Call):  # type: ignore[misc]
    """One call of this phone. Its audio goes to the phone's recorder as long as there is any."""

    def __init__(self, phone: PhoneProcess, account: pj.Account, call_id: int = pj.PJSUA_INVALID_ID) -> None:
        super().__init__(account, call_id)
        self.phone = phone
        self.heard: pj.AudioMedia | None = None

    def onCallState(self, prm: pj.OnCallStateParam) -> None:  # noqa: N802
        now = self.getInfo()
        body = {"state": now.stateText.lower(), "code": int(now.lastStatusCode), "reason": now.lastReason}
        tell("state", **body, beside=self in self.phone.beside)
        if now.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self.phone.over(self)

    def onCallMediaState(self, prm: pj.OnCallMediaStateParam) -> None:  # noqa: N802
        if self in self.phone.beside:
            return
        now = self.getInfo()  # kept by name: the library frees it under a loop over its parts
        for number, media in enumerate(now.media):
            if media.type == pj.PJMEDIA_TYPE_AUDIO and media.status == pj.PJSUA_CALL_MEDIA_ACTIVE:
                self.heard = self.getAudioMedia(number)
                self.phone.connect(self.heard)
                tell("audio")

    def onDtmfDigit(self, prm: pj.OnDtmfDigitParam) -> None:  # noqa: N802
        tell("digit", digit=prm.digit)


class Line(pj.Account):  # type: ignore[misc]
    """Where calls come in: an identity, registered or not."""

    def __init__(self, phone: PhoneProcess) -> None:
        super().__init__()
        self.phone = phone

    def onRegState(self, prm: pj.OnRegStateParam) -> None:  # noqa: N802
        tell("registration", code=int(prm.code), registered=bool(self.getInfo().regIsActive))

    def onIncomingCall(self, prm: pj.OnIncomingCallParam) -> None:  # noqa: N802
        head = prm.rdata.wholeMsg.split("\r\n\r\n", 1)[0].split("\r\n")
        self.phone.arrived(Conversation(self.phone, self, prm.callId), [line for line in head if ":" in line])


@dataclass(slots=True)
class Taping:
    """Since when, and for how long at most this process has stood still in that time."""

    since: float = field(default_factory=time.monotonic)
    stalled: float = 0.0


class PhoneProcess:
    """The one phone of this process: one conversation at a time, short calls beside it; who else calls hears busy."""

    def __init__(self, port: int, rtp_port: int, host: str) -> None:
        self.host, self.port, self.rtp_port = host, port, rtp_port
        self.conversation: Conversation | None = None
        self.beside: list[Conversation] = []
        self.done: list[pj.Call] = []
        self.refused: list[tuple[Conversation, int]] = []
        self.rung: list[list[str]] = []
        self.recorders: dict[str, pj.AudioMediaRecorder] = {}
        self.tapes: dict[str, Taping] = {}
        self.ticked_at = time.monotonic()
        self.player: pj.AudioMediaPlayer | None = None
        self.lines: list[Line] = []
        self.callers: dict[str, Line] = {}
        self.answer_with = "200"
        self.answer_after = 0.0
        self.answer_at: float | None = None
        self.endpoint = self._started()
        self.clock = self._clock()
        self.line = self._line(identity("phone", "", f"{host}:{port}"))
        self.orders: Mapping[str, Callable[[dict[str, Any]], None]] = {
            "call": self.call, "register": self.register, "when_called": self.when_called, "answer": self.answer,
            "dtmf": self.dtmf, "play": self.play, "record": self.record, "stop_recording": self.stop_recording,
            "tape": self.tape, "stop_tape": self.stop_tape, "hang_up": self.hang_up,
        }  # fmt: skip

    def _started(self) -> pj.Endpoint:
        endpoint = pj.Endpoint()
        endpoint.libCreate()
        config = pj.EpConfig()
        config.uaConfig.threadCnt = 0
        config.uaConfig.mainThreadOnly = True
        config.uaConfig.maxCalls = 4
        config.medConfig.maxMediaPorts = MOST_MEDIA_PORTS
        config.logConfig.level = config.logConfig.consoleLevel = 0
        config.medConfig.clockRate = config.medConfig.sndClockRate = 8000
        config.medConfig.ecTailLen = 0
        config.medConfig.noVad = True
        config.medConfig.jbInit = config.medConfig.jbMinPre = JITTER_MS[0]
        config.medConfig.jbMaxPre = JITTER_MS[1]
        endpoint.libInit(config)
        transport = pj.TransportConfig()
        transport.port, transport.boundAddress, transport.publicAddress = self.port, self.host, self.host
        endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
        endpoint.libStart()
        endpoint.audDevManager().setNullDev()
        for codec in endpoint.codecEnum2():
            rank = next((n for n, name in enumerate(PREFERRED_CODECS) if name in codec.codecId), None)
            endpoint.codecSetPriority(codec.codecId, 0 if rank is None else 200 - rank)
        return endpoint

    def _clock(self) -> pj.ToneGenerator:
        """A silent source: a recorder fed by it runs through gaps, so that its seconds are real seconds."""
        silence = pj.ToneGenerator()
        silence.createToneGenerator(8000, 1)
        return silence

    def _identified(self, uri: str) -> pj.AccountConfig:
        config = pj.AccountConfig()
        config.idUri = uri
        media = config.mediaConfig.transportConfig
        media.port, media.boundAddress, media.publicAddress = self.rtp_port, self.host, self.host
        config.callConfig.timerUse = pj.PJSUA_SIP_TIMER_INACTIVE
        return config

    def _line(self, uri: str, settings: dict[str, Any] | None = None) -> Line:
        config = self._identified(uri)
        if settings:
            config.regConfig.registrarUri = settings["registrar"]
            config.regConfig.timeoutSec = 600
            config.sipConfig.authCreds.append(pj.AuthCredInfo("digest", "*", settings["user"], 0, settings["password"]))
        line = Line(self)
        line.create(config)
        self.lines.append(line)
        return line

    def _caller(self, uri: str) -> Line:
        """The line that calls go out from under this identity; the library has room for few of them."""
        if uri not in self.callers:
            if len(self.callers) >= MOST_IDENTITIES:
                oldest = self.callers.pop(next(iter(self.callers)))
                # Not ended and made anew: the old one's destructor would take the new one's place in the library.
                oldest.modify(self._identified(uri))
                self.callers[uri] = oldest
            else:
                self.callers[uri] = self._line(uri)
        return self.callers[uri]

    # ---------- orders
    def call(self, order: dict[str, Any]) -> None:
        """Dial from the number and name of the order, or as the desk that is signed on."""
        registered = order.get("line") == "registered"
        line = self.line if registered else self._caller(identity(order["from"], order.get("name", ""), self.host))
        parameters = pj.CallOpParam(True)
        parameters.opt.audioCount, parameters.opt.videoCount = 1, 0
        for name, value in order.get("headers", {}).items():
            header = pj.SipHeader()
            header.hName, header.hValue = name, value
            parameters.txOption.headers.append(header)
        conversation = Conversation(self, line)
        if order.get("beside"):
            self.beside.append(conversation)
        else:
            self.conversation = conversation
        tell("dialled", uri=order["uri"], number=order["from"], beside=bool(order.get("beside")))
        conversation.makeCall(order["uri"], parameters)

    def register(self, order: dict[str, Any]) -> None:
        uri = identity(order["user"], "", order["domain"])
        self.line = self._line(uri, {**order, "registrar": f"sip:{order['domain']}"})

    def when_called(self, order: dict[str, Any]) -> None:
        self.answer_with, self.answer_after = str(order["answer"]), float(order.get("after", 0))
        tell("heeded")

    def answer(self, order: dict[str, Any]) -> None:
        self._reply(int(order.get("code", 200)))

    def dtmf(self, order: dict[str, Any]) -> None:
        if self.conversation:
            self.conversation.dialDtmf(order["digits"])
            tell("pressed", digits=order["digits"])

    def play(self, order: dict[str, Any]) -> None:
        """Speak a wav file (again and again unless `once`); without a file: be silent."""
        if self.player and self.conversation and self.conversation.heard:
            self.player.stopTransmit(self.conversation.heard)
        self.player = None
        if order.get("file"):
            player = pj.AudioMediaPlayer()
            player.createPlayer(order["file"], pj.PJMEDIA_FILE_NO_LOOP if order.get("once") else 0)
            self.player = player
            if self.conversation and self.conversation.heard:
                player.startTransmit(self.conversation.heard)

    def record(self, order: dict[str, Any]) -> None:
        self.stop_recording({})
        self._begin(RECORDING, order["file"])
        tell("recording", file=order["file"])

    def stop_recording(self, order: dict[str, Any]) -> None:
        if self._end(RECORDING):
            tell("recorded")

    def tape(self, order: dict[str, Any]) -> None:
        """Beside whatever is recorded and stopped meanwhile, other tapes too: all that this phone hears."""
        file = str(order["file"])
        self._begin(file, file)
        self.tapes[file] = Taping()
        tell("taping", file=file)

    def stop_tape(self, order: dict[str, Any]) -> None:
        """Of one file or of all: how long it really ran, and the longest that this process stood still meanwhile."""
        for file in [order["file"]] if order.get("file") else list(self.tapes):
            taping = self.tapes.pop(file, None)
            if taping and self._end(file):
                tell("taped", file=file, seconds=time.monotonic() - taping.since, stalled=taping.stalled)

    def _begin(self, what: str, file: str) -> None:
        recorder = self.recorders[what] = pj.AudioMediaRecorder()
        recorder.createRecorder(file)
        self.clock.startTransmit(recorder)
        if self.conversation and self.conversation.heard:
            self.conversation.heard.startTransmit(recorder)

    def _end(self, what: str) -> bool:
        """Whether there was such a recording; its file is whole afterwards."""
        recorder = self.recorders.pop(what, None)
        if recorder is None:
            return False
        self.clock.stopTransmit(recorder)
        if self.conversation and self.conversation.heard:
            self.conversation.heard.stopTransmit(recorder)
        return True

    def hang_up(self, order: dict[str, Any]) -> None:
        if self.conversation:
            self.conversation.hangup(pj.CallOpParam(True))

    # ---------- what happens
    def arrived(self, conversation: Conversation, head: list[str]) -> None:
        if self.conversation is not None:
            tell("ringing", headers=head, busy=True)
            return self.refused.append((conversation, BUSY_HERE))
        self.conversation = conversation
        later = self.answer_with == "200" and self.answer_after > 0
        if later or self.answer_with == "ring":
            self.answer_at = time.monotonic() + self.answer_after if later else None
            self._reply(180)
            return self.rung.append(head)
        tell("ringing", headers=head, busy=False)
        if self.answer_with == "200":
            return self._reply(200)
        return self.refused.append((conversation, int(self.answer_with)))

    def connect(self, heard: pj.AudioMedia) -> None:
        if self.player:
            self.player.startTransmit(heard)
        for recorder in self.recorders.values():
            heard.startTransmit(recorder)

    def over(self, conversation: Conversation) -> None:
        self.done.append(conversation)
        self.beside = [other for other in self.beside if other is not conversation]
        if self.conversation is conversation:
            self.conversation, self.answer_at = None, None

    def tick(self) -> None:
        now = time.monotonic()
        for taping in self.tapes.values():
            taping.stalled = max(taping.stalled, now - max(self.ticked_at, taping.since))
        self.ticked_at = now
        self.endpoint.libHandleEvents(TICK_MS)
        self.done.clear()
        self._ring()
        self._refuse()
        if self.answer_at and time.monotonic() >= self.answer_at:
            self.answer_at = None
            self._reply(200)

    def _ring(self) -> None:
        """Told once the library has sent its 180: who hears of it may end this process at once."""
        rung, self.rung = self.rung, []
        for head in rung:
            tell("ringing", headers=head, busy=False)

    def _refuse(self) -> None:
        """Outside the library's own turn: a call that is refused while it is told of takes the process with it."""
        refused, self.refused = self.refused, []
        for conversation, code in refused:
            with contextlib.suppress(pj.Error):  # its caller has given up meanwhile
                _answer(conversation, code)

    def obey(self, order: dict[str, Any]) -> None:
        try:
            self.orders[order["do"]](order)
        except Exception as error:  # pjsua2 raises its own class for every refusal; the phone goes on
            tell("refused", order=order.get("do"), why=str(getattr(error, "reason", "") or error)[:300])

    def end(self) -> None:
        self.stop_recording({})
        self.stop_tape({})
        self.player = None
        self.endpoint.hangupAllCalls()
        for _ in range(30):
            self.endpoint.libHandleEvents(TICK_MS)
        self.endpoint.libDestroy()

    def _reply(self, code: int) -> None:
        if self.conversation:
            _answer(self.conversation, code)


def _answer(conversation: Conversation, code: int) -> None:
    parameters = pj.CallOpParam()
    parameters.statusCode = code
    conversation.answer(parameters)


def orders_waiting(unfinished: bytearray) -> list[dict[str, Any]] | None:
    """The orders that have come in whole; None once nobody can give any more."""
    if not select.select([0], [], [], 0)[0]:
        return []
    got = os.read(0, 65536)
    if not got:
        return None
    unfinished.extend(got)
    *lines, rest = bytes(unfinished).split(b"\n")
    unfinished[:] = rest
    return [json.loads(line) for line in lines if line.strip()]


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--port", type=int, required=True)
    asked.add_argument("--rtp-port", type=int, required=True)
    asked.add_argument("--host", default="127.0.0.1")
    given = asked.parse_args()
    phone = PhoneProcess(given.port, given.rtp_port, given.host)
    tell("ready", pid=os.getpid())
    unfinished = bytearray()
    while True:
        phone.tick()
        orders = orders_waiting(unfinished)
        if orders is None:
            break
        for order in orders:
            if order["do"] == "quit":
                phone.end()
                tell("ended")
                os._exit(0)  # pjsua2's own destructors may run in the wrong order after libDestroy
            phone.obey(order)
    phone.end()
    os._exit(0)


if __name__ == "__main__":
    main()
