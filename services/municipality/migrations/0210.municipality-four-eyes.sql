-- Before deploy. Whether a municipality wants another one to send an answer than the one who approved it.
-- depends: 0205.municipality-ledger-lines

ALTER TABLE municipality ADD COLUMN four_eyes boolean NOT NULL DEFAULT false;
