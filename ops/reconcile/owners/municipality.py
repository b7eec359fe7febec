"""Municipality: the register, ledger years, what lists hold in them; and that the ledger adds up."""

from __future__ import annotations

from contracts.municipality.v1 import (
    LedgerChangeState,
    LedgerEntryState,
    LedgerListState,
    LedgerYearState,
    MunicipalityState,
    RegisterState,
)
from contracts.topics import MUNICIPALITY_STATE
from ops.reconcile.entities import Check, Entity, Owner
from ops.reconcile.owners import reports

MUNICIPALITIES = """
SELECT m.id AS key, m.version AS sequence,
       jsonb_build_object(
           'municipality_id', m.id, 'number', n.number, 'name', m.name, 'county_number', m.county_number,
           'county_name', c.name, 'organisation_number', o.organisation_number, 'language_form', m.language_form,
           'population', m.population, 'valid_from', m.valid_from, 'four_eyes', m.four_eyes,
           'successor', m.successor, 'merged_on', m.merged_on,
           'contacts', coalesce(
               (SELECT jsonb_agg(jsonb_build_object('name', k.name, 'email', k.email, 'roles', k.roles,
                                                    'mail_failure', k.mail_failure,
                                                    'mail_failed_at', k.mail_failed_at)
                                 ORDER BY k.position)
                FROM municipality_contact AS k WHERE k.municipality_id = m.id), '[]')
       ) AS body
FROM municipality AS m
JOIN county AS c ON c.number = m.county_number
JOIN municipality_number AS n ON n.municipality_id = m.id AND n.valid_to IS NOT DISTINCT FROM m.merged_on
JOIN municipality_organisation AS o ON o.municipality_id = m.id AND o.valid_to IS NOT DISTINCT FROM m.merged_on
WHERE %(keys)s::text[] IS NULL OR m.id = ANY(%(keys)s)
"""

REGISTER = """
SELECT 'register' AS key, version AS sequence, jsonb_build_object('municipalities', municipalities) AS body
FROM register
WHERE version > 0 AND (%(keys)s::text[] IS NULL OR 'register' = ANY(%(keys)s))
"""

LEDGER_YEARS = """
SELECT y.municipality_id || '/' || y.year AS key, y.version AS sequence,
       jsonb_build_object(
           'municipality_id', y.municipality_id, 'year', y.year,
           'request', CASE WHEN q.answer_by IS NOT NULL THEN jsonb_build_object(
               'ordinary_places', q.ordinary_places, 'unaccompanied_minor_places', q.minor_places,
               'answer_by', q.answer_by, 'received_at', q.received_at) END,
           'resolution', CASE WHEN r.resolved_on IS NOT NULL THEN jsonb_build_object(
               'ordinary_places', r.ordinary_places, 'unaccompanied_minor_places', r.minor_places,
               'resolved_on', r.resolved_on, 'case_number', r.case_number, 'registered_at', r.registered_at,
               'registered_by', r.registered_by_name) END,
           'ordinary', jsonb_build_object(
               'agreed', CASE WHEN r.resolved_on IS NOT NULL THEN y.ordinary_agreed END,
               'requested', y.ordinary_requested, 'placed', y.ordinary_placed, 'settled', y.ordinary_settled,
               'left', y.ordinary_agreed - y.ordinary_settled - y.ordinary_placed - y.ordinary_requested),
           'unaccompanied_minor', jsonb_build_object(
               'agreed', CASE WHEN r.resolved_on IS NOT NULL THEN y.minor_agreed END,
               'requested', y.minor_requested, 'placed', y.minor_placed, 'settled', y.minor_settled,
               'left', y.minor_agreed - y.minor_settled - y.minor_placed - y.minor_requested)
       ) AS body
FROM ledger_year AS y
LEFT JOIN LATERAL (
    SELECT * FROM ledger_request AS q
    WHERE q.municipality_id = y.municipality_id AND q.year = y.year ORDER BY q.ledger_version DESC LIMIT 1
) AS q ON true
LEFT JOIN LATERAL (
    SELECT * FROM ledger_resolution AS r
    WHERE r.municipality_id = y.municipality_id AND r.year = y.year ORDER BY r.ledger_version DESC LIMIT 1
) AS r ON true
WHERE %(keys)s::text[] IS NULL OR y.municipality_id || '/' || y.year = ANY(%(keys)s)
"""

