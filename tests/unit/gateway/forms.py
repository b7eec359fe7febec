"""The forms of the pages as a browser finds them, each with the fields that it would send, and where they are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from html.parser import HTMLParser
from typing import Any

from contracts.codes import ListStatus, NoticeKind, PersonStatus
from contracts.notification.v1 import NoticeState
from tests.unit.gateway.choice_samples import ANNE, PATH as CHOICES, PER, chosen, town
from tests.unit.gateway.fakes import Desktop, FakeReader
from tests.unit.gateway.report_samples import HOME, NAMED, SELF, homes, named, self_settlement, weekly
from tests.unit.gateway.samples import LIST, NOW, OSLO, act, folder, ledger, one_list, person, placed_person, user

ROOT = f"/kommune/{OSLO}"
PAGE = f"{ROOT}/bosetting/fordelinger/{LIST}"
REPORTS = f"{ROOT}/bosetting/innmeldinger"


@dataclass
class Form:
    """A form: where it goes, and the fields that a browser sends with the first button that goes there.

    types: of each field, as ``date``, ``textarea``, ``select``; of those that nobody types into ``hidden``.
    """

    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    types: dict[str, str] = field(default_factory=dict)


@dataclass
class _Found(HTMLParser):
    forms: list[Form] = field(default_factory=list)
    open: Form | None = None
    named: dict[str, Form] = field(default_factory=dict)
    select: str | None = None
    area: Form | None = None
    actions: list[tuple[Form, str, str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.open = Form(given.get("action", ""))
            self.named[given.get("id", "")] = self.open
            if given.get("method") == "post":
                self.forms.append(self.open)
        elif (form := self.named.get(given["form"]) if "form" in given else self.open) is not None:
            self._field(tag, given, form)

    def _field(self, tag: str, given: dict[str, str], form: Form) -> None:
        name, value, kind = given.get("name", ""), given.get("value", ""), given.get("type", "text")
        if tag == "input" and name and kind in {"checkbox", "radio"}:
            form.types.setdefault(name, kind)
            if "checked" in given:
                form.fields.append((name, value or "on"))
        elif tag == "input" and name:
            form.types.setdefault(name, kind)
            form.fields.append((name, value))
        elif tag == "select":
            self.select = name
            form.types.setdefault(name, "select")
        elif tag == "option" and self.select and ("selected" in given or self.select not in dict(form.fields)):
            form.fields = [one for one in form.fields if one[0] != self.select] + [(self.select, value)]
        elif tag == "textarea":
            self.area = form
            form.types.setdefault(name, "textarea")
            form.fields.append((name, ""))
        elif tag == "button" and given.get("type", "submit") == "submit":
            self.actions.append((form, given.get("formaction", form.action), name, value))

    def handle_data(self, data: str) -> None:
        if self.area is not None:
            name, value = self.area.fields[-1]
            self.area.fields[-1] = (name, value + data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = None
        elif tag == "select":
            self.select = None
        elif tag == "textarea":
            self.area = None


def forms_of(html: str) -> Iterator[Form]:
    """Yield the forms that a page posts, one for each button of them that does another thing."""
    found = _Found()
    found.feed(html)
    for form in found.forms:
        mine = {(action.partition("#")[0], name, value) for one, action, name, value in found.actions if one is form}
        for action, name, value in sorted(mine or {(form.action, "", "")}):
            pressed = [(name, value)] if name else []
            yield Form(action, [*form.fields, *pressed], {**form.types, **({name: "button"} if name else {})})


def open_list() -> Desktop:
    """Have a list that waits, with a household that can be split."""
    one = one_list(person(1), person(2), person(3, 2, minor=True))
    return Desktop(user(), FakeReader({LIST: one}, reports=[(homes(), 1)]))


def approved_list() -> Desktop:
    """Have a list that is approved and not sent."""
    return Desktop(user(), FakeReader({LIST: one_list(status=ListStatus.APPROVED, approved=act())}))


def answered_list() -> Desktop:
    """Have a list whose persons are placed; one has moved in."""
    persons = (placed_person(1), placed_person(2, PersonStatus.SETTLED, placed_on=date(2026, 11, 20)), placed_person(3))
    one = one_list(*persons, status=ListStatus.ANSWERED, answered=act())
    return Desktop(user(), FakeReader({LIST: one}, folders={(LIST, 1): folder(1)}))


def surface() -> Desktop:
    """Have a work surface with a notice, and a year for which IMDi has asked."""
    notice = NoticeState(
        notice_id="n-1", municipality_id=OSLO, kind=NoticeKind.LIST_RECEIVED, list_id=LIST, posted_at=NOW
    )
    return Desktop(user(), FakeReader(notices=[notice], years={2027: ledger(year=2027)}))


def reported() -> Desktop:
    """Have reports of all four kinds, asked about."""
    states: list[Any] = [each(questioned_at=NOW) for each in (weekly, homes, named, self_settlement)]
    return Desktop(user(), FakeReader(reports=[(state, 1) for state in states]))


def choosing() -> Desktop:
    """Have contacts that notices are mailed to."""
    return Desktop(user(), FakeReader(town=town(ANNE, PER), choices=[chosen()]))


PAGES: list[tuple[Callable[[], Desktop], str]] = [
    (open_list, PAGE),
    (open_list, f"{ROOT}/bosetting/fordelinger"),
    (approved_list, PAGE),
    (answered_list, f"{PAGE}/husstand/1"),
    (answered_list, f"{PAGE}/personer/2/bosettingsdato"),
    (answered_list, f"{PAGE}/personer/1"),
    (surface, "/innlogginger"),
    (surface, f"{ROOT}/arbeidsflate"),
    (surface, f"{ROOT}/vedtak/2027"),
    (choosing, CHOICES),
    (reported, f"{REPORTS}/antall-plasser"),
    (reported, f"{REPORTS}/boliger"),
    (reported, f"{REPORTS}/boliger/{HOME}"),
    (reported, f"{REPORTS}/bestemte-personer"),
    (reported, f"{REPORTS}/bestemte-personer/{NAMED}"),
    (reported, f"{REPORTS}/selvbosetting"),
    (reported, f"{REPORTS}/selvbosetting/{SELF}"),
]
"""Where the forms are. A new form is found where it is on one of these; else its page is added here."""


def pattern(path: str) -> re.Pattern[str]:
    """Make an expression for the addresses of a route."""
    return re.compile(
        "".join("[^/]+" if part.startswith("{") else re.escape(part) for part in re.split(r"(\{[^}]+\})", path))
    )
