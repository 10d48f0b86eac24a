-- Each entry's place in its chain, and what its hash covers. An entry of which nothing was erased has a seed, any other
-- the salts and digests of its fields.
ALTER TABLE audit_event ADD COLUMN number BIGINT NOT NULL DEFAULT 0;
ALTER TABLE audit_event ADD COLUMN version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE audit_event ADD COLUMN seed BYTEA;
ALTER TABLE audit_event ADD COLUMN salting TEXT;
ALTER TABLE audit_event ADD COLUMN hash BYTEA;

-- The last entry of each chain, and the last that was removed from its beginning.
CREATE TABLE audit_chain (
    organization_id UUID   NOT NULL PRIMARY KEY,
    number          BIGINT NOT NULL,
    hash            BYTEA  NOT NULL,
    pruned_number   BIGINT NOT NULL,
    pruned_hash     BYTEA  NOT NULL,
    pruned_at       BIGINT NOT NULL
);

-- Whoever looks for what somebody did, or for what was done to somebody.
CREATE INDEX audit_event_actor ON audit_event (organization_id, actor_id, id);
CREATE INDEX audit_event_target ON audit_event (organization_id, target_id, id);

-- Accounts that were deleted and still stand in entries: what to look for, and how far it was looked for.
CREATE TABLE audit_erasure (
    account_id UUID NOT NULL PRIMARY KEY,
    sought     TEXT NOT NULL
);

-- Where entries are forwarded to as they are written. The nil organization's tells of every chain.
CREATE TABLE audit_forwarding (
    organization_id     UUID   NOT NULL PRIMARY KEY,
    url                 TEXT   NOT NULL,
    authentication      TEXT   NOT NULL,
    sealed_secret       TEXT,
    trusted_certificate TEXT,
    changed_at          BIGINT NOT NULL,
    leased_until        BIGINT NOT NULL,
    leased_by           TEXT   NOT NULL,
    attempts            BIGINT NOT NULL,
    due_at              BIGINT NOT NULL,
    failing_since       BIGINT,
    last_error          TEXT,
    delivered_at        BIGINT
);

-- The last entry of each chain that has arrived.
CREATE TABLE audit_forwarded (
    organization_id UUID   NOT NULL,
    chain_id        UUID   NOT NULL,
    number          BIGINT NOT NULL,
    PRIMARY KEY (organization_id, chain_id),
    FOREIGN KEY (organization_id) REFERENCES audit_forwarding (organization_id) ON DELETE CASCADE
);
