"""What each database may still hold about a person of a list: counts of rows, never what is in them.

Whoever adds a column that tells of a person adds a line here; a test of a whole stack compares it with every table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contracts.topics import TOPICS, Kind

Holding = tuple[str, str]
"""What it is, and how its rows are counted: ``$1`` the list, ``$2`` the running number."""

TELLING = tuple(
    topic.name for topic in TOPICS if topic.kind not in {Kind.EVENTS, Kind.FAILURES, Kind.REPLIES}
)  # fmt: skip
"""Topics whose messages may tell of a person more than ids and codes."""

DISTRIBUTION: Sequence[Holding] = (
    ("who the person is", "SELECT count(*) FROM person_identity WHERE list_id = $1 AND running_number = $2"),
    (
        "details",
        "SELECT count(*) FROM person WHERE list_id = $1 AND running_number = $2 AND erased_at IS NULL",
    ),
    (
        "reasons in words",
        (
            "SELECT count(*) FROM (SELECT reason_text AS words FROM person WHERE list_id = $1 AND running_number = $2"
            " UNION ALL SELECT reason FROM settlement WHERE list_id = $1 AND running_number = $2) AS said"
            " WHERE words IS NOT NULL"
        ),
    ),
    (
        "its thread",
        "SELECT count(*) FROM thread_message WHERE list_id = $1 AND running_number = $2 AND erased_at IS NULL",
    ),
    (
        "messages sent back, as they came",
        "SELECT count(*) FROM rejected_original WHERE list_id = $1 AND $2::integer > 0 AND value IS NOT NULL",
    ),
    (
        "messages that wait, as they came",
        "SELECT count(*) FROM waiting_original WHERE list_id = $1 AND $2::integer > 0",
    ),
)

LETTERS: Sequence[Holding] = (
    (
        "who the person is",
        "SELECT count(*) FROM folder_copy WHERE list_id = $1 AND running_number = $2 AND NOT closed",
    ),
    (
        "papers",
        (
            "SELECT count(*) FROM letter WHERE list_id = $1 AND object_key IS NOT NULL"
            " AND ($2::integer = ANY(persons) OR kind = 'answer')"
        ),
    ),
    (
        "papers still to be deleted in the object store",
        (
            "SELECT count(*) FROM letter_erasure JOIN letter USING (letter_id)"
            " WHERE list_id = $1 AND ($2::integer = ANY(persons) OR kind = 'answer')"
        ),
    ),
    ("answer whose paper is not made", "SELECT count(*) FROM answer_copy WHERE list_id = $1 AND $2::integer > 0"),
)

GATEWAY: Sequence[Holding] = (
    ("person folder", "SELECT count(*) FROM readmodel.person_folder WHERE list_id = $1 AND running_number = $2"),
    (
        "details",
        (
            "SELECT count(*) FROM readmodel.person"
            " WHERE list_id = $1 AND running_number = $2 AND body ->> 'erased_at' IS NULL"
        ),
    ),
    (
        "its thread",
        (
            "SELECT count(*) FROM readmodel.thread_message WHERE list_id = $1"
            " AND body ->> 'running_number' = $2::integer::text AND body ->> 'erased_at' IS NULL"
        ),
    ),
    (
        "papers to open",
        (
            "SELECT count(*) FROM readmodel.letter WHERE list_id = $1 AND body ->> 'document' IS NOT NULL"
            " AND (body -> 'persons' @> to_jsonb($2::integer) OR body ->> 'kind' = 'answer')"
        ),
    ),
    (
        "what was typed",
        (
            "SELECT count(*) FROM gateway.command WHERE subject = $1 AND $2::integer > 0"
            " AND num_nonnulls(form, message) > 0"
        ),
    ),
)

HELD: Mapping[str, Sequence[Holding]] = {
    "distribution": DISTRIBUTION,
    "municipality": (),
    "notification": (),
    "letters": LETTERS,
    "gateway": GATEWAY,
}
"""By service. Municipality and notification hold nothing of a list's persons but running numbers."""

MESSAGES: Mapping[str, str] = {
    "dead_letter": "messages that failed",
    "outbox_aside": "messages that Kafka refused",
    "outbox": "messages about to be sent",
}


@dataclass(frozen=True, slots=True)
class Found:
    """So many rows of one thing in one store."""

    store: str
    what: str
    rows: int
