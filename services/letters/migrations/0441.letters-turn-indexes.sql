-- Before deploy. Who is next, and the last turn of a municipality, without looking at all that wait.
-- transactional: false
-- depends: 0440.letters-turns

CREATE INDEX CONCURRENTLY IF NOT EXISTS letter_queue_turn ON letter_queue (turn, due_at, letter_id)
    WHERE stage = 'ready';
CREATE INDEX CONCURRENTLY IF NOT EXISTS letter_queue_new ON letter_queue (turn)
    WHERE stage = 'ready' AND claims = 0;
CREATE INDEX CONCURRENTLY IF NOT EXISTS letter_queue_municipality ON letter_queue (municipality_id, turn)
    WHERE stage = 'ready' AND claims = 0;
CREATE INDEX CONCURRENTLY IF NOT EXISTS letter_dispatch_turn ON letter_dispatch (turn, due_at, letter_id)
    WHERE stage = 'to_send';
CREATE INDEX CONCURRENTLY IF NOT EXISTS letter_dispatch_new ON letter_dispatch (turn)
    WHERE stage = 'to_send' AND claims = 0;
CREATE INDEX CONCURRENTLY IF NOT EXISTS letter_dispatch_municipality ON letter_dispatch (municipality_id, turn)
    WHERE stage = 'to_send' AND claims = 0;
