-- Before deploy. What operators asked this service to do, and what came of it. Kept for good: it is the record of who
-- decided what, when and why. Ids and reasons only. outcome: NULL while it is not done.
CREATE TABLE operator_order (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    action text NOT NULL,
    target text NOT NULL,
    ordered_by text NOT NULL CHECK (ordered_by <> ''),
    reason text NOT NULL CHECK (reason <> ''),
    ordered_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    outcome text,
    CHECK ((finished_at IS NULL) = (outcome IS NULL))
);
CREATE INDEX operator_order_open ON operator_order (id) WHERE finished_at IS NULL;
