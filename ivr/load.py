"""Reads what admins edit (menus, prompt texts) and reports every mistake with its file and line."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import yaml

from ivr.fields import Fields, Marked, Mistake
from ivr.menu import Menu, PromptKey, Step, StepName
from ivr.prompts.speak import UnspeakableText, spoken
from ivr.steps import STEPS
from ivr.steps.gather import Gather
from ivr.steps.queue import Queue

NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
PROMPT_NAME = re.compile(rf"{NAME.pattern}(/[a-z0-9_]{{1,32}})?")
NAME_CURE = "请用小写字母开头，只含小写字母、数字和下划线"
"""Names travel through AGI, channel variables and file names, so they are kept plain."""

Loaded = TypeVar("Loaded")

_SYNTAX_CURE = '请检查缩进和引号；按键 * 和 # 必须写成 "*" 和 "#"'


class BadPlan(ValueError):
    """The plan cannot be published; `mistakes` says every reason."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        self.mistakes = sorted(set(mistakes))
        super().__init__("\n".join(map(str, self.mistakes)))


def load_prompts(path: Path, shown_as: str | None = None) -> dict[PromptKey, str]:
    """Prompt key → text to speak. Raises BadPlan."""
    fields = open_fields(path, shown_as)
    texts = {PromptKey(key): fields.text(key) for key in fields.names()}
    for key, text in texts.items():
        _check_prompt(fields, key, text)
    return unless_wrong(texts, fields)


def load_menu(path: Path, prompts: Collection[str], queues: Collection[str], shown_as: str | None = None) -> Menu:
    """The menu in one YAML file, checked against the known prompts and queues. Raises BadPlan."""
    fields = open_fields(path, shown_as)
    name = fields.text("menu")
    start, person = StepName(fields.text("start")), StepName(fields.text("person"))
    turns = fields.number("most_turns", 12, 3, 50)
    blocks = _blocks(fields)
    steps = {StepName(step): _step(block) for step, block in blocks.items()}
    fields.refuse_the_rest()
    menu = Menu(
        name=name,
        start=start,
        person=person,
        steps={key: step for key, step in steps.items() if step},
        most_turns=turns,
    )
    _plain_name(fields, name, "菜单名称", "menu")
    # A step that could not be read would make every reference to it look wrong as well.
    if all(steps.values()):
        _check(menu, fields, blocks, prompts, queues)
    return unless_wrong(menu, fields)


def _check_prompt(fields: Fields, key: str, text: str) -> None:
    if not PROMPT_NAME.fullmatch(key):
        fields.wrong(key, f"提示音名称“{key}”不合规", NAME_CURE)
    try:
        spoken(text or "无")
    except UnspeakableText as error:
        fields.wrong(key, f"提示音“{key}”读不出：{error}", "请改用汉字书写")


def open_fields(path: Path, shown_as: str | None = None) -> Fields:
    """The outermost block of any plan file. Raises BadPlan when it is no YAML of names and values."""
    shown = shown_as or str(path)
    try:
        root = yaml.compose(path.read_text("utf-8"), Loader=yaml.SafeLoader)
    except OSError as error:
        what = f"读不到文件（{error.strerror}）"
        raise BadPlan([Mistake(shown, 1, what, "请确认文件存在且可读")]) from None
    except UnicodeDecodeError:
        raise BadPlan([Mistake(shown, 1, "文件不是UTF-8编码", "请另存为UTF-8")]) from None
    except yaml.YAMLError as error:
        raise BadPlan([_syntax_mistake(shown, error)]) from None
    mistakes: list[Mistake] = []
    marked = _marked(root, shown, mistakes) if root else Marked({}, 1)
    if not isinstance(marked.value, dict):
        raise BadPlan([Mistake(shown, marked.line, "文件开头应是“名称: 内容”", "请参照现有文件的写法")])
    return Fields(shown, 1, marked.value, mistakes)


def _syntax_mistake(shown: str, error: yaml.YAMLError) -> Mistake:
    mark = getattr(error, "problem_mark", None)
    reason = getattr(error, "problem", None) or "无法解析"
    return Mistake(shown, mark.line + 1 if mark else 1, f"YAML格式错误（{reason}）", _SYNTAX_CURE)


def _marked(node: yaml.Node, file: str, mistakes: list[Mistake]) -> Marked:
    """Drop YAML's own types: `3` and `no` stay the text that was written."""
    line = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        return Marked(_entries(node, file, mistakes), line)
    if isinstance(node, yaml.SequenceNode):
        return Marked([_marked(item, file, mistakes) for item in node.value], line)
    return Marked(str(node.value), line)


def _entries(node: yaml.MappingNode, file: str, mistakes: list[Mistake]) -> dict[str, Marked]:
    entries: dict[str, Marked] = {}
    for key, value in node.value:
        name, line = str(key.value), key.start_mark.line + 1
        if name in entries:
            cure = f"请删去一处（另一处在第{entries[name].line}行）"
            mistakes.append(Mistake(file, line, f"“{name}”写了两次", cure))
        entries[name] = Marked(_marked(value, file, mistakes).value, line)
    return entries


