"""What notification tells of deadlines, and to whom."""

from __future__ import annotations

from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from email.headerregistry import Address

import pytest

from services.notification.adapters.composing import MailComposer
from services.notification.domain.mail import Announcement, Language, Mail, Municipality
from services.notification.domain.notices import NobodyToWriteTo, NoticeKind, nobody_to_write_to, post
from services.notification.use_cases.identities import notice_id

AT = datetime(2026, 11, 29, 0, 0, 5, tzinfo=UTC)
COMPOSER = MailComposer(Address("Fordeling", "ikke-svar", "fordeling.example"), "https://fordeling.example/")
CLOCK = (NoticeKind.DEADLINE_NEAR, NoticeKind.DEADLINE_TODAY, NoticeKind.LIST_OVERDUE, NoticeKind.DEADLINE_EXTENDED)


def text(kind: NoticeKind, language: Language) -> tuple[str, str]:
    """Write a mail; gives its subject and its text."""
    mail = Mail(
        "m-1", "kari@sogndal.example", "n-1", kind, "FL-2026-000123", "k-4640", "Sogndal", language, AT,
        Announcement(3, date(2026, 12, 1)),
    )  # fmt: skip
    message = message_from_bytes(COMPOSER.compose(mail), policy=policy.default)
    body = message.get_body(("plain",))
    assert body is not None
    return message["Subject"], body.get_content()


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("kind", CLOCK)
def test_each_kind_names_list_and_deadline_in_both_forms(kind: NoticeKind, language: Language) -> None:
    """Every mail has a subject of its own, the day, how many persons wait, and the way to the list."""
    subject, body = text(kind, language)
    assert "FL-2026-000123" in subject
    assert "1. desember" in body
    assert "Talet på personar: 3" in body if language is Language.NYNORSK else "Antall personer: 3" in body
    assert "/kommune/k-4640/bosetting/fordelinger/FL-2026-000123" in body
    assert len({text(other, language)[0] for other in CLOCK}) == len(CLOCK)


def test_an_overdue_list_says_that_it_can_still_be_answered() -> None:
    """And that IMDi knows."""
    assert (
        "Kommunen kan fortsatt svare, og svaret merkes som sent." in text(NoticeKind.LIST_OVERDUE, Language.BOKMAAL)[1]
    )
    assert "IMDi har fått melding" in text(NoticeKind.LIST_OVERDUE, Language.NYNORSK)[1]


def test_an_overdue_list_goes_to_the_escalation_contact_else_to_all_writers() -> None:
    """Reminders go to the writers; each address once."""
    writers, chief = ("anne@x.example", "Anne@x.example", "per@x.example"), ("sjef@x.example",)
    both = Municipality("k-1", "X", Language.BOKMAAL, writers, chief)
    nobody_above = Municipality("k-1", "X", Language.BOKMAAL, writers)
    assert both.receivers(NoticeKind.LIST_OVERDUE) == chief
    assert nobody_above.receivers(NoticeKind.LIST_OVERDUE) == ("anne@x.example", "per@x.example")
    for kind in (NoticeKind.DEADLINE_NEAR, NoticeKind.DEADLINE_TODAY, NoticeKind.DEADLINE_EXTENDED):
        assert both.receivers(kind) == ("anne@x.example", "per@x.example")


def test_that_nobody_can_be_written_to_is_a_fact_of_the_notice() -> None:
    """It takes a version, as all that happens to it does."""
    notice, _ = post("n-1", "k-1", NoticeKind.LIST_OVERDUE, "FL-2026-000123", AT)
    told, event = nobody_to_write_to(notice)
    assert (told.version, event) == (2, NobodyToWriteTo())


def test_a_moved_deadline_has_notices_of_its_own() -> None:
    """The same fact has the same notice; what is told of the new deadline is another."""
    for kind in CLOCK:
        assert notice_id(kind, "FL-2026-000123", 4) == notice_id(kind, "FL-2026-000123", 4)
        assert notice_id(kind, "FL-2026-000123", 4) != notice_id(kind, "FL-2026-000123", 9)
