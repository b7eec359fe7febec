-- Before deploy. A mail that the server took may come back.
-- depends: 0320.notification-mergers

ALTER TABLE mail
    DROP CONSTRAINT mail_failure_check,
    ADD CONSTRAINT mail_failure_check CHECK (failure IN ('refused', 'gave_up', 'unsure', 'bounced'));
