-- Before deploy. Placed persons are found by their DUF number.
-- depends: 0514.gateway-person-folder
-- transactional: false

-- A column: the policies let no index on an expression of the body be used, as ->> is not known to be leakproof.
-- NULL until the row is told again, by `fordeling rebuild` at the latest: the table came with this release.
ALTER TABLE readmodel.person_folder ADD COLUMN duf_number text;

CREATE INDEX CONCURRENTLY person_folder_duf_number ON readmodel.person_folder (municipality_id, duf_number);
