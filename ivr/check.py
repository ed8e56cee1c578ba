"""The plan in a folder, loaded whole or refused with every mistake: `hotline plan check`, start-up."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ivr.fields import Mistake
from ivr.load import BadPlan, load_menu, load_prompts
from ivr.menu import Menu, PromptKey

QUEUES = frozenset({"general", "enterprise"})
"""The queues that asterisk-config renders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What admins publish."""

    menus: dict[str, Menu]
    prompts: dict[PromptKey, str]


def load_plan(folder: Path) -> Plan:
    """Every menu and prompt text under `folder` (dialplans/). Raises BadPlan with the mistakes of all."""
    mistakes: list[Mistake] = []
    prompts: dict[PromptKey, str] = {}
    try:
        prompts = load_prompts(folder / "prompts" / "zh.yaml", _shown(folder, "prompts/zh.yaml"))
    except BadPlan as bad:
        mistakes += bad.mistakes
    menus = _menus(folder, prompts, mistakes)
    if mistakes:
        raise BadPlan(mistakes)
    return Plan(menus=menus, prompts=prompts)


def _menus(folder: Path, prompts: dict[PromptKey, str], mistakes: list[Mistake]) -> dict[str, Menu]:
    menus: dict[str, Menu] = {}
    for path in sorted((folder / "menus").glob("*.yaml")):
        shown = _shown(folder, f"menus/{path.name}")
        try:
            menu = load_menu(path, prompts, QUEUES, shown)
        except BadPlan as bad:
            mistakes += bad.mistakes
            continue
        if menu.name != path.stem:
            what = f"菜单名“{menu.name}”与文件名不同"
            mistakes.append(Mistake(shown, 1, what, f"请写成 menu: {path.stem}"))
        menus[menu.name] = menu
    if not (folder / "menus" / "main.yaml").exists():
        mistakes.append(Mistake(_shown(folder, "menus/main.yaml"), 1, "没有主菜单", "请恢复这个文件"))
    return menus


def _shown(folder: Path, inside: str) -> str:
    return f"{folder.name}/{inside}"


def main(arguments: Sequence[str] | None = None) -> int:
    """`hotline plan check [FOLDER]`: 0 when the plan may be published, 1 with the mistakes on stderr."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    folder = Path(given[0] if given else "dialplans").resolve()
    try:
        plan = load_plan(folder)
    except BadPlan as bad:
        print(bad, file=sys.stderr)
        print(f"共{len(bad.mistakes)}处需要修改。", file=sys.stderr)
        return 1
    print(f"热线流程没有问题：{len(plan.menus)}个菜单，{len(plan.prompts)}条提示音。")
    return 0


if __name__ == "__main__":
    sys.exit(main())
