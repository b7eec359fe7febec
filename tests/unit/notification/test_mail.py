"""Mails: what they say, to whom, when they are tried again, and where they are handed over."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings, strategies as st

from chassis.variables import SettingsError
from services.notification.adapters.composing import MailComposer
from services.notification.adapters.smtp_url import SmtpUrl, SmtpUrlError
from services.notification.bootstrap import NotificationSettings, bootstrap
from services.notification.domain.mail import Announcement, Answer, Language, Mail, Patience, each_once
from services.notification.domain.notices import (
    MailFailed,
    MailFailure,
    MailSent,
    NoticeKind,
    Tally,
    bounce_mail,
    end_mail,
    post,
)
from services.notification.use_cases.identities import mail_id

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
COMPOSER = MailComposer(Address("Fordeling", "ikke-svar", "fordeling.example"), "https://fordeling.example/")
LINK = "https://fordeling.example/kommune/k-4640/bosetting/fordelinger/FL-2026-000123"


def mail(
    language: Language = Language.BOKMAAL,
    *,
    answer: Answer | None = None,
    receiver: str = "kari@sogndal.example",
    municipality: str = "Sogndal",
) -> Mail:
    return Mail(
        mail_id="d67812ca-f245-5b5b-85db-1d92925f32d8",
        receiver=receiver,
        notice_id="n-1",
        kind=NoticeKind.LIST_ANSWERED if answer else NoticeKind.LIST_RECEIVED,
        list_id="FL-2026-000123",
        municipality_id="k-4640",
        municipality_name=municipality,
        language=language,
        posted_at=AT,
        announcement=Announcement(4, date(2026, 12, 1), answer),
    )


def composed(found: Mail) -> EmailMessage:
    message = message_from_bytes(COMPOSER.compose(found), policy=policy.default)
    assert not message.defects
    return message


def parts(found: Mail) -> tuple[str, str]:
    message = composed(found)
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    return text.get_content(), html.get_content()


class Visible(HTMLParser):
    """Collects what a reader of the HTML sees, every address in it, and its elements."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text: list[str] = []
        self.addresses: list[str] = []
        self.elements: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in {"href", "src", "action", "background"}]

    def handle_data(self, data: str) -> None:
        self.text += data.split()


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            Language.BOKMAAL,
            ["fordelingsliste til Sogndal kommune", "Antall personer: 4", "Svarfrist: tirsdag 1. desember 2026"],
        ),
        (
            Language.NYNORSK,
            ["fordelingsliste til Sogndal kommune", "Talet på personar: 4", "Svarfrist: tysdag 1. desember 2026"],
        ),
    ],
)
def test_a_new_list_is_told_in_the_municipalitys_form(language: Language, told: list[str]) -> None:
    """List, number of persons, deadline in words, and the way to the list, in the text and in the HTML."""
    found = mail(language)
    text, html = parts(found)
    assert all(words in text for words in told)
    assert LINK in text.splitlines()
    seen = Visible(html)
    assert "FL-2026-000123" in seen.text
    assert all(words.replace(":", "") in " ".join(seen.text) for words in told)
    assert ("Åpne listen og svar" in text, "Opne lista og svar" in text) == (
        language is Language.BOKMAAL,
        language is Language.NYNORSK,
    )
    assert composed(found)["Content-Language"] == language.value
    assert f'<html lang="{language}">' in html


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("late", [True, False])
def test_an_answer_tells_how_many_and_whether_late(language: Language, late: bool) -> None:
    """The numbers of both sorts, and the deadline only where it was missed."""
    text, _ = parts(mail(language, answer=Answer(3, date(2026, 11, 24), late)))
    assert re.search(r"Bosettes: 3|Blir busette: 3", text)
    assert re.search(r"Bosettes ikke: 1|Blir ikkje busette: 1", text)
    assert ("24. november 2026 (etter fristen)" in text) is late


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("kind", [NoticeKind.LIST_WITHDRAWN, NoticeKind.PERSONS_WITHDRAWN])
def test_a_withdrawal_tells_how_many(language: Language, kind: NoticeKind) -> None:
    """And what it means for the municipality; no deadline, since nothing is to be done by it."""
    message = replace(mail(language), kind=kind, announcement=Announcement(2, None))
    text, html = parts(message)
    assert re.search(r"Antall trukket: 2|Talet på trekte: 2", text)
    assert re.search(r"frigjort|frigjorde", " ".join(Visible(html).text))
    assert re.search(r"trukket|trekt", str(composed(message)["Subject"]))
    assert LINK in text.splitlines()