# A list's record carries the year's version of when the list last changed, which no column holds.
LEDGER_LISTS = """
SELECT municipality_id || '/' || year || '/' || list_id AS key, NULL::bigint AS sequence,
       jsonb_build_object(
           'municipality_id', municipality_id, 'year', year, 'list_id', list_id, 'list_version', list_version,
           'requested', requested, 'placed', placed, 'settled', settled
       ) AS body
FROM ledger_list
WHERE %(keys)s::text[] IS NULL
   OR list_id IN (SELECT split_part(key, '/', 3) FROM unnest(%(keys)s) AS key)
      AND municipality_id || '/' || year || '/' || list_id = ANY(%(keys)s)
"""

LEDGER_ENTRIES = """
SELECT municipality_id || '/' || year || '/entries/' || line AS key, ledger_version AS sequence,
       jsonb_build_object(
           'municipality_id', municipality_id, 'year', year, 'number', line, 'ledger_version', ledger_version,
           'at', at, 'place_kind', place_kind, 'movement', movement, 'agreed', agreed, 'requested', requested,
           'placed', placed, 'settled', settled, 'list_id', list_id, 'list_version', list_version,
           'running_numbers', running_numbers, 'caused_by', caused_by
       ) AS body
FROM ledger_line
WHERE %(keys)s::text[] IS NULL
   OR municipality_id IN (SELECT split_part(key, '/', 1) FROM unnest(%(keys)s) AS key)
      AND municipality_id || '/' || year || '/entries/' || line = ANY(%(keys)s)
"""

LEDGER_CHANGES = """
SELECT municipality_id || '/' || year || '/changes/' || ledger_version AS key, ledger_version AS sequence,
       jsonb_build_object('municipality_id', municipality_id, 'year', year, 'version', ledger_version, 'at', at,
                          'request', request, 'resolution', resolution, 'unanswered', unanswered) AS body
FROM (
    SELECT municipality_id, year, ledger_version, received_at AS at,
           jsonb_build_object('ordinary_places', ordinary_places, 'unaccompanied_minor_places', minor_places,
                              'answer_by', answer_by, 'received_at', received_at) AS request,
           NULL::jsonb AS resolution, NULL::date AS unanswered
    FROM ledger_request
    UNION ALL
    SELECT municipality_id, year, ledger_version, registered_at, NULL,
           jsonb_build_object('ordinary_places', ordinary_places, 'unaccompanied_minor_places', minor_places,
                              'resolved_on', resolved_on, 'case_number', case_number,
                              'registered_at', registered_at, 'registered_by', registered_by_name), NULL
    FROM ledger_resolution
    UNION ALL
    SELECT municipality_id, year, ledger_version, passed_at, NULL, NULL, answer_by FROM ledger_deadline
) AS change
WHERE %(keys)s::text[] IS NULL
   OR municipality_id || '/' || year || '/changes/' || ledger_version = ANY(%(keys)s)
"""

SHOWN_MUNICIPALITIES = """
SELECT municipality_id AS key, sequence, body,
       (body ->> 'municipality_id', body ->> 'organisation_number', body ->> 'name', body ->> 'successor',
        body ->> 'merged_on')
       IS NOT DISTINCT FROM (municipality_id, organisation_number, name, successor, merged_on::text) AS agrees
FROM readmodel.municipality
WHERE %(keys)s::text[] IS NULL OR municipality_id = ANY(%(keys)s)
"""

SHOWN_LEDGER_YEARS = """
SELECT municipality_id || '/' || year AS key, sequence, body,
       (body ->> 'municipality_id', body ->> 'year') IS NOT DISTINCT FROM (municipality_id, year::text) AS agrees
FROM readmodel.ledger_year
WHERE %(keys)s::text[] IS NULL OR municipality_id || '/' || year = ANY(%(keys)s)
"""

SHOWN_LEDGER_LISTS = """
SELECT municipality_id || '/' || year || '/' || list_id AS key, sequence, body,
       (body ->> 'municipality_id', body ->> 'year', body ->> 'list_id', body ->> 'list_version')
       IS NOT DISTINCT FROM (municipality_id, year::text, list_id, list_version::text) AS agrees
FROM readmodel.ledger_list
WHERE %(keys)s::text[] IS NULL
   OR list_id IN (SELECT split_part(key, '/', 3) FROM unnest(%(keys)s) AS key)
      AND municipality_id || '/' || year || '/' || list_id = ANY(%(keys)s)
"""

SHOWN_LEDGER_ENTRIES = """
SELECT municipality_id || '/' || year || '/entries/' || number AS key, sequence, body,
       (body ->> 'municipality_id', body ->> 'year', body ->> 'number', (body ->> 'at')::timestamptz,
        body ->> 'place_kind', body ->> 'agreed', body ->> 'requested', body ->> 'placed', body ->> 'settled')
       IS NOT DISTINCT FROM
       (municipality_id, year::text, number::text, at, place_kind, agreed::text, requested::text, placed::text,
        settled::text) AS agrees
FROM readmodel.ledger_entry
WHERE %(keys)s::text[] IS NULL
   OR municipality_id IN (SELECT split_part(key, '/', 1) FROM unnest(%(keys)s) AS key)
      AND municipality_id || '/' || year || '/entries/' || number = ANY(%(keys)s)
"""

