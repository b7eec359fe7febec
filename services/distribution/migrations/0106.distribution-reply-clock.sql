-- Before deploy. The reply clock: what has been told of a list's deadline, and how IMDi moved it.
-- depends: 0105.distribution-reoffers

-- told_at: when the clock last spoke, or IMDi moved the deadline; NULL: not since the list was received.
-- extensions: of each move {at, before, deadline}, in their order.
ALTER TABLE distribution_list
    ADD COLUMN told_at timestamptz,
    ADD COLUMN extensions jsonb NOT NULL DEFAULT '[]';
