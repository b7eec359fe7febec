"""Distribution: lists, their persons, what is written in their threads, and the folders of placed persons."""

from __future__ import annotations

from contracts.distribution.history import ListChangeState
from contracts.distribution.threads_v1 import ThreadMessageState
from contracts.distribution.v1 import ListState, PersonFolderState, PersonState
from contracts.topics import DISTRIBUTION_STATE, PERSON_FOLDERS
from ops.reconcile.entities import Entity, Owner

LISTS = """
SELECT l.list_id AS key, l.version AS sequence,
       jsonb_build_object(
           'list_id', l.list_id, 'municipality_id', l.municipality_id, 'year', l.year, 'status', l.status,
           'received_at', l.received_at, 'deadline', l.deadline, 'message', l.message, 'late', l.late,
           'places_version', l.places_version,
           'persons', p.persons, 'unaccompanied_minors', p.minors, 'accepted', p.accepted, 'declined', p.declined,
           'placed', p.placed, 'settled', p.settled,
           'changed', CASE WHEN l.changed_at IS NOT NULL THEN jsonb_build_object(
               'user_id', l.changed_by, 'display_name', l.changed_by_name, 'at', l.changed_at) END,
           'approved', CASE WHEN l.approved_at IS NOT NULL THEN jsonb_build_object(
               'user_id', l.approved_by, 'display_name', l.approved_by_name, 'at', l.approved_at) END,
           'answered', CASE WHEN l.answered_at IS NOT NULL THEN jsonb_build_object(
               'user_id', l.answered_by, 'display_name', l.answered_by_name, 'at', l.answered_at) END,
           'withdrawn_persons', p.withdrawn,
           'withdrawn', CASE WHEN l.withdrawn_at IS NOT NULL THEN jsonb_build_object(
               'at', l.withdrawn_at, 'reason', l.withdrawal_reason) END,
           'reoffer', l.replaces IS NOT NULL, 'replaces', CASE WHEN l.same_municipality THEN l.replaces END,
           'offered_again_at', l.offered_again_at, 'replaced_by', l.replaced_by,
           'overdue', l.status IN ('received', 'under_treatment', 'approved')
               AND (coalesce(l.told_at, l.received_at) AT TIME ZONE 'Europe/Oslo')::date > l.deadline,
           'extensions', l.extensions,
           'messages', (SELECT coalesce(sum((thread ->> 'messages')::integer), 0)
                        FROM jsonb_array_elements(l.threads) AS thread),
           'awaiting_reply', (SELECT count(*) FROM jsonb_array_elements(l.threads) AS thread
                              WHERE (thread ->> 'awaits_reply')::boolean),
           'splits', (SELECT coalesce(jsonb_agg(split.said - 'version' ORDER BY split.place), '[]')
                      FROM jsonb_array_elements(l.splits) WITH ORDINALITY AS split (said, place)
                      WHERE (said ->> 'confirmed')::boolean OR said ->> 'reason' IS NOT NULL
                         OR said ->> 'reason_text' <> ''),
           'self_settlement', l.self_settlement, 'erased_persons', p.erased
       ) AS body
FROM distribution_list AS l
CROSS JOIN LATERAL (
    SELECT count(*) AS persons,
           count(*) FILTER (WHERE place_kind = 'unaccompanied_minor') AS minors,
           count(*) FILTER (WHERE accept AND status <> 'withdrawn') AS accepted,
           count(*) FILTER (WHERE NOT accept AND status <> 'withdrawn') AS declined,
           count(*) FILTER (WHERE status = 'withdrawn') AS withdrawn,
           count(*) FILTER (WHERE status IN ('placed', 'settled')) AS placed,
           count(*) FILTER (WHERE status = 'settled') AS settled,
           count(*) FILTER (WHERE erased_at IS NOT NULL) AS erased
    FROM person WHERE person.list_id = l.list_id
) AS p
WHERE %(keys)s::text[] IS NULL OR l.list_id = ANY(%(keys)s)
"""

