-- Before deploy. Distribution's copy of the register of municipalities, from municipality.state.v1.
-- depends: 0101.distribution-lists

-- A number is borne from its day until the municipality bears a later one. Rebuilt by reading the topic anew.
CREATE TABLE municipality_number (
    municipality_id text NOT NULL,
    valid_from date NOT NULL,
    number text NOT NULL CHECK (number ~ '^[0-9]{4}$'),
    PRIMARY KEY (municipality_id, valid_from)
);
CREATE INDEX municipality_number_number ON municipality_number (number);

-- One row: how many municipalities the register says it has; NULL: it has not said. Whoever keeps municipalities locks
-- it first: of two who do so at once, one sees what both kept.
CREATE TABLE register (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    municipalities integer CHECK (municipalities >= 0)
);
INSERT INTO register DEFAULT VALUES;