@pytest.mark.parametrize("kind", [NoticeKind.DEADLINE_NEAR, NoticeKind.LIST_OVERDUE, NoticeKind.DEADLINE_EXTENDED])
def test_no_line_ends_in_the_middle_of_a_day(kind: NoticeKind) -> None:
    """In the text and the HTML; in the subject, which is one line, it is written plainly."""
    message = replace(mail(), kind=kind)
    for shown in parts(message):
        assert "1.\N{NO-BREAK SPACE}desember" in shown
    assert "\N{NO-BREAK SPACE}" not in composed(message)["Subject"]


def test_the_forms_do_not_mix() -> None:
    """No mail in nynorsk has a word of bokmål, and the other way round."""
    for found in (
        mail(language, answer=answer) for language in Language for answer in (None, Answer(3, AT.date(), True))
    ):
        text, html = parts(found)
        words = set(Visible(html).text) | set(re.findall(r"\w+", text)) | set(composed(found)["Subject"].split())
        bokmaal, nynorsk = {"fra", "ikke", "Bosettes", "Antall", "kontakt", "Opplysninger"}, {"frå", "ikkje", "busette"}
        alien = nynorsk if found.language is Language.BOKMAAL else bokmaal - {"kontakt"}
        assert not words & alien


def test_its_headers() -> None:
    """From whom, to one receiver, by a stable id, dated by the fact, and marked as written by a machine (RFC 3834)."""
    message = composed(mail())
    assert message["From"] == "Fordeling <ikke-svar@fordeling.example>"
    assert message["To"] == "kari@sogndal.example"
    assert message["Subject"] == "Ny fordelingsliste fra IMDi: FL-2026-000123, svarfrist 1. desember"
    assert message["Message-ID"] == "<d67812ca-f245-5b5b-85db-1d92925f32d8@fordeling.example>"
    assert message["Date"].datetime == AT
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    raw = COMPOSER.compose(mail())
    assert raw == COMPOSER.compose(mail())
    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")


def test_nothing_is_loaded_from_anywhere() -> None:
    """The HTML has one address, the link, and nothing that runs, loads or counts who opens it."""
    for answer in (None, Answer(3, AT.date(), False)):
        _, html = parts(mail(answer=answer))
        seen = Visible(html)
        assert seen.addresses == [LINK]
        assert not seen.elements & {"img", "script", "link", "iframe", "form", "object", "video", "style"}
        assert "url(" not in html


@settings(deadline=None)
@given(st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=60))
def test_a_name_is_only_text(name: str) -> None:
    """Whatever a municipality is called, it is shown and adds no element, header or field."""
    found = mail(municipality=name)
    text, html = parts(found)
    assert " ".join(f"til {name} kommune".split()) in " ".join(text.split())
    assert Visible(html).elements == Visible(parts(mail())[1]).elements
    assert composed(found).keys() == composed(mail()).keys()


def test_an_international_address_is_written_as_it_is() -> None:
    """RFC 6531: the header is in UTF-8, and the rest of the mail as ever."""
    raw = COMPOSER.compose(mail(receiver="kåre@sogndal.example"))
    assert "To: kåre@sogndal.example\r\n".encode() in raw


def test_a_receiver_has_one_mail_a_notice() -> None:
    """The id follows from notice and address, however it is written in upper and lower case; two are never the same."""
    assert mail_id("n-1", "Kari@x.no") == mail_id("n-1", "kari@X.no")
    assert len({mail_id(notice, who) for notice in ("n-1", "n-2") for who in ("a@x.no", "b@x.no")}) == 4
    assert each_once(["a@x.no", "b@x.no", "A@x.no"]) == ("a@x.no", "b@x.no")


@settings(deadline=None)
@given(st.integers(1, 60), st.integers(0, 3 * 24 * 60))
def test_a_mail_is_put_off_ever_longer_for_two_days(tries: int, minutes: int) -> None:
    """Never less than before, two hours at most, the last try at two days at the latest; then it is given up."""
    now = AT + timedelta(minutes=minutes)
    again = Patience().next_try(tries, AT, now)
    if minutes >= 2 * 24 * 60:
        assert again is None
        return
    assert again is not None
    assert now < again <= min(now + timedelta(hours=2), AT + timedelta(days=2))
    assert again == min(now + timedelta(minutes=min(2 ** (tries - 1), 120)), AT + timedelta(days=2))


