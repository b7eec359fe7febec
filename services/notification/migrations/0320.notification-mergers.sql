-- Before deploy. A municipality that has merged is written to as its successor: that one's people answer its lists.
-- depends: 0305.notification-reminders-again

ALTER TABLE municipality_copy ADD COLUMN successor text, ADD COLUMN merged_on date;
