-- Accounts that people have elsewhere and sign in by. Their owners link them; they are found by who vouches for them and by
-- that one's own id, never by a name or an address.

CREATE TABLE identity (
    id           UUID   PRIMARY KEY,
    account_id   UUID   NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    provider     TEXT   NOT NULL,
    issuer       TEXT   NOT NULL,
    subject      TEXT   NOT NULL,
    tenant       TEXT,
    username     TEXT,
    email        TEXT,
    -- What opens a host's API, sealed by the instance's key.
    access       TEXT,
    scopes       TEXT   NOT NULL,
    linked_at    BIGINT NOT NULL,
    last_used_at BIGINT,
    broken_at    BIGINT,
    UNIQUE (provider, issuer, subject)
);
CREATE INDEX identity_account ON identity (account_id);

-- The host's own id of whom an invitation is for, where the host was asked.
ALTER TABLE invitation ADD COLUMN subject TEXT;
