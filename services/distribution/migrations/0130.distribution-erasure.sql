-- Before deploy. What is known of persons is erased, at IMDi's word or when a list's time is over.
-- depends: 0125.distribution-mergers

-- erased_at: since when nothing but figures is known of the person: no details, no words, no row in person_identity.
-- erasure_reason, erasure_papers: why, and whether the papers that tell of the person went too; all three or none.
ALTER TABLE person
    ADD COLUMN erased_at timestamptz,
    ADD COLUMN erasure_reason text,
    ADD COLUMN erasure_papers text;

-- words_erased_at: of the list's own words: the message, reasons of split households, the thread about no single person.
ALTER TABLE distribution_list ADD COLUMN words_erased_at timestamptz;

-- erased_at: the text is empty from then on; list_version is the list's by its erasure.
ALTER TABLE thread_message ADD COLUMN erased_at timestamptz;
