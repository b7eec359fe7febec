"""From the domain's words to the messages that travel."""

from __future__ import annotations

from typing import Any, assert_never

from contracts import codes
from contracts.envelope import Message
from contracts.erasure import ErasureReason
from contracts.letters import v1
from services.letters.domain.about import Corrected, Requested
from services.letters.domain.dispatch import Dispatch
from services.letters.domain.letter import (
    Event,
    Letter,
    LetterCreated,
    LetterDispatched,
    LetterErased,
    LetterFailed,
    LetterNotDispatched,
    LetterPlanned,
    LetterSentAgain,
    LetterStatusChanged,
)


def event(letter: Letter, happened: Event) -> Message:
    """Write a letter's event; ids and codes only."""
    about = _about(letter)
    match happened:
        case LetterPlanned():
            message: Message = v1.LetterPlanned(**about)
        case LetterCreated(document):
            message = v1.LetterCreated(**about, sha256=document.sha256)
        case LetterFailed(failure):
            message = v1.LetterFailed(**about, failure=codes.LetterFailure(failure))
        case LetterDispatched(reference):
            message = v1.LetterDispatched(**about, reference=reference)
        case LetterStatusChanged(step):
            message = v1.LetterStatusChanged(**about, status=codes.DispatchStatus(step.status), at=step.at)
        case LetterNotDispatched(failure):
            message = v1.LetterNotDispatched(**about, failure=codes.DispatchFailure(failure))
        case LetterSentAgain(attempt):
            message = v1.LetterSentAgain(**about, attempt=attempt)
        case LetterErased(reason):
            message = v1.LetterErased(**about, reason=ErasureReason(reason))
        case _:
            assert_never(happened)
    return message


def state(letter: Letter) -> v1.LetterState:
    """Write a letter as it stands."""
    document = letter.document
    return v1.LetterState(
        **_about(letter),
        language=letter.language and codes.LetterLanguage(letter.language),
        planned_at=letter.planned_at,
        document=document
        and v1.Document(
            object_key=document.object_key,
            sha256=document.sha256,
            size=document.size,
            created_at=document.created_at,
        ),
        failure=letter.failure and codes.LetterFailure(letter.failure),
        dispatch=letter.dispatch and _dispatch(letter.dispatch),
        attempt=letter.attempt,
        earlier=[_dispatch(each) for each in letter.earlier],
        dated=letter.placed_on,
        persons=list(letter.persons),
        translation=letter.translation,
        year=letter.about.year if isinstance(letter.about, Requested) else None,
        corrects=letter.about.decision_id if isinstance(letter.about, Corrected) else None,
        erased_at=letter.erased_at,
    )


def _dispatch(dispatch: Dispatch) -> v1.Dispatch:
    return v1.Dispatch(
        status=dispatch.status and codes.DispatchStatus(dispatch.status),
        reference=dispatch.reference,
        handed_over_at=dispatch.handed_over_at,
        history=[v1.DispatchStep(status=codes.DispatchStatus(step.status), at=step.at) for step in dispatch.history],
        failure=dispatch.failure and codes.DispatchFailure(dispatch.failure),
    )


def _about(letter: Letter) -> dict[str, Any]:
    return {
        "letter_id": letter.letter_id,
        "municipality_id": letter.municipality_id,
        "list_id": letter.list_id,
        "running_number": letter.running_number,
        "kind": codes.LetterKind(letter.kind),
    }
