-- Before deploy. The day in Norway on which the clock of a list that waits speaks next, as an index: so it is right as well
-- of rows that a release without a clock writes. The same rule as domain/reply_clock.py; a list that is not here has
-- nothing more to say.
-- transactional: false
-- depends: 0106.distribution-reply-clock

CREATE INDEX CONCURRENTLY IF NOT EXISTS distribution_list_reminder_on ON distribution_list ((
    CASE
        WHEN deadline - 2 > (coalesce(told_at, received_at) AT TIME ZONE 'Europe/Oslo')::date THEN deadline - 2
        WHEN deadline > (coalesce(told_at, received_at) AT TIME ZONE 'Europe/Oslo')::date THEN deadline
        WHEN deadline + 1 > (coalesce(told_at, received_at) AT TIME ZONE 'Europe/Oslo')::date THEN deadline + 1
    END
), list_id) WHERE status IN ('received', 'under_treatment', 'approved');
