"""Mails as they travel: plain text and HTML beside each other (RFC 5322, 2046), nothing loaded from anywhere."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from functools import cache
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from babel.dates import format_date

from services.notification.domain.mail import Language, Mail, Told
from services.notification.domain.notices import NoticeKind
from services.notification.domain.workdays import OSLO

_WITHDRAWALS = {NoticeKind.LIST_WITHDRAWN, NoticeKind.PERSONS_WITHDRAWN}
NO_BREAK = "\N{NO-BREAK SPACE}"
REQUEST = "ANM-"
"""How the case of IMDi's request for places begins, where a letter belongs to no list."""
WORDS = Path(__file__).parent / "words"
_ROW = (
    '<tr><th scope="row" style="padding:4px 24px 4px 0; text-align:left; vertical-align:top; font-weight:normal; '
    'white-space:nowrap">'
    "{}</th>"
    '<td style="padding:4px 0; vertical-align:top; font-weight:bold">{}</td></tr>'
)


class MailComposer:
    """Writes mails. ``sender``: whom they come from; ``public_url``: where the pages are."""

    def __init__(self, sender: Address, public_url: str) -> None:
        self._sender = sender
        self._public_url = public_url.rstrip("/")

    def compose(self, mail: Mail) -> bytes:
        """Write it; the same mail gives the same bytes."""
        words = _words(mail.language)
        filled = _filling(mail)
        own = {name: text.format_map(filled) for name, text in words["digest" if mail.digest else mail.kind].items()}
        common = {name: text.format_map(filled) for name, text in words["common"].items()}
        facts = _gathered(mail, words) if mail.digest else _facts(mail, words["facts"])
        link = f"{self._public_url}/kommune/{mail.municipality_id}/{_place(mail)}"
        message = EmailMessage(policy=policy.SMTP if mail.receiver.isascii() else policy.SMTPUTF8)
        local, _, domain = mail.receiver.rpartition("@")
        message["From"] = self._sender
        message["To"] = Address(username=local, domain=domain)
        subject = own["subject_deadline" if "subject_deadline" in own and filled["deadline"] else "subject"]
        message["Subject"] = subject.replace(NO_BREAK, " ")
        message["Date"] = mail.posted_at
        message["Message-ID"] = f"<{mail.mail_id}@{self._sender.domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(_text(own, common, facts, link), cte="quoted-printable")
        html = _html(own | common, facts, link, mail.language)
        message.add_alternative(html, subtype="html", cte="quoted-printable")
        message["Content-Language"] = mail.language.value  # after the content, which takes such headers with it
        message.set_boundary(f"=_{mail.mail_id}")
        return message.as_bytes()


@cache
def _words(language: Language) -> Mapping[str, Any]:
    return tomllib.loads((WORDS / f"{language}.toml").read_text(encoding="utf-8"))


@cache
def _page() -> Template:
    return Template((WORDS / "mail.html").read_text(encoding="utf-8"))


def _place(mail: Mail) -> str:
    if mail.digest:
        return "arbeidsflate"
    if mail.kind is NoticeKind.SETTLEMENT_DATE_MISSING:
        return "bosetting/personer?vis=mangler"
    if mail.list_id.startswith(REQUEST):
        return "vedtak"
    return f"bosetting/fordelinger/{mail.list_id}"


def _gathered(mail: Mail, words: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    return [(words[told.kind]["heading"], _told(told, mail.language, words)) for told in mail.digest]


def _told(told: Told, language: Language, words: Mapping[str, Any]) -> str:
    if told.deadline is None:
        return told.list_id
    until: str = words["digest"]["until"]
    return until.format(list=told.list_id, deadline=_short(told.deadline, language))


def _filling(mail: Mail) -> Mapping[str, str]:
    deadline = mail.announcement.deadline
    return {
        "list": mail.list_id,
        "municipality": mail.municipality_name,
        "day": _short(mail.posted_at.astimezone(OSLO).date(), mail.language),
        "deadline": _short(deadline, mail.language) if deadline else "",
    }


def _facts(mail: Mail, words: Mapping[str, str]) -> Sequence[tuple[str, str]]:
    told, language = mail.announcement, mail.language
    persons = words["withdrawn" if mail.kind in _WITHDRAWALS else "persons"]
    facts = [(words["case" if mail.list_id.startswith(REQUEST) else "list"], mail.list_id)]
    if not mail.kind.of_letters:
        facts.append((persons, str(told.persons)))
    if told.answer is not None:
        facts.append((words["accepted"], str(told.answer.accepted)))
        facts.append((words["declined"], str(told.persons - told.answer.accepted)))
    if told.deadline is not None:
        facts.append((words["deadline"], _long(told.deadline, language)))
    if told.answer is not None:
        day = _long(told.answer.answered_on, language)
        facts.append((words["answered"], words["late"].format(day=day) if told.answer.late else day))
    return facts


def _text(own: Mapping[str, str], common: Mapping[str, str], facts: Sequence[tuple[str, str]], link: str) -> str:
    lines = "\n".join(f"{name}: {value}" for name, value in facts)
    parts = (own["opening"], lines, f"{own['button']}:\n{link}", common["login"], f"-- \n{common['why']}")
    return "\n\n".join(parts) + "\n"


def _html(words: Mapping[str, str], facts: Sequence[tuple[str, str]], link: str, language: Language) -> str:
    return _page().substitute(
        {name: escape(text) for name, text in words.items()},
        language=language.value,
        facts="\n".join(_ROW.format(escape(name), escape(value)) for name, value in facts),
        link=escape(link),
    )


def _short(day: date, language: Language) -> str:
    """Write a day so that no line ends in the middle of it."""
    return format_date(day, "d. MMMM", locale=language.value).replace(" ", NO_BREAK)


def _long(day: date, language: Language) -> str:
    return format_date(day, "EEEE d. MMMM y", locale=language.value)
