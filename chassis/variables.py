"""What a variable of the environment says, by itself or by a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


class SettingsError(Exception):
    """Settings are missing or wrong; the text names the variables, never their values."""


def read_variable(environment: Mapping[str, str], variable: str) -> str | None:
    """Tell what a variable is set to, by itself or by a file; None where it is not set.

    ``<VARIABLE>_FILE`` names a file with the value (UTF-8; a last line break is no part of it): so passwords come from
    where an orchestrator mounts secrets, and stand in no process's environment. Raises SettingsError where the file
    cannot be read, or both are set.
    """
    file = environment.get(f"{variable}_FILE")
    if not file:
        return environment.get(variable)
    if variable in environment:
        raise SettingsError(f"{variable} and {variable}_FILE are both set: unset one of them")
    try:
        return Path(file).read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{variable}_FILE: the file cannot be read ({type(error).__name__})") from None
