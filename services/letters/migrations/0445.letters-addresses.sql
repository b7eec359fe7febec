-- Before deploy. A letter that shows an address that was corrected before it was sent, or sent again, is made anew.
-- depends: 0441.letters-turn-indexes

-- The list's version with which the address in the copy came; none in a closed folder, and of one from before this was
-- kept as long as its address is the same.
ALTER TABLE folder_copy ADD COLUMN address_version bigint;
-- The same of the address that the document shows; none where it shows nobody's.
ALTER TABLE letter ADD COLUMN address_version bigint;
