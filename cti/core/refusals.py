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


class NoSuchEntry(Refusal):
    code, text = "no_such_entry", "通讯录中没有这一项。"


class AlreadyAsked(Refusal):
    code, text = "already_asked", "已在呼叫或正与第三方通话，请先取消或移出。"


class NobodyAsked(Refusal):
    code, text = "nobody_asked", "当前没有正在呼叫的第三方。"


class NobodyThere(Refusal):
    code, text = "nobody_there", "第三方尚未接通或已经离开。"


class NoEmergency(Refusal):
    code, text = "no_emergency", "当前没有正在呼叫的紧急线路。"


class EmergencyRuns(Refusal):
    code, text = "emergency_runs", "紧急转接进行中，请先处理紧急转接。"


class OperatorStays(Refusal):
    code, text = "operator_stays", "紧急接警员的话路只能由对方挂断。"


class LegGone(Refusal):
    code, text = "leg_gone", "该方已经离开通话。"


class NotInRoom(Refusal):
    code, text = "not_in_room", "该方不在三方通话中，不能执行该操作。"


class LastOne(Refusal):
    code, text = "last_one", "执行后将只剩一方，请改用挂断或移出。"


class AlreadySo(Refusal):
    code, text = "already_so", "该方已处于此状态。"


class NotInTransfer(Refusal):
    code, text = "not_in_transfer", "当前没有进行中的转接。"


class OwnDesk(Refusal):
    code, text = "own_desk", "不能转接给自己。"


class AgentBusy(Refusal):
    code, text = "agent_busy", "该坐席当前不能接听。"


class NumberNotAllowed(Refusal):
    code, text = "number_not_allowed", "该号码不在允许呼出的范围内，没有拨出。"


class DialRuns(Refusal):
    code, text = "dial_runs", "正在呼叫另一个号码，请先等它接通或挂断。"


class NotInWrapUp(Refusal):
    code, text = "not_in_wrap_up", "当前不在话后整理状态。"


class NoExtensionLeft(Refusal):
    code, text = "no_extension_left", "本次话后整理不能再延长。"


class UnknownReason(Refusal):
    code, text = "unknown_reason", "没有这个示忙原因，请从列表中选择。"


class NotSupervisor(Refusal):
    code, text = "not_supervisor", "只有班长可以执行该操作。"


class AgentNotInCall(Refusal):
    code, text = "agent_not_in_call", "该坐席当前不在通话中。"


class NotSupervising(Refusal):
    code, text = "not_supervising", "您当前没有监听任何坐席。"


class OwnCall(Refusal):
    code, text = "own_call", "不能对自己执行该操作。"


class RecordingIsPaused(Refusal):
    code, text = "recording_paused", "录音已经暂停。"


class RecordingRuns(Refusal):
    code, text = "recording_runs", "录音没有暂停。"


class NotRecorded(Refusal):
    code, text = "not_recorded", "该通话没有正在进行的录音。"


class AmiDown(Refusal):
    code, text = "ami_down", "与话务平台的连接中断，操作未执行，请稍后重试。"


class SwitchRefused(Refusal):
    code, text = "switch_refused", "话务平台未接受该操作，请重试。"


REFUSALS: tuple[type[Refusal], ...] = tuple(Refusal.__subclasses__())