SHOWN_LEDGER_CHANGES = """
SELECT municipality_id || '/' || year || '/changes/' || version AS key, sequence, body,
       (body ->> 'municipality_id', body ->> 'year', body ->> 'version')
       IS NOT DISTINCT FROM (municipality_id, year::text, version::text) AS agrees
FROM readmodel.ledger_change
WHERE %(keys)s::text[] IS NULL
   OR municipality_id || '/' || year || '/changes/' || version = ANY(%(keys)s)
"""

YEARS_THAT_DRIFT = "SELECT municipality_id || '/' || year AS key FROM ledger_drift ORDER BY key"

LISTS_THAT_DRIFT = """
SELECT municipality_id || '/' || year || '/' || list_id AS key
FROM ledger_list
FULL JOIN (
    SELECT municipality_id, year, list_id,
           sum(requested) AS requested, sum(placed) AS placed, sum(settled) AS settled
    FROM ledger_entry WHERE list_id IS NOT NULL
    GROUP BY municipality_id, year, list_id
) AS entries USING (municipality_id, year, list_id)
WHERE (coalesce(ledger_list.requested, 0), coalesce(ledger_list.placed, 0), coalesce(ledger_list.settled, 0))
      IS DISTINCT FROM
      (coalesce(entries.requested, 0), coalesce(entries.placed, 0), coalesce(entries.settled, 0))
ORDER BY key
"""

LINES_THAT_DRIFT = "SELECT municipality_id || '/' || year AS key FROM ledger_line_drift ORDER BY key"

# What all municipalities have in a year, and what all lines of the country add up to.
COUNTRY_THAT_DRIFTS = """
SELECT year || '/' || kind AS key
FROM (
    SELECT year, 'ordinary' AS kind, sum(ordinary_agreed) AS agreed, sum(ordinary_requested) AS requested,
           sum(ordinary_placed) AS placed, sum(ordinary_settled) AS settled
    FROM ledger_year GROUP BY year
    UNION ALL
    SELECT year, 'unaccompanied_minor', sum(minor_agreed), sum(minor_requested), sum(minor_placed), sum(minor_settled)
    FROM ledger_year GROUP BY year
) AS municipalities
FULL JOIN (
    SELECT year, place_kind AS kind, sum(agreed) AS agreed, sum(requested) AS requested, sum(placed) AS placed,
           sum(settled) AS settled
    FROM ledger_line GROUP BY year, place_kind
) AS lines USING (year, kind)
WHERE (coalesce(municipalities.agreed, 0), coalesce(municipalities.requested, 0), coalesce(municipalities.placed, 0),
       coalesce(municipalities.settled, 0))
      IS DISTINCT FROM
      (coalesce(lines.agreed, 0), coalesce(lines.requested, 0), coalesce(lines.placed, 0), coalesce(lines.settled, 0))
ORDER BY key
"""

MUNICIPALITY = Owner(
    "municipality",
    "MUNICIPALITY_DATABASE_URL",
    (
        Entity("municipalities", MUNICIPALITY_STATE, MunicipalityState, MUNICIPALITIES, SHOWN_MUNICIPALITIES),
        Entity("register", MUNICIPALITY_STATE, RegisterState, REGISTER),
        Entity("ledger years", MUNICIPALITY_STATE, LedgerYearState, LEDGER_YEARS, SHOWN_LEDGER_YEARS),
        Entity("ledger lists", MUNICIPALITY_STATE, LedgerListState, LEDGER_LISTS, SHOWN_LEDGER_LISTS),
        Entity("ledger entries", MUNICIPALITY_STATE, LedgerEntryState, LEDGER_ENTRIES, SHOWN_LEDGER_ENTRIES),
        Entity("ledger changes", MUNICIPALITY_STATE, LedgerChangeState, LEDGER_CHANGES, SHOWN_LEDGER_CHANGES),
        *reports.ENTITIES,
    ),
    (
        Check("a year's sums are those of its entries", YEARS_THAT_DRIFT),
        Check("a list's places are those of its entries", LISTS_THAT_DRIFT),
        Check("a year's lines are numbered without a gap", LINES_THAT_DRIFT),
        Check("the country's places are the sum of the municipalities'", COUNTRY_THAT_DRIFTS),
        *reports.CHECKS,
    ),
)
