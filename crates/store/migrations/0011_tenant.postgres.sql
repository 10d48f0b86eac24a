CREATE INDEX account_search_text ON account_search USING gin (search gin_trgm_ops);
