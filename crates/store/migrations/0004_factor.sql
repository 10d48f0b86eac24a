-- What an account proves itself by besides its first factor. account.second_factors says which kinds there are.

CREATE TABLE totp (
    account_id   UUID   PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    -- Sealed by the instance's key.
    secret       TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    confirmed_at BIGINT,
    -- The last one used; a code of this step or an earlier one is used up.
    last_step    BIGINT
);

CREATE TABLE passkey (
    id            UUID   PRIMARY KEY,
    account_id    UUID   NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    name          TEXT   NOT NULL,
    credential_id BYTEA  NOT NULL UNIQUE,
    -- The public key and the counter, as the WebAuthn library writes them.
    kept          TEXT   NOT NULL,
    created_at    BIGINT NOT NULL,
    last_used_at  BIGINT
);
CREATE INDEX passkey_account ON passkey (account_id);

CREATE TABLE recovery_code (
    account_id UUID  NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    code_hash  BYTEA NOT NULL,
    PRIMARY KEY (account_id, code_hash)
);
