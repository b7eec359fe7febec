-- Before deploy. Why a redrive was asked for, and which message stopped it, with what is wrong in it by field.
ALTER TABLE redrive_request ADD COLUMN reason text, ADD COLUMN failed_letter bigint, ADD COLUMN failed_fields jsonb;

-- queue: 'dead-letters', or 'outbox-aside' for a row that Kafka refused; there the id is the row's and the reader its
-- topic. request: the redrive request that the action is, or is part of.
ALTER TABLE dead_letter_action
    ADD COLUMN queue text NOT NULL DEFAULT 'dead-letters',
    ADD COLUMN request bigint;
