"""Instants at the edge: ISO-8601 UTC for scripts, China's local time for pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8), "CST")
"""China has one time zone and no summer time, so no zone database is needed."""


def iso(instant: object) -> str:
    """ISO-8601 in UTC with `Z`; anything but an aware instant is a mistake."""
    if not isinstance(instant, datetime) or instant.tzinfo is None:
        raise TypeError(f"{type(instant).__name__} is no aware instant")
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_iso(text: object) -> datetime | None:
    """The instant written in `text`, or None when there is none."""
    if not isinstance(text, str) or not text:
        return None
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def local(instant: datetime | None) -> str:
    """`11-21 23:20` as the screen shows it; nothing for no instant."""
    return "" if instant is None else instant.astimezone(CHINA).strftime("%m-%d %H:%M")


def spoken_length(seconds: float | None) -> str:
    """`3:07` or `1:02:09`."""
    if seconds is None:
        return ""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
