-- Substring search over members: three letters and more by trigrams.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE INDEX membership_search ON membership USING gin (search gin_trgm_ops);
