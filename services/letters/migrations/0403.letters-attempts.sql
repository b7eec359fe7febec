-- Before deploy. A letter that reached nobody may be sent again. attempt: which one this is, from 1.
-- earlier: what became of those before, oldest first: [{"status", "reference", "handed_over_at", "history", "failure"}].
ALTER TABLE letter
    ADD COLUMN attempt integer NOT NULL DEFAULT 1 CHECK (attempt > 0),
    ADD COLUMN earlier jsonb NOT NULL DEFAULT '[]';
