-- Before deploy. IMDi corrects where a person lives.
-- depends: 0131.distribution-outdated

-- Ids of IMDi's corrections that were heeded: one that is delivered again does not take a later one back.
ALTER TABLE person_identity ADD COLUMN address_corrections text[] NOT NULL DEFAULT '{}';
