-- Substring search over members: three letters and more by trigrams.
CREATE VIRTUAL TABLE member_search USING fts5 (
    search, content = 'membership', content_rowid = 'number', tokenize = 'trigram case_sensitive 1'
);
CREATE TRIGGER member_search_added AFTER INSERT ON membership BEGIN
    INSERT INTO member_search (rowid, search) VALUES (new.number, new.search);
END;
CREATE TRIGGER member_search_removed AFTER DELETE ON membership BEGIN
    INSERT INTO member_search (member_search, rowid, search) VALUES ('delete', old.number, old.search);
END;
CREATE TRIGGER member_search_changed AFTER UPDATE OF search ON membership BEGIN
    INSERT INTO member_search (member_search, rowid, search) VALUES ('delete', old.number, old.search);
    INSERT INTO member_search (rowid, search) VALUES (new.number, new.search);
END;
