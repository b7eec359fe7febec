"""SvarUt's log of what happened to a letter: texts for people, of which some say that it got a status.

Neither the texts nor the form of their times are documented. Those that begin as below are taken for statuses, all
else is passed over: a step more on a timeline, or one less, decides nothing. They may hold identity numbers: no text
is kept or logged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.letters.domain.codes import DispatchStatus
from services.letters.domain.dispatch import DispatchStep

OSLO = ZoneInfo("Europe/Oslo")
LOCAL = "%d.%m.%Y %H:%M:%S"
"""As the older API's log has it, without a zone: 18.10.2017 13:43:31."""

BEGIN = {
    r"mottatt\b": DispatchStatus.RECEIVED,
    r"akseptert\b": DispatchStatus.ACCEPTED,
    r"(varsel|varsling) (er )?sendt": DispatchStatus.NOTIFIED,
    r"klar for mottak": DispatchStatus.READY_FOR_COLLECTION,
    r"sendt til (manuell )?(print|utskrift)": DispatchStatus.SENT_TO_PRINT,
    r"sendt digitalt": DispatchStatus.SENT_DIGITALLY,
    r"sendt til (sikker )?digital postkasse": DispatchStatus.SENT_TO_MAILBOX,
}
"""Not those with which a letter's way ends: of them the last status tells."""
_BEGIN = {re.compile(text, re.IGNORECASE): status for text, status in BEGIN.items()}


def steps_of(events: Iterable[Any]) -> list[DispatchStep]:
    """Read the steps, in the order they are told."""
    read = [_step(event) for event in events]
    return [step for step in read if step is not None]


def _step(event: Any) -> DispatchStep | None:  # noqa: ANN401  JSON
    if not isinstance(event, dict):
        return None
    text, at = event.get("hendelse"), _time(event.get("tidspunkt"))
    if not isinstance(text, str) or at is None:
        return None
    status = next((status for begin, status in _BEGIN.items() if begin.match(text.strip())), None)
    return DispatchStep(status, at) if status else None


def _time(text: Any) -> datetime | None:  # noqa: ANN401  JSON
    if not isinstance(text, str):
        return None
    for read in (datetime.fromisoformat, _local):
        try:
            at = read(text)
        except ValueError:
            continue
        return at if at.tzinfo else at.replace(tzinfo=OSLO)
    return None


def _local(text: str) -> datetime:
    return datetime.strptime(text, LOCAL).replace(tzinfo=OSLO)
