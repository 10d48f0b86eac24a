-- Names are searched folded, as people's are: "gonzalez" finds the group "González". No SQL of both databases folds letters
-- alike, so the program writes the texts of those that are there (`name_search::fill`). Until then, and for what a node of
-- the version before has written, the key that names are sorted by is searched besides.
ALTER TABLE "group" ADD COLUMN search TEXT NOT NULL DEFAULT '';
ALTER TABLE project ADD COLUMN search TEXT NOT NULL DEFAULT '';
ALTER TABLE service_account ADD COLUMN search TEXT NOT NULL DEFAULT '';
ALTER TABLE organization ADD COLUMN search TEXT NOT NULL DEFAULT '';
