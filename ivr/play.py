"""Walks a menu in the terminal with typed keys, and can keep the walk as a test: `hotline plan play`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from ivr.check import Plan, load_plan
from ivr.load import BadPlan
from ivr.menu import (
    KEYS,
    Act,
    FinishInQueue,
    GatherKey,
    Heard,
    Key,
    KeyPressed,
    NothingPressed,
    PromptKey,
    SayPrompt,
    Walk,
)
from ivr.walk import advance, begin

WAITED = "."
"""How a caller who waits is written."""
_ASK = f"按键（{' '.join(KEYS)}，回车表示不按）："


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when the walk reached a queue; 1 when the plan has mistakes or the keys ended before."""
    given = _parser().parse_args(arguments)
    try:
        plan = load_plan(Path(given.folder).resolve())
    except BadPlan as bad:
        print(bad, file=sys.stderr)
        return 1
    typed = iter(given.keys) if given.keys is not None else _asked()
    pressed, acts = play(plan, given.menu, given.profile, typed, print)
    if not isinstance(acts[-1], FinishInQueue):
        print("按键用完了，还没有进入队列。", file=sys.stderr)
        return 1
    if given.save:
        save_walk(Path(given.save), given.menu, given.profile, pressed, acts[-1])
        print(f"已存为测试：{given.save}")
    return 0


def play(
    plan: Plan, menu: str, profile: str, typed: Iterator[str], show: Callable[[str], None]
) -> tuple[str, tuple[Act, ...]]:
    """Walk until a queue, or until nothing more is typed; returns the keys used and the last acts."""
    walk, acts = begin(plan.menus[menu], profile)
    pressed = ""
    _show(acts, plan.prompts, show)
    while not walk.ended and (key := next(typed, None)) is not None:
        pressed += key
        walk, acts = _press(plan, walk, key)
        _show(acts, plan.prompts, show)
    return pressed, acts


def save_walk(path: Path, menu: str, profile: str, keys: str, end: FinishInQueue) -> None:
    """A file in tests/ivr/walks/ is replayed by the tests: this walk must go on ending here."""
    kept = {"menu": menu, "profile": profile, "keys": keys, "queue": end.queue, "path": end.path}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(kept, ensure_ascii=False) + "\n", "utf-8")


def _press(plan: Plan, walk: Walk, key: str) -> tuple[Walk, tuple[Act, ...]]:
    heard: Heard = NothingPressed() if key == WAITED else KeyPressed(key=Key(key))
    return advance(plan.menus[walk.menu], walk, heard)


def _show(acts: tuple[Act, ...], texts: Mapping[PromptKey, str], show: Callable[[str], None]) -> None:
    for act in acts:
        match act:
            case SayPrompt(prompt=prompt):
                show(f"♪ {texts[prompt]}")
            case GatherKey(prompts=prompts, wait_ms=wait_ms):
                said = " ".join(texts[prompt] for prompt in prompts)
                show(f"♪ {said}  〔再等{wait_ms / 1000:g}秒〕")
            case FinishInQueue(queue=queue, path=path, emergency=emergency):
                first = f"转接紧急服务 {emergency}，未接通时" if emergency else ""
                show(f"→ {first}进入队列 {queue}（{path}）")


def _asked() -> Iterator[str]:
    while True:
        try:
            typed = input(_ASK).strip() or WAITED
        except EOFError:
            return
        yield from (key for key in typed if key in KEYS + WAITED)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="hotline plan play", description="在终端里走一遍语音菜单，不用电话")
    parser.add_argument("--folder", default="dialplans", help="热线流程所在目录")
    parser.add_argument("--menu", default="main", help="菜单名称")
    parser.add_argument("--profile", default="light", choices=["direct", "light", "full"])
    parser.add_argument("--keys", type=_keys, help="直接给出按键，如 7#3；“.”表示不按")
    parser.add_argument("--save", help="把这次走法存成测试，如 tests/ivr/walks/enterprise.json")
    return parser


def _keys(text: str) -> str:
    if set(text) - set(KEYS + WAITED):
        raise argparse.ArgumentTypeError(f"只能是 {KEYS} 和“.”")
    return text


if __name__ == "__main__":
    sys.exit(main())
