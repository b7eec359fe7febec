"""What notification tells of a message from IMDi: that there is one, and nothing of what it says."""

from __future__ import annotations

from datetime import date

import pytest

from services.notification.domain.mail import Announcement, Language, Municipality
from services.notification.domain.notices import NoticeKind
from services.notification.use_cases.identities import notice_id
from tests.unit.notification.test_reply_clock import CLOCK, text

WROTE = NoticeKind.IMDI_WROTE


@pytest.mark.parametrize("language", Language)
def test_the_mail_says_where_to_read_and_that_the_clock_runs_on(language: Language) -> None:
    """With the day of the deadline, in both forms."""
    subject, body = text(WROTE, language)
    assert "FL-2026-000123" in subject
    assert subject not in {text(kind, language)[0] for kind in CLOCK}
    assert "Svarfristen er den same" in body if language is Language.NYNORSK else "Svarfristen er den samme" in body
    assert "1. desember" in body


def test_it_goes_to_the_writers_and_each_message_has_a_notice_of_its_own() -> None:
    """Escalation contacts are for what is overdue."""
    municipality = Municipality("k-1", "X", Language.BOKMAAL, ("anne@x.example",), ("sjef@x.example",))
    assert municipality.receivers(WROTE) == ("anne@x.example",)
    assert notice_id(WROTE, "FL-2026-000123", 4) != notice_id(WROTE, "FL-2026-000123", 5)
    assert Announcement(3, date(2026, 12, 1)).answer is None
