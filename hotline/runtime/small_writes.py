"""Makes Asterisk hand recordings to the kernel every quarter of a second instead of every two.

Asterisk gives each recording a buffer of 32 KB (`setvbuf` in main/file.c): two seconds at 8 kHz, gone
with `kill -9`. No setting changes that. A shared object that answers `setvbuf` with "done" and does
nothing leaves the C library's own 4 KB; loaded with LD_PRELOAD it costs four small writes a second and
recording. It is so small (one function, no import) that it is written here byte by byte, because a
machine that only runs the hotline has no compiler.
"""

from __future__ import annotations

import platform
import struct
from dataclasses import dataclass
from pathlib import Path

SYMBOL = b"setvbuf"
FILE_NAME = "small-writes.so"
PAGE = 0x10000
"""The largest page of the machines below; the part that older loaders write to lies on one of its own."""
SEGMENTS = 4
HEADER_BYTES, SEGMENT_BYTES, SYMBOL_BYTES = 64, 56, 24

PT_LOAD, PT_DYNAMIC, PT_GNU_STACK = 1, 2, 0x6474E551
READ_EXECUTE, READ_WRITE = 5, 6
DT_HASH, DT_STRTAB, DT_SYMTAB, DT_STRSZ, DT_SYMENT = 4, 5, 6, 10, 11
GLOBAL_FUNCTION = 0x12
CODE_SECTION = 1
"""Any section number but 0: the symbol is defined. There is no section table to look it up in."""


@dataclass(frozen=True, slots=True)
class Processor:
    """A kind of machine: its ELF number and `return 0` in its own words."""

    number: int
    return_zero: bytes


PROCESSORS = {
    "x86_64": Processor(62, bytes.fromhex("31c0c3")),  # xor eax, eax; ret
    "aarch64": Processor(183, bytes.fromhex("00008052c0035fd6")),  # mov w0, #0; ret
}


def shared_object(machine: str) -> bytes:
    """The whole file for this machine (as `platform.machine()` names it). Raises KeyError."""
    processor = PROCESSORS[machine]
    names = b"\0" + SYMBOL + b"\0"
    symbols_at = HEADER_BYTES + SEGMENTS * SEGMENT_BYTES
    hash_at = symbols_at + 2 * SYMBOL_BYTES
    names_at = hash_at + 5 * 4
    code_at = _aligned(names_at + len(names))
    dynamic_at = _aligned(code_at + len(processor.return_zero))
    dynamic = b"".join(
        struct.pack("<QQ", tag, value)
        for tag, value in (
            (DT_HASH, hash_at), (DT_STRTAB, names_at), (DT_SYMTAB, symbols_at),
            (DT_STRSZ, len(names)), (DT_SYMENT, SYMBOL_BYTES), (0, 0),
        )
    )  # fmt: skip
    head = _header(processor.number) + _segment(PT_LOAD, READ_EXECUTE, 0, 0, dynamic_at, PAGE)
    for kind, align in ((PT_LOAD, PAGE), (PT_DYNAMIC, 8)):
        head += _segment(kind, READ_WRITE, dynamic_at, dynamic_at + PAGE, len(dynamic), align)
    head += _segment(PT_GNU_STACK, READ_WRITE, 0, 0, 0, 16)
    size = len(processor.return_zero)
    symbols = bytes(SYMBOL_BYTES) + struct.pack("<IBBHQQ", 1, GLOBAL_FUNCTION, 0, CODE_SECTION, code_at, size)
    one_bucket = struct.pack("<IIIII", 1, 2, 1, 0, 0)
    body = (head + symbols + one_bucket + names).ljust(code_at, b"\0") + processor.return_zero
    return body.ljust(dynamic_at, b"\0") + dynamic


def place(folder: Path) -> Path | None:
    """Write the file for this machine into `folder`; None on a machine that it does not know."""
    try:
        content = shared_object(platform.machine())
    except KeyError:
        return None
    target = folder / FILE_NAME
    if not target.exists() or target.read_bytes() != content:
        target.write_bytes(content)
    target.chmod(0o644)
    return target


def _header(machine: int) -> bytes:
    """ELF, 64 bit, little-endian, a shared object with segments and no sections."""
    identity = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    return identity + struct.pack(
        "<HHIQQQIHHHHHH", 3, machine, 1, 0, HEADER_BYTES, 0, 0, HEADER_BYTES, SEGMENT_BYTES, SEGMENTS, 0, 0, 0
    )


def _segment(kind: int, rights: int, at: int, address: int, size: int, align: int) -> bytes:
    return struct.pack("<IIQQQQQQ", kind, rights, at, address, address, size, size, align)


def _aligned(offset: int) -> int:
    return (offset + 15) // 16 * 16
