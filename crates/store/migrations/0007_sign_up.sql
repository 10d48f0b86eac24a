-- What people begin by themselves: a new password, an account of their own, another address.

-- Asked for and not mailed yet, for known and unknown addresses alike: who asks is told nothing, and the worker alone
-- looks whose it is.
CREATE TABLE password_reset (
    id         UUID   PRIMARY KEY,
    email      TEXT   NOT NULL,
    asked_by   TEXT,
    created_at BIGINT NOT NULL
);
CREATE INDEX password_reset_age ON password_reset (created_at);

-- Good for one new password, as long as the address is still the account's and nothing else changed the password.
CREATE TABLE password_reset_link (
    token_hash BYTEA  PRIMARY KEY,
    account_id UUID   NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    email_key  TEXT   NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX password_reset_link_account ON password_reset_link (account_id);
CREATE INDEX password_reset_link_expiry ON password_reset_link (expires_at);
