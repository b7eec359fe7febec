"""The page of choices, and the work surface's notices in groups."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.codes import MailFailure, NoticeDelivery, NoticeKind
from contracts.municipality.v1 import ContactState
from contracts.notification.choices import ChooseNotices
from contracts.notification.contacts import contact_reference as contact_id
from contracts.notification.v1 import NoticeState
from gateway.commands.outcomes import Outcome
from gateway.pages.notice_labels import GROUPS, grouped
from tests.unit.gateway.choice_samples import ANNE, CHIEF, PATH, PER, WHOLE, chosen, town
from tests.unit.gateway.fakes import Desktop, FakeDesk, FakeReader
from tests.unit.gateway.samples import NOW, OSLO, READER, user


def desktop(desk: FakeDesk | None = None, **reader: object) -> Desktop:
    return Desktop(user(), FakeReader(**{"town": town(ANNE, PER)} | reader), **({"desk": desk} if desk else {}))


def notice(number: int, list_id: str, ago: int, *, read: bool = False) -> NoticeState:
    return NoticeState(
        notice_id=f"n-{number}", municipality_id=OSLO, kind=NoticeKind.LIST_RECEIVED, list_id=list_id,
        posted_at=NOW - timedelta(hours=ago), read_by=["u-1"] if read else [],
    )  # fmt: skip


def test_the_form_shows_what_holds() -> None:
    """The user's address and choices, the usual way for the rest; a colleague's address cannot be chosen."""
    text = desktop(choices=[chosen(), chosen("u-9", PER)]).get(PATH).text
    assert f'value="{contact_id(ANNE.email)}" checked' in text
    assert PER.email not in text
    for kind, delivery in ((NoticeKind.LIST_ANSWERED, "surface"), (NoticeKind.LETTER_UNREAD, "daily")):
        select = text.split(f'id="{kind.value}"')[1].split("</select>")[0]
        assert f'value="{delivery}" selected' in select


def test_what_is_chosen_is_sent() -> None:
    """For each kind, with the contact by its id; then the page says that it is saved."""
    found = desktop(FakeDesk(Outcome(f"{OSLO}/choices/u-1", 1, None, {})))
    answer = found.post(PATH, WHOLE)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PATH}?lagret=1")
    [sent] = found.desk.sent
    assert isinstance(sent.body, ChooseNotices)
    assert sent.body.contact_id == contact_id(ANNE.email)
    assert {one.kind for one in sent.body.choices} == set(NoticeKind)
    assert {one.delivery for one in sent.body.choices} == {NoticeDelivery.DAILY}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"adresse": ""}, "adresse"),
        ({"adresse": contact_id(CHIEF.email)}, "adresse"),
        ({"list_received": "x"}, "list_received"),
    ],
)
def test_what_is_missing_is_told_at_its_field(change: dict[str, str], field: str) -> None:
    """Nothing is sent, the summary leads to the field, and the rest stays chosen."""
    found = desktop()
    answer = found.post(PATH, WHOLE | change)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert f'id="{field}-feil"' in answer.text
    assert found.desk.sent == []
    assert answer.text.count('value="daily" selected') >= len(NoticeKind) - 1


def test_the_last_to_know_is_told_why_and_keeps_what_was_chosen() -> None:
    """With the kinds in words, in a summary that leads to their fields."""
    found = desktop(FakeDesk(Outcome(f"{OSLO}/choices/u-1", 1, "last-to-know", {"kinds": "list_received"})))
    answer = found.post(PATH, WHOLE)
    assert answer.status_code == 409
    summary, fields = answer.text.split("</ds-error-summary>")
    assert "Ingen andre i kommunen får e-post om nye lister." in summary
    assert 'href="#list_received"' in summary
    assert 'href="#list_overdue"' not in summary
    assert 'id="list_received-feil"' in fields
    assert answer.text.count('value="daily" selected') == len(NoticeKind)


def test_who_reads_only_is_told_and_has_no_form() -> None:
    """Neither has anybody where the municipality has no contact."""
    for found in (Desktop(user(READER), FakeReader(town=town(ANNE))), desktop(town=town(CHIEF))):
        answer = found.get(PATH)
        assert answer.status_code == 200
        assert "varselvalg" not in answer.text


def marked(contact: ContactState, failure: MailFailure) -> ContactState:
    return contact.model_copy(update={"mail_failure": failure, "mail_failed_at": NOW})


@pytest.mark.parametrize(
    ("contacts", "told"),
    [
        ((ANNE, PER), None),
        ((marked(ANNE, MailFailure.BOUNCED), PER), None),
        ((marked(ANNE, MailFailure.BOUNCED), marked(PER, MailFailure.GAVE_UP)), None),
        ((marked(ANNE, MailFailure.BOUNCED), marked(PER, MailFailure.REFUSED)), "ikke fram til noen av kontaktene"),
        ((CHIEF,), "Kommunen har ingen kontakt som får varsler"),
    ],
)
def test_it_is_said_where_nobody_is_mailed(contacts: tuple[ContactState, ...], told: str | None) -> None:
    """On the work surface and on the page of choices: why, and that IMDi is told; not while one writer is reached."""
    found = desktop(town=town(*contacts))
    for path in (f"/kommune/{OSLO}/arbeidsflate", PATH):
        text = found.get(path).text
        assert ("IMDi får beskjed når noe haster" in text) is (told is not None)
        assert told is None or told in text


def test_the_form_says_which_address_mails_do_not_reach() -> None:
    """At that one alone; it can still be chosen, for when it is mended."""
    text = desktop(town=town(marked(ANNE, MailFailure.REFUSED), PER)).get(PATH).text
    assert text.count("E-post kommer ikke fram") == 1
    assert "Vi sender ikke mer dit" in text.split(ANNE.email)[1].split(PER.email)[0]
    assert f'value="{contact_id(ANNE.email)}"' in text


def test_every_kind_can_be_chosen() -> None:
    """A kind that comes new is on the page, once."""
    kinds = [kind for _, kinds in GROUPS for kind in kinds]
    assert sorted(kinds) == sorted(NoticeKind)


def test_notices_are_gathered_by_what_they_are_about() -> None:
    """Where something is unread first, each group newest first; a letter of a request leads to the request."""
    notices = [notice(1, "FL-1", 1, read=True), notice(2, "FL-2", 2), notice(3, "FL-1", 3, read=True),
               notice(4, "ANM-2026-0301", 4), notice(5, "FL-2", 5, read=True)]  # fmt: skip
    groups = grouped(notices, "u-1")
    assert [(one.list_id, [each.notice_id for each in one.notices]) for one in groups] == [
        ("FL-2", ["n-2", "n-5"]), ("ANM-2026-0301", ["n-4"]), ("FL-1", ["n-1", "n-3"]),
    ]  # fmt: skip
    assert [one.of_request for one in groups] == [False, True, False]
    text = Desktop(user(), FakeReader(notices=notices)).get(f"/kommune/{OSLO}/arbeidsflate").text
    assert text.count('class="told"') == 3
    assert f'href="/kommune/{OSLO}/vedtak">' in text
    assert f'href="{PATH}"' in text