def test_how_mails_end_is_counted_on_the_notice() -> None:
    """Each end is one event and one version."""
    notice, _ = post("n-1", "k-4640", NoticeKind.LIST_RECEIVED, "FL-2026-000123", AT)
    for end in (MailSent(), MailSent(), *(MailFailed(failure) for failure in MailFailure)):
        notice, event = end_mail(notice, end)
        assert event == end
    assert (notice.version, notice.mail) == (7, Tally(sent=2, failed=3, unsure=1))


@pytest.mark.parametrize(("end", "was_unsure"), [(MailSent(), False), (MailFailed(MailFailure.UNSURE), True)])
def test_a_mail_that_comes_back_has_failed(end: MailSent | MailFailed, was_unsure: bool) -> None:
    """It counts as failed instead of sent or unsure, with one event that says so."""
    notice, _ = end_mail(post("n-1", "k-4640", NoticeKind.LIST_RECEIVED, "FL-2026-000123", AT)[0], end)
    notice, event = bounce_mail(notice, "kari@x.example", was_unsure=was_unsure)
    assert (notice.version, notice.mail) == (3, Tally(failed=1))
    assert event == MailFailed(MailFailure.BOUNCED, "kari@x.example")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example", SmtpUrl("mail.example", 25, tls=False)),
        ("smtp://mail.example:2525", SmtpUrl("mail.example", 2525, tls=False)),
        ("smtp://me:p%40ss@mail.example", SmtpUrl("mail.example", 587, tls=False, username="me", password="p@ss")),
        ("smtps://me:p4ss@mail.example", SmtpUrl("mail.example", 465, tls=True, username="me", password="p4ss")),
    ],
)
def test_where_the_mail_server_is(url: str, expected: SmtpUrl) -> None:
    """Scheme, host, the usual port, and what to log in with; the password is never shown."""
    found = SmtpUrl.parse(url)
    assert found == expected
    assert not found.password or found.password not in repr(found)


@pytest.mark.parametrize(
    ("url", "plain", "demanded"),
    [
        ("smtp://mail.example", False, True),
        ("smtp://localhost:1025", False, None),
        ("smtp://127.0.0.1", False, None),
        ("smtp://[::1]:25", False, None),
        ("smtp://mail.example", True, None),
        ("smtp://me:secret@mail.example", True, True),
        ("smtp://me:secret@localhost", False, True),
        ("smtps://mail.example", True, False),
    ],
)
def test_in_the_clear_goes_only_what_stays_on_the_machine(url: str, plain: bool, demanded: bool | None) -> None:
    """STARTTLS is demanded of every other machine, unless it was said otherwise, and always before a password."""
    assert SmtpUrl.parse(url).start_tls(plain=plain) is demanded


@pytest.mark.parametrize("url", ["", "mail.example:25", "http://me:secret@mail", "smtp://", "smtp://mail:secret"])
def test_what_is_no_mail_server_is_told_without_its_value(url: str) -> None:
    """The mistake is named; a password in it is not."""
    with pytest.raises(SmtpUrlError) as error:
        SmtpUrl.parse(url)
    assert "secret" not in str(error.value)


WHOLE = {
    "KAFKA_BOOTSTRAP_SERVERS": "localhost:9",
    "NOTIFICATION_DATABASE_URL": "postgresql://localhost:9/x",
    "SMTP_URL": "smtp://localhost:25",
    "MAIL_FROM": "Fordeling <ikke-svar@fordeling.example>",
    "PUBLIC_URL": "https://fordeling.example",
}


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("SMTP_URL", None, "SMTP_URL (or NOTIFICATION_SMTP_URL): Field required"),
        ("SMTP_URL", "imap://me:secret@mail", "SMTP_URL: it must begin with smtp:// or smtps://"),
        ("NOTIFICATION_SMTP_CA_FILE", "/nowhere/secret.pem", "NOTIFICATION_SMTP_CA_FILE: no file with certificates"),
        ("NOTIFICATION_SMTP_CONNECTIONS", "0", "NOTIFICATION_SMTP_CONNECTIONS"),
        ("MAIL_FROM", "nobody", "MAIL_FROM: it must be an address"),
        ("PUBLIC_URL", "fordeling.example", "PUBLIC_URL: it must begin with"),
    ],
)
def test_a_missing_or_wrong_setting_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str | None, told: str
) -> None:
    """One line names the variable, and never its value."""
    for variable, good in WHOLE.items():
        monkeypatch.setenv(variable, good)
    bootstrap(NotificationSettings.for_service("notification"))
    monkeypatch.delenv(name) if value is None else monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as error:
        bootstrap(NotificationSettings.for_service("notification"))
    assert told in str(error.value)
    assert "secret" not in str(error.value)
