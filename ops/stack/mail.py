"""A mail server that was given by its URL."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from ops.embedded.ports import answers
from ops.errors import UserError
from ops.stack.environment import SMTP, without_password

CONNECT_SECONDS = 5.0
PORTS = {"smtp": 25, "smtps": 465}


def check(given: Mapping[str, str]) -> None:
    """Raise UserError unless somebody listens there, and it is said whom mails are to come from."""
    url = given[SMTP]
    parts = urlsplit(url)
    try:
        port = parts.port or (587 if parts.username and parts.scheme == "smtp" else PORTS[parts.scheme])
    except (KeyError, ValueError):
        raise UserError(f"{SMTP} ({without_password(url)}) is no address of a mail server: smtp://host:port") from None
    if not answers(port, parts.hostname or "", CONNECT_SECONDS):
        raise UserError(
            f"No mail server answers at {without_password(url)} ({SMTP}). "
            "Start it or mend the URL, or unset the variable to use the embedded one."
        )
    if not given.get("MAIL_FROM"):
        raise UserError(f"{SMTP} is given, but not MAIL_FROM: say whom mails come from, as 'Name <no-reply@host>'.")