# A person's record carries the list's version of when the person last changed, which no column holds.
PERSONS = """
SELECT p.list_id || '/' || p.running_number AS key, NULL::bigint AS sequence,
       p.details || jsonb_build_object(
           'list_id', p.list_id, 'municipality_id', l.municipality_id, 'running_number', p.running_number,
           'household', p.household, 'place_kind', p.place_kind, 'status', p.status,
           'decision', jsonb_build_object(
               'running_number', p.running_number, 'accept', p.accept, 'reason', p.reason,
               'reason_text', p.reason_text),
           'placed_on', p.placed_on, 'settlement_date', p.settlement_date,
           'withdrawn', CASE WHEN p.withdrawn_at IS NOT NULL THEN jsonb_build_object(
               'at', p.withdrawn_at, 'reason', p.withdrawal_reason) END,
           'planned', CASE WHEN p.planned_at IS NOT NULL THEN jsonb_build_object(
               'week', jsonb_build_object('year', p.planned_year, 'week', p.planned_week),
               'by', jsonb_build_object(
                   'user_id', p.planned_by, 'display_name', p.planned_by_name, 'at', p.planned_at)) END,
           'settlements', coalesce(s.settlements, '[]'), 'erased_at', p.erased_at
       ) AS body
FROM person AS p JOIN distribution_list AS l USING (list_id)
LEFT JOIN (
    SELECT list_id, running_number, jsonb_agg(jsonb_build_object(
               'settlement_date', settlement_date, 'before', before, 'at', registered_at, 'by', registered_by_name,
               'reason', reason) ORDER BY list_version) AS settlements
    FROM (SELECT *, lag(settlement_date) OVER (PARTITION BY list_id, running_number ORDER BY list_version) AS before
          FROM settlement) AS registered
    GROUP BY list_id, running_number
) AS s USING (list_id, running_number)
WHERE %(keys)s::text[] IS NULL
   OR (p.list_id, p.running_number) IN (
       SELECT split_part(key, '/', 1), split_part(key, '/', 2)::integer FROM unnest(%(keys)s) AS key)
"""

# A folder is open from the placement on, until a withdrawal or an erasure.
FOLDERS = """
SELECT p.list_id || '/' || p.running_number AS key, NULL::bigint AS sequence,
       jsonb_build_object(
           'list_id', p.list_id, 'municipality_id', l.municipality_id, 'running_number', p.running_number,
           'given_name', i.given_name, 'family_name', i.family_name, 'birth_date', i.birth_date,
           'duf_number', i.duf_number, 'identity_number', i.identity_number, 'address', i.address,
           'languages', p.details -> 'languages', 'placed_on', p.placed_on, 'health_note', i.health_note
       ) AS body
FROM person AS p
JOIN person_identity AS i USING (list_id, running_number)
JOIN distribution_list AS l USING (list_id)
WHERE p.status IN ('placed', 'settled') AND p.erased_at IS NULL
  AND (%(keys)s::text[] IS NULL
       OR (p.list_id, p.running_number) IN (
           SELECT split_part(key, '/', 1), split_part(key, '/', 2)::integer FROM unnest(%(keys)s) AS key))
"""

MESSAGES = """
SELECT m.list_id || '/messages/' || m.number AS key, m.list_version AS sequence,
       jsonb_build_object(
           'list_id', m.list_id, 'municipality_id', l.municipality_id, 'number', m.number,
           'running_number', m.running_number, 'by_imdi', m.reply_id IS NOT NULL,
           'text', CASE WHEN m.erased_at IS NULL THEN m.text ELSE '–' END, 'erased_at', m.erased_at,
           'written', jsonb_build_object('user_id', m.author_id, 'display_name', m.author_name, 'at', m.written_at)
       ) AS body
FROM thread_message AS m JOIN distribution_list AS l USING (list_id)
WHERE %(keys)s::text[] IS NULL
   OR (m.list_id, m.number) IN (
       SELECT split_part(key, '/', 1), split_part(key, '/', 3)::integer FROM unnest(%(keys)s) AS key)
"""

