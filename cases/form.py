"""The case form as the desk sends it: checked field by field, with a sentence for each mistake."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from cases.case import NAMES, Kind, Outcome, Urgency
from cases.classify import Reference

TEXT_LEAST, TEXT_MOST, TITLE_MOST, PLACE_MOST = 2, 4000, 30, 100

Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseForm:
    """What the agent wrote, checked. `call_id` is None for a case without a call."""

    kind: Kind
    text: str
    class_code: str
    district: str
    urgency: Urgency
    confidential: bool
    outcome: Outcome
    answer: str
    idempotency: UUID
    call_id: str | None = None
    place: str = ""
    """Where it happened, in one line; empty when nobody said."""

    @property
    def title(self) -> str:
        """The first line of the text, for lists."""
        first = self.text.split("\n", 1)[0]
        return first if len(first) <= TITLE_MOST else first[: TITLE_MOST - 1] + "…"


class BadForm(ValueError):
    """At least one field is wrong; `errors` has a sentence for each."""

    code = "bad_form"

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("；".join(errors.values()))
        self.errors = dict(errors)


def read_form(given: Mapping[str, Any], reference: Reference) -> CaseForm:
    """The checked form. Raises BadForm with every mistake at once."""
    errors: dict[str, str] = {}

    def read(name: str, check: Callable[[Any], Any]) -> Any:
        try:
            return check(given.get(name))
        except ValueError as error:
            errors[name] = str(error)
            return None

    form = {
        "kind": read("kind", lambda value: _word(Kind, value, "请选择诉求类型")),
        "text": read("text", _body),
        "class_code": read("class_code", lambda value: _listed(value, reference.classes, "请选择三级分类")),
        "district": read("district", lambda value: _listed(value, reference.districts, "请选择事发区县")),
        "urgency": read("urgency", lambda value: _word(Urgency, value or Urgency.NORMAL, "请选择紧急程度")),
        "confidential": read("confidential", _yes_or_no),
        "outcome": read("outcome", lambda value: _word(Outcome, value, "请选择直接答复或派单")),
        "answer": read("answer", lambda value: _answer(value, given.get("outcome"))),
        "idempotency": read("idempotency", _idempotency),
        "call_id": read("call_id", _call_id),
        "place": read("place", _place),
    }
    if errors:
        raise BadForm(errors)
    return CaseForm(**form)


def choices(words: type[StrEnum]) -> list[dict[str, str]]:
    """The words of one list as a form offers them: `[{"code", "name"}]`."""
    return [{"code": word.value, "name": NAMES[word]} for word in words]


def clean(text: str) -> str:
    """Text without control, surrogate and direction-changing characters; line breaks and tabs stay."""
    unix = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in unix if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cf", "Cs"}).strip()


def _body(value: Any) -> str:
    text = _text(value)
    if len(text) < TEXT_LEAST:
        raise ValueError("请填写诉求内容")
    return text


def _answer(value: Any, outcome: Any) -> str:
    text = _text(value or "")
    if outcome == Outcome.DIRECT_ANSWER and not text:
        raise ValueError("直接答复时请填写答复内容")
    return text


def _place(value: Any) -> str:
    place = " ".join(_text(value).split())
    if len(place) > PLACE_MOST:
        raise ValueError(f"地点过长，最多{PLACE_MOST}字")
    return place


def _text(value: Any) -> str:
    if value is not None and not isinstance(value, str):
        raise ValueError("内容格式不对")
    text = clean(value or "")
    if len(text) > TEXT_MOST:
        raise ValueError(f"内容过长，最多{TEXT_MOST}字")
    return text


def _word(words: type[Word], value: Any, sentence: str) -> Word:
    try:
        return words(value)
    except ValueError:
        raise ValueError(sentence) from None


def _listed(value: Any, listed: Mapping[str, object], sentence: str) -> str:
    if not isinstance(value, str) or value not in listed:
        raise ValueError(sentence)
    return value


def _yes_or_no(value: Any) -> bool:
    if value in (None, False, True):
        return bool(value)
    raise ValueError("保密选项不对")


def _idempotency(value: Any) -> UUID:
    try:
        return UUID(str(value))
    except ValueError:
        raise ValueError("缺少提交编号，请刷新页面再保存") from None


def _call_id(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, str) and value.isascii() and value.isprintable() and len(value) <= 100:
        return value
    raise ValueError("通话编号不对")
