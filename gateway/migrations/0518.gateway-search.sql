-- Before deploy. Ten years of lists are searched, filtered and sorted in one index of narrow rows.
-- depends: 0501.gateway-readmodel
-- transactional: false

CREATE INDEX CONCURRENTLY distribution_list_found ON readmodel.distribution_list (municipality_id, list_id)
    INCLUDE (status, year, received_at, deadline);