SHOWN_LISTS = """
SELECT list_id AS key, sequence, body,
       (body ->> 'list_id', body ->> 'municipality_id', body ->> 'status', body ->> 'year', body ->> 'deadline',
        (body ->> 'received_at')::timestamptz)
       IS NOT DISTINCT FROM (list_id, municipality_id, status, year::text, deadline::text, received_at) AS agrees
FROM readmodel.distribution_list
WHERE %(keys)s::text[] IS NULL OR list_id = ANY(%(keys)s)
"""

SHOWN_PERSONS = """
SELECT list_id || '/' || running_number AS key, sequence, body,
       (body ->> 'list_id', body ->> 'running_number', body ->> 'municipality_id', body ->> 'status')
       IS NOT DISTINCT FROM (list_id, running_number::text, municipality_id, status) AS agrees
FROM readmodel.person
WHERE %(keys)s::text[] IS NULL
   OR (list_id, running_number) IN (
       SELECT split_part(key, '/', 1), split_part(key, '/', 2)::integer FROM unnest(%(keys)s) AS key)
"""

SHOWN_MESSAGES = """
SELECT list_id || '/messages/' || number AS key, sequence, body,
       (body ->> 'list_id', body ->> 'number', body ->> 'municipality_id')
       IS NOT DISTINCT FROM (list_id, number::text, municipality_id) AS agrees
FROM readmodel.thread_message
WHERE %(keys)s::text[] IS NULL
   OR (list_id, number) IN (
       SELECT split_part(key, '/', 1), split_part(key, '/', 3)::integer FROM unnest(%(keys)s) AS key)
"""

# A change's record carries the list's version of when it was told, which is that of the change or later.
CHANGES = """
SELECT c.list_id || '/changes/' || c.version AS key, NULL::bigint AS sequence,
       jsonb_build_object(
           'list_id', c.list_id, 'municipality_id', l.municipality_id, 'version', c.version, 'kind', c.kind,
           'by', jsonb_build_object('user_id', c.by_id, 'display_name', c.by_name, 'at', c.at),
           'decisions', c.decisions, 'households', c.households, 'message', c.message
       ) AS body
FROM list_change AS c JOIN distribution_list AS l USING (list_id)
WHERE %(keys)s::text[] IS NULL OR c.list_id || '/changes/' || c.version = ANY(%(keys)s)
"""

SHOWN_CHANGES = """
SELECT list_id || '/changes/' || version AS key, sequence, body,
       (body ->> 'list_id', body ->> 'version', body ->> 'municipality_id')
       IS NOT DISTINCT FROM (list_id, version::text, municipality_id) AS agrees
FROM readmodel.list_change
WHERE %(keys)s::text[] IS NULL OR list_id || '/changes/' || version = ANY(%(keys)s)
"""

SHOWN_FOLDERS = """
SELECT list_id || '/' || running_number AS key, sequence, body,
       (body ->> 'list_id', body ->> 'running_number', body ->> 'municipality_id')
       IS NOT DISTINCT FROM (list_id, running_number::text, municipality_id) AS agrees
FROM readmodel.person_folder
WHERE %(keys)s::text[] IS NULL
   OR (list_id, running_number) IN (
       SELECT split_part(key, '/', 1), split_part(key, '/', 2)::integer FROM unnest(%(keys)s) AS key)
"""

DISTRIBUTION = Owner(
    "distribution",
    "DISTRIBUTION_DATABASE_URL",
    (
        Entity("lists", DISTRIBUTION_STATE, ListState, LISTS, SHOWN_LISTS),
        Entity("changes", DISTRIBUTION_STATE, ListChangeState, CHANGES, SHOWN_CHANGES),
        Entity("persons", DISTRIBUTION_STATE, PersonState, PERSONS, SHOWN_PERSONS),
        Entity("thread messages", DISTRIBUTION_STATE, ThreadMessageState, MESSAGES, SHOWN_MESSAGES),
        Entity("person folders", PERSON_FOLDERS, PersonFolderState, FOLDERS, SHOWN_FOLDERS),
    ),
)
