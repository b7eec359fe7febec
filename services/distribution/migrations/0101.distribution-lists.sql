-- Before deploy. Distribution lists, their persons, and the persons' identities apart.

-- Everything of a list is changed only by whoever holds the lock of its row here.
CREATE TABLE distribution_list (
    list_id text PRIMARY KEY,
    municipality_id text NOT NULL,
    municipality_number text NOT NULL CHECK (municipality_number ~ '^[0-9]{4}$'),
    version bigint NOT NULL CHECK (version > 0),
    places_version bigint NOT NULL CHECK (places_version BETWEEN 1 AND version),
    status text NOT NULL CHECK (status IN ('received', 'under_treatment', 'approved', 'answered')),
    year smallint NOT NULL,
    received_at timestamptz NOT NULL,
    deadline date NOT NULL,
    message text NOT NULL DEFAULT '',
    late boolean NOT NULL DEFAULT false,
    -- Who did something last, approved, answered: pseudonym, name shown to colleagues, when.
    changed_by text,
    changed_by_name text,
    changed_at timestamptz,
    approved_by text,
    approved_by_name text,
    approved_at timestamptz,
    answered_by text,
    answered_by_name text,
    answered_at timestamptz,
    -- SHA-256 of what IMDi published: the same again is the same list, another content is refused.
    digest bytea NOT NULL CHECK (length(digest) = 32),
    CHECK (num_nonnulls(changed_by, changed_by_name, changed_at) IN (0, 3)),
    CHECK (num_nonnulls(approved_by, approved_by_name, approved_at) IN (0, 3)),
    CHECK (num_nonnulls(answered_by, answered_by_name, answered_at) IN (0, 3)),
    CHECK ((status = 'answered') = (answered_at IS NOT NULL)),
    CHECK ((status IN ('approved', 'answered')) = (approved_at IS NOT NULL))
) WITH (fillfactor = 80);

-- What a municipality may see of a person before acceptance, and its decision. details: the rest of what IMDi told
-- that no rule looks at (sex, birth year, languages, needs …), as it travels on.
CREATE TABLE person (
    list_id text NOT NULL REFERENCES distribution_list,
    running_number integer NOT NULL CHECK (running_number > 0),
    household integer NOT NULL,
    place_kind text NOT NULL CHECK (place_kind IN ('ordinary', 'unaccompanied_minor')),
    details jsonb NOT NULL,
    status text NOT NULL CHECK (status IN ('requested', 'accepted', 'declined', 'placed', 'settled')),
    accept boolean NOT NULL,
    reason text,
    reason_text text,
    placed_on date,
    settlement_date date,
    PRIMARY KEY (list_id, running_number),
    -- A draft may lack a reason, an answer may not.
    CHECK (status <> 'declined' OR (NOT accept AND reason IS NOT NULL)),
    CHECK (status NOT IN ('accepted', 'placed', 'settled') OR accept),
    CHECK ((status IN ('placed', 'settled')) = (placed_on IS NOT NULL)),
    CHECK ((status = 'settled') = (settlement_date IS NOT NULL)),
    CHECK (settlement_date >= placed_on)
) WITH (fillfactor = 80);

-- Who a person is: read for one purpose, to open the person folder on placement.
-- open: the person holds a place: the list has not been answered, or it was accepted there (domain §4: a place is held
-- until declined or withdrawn). A person holds one at most, whatever replica took the lists and
-- whatever partitions they came by: the indexes decide who was first.
CREATE TABLE person_identity (
    list_id text NOT NULL,
    running_number integer NOT NULL,
    open boolean NOT NULL,
    given_name text NOT NULL,
    family_name text NOT NULL,
    birth_date date NOT NULL,
    duf_number text NOT NULL,
    identity_number text,
    address jsonb NOT NULL,
    PRIMARY KEY (list_id, running_number),
    FOREIGN KEY (list_id, running_number) REFERENCES person
);
CREATE UNIQUE INDEX person_identity_open_duf_number ON person_identity (duf_number) WHERE open;
CREATE UNIQUE INDEX person_identity_open_identity_number ON person_identity (identity_number) WHERE open;

-- Every settlement date that was registered; the one with the highest version holds.
CREATE TABLE settlement (
    list_id text NOT NULL,
    running_number integer NOT NULL,
    list_version bigint NOT NULL,
    settlement_date date NOT NULL,
    registered_by text NOT NULL,
    registered_at timestamptz NOT NULL,
    PRIMARY KEY (list_id, running_number, list_version),
    FOREIGN KEY (list_id, running_number) REFERENCES person
);
