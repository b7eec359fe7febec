-- Before deploy. What open pages are told: that something of a municipality has changed, not what it says.
-- depends: 0510.gateway-list-changes

-- Written in the transaction that writes the read model's row, kept for a day; it can be emptied at any time: pages that
-- are open are then fetched anew. No name, number or text about a person. docs/decisions/0033-live-pages.md
--
-- xid: the transaction that wrote it. Rows are told in the order of (xid, id), and only once no older transaction is
-- under way: else one that commits late would be passed by.
-- version: of the list, where a step of its municipality is told. actor: the pseudonym of who took it; NULL: not a user.
CREATE TABLE gateway.news (
    xid bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
    id bigint GENERATED ALWAYS AS IDENTITY,
    municipality_id text NOT NULL,
    kind text NOT NULL,
    list_id text,
    running_number integer,
    version bigint,
    actor text,
    at timestamptz NOT NULL,
    PRIMARY KEY (xid, id)
);
CREATE INDEX news_municipality ON gateway.news (municipality_id, xid, id);

-- Up to where rows have been deleted: who asks for what came after an earlier one cannot be told all of it.
CREATE TABLE gateway.news_pruned (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    xid bigint NOT NULL,
    id bigint NOT NULL
);
INSERT INTO gateway.news_pruned (xid, id) VALUES (0, 0);

-- As for the tables of the read model: 0501.
ALTER TABLE gateway.news ENABLE ROW LEVEL SECURITY;
ALTER TABLE gateway.news FORCE ROW LEVEL SECURITY;
CREATE POLICY projection ON gateway.news TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY own_municipality ON gateway.news FOR SELECT TO fordeling_gateway_reader
    USING (municipality_id = (SELECT nullif(current_setting('fordeling.municipality', true), '')));
GRANT SELECT ON gateway.news, gateway.news_pruned TO fordeling_gateway_reader;
