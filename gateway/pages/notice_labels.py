"""The words of notices: what each kind tells, whom it is for, and how it may reach somebody."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Any

from contracts import codes
from contracts.codes import NoticeKind
from contracts.notification.contacts import out_of_reach
from contracts.notification.v1 import NoticeState
from gateway.language import _, marked as _n

REQUEST = "ANM-"
"""How the case of IMDi's request for places begins: a letter of it belongs to no list."""

NOTICE_LABELS: Mapping[type[StrEnum], Mapping[Any, str]] = {
    codes.NoticeKind: {
        NoticeKind.LIST_RECEIVED: _n("Ny fordelingsliste fra IMDi"),
        NoticeKind.LIST_ANSWERED: _n("Svaret er sendt til IMDi"),
        NoticeKind.LIST_WITHDRAWN: _n("IMDi har trukket en fordelingsliste"),
        NoticeKind.PERSONS_WITHDRAWN: _n("IMDi har trukket personer fra en fordelingsliste"),
        NoticeKind.DEADLINE_NEAR: _n("Svarfristen nærmer seg"),
        NoticeKind.DEADLINE_TODAY: _n("Svarfristen er i dag"),
        NoticeKind.LIST_OVERDUE: _n("Svarfristen er ute, og IMDi har fått beskjed. Dere kan fortsatt svare."),
        NoticeKind.DEADLINE_EXTENDED: _n("IMDi har gitt ny svarfrist"),
        NoticeKind.IMDI_WROTE: _n("Ny melding fra IMDi om en fordelingsliste"),
        NoticeKind.COLLEAGUE_APPROVED: _n("Et godkjent svar venter på en kollega"),
        NoticeKind.LETTER_UNREAD: _n("Et brev er ikke åpnet, og blir snart sendt på papir"),
        NoticeKind.LETTER_TO_PAPER: _n("Et brev sendes på papir"),
        NoticeKind.SETTLEMENT_DATE_MISSING: _n("Bosettingsdato mangler"),
    },
    codes.NoticeDelivery: {
        codes.NoticeDelivery.AT_ONCE: _n("E-post med en gang"),
        codes.NoticeDelivery.DAILY: _n("Samlet e-post kl. 07.30 på arbeidsdager"),
        codes.NoticeDelivery.SURFACE: _n("Bare på arbeidsflaten"),
    },
}

GROUPS: Sequence[tuple[str, Sequence[NoticeKind]]] = (
    (
        _n("Lister og frister"),
        (
            NoticeKind.LIST_RECEIVED,
            NoticeKind.DEADLINE_NEAR,
            NoticeKind.DEADLINE_TODAY,
            NoticeKind.LIST_OVERDUE,
            NoticeKind.DEADLINE_EXTENDED,
            NoticeKind.LIST_WITHDRAWN,
            NoticeKind.PERSONS_WITHDRAWN,
        ),
    ),
    (
        _n("Svar og meldinger"),
        (NoticeKind.IMDI_WROTE, NoticeKind.COLLEAGUE_APPROVED, NoticeKind.LIST_ANSWERED),
    ),
    (
        _n("Brev og bosetting"),
        (NoticeKind.LETTER_UNREAD, NoticeKind.LETTER_TO_PAPER, NoticeKind.SETTLEMENT_DATE_MISSING),
    ),
)
"""All kinds, as the page of choices shows them."""


def for_whom(kind: NoticeKind) -> str:
    """Say whom a notice is for."""
    if kind is NoticeKind.COLLEAGUE_APPROVED:
        return _("Til alle unntatt den som godkjente")
    if kind is NoticeKind.LIST_OVERDUE:
        return _("Til alle, på e-post til dem som varsles når en frist er brutt")
    return _("Til alle som arbeider med bosetting i kommunen")


@dataclass(frozen=True, slots=True)
class Group:
    """Notices about the same list, or the same request for places, newest first."""

    list_id: str
    notices: Sequence[NoticeState]

    @property
    def of_request(self) -> bool:
        """Whether it is about a request, which belongs to no list."""
        return self.list_id.startswith(REQUEST)

    def unread(self, user_id: str) -> int:
        """Count those that a user has not read."""
        return sum(user_id not in notice.read_by for notice in self.notices)


def grouped(notices: Sequence[NoticeState], user_id: str) -> list[Group]:
    """Gather notices by what they are about: where something is unread first, then as the newest of each."""
    newest: dict[str, int] = {}
    for place, notice in enumerate(sorted(notices, key=lambda one: one.posted_at, reverse=True)):
        newest.setdefault(notice.list_id, place)
    ordered = sorted(notices, key=lambda one: one.posted_at, reverse=True)
    ordered.sort(key=lambda one: newest[one.list_id])
    groups = [Group(list_id, list(found)) for list_id, found in groupby(ordered, key=lambda one: one.list_id)]
    return sorted(groups, key=lambda one: one.unread(user_id) == 0)


GLOBALS: Mapping[str, Callable[..., object]] = {"for_whom": for_whom, "out_of_reach": out_of_reach}
