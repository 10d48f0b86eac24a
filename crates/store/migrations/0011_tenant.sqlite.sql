CREATE VIRTUAL TABLE account_trigram USING fts5 (
    search, content = 'account_search', content_rowid = 'number', tokenize = 'trigram case_sensitive 1'
);
CREATE TRIGGER account_search_added AFTER INSERT ON account_search BEGIN
    INSERT INTO account_trigram (rowid, search) VALUES (new.number, new.search);
END;
CREATE TRIGGER account_search_removed AFTER DELETE ON account_search BEGIN
    INSERT INTO account_trigram (account_trigram, rowid, search) VALUES ('delete', old.number, old.search);
END;
CREATE TRIGGER account_search_changed AFTER UPDATE OF search ON account_search BEGIN
    INSERT INTO account_trigram (account_trigram, rowid, search) VALUES ('delete', old.number, old.search);
    INSERT INTO account_trigram (rowid, search) VALUES (new.number, new.search);
END;
