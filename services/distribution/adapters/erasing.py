"""Erasing persons of a list from distribution's tables, and from what it keeps of messages."""

from __future__ import annotations

from collections.abc import Callable

from chassis.redriving.erasure import erase_messages, rewrite_sent
from chassis.storage.transaction import Transaction
from contracts import topics
from contracts.distribution.threads_v1 import Question
from contracts.distribution.v1 import Answer
from contracts.envelope import Message
from services.distribution.adapters.messages import NO_WORDS
from services.distribution.adapters.person_documents import from_details
from services.distribution.domain.events import PersonsErased
from services.distribution.domain.lists import DistributionList
from services.distribution.domain.persons import UNKNOWN

PERSONS = """
UPDATE person SET details = $3, reason_text = NULL, erased_at = new.at, erasure_reason = new.reason,
                  erasure_papers = new.papers
FROM unnest($2::integer[], $4::timestamptz[], $5::text[], $6::text[]) AS new (running_number, at, reason, papers)
WHERE person.list_id = $1 AND person.running_number = new.running_number
"""

SETTLEMENTS = "UPDATE settlement SET reason = NULL WHERE list_id = $1 AND running_number = ANY($2)"

WORDS = """
UPDATE thread_message SET text = '', erased_at = $4, list_version = $5
WHERE list_id = $1 AND (running_number = ANY($2) OR ($3 AND running_number IS NULL)) AND erased_at IS NULL
"""

# Records that were sent back name the list where it could be read; one that could not, or another list's, may name the
# person by number all the same. What was wrong with it, and that it was sent back, stays.
ORIGINALS = """
WITH numbers AS (
    SELECT convert_to(number, 'UTF8') AS number
    FROM person_identity, unnest(ARRAY[duf_number, identity_number]) AS number
    WHERE list_id = $1 AND running_number = ANY($2) AND number IS NOT NULL
)
UPDATE rejected_original SET key = NULL, headers = '[]', value = NULL
WHERE value IS NOT NULL
  AND (list_id = $1 OR EXISTS (SELECT FROM numbers WHERE position(numbers.number IN value) > 0))
"""

WAITING = "DELETE FROM waiting_original WHERE list_id = $1"

IDENTITIES = "DELETE FROM person_identity WHERE list_id = $1 AND running_number = ANY($2)"

INBOUND = (topics.IMDI_LISTS.name, topics.DISTRIBUTION_COMMANDS.name)
OUTBOUND = (
    topics.DISTRIBUTION_STATE.name,
    topics.PERSON_FOLDERS.name,
    topics.DISTRIBUTION_ANSWERS.name,
    topics.DISTRIBUTION_QUESTIONS.name,
)
"""Topics whose messages may tell of a person more than ids and codes."""


async def erase(transaction: Transaction, after: DistributionList, event: PersonsErased) -> None:
    """Erase what every table holds of them; ``after`` says what remains. The list is locked."""
    connection, numbers = transaction.connection, list(event.running_numbers)
    erased = [(one.running_number, one.erased) for one in after.persons if one.running_number in numbers and one.erased]
    await connection.execute(
        PERSONS,
        after.id,
        [number for number, _ in erased],
        from_details(UNKNOWN),
        [one.at for _, one in erased],
        [one.reason.value for _, one in erased],
        [one.papers.value for _, one in erased],
    )
    await connection.execute(SETTLEMENTS, after.id, numbers)
    await connection.execute(WORDS, after.id, numbers, event.list_words, transaction.now, event.version)
    await connection.execute(ORIGINALS, after.id, numbers)
    await connection.execute(WAITING, after.id)
    await connection.execute(IDENTITIES, after.id, numbers)
    subjects = [after.id, *(f"{after.id}/{number}" for number in numbers)]
    if event.list_words or after.threads:
        subjects += [f"{after.id}/messages/{number}" for number in range(1, after.messages + 1)]
    await erase_messages(connection, subjects, (*INBOUND, *OUTBOUND), why=event.reason.value)
    await rewrite_sent(connection, topics.DISTRIBUTION_ANSWERS.name, after.id, _answer(event))
    await rewrite_sent(connection, topics.DISTRIBUTION_QUESTIONS.name, after.id, _question(event))


def _answer(event: PersonsErased) -> Callable[[bytes], bytes | None]:
    """Take the words about them out of an answer that is kept as it was sent."""

    def rewrite(value: bytes) -> bytes:
        answer = Answer.model_validate_json(value)
        persons = [
            one.model_copy(update={"reason_text": None}) if one.running_number in event.running_numbers else one
            for one in answer.persons
        ]
        silent: dict[str, object] = {"persons": persons}
        if event.list_words:
            splits = [split.model_copy(update={"reason_text": None}) for split in answer.splits]
            silent |= {"message": "", "splits": splits}
        return _written(answer.model_copy(update=silent))

    return rewrite


def _question(event: PersonsErased) -> Callable[[bytes], bytes | None]:
    def rewrite(value: bytes) -> bytes | None:
        question = Question.model_validate_json(value)
        number = question.running_number
        if number not in event.running_numbers and not (number is None and event.list_words):
            return None
        return _written(question.model_copy(update={"text": NO_WORDS}))

    return rewrite


def _written(body: Message) -> bytes:
    return body.model_dump_json(by_alias=True).encode()
