-- Before deploy. Looks at papers that name persons, and hits of a search by number, are written down as those at folders are.
-- depends: 0515.gateway-looks

-- search: somebody typed the person's number and was told where the person is placed. letter: a PDF that names the person.
-- archive: a list's package, in which such PDFs are.
ALTER TABLE gateway.look DROP CONSTRAINT look_part_check,
    ADD CONSTRAINT look_part_check CHECK (part IN ('identified', 'health', 'search', 'letter', 'archive'));
