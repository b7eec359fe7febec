"""What holds for the ports wherever they keep things. Subclasses give the fixture ``world``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from contracts.municipality import v1
from contracts.municipality.four_eyes import FourEyesChanged
from services.municipality.domain.codes import ContactRole, LanguageForm, MailFailure, PlaceKind, Role
from services.municipality.domain.ledger import LedgerYear, Request, Resolution, YearId
from services.municipality.domain.list_facts import ListFact, ListHead
from services.municipality.domain.places import Sums
from services.municipality.domain.refusals import ChangedMeanwhile, RoleMayNotWrite, UnknownMunicipality
from services.municipality.domain.register import (
    Contact,
    DivisionRow,
    Facts,
    MailEnd,
    Merger,
    Municipality,
    Taken,
    Unreached,
)
from services.municipality.domain.requests import RequestFields
from services.municipality.use_cases.follow_lists import follow_lists
from services.municipality.use_cases.forget_originals import KEEP, forget_originals
from services.municipality.use_cases.mark_contacts import MarkContacts, mark_contacts, worth_marking
from services.municipality.use_cases.outcomes import Accepted, Refused
from services.municipality.use_cases.pass_deadlines import pass_deadlines
from services.municipality.use_cases.ports import Division, Original
from services.municipality.use_cases.register_contacts import RegisterContacts, register_contacts
from services.municipality.use_cases.register_division import register_division
from services.municipality.use_cases.register_resolution import RegisterResolution, register_resolution
from services.municipality.use_cases.request_places import Incoming, repeat_request, request_places
from services.municipality.use_cases.require_four_eyes import RequireFourEyes, require_four_eyes
from tests.unit.municipality.fakes import Published, World

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
TODAY = AT.date()
OSLO = Facts("0301", "Oslo", "03", "Oslo", "958935420", LanguageForm.NEUTRAL, 717710, date(2024, 1, 1))
BERGEN = replace(
    OSLO, number="4601", name="Bergen", organisation_number="964338531", county_number="46", county_name="Vestland"
)
KINN = replace(OSLO, number="4602", name="Kinn", organisation_number="820433242")
CONTACT = Contact("Kari Nordmann", "kari@example.no", (ContactRole.SETTLEMENT_WRITER, ContactRole.ESCALATION))
RESOLUTION = Resolution(900, 5, TODAY, "2026/1234", AT, "user-1", "Kari Nordmann")
REQUEST = Request(1000, 40, date(2026, 12, 15), AT)
OSLO_2026, OSLO_2027 = YearId("k-0301", 2026), YearId("k-0301", 2027)
LIST = "FL-2026-000123"
ORDINARY, MINOR = PlaceKind.ORDINARY, PlaceKind.UNACCOMPANIED_MINOR
PEOPLE = [(1, ORDINARY), (2, ORDINARY), (3, MINOR)]


def division(*facts: Facts, digest: str = "one") -> Division:
    return Division([DivisionRow(fact) for fact in facts], digest)


def _into(successor: Facts, gone: Facts) -> DivisionRow:
    return DivisionRow(successor, (gone.number,))


def original(offset: int = 7) -> Original:
    return Original("imdi.requests.v1", 0, offset, 1_764_000_000_000, "id-1", b"0301", [("ce_id", b"id-1")], b"{}")


def incoming(number: str = "0301", request: Request = REQUEST, offset: int = 7) -> Incoming:
    return Incoming(RequestFields(number, number, 2027, request.answer_by), original(offset), request=request)


def head(version: int, list_id: str = LIST) -> ListHead:
    return ListHead(list_id, "k-0301", 2026, version, AT)


def kinds(published: Sequence[Published]) -> list[str]:
    return [record.type for record in published]


class RepositoryContract:
    """Use cases over the ports, each in a transaction of its own."""

    @pytest.fixture
    async def registered(self, world: World) -> World:
        await self.follow_division(world, division(OSLO, BERGEN))
        await world.published()
        return world

    async def follow_division(self, world: World, followed: Division) -> int:
        async with world.begin() as ports:
            return await register_division(followed, ports.register)

    async def follow(self, world: World, *facts: ListFact) -> None:
        async with world.begin() as ports:
            await follow_lists(facts, ports.ledgers)

    async def repeat(self, world: World, asked: Incoming, today: date = TODAY) -> None:
        async with world.begin() as ports:
            await repeat_request(asked, ports.ledgers, ports.municipalities, ports.rejections, today=today)

    async def request(self, world: World, asked: Incoming) -> None:
        async with world.begin() as ports:
            await request_places(asked, ports.ledgers, ports.municipalities, ports.rejections, today=TODAY)

    async def year(self, world: World, year_id: YearId) -> LedgerYear | None:
        async with world.begin() as ports:
            return await ports.ledgers.year(year_id)

    async def municipality(self, world: World, municipality_id: str) -> Municipality | None:
        async with world.begin() as ports:
            return await ports.municipalities.get(municipality_id)

    async def test_a_division_is_registered_once(self, world: World) -> None:
        """Each municipality is told of as event and state, then the register's size; a second start tells nothing."""
        assert await self.follow_division(world, division(OSLO, BERGEN)) == 2
        registered, state = v1.MunicipalityRegistered.message_type, v1.MunicipalityState.message_type
        assert await world.published() == [
            Published(registered, "k-0301", "k-0301", 1),
            Published(state, "k-0301", "k-0301", 1, "k-0301"),
            Published(registered, "k-4601", "k-4601", 1),
            Published(state, "k-4601", "k-4601", 1, "k-4601"),
            Published(v1.RegisterState.message_type, "register", "register", 1),
        ]
        assert await self.follow_division(world, division(OSLO, BERGEN)) == 0
        assert await world.published() == []
        assert await self.municipality(world, "k-4601") == Municipality("k-4601", 1, BERGEN)

    async def test_a_changed_division_tells_of_what_changed(self, registered: World) -> None:
        """The others stay at their versions; the register's own version goes on."""
        corrected = replace(OSLO, organisation_number="920415288")
        assert await self.follow_division(registered, division(corrected, BERGEN, digest="two")) == 1
        assert [(record.subject, record.sequence) for record in await registered.published()] == [
            ("k-0301", 2), ("k-0301", 2), ("register", 2),
        ]  # fmt: skip
        assert await self.municipality(registered, "k-0301") == Municipality("k-0301", 2, corrected)

    async def test_a_renumbered_municipality_is_found_by_its_new_number(self, registered: World) -> None:
        """From the day of the new division on; its id stays."""
        new = replace(OSLO, number="0302", valid_from=date(2026, 1, 1))
        rows = [DivisionRow(new, ("0301",)), DivisionRow(BERGEN)]
        assert await self.follow_division(registered, Division(rows, "two")) == 1
        async with registered.begin() as ports:
            assert await ports.municipalities.bearer("0302", TODAY) == "k-0301"
            assert await ports.municipalities.bearer("0301", TODAY) is None
            assert await ports.municipalities.bearer("0302", date(2025, 12, 31)) is None

    async def test_a_merger_is_told_of_and_the_old_number_names_its_successor(self, registered: World) -> None:
        """In a chain too, each from its day on; all stay in the register, and a repeat of the file changes nothing."""
        await self.follow_division(registered, division(OSLO, BERGEN, KINN, digest="two"))
        await registered.published()
        first, last = date(2026, 1, 1), date(2028, 1, 1)
        bergen = replace(BERGEN, valid_from=first)
        assert await self.follow_division(registered, Division([DivisionRow(OSLO), _into(bergen, KINN)], "three")) == 2
        assert [(one.type.split(".")[1], one.subject) for one in await registered.published()] == [
            ("municipality-registered", "k-4601"), ("municipality-state", "k-4601"),
            ("municipality-merged", "k-4602"), ("municipality-state", "k-4602"), ("register-state", "register"),
        ]  # fmt: skip
        oslo = replace(OSLO, valid_from=last)
        assert await self.follow_division(registered, Division([_into(oslo, BERGEN)], "four")) == 2
        assert await self.follow_division(registered, Division([_into(oslo, BERGEN)], "four")) == 0
        async with registered.begin() as ports:
            asked = [(number, day) for number in ("4602", "4601", "0301") for day in (date(2025, 12, 31), first, last)]
            bearers = [await ports.municipalities.bearer(*one) for one in asked]
            successors = [await ports.municipalities.successor(*one) for one in asked]
        assert bearers[:3] == ["k-4602", None, None]
        assert bearers[4:6] == ["k-4601", None]
        assert successors[:6] == [None, "4601", "0301", None, None, "0301"]
        kept = await self.municipality(registered, "k-4602")
        assert kept == Municipality("k-4602", 2, KINN, merger=Merger("k-4601", first))

    async def test_contacts_are_kept_in_their_order(self, registered: World) -> None:
        """And are the municipality's alone."""
        other = replace(CONTACT, name="Ola Nordmann", roles=(ContactRole.ESCALATION,))
        command = RegisterContacts("k-0301", [CONTACT, other], 1, Role.SETTLEMENT_WRITER)
        async with registered.begin() as ports:
            assert await register_contacts(command, ports.municipalities, today=TODAY) == Accepted("k-0301", 2)
        assert kinds(await registered.published()) == [
            v1.ContactsChanged.message_type, v1.MunicipalityState.message_type,
        ]  # fmt: skip
        assert await self.municipality(registered, "k-0301") == Municipality("k-0301", 2, OSLO, (CONTACT, other))
        assert await self.municipality(registered, "k-4601") == Municipality("k-4601", 1, BERGEN)

    async def test_a_contact_whom_mails_do_not_reach_is_marked(self, registered: World) -> None:
        """Since when and why; the same again, or a mail to somebody else, changes nothing; registering forgets it."""
        at = datetime(2026, 11, 27, 8, 15, tzinfo=UTC)
        other, bounced = replace(CONTACT, email="other@oslo.example"), Unreached(MailFailure.BOUNCED, at)
        async with registered.begin() as ports:
            command = RegisterContacts("k-0301", [CONTACT, other], 1, Role.SYSTEM)
            await register_contacts(command, ports.municipalities, today=TODAY)
        await registered.published()
        ends: list[MailEnd] = [bounced, replace(bounced, since=at + timedelta(days=1)), Taken()]
        async with registered.begin() as ports:
            for end in ends:
                marking = MarkContacts("k-0301", lambda address: address == CONTACT.email, end)
                await mark_contacts(marking, ports.municipalities, today=TODAY)
            nobody = MarkContacts("k-0301", lambda _address: False, bounced)
            await mark_contacts(nobody, ports.municipalities, today=TODAY)
            unknown = MarkContacts("k-9999", lambda _address: True, bounced)
            await mark_contacts(unknown, ports.municipalities, today=TODAY)
        assert kinds(await registered.published()) == [
            v1.ContactsChanged.message_type, v1.MunicipalityState.message_type,
        ]  # fmt: skip
        marked = Municipality("k-0301", 3, OSLO, (replace(CONTACT, unreached=bounced), other))
        assert await self.municipality(registered, "k-0301") == marked
        async with registered.begin() as ports:
            command = RegisterContacts("k-0301", [CONTACT, other], 3, Role.SYSTEM)
            assert await register_contacts(command, ports.municipalities, today=TODAY) == Accepted("k-0301", 4)
        assert await self.municipality(registered, "k-0301") == Municipality("k-0301", 4, OSLO, (CONTACT, other))

    async def test_a_mail_that_was_taken_is_looked_at_where_a_contact_may_be_marked(self, registered: World) -> None:
        """Not before a mail that failed, and always after it; of a municipality that is not there nothing is."""
        at, nobody = datetime(2026, 11, 27, 8, 15, tzinfo=UTC), (lambda _address: False)
        oslo, bergen = (MarkContacts(one, nobody, Taken()) for one in ("k-0301", "k-4601"))
        failed = replace(bergen, end=Unreached(MailFailure.REFUSED, at))
        async with registered.begin() as ports:
            municipalities = ports.municipalities
            command = RegisterContacts("k-0301", [CONTACT], 1, Role.SYSTEM)
            await register_contacts(command, municipalities, today=TODAY)
            assert await worth_marking([oslo, bergen, failed, bergen], municipalities) == [False, False, True, True]
            marking = MarkContacts("k-0301", lambda _address: True, Unreached(MailFailure.REFUSED, at))
            await mark_contacts(marking, municipalities, today=TODAY)
            assert await worth_marking([bergen, oslo], municipalities) == [False, True]
            assert await worth_marking([replace(oslo, municipality_id="k-9999")], municipalities) == [False]
            assert await worth_marking([], municipalities) == []

    async def test_contacts_refused_change_nothing(self, registered: World) -> None:
        """A reader, another version, a municipality that is not there."""
        reader = RegisterContacts("k-0301", [CONTACT], 1, Role.SETTLEMENT_READER)
        late = RegisterContacts("k-0301", [CONTACT], 0, Role.SETTLEMENT_WRITER)
        unknown = RegisterContacts("k-9999", [CONTACT], 1, Role.SETTLEMENT_WRITER)
        async with registered.begin() as ports:
            refused = [
                await register_contacts(command, ports.municipalities, today=TODAY)
                for command in (reader, late, unknown)
            ]
        assert refused == [
            Refused("k-0301", 1, RoleMayNotWrite(Role.SETTLEMENT_READER)),
            Refused("k-0301", 1, ChangedMeanwhile(0, 1)),
            Refused("k-9999", None, UnknownMunicipality("k-9999")),
        ]
        assert await registered.published() == []
        assert await self.municipality(registered, "k-0301") == Municipality("k-0301", 1, OSLO)

    async def test_four_eyes_are_required_and_told(self, registered: World) -> None:
        """By operations, of that municipality alone; contacts and a new division leave it as it is."""
        async with registered.begin() as ports:
            yes = RequireFourEyes("k-0301", required=True, role=Role.SYSTEM)
            assert await require_four_eyes(yes, ports.municipalities) == Accepted("k-0301", 2)
            assert await require_four_eyes(yes, ports.municipalities) == Accepted("k-0301", 2)
            no = RequireFourEyes("k-0301", required=False, role=Role.SETTLEMENT_WRITER)
            refused = await require_four_eyes(no, ports.municipalities)
            assert refused == Refused("k-0301", 2, RoleMayNotWrite(Role.SETTLEMENT_WRITER))
            command = RegisterContacts("k-0301", [CONTACT], 2, Role.SYSTEM)
            assert await register_contacts(command, ports.municipalities, today=TODAY) == Accepted("k-0301", 3)
        assert kinds(await registered.published()) == [
            FourEyesChanged.message_type, v1.MunicipalityState.message_type,
            v1.ContactsChanged.message_type, v1.MunicipalityState.message_type,
        ]  # fmt: skip
        corrected = replace(OSLO, population=720_001)
        await self.follow_division(registered, Division([DivisionRow(corrected), DivisionRow(BERGEN)], "two"))
        kept = Municipality("k-0301", 4, corrected, (CONTACT,), four_eyes=True)
        assert await self.municipality(registered, "k-0301") == kept
        assert await self.municipality(registered, "k-4601") == Municipality("k-4601", 1, BERGEN)
        async with registered.begin() as ports:
            off = RequireFourEyes("k-0301", required=False, role=Role.SYSTEM)
            assert await require_four_eyes(off, ports.municipalities) == Accepted("k-0301", 5)
            unknown = RequireFourEyes("k-9999", required=True, role=Role.SYSTEM)
            gone = Refused("k-9999", None, UnknownMunicipality("k-9999"))
            assert await require_four_eyes(unknown, ports.municipalities) == gone

    async def test_list_facts_move_the_ledger(self, registered: World) -> None:
        """Many at once: an event per fact and year, then each year's state, then each list's, at the last version."""
        await self.follow(registered, head(1).received(PEOPLE), head(1, "FL-2026-000124").received(PEOPLE[:1]))
        moved = v1.PlacesMoved.message_type
        assert await registered.published() == [
            Published(moved, "k-0301", "k-0301/2026", 1),
            Published(moved, "k-0301", "k-0301/2026", 2),
            *(
                Published(v1.LedgerEntryState.message_type, key, key, version, "k-0301")
                for key, version in (
                    ("k-0301/2026/entries/1", 1),
                    ("k-0301/2026/entries/2", 1),
                    ("k-0301/2026/entries/3", 2),
                )
            ),
            Published(v1.LedgerYearState.message_type, "k-0301/2026", "k-0301/2026", 2, "k-0301"),
            *(
                Published(v1.LedgerListState.message_type, key, key, 2, "k-0301")
                for key in (f"k-0301/2026/{LIST}", "k-0301/2026/FL-2026-000124")
            ),
        ]
        year = await self.year(registered, OSLO_2026)
        assert year == LedgerYear(OSLO_2026, 2, sums={ORDINARY: Sums(requested=3), MINOR: Sums(requested=1)}, lines=3)

    async def test_a_placement_in_the_next_year_moves_two_ledgers(self, registered: World) -> None:
        """Both years' states and lines come before the list's records, so that none is seen without its sums."""
        await self.follow(registered, head(1).received(PEOPLE))
        await registered.published()
        await self.follow(registered, head(5).answered(PEOPLE[:2], PEOPLE[2:]), head(6).placed(PEOPLE[:2], 2027))
        states = [record for record in await registered.published() if record.partition_key]
        assert [(record.key, record.sequence) for record in states] == [
            ("k-0301/2026/entries/3", 2), ("k-0301/2026/entries/4", 3), ("k-0301/2027/entries/1", 1),
            ("k-0301/2026", 3), ("k-0301/2027", 1),
            (f"k-0301/2026/{LIST}", 3), (f"k-0301/2027/{LIST}", 1),
        ]  # fmt: skip
        first, second = await self.year(registered, OSLO_2026), await self.year(registered, OSLO_2027)
        assert first is not None
        assert second is not None
        assert first.sums == {ORDINARY: Sums(), MINOR: Sums()}
        assert second.sums == {ORDINARY: Sums(placed=2), MINOR: Sums()}

    async def test_a_repeat_is_known_from_what_is_stored(self, registered: World) -> None:
        """A fact that comes again in a later transaction changes nothing and tells nothing."""
        facts = [head(1).received(PEOPLE), head(6).placed(PEOPLE[:1], 2027), head(7).settled(PEOPLE[:1], 2027)]
        await self.follow(registered, *facts)
        before = await self.year(registered, OSLO_2026)
        await registered.published()
        await self.follow(registered, *facts)
        assert await registered.published() == []
        assert await self.year(registered, OSLO_2026) == before

    async def test_a_request_and_a_resolution_make_the_agreement(self, registered: World) -> None:
        """Both are kept as they were made, and a second resolution replaces the first."""
        await self.request(registered, incoming())
        for version, places in ((1, 900), (2, 800)):
            resolution = replace(RESOLUTION, ordinary_places=places)
            command = RegisterResolution(OSLO_2027, resolution, version, Role.SETTLEMENT_WRITER)
            async with registered.begin() as ports:
                outcome = await register_resolution(command, ports.ledgers, ports.municipalities, today=TODAY)
            assert outcome == Accepted("k-0301/2027", version + 1)
        assert kinds(await registered.published()) == [
            v1.PlacesRequested.message_type, v1.LedgerChangeState.message_type, v1.LedgerYearState.message_type,
            v1.ResolutionRegistered.message_type, v1.LedgerChangeState.message_type,
            v1.LedgerEntryState.message_type, v1.LedgerEntryState.message_type, v1.LedgerYearState.message_type,
            v1.ResolutionRegistered.message_type, v1.LedgerChangeState.message_type,
            v1.LedgerEntryState.message_type, v1.LedgerYearState.message_type,
        ]  # fmt: skip
        assert await self.year(registered, OSLO_2027) == LedgerYear(
            OSLO_2027, 3, REQUEST, replace(RESOLUTION, ordinary_places=800),
            {ORDINARY: Sums(agreed=800), MINOR: Sums(agreed=5)}, lines=3,
        )  # fmt: skip

    async def test_a_repeated_request_changes_nothing(self, registered: World) -> None:
        """IMDi may send the same request again under another id; a changed one replaces it."""
        await self.request(registered, incoming())
        await registered.published()
        await self.request(registered, incoming())
        assert await registered.published() == []
        await self.request(registered, incoming(request=replace(REQUEST, ordinary_places=1100)))
        year = await self.year(registered, OSLO_2027)
        assert year is not None
        assert year.request == replace(REQUEST, ordinary_places=1100)

    async def test_an_older_request_that_comes_again_does_not_replace_a_newer_one(self, registered: World) -> None:
        """Under a message id that was used: what IMDi asked for before is a repeat, anything else is a request."""
        newer, other = replace(REQUEST, ordinary_places=1100), replace(REQUEST, ordinary_places=1200)
        await self.request(registered, incoming())
        await self.request(registered, incoming(request=newer))
        await registered.published()
        await self.repeat(registered, incoming(), today=REQUEST.answer_by + timedelta(days=1))
        assert await registered.published() == []
        await self.repeat(registered, incoming(request=other))
        year = await self.year(registered, OSLO_2027)
        assert year is not None
        assert year.request == other

    async def test_a_request_for_an_unknown_municipality_goes_back(self, registered: World) -> None:
        """Once: a record that is delivered again has been sent back already."""
        await self.request(registered, incoming("9999"))
        await self.request(registered, incoming("9999"))
        place = "imdi.requests.v1/0/7"
        assert await registered.published() == [Published(v1.RequestRejection.message_type, "9999", place, None)]

    async def test_originals_are_forgotten_after_their_time(self, registered: World) -> None:
        """An original of thirty days ago stays; one that is older is gone, so its record would go back again."""
        for age, told in ((timedelta(0), 1), (KEEP, 0), (KEEP + timedelta(seconds=1), 1)):
            async with registered.begin() as ports:
                await forget_originals(ports.rejections, now=AT + age)
            await self.request(registered, incoming("9999"))
            assert len(await registered.published()) == told

    async def test_a_resolution_refused_changes_nothing(self, registered: World) -> None:
        """On another version, or for a municipality that is not there."""
        late = RegisterResolution(OSLO_2027, RESOLUTION, 3, Role.SETTLEMENT_WRITER)
        unknown = RegisterResolution(YearId("k-9999", 2027), RESOLUTION, 0, Role.SYSTEM)
        async with registered.begin() as ports:
            refused = [
                await register_resolution(command, ports.ledgers, ports.municipalities, today=TODAY)
                for command in (late, unknown)
            ]
        assert refused == [
            Refused("k-0301/2027", 0, ChangedMeanwhile(3, 0)),
            Refused("k-9999/2027", None, UnknownMunicipality("k-9999")),
        ]
        assert await registered.published() == []

    async def resolve(self, world: World, version: int, resolution: Resolution = RESOLUTION) -> None:
        command = RegisterResolution(OSLO_2027, resolution, version, Role.SETTLEMENT_WRITER)
        async with world.begin() as ports:
            assert isinstance(
                await register_resolution(command, ports.ledgers, ports.municipalities, today=TODAY), Accepted
            )

    async def pass_deadlines(self, world: World, today: date) -> list[Published]:
        async with world.begin() as ports:
            await pass_deadlines(ports.ledgers, today=today, now=AT + (today - TODAY))
        return await world.published()

    async def test_a_request_left_unanswered_is_told_once(self, registered: World) -> None:
        """Not on the last day; from the next on once, however often time looks, by an id made of the due date."""
        await self.request(registered, incoming())
        await registered.published()
        assert await self.pass_deadlines(registered, REQUEST.answer_by) == []
        told = await self.pass_deadlines(registered, REQUEST.answer_by + timedelta(days=3))
        kind, key = v1.RequestUnanswered.message_type, "k-0301/2027/changes/2"
        assert told == [
            Published(kind, "k-0301", "k-0301/2027", 2, None, f"{kind}:k-0301/2027:2026-12-15"),
            Published(v1.LedgerChangeState.message_type, key, key, 2, "k-0301"),
            Published(v1.LedgerYearState.message_type, "k-0301/2027", "k-0301/2027", 2, "k-0301"),
        ]
        assert await self.pass_deadlines(registered, REQUEST.answer_by + timedelta(days=4)) == []

    async def test_a_request_that_was_answered_is_not_unanswered(self, registered: World) -> None:
        """Nor is one that IMDi has given more time; one that IMDi made anew after the resolution is."""
        await self.request(registered, incoming())
        await self.resolve(registered, 1)
        later = replace(REQUEST, answer_by=date(2026, 12, 31), received_at=AT + timedelta(hours=1))
        await registered.published()
        assert await self.pass_deadlines(registered, date(2026, 12, 20)) == []
        await self.request(registered, incoming(request=later))
        await registered.published()
        assert await self.pass_deadlines(registered, date(2026, 12, 31)) == []
        assert kinds(await self.pass_deadlines(registered, date(2027, 1, 1)))[0] == v1.RequestUnanswered.message_type

    async def test_many_are_told_some_at_a_time(self, registered: World) -> None:
        """Each call finds no more than it may, and goes on where the one before ended."""
        await self.request(registered, incoming())
        await self.request(registered, incoming("4601"))
        async with registered.begin() as ports:
            assert await ports.ledgers.unanswered(date(2027, 1, 1), 1) == [OSLO_2027]
            assert await ports.ledgers.unanswered(date(2027, 1, 1), 9) == [OSLO_2027, YearId("k-4601", 2027)]

    async def test_a_municipality_sees_its_own_ledger_only(self, registered: World) -> None:
        """Another's places are not in it."""
        await self.follow(registered, head(1).received(PEOPLE))
        assert await self.year(registered, YearId("k-4601", 2026)) == LedgerYear(YearId("k-4601", 2026))

    async def test_an_exception_undoes_everything(self, registered: World) -> None:
        """Neither sums nor messages of a transaction that failed are seen."""

        async def follow_and_fail() -> None:
            async with registered.begin() as ports:
                await follow_lists([head(1).received(PEOPLE)], ports.ledgers)
                raise RuntimeError

        with pytest.raises(RuntimeError):
            await follow_and_fail()
        assert await registered.published() == []
        assert await self.year(registered, OSLO_2026) == LedgerYear(OSLO_2026)
