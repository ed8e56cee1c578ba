"""`hotline call`: a simulated citizen dials the running hotline and tells in words what happened."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hotline.phone.client import Phone, PhoneFailed
from hotline.phone.ear import hear, write_tone
from hotline.phone.follow import CallWatch, watch
from hotline.settings import Settings

CALLER_TONE_HZ = 440.0
HEARD_AT_LEAST = 0.5
"""Seconds of sound at the stage asked for that count as heard."""
STAGES: dict[str, frozenset[str]] = {
    "queue": frozenset({"queued", "ringing", "talking"}),
    "agent": frozenset({"talking"}),
}
IN_WORDS = {"queue": "进入队列", "agent": "坐席接听"}
CASE_SECONDS = 3.0

CaseNumberOf = Callable[[str, float], str | None]
"""The number of the case of this call id, asked for at most that many seconds; None when there is none."""


@dataclass
class Story:
    """One call as it went: what is said about it, and whether it was what was asked for."""

    phone: Phone
    wanted: argparse.Namespace
    heard_in: Path
    watched: CallWatch | None
    begun: float = 0.0
    recorded_from: float = 0.0
    problems: list[str] = field(default_factory=list)

    def fail(self, why: str) -> bool:
        self.problems.append(why)
        print(f"✗ {why}", flush=True)
        return False

    def seconds(self, at: float) -> float:
        """When something happened, counted within the recording."""
        return at - self.recorded_from


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    asked = argparse.ArgumentParser(prog="hotline call", description="模拟市民拨打正在运行的热线 (a simulated citizen)")
    asked.add_argument("number", nargs="?", default="12345", help="被叫号码 number to dial")
    asked.add_argument("--expect", choices=("menu", "queue", "agent"), default="agent", help="要到达的阶段")
    asked.add_argument("--press", default="", metavar="KEYS", help="接通后按键, 例如 3")
    asked.add_argument("--after", type=float, default=1.5, metavar="S", help="接通几秒后按键")
    asked.add_argument("--say", default="", metavar="FILE", help="播放的 wav 文件; tone:HZ 为单音")
    asked.add_argument("--record", default="", metavar="FILE", help="把听到的保存为 wav")
    asked.add_argument("--from", dest="caller", default="13800001234", metavar="NUMBER", help="主叫号码")
    asked.add_argument("--name", default="", help="主叫姓名")
    asked.add_argument("--hangup-after", type=float, default=5.0, metavar="S", help="到达该阶段几秒后挂机")
    asked.add_argument("--wait", type=float, default=45.0, metavar="S", help="最多等待几秒")
    asked.add_argument("--phone", type=int, default=29, metavar="N", help="使用第几个测试话机 (0-29)")
    return asked.parse_args(argv)


def main(argv: Sequence[str], settings: Settings, case_number_of: CaseNumberOf | None = None) -> int:
    """Place one call. 0 only when the stage was reached and something was heard there."""
    wanted = arguments(argv)
    with tempfile.TemporaryDirectory(prefix="hotline-call-") as folder:
        heard_in = Path(wanted.record).resolve() if wanted.record else Path(folder) / "heard.wav"
        watched = watch(settings.home / "run/cti.sock", wanted.caller)
        try:
            with Phone.of(settings, wanted.phone) as phone:
                story = Story(phone, wanted, heard_in, watched)
                _speak(story, Path(folder))
                reached = _dial(story, settings) and _press(story) and _reach(story)
                _end(story)
        except PhoneFailed as error:
            print(f"✗ 话机出错 phone failed: {error}")
            return 1
        finally:
            if watched:
                watched.close()
        return _sum_up(story, reached is not False and not story.problems, case_number_of)


def _speak(story: Story, folder: Path) -> None:
    say = story.wanted.say
    if not say or say.startswith("tone:"):
        tone = float(say.removeprefix("tone:") or CALLER_TONE_HZ) if say else CALLER_TONE_HZ
        story.phone.play(write_tone(folder / "say.wav", tone, 5))
    else:
        story.phone.play(Path(say).resolve())


def _dial(story: Story, settings: Settings) -> bool:
    story.phone.record(story.heard_in)
    story.recorded_from = story.begun = time.monotonic()
    address = f"sip:{story.wanted.number}@127.0.0.1:{settings.port('sip')}"
    print(f"拨打 {story.wanted.number} (主叫 {story.wanted.caller}) …", flush=True)
    story.phone.call(address, number=story.wanted.caller, name=story.wanted.name)
    try:
        answered = story.phone.wait_answered(seconds=10)
    except PhoneFailed as error:
        return story.fail(f"没有接通: {error}")
    print(f"✓ {(answered['at'] - story.begun) * 1000:.0f} 毫秒后接通", flush=True)
    story.begun = answered["at"]
    return True


def _press(story: Story) -> bool:
    if not story.wanted.press:
        return True
    time.sleep(max(0.0, story.wanted.after))
    story.phone.press(story.wanted.press)
    print(f"✓ 按键 {story.wanted.press}", flush=True)
    return True


def _reach(story: Story) -> bool:
    """Wait for the stage, stay there, and listen whether there is something to hear."""
    stage = story.wanted.expect
    if stage != "menu":
        if story.watched is None:
            return story.fail("无法连接 cti (run/cti.sock): 请用 root 或热线用户运行, 并用 hotline status 查看")
        for passed in ("queue", "agent"):
            if story.watched.wait(set(STAGES[passed]), story.wanted.wait) is None:
                return story.fail(f"{story.wanted.wait:g} 秒内没有{IN_WORDS[passed]}")
            print(f"✓ {time.monotonic() - story.begun:.1f} 秒时{IN_WORDS[passed]}", flush=True)
            if passed == stage:
                break
    return _stay(story, time.monotonic())


def _stay(story: Story, since: float) -> bool:
    over = False
    try:
        story.phone.wait_over(seconds=max(0.1, story.wanted.hangup_after))
        over = True
    except PhoneFailed:
        pass  # still talking, as it should be
    until = time.monotonic()
    if not over:
        story.phone.hang_up()
        story.phone.wait_over()
    story.phone.stop_recording()
    sound = hear(story.heard_in).part(story.seconds(since), story.seconds(until)).seconds_heard()
    print(f"{'✓' if sound >= HEARD_AT_LEAST else '✗'} 在此阶段听到 {sound:.1f} 秒声音", flush=True)
    return sound >= HEARD_AT_LEAST or story.fail("到达了, 但没有听到声音")


def _end(story: Story) -> None:
    story.phone.hang_up()


def _sum_up(story: Story, reached: bool, case_number_of: CaseNumberOf | None) -> int:
    print(f"通话 {max(0.0, time.monotonic() - story.begun):.1f} 秒")
    call = story.watched.call if story.watched else None
    if call:
        print(f"通话编号 {call['id']}")
        number = case_number_of(str(call["id"]), CASE_SECONDS) if case_number_of else None
        print(f"工单编号 {number}" if number else "没有工单")
    print("结果: 成功" if reached else "结果: 失败")
    return 0 if reached else 1
