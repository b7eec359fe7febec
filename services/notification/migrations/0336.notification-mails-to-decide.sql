-- Before deploy. What waits for somebody to decide is counted often.
-- transactional: false
-- depends: 0335.notification-bounces

CREATE INDEX CONCURRENTLY IF NOT EXISTS mail_to_decide ON mail (failure) WHERE failure IS NOT NULL;
