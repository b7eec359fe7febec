-- Before deploy. A list's letters are looked for whenever one of them is made.
-- transactional: false
-- depends: 0404.letters-kinds

CREATE INDEX CONCURRENTLY IF NOT EXISTS letter_list ON letter (list_id);
