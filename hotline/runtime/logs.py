"""Structured logs as JSON lines, and how files of them are kept from growing for ever."""

from __future__ import annotations

import logging
import os
import shutil
import sys
from pathlib import Path

import structlog

LARGEST = 20 * 1024 * 1024
KEPT = 5


def configure(process: str, level: str) -> None:
    """One JSON object a line on stdout: event name plus keys; whoever binds `call_id` has it on each line."""
    number = getattr(logging, level.upper(), logging.INFO)
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=number, force=True)
    for noisy in ("asyncio", "aiohttp.access", "panoramisk", "sqlalchemy"):
        logging.getLogger(noisy).setLevel(max(number, logging.WARNING))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=process)


def rotate(folder: Path, *, largest: int = LARGEST, kept: int = KEPT) -> None:
    """Copy each full log aside and cut it; its writer appends, so it goes on at the start of the file."""
    for log in folder.rglob("*.log"):
        if log.stat().st_size > largest:
            _shift(log, kept)


def _shift(log: Path, kept: int) -> None:
    for number in range(kept - 1, 0, -1):
        older = log.with_name(f"{log.name}.{number}")
        if older.exists():
            os.replace(older, log.with_name(f"{log.name}.{number + 1}"))
    shutil.copy2(log, log.with_name(f"{log.name}.1"))
    os.truncate(log, 0)
