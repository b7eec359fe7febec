-- Before deploy. Contacts whom e-mail does not reach: why, and since when; both or neither.
-- depends: 0225.municipality-mergers

ALTER TABLE municipality_contact
    ADD COLUMN mail_failure text CHECK (mail_failure IN ('refused', 'gave_up', 'bounced')),
    ADD COLUMN mail_failed_at timestamptz;
