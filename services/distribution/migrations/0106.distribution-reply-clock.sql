-- Before deploy. The reply clock: what has been told of a list's deadline, what falls due, and how IMDi moved it.
-- depends: 0105.distribution-reoffers

-- told_at: when the clock last spoke, or IMDi moved the deadline; NULL: not since the list was received.
-- extensions: of each move {at, before, deadline}, in their order.
-- reminder_on: the day in Norway on which the clock speaks next; NULL: it has nothing more to say. Worked out here, so
-- that it holds of rows that a release without a clock writes: the same rule as domain/reply_clock.py.
ALTER TABLE distribution_list
    ADD COLUMN told_at timestamptz,
    ADD COLUMN extensions jsonb NOT NULL DEFAULT '[]';
ALTER TABLE distribution_list
    ADD COLUMN reminder_on date GENERATED ALWAYS AS (
        CASE
            WHEN status NOT IN ('received', 'under_treatment', 'approved') THEN NULL
            WHEN deadline - 2 > (coalesce(told_at, received_at) AT TIME ZONE 'Europe/Oslo')::date THEN deadline - 2
            WHEN deadline > (coalesce(told_at, received_at) AT TIME ZONE 'Europe/Oslo')::date THEN deadline
            WHEN deadline + 1 > (coalesce(told_at, received_at) AT TIME ZONE 'Europe/Oslo')::date THEN deadline + 1
        END
    ) STORED;
CREATE INDEX distribution_list_reminder_on ON distribution_list (reminder_on, list_id) WHERE reminder_on IS NOT NULL;
