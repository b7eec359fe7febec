-- Before deploy, while no older release of the service runs: it would add entries without their lines. What the ledger's
-- entries tell, which line of the year each is part of, and what came of which message; requests left unanswered.
-- depends: 0204.municipality-withdrawal

ALTER TABLE ledger_entry
    ADD COLUMN movement text CHECK (
        movement IN ('agreed', 'requested', 'released', 'placed', 'settled', 'withdrawn', 'corrected')
    ),
    ADD COLUMN line integer CHECK (line > 0),
    ADD COLUMN caused_by text;

-- Until now nothing was withdrawn, and no place went back. What gives a place up here and takes one in another year, by
-- the same fact of the same person, is what it is there.
UPDATE ledger_entry AS e
SET movement = CASE
    WHEN e.list_id IS NULL THEN 'agreed'
    WHEN e.settled > 0 THEN 'settled'
    WHEN e.placed > 0 THEN 'placed'
    WHEN e.requested > 0 THEN 'requested'
    ELSE coalesce(
        (SELECT CASE WHEN o.settled > 0 THEN 'settled' WHEN o.placed > 0 THEN 'placed' END
         FROM ledger_entry AS o
         WHERE o.municipality_id = e.municipality_id AND o.list_id = e.list_id AND o.list_version = e.list_version
           AND o.running_number = e.running_number AND o.year <> e.year
         LIMIT 1),
        'released')
END;

UPDATE ledger_entry AS e
SET line = numbered.line
FROM (
    SELECT municipality_id, year, ledger_version, position,
           dense_rank() OVER (
               PARTITION BY municipality_id, year ORDER BY ledger_version, place_kind, movement
           ) AS line
    FROM ledger_entry
) AS numbered
WHERE (e.municipality_id, e.year, e.ledger_version, e.position)
    = (numbered.municipality_id, numbered.year, numbered.ledger_version, numbered.position);

ALTER TABLE ledger_entry ALTER COLUMN movement SET NOT NULL, ALTER COLUMN line SET NOT NULL;
CREATE INDEX ledger_entry_line ON ledger_entry (municipality_id, year, line);

-- How many lines the year has, which is the number of the last.
ALTER TABLE ledger_year ADD COLUMN lines integer NOT NULL DEFAULT 0;
UPDATE ledger_year AS y
SET lines = (SELECT coalesce(max(line), 0) FROM ledger_entry AS e WHERE e.municipality_id = y.municipality_id
             AND e.year = y.year);

ALTER TABLE ledger_request ADD COLUMN caused_by text;
-- The caseworker's name as the login gave it, for colleagues to read; NULL where it was not kept.
ALTER TABLE ledger_resolution ADD COLUMN registered_by_name text, ADD COLUMN caused_by text;

-- Requests whose day passed without a resolution: each due date of a year is told of once.
CREATE TABLE ledger_deadline (
    municipality_id text NOT NULL,
    year smallint NOT NULL,
    answer_by date NOT NULL,
    ledger_version bigint NOT NULL,
    passed_at timestamptz NOT NULL,
    PRIMARY KEY (municipality_id, year, answer_by),
    FOREIGN KEY (municipality_id, year) REFERENCES ledger_year
);

-- The lines, each made of the entries of several persons at most.
CREATE VIEW ledger_line AS
SELECT municipality_id, year, line, min(ledger_version) AS ledger_version, min(at) AS at,
       min(place_kind) AS place_kind, min(movement) AS movement,
       sum(agreed)::integer AS agreed, sum(requested)::integer AS requested,
       sum(placed)::integer AS placed, sum(settled)::integer AS settled,
       min(list_id) AS list_id, min(list_version) AS list_version,
       coalesce(array_agg(running_number ORDER BY running_number) FILTER (WHERE running_number IS NOT NULL), '{}')
           AS running_numbers,
       min(caused_by) AS caused_by
FROM ledger_entry
GROUP BY municipality_id, year, line;

-- Years whose lines are not numbered 1, 2, 3 … up to the last, or that hold more than one thing: always empty.
CREATE VIEW ledger_line_drift AS
SELECT y.municipality_id, y.year
FROM ledger_year AS y
LEFT JOIN LATERAL (
    SELECT count(DISTINCT line) AS lines, coalesce(max(line), 0) AS last,
           count(DISTINCT (line, ledger_version, place_kind, movement, list_id)) AS things
    FROM ledger_entry AS e
    WHERE e.municipality_id = y.municipality_id AND e.year = y.year
) AS e ON true
WHERE (y.lines, y.lines, y.lines) IS DISTINCT FROM (e.lines, e.last, e.things);

-- The ledger years with what lines and requests and resolutions they had before those were told on the state topic. A
-- service that starts tells them and takes the row away.
CREATE TABLE ledger_untold (
    municipality_id text NOT NULL,
    year smallint NOT NULL,
    PRIMARY KEY (municipality_id, year),
    FOREIGN KEY (municipality_id, year) REFERENCES ledger_year
);
INSERT INTO ledger_untold SELECT municipality_id, year FROM ledger_year;
