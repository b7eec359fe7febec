-- Before deploy. Whom to turn to when a list is overdue. Copies of municipalities that are here get their escalation contacts
-- with the municipality's next change, or when municipality tells its state again; until then the writers hear.
-- depends: 0303.notification-withdrawal

-- Personal data: addresses of the escalation contacts.
ALTER TABLE municipality_copy ADD COLUMN escalation text[] NOT NULL DEFAULT '{}';
