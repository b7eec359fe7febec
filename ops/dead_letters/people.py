"""Who acts, and why: both are kept with what was done."""

from __future__ import annotations

import getpass
import os
import platform

from ops.errors import UserError

SHORTEST, LONGEST = 10, 1000
LONGEST_NAME = 100


def operator(name: str | None) -> str:
    """Name who acts: the user of this machine, and before it who they say they are (``--as``). Raises UserError."""
    account = f"{_account()}@{platform.node() or 'unknown'}"
    if name is None:
        return account
    if not (name := name.strip()) or len(name) > LONGEST_NAME or not name.isprintable():
        raise UserError(f"--as: give a name of at most {LONGEST_NAME} characters.")
    return f"{name} ({account})"


def reason(text: str, option: str) -> str:
    """Check a written reason. Raises UserError naming the option."""
    text = " ".join(text.split())
    if len(text) < SHORTEST:
        raise UserError(f"{option}: say why in at least {SHORTEST} characters; it is kept, so name no person.")
    if len(text) > LONGEST or not text.isprintable():
        raise UserError(f"{option}: at most {LONGEST} characters of plain text.")
    return text


def _account() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run as a number that has no name
        return f"uid-{os.getuid()}"
