"""One country for the tests of mergers: a merger is decided on, and its day is as near as a test says."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import uuid4

import pytest_asyncio

from contracts import topics
from contracts.codes import ContactRole, Role
from contracts.distribution import v1 as distribution
from contracts.envelope import Message
from contracts.fields import Actor
from contracts.imdi import v1 as imdi
from contracts.municipality import reports, v1 as municipality
from contracts.outcomes import CommandAccepted, CommandRefused
from ops.testing.databases import Databases
from tests.integration.mergers.country import (
    ALESUND,
    BEFORE,
    HARAM,
    OLD,
    OSLO,
    Country,
    Heard,
    country as opened,
    merged,
)
from tests.unit.distribution.samples import offered

ANNE = Actor(user_id="anne", display_name="Anne Haram", role=Role.SETTLEMENT_WRITER)
BERIT = Actor(user_id="berit", display_name="Berit Ålesund", role=Role.SETTLEMENT_WRITER)
OPERATIONS = Actor(user_id="operations", display_name="Kari Drift", role=Role.SYSTEM)
HOMES = reports.Homes(bedrooms=3, persons=5, available_from=date(2028, 1, 10))
HOUSING = "5f6f0d1e-7c1b-4f0a-9f55-0a4a3f8f2c22"
WEEKS = [reports.WeekPlaces(week="2028-W02", places=4)]


@dataclass
class Play:
    """The country, and what it takes to act in it."""

    country: Country
    _numbers: Iterator[int]

    def at(self, time: datetime) -> None:
        """Set everybody's clock."""
        self.country.clock.time = time

    async def imdi(self, body: Message, number: str, subject: str) -> list[str]:
        """Have IMDi say something; gives the codes of what is wrong with it, none where it was taken."""
        requests = isinstance(body, imdi.RequestPlaces)
        topic = topics.IMDI_REQUESTS if requests else topics.IMDI_LISTS
        followed = await self.country.say(topic, number, body, subject)
        return [error.code for one in followed if "rejections" in one.topic for error in one.body.errors]

    async def offer(self, number: str, at: datetime = BEFORE) -> str:
        """Have IMDi publish a list of two persons, at that time; gives its id."""
        self.at(at)
        list_id, first = f"FL-2027-{(made := next(self._numbers)):06}", made * 2
        persons = [offered(1, first), offered(2, first + 1)]
        body = imdi.PublishDistributionList(list_id=list_id, municipality_number=number, persons=persons)
        assert await self.imdi(body, number, list_id) == []
        return list_id

    async def ask(self, topic: topics.Topic, body: Any, subject: str) -> CommandAccepted | CommandRefused:
        """Send a command; gives how it ended."""
        followed = await self.country.say(topic, body.municipality_id, body, subject)
        [reply] = [one.body for one in followed if one.topic.endswith(".replies.v1")]
        assert isinstance(reply, CommandAccepted | CommandRefused)
        return reply

    async def answer(self, list_id: str, actor: Actor, municipality_id: str = HARAM) -> None:
        """Save, approve and send: everybody is accepted."""
        common: dict[str, Any] = {"list_id": list_id, "municipality_id": municipality_id, "actor": actor}
        version = self.last(list_id).envelope.sequence
        everybody = [distribution.Decision(running_number=number) for number in (1, 2)]
        approve = distribution.ApproveList(**common, expected_version=version, decisions=everybody)
        approved = await self.ask(topics.DISTRIBUTION_COMMANDS, approve, list_id)
        send = distribution.SendAnswer(
            **common, expected_version=approved.version or 0, accepted_at=self.country.clock.now()
        )
        assert isinstance(await self.ask(topics.DISTRIBUTION_COMMANDS, send, list_id), CommandAccepted)

    def last(self, key: str) -> Heard:
        """Find the state of a key as it was last told."""
        return next(one for one in reversed(self.country.heard) if one.key == key and ".state." in one.topic)

    async def report(self, body: Any) -> CommandAccepted | CommandRefused:
        """Send a command about a report."""
        return await self.ask(topics.MUNICIPALITY_COMMANDS, body, body.subject)

    async def totals(self) -> dict[str, int]:
        """Add up the ledgers of the whole country."""
        rows = await self.country.rooms["municipality"].pool.fetch(
            "SELECT sum(ordinary_agreed) AS agreed, sum(ordinary_requested) AS requested,"
            " sum(ordinary_placed) AS placed, sum(ordinary_settled) AS settled FROM ledger_year"
        )
        return dict(rows[0])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def play(databases: Databases) -> AsyncIterator[Play]:
    """Open a country in which Haram has contacts, an agreement and reports, and is to be part of Ålesund tomorrow."""
    async with opened(databases) as country:
        one = Play(country, itertools.count(1))
        await country.follow(OLD)
        for place, number, places in ((HARAM, "1580", 40), (ALESUND, "1508", 100), (OSLO, "0301", 900)):
            asked = imdi.RequestPlaces(
                municipality_number=number, year=2027, ordinary_places=places, unaccompanied_minor_places=0,
                answer_by=date(2027, 12, 31),
            )  # fmt: skip
            assert await one.imdi(asked, number, f"{number}/2027") == []
            await one.ask(topics.MUNICIPALITY_COMMANDS, resolution(place, 2027, 1, places), f"{place}/2027")
            await one.ask(topics.MUNICIPALITY_COMMANDS, contacts(place, 1), place)
        await one.report(reports.ReportHousing(**of(HARAM, HOUSING, 0, ANNE), housing=HOMES))
        await one.report(reports.ReportWeeklyPlaces(**of(HARAM, reports.WEEKLY_PLACES_ID, 0, ANNE), weeks=WEEKS))
        await country.follow(merged())
        yield one


def of(place: str, report_id: str, version: int, actor: Actor) -> dict[str, Any]:
    """Give what every command about a report says."""
    return {"municipality_id": place, "report_id": report_id, "expected_version": version, "actor": actor}


def resolution(place: str, year: int, version: int = 0, places: int = 40) -> municipality.RegisterResolution:
    """Resolve to take so many."""
    return municipality.RegisterResolution(
        municipality_id=place, year=year, ordinary_places=places, unaccompanied_minor_places=0,
        resolved_on=date(2027, 12, 1), case_number="2027/1", expected_version=version, actor=BERIT,
        more_than_requested=True,
    )  # fmt: skip


def contacts(place: str, version: int) -> municipality.RegisterContacts:
    """Name one settlement writer."""
    writer = municipality.Contact(
        name="Anne Haram", email=f"skriv@{place}.example", roles=[ContactRole.SETTLEMENT_WRITER]
    )
    return municipality.RegisterContacts(
        municipality_id=place, contacts=[writer], expected_version=version, actor=BERIT
    )


def new_report_id() -> str:
    """Make the id of a report that is not there."""
    return str(uuid4())
