-- Before deploy. Mergers: a municipality that became part of another one keeps its id, and all that lies under it.
-- depends: 0210.municipality-four-eyes

-- successor: what it is part of from merged_on. Its last number and organisation number end on that day.
ALTER TABLE municipality
    ADD COLUMN successor text REFERENCES municipality,
    ADD COLUMN merged_on date;
