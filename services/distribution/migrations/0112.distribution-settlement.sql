-- Before deploy. The week in which a person can be received, who registered settlement dates and why they were corrected,
-- and what of a person's health is told with the person folder.
-- depends: 0107.distribution-reminders

-- planned_by, planned_by_name: pseudonym, and the name shown to colleagues.
ALTER TABLE person
    ADD COLUMN planned_year smallint,
    ADD COLUMN planned_week smallint CHECK (planned_week BETWEEN 1 AND 53),
    ADD COLUMN planned_by text,
    ADD COLUMN planned_by_name text,
    ADD COLUMN planned_at timestamptz;

-- registered_by_name NULL: registered by a release that did not keep it.
ALTER TABLE settlement
    ADD COLUMN registered_by_name text,
    ADD COLUMN reason text;

ALTER TABLE person_identity ADD COLUMN health_note text;
