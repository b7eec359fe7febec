-- Before deploy. Lists that await an answer are found without those of the years before.
-- depends: 0595.gateway-answers
-- transactional: false

CREATE INDEX CONCURRENTLY distribution_list_open ON readmodel.distribution_list (municipality_id, deadline)
    WHERE status NOT IN ('answered', 'withdrawn');
