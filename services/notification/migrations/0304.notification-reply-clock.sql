-- Before deploy. Notices of the reply clock, which may come again when IMDi moves a deadline, and whom to turn to when a
-- list is overdue. Copies of municipalities that are here get their escalation contacts with the municipality's next
-- change, or when municipality tells its state again; until then the writers hear.
-- depends: 0303.notification-withdrawal

DROP INDEX notice_kind_once;
CREATE UNIQUE INDEX notice_kind_once ON notice (kind, list_id)
    WHERE kind IN ('list_received', 'list_answered', 'list_withdrawn');
CREATE INDEX notice_list ON notice (list_id) WHERE kind IN ('list_received', 'deadline_extended');

-- Personal data: addresses of the escalation contacts.
ALTER TABLE municipality_copy ADD COLUMN escalation text[] NOT NULL DEFAULT '{}';
