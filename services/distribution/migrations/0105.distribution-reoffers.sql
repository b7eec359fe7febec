-- Before deploy. Lists that IMDi offers in place of others, and what waits until it can be taken.
-- depends: 0104.distribution-withdrawal

-- replaces: the list that IMDi named. same_municipality: whether that one is of the same, so that its id may be shown.
-- replaced_by: lists of the same municipality. offered_again_at: when persons of it were last offered again, to anybody.
-- alike_since, alike_at: whoever looked at a version from the one on saw the same to work on, as long as the list is at
-- the other; a release that does not know of this leaves alike_at behind, and then only the version itself counts.
ALTER TABLE distribution_list
    ADD COLUMN replaces text,
    ADD COLUMN same_municipality boolean NOT NULL DEFAULT false,
    ADD COLUMN replaced_by text[] NOT NULL DEFAULT '{}',
    ADD COLUMN offered_again_at timestamptz,
    ADD COLUMN alike_since bigint,
    ADD COLUMN alike_at bigint;

-- list_id: what the message is about; what comes for a list that waits, waits behind it.
-- waits_for: the list that it replaces; NULL: it waits for the register, or behind another. seen_version: that list's
-- when it was looked at (0: there was none): once it is another, it is looked at again.
ALTER TABLE waiting_original
    ADD COLUMN list_id text,
    ADD COLUMN waits_for text,
    ADD COLUMN seen_version bigint;
