"""What clients will do during a fault, drawn up beforehand from the seed: lists, decisions, who does what to them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from random import Random

from contracts.distribution.v1 import Decision
from contracts.imdi.v1 import PublishDistributionList
from ops.demo.answers import MESSAGES, decisions
from ops.demo.identity import Numbers
from ops.demo.people import Setting, households
from tests.faults.stage import Municipality


class Scenario(StrEnum):
    """What becomes of a list."""

    ANSWER = "answer"
    """Saved, approved and sent over the API."""
    ANSWER_ON_PAGES = "answer-on-pages"
    """Approved and sent by the forms."""
    DOUBLE_SUBMIT = "double-submit"
    """Every form is submitted twice at once."""
    SAME_KEY = "same-key"
    """Every write over the API is sent twice at once, with the same key."""
    RACE = "race"
    """Two caseworkers approve at once, and both send: one of them comes first."""
    BACK_AND_FORTH = "back-and-forth"
    """Approved, taken back to treatment, approved otherwise, sent."""
    TWICE = "twice"
    """IMDi publishes the list twice; then it is answered."""
    SETTLE = "settle"
    """Answered; then those who were placed move in."""
    WITHDRAWN = "withdrawn"
    """IMDi takes the list back before anybody has answered, and says so twice."""
    ANSWERED_AND_WITHDRAWN = "answered-and-withdrawn"
    """IMDi takes the list back once it has been answered."""
    WITHDRAWN_MEANWHILE = "withdrawn-meanwhile"
    """IMDi takes the list back while it is being sent: one of the two comes first."""
    WRONG = "wrong"
    """IMDi publishes what is not valid: it has to come back, with the reason."""
    LEFT = "left"
    """Nobody answers within the fault."""


@dataclass(frozen=True, slots=True)
class Case:
    """One list and what is done with it. ``second``: other decisions, where the scenario has two."""

    scenario: Scenario
    municipality: Municipality
    body: PublishDistributionList
    first: Sequence[Decision]
    second: Sequence[Decision]
    message: str

    @property
    def list_id(self) -> str:
        """The list's id."""
        return self.body.list_id


OFTEN = (Scenario.ANSWER, Scenario.ANSWER, Scenario.ANSWER_ON_PAGES, Scenario.DOUBLE_SUBMIT, Scenario.SETTLE)
SIZES = (1, 2, 2, 3, 4)


def wrong(body: PublishDistributionList) -> PublishDistributionList:
    """Make a list that has to come back: its running numbers begin with 2."""
    persons = [one.model_copy(update={"running_number": one.running_number + 1}) for one in body.persons]
    return body.model_copy(update={"persons": persons})


@dataclass(frozen=True)
class Plan:
    """Draws up what is done with the lists of one fault.

    code: two to six letters or digits that tell this fault's lists from any other's. numbers: give people numbers that
    nobody else has in the whole run.
    """

    random: Random
    code: str
    municipalities: Sequence[Municipality]
    today: date
    numbers: Numbers
    _extras: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def prefix(self) -> str:
        """What the ids of all its lists begin with."""
        return f"FK-{self.code}-"

    def cases(self, count: int) -> list[Case]:
        """Draw up that many cases, the scenarios in an order of chance, each of them at least once."""
        each = list(Scenario)
        chosen = each + self.random.choices([*each, *OFTEN, *OFTEN], k=max(0, count - len(each)))
        self.random.shuffle(chosen)
        return [
            self._case(scenario, self.municipalities[index % len(self.municipalities)], f"{index + 1:04d}")
            for index, scenario in enumerate(chosen)
        ]

    def probe(self) -> Case:
        """Draw up a simple case, by which one sees whether all goes on again."""
        return self._case(Scenario.ANSWER, self.random.choice(self.municipalities), "PROBE")

    def extra(self, count: int) -> list[Case]:
        """Draw up lists that a fault itself publishes, and nobody answers."""
        places = self.random.choices(self.municipalities, k=count)
        return [self._case(Scenario.LEFT, place, f"X{next(self._extras):04d}") for place in places]

    def wrong_ones(self, count: int) -> list[Case]:
        """Draw up the same of lists that have to come back."""
        return [replace(case, scenario=Scenario.WRONG, body=wrong(case.body)) for case in self.extra(count)]

    def _case(self, scenario: Scenario, where: Municipality, name: str) -> Case:
        setting = Setting(self.today, numbers=self.numbers)
        body = PublishDistributionList(
            list_id=f"{self.prefix}{name}",
            municipality_number=where.number,
            # So far that no reminder falls due meanwhile, also past midnight: each notice comes of what clients did.
            deadline=self.today + timedelta(days=self.random.randint(5, 13)),
            persons=list(households(self.random, self.random.choice(SIZES), setting)),
        )
        first, second = decisions(self.random, body), decisions(self.random, body)
        return Case(scenario, where, body, first, second, self.random.choice(MESSAGES))
