-- Before deploy. Letters and their way to being made; copies of what other services tell and letters need.

-- A letter is about persons by running number only: this table holds no personal data.
-- persons: one in a letter to a person. failure: why it was not made. document columns: all or none.
CREATE TABLE letter (
    letter_id text PRIMARY KEY,
    version bigint NOT NULL CHECK (version > 0),
    kind text NOT NULL CHECK (kind IN ('placement_decision', 'letter_to_person')),
    municipality_id text NOT NULL,
    list_id text NOT NULL,
    persons integer[] NOT NULL CHECK (cardinality(persons) > 0),
    placed_on date NOT NULL,
    planned_at timestamptz NOT NULL,
    language text CHECK (language IN ('nb', 'nn')),
    object_key text,
    sha256 text,
    size integer,
    created_at timestamptz,
    failure text CHECK (failure IN ('folder_closed', 'cannot_be_rendered')),
    CHECK (num_nonnulls(object_key, sha256, size, created_at) IN (0, 4)),
    CHECK (object_key IS NULL OR (language IS NOT NULL AND failure IS NULL))
);

-- Where a letter is on its way. due_at: when it may be claimed (again). claims: counts every claim, so that the last
-- one is known from those before. starts: claims since an end was last recorded. cause: envelope of the message the
-- letter followed from, so that what is published later still correlates with it.
CREATE TABLE letter_queue (
    letter_id text PRIMARY KEY REFERENCES letter,
    stage text NOT NULL CHECK (stage IN ('waiting', 'ready', 'settled')),
    due_at timestamptz NOT NULL,
    claims integer NOT NULL DEFAULT 0,
    starts integer NOT NULL DEFAULT 0,
    cause jsonb
) WITH (fillfactor = 80);
CREATE INDEX letter_queue_due ON letter_queue (due_at, letter_id) WHERE stage = 'ready';

-- A person of a list is in one placement decision and has one letter.
CREATE TABLE covered_person (
    list_id text NOT NULL,
    running_number integer NOT NULL,
    decision_id text NOT NULL REFERENCES letter,
    PRIMARY KEY (list_id, running_number)
);

CREATE TABLE municipality_copy (
    municipality_id text PRIMARY KEY,
    version bigint NOT NULL,
    number text NOT NULL,
    name text NOT NULL,
    organisation_number text NOT NULL,
    language_form text NOT NULL
);

CREATE TABLE list_answer_copy (
    list_id text PRIMARY KEY,
    answered_on date NOT NULL
);

-- Personal data: what a letter shows of a placed person, and no more. A closed folder keeps its version only.
CREATE TABLE folder_copy (
    list_id text NOT NULL,
    running_number integer NOT NULL,
    version bigint NOT NULL,
    closed boolean NOT NULL,
    given_name text,
    family_name text,
    birth_date date,
    duf_number text,
    address_lines text[],
    postal_code text,
    city text,
    PRIMARY KEY (list_id, running_number),
    CHECK (num_nonnulls(given_name, family_name, birth_date, duf_number, address_lines, postal_code, city)
           = CASE WHEN closed THEN 0 ELSE 7 END)
);
