"""Business refusals: one exception each, with a stable code and words for the agent."""

from __future__ import annotations


class Refusal(Exception):
    """A command that is understood and not carried out."""

    code = "refused"
    text = "操作未执行。"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.code)
        self.detail = detail


class Expired(Refusal):
    code, text = "expired", "操作已超时，未执行，请重试。"


class UnknownCommand(Refusal):
    code, text = "unknown_command", "系统不认识该操作。"


class BadCommand(Refusal):
    code, text = "bad_command", "操作的内容不完整或有误。"


class NotSignedOn(Refusal):
    code, text = "not_signed_on", "您尚未签入，请先签入。"


class NotYourCall(Refusal):
    code, text = "not_your_call", "这不是您正在接听的通话。"


class CallGone(Refusal):
    code, text = "call_gone", "该通话已经结束。"


class NotInCall(Refusal):
    code, text = "not_in_call", "当前不在通话中。"


class InCall(Refusal):
    code, text = "in_call", "通话中不能执行该操作，请先结束通话。"


class AlreadyHeld(Refusal):
    code, text = "already_held", "来电人已处于保持状态。"


class NotHeld(Refusal):
    code, text = "not_held", "来电人未处于保持状态。"


class NotInWrapUp(Refusal):
    code, text = "not_in_wrap_up", "当前不在话后整理状态。"


class AmiDown(Refusal):
    code, text = "ami_down", "与话务平台的连接中断，操作未执行，请稍后重试。"


class SwitchRefused(Refusal):
    code, text = "switch_refused", "话务平台未接受该操作，请重试。"


REFUSALS: tuple[type[Refusal], ...] = tuple(Refusal.__subclasses__())
