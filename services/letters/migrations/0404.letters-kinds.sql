-- Before deploy. More kinds of letters, and the answer kept for the archive.

-- persons: none in a request or an answer. list_id: of a request its case, ANM-<year>-<municipality>.
-- about: what the kind adds (domain/about.py). translation: the language it is in beside the Norwegian text.
ALTER TABLE letter
    ADD COLUMN about jsonb,
    ADD COLUMN translation text;
ALTER TABLE letter
    DROP CONSTRAINT letter_kind_check,
    DROP CONSTRAINT letter_persons_check,
    DROP CONSTRAINT letter_failure_check,
    ADD CONSTRAINT letter_kind_check CHECK (kind IN (
        'placement_decision', 'letter_to_person', 'request', 'withdrawal', 'corrected_decision', 'answer')) NOT VALID,
    ADD CONSTRAINT letter_persons_check CHECK (cardinality(persons) > 0 OR kind IN ('request', 'answer')) NOT VALID,
    ADD CONSTRAINT letter_failure_check
        CHECK (failure IN ('folder_closed', 'cannot_be_rendered', 'not_needed')) NOT VALID;

-- withdrawn: IMDi has taken the person back since.
ALTER TABLE covered_person ADD COLUMN withdrawn boolean NOT NULL DEFAULT false;

-- accepted: running numbers. None of an answer from before this was kept.
ALTER TABLE list_answer_copy ADD COLUMN accepted integer[];

-- Personal data: BCP 47 tags, the best one first. None in a closed folder.
ALTER TABLE folder_copy ADD COLUMN languages text[];

-- Personal data: what a municipality wrote of persons, by running number, until the answer's paper is made.
CREATE TABLE answer_copy (
    list_id text PRIMARY KEY,
    answered_on date NOT NULL,
    answered_by text NOT NULL,
    late boolean NOT NULL,
    message text NOT NULL,
    persons jsonb NOT NULL
);

-- version: how often it was told what a list's archive holds.
CREATE TABLE list_archive (
    list_id text PRIMARY KEY,
    version bigint NOT NULL
);
