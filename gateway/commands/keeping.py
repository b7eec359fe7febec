"""What of a form can be kept until its outcome is known: PostgreSQL's JSON has no NUL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def keepable(value: Any) -> Any:  # noqa: ANN401  any JSON value
    """Give JSON without the NULs in its texts.

    A field that goes to the owner with one is refused before; what is left has it where nothing of it is sent, as in
    the reason for declining somebody who is marked again.
    """
    match value:
        case str():
            return value.replace("\x00", "")
        case Mapping():
            return {keepable(name): keepable(one) for name, one in value.items()}
        case list() | tuple():
            return [keepable(one) for one in value]
    return value
