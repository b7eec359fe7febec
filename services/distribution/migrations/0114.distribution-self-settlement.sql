-- Before deploy. Which report of agreed self-settlement a list answers.
-- depends: 0107.distribution-reminders

ALTER TABLE distribution_list ADD COLUMN self_settlement text;
