-- Before deploy. A municipality that has merged gets its letters as its successor: no mailbox is left under its own number.
-- depends: 0405.letters-by-list

ALTER TABLE municipality_copy ADD COLUMN successor text, ADD COLUMN merged_on date;
