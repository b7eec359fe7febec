-- Before deploy. Letters that reached nobody, or could not be made, are counted whenever metrics are asked for.
-- transactional: false
-- depends: 0445.letters-addresses

CREATE INDEX CONCURRENTLY IF NOT EXISTS letter_in_vain ON letter (letter_id)
    WHERE failure IN ('cannot_be_rendered', 'ended_its_workers') OR dispatch_failure = 'refused'
       OR statuses -> -1 ->> 'status' IN ('rejected', 'not_delivered', 'handled_manually');
