-- Before deploy. The ledger of places of each municipality and year.
-- depends: 0201.municipality-register

-- The sums are those of the year's entries, kept along with them; ledger_drift below must stay empty.
CREATE TABLE ledger_year (
    municipality_id text NOT NULL REFERENCES municipality,
    year smallint NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    ordinary_agreed integer NOT NULL,
    ordinary_requested integer NOT NULL CHECK (ordinary_requested >= 0),
    ordinary_placed integer NOT NULL CHECK (ordinary_placed >= 0),
    ordinary_settled integer NOT NULL CHECK (ordinary_settled >= 0),
    minor_agreed integer NOT NULL,
    minor_requested integer NOT NULL CHECK (minor_requested >= 0),
    minor_placed integer NOT NULL CHECK (minor_placed >= 0),
    minor_settled integer NOT NULL CHECK (minor_settled >= 0),
    PRIMARY KEY (municipality_id, year)
) WITH (fillfactor = 70);

-- Every request IMDi made for the year; the one with the highest version holds.
CREATE TABLE ledger_request (
    municipality_id text NOT NULL,
    year smallint NOT NULL,
    ledger_version bigint NOT NULL,
    ordinary_places integer NOT NULL CHECK (ordinary_places >= 0),
    minor_places integer NOT NULL CHECK (minor_places >= 0),
    answer_by date NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (municipality_id, year, ledger_version),
    FOREIGN KEY (municipality_id, year) REFERENCES ledger_year
);

-- Every resolution of the municipality for the year; the one with the highest version holds.
CREATE TABLE ledger_resolution (
    municipality_id text NOT NULL,
    year smallint NOT NULL,
    ledger_version bigint NOT NULL,
    ordinary_places integer NOT NULL CHECK (ordinary_places >= 0),
    minor_places integer NOT NULL CHECK (minor_places >= 0),
    resolved_on date NOT NULL,
    case_number text NOT NULL,
    registered_at timestamptz NOT NULL,
    registered_by text NOT NULL,
    PRIMARY KEY (municipality_id, year, ledger_version),
    FOREIGN KEY (municipality_id, year) REFERENCES ledger_year
);

-- Signed changes, in the order they were made; only ever added to. No list: a resolution changed the agreement.
CREATE TABLE ledger_entry (
    municipality_id text NOT NULL,
    year smallint NOT NULL,
    ledger_version bigint NOT NULL,
    position integer NOT NULL,
    place_kind text NOT NULL CHECK (place_kind IN ('ordinary', 'unaccompanied_minor')),
    agreed integer NOT NULL,
    requested integer NOT NULL,
    placed integer NOT NULL,
    settled integer NOT NULL,
    list_id text,
    list_version bigint,
    running_number integer,
    at timestamptz NOT NULL,
    PRIMARY KEY (municipality_id, year, ledger_version, position),
    FOREIGN KEY (municipality_id, year) REFERENCES ledger_year,
    CHECK (num_nonnulls(list_id, list_version, running_number) IN (0, 3))
);

-- What a list holds in a ledger year, both kinds together, up to list_version.
CREATE TABLE ledger_list (
    municipality_id text NOT NULL,
    year smallint NOT NULL,
    list_id text NOT NULL,
    list_version bigint NOT NULL,
    requested integer NOT NULL CHECK (requested >= 0),
    placed integer NOT NULL CHECK (placed >= 0),
    settled integer NOT NULL CHECK (settled >= 0),
    PRIMARY KEY (list_id, municipality_id, year),
    FOREIGN KEY (municipality_id, year) REFERENCES ledger_year
) WITH (fillfactor = 80);

-- The place each person of a list holds now, by the latest fact that named the person: what makes a repeat, or facts
-- in an odd order, count once. A person is a list and a running number; nothing else is known here.
CREATE TABLE ledger_holding (
    list_id text NOT NULL,
    running_number integer NOT NULL,
    year smallint NOT NULL,
    place_kind text NOT NULL CHECK (place_kind IN ('ordinary', 'unaccompanied_minor')),
    stage text NOT NULL CHECK (stage IN ('requested', 'placed', 'settled', 'released')),
    list_version bigint NOT NULL,
    PRIMARY KEY (list_id, running_number)
) WITH (fillfactor = 80);

-- Ledger years whose sums are not the sums of their entries: always empty.
CREATE VIEW ledger_drift AS
SELECT y.municipality_id, y.year
FROM ledger_year AS y
LEFT JOIN LATERAL (
    SELECT
        coalesce(sum(agreed) FILTER (WHERE place_kind = 'ordinary'), 0) AS ordinary_agreed,
        coalesce(sum(requested) FILTER (WHERE place_kind = 'ordinary'), 0) AS ordinary_requested,
        coalesce(sum(placed) FILTER (WHERE place_kind = 'ordinary'), 0) AS ordinary_placed,
        coalesce(sum(settled) FILTER (WHERE place_kind = 'ordinary'), 0) AS ordinary_settled,
        coalesce(sum(agreed) FILTER (WHERE place_kind = 'unaccompanied_minor'), 0) AS minor_agreed,
        coalesce(sum(requested) FILTER (WHERE place_kind = 'unaccompanied_minor'), 0) AS minor_requested,
        coalesce(sum(placed) FILTER (WHERE place_kind = 'unaccompanied_minor'), 0) AS minor_placed,
        coalesce(sum(settled) FILTER (WHERE place_kind = 'unaccompanied_minor'), 0) AS minor_settled
    FROM ledger_entry AS e
    WHERE e.municipality_id = y.municipality_id AND e.year = y.year
) AS s ON true
WHERE (y.ordinary_agreed, y.ordinary_requested, y.ordinary_placed, y.ordinary_settled,
       y.minor_agreed, y.minor_requested, y.minor_placed, y.minor_settled)
   IS DISTINCT FROM
      (s.ordinary_agreed, s.ordinary_requested, s.ordinary_placed, s.ordinary_settled,
       s.minor_agreed, s.minor_requested, s.minor_placed, s.minor_settled);
