"""What holds for reports wherever they are kept. Subclasses give the fixture ``world``."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from contracts import topics
from contracts.municipality import reports as v1
from services.municipality.domain.codes import FamilyTie, HomeFeature, ReportKind, ReportStatus, ReportStep, Role
from services.municipality.domain.refusals import (
    ChangedMeanwhile,
    ReportClosed,
    ReportNotFound,
    UnknownMunicipality,
)
from services.municipality.domain.report_contents import Content, Homes, NamedPerson, NamedPersons, WeeklyPlaces
from services.municipality.domain.reports import ASKED_AFTER, LAPSES_AFTER, WEEKLY_PLACES_ID, Report, ReportId, Who
from services.municipality.domain.weeks import Week
from services.municipality.use_cases.outcomes import Accepted, Outcome, Refused
from services.municipality.use_cases.pass_time import ask_about_reports, let_reports_lapse
from services.municipality.use_cases.put_report import PutReport, put_report
from services.municipality.use_cases.register_division import register_division
from services.municipality.use_cases.tend_report import TendReport, tend_report
from tests.unit.municipality.fakes import Published, World
from tests.unit.municipality.repository_contract import AT, BERGEN, OSLO, TODAY, division

BY = Who("user-1", "Kari Nordmann", Role.SETTLEMENT_WRITER)
HOME = ReportId("k-0301", "0b9f1d52-6a5e-4c3f-9d0a-1c2b3d4e5f60")
NAMED = ReportId("k-0301", "3c8a7e10-5b2d-4f6e-8a9b-0c1d2e3f4a5b")
WEEKS = ReportId("k-0301", WEEKLY_PLACES_ID)
HOMES = Homes(2, 3, 5, date(2026, 12, 1), (HomeFeature.STEP_FREE, HomeFeature.GROUND_FLOOR), "Nær skole")
PERSONS = NamedPersons((NamedPerson("Rima Eksempel", "202612345678"),), FamilyTie.SIBLING, "Søsteren bor her")
TOLD = WeeklyPlaces({Week(2026, 53): 4, Week(2027, 1): 12})


class ReportContract:
    """Use cases over the port, each in a transaction of its own."""

    @pytest.fixture
    async def registered(self, world: World) -> World:
        async with world.begin() as ports:
            await register_division(division(OSLO, BERGEN), ports.register)
        await world.published()
        return world

    async def put(
        self, world: World, report_id: ReportId, content: Content, version: int = 0, *, now: datetime = AT
    ) -> Outcome:
        command = PutReport(report_id, content, version, BY)
        async with world.begin() as ports:
            return await put_report(command, ports.reports, ports.municipalities, now=now, today=TODAY)

    async def tend(self, world: World, report_id: ReportId, version: int, *, withdraw: bool = False) -> Outcome:
        async with world.begin() as ports:
            return await tend_report(TendReport(report_id, version, BY, withdraw=withdraw), ports.reports, now=AT)

    async def ask(self, world: World, now: datetime) -> int:
        async with world.begin() as ports:
            return await ask_about_reports(ports.reports, now=now, today=TODAY)

    async def lapse(self, world: World, now: datetime) -> int:
        async with world.begin() as ports:
            return await let_reports_lapse(ports.reports, now=now)

    async def read(self, world: World, report_id: ReportId) -> Report:
        async with world.begin() as ports:
            report = await ports.reports.open(report_id)
        assert report is not None
        return report

    @pytest.mark.parametrize(("report_id", "content"), [(HOME, HOMES), (NAMED, PERSONS), (WEEKS, TOLD)])
    async def test_a_report_comes_back_as_it_was_entered(
        self, registered: World, report_id: ReportId, content: Content
    ) -> None:
        """With its history, and at its version."""
        assert await self.put(registered, report_id, content) == Accepted(str(report_id), 1)
        report = await self.read(registered, report_id)
        assert (report.content, report.version, report.status) == (content, 1, ReportStatus.OPEN)
        assert (report.entered_at, report.valid_from, report.questioned_at) == (AT, AT, None)
        [change] = report.changes
        assert (change.step, change.at, change.by) == (ReportStep.ENTERED, AT, BY)
        assert len(change.weeks) == (2 if report_id == WEEKS else 0)

    async def test_it_is_told_as_a_fact_to_imdi_and_as_state(self, registered: World) -> None:
        """In this order, all under the report's subject and version, and in the municipality's partition."""
        await self.put(registered, HOME, HOMES)
        told = await registered.published()
        subject = str(HOME)
        assert told == [
            Published(v1.ReportEntered.message_type, "k-0301", subject, 1),
            Published(v1.ReportToImdi.message_type, "k-0301", subject, 1),
            Published(v1.ReportState.message_type, subject, subject, 1, "k-0301"),
        ]
        await self.put(registered, NAMED, PERSONS)
        assert [record.type for record in await registered.published()][-1] == v1.PersonReportState.message_type
        assert topics.PERSON_REPORTS.types.keys() == {v1.PersonReportState.message_type}

    async def test_the_same_again_tells_nothing(self, registered: World) -> None:
        """It is accepted at the version that it has."""
        await self.put(registered, HOME, HOMES)
        await registered.published()
        assert await self.put(registered, HOME, HOMES, 1) == Accepted(str(HOME), 1)
        assert await self.put(registered, WEEKS, WeeklyPlaces({})) == Accepted(str(WEEKS), 0)
        assert await registered.published() == []

    async def test_what_may_not_be_is_refused_and_changes_nothing(self, registered: World) -> None:
        """Another version, a report that is not there, one that is over, and a municipality that is not there."""
        await self.put(registered, HOME, HOMES)
        await registered.published()
        other = replace(HOMES, homes=7)
        assert await self.put(registered, HOME, other) == Refused(str(HOME), 1, ChangedMeanwhile(0, 1))
        assert await self.tend(registered, NAMED, 0) == Refused(str(NAMED), 0, ReportNotFound(NAMED.report_id))
        nowhere = ReportId("k-9999", HOME.report_id)
        assert await self.put(registered, nowhere, HOMES) == Refused(str(nowhere), None, UnknownMunicipality("k-9999"))
        assert await registered.published() == []
        await self.tend(registered, HOME, 1, withdraw=True)
        closed = ReportClosed(ReportStatus.WITHDRAWN)
        assert await self.tend(registered, HOME, 2) == Refused(str(HOME), 2, closed)

    async def test_four_weeks_on_it_is_asked_about_exactly_once(self, registered: World) -> None:
        """However often the timer looks, and after a stop of months too; its id is of when it was last known valid."""
        await self.put(registered, HOME, HOMES)
        await registered.published()
        assert await self.ask(registered, AT + ASKED_AFTER - timedelta(seconds=1)) == 0
        later = AT + timedelta(days=150)
        assert [await self.ask(registered, later), await self.ask(registered, later)] == [1, 0]
        event, state = await registered.published()
        assert event.message_id == f"{v1.ReportQuestioned.message_type}:{HOME}:{AT.isoformat()}"
        assert (event.sequence, state.sequence) == (2, 2)
        assert (await self.read(registered, HOME)).questioned_at == later
        await self.tend(registered, HOME, 2)
        assert (await self.read(registered, HOME)).questioned_at is None

    async def test_nobody_is_asked_about_weeks_that_are_over(self, registered: World) -> None:
        """Once nothing is told of any week to come there is nothing to look at, now and later."""
        await self.put(registered, WEEKS, WeeklyPlaces({Week.of(TODAY): 3}))
        await registered.published()
        async with registered.begin() as ports:
            later = AT + timedelta(days=150)
            found = await ask_about_reports(ports.reports, now=later, today=TODAY + timedelta(days=150))
        assert found == 0
        assert await registered.published() == []

    async def test_persons_are_erased_when_nobody_confirms_them(self, registered: World) -> None:
        """Once, after twelve weeks; homes stay. IMDi hears it too."""
        await self.put(registered, NAMED, PERSONS)
        await self.put(registered, HOME, HOMES)
        await registered.published()
        later = AT + LAPSES_AFTER
        assert [await self.lapse(registered, later - timedelta(seconds=1)), await self.lapse(registered, later)] == [
            0, 1,
        ]  # fmt: skip
        assert await self.lapse(registered, later) == 0
        lapsed = await self.read(registered, NAMED)
        assert (lapsed.status, lapsed.content, lapsed.people) == (ReportStatus.LAPSED, None, 1)
        assert [record.type for record in await registered.published()] == [
            v1.ReportLapsed.message_type,
            v1.ReportToImdi.message_type,
            v1.PersonReportState.message_type,
        ]
        assert (await self.read(registered, HOME)).content == HOMES

    async def test_who_asks_looks_at_some_at_a_time_in_order(self, registered: World) -> None:
        """In the order in which municipalities are locked."""
        bergen = ReportId("k-4601", HOME.report_id)
        await self.put(registered, bergen, HOMES)
        await self.put(registered, HOME, HOMES)
        async with registered.begin() as ports:
            assert await ports.reports.to_be_asked(AT, TODAY, 9) == [HOME, bergen]
            assert await ports.reports.to_be_asked(AT, TODAY, 1) == [HOME]
            assert await ports.reports.to_lapse(AT, 9) == []

    async def test_a_long_history_is_told_by_its_latest_steps(self, registered: World) -> None:
        """The state stays small; versions go on."""
        for version in range(v1.MOST_CHANGES + 5):
            await self.put(registered, HOME, replace(HOMES, homes=1 + version % 2), version)
        report = await self.read(registered, HOME)
        assert report.version == v1.MOST_CHANGES + 5
        assert [change.version for change in report.changes][-v1.MOST_CHANGES :] == list(range(6, report.version + 1))
        assert report.kind is ReportKind.HOUSING
