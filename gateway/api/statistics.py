"""What the municipality has answered, counted: the figures of the page Statistikk."""

from __future__ import annotations

from typing import Annotated, Self

from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from pydantic import Field

from contracts.codes import DeclineReason, PlaceKind
from gateway.api.documented import GONE, documented
from gateway.api.guards import access_of
from gateway.api.models import Answered
from gateway.api.reading import ApiRequest
from gateway.parts import Parts
from gateway.readmodel.statistics import Answers, find_statistics


class ReasonCount(Answered):
    """How many persons were declined for a reason."""

    reason: DeclineReason
    persons: int


class AnswerCount(Answered):
    """The answers of one year about one kind of place. Reasons that nobody was declined for are left out."""

    year: Annotated[int, Field(description="The calendar year of the answer, in Norway.")]
    place_kind: PlaceKind
    persons: Annotated[int, Field(description="Persons answered about: accepted and declined.")]
    accepted: int
    declined: int
    declined_share: Annotated[float, Field(description="declined / persons, 0 to 1.")]
    reasons: list[ReasonCount]

    @classmethod
    def of(cls, year: int, kind: PlaceKind, answers: Answers) -> Self:
        """Make it from the counts."""
        return cls(
            year=year,
            place_kind=kind,
            persons=answers.answered,
            accepted=answers.accepted,
            declined=answers.declined,
            declined_share=round(answers.share or 0, 6),
            reasons=[ReasonCount(reason=reason, persons=number) for reason, number in answers.reasons.items()],
        )


class AnswerStatistics(Answered):
    """Counts by year and kind of place, latest year first; what is not there is none."""

    items: list[AnswerCount]


@get(
    "/statistics/answers",
    operation_id="getAnswerStatistics",
    summary="Answers and decline reasons, counted",
    tags=["Statistics"],
    responses=documented(*GONE),
)
async def answers(
    request: ApiRequest,
    parts: NamedDependency[Parts],
    year: Annotated[
        int | None, QueryParameter(ge=2000, le=2100, description="Only answers of this year; without it, of all.")
    ] = None,
) -> AnswerStatistics:
    """Count persons by answer and reason. Whom IMDi took back before the answer is not counted."""
    found = await find_statistics(parts.reader, access_of(request).municipality_id)
    chosen = [one for one in found.counts.items() if year in {None, one[0][0]}]
    ordered = sorted(chosen, key=lambda one: (-one[0][0], list(PlaceKind).index(one[0][1])))
    return AnswerStatistics(items=[AnswerCount.of(of_year, kind, sums) for (of_year, kind), sums in ordered])
