"""One door for every value that goes into a file of Asterisk: refused unless plainly harmless."""

from __future__ import annotations

HARMLESS_SIGNS = frozenset(" ._-/:+@*#%~")
LONGEST = 512


class UnsafeValue(ValueError):
    """A value could mean something to Asterisk's configuration; the text names the sign."""


class Trusted(str):
    """Text written in this program itself, such as a dial pattern: it may hold syntax."""


def conf_value(value: object) -> object:
    """Let a value into a rendered file. Letters of any script, digits and a few signs pass.

    Line ends would start a setting, `;` a comment, `,()"=[]{}$&|!<>\\` are the dialplan's syntax.
    Raises UnsafeValue.
    """
    if isinstance(value, Trusted | bool | int):
        return value
    if not isinstance(value, str):
        raise UnsafeValue(f"{type(value).__name__} cannot be written into a configuration file")
    if len(value) > LONGEST:
        raise UnsafeValue(f"a value of {len(value)} characters is too long (at most {LONGEST})")
    for sign in value:
        if not (sign.isalnum() or sign in HARMLESS_SIGNS):
            raise UnsafeValue(f"{value!r} holds {sign!r}, which may not stand in Asterisk's configuration")
    return value