def _blocks(fields: Fields) -> dict[str, Fields]:
    group = fields.group("steps")
    if group is None:
        return {}
    for name in group.names():
        _plain_name(group, name, "步骤名称")
    return {name: block for name in group.names() if (block := group.group(name))}


def _step(fields: Fields) -> Step | None:
    """A block holds exactly one kind of step, the word before the colon."""
    kinds = list(fields.names())
    if len(kinds) != 1 or kinds[0] not in STEPS:
        first = kinds[0] if kinds else ""
        fields.wrong(first, f"不认识的步骤“{'、'.join(kinds)}”", f"每步只能写一种：{'、'.join(STEPS)}")
        return None
    inner = fields.group(kinds[0])
    if inner is None:
        return None
    step = STEPS[kinds[0]](inner)
    inner.refuse_the_rest()
    return step


def _check(
    menu: Menu,
    fields: Fields,
    blocks: Mapping[str, Fields],
    prompts: Collection[str],
    queues: Collection[str],
) -> None:
    """References, reachability, and the promise that every caller can reach a person."""
    _check_ends(menu, fields)
    for name, step in menu.steps.items():
        _check_references(menu, step, blocks[name], prompts, queues)
    if menu.start in menu.steps:
        _check_ways(menu, blocks)


def _check_ends(menu: Menu, fields: Fields) -> None:
    known = "、".join(menu.steps)
    if menu.start and menu.start not in menu.steps:
        fields.wrong("start", f"没有步骤“{menu.start}”", f"请改为已有步骤之一：{known}")
    if menu.person and not isinstance(menu.steps.get(menu.person), Queue):
        what = f"“{menu.person}”不是进入队列的步骤"
        fields.wrong("person", what, "请填一个 queue 步骤，保证来电总能找到人工")


def _check_references(menu: Menu, step: Step, block: Fields, prompts: Collection[str], queues: Collection[str]) -> None:
    for target in step.leads_to():
        if target and target not in menu.steps:
            _blame(block, target, f"没有步骤“{target}”", f"请改为已有步骤之一：{'、'.join(menu.steps)}")
    for prompt in step.prompts():
        if prompt and prompt not in prompts:
            _blame(block, prompt, f"没有提示音“{prompt}”", "请先在 dialplans/prompts/zh.yaml 中写上它的文字")
    for queue in step.queues():
        if queue and queue not in queues:
            _blame(block, queue, f"没有队列“{queue}”", f"请改为已有队列之一：{'、'.join(sorted(queues))}")
    if isinstance(step, Gather):
        _check_keys(step, block)


def _check_keys(step: Gather, block: Fields) -> None:
    for option in step.options:
        if option.key in (step.again, step.back):
            _blame(block, option.key, f"按键“{option.key}”已用作重听或返回", "请换一个按键，或改 again、back")


def _check_ways(menu: Menu, blocks: Mapping[str, Fields]) -> None:
    reached = _reachable(menu, menu.start) | {menu.person}
    for name in menu.steps:
        if name not in reached:
            _blame(blocks[name], "", f"没有任何按键能走到步骤“{name}”", "请删去它，或让某个按键通向它")
        elif not any(isinstance(menu.steps[to], Queue) for to in _reachable(menu, name)):
            _blame(blocks[name], "", f"从步骤“{name}”走不到人工", "请让它最终通向一个 queue 步骤")


def _reachable(menu: Menu, start: StepName) -> set[StepName]:
    found: set[StepName] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name in menu.steps and name not in found:
            found.add(name)
            waiting.extend(menu.steps[name].leads_to())
    return found


def _blame(block: Fields, text: str, what: str, cure: str) -> None:
    """Note a mistake at the line where `text` is written in this block, else at the block's head."""
    line = next((marked.line for marked in _written(block.entries.values()) if marked.value == text), None)
    key_line = next((inner.line for key, inner in _keys(block.entries) if key == text), block.line)
    block.mistakes.append(Mistake(block.file, line or key_line, what, cure))


def _written(entries: Collection[Marked]) -> Iterator[Marked]:
    for marked in entries:
        yield marked
        if isinstance(marked.value, dict):
            yield from _written(marked.value.values())


def _keys(entries: Mapping[str, Marked]) -> Iterator[tuple[str, Marked]]:
    for key, marked in entries.items():
        yield key, marked
        if isinstance(marked.value, dict):
            yield from _keys(marked.value)


def _plain_name(fields: Fields, name: str, what: str, at: str | None = None) -> None:
    if name and not NAME.fullmatch(name):
        fields.wrong(at or name, f"{what}“{name}”不合规", NAME_CURE)


def unless_wrong(loaded: Loaded, fields: Fields) -> Loaded:
    if fields.mistakes:
        raise BadPlan(fields.mistakes)
    return loaded
