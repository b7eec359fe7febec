-- Before deploy. The register: municipalities under stable ids, their dated numbers, their contacts.

CREATE TABLE county (
    number text PRIMARY KEY CHECK (number ~ '^[0-9]{2}$'),
    name text NOT NULL
);

-- Everything that belongs to a municipality (its ledger, its lists' places, its contacts) is changed only by whoever
-- holds the lock of its row here; several are locked in the order of their ids.
CREATE TABLE municipality (
    id text PRIMARY KEY,
    version bigint NOT NULL CHECK (version > 0),
    name text NOT NULL,
    county_number text NOT NULL REFERENCES county,
    language_form text NOT NULL CHECK (language_form IN ('bokmål', 'nynorsk', 'neutral')),
    population integer NOT NULL CHECK (population >= 0),
    valid_from date NOT NULL
);

-- A number outlives no merger, an id does. valid_to is the first day it no longer holds; NULL: the present one.
CREATE TABLE municipality_number (
    municipality_id text NOT NULL REFERENCES municipality,
    number text NOT NULL CHECK (number ~ '^[0-9]{4}$'),
    valid_from date NOT NULL,
    valid_to date CHECK (valid_to > valid_from),
    PRIMARY KEY (municipality_id, valid_from)
);
CREATE UNIQUE INDEX municipality_number_present ON municipality_number (municipality_id) WHERE valid_to IS NULL;
CREATE UNIQUE INDEX municipality_number_bearer ON municipality_number (number) WHERE valid_to IS NULL;
CREATE INDEX municipality_number_history ON municipality_number (number, valid_from);

CREATE TABLE municipality_organisation (
    municipality_id text NOT NULL REFERENCES municipality,
    organisation_number text NOT NULL CHECK (organisation_number ~ '^[0-9]{9}$'),
    valid_from date NOT NULL,
    valid_to date CHECK (valid_to > valid_from),
    PRIMARY KEY (municipality_id, valid_from)
);
CREATE UNIQUE INDEX municipality_organisation_present
    ON municipality_organisation (municipality_id) WHERE valid_to IS NULL;
CREATE UNIQUE INDEX municipality_organisation_bearer
    ON municipality_organisation (organisation_number) WHERE valid_to IS NULL;

-- Personal data of caseworkers: replaced as a whole, nothing of the former ones is kept.
CREATE TABLE municipality_contact (
    municipality_id text NOT NULL REFERENCES municipality,
    position integer NOT NULL,
    name text NOT NULL,
    email text NOT NULL,
    roles text[] NOT NULL CHECK (cardinality(roles) > 0),
    PRIMARY KEY (municipality_id, position)
);

-- One row: which division the register follows, by the digest of its files, and how many municipalities it has.
CREATE TABLE register (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    version bigint NOT NULL,
    municipalities integer NOT NULL,
    digest text NOT NULL
);
INSERT INTO register (version, municipalities, digest) VALUES (0, 0, '');
