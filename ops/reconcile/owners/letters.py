"""Letters: each with its document and its way to the receiver."""

from __future__ import annotations

from contracts.letters.v1 import LetterState
from contracts.topics import LETTERS_STATE
from ops.reconcile.entities import Entity, Owner

LETTER_ROWS = """
SELECT letter_id AS key, version AS sequence,
       jsonb_build_object(
           'letter_id', letter_id, 'municipality_id', municipality_id, 'list_id', list_id, 'kind', kind,
           'running_number', CASE WHEN kind = 'letter_to_person' THEN persons[1] END,
           'language', language, 'planned_at', planned_at, 'failure', failure,
           'document', CASE WHEN object_key IS NOT NULL THEN jsonb_build_object(
               'object_key', object_key, 'sha256', sha256, 'size', size, 'created_at', created_at) END,
           'dispatch', CASE WHEN num_nonnulls(reference, dispatch_failure) > 0 THEN jsonb_build_object(
               'status', statuses -> -1 -> 'status', 'reference', reference, 'handed_over_at', handed_over_at,
               'history', statuses, 'failure', dispatch_failure) END,
           'attempt', attempt, 'earlier', earlier, 'dated', placed_on, 'persons', persons,
           'translation', translation, 'year', about -> 'year', 'corrects', about ->> 'decision_id',
           'erased_at', erased_at
       ) AS body
FROM letter
WHERE %(keys)s::text[] IS NULL OR letter_id = ANY(%(keys)s)
"""

SHOWN_LETTERS = """
SELECT letter_id AS key, sequence, body,
       (body ->> 'letter_id', body ->> 'municipality_id', body ->> 'list_id')
       IS NOT DISTINCT FROM (letter_id, municipality_id, list_id) AS agrees
FROM readmodel.letter
WHERE %(keys)s::text[] IS NULL OR letter_id = ANY(%(keys)s)
"""

LETTERS = Owner(
    "letters",
    "LETTERS_DATABASE_URL",
    (Entity("letters", LETTERS_STATE, LetterState, LETTER_ROWS, SHOWN_LETTERS),),
)
