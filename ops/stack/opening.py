"""Finding the stack that a command is about."""

from __future__ import annotations

import os
from pathlib import Path

from chassis.variables import SettingsError, read_variable
from ops.errors import UserError
from ops.paths import DEFAULT_DATA
from ops.stack.choices import reopen
from ops.stack.environment import DATABASES, Stack, saved_environment
from ops.stack.layout import Layout
from ops.stack.supervisor import Supervisor

PROFILE = "FORDELING_PROFILE"
"""The variable that names a profile; see ``ops.profiles``."""


def without_profile() -> None:
    """Raise UserError where a profile is named: what is asked for is about a stack on this machine."""
    if profile := os.environ.get(PROFILE):
        raise UserError(f"This is about a stack on this machine, not about the profile {profile}: leave it out.")


def known(data_dir: Path | None) -> Stack:
    """Open the stack of that folder, running or not. Raises UserError where there never was one."""
    without_profile()
    data = (data_dir or DEFAULT_DATA).absolute()
    stack = reopen(data)
    if stack is None:
        raise UserError(
            f"There is no stack in {data}: start one with 'fordeling up', or name its folder with --data-dir."
        )
    return stack


def running(data_dir: Path | None) -> tuple[Stack, Supervisor]:
    """Open the stack of that folder. Raises UserError where it does not run."""
    stack = known(data_dir)
    supervisor = Supervisor(stack)
    if not supervisor.runs():
        raise UserError(f"The stack in {stack.layout.data} does not run: start it with 'fordeling up'.")
    return stack, supervisor


def variables(data_dir: Path | None) -> dict[str, str]:
    """Tell our variables: those of the stack of that folder where there is one, and above them the caller's own.

    With a folder named, the stack's come first: it is that stack which is meant. A database's URL may be in a file that
    ``<VARIABLE>_FILE`` names. While a profile is named it says it all. Raises UserError where that cannot be read, or a
    profile and a folder are both named.
    """
    if profile := os.environ.get(PROFILE):
        if data_dir:
            raise UserError(f"--data-dir and the profile {profile}: give one of them.")
        return dict(os.environ)
    saved = saved_environment(Layout((data_dir or DEFAULT_DATA).absolute()))
    own = {**os.environ, **_databases_from_files()}
    return {**own, **saved} if data_dir else {**saved, **own}


def _databases_from_files() -> dict[str, str]:
    try:
        read = {database.variable: read_variable(os.environ, database.variable) for database in DATABASES}
    except SettingsError as error:
        raise UserError(str(error)) from None
    return {variable: value for variable, value in read.items() if value is not None}
