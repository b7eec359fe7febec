"""Pages in the states they have: what there is, who looks, and where. For tests that look at every page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import httpx

from contracts.codes import (
    Category,
    DeclineReason,
    DispatchFailure,
    DispatchStatus,
    Education,
    LetterKind,
    LetterLanguage,
    ListChangeKind,
    ListStatus,
    Need,
    NoticeKind,
    PersonStatus,
    SplitReason,
)
from contracts.distribution.history import ChangedDecision, ListChangeState
from contracts.distribution.households import DraftSplit
from contracts.distribution.v1 import DraftDecision, Extension, PlannedWeek, Week
from contracts.letters.v1 import Dispatch, DispatchStep, Document, LetterState
from contracts.municipality.v1 import LedgerChangeState, Resolution
from contracts.notification.v1 import MailTally, NoticeState
from gateway.api.limits import Limits
from gateway.auth.users import User
from gateway.commands import problems, report_problems, settling
from gateway.commands.outcomes import Outcome
from gateway.folders.looks import Part
from gateway.operations.lookout import Seen
from gateway.readmodel.one_list import OneList
from tests.unit.gateway import test_erased_persons
from tests.unit.gateway.choice_samples import ANNE, CHIEF, PATH as CHOICES, PER, WHOLE as ALL_CHOSEN, chosen, town
from tests.unit.gateway.fakes import Desktop, FakeDesk, FakeLooks, FakeReader
from tests.unit.gateway.operations_samples import OPERATED, OPERATOR, UNWELL, FakeLookout
from tests.unit.gateway.report_samples import HOME, NAMED, SELF, homes, named, self_settlement, weekly
from tests.unit.gateway.samples import (
    LIST,
    NOW,
    OSLO,
    READER,
    WRITER,
    act,
    folder,
    ledger,
    one_list,
    person,
    placed_person,
    user,
)
from tests.unit.gateway.test_agreements import ASKED, MADE, year
from tests.unit.gateway.test_ledger_pages import ENTRIES
from tests.unit.gateway.test_question_pages import written
from tests.unit.gateway.test_statistics_pages import COUNTS
from tests.unit.gateway.test_withdrawal_pages import gone, withdrawn, without_3

ROOT = f"/kommune/{OSLO}"
PAGE = f"{ROOT}/bosetting/fordelinger/{LIST}"
LISTS = f"{ROOT}/bosetting/fordelinger"
REPORTS = f"{ROOT}/bosetting/innmeldinger"
HOUSEHOLD = f"{PAGE}/husstand/1"
CORRECTION = f"{PAGE}/personer/2/bosettingsdato"
FORM_ID = "3f6f0d1e-7c1b-4f0a-9f55-0a4a3f8f2c11"
SHEET = {"skjema": FORM_ID, "versjon": "1"}
TYPED_YEAR = SHEET | {"ordinare": "30", "em": "x", "vedtaksdato": "2030-01-01", "saksnummer": ""}
WRONG = {f"{REPORTS}/antall-plasser/weekly-places": {"uke-2026-W48": "x"}, f"{REPORTS}/boliger/{HOME}": {},
         f"{REPORTS}/bestemte-personer/{NAMED}": {}, f"{REPORTS}/selvbosetting/{SELF}": {}}  # fmt: skip
UNMARKED = SHEET | {"bosett-1": "ja", "bosett-3": "ja", "beskjed": "Hei"}
ONE_DECLINED = UNMARKED | {"grunn-2": "security", "deling-1": "ja", "delgrunn-1": "agreed_with_imdi"}
WEEK = PlannedWeek(week=Week(year=2026, week=53), by=act("Ola Dahl"))
MOVED = Extension(at=NOW, before=date(2026, 11, 28), deadline=date(2026, 12, 1))
MOVED_IN = SHEET | {"flyttet-1": "ja", "dato": "2026-11-24"}


@dataclass(frozen=True, eq=False)
class Visit:
    """One page in one state; ``data`` None: it is asked for, else a form is sent to it."""

    name: str
    make: Callable[[], Desktop]
    path: str
    data: Mapping[str, str] | None = None

    def look(self, tag: str, found: Desktop | None = None) -> httpx.Response:
        """Look at it in a language; ``found``: one of its own making, to be asked afterwards."""
        found = found or self.make()
        found.client.headers["Accept-Language"] = tag
        if found.user is not None:
            found.sessions.user = replace(found.user, language=tag)
        return found.get(self.path) if self.data is None else found.post(self.path, self.data)


def visits() -> Iterator[Visit]:
    """Every page, in the states that say something of their own."""
    yield from _strangers()
    yield from _open_lists()
    yield from _closed_lists()
    yield from _settling()
    yield from _around_lists()
    yield from _reports()
    yield from _choices()
    yield from _refusals()
    yield from _operations()


def _desktop(reader: FakeReader, as_user: User | None = None, **parts: Any) -> Callable[[], Desktop]:
    return lambda: Desktop(as_user or user(), replace(reader, folders_read=0), **parts)


def _strangers() -> Iterator[Visit]:
    yield Visit("front", Desktop, "/")
    yield Visit("help", Desktop, "/hjelp")
    yield Visit("accessibility", Desktop, "/tilgjengelighet")
    yield Visit("nowhere", Desktop, "/nothing")
    yield Visit("login that was never begun", Desktop, "/logg-inn/retur")
    down = Desktop()
    down.provider.down = True
    yield Visit("provider down", lambda: down, "/logg-inn")
    yield Visit("choice", lambda: Desktop(user(WRITER, replace(WRITER, municipality_id="k-4601"))), "/velg-kommune")
    yield Visit("no access", lambda: Desktop(User("u-1", "Kari Nordmann", ())), "/velg-kommune")
    yield Visit("sessions", _desktop(FakeReader()), "/innlogginger")
    yield Visit("too large", _desktop(FakeReader()), f"{PAGE}/svar", {"beskjed": "x" * 2_100_000})
    yield Visit("not for readers", _desktop(FakeReader(), user(READER)), f"{PAGE}/svar", SHEET)
    yield Visit("odd language", Desktop, "/sprak", {})
    away = FakeReader(broken=ConnectionError())
    yield Visit("database away", _desktop(away), f"{ROOT}/arbeidsflate")
    yield Visit("database away with a form", _desktop(away), f"{PAGE}/svar", UNMARKED)
    yield Visit("broken", _desktop(FakeReader(broken=KeyError())), f"{ROOT}/arbeidsflate")
    yield Visit("too much asked", _once_too_often, f"{ROOT}/arbeidsflate")
    yield Visit("too much sent", _once_too_often, f"{PAGE}/svar", UNMARKED)
    ending = replace(user(), idle_until=NOW + timedelta(minutes=20), until=NOW + timedelta(minutes=20))
    yield Visit("form of a session that has ended", _logged_out, f"{PAGE}/svar", UNMARKED)
    yield Visit("session that ends soon", _desktop(FakeReader({LIST: one_list()}), ending), PAGE)


def _operations() -> Iterator[Visit]:
    for name, seen in {"nothing to ask": Seen(NOW), "well": OPERATED, "not well": UNWELL}.items():
        yield Visit(f"operations, {name}", lambda seen=seen: Desktop(OPERATOR, lookout=FakeLookout(seen)), "/drift")
    for path in ("meldinger", "meldinger/imdi.publish-distribution-list.v1", "meldinger/nothing"):
        yield Visit(f"operations, {path}", lambda: Desktop(OPERATOR), f"/drift/{path}")


def _logged_out() -> Desktop:
    found = Desktop()
    found.get("/")
    return found


def _once_too_often() -> Desktop:
    found = Desktop(user(), FakeReader(), visits=Limits(1))
    found.get(f"{ROOT}/arbeidsflate")
    return found


def _open_lists() -> Iterator[Visit]:
    told = {"needs": list(Need), "needs_note": "x", "education": Education.HIGHER, "occupation": "x",
            "earliest_arrival": date(2026, 12, 1), "category": Category.ASYLUM, "planned": WEEK}  # fmt: skip
    declined = DraftDecision(running_number=2, accept=False, reason=DeclineReason.OTHER, reason_text="x syria")
    splits = [DraftSplit(household=1, reason=SplitReason.OTHER, reason_text="x")]
    persons = [
        person(1, **told),
        person(2, nationality=None, decision=declined),
        person(3, 2, minor=True, decision=DraftDecision(running_number=3, accept=False)),
    ]
    changes = tuple(
        ListChangeState(
            list_id=LIST, municipality_id=OSLO, version=number, kind=kind, by=act("Ola Dahl"), message=True,
            decisions=[ChangedDecision(running_number=1, accept=True),
                       ChangedDecision(running_number=2, accept=False, reason=DeclineReason.SECURITY),
                       ChangedDecision(running_number=3, accept=False)],
            households=[1],
        )
        for number, kind in enumerate(ListChangeKind, 2)
    )  # fmt: skip
    full = replace(
        one_list(*persons, status=ListStatus.UNDER_TREATMENT, changed=act("Ola Dahl"), splits=splits, message="x",
                 reoffer=True, replaces="FL-2026-000001", extensions=[MOVED], messages=2, awaiting_reply=1, version=6,
                 self_settlement=SELF),
        changes=changes, messages=(written(1, None, "x"), written(2, 1, "x", by_imdi=True)), four_eyes=True,
    )  # fmt: skip
    states = {
        "new": one_list(),
        "drafted": full,
        "overdue": one_list(deadline=NOW.date() - timedelta(days=3)),
        "last day": one_list(deadline=NOW.date()),
        "last year's": one_list(year=ledger(left=-3, agreed=None, minors_left=-1, year=2026)),
        "behind": one_list(places_version=99, deadline=NOW.date() + timedelta(days=1)),
        "some withdrawn": without_3(),
        "approved": replace(full, state=full.state.model_copy(
            update={"status": ListStatus.APPROVED, "approved": act("Ola Dahl"), "accepted": 1, "declined": 2})),
        "approved by me": replace(full, state=full.state.model_copy(
            update={"status": ListStatus.APPROVED, "approved": act()})),
    }  # fmt: skip
    for name, found in states.items():
        reader = FakeReader({LIST: found}, reports=[(homes(), 1)])
        for path in (PAGE, f"{PAGE}/utskrift", f"{ROOT}/arbeidsflate"):
            yield Visit(f"{name} list at {path}", _desktop(reader), path)
        yield Visit(f"{name} list to a reader", _desktop(reader, user(READER)), PAGE)
    reader = FakeReader({LIST: full})
    for query in ("lagret=1&fra=1", "spurt=1"):
        yield Visit(f"list with {query}", _desktop(reader), f"{PAGE}?{query}")
    yield Visit("reasons missing", _desktop(reader), f"{PAGE}/svar", UNMARKED | {"handling": "godkjenn"})
    words = {"grunn-2": "other", "deling-1": "ja", "delgrunn-1": "other", "tekst-3": "\x01", "sporsmal": "x"}
    yield Visit("words missing", _desktop(reader), f"{PAGE}/svar", UNMARKED | words | {"handling": "godkjenn"})
    yield Visit("all unmarked", _desktop(reader), f"{PAGE}/svar", SHEET | {"handling": "husstand-1"})
    yield Visit("no question", _desktop(reader), f"{PAGE}/sporsmal", SHEET | {"gjelder": "99"})


def _closed_lists() -> Iterator[Visit]:
    document = Document(object_key="x", sha256="0" * 64, size=52_000, created_at=NOW)
    letters: list[LetterState] = []
    dispatches: list[Dispatch | None] = [None, *(Dispatch(failure=failure) for failure in DispatchFailure)]
    dispatches += [
        Dispatch(status=status, reference="x", handed_over_at=NOW, history=[DispatchStep(status=status, at=NOW)])
        for status in DispatchStatus
    ]
    for number, (kind, dispatch) in enumerate(zip([*LetterKind] * 4, dispatches, strict=False)):
        letters.append(
            LetterState(
                letter_id=f"{FORM_ID[:-2]}{number:02}", municipality_id=OSLO, list_id=LIST, kind=kind, planned_at=NOW,
                language=LetterLanguage.NYNORSK if number % 2 else LetterLanguage.BOKMAAL,
                running_number=1 if kind is LetterKind.LETTER_TO_PERSON else None,
                document=document if number else None, dispatch=dispatch,
            )
        )  # fmt: skip
    no = DraftDecision(running_number=2, accept=False, reason=DeclineReason.SECURITY)
    answered = replace(
        one_list(
            placed_person(1), person(2, status=PersonStatus.DECLINED, decision=no), gone(3, 2),
            status=ListStatus.ANSWERED, answered=act("Ola Dahl"), approved=act(), accepted=1, declined=1, late=True,
            version=6, message="x",
        ),
        letters=tuple(letters), messages=(written(1, None, "x"),),
    )  # fmt: skip
    nobody = one_list(status=ListStatus.ANSWERED, answered=act(), accepted=0, declined=3)
    states = {"answered": answered, "withdrawn": withdrawn(), "late": withdrawn(answered=act()), "nobody": nobody}
    for name, found in states.items():
        reader = FakeReader({LIST: found}, {one.letter_id: one for one in letters})
        for path in (PAGE, f"{PAGE}/utskrift", f"{PAGE}/kvittering", f"{ROOT}/arbeidsflate", ROOT):
            yield Visit(f"{name} list at {path}", _desktop(reader), path)


def _placed() -> OneList:
    return one_list(
        placed_person(1, planned=WEEK),
        placed_person(2, PersonStatus.SETTLED),
        person(3, 2, status=PersonStatus.DECLINED),
        status=ListStatus.ANSWERED,
        answered=act(),
        approved=act(),
    )


def a_look(part: Part, **changes: Any) -> dict[str, Any]:
    """Give a row of a look as the database tells it."""
    row = {
        "at": "2026-11-24T09:30:00+00:00",
        "display_name": "Kari Nordmann",
        "role": "settlement_writer",
        "part": part.value,
        "channel": "api" if part is Part.SEARCH else "page",
        "purpose": "other" if part is Part.HEALTH else "settlement",
        "purpose_text": "x" if part is Part.HEALTH else None,
    }
    return row | changes


def _settling() -> Iterator[Visit]:
    folders = {(LIST, number): folder(number) for number in (1, 2)}
    reader, at = FakeReader({LIST: _placed()}, folders=folders), f"{PAGE}/personer/1"
    paths = [f"{ROOT}/bosetting/personer", HOUSEHOLD, CORRECTION, at]
    paths += [f"{HOUSEHOLD}?{name}=1" for name in ("bosatt", "uke", "rettet")]
    for path in paths:
        for who in (WRITER, READER):
            yield Visit(f"{who.role} at {path}", _desktop(reader, user(who)), path)
    yield Visit("nobody has looked", _desktop(reader), f"{at}/oppslag")
    looked = replace(reader, looks=[a_look(part) for part in Part] * 50)
    for who in (WRITER, READER):
        yield Visit(f"{who.role} at who has looked", _desktop(looked, user(who)), f"{at}/oppslag")
    for path in (PAGE, f"{PAGE}/personer/2", f"{PAGE}/utskrift"):
        yield Visit(f"an erased person at {path}", _desktop(FakeReader({LIST: test_erased_persons.the_list()})), path)
    yield Visit("nobody placed", _desktop(FakeReader()), f"{ROOT}/bosetting/personer")
    yield Visit("health", _desktop(reader), f"{at}/helse", {"formal": "housing"})
    yield Visit("health without why", _desktop(reader), f"{at}/helse", {})
    yield Visit("health without words", _desktop(reader), f"{at}/helse", {"formal": "other"})
    yield Visit("look not written", _desktop(reader, looks=FakeLooks(broken=True)), at)
    for name, path, data in (
        ("nobody moved in", f"{HOUSEHOLD}/bosatt", SHEET),
        ("no date", f"{HOUSEHOLD}/bosatt", SHEET | {"flyttet-1": "ja"}),
        ("a date ahead", f"{HOUSEHOLD}/bosatt", SHEET | {"flyttet-1": "ja", "dato": "2030-01-01"}),
        ("a date before", f"{HOUSEHOLD}/bosatt", SHEET | {"flyttet-1": "ja", "dato": "2020-01-01"}),
        ("no week", f"{HOUSEHOLD}/uke", SHEET | {"uke": "x"}),
        ("nothing corrected", CORRECTION, SHEET | {"dato": "2026-11-24"}),
        ("no date to correct to", CORRECTION, SHEET | {"dato": "x"}),
    ):
        yield Visit(name, _desktop(reader), path, data)


def _choices() -> Iterator[Visit]:
    """Nobody to mail, nothing chosen, chosen and saved, and all that goes wrong."""
    whole = FakeReader(town=town(ANNE, PER, CHIEF), choices=[chosen(), chosen("u-9", PER)])
    states = {"nobody": FakeReader(town=town()), "not chosen": FakeReader(town=town(ANNE, PER)), "chosen": whole}
    for name, reader in states.items():
        yield Visit(f"choices: {name}", _desktop(reader), CHOICES)
    yield Visit("choices: saved", _desktop(whole), f"{CHOICES}?lagret=1")
    yield Visit("choices: of a reader", _desktop(whole, user(READER)), CHOICES)
    yield Visit("choices: nothing filled in", _desktop(whole), CHOICES, SHEET)
    for slug in ("last-to-know", "contact-taken", "not-a-contact"):
        refused = FakeDesk(Outcome(f"{OSLO}/choices/u-1", 1, slug, {"kinds": "list_received,list_overdue"}))
        yield Visit(f"choices: {slug}", _desktop(whole, desk=refused), CHOICES, ALL_CHOSEN)
    yield Visit("choices: busy", _desktop(whole, desk=FakeDesk(busy=True)), CHOICES, ALL_CHOSEN)


def _around_lists() -> Iterator[Visit]:
    notices = [
        NoticeState(notice_id=f"n-{number}", municipality_id=OSLO, kind=kind, list_id=LIST, posted_at=NOW,
                    mail=MailTally(sent=1, failed=1, unsure=1), read_by=["u-1"] if number % 2 else [])
        for number, kind in enumerate([*NoticeKind] * 2)
    ]  # fmt: skip
    zero = Resolution.model_validate(MADE.model_dump() | {"ordinary_places": 0})
    changes = [
        LedgerChangeState(municipality_id=OSLO, year=2027, version=1, at=NOW, request=ASKED),
        LedgerChangeState(municipality_id=OSLO, year=2027, version=2, at=NOW, resolution=MADE),
        LedgerChangeState(municipality_id=OSLO, year=2027, version=3, at=NOW, unanswered=date(2026, 12, 15)),
    ]
    years = {"asked": year(), "resolved": year(resolution=MADE), "none": year(resolution=zero, request=None),
             "over": year(request=ASKED.model_copy(update={"answer_by": date(2026, 11, 1)}))}  # fmt: skip
    for name, one in years.items():
        reader = FakeReader({LIST: one_list()}, notices=notices, years={2026: ledger(left=-1), 2027: one})
        reader.changes = changes
        for path in (
            ROOT, f"{ROOT}?ar=2027", f"{ROOT}/arbeidsflate", f"{ROOT}/vedtak", f"{ROOT}/vedtak?registrert=2027",
            f"{ROOT}/vedtak/2027", f"{ROOT}/plassregnskap",
        ):  # fmt: skip
            for who in (WRITER, READER) if name == "asked" else (WRITER,):
                yield Visit(f"{name} year to {who.role} at {path}", _desktop(reader, user(who)), path)
        yield Visit(f"{name} year typed", _desktop(reader), f"{ROOT}/vedtak/2027", TYPED_YEAR)
    whole = FakeReader({LIST: one_list()}, entries=ENTRIES, answers=COUNTS, placed=[(placed_person(1), "202612345678")])
    many = FakeReader({LIST: one_list(), "FL-2026-000124": withdrawn()}, total=40_000)
    for name, reader in (("whole", whole), ("many", many), ("empty", FakeReader())):
        for path in (
            f"{ROOT}/plassregnskap", f"{ROOT}/plassregnskap?per=2026-11-01&side=2", f"{ROOT}/bosetting/statistikk",
            f"{ROOT}/bosetting/statistikk?ar=2026", LISTS, f"{LISTS}?sok=XYZ", f"{LISTS}?status=open&frist=over",
            f"{LISTS}?fra=2026-12-01&til=2026-11-01", f"{LISTS}/sok", ROOT, f"{ROOT}/arbeidsflate", f"{ROOT}/bosetting",
        ):  # fmt: skip
            yield Visit(f"{name} world at {path}", _desktop(reader), path)
        for text in ("202612345678", "01819012345", "æ"):
            yield Visit(f"{name} world searched", _desktop(reader), f"{LISTS}/sok", {"sok": text})


def _reports() -> Iterator[Visit]:
    def at(kind: str, report_id: str) -> str:
        return f"{REPORTS}/{kind}/{report_id}"

    told: list[Any] = [(homes(questioned_at=NOW), 1), (named(), 1), (self_settlement(), 1), (weekly(), 1)]
    over = {"status": "withdrawn"}
    ended: list[Any] = [(homes(**over), 2), (named(**over, named_persons=None), 2)]
    kinds = ("antall-plasser", "boliger", "bestemte-personer", "selvbosetting")
    for name, reports in (("told", told), ("ended", ended), ("nothing", [])):
        reader = FakeReader({LIST: one_list()}, reports=reports)
        for who in (WRITER, READER) if name == "told" else (WRITER,):
            paths = [REPORTS, *(f"{REPORTS}/{kind}" for kind in kinds), f"{ROOT}/arbeidsflate"]
            paths += [at("boliger", HOME), at("bestemte-personer", NAMED), at("selvbosetting", SELF)]
            paths += [f"{REPORTS}/boliger?{done}={HOME}" for done in ("lagret", "trukket", "bekreftet")]
            for path in paths:
                yield Visit(f"{name} reports to {who.role} at {path}", _desktop(reader, user(who)), path)
    for path, data in WRONG.items():
        yield Visit(f"typed wrong at {path}", _desktop(FakeReader(reports=told)), path, SHEET | data)


def _refusals() -> Iterator[Visit]:
    params = {
        "by": "Ola Dahl", "at": NOW.isoformat(), "running_numbers": "1", "households": "1", "message": "true",
        "running_number": "1", "placed_on": "2026-11-20", "today": "2026-11-24", "requested": "3", "most": "3",
        "earliest": "2026-11-01", "latest": "2027-11-01", "week": "2026-W47", "status": "lapsed",
    }  # fmt: skip
    reader = FakeReader({LIST: one_list()}, years={2027: year()}, reports=[(weekly(), 1)])
    answering = ONE_DECLINED | {"handling": "godkjenn"}
    year_form = SHEET | {"ordinare": "5", "em": "0", "vedtaksdato": "2026-11-20", "saksnummer": "1"}
    weeks = f"{REPORTS}/antall-plasser/weekly-places"
    for slug in problems.WORDS:
        refused = FakeDesk(Outcome(LIST, 1, slug, params))
        yield Visit(f"refused as {slug}", _desktop(reader, desk=refused), f"{PAGE}/svar", answering)
        yield Visit(f"year refused as {slug}", _desktop(reader, desk=refused), f"{ROOT}/vedtak/2027", year_form)
    for slug in report_problems._WORDS:
        refused = FakeDesk(Outcome("weekly-places", 1, slug, params))
        yield Visit(f"report refused as {slug}", _desktop(reader, desk=refused), weeks, SHEET | {"uke-2026-W48": "9"})
    placed = FakeReader({LIST: _placed()})
    for slug in settling._WORDS:
        refused = FakeDesk(Outcome(LIST, 1, slug, params))
        yield Visit(f"settling refused as {slug}", _desktop(placed, desk=refused), f"{HOUSEHOLD}/bosatt", MOVED_IN)
    for name, desk in (("busy", FakeDesk(busy=True)), ("no broker", FakeDesk(broker=False))):
        yield Visit(f"{name}: answer", _desktop(reader, desk=desk), f"{PAGE}/svar", answering)
        yield Visit(f"{name}: notices", _desktop(reader, desk=desk), f"{ROOT}/varsler/lest", SHEET | {"varsel": "n-1"})

    def waiting() -> Desktop:
        found = Desktop(user(), reader, desk=FakeDesk())
        found.post(f"{PAGE}/svar", answering)
        return found

    yield Visit("outcome not known", waiting, f"{ROOT}/kommando/{_id_of(waiting())}")


def _id_of(found: Desktop) -> str:
    return found.desk.sent[0].command_id
