-- Before deploy. Municipalities take turns in having their letters made and sent; a letter that ends its worker is counted.
-- depends: 0430.letters-erasure

-- turn: letters are claimed by it. A municipality's letters have one each, from the turn that was up when they became
-- ready (adapters/turns.py). Those from before this come first. deaths: workers that died while they made the letter.
ALTER TABLE letter_queue
    ADD COLUMN municipality_id text,
    ADD COLUMN turn bigint NOT NULL DEFAULT 0,
    ADD COLUMN deaths integer NOT NULL DEFAULT 0;
ALTER TABLE letter_dispatch
    ADD COLUMN municipality_id text,
    ADD COLUMN turn bigint NOT NULL DEFAULT 0;

ALTER TABLE letter
    DROP CONSTRAINT letter_failure_check,
    ADD CONSTRAINT letter_failure_check
        CHECK (failure IN ('folder_closed', 'cannot_be_rendered', 'not_needed', 'ended_its_workers')) NOT VALID;
