"""Reads the directory of specialists and lines, and says every mistake in it with file and line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import time
from pathlib import Path

import yaml

from cases.classify import initials
from cti.core.directory import KINDS, SPECIALIST, Directory, Duty, Entry
from hotline.settings import PROJECT, Settings

SHIPPED = PROJECT / "dialplans/directory.yaml"
NAME = re.compile(r"[a-z][a-z0-9_]{1,31}")
NUMBER = re.compile(r"[0-9]{3,20}")
DUTY = re.compile(r"([1-7])-([1-7]) ([0-2]?[0-9]):([0-5][0-9])-([0-2]?[0-9]):([0-5][0-9])")
MOST_NUMBERS = 6
LONGEST_TEXT = 40
FIELDS = {"kind", "department", "name", "topics", "languages", "duty", "numbers"}


class BadDirectory(ValueError):
    """The file cannot be used; one line for each mistake, with its place."""


@dataclass(frozen=True, slots=True)
class Place:
    """A value of the file and where it stands."""

    file: str
    line: int
    value: str | list[Place] | dict[str, Place]

    def mistake(self, what: str) -> str:
        return f"{self.file}:{self.line}: {what}"


def of(settings: Settings, *, findable: bool = True) -> Directory:
    """This centre's own `HOME/etc/directory.yaml`, else the shipped demo. Raises BadDirectory."""
    own = settings.home / "etc/directory.yaml"
    return load(own if own.exists() else SHIPPED, findable=findable)


def load(path: Path, *, findable: bool = True) -> Directory:
    """Every entry of a file, with the initials by which people find it if need be. Raises BadDirectory."""
    top, mistakes = _read(path), list[str]()
    departments = _departments(top.get("departments"), mistakes)
    entries = {}
    for name, place in _block(top.get("entries"), mistakes):
        entry = _entry(name, place, departments, mistakes)
        if entry is not None:
            entries[name] = entry
    if mistakes:
        raise BadDirectory("\n".join(sorted(set(mistakes))))
    return Directory(entries={name: _found_by(entry) for name, entry in entries.items()} if findable else entries)


def _found_by(entry: Entry) -> Entry:
    words = (entry.name, entry.department_name, *entry.topics)
    return replace(entry, initials=tuple(initials(text) for text in words))


def sentences(directory: Directory) -> dict[str, str]:
    """What a specialist hears before he accepts, by prompt key: who asks, and in one sentence for what."""
    spoken = {}
    for entry in directory:
        if entry.kind == SPECIALIST:
            who = f"您好，这里是12345热线，现请{entry.department_name}政策专员参加三方通话。"
            spoken[f"department/{entry.department}"] = who
            spoken[f"specialist/{entry.id}"] = (
                f"市民来电咨询{'、'.join(entry.topics) or entry.name}方面的问题，坐席正在线上。"
            )
    return spoken


def _read(path: Path) -> dict[str, Place]:
    try:
        root = yaml.compose(path.read_text("utf-8"), Loader=yaml.SafeLoader)
    except (OSError, UnicodeDecodeError) as error:
        raise BadDirectory(f"{path}:1: 读不到文件（{error}）") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise BadDirectory(f"{path}:{mark.line + 1 if mark else 1}: YAML格式错误") from None
    top = _placed(root, str(path)) if root else None
    if top is None or not isinstance(top.value, dict):
        raise BadDirectory(f"{path}:1: 文件开头应是 departments 和 entries")
    return top.value


def _placed(node: yaml.Node, file: str) -> Place:
    """YAML's own types are dropped: what was written is text."""
    line = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        return Place(file, line, {str(key.value): _placed(value, file) for key, value in node.value})
    if isinstance(node, yaml.SequenceNode):
        return Place(file, line, [_placed(item, file) for item in node.value])
    return Place(file, line, str(node.value))


