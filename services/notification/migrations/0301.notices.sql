-- Before deploy. Notices on the work surface, and who has read them (pseudonyms only).

-- The id follows from kind and list; the constraint says the same, whatever made the id.
CREATE TABLE notice (
    notice_id text PRIMARY KEY,
    version bigint NOT NULL CHECK (version > 0),
    municipality_id text NOT NULL,
    kind text NOT NULL,
    list_id text NOT NULL,
    posted_at timestamptz NOT NULL,
    UNIQUE (kind, list_id)
);

-- position: the order in which users read it.
CREATE TABLE notice_reading (
    notice_id text NOT NULL REFERENCES notice ON DELETE CASCADE,
    user_id text NOT NULL,
    position integer NOT NULL,
    read_at timestamptz NOT NULL,
    PRIMARY KEY (notice_id, user_id)
);
