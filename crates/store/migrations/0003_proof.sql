-- How and when a session was proved to be its account's, and what is kept of round trips to prove it.

ALTER TABLE session ADD COLUMN method TEXT NOT NULL DEFAULT 'password';
ALTER TABLE session ADD COLUMN proved_at BIGINT NOT NULL DEFAULT 0;
-- Whose own identity provider gave the proof.
ALTER TABLE session ADD COLUMN proved_by_organization_id UUID;
ALTER TABLE session ADD COLUMN second_factor_at BIGINT;
ALTER TABLE session ADD COLUMN longest_rest BIGINT NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN mfa_due BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE session SET proved_at = created_at;

-- The kinds of second factor it has, parted by commas, so that a list of people need not look for them.
ALTER TABLE account ADD COLUMN second_factors TEXT NOT NULL DEFAULT '';

-- What was begun and waits for its other half: a redirect to an identity provider, a challenge to a passkey. Used once.
CREATE TABLE ceremony (
    state_hash BYTEA  PRIMARY KEY,
    kind       TEXT   NOT NULL,
    payload    TEXT   NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX ceremony_expiry ON ceremony (expires_at);

-- Something sealed by the instance's key: a node with another key finds out before it does harm.
ALTER TABLE instance ADD COLUMN key_check TEXT;
-- The key itself, where nobody gave one and nodes have no file in common.
ALTER TABLE instance ADD COLUMN sealing_key TEXT;
