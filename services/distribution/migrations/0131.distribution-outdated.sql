-- Before deploy. Which lists have somebody left to erase: in time few of all that there ever were.
-- transactional: false
-- depends: 0130.distribution-erasure

CREATE INDEX CONCURRENTLY IF NOT EXISTS person_not_erased ON person (list_id) WHERE erased_at IS NULL;
