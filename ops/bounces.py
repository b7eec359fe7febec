"""Reading a mail that came back: whether it says that one of ours could not be delivered, and which.

A report of that is a ``multipart/report`` (RFC 3464). It names the mail by the envelope's id that it was handed over
with (RFC 3461), or by the ``Message-ID`` of what it returns; both are ours. Nothing else of it is looked at, and
nothing of it is kept: neither an address nor anybody's words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from email.parser import HeaderParser

LARGEST = 10_000_000
"""Bytes; a report returns at most what we sent, and that is small."""
_MAIL_ID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b")
"""A UUIDv5, as all ids of mails are."""
_STATUS = re.compile(r"\s*([245])\.\d{1,3}\.\d{1,3}\b")
_REPLY = re.compile(r"\b([45]\d\d)\b")
UNDELIVERABLE = 550
"""What a report counts as that names no reply of the other server: mailbox unavailable."""


@dataclass(frozen=True, slots=True)
class Bounce:
    """A mail of ours that could not be delivered. ``code``: the other server's reply, three digits."""

    mail_id: str
    code: int


def read(content: bytes) -> Bounce | None:
    """Tell which mail of ours a message reports as undeliverable.

    None where it reports none: an answer by a machine, a delay, somebody else's mail.
    """
    message = message_from_bytes(content, policy=policy.default)
    reports = [part for part in message.walk() if part.get_content_type() == "message/delivery-status"]
    for report in reports:
        blocks = [block for block in report.get_payload() if isinstance(block, Message)]
        failed = [block for block in blocks if _word(block, "Action") == "failed"]
        if not failed:
            continue
        named = next((found for text in _names(blocks, message) if (found := _MAIL_ID.search(text.lower()))), None)
        if named is not None:
            return Bounce(named[0], _code(failed[0]))
    return None


def _word(block: Message, name: str) -> str:
    return str(block.get(name, "")).strip().lower()


def _names(blocks: list[Message], message: EmailMessage | Message) -> Iterator[str]:
    """Give every place that may name our mail, the surest first."""
    yield from (str(block.get("Original-Envelope-Id", "")) for block in blocks)
    for part in message.walk():
        match part.get_content_type():
            case "message/rfc822":
                yield from (str(one.get("Message-ID", "")) for one in part.get_payload() if isinstance(one, Message))
            case "text/rfc822-headers":
                raw = part.get_payload(decode=True)
                head = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else ""
                yield str(HeaderParser().parsestr(head).get("Message-ID", ""))
    yield from (str(message.get(name, "")) for name in ("In-Reply-To", "References"))


def _code(block: Message) -> int:
    if (reply := _REPLY.search(str(block.get("Diagnostic-Code", "")))) is not None:
        return int(reply[1])
    status = _STATUS.match(str(block.get("Status", "")))
    return 450 if status is not None and status[1] == "4" else UNDELIVERABLE
