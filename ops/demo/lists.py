"""Invented distribution lists: a single one to try out, or the demonstration's whole set."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from random import Random

from contracts.imdi.v1 import PublishDistributionList
from ops.demo.people import Setting, households


class Stage(StrEnum):
    """How far a list of the demonstration is taken."""

    RECEIVED = "received"
    UNDER_TREATMENT = "under_treatment"
    APPROVED = "approved"
    ANSWERED = "answered"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class DemoMunicipality:
    """A municipality of the demonstration with its yearly request and resolution."""

    number: str
    ordinary_places: int
    unaccompanied_minor_places: int
    lists: int


@dataclass(frozen=True, slots=True)
class DemoList:
    """A list and how far it is to be taken."""

    body: PublishDistributionList
    stage: Stage


MUNICIPALITIES: Sequence[DemoMunicipality] = (
    DemoMunicipality("0301", 1850, 40, 9),
    DemoMunicipality("4601", 780, 25, 7),
    DemoMunicipality("5001", 560, 20, 6),
    DemoMunicipality("1103", 410, 15, 5),
    DemoMunicipality("3301", 290, 10, 5),
    DemoMunicipality("3201", 270, 10, 4),
    DemoMunicipality("4204", 260, 10, 5),
    DemoMunicipality("5501", 220, 10, 5),
    DemoMunicipality("3107", 180, 8, 4),
    DemoMunicipality("1508", 170, 8, 5),
    DemoMunicipality("1804", 150, 6, 4),
    DemoMunicipality("3403", 120, 5, 4),
    DemoMunicipality("1106", 110, 5, 3),
    DemoMunicipality("3205", 190, 8, 4),
    DemoMunicipality("4001", 100, 5, 3),
    DemoMunicipality("3905", 130, 5, 4),
    DemoMunicipality("3901", 60, 4, 3),
    DemoMunicipality("1505", 55, 4, 3),
    DemoMunicipality("1531", 30, 2, 4),
    DemoMunicipality("4640", 40, 3, 4),
    DemoMunicipality("4647", 45, 3, 3),
    DemoMunicipality("5601", 45, 3, 3),
    DemoMunicipality("5605", 30, 2, 3),
    DemoMunicipality("1865", 25, 2, 3),
    DemoMunicipality("4614", 40, 2, 3),
    DemoMunicipality("1515", 20, 2, 3),
    DemoMunicipality("5612", 10, 0, 2),
    DemoMunicipality("4641", 10, 2, 2),
)
"""Numbers of the 2024 division; places are of a believable size for each, not their real resolutions."""

SELF_SETTLEMENT = "self-settlement"
_ANSWERS_A_REPORT = {("0301", 2), ("4601", 2), ("5001", 2)}
"""Municipalities, and which of their lists is IMDi's answer to self-settlement that they have reported."""
_REPORT_IDS = uuid.UUID("c0f0a6b2-6c0f-5a4b-9a43-0d6f3a0d1c55")
_LARGE = 60
_FIRST_STAGES = (Stage.RECEIVED, Stage.ANSWERED, Stage.UNDER_TREATMENT, Stage.APPROVED)
_STAGES = (
    (Stage.RECEIVED, 3), (Stage.UNDER_TREATMENT, 2), (Stage.APPROVED, 1), (Stage.ANSWERED, 4), (Stage.SETTLED, 2),
)  # fmt: skip


def report_id(number: str, what: str) -> str:
    """Give the id of a municipality's report in the demonstration."""
    return str(uuid.uuid5(_REPORT_IDS, f"{number}/{what}"))


def distribution_list(
    random: Random, *, municipality_number: str, persons: int, today: date, list_id: str, days: int = 7
) -> PublishDistributionList:
    """Invent one list of that many persons, to be answered within ``days``."""
    return PublishDistributionList(
        list_id=list_id,
        municipality_number=municipality_number,
        deadline=today + timedelta(days=days),
        persons=list(households(random, persons, Setting(today))),
    )


def demonstration(seed: int, today: date) -> list[DemoList]:
    """Invent the whole set; the same seed and day give the same lists, another day of a year the same people."""
    random = Random(seed)
    lists: list[DemoList] = []
    for municipality in MUNICIPALITIES:
        for index in range(municipality.lists):
            # Each municipality has lists in every state before the answer; Oslo's first one is the large one.
            stage = _FIRST_STAGES[index] if index < len(_FIRST_STAGES) else _stage(random)
            large = municipality.number == "0301" and index == 0
            body = distribution_list(
                random,
                municipality_number=municipality.number,
                persons=_LARGE if large else random.choice((1, 2, 2, 3, 3, 4, 4, 5, 6, 8)),
                today=today,
                list_id=f"FL-{today.year}-{len(lists) + 1:06d}",
                days=random.choice((1, 2, 3, 5, 7, 7, 7)),
            )
            if (municipality.number, index) in _ANSWERS_A_REPORT:
                answers = report_id(municipality.number, SELF_SETTLEMENT)
                body = body.model_copy(update={"self_settlement": answers})
            lists.append(DemoList(body, stage))
    return lists


def _stage(random: Random) -> Stage:
    return random.choices([stage for stage, _ in _STAGES], [weight for _, weight in _STAGES])[0]
