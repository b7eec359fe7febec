-- Before deploy. From the register: municipalities that became part of another one, and from which day on.
-- depends: 0114.distribution-self-settlement

CREATE TABLE municipality_merger (
    municipality_id text PRIMARY KEY,
    successor text NOT NULL CHECK (successor <> municipality_id),
    merged_on date NOT NULL
);
CREATE INDEX municipality_merger_successor ON municipality_merger (successor);
