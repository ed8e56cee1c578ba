"""Stories of admins who make mistakes in plan files."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.check import load_plan, main
from ivr.load import BadPlan, load_menu, load_prompts
from ivr.menu import FinishInQueue, Key, KeyPressed, QueueName
from ivr.walk import advance, begin
from tests.ivr.menus import PLAN, PLAN_FOLDER

MAIN_YAML = (PLAN_FOLDER / "menus" / "main.yaml").read_text("utf-8")
QUEUES = {"general", "enterprise"}


def line_of(text: str, part: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), start=1) if part in line)


def mistakes_after(tmp_path: Path, old: str, new: str) -> list[str]:
    """The mistakes found when `old` in the main menu was changed to `new`."""
    assert old in MAIN_YAML
    path = tmp_path / "main.yaml"
    path.write_text(MAIN_YAML.replace(old, new, 1), "utf-8")
    with pytest.raises(BadPlan) as caught:
        load_menu(path, PLAN.prompts, QUEUES, "main.yaml")
    return [str(mistake) for mistake in caught.value.mistakes]


def test_published_plan_has_no_mistakes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(PLAN_FOLDER)]) == 0
    assert "没有问题" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("old", "new", "at", "what"),
    [
        ('"3": enterprise', '"3": enterprice', '"3": enterprice', "没有步骤“enterprice”"),
        ("start: welcome", "start: welcom", "start: welcom", "没有步骤“welcom”"),
        ("person: general ", "person: welcome ", "person: welcome", "不是进入队列的步骤"),
        ("wrong_prompt: wrong_key", "wrong_prompt: wrong_kee", "wrong_kee", "没有提示音“wrong_kee”"),
        ("{name: enterprise}", "{name: enterprize}", "enterprize", "没有队列“enterprize”"),
        ('"0": general', '"#": general', '"#": general', "已用作重听或返回"),
        ('"0": general', '"10": general', '"10": general', "不是电话按键"),
        ('"0": general', '"3": general', '"3": general', "写了两次"),
        ("wrong_times: 2", "wrong_times: 很多", "wrong_times", "不能是“很多”"),
        ("wrong_times: 2", "wrong_tines: 2", "wrong_tines", "不认识“wrong_tines”"),
        ("otherwise: general", "# otherwise", "gather:", "缺少“otherwise”"),
        ("queue: {name: general}", "quee: {name: general}", "quee:", "不认识的步骤“quee”"),
        ("menu: main", "menu: 主菜单", "menu: 主菜单", "菜单名称“主菜单”不合规"),
        ("direct: {first", "brief: {first", "brief: {first", "不认识“brief”"),
        ("menu_light, wait: 2", "menu_light, wait: 99", "wait: 99", "“wait”不能是“99”"),
    ],
)
def test_mistake_is_told_with_file_line_and_cure(tmp_path: Path, old: str, new: str, at: str, what: str) -> None:
    mistakes = mistakes_after(tmp_path, old, new)
    number = line_of(MAIN_YAML.replace(old, new, 1), at)
    told = [mistake for mistake in mistakes if what in mistake]
    assert told, mistakes
    # A missing field is told at the head of its block, or the line below it.
    assert told[0].startswith((f"main.yaml:{number}: ", f"main.yaml:{number + 1}: ", f"main.yaml:{number + 2}: "))
    assert "；" in told[0]


def test_step_that_no_key_reaches_is_told(tmp_path: Path) -> None:
    mistakes = mistakes_after(tmp_path, '"3": enterprise', '"3": general')
    assert ["没有任何按键能走到步骤“enterprise”" in mistake for mistake in mistakes] == [True]


def test_step_without_a_way_to_a_person_is_told(tmp_path: Path) -> None:
    circle = "enterprise:\n    say: {prompt: please_hold, then: enterprise}\n  unused:"
    mistakes = mistakes_after(tmp_path, "enterprise:\n", circle + "\n")
    assert any("从步骤“enterprise”走不到人工" in mistake for mistake in mistakes)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "main.yaml"
    changed = MAIN_YAML.replace("wrong_key", "nope").replace('"3": enterprise', '"3": nowhere')
    path.write_text(changed.replace("start: welcome", "start: nobody"), "utf-8")
    with pytest.raises(BadPlan) as caught:
        load_menu(path, PLAN.prompts, QUEUES)
    assert len(caught.value.mistakes) >= 3


def test_star_without_quotes_is_explained_not_a_traceback(tmp_path: Path) -> None:
    mistakes = mistakes_after(tmp_path, 'back: "*"', "back: *")
    assert len(mistakes) == 1
    assert mistakes[0].startswith("main.yaml:")
    assert "加引号" in mistakes[0] or "必须写成" in mistakes[0]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "文件开头应是|缺少"),
        (b"- a\n- b\n", "文件开头应是"),
        (b"\xff\xfe\x00", "不是UTF-8"),
        (b"menu: main\n\tstart: x\n", "YAML格式错误"),
        (b"steps: {welcome: {gather: []}}\nmenu: main\nstart: welcome\nperson: welcome\n", "应是若干"),
        (b"steps: text\nmenu: main\nstart: welcome\nperson: welcome\n", "应是若干"),
    ],
)
def test_strange_files_are_refused_in_words(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "main.yaml"
    path.write_bytes(content)
    with pytest.raises(BadPlan) as caught:
        load_menu(path, PLAN.prompts, QUEUES)
    assert any(part in str(caught.value) for part in what.split("|"))


def test_missing_file_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(BadPlan, match="读不到文件"):
        load_menu(tmp_path / "main.yaml", PLAN.prompts, QUEUES)


def test_unspeakable_prompt_is_told_with_its_key_line_and_characters(tmp_path: Path) -> None:
    path = tmp_path / "zh.yaml"
    path.write_text("hello: 您好。\nprice: 每次5€。\n", "utf-8")
    with pytest.raises(BadPlan) as caught:
        load_prompts(path, "zh.yaml")
    assert str(caught.value).startswith("zh.yaml:2: ")
    assert "price" in str(caught.value)
    assert "€" in str(caught.value)


@pytest.mark.parametrize("key", ["../etc/passwd", "a b", "Ä", "a/b/c", "digits/../x", "/abs"])
def test_prompt_names_cannot_leave_their_folder(tmp_path: Path, key: str) -> None:
    path = tmp_path / "zh.yaml"
    path.write_text(f'"{key}": 您好\n', "utf-8")
    with pytest.raises(BadPlan, match="不合规"):
        load_prompts(path)


def test_mistakes_of_all_files_are_gathered(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "dialplans"
    (folder / "menus").mkdir(parents=True)
    (folder / "prompts").mkdir()
    (folder / "prompts" / "zh.yaml").write_text("A: 您好\n", "utf-8")
    (folder / "menus" / "main.yaml").write_text(MAIN_YAML.replace("menu: main", "menu: mein"), "utf-8")
    with pytest.raises(BadPlan):
        load_plan(folder)
    assert main([str(folder)]) == 1
    told = capsys.readouterr().err
    assert "dialplans/prompts/zh.yaml:1" in told
    assert "dialplans/menus/main.yaml:" in told
    assert "需要修改" in told


def test_the_plan_may_put_a_caller_through_to_an_emergency_service_and_says_whose_queue_comes_after(
    tmp_path: Path,
) -> None:
    path = tmp_path / "main.yaml"
    added = MAIN_YAML.replace('"0": general', '"0": general\n        "2": ambulance')
    path.write_text(added + '\n  ambulance:\n    emergency: {service: "120", otherwise: general}\n', "utf-8")
    menu = load_menu(path, PLAN.prompts, QUEUES, "main.yaml")
    walk, _ = begin(menu, "light")
    walk, acts = advance(menu, walk, KeyPressed(key=Key("2")))
    assert acts == (FinishInQueue(queue=QueueName("general"), path="main:2", emergency="120"),)
    assert walk.ended
    path.write_text(path.read_text("utf-8").replace('"120"', '"911"'), "utf-8")
    with pytest.raises(BadPlan, match="没有紧急服务“911”"):
        load_menu(path, PLAN.prompts, QUEUES, "main.yaml")
