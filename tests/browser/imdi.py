"""IMDi's and the demo years' side of the whole-flow tests: what is published, and what comes back."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from contracts.codes import Role
from contracts.fields import Actor
from contracts.imdi.v1 import PublishDistributionList, ReplyInThread, RequestPlaces
from contracts.municipality.v1 import RegisterResolution
from contracts.topics import DISTRIBUTION_ANSWERS, IMDI_LISTS, IMDI_REQUESTS, MUNICIPALITY_COMMANDS
from ops import broker
from ops.demo.conversation import Command, Conversation
from ops.demo.lists import distribution_list
from ops.embedded.waiting import wait_until
from ops.inbound import Inbound
from ops.topics.records import held

OSLO = ZoneInfo("Europe/Oslo")
_NUMBERS = itertools.count(1)
_ACTOR = Actor(user_id="test", display_name="Test", role=Role.SYSTEM)


def now() -> datetime:
    """Tell the time in Norway."""
    return datetime.now(OSLO)


@dataclass
class Imdi:
    """IMDi's systems, over the topics of a running stack. ``seed`` keeps invented people apart between tests."""

    bootstrap: str
    seed: int = 1
    years: set[str] = field(default_factory=set)

    def agree(self, number: str, ordinary: int, minors: int) -> None:
        """Ask a municipality for places this year and have it resolve as many; once for each municipality."""
        if number in self.years:
            return
        self.years.add(number)
        today, name = now().date(), f"k-{number}"
        request = RequestPlaces(
            municipality_number=number,
            year=today.year,
            ordinary_places=ordinary,
            unaccompanied_minor_places=minors,
            answer_by=today + timedelta(days=30),
        )
        talk = Conversation(self.bootstrap, now())
        talk.hear(lambda: name in talk.states, "the register")
        broker.publish(self.bootstrap, [Inbound(0, IMDI_REQUESTS, request)], now(), lambda _done: None)
        year = f"{name}/{today.year}"

        def asked() -> bool:
            # Lists may have moved the year before, and others asked: only this request's record is the present one.
            told: Any = talk.states.get(year, {}).get("request") or {}
            return (told.get("ordinary_places"), told.get("unaccompanied_minor_places")) == (ordinary, minors)

        talk.hear(asked, "the year's request")
        resolution = RegisterResolution(
            municipality_id=name,
            year=today.year,
            ordinary_places=ordinary,
            unaccompanied_minor_places=minors,
            resolved_on=today,
            case_number="2026/1",
            expected_version=talk.versions[year],
            actor=_ACTOR,
        )
        talk.ask([Command(f"00000000-0000-4000-8000-00000000{number}", MUNICIPALITY_COMMANDS, name, year, resolution)])

    def request(self, number: str, year: int, ordinary: int, minors: int) -> None:
        """Ask a municipality for places, and leave it to others to answer."""
        request = RequestPlaces(
            municipality_number=number,
            year=year,
            ordinary_places=ordinary,
            unaccompanied_minor_places=minors,
            answer_by=now().date() + timedelta(days=20),
        )
        broker.publish(self.bootstrap, [Inbound(0, IMDI_REQUESTS, request)], now(), lambda _done: None)

    def publish(
        self, number: str, persons: int = 4, days: int = 7, list_id: str | None = None
    ) -> PublishDistributionList:
        """Publish a list of invented persons and return it; its id is new each time where none is given."""
        count = next(_NUMBERS)
        body = distribution_list(
            Random(self.seed * 10_000 + count),
            municipality_number=number,
            persons=persons,
            today=now().date(),
            list_id=list_id or f"FL-TEST-{self.seed:03d}-{count:04d}",
            days=days,
        )
        broker.publish(self.bootstrap, [Inbound(0, IMDI_LISTS, body)], now(), lambda _done: None)
        return body

    def write(self, number: str, list_id: str, text: str) -> None:
        """Write to a municipality about a list, unasked."""
        body = ReplyInThread(
            list_id=list_id, municipality_number=number, reply_id=f"{list_id}-{next(_NUMBERS)}", text=text
        )
        broker.publish(self.bootstrap, [Inbound(0, IMDI_LISTS, body)], now(), lambda _done: None)

    def answers(self, list_id: str) -> list[dict[str, Any]]:
        """Read every answer to a list that has come back so far; waits for the first."""
        found: list[dict[str, Any]] = []

        def came() -> bool:
            records = held(self.bootstrap, DISTRIBUTION_ANSWERS.name)
            found.extend(json.loads(one.value) for one in records if one.header("ce_subject") == list_id and one.value)
            return bool(found)

        assert wait_until(came, 30), f"no answer to {list_id} came"
        return found
