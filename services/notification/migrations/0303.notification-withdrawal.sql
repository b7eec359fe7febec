-- Before deploy. Persons of a list may be withdrawn more than once: a notice of each time.
-- depends: 0302.mail

ALTER TABLE notice DROP CONSTRAINT notice_kind_list_id_key;
CREATE UNIQUE INDEX notice_kind_once ON notice (kind, list_id) WHERE kind <> 'persons_withdrawn';
