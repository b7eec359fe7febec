-- Before deploy. Papers that tell of persons are erased, at IMDi's word or when their time is over.
-- depends: 0406.letters-mergers

-- erased_at: since when there is no PDF any more; how it was sent stays.
ALTER TABLE letter ADD COLUMN erased_at timestamptz;
ALTER TABLE letter
    DROP CONSTRAINT letter_check3,
    ADD CONSTRAINT letter_check3 CHECK (reference IS NULL
        OR ((object_key IS NOT NULL OR erased_at IS NOT NULL) AND dispatch_failure IS NULL)) NOT VALID;

-- Letters whose objects are still to be deleted, from due_at on: a row is gone once the object store has none.
CREATE TABLE letter_erasure (
    letter_id text PRIMARY KEY REFERENCES letter,
    due_at timestamptz NOT NULL
);