def _block(place: Place | None, mistakes: list[str]) -> Iterator[tuple[str, Place]]:
    if place is None or not isinstance(place.value, dict):
        return
    for name, inner in place.value.items():
        if NAME.fullmatch(name):
            yield name, inner
        else:
            mistakes.append(inner.mistake(f"名称“{name}”不合规：小写字母开头，只含小写字母、数字和下划线"))


def _departments(place: Place | None, mistakes: list[str]) -> dict[str, str]:
    return {name: _plain(inner, mistakes) for name, inner in _block(place, mistakes)}


def _entry(name: str, place: Place, departments: dict[str, str], mistakes: list[str]) -> Entry | None:
    if not isinstance(place.value, dict):
        mistakes.append(place.mistake(f"“{name}”下面应是若干“名称: 内容”"))
        return None
    given, before = place.value, len(mistakes)
    mistakes += [given[word].mistake(f"不认识“{word}”") for word in given if word not in FIELDS]
    mistakes += [
        place.mistake(f"“{name}”缺少 {word}") for word in ("department", "name", "numbers") if word not in given
    ]
    kind = _one_of(given.get("kind"), KINDS, SPECIALIST, mistakes)
    department = _one_of(given.get("department"), departments, "", mistakes)
    numbers = _list(given.get("numbers"), NUMBER, "号码只能是3到20位数字", mistakes)
    if "numbers" in given and not 0 < len(numbers) <= MOST_NUMBERS:
        mistakes.append(given["numbers"].mistake(f"号码应有1到{MOST_NUMBERS}个"))
    duty = [_duty(one, mistakes) for one in _items(given.get("duty"), mistakes)]
    topics = tuple(_plain(one, mistakes) for one in _items(given.get("topics"), mistakes))
    title = _plain(given["name"], mistakes) if "name" in given else ""
    if len(mistakes) > before:
        return None
    return Entry(
        id=name,
        kind=kind,
        department=department,
        department_name=departments[department],
        name=title,
        numbers=numbers,
        topics=topics,
        languages=tuple(_plain(one, mistakes) for one in _items(given.get("languages"), mistakes)),
        duty=tuple(one for one in duty if one),
    )


def _plain(place: Place, mistakes: list[str]) -> str:
    """Words that may go into a dialplan and into a spoken sentence."""
    text = place.value.strip() if isinstance(place.value, str) else ""
    if not text or len(text) > LONGEST_TEXT or not text.isalnum():
        mistakes.append(place.mistake(f"“{text}”应是{LONGEST_TEXT}字以内的汉字、字母或数字"))
    return text


def _one_of(place: Place | None, known: Iterable[str], default: str, mistakes: list[str]) -> str:
    if place is None:
        return default
    if place.value not in set(known):
        mistakes.append(place.mistake(f"“{place.value}”应是其中之一：{'、'.join(known)}"))
    return str(place.value)


def _items(place: Place | None, mistakes: list[str]) -> list[Place]:
    if place is None:
        return []
    if not isinstance(place.value, list):
        mistakes.append(place.mistake("这里应是一个列表：[…, …]"))
        return []
    return place.value


def _list(place: Place | None, pattern: re.Pattern[str], rule: str, mistakes: list[str]) -> tuple[str, ...]:
    items = _items(place, mistakes)
    mistakes += [item.mistake(f"“{item.value}”：{rule}") for item in items if not pattern.fullmatch(str(item.value))]
    return tuple(str(item.value) for item in items)


def _duty(place: Place, mistakes: list[str]) -> Duty | None:
    found = DUTY.fullmatch(str(place.value))
    parts = [int(part) for part in found.groups()] if found else []
    if not parts or parts[0] > parts[1] or max(parts[2], parts[4]) > 23 or parts[2:4] >= parts[4:]:
        mistakes.append(place.mistake(f"值班时间“{place.value}”应写作“1-5 08:30-17:30”，前小后大"))
        return None
    days = frozenset(range(parts[0], parts[1] + 1))
    return Duty(days=days, begin=time(parts[2], parts[3]), until=time(parts[4], parts[5]))
