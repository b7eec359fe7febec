-- Before deploy. Contacts whom mails do not reach are not mailed until the municipality has mended them. Copies that are here get
-- their marks with the municipality's next change, or when municipality tells its state again; until then they are mailed.
-- depends: 0336.notification-mails-to-decide

-- Personal data: those of the writers' and escalation contacts' addresses.
ALTER TABLE municipality_copy ADD COLUMN unreached text[] NOT NULL DEFAULT '{}';
