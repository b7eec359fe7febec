-- Before deploy. Placed persons are found by their DUF number.
-- depends: 0514.gateway-person-folder
-- transactional: false

CREATE INDEX CONCURRENTLY person_folder_duf_number
    ON readmodel.person_folder (municipality_id, (body->>'duf_number'));
