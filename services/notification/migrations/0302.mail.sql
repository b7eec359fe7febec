-- Before deploy. E-mail about notices: what is to be told, to whom, and how far each mail has come.
-- Notices that were posted before have no announcement, so nobody is written to about them now.

-- What notification needs of a municipality. Personal data: writers, the e-mail addresses of its settlement writers.
CREATE TABLE municipality_copy (
    municipality_id text PRIMARY KEY,
    version bigint NOT NULL,
    name text NOT NULL,
    language text NOT NULL CHECK (language IN ('nb', 'nn')),
    writers text[] NOT NULL
);

-- What the mails about a notice tell beside what the notice itself holds. The second line: of an answered list only.
CREATE TABLE announcement (
    notice_id text PRIMARY KEY REFERENCES notice ON DELETE CASCADE,
    persons integer NOT NULL,
    deadline date,
    accepted integer, answered_on date, late boolean,
    CHECK (num_nonnulls(accepted, answered_on, late) IN (0, 3))
);

-- One mail: to one receiver about one notice; its id follows from the two.
-- receiver: personal data, emptied some time after the mail has ended.
-- due_at: when it may be claimed (again); while it is in hand, when its holder is taken to have died.
-- claims: counts every claim, so that the last one is known from those before. tries: how often it was put off.
-- code: the server's last word on it.
CREATE TABLE mail (
    mail_id text PRIMARY KEY,
    notice_id text NOT NULL REFERENCES announcement ON DELETE CASCADE,
    receiver text,
    state text NOT NULL CHECK (state IN ('planned', 'claimed', 'handing_over', 'sent', 'failed', 'unsure')),
    failure text CHECK (failure IN ('refused', 'gave_up', 'unsure')),
    code integer,
    due_at timestamptz NOT NULL,
    claims integer NOT NULL DEFAULT 0,
    tries integer NOT NULL DEFAULT 0,
    put_off_since timestamptz,
    planned_at timestamptz NOT NULL,
    ended_at timestamptz,
    CHECK ((ended_at IS NOT NULL) = (state IN ('sent', 'failed', 'unsure'))),
    CHECK ((failure IS NOT NULL) = (state IN ('failed', 'unsure'))),
    CHECK (receiver IS NOT NULL OR ended_at IS NOT NULL)
) WITH (fillfactor = 80);
CREATE INDEX mail_due ON mail (due_at, mail_id) WHERE ended_at IS NULL;
CREATE INDEX mail_notice ON mail (notice_id);
CREATE INDEX mail_ended ON mail (ended_at) WHERE receiver IS NOT NULL;
