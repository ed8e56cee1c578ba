"""The fields of one block of a plan file, each with its line, read so that every mistake is reported."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """Something that an admin must change: where, what is wrong, and what to do."""

    file: str
    line: int
    what: str
    cure: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}；{self.cure}"


@dataclass(frozen=True, slots=True)
class Marked:
    """A value as written, and the line where it stands."""

    value: str | list[Marked] | dict[str, Marked]
    line: int


@dataclass(slots=True)
class Fields:
    """Reads one block; asks for a field by name and notes what is missing, strange or never asked for."""

    file: str
    line: int
    entries: Mapping[str, Marked]
    mistakes: list[Mistake]
    asked: set[str] = field(default_factory=set)

    def line_of(self, name: str) -> int:
        return self.entries[name].line if name in self.entries else self.line

    def wrong(self, name: str, what: str, cure: str) -> None:
        self.mistakes.append(Mistake(self.file, self.line_of(name), what, cure))

    def text(self, name: str, default: str | None = None) -> str:
        """A single word or sentence."""
        found = self._found(name, default is None)
        if found is None:
            return default or ""
        if not isinstance(found.value, str) or not found.value.strip():
            self.wrong(name, f"“{name}”应是一段文字", f"请写成“{name}: 内容”")
            return default or ""
        return found.value.strip()

    def number(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number between `low` and `high`, both allowed."""
        text = self.text(name, str(default))
        if text.isascii() and text.isdigit() and low <= int(text) <= high:
            return int(text)
        self.wrong(name, f"“{name}”不能是“{text}”", f"请写{low}到{high}之间的整数")
        return default

    def seconds(self, name: str, default: int, high: int) -> int:
        """Seconds in the file, milliseconds to the program."""
        return self.number(name, default, 0, high) * 1000

    def group(self, name: str, required: bool = True) -> Fields | None:
        """A block of named fields inside this one."""
        found = self._found(name, required)
        if found is None:
            return None
        if not isinstance(found.value, dict):
            self.wrong(name, f"“{name}”下面应是若干“名称: 内容”", "请换行并缩进书写")
            return None
        return Fields(self.file, found.line, found.value, self.mistakes)

    def blocks(self, name: str) -> list[Fields]:
        """The entries of a list, each a block of named fields."""
        found = self._found(name, True)
        listed = found.value if found is not None and isinstance(found.value, list) else []
        if found is not None and not listed:
            self.wrong(name, f"“{name}”下面应是一个列表", "请每条以“- ”开头书写")
        return [block for entry in listed if (block := self._block(name, entry))]

    def _block(self, name: str, entry: Marked) -> Fields | None:
        if isinstance(entry.value, dict):
            return Fields(self.file, entry.line, entry.value, self.mistakes)
        self.mistakes.append(Mistake(self.file, entry.line, f"“{name}”的一条应是若干“名称: 内容”", "请照其他各条书写"))
        return None

    def names(self) -> Iterable[str]:
        """Every name in this block, for blocks whose names the admin chooses."""
        self.asked.update(self.entries)
        return self.entries.keys()

    def refuse_the_rest(self) -> None:
        """Note each field nobody asked for: a typing error must not be skipped silently."""
        for name in self.entries.keys() - self.asked:
            known = "、".join(sorted(self.asked))
            self.wrong(name, f"不认识“{name}”", f"这里可以写：{known}")

    def _found(self, name: str, required: bool) -> Marked | None:
        self.asked.add(name)
        if name not in self.entries and required:
            self.wrong(name, f"缺少“{name}”", f"请补上“{name}: …”")
        return self.entries.get(name)
