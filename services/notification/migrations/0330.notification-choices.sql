-- Before deploy. How users want notices to reach them, digests of a day, and what is told unless something happens first.
-- depends: 0320.notification-mergers

-- A user is a pseudonym. contact_id: made from an address; the address itself is in municipality_copy alone.
CREATE TABLE notice_choice (
    municipality_id text NOT NULL,
    user_id text NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    contact_id text,
    deliveries jsonb NOT NULL,
    chosen_at timestamptz NOT NULL,
    PRIMARY KEY (municipality_id, user_id)
);
CREATE UNIQUE INDEX notice_choice_contact ON notice_choice (municipality_id, contact_id);

-- Waits for the receiver's next digest. Personal data: the receiver's address, until the digest is made.
CREATE TABLE digest_item (
    notice_id text NOT NULL REFERENCES announcement ON DELETE CASCADE,
    receiver text NOT NULL,
    PRIMARY KEY (notice_id, receiver)
);

-- A digest is a mail: its notice_id is that of its newest notice, digest_on its day in Norway.
ALTER TABLE mail ADD COLUMN digest_on date;

-- The notices that a digest tells of, the newest too.
CREATE TABLE digest_notice (
    mail_id text NOT NULL REFERENCES mail ON DELETE CASCADE,
    notice_id text NOT NULL REFERENCES announcement ON DELETE CASCADE,
    PRIMARY KEY (mail_id, notice_id)
);
CREATE INDEX digest_notice_notice ON digest_notice (notice_id);

-- item: a letter's id, or a person's running number. since: of a person, the day of the placement.
-- due_at: NULL once it is told; a person's is set again where another week is planned.
CREATE TABLE watch (
    kind text NOT NULL,
    list_id text NOT NULL,
    item text NOT NULL,
    municipality_id text NOT NULL,
    since date,
    due_at timestamptz,
    PRIMARY KEY (kind, list_id, item)
);
CREATE INDEX watch_due ON watch (due_at, kind, list_id, item) WHERE due_at IS NOT NULL;

-- Of whom another one must send than the one who approved. NULL: from before it was kept; then nobody is told.
ALTER TABLE municipality_copy ADD COLUMN four_eyes boolean;
