"""Every business refusal of the desk, and the one table that turns exceptions into replies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from agent_desktop.ports import DatabaseAway, DraftConflict, NotFound
from cases.form import BadForm


class Refused(Exception):
    """A request is refused; `facts` fill the gaps of its text and go along in the reply."""

    def __init__(self, **facts: object) -> None:
        super().__init__(", ".join(f"{name}={value}" for name, value in facts.items()))
        self.facts = facts


class LoginNeeded(Refused):
    """No session, or it is over."""


class WrongPassword(Refused):
    """Agent or password is wrong; which of the two is not said."""


class TooManyTries(Refused):
    """Facts: wait_seconds."""


class BadToken(Refused):
    """The CSRF token is missing or belongs to another session."""


class Forbidden(Refused):
    """Logged in, but not allowed."""


class WrongHost(Refused):
    """The Host header names no address of this hotline (DNS rebinding)."""


class BadRequest(Refused):
    """The request cannot be read. Facts: what."""


class BadFrame(Refused):
    """A WebSocket frame cannot be read. Facts: what."""


class DeskTaken(Refused):
    """Another window of this agent is the desk."""


class NotYourCall(Refused):
    """The command names a call that is not at this agent's desk."""


class CtiDown(Refused):
    """The control channel is away."""


class CommandExpired(Refused):
    """The control channel did not answer in time."""


class CommandRefused(Refused):
    """cti refused; facts: code, text."""


@dataclass(frozen=True, slots=True)
class Reply:
    """How one kind of exception is told: HTTP status, stable code, words for the screen."""

    status: int
    code: str
    text: str


REPLIES: Mapping[type[Exception], Reply] = {
    LoginNeeded: Reply(401, "login_needed", "登录已过期，请重新登录。"),
    WrongPassword: Reply(401, "wrong_password", "工号或口令不正确。"),
    TooManyTries: Reply(429, "too_many", "尝试次数过多，请在 {wait_seconds} 秒后再试。"),
    BadToken: Reply(403, "csrf", "页面已过期，请刷新后重试。"),
    Forbidden: Reply(403, "forbidden", "您没有此项权限。"),
    WrongHost: Reply(421, "wrong_host", "请使用热线公布的网址访问。"),
    BadRequest: Reply(400, "bad_request", "无法识别的请求：{what}。"),
    BadFrame: Reply(400, "bad_frame", "无法识别的消息：{what}。"),
    DeskTaken: Reply(409, "desk_taken", "您的工作台已在另一个窗口打开，本窗口只读。"),
    NotYourCall: Reply(403, "not_your_call", "这通电话不在您的工作台上。"),
    CtiDown: Reply(503, "cti_down", "话务控制暂时不可用，通话不受影响，请稍后再试。"),
    CommandExpired: Reply(504, "expired", "操作超时未执行，请再试一次。"),
    CommandRefused: Reply(409, "{code}", "{text}"),
    NotFound: Reply(404, "not_found", "没有找到，或您无权查看。"),
    DraftConflict: Reply(409, "version_conflict", "草稿已在别处更新。"),
    BadForm: Reply(422, "invalid", "请检查标出的项目。"),
    DatabaseAway: Reply(503, "database_away", "数据库暂时不可用，请稍后再试；已登录的坐席可以继续接听。"),
}

_UNKNOWN = Reply(500, "error", "系统出错，已记录，请稍后再试。")


def reply_to(error: Exception) -> Reply:
    """The reply for `error`, its gaps filled; an unforeseen error gives the general one."""
    reply = REPLIES.get(type(error), _UNKNOWN)
    facts = error.facts if isinstance(error, Refused) else {}
    return Reply(reply.status, reply.code.format(**facts), reply.text.format(**facts))


def is_foreseen(error: Exception) -> bool:
    return type(error) in REPLIES


def facts_of(error: Exception) -> dict[str, object]:
    """What a script needs besides code and text."""
    match error:
        case BadForm(errors=errors):
            return {"errors": errors}
        case DraftConflict(stored=stored):
            return {"version": stored.version, "fields": dict(stored.fields)}
        case TooManyTries(facts=facts):
            return {"wait_seconds": facts["wait_seconds"]}
        case _:
            return {}
