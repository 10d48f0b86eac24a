-- Settings of the whole instance, one row each. What is secret of one stands sealed beside it.
CREATE TABLE setting (
    name       TEXT   PRIMARY KEY,
    value      TEXT   NOT NULL,
    sealed     TEXT,
    revision   BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);

-- What became of the last mails: whether the mail server takes them, and since when.
CREATE TABLE mail_standing (
    one     BOOLEAN PRIMARY KEY CHECK (one),
    works   BOOLEAN NOT NULL,
    since   BIGINT  NOT NULL,
    last_at BIGINT  NOT NULL,
    detail  TEXT
);
