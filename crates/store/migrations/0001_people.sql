-- The people of an organization. Times are microseconds since the epoch. What belongs to an organization has its id
-- first in its keys, so that a tenant can be moved and the tables be spread by that column.

CREATE TABLE instance (
    one        BOOLEAN PRIMARY KEY CHECK (one),
    id         UUID    NOT NULL,
    demo       BOOLEAN NOT NULL,
    policies   TEXT    NOT NULL,
    created_at BIGINT  NOT NULL
);

CREATE TABLE account (
    id                    UUID    PRIMARY KEY,
    username              TEXT    NOT NULL,
    username_key          TEXT    NOT NULL UNIQUE,
    name                  TEXT    NOT NULL,
    name_key              TEXT    NOT NULL,
    email                 TEXT,
    email_key             TEXT    UNIQUE,
    email_verified        BOOLEAN NOT NULL,
    phone                 TEXT,
    superuser             BOOLEAN NOT NULL,
    home_organization_id  UUID,
    authentication_method TEXT    NOT NULL,
    time_zone             TEXT,
    locale                TEXT,
    suspended_at          BIGINT,
    suspended_by          TEXT,
    suspended_reason      TEXT,
    last_sign_in_at       BIGINT,
    created_at            BIGINT  NOT NULL,
    revision              BIGINT  NOT NULL
);
CREATE INDEX account_superuser ON account (id) WHERE superuser;
CREATE INDEX account_suspended ON account (id) WHERE suspended_at IS NOT NULL;

-- Apart from the account, so that whoever reads an account reads no hash.
CREATE TABLE password (
    account_id  UUID    PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    hash        TEXT    NOT NULL,
    must_change BOOLEAN NOT NULL,
    expires_at  BIGINT,
    changed_at  BIGINT  NOT NULL
);

CREATE TABLE session (
    id           UUID   PRIMARY KEY,
    account_id   UUID   NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    token_hash   BYTEA  NOT NULL UNIQUE,
    created_at   BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    address      TEXT   NOT NULL,
    user_agent   TEXT   NOT NULL
);
CREATE INDEX session_account ON session (account_id);
CREATE INDEX session_expiry ON session (expires_at);

-- Sign-ins, failed ones too, and entries into organizations. Outlives neither the account nor anything else.
CREATE TABLE sign_in (
    id              UUID    PRIMARY KEY,
    account_id      UUID    NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    organization_id UUID,
    at              BIGINT  NOT NULL,
    action          TEXT    NOT NULL,
    success         BOOLEAN NOT NULL,
    reason          TEXT,
    address         TEXT    NOT NULL,
    user_agent      TEXT    NOT NULL
);
CREATE INDEX sign_in_account ON sign_in (account_id, id);

-- Failed tries, counted by what was tried and from where; the key is a hash, for it may be a password typed as a name.
CREATE TABLE failure (
    key     BYTEA  PRIMARY KEY,
    count   BIGINT NOT NULL,
    last_at BIGINT NOT NULL
);
CREATE INDEX failure_age ON failure (last_at);

-- One-time links that belong to no organization yet.
CREATE TABLE set_up_link (
    token_hash BYTEA  PRIMARY KEY,
    expires_at BIGINT NOT NULL
);

CREATE TABLE organization (
    id                  UUID   PRIMARY KEY,
    slug                TEXT   NOT NULL UNIQUE,
    name                TEXT   NOT NULL,
    name_key            SORTED_TEXT NOT NULL,
    preset              TEXT   NOT NULL,
    status              TEXT   NOT NULL,
    policies            TEXT   NOT NULL,
    words               TEXT   NOT NULL,
    created_at          BIGINT NOT NULL,
    revision            BIGINT NOT NULL,
    access_revision     BIGINT NOT NULL,
    changed_at_revision BIGINT NOT NULL
);
CREATE INDEX organization_name ON organization (name_key, id);

-- The permissions a preset or a host application declares, and what of Roster's own they carry.
CREATE TABLE declared_permission (
    organization_id UUID   NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    name            TEXT   NOT NULL,
    applies_to      TEXT   NOT NULL,
    module          TEXT,
    description     TEXT   NOT NULL,
    carries         TEXT   NOT NULL,
    place           BIGINT NOT NULL,
    PRIMARY KEY (organization_id, name)
);

CREATE TABLE role (
    organization_id UUID    NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    id              UUID    NOT NULL,
    slug            TEXT    NOT NULL,
    name            TEXT    NOT NULL,
    description     TEXT    NOT NULL,
    colour          TEXT    NOT NULL,
    built_in        BOOLEAN NOT NULL,
    applies_to      TEXT    NOT NULL,
    shown           BOOLEAN NOT NULL,
    permissions     TEXT    NOT NULL,
    place           BIGINT  NOT NULL,
    revision        BIGINT  NOT NULL,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, applies_to, slug)
);

CREATE TABLE membership (
    number          IDENTITY_KEY,
    organization_id UUID   NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    id              UUID   NOT NULL,
    account_id      UUID   NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    role_id         UUID   NOT NULL,
    role_until      BIGINT,
    standing        TEXT   NOT NULL,
    joined_at       BIGINT,
    disabled_at     BIGINT,
    disabled_by     TEXT,
    disabled_reason TEXT,
    -- Copies of the account's name, so that a tenant's list and search stay within the tenant's own index.
    name_key        SORTED_TEXT NOT NULL,
    search          TEXT   NOT NULL,
    revision        BIGINT NOT NULL,
    UNIQUE (organization_id, id),
    UNIQUE (organization_id, account_id),
    FOREIGN KEY (organization_id, role_id) REFERENCES role (organization_id, id)
);
-- Holds what a search looks at, so that walking by name reads no row.
CREATE INDEX membership_name ON membership (organization_id, name_key, id, number, search);
CREATE INDEX membership_role ON membership (organization_id, role_id, name_key, id);
CREATE INDEX membership_standing ON membership (organization_id, standing, name_key, id);
CREATE INDEX membership_account ON membership (account_id);

-- Whatever can be owned writes a row here; removing its owner is refused as long as there is one.
CREATE TABLE ownership (
    organization_id UUID NOT NULL,
    thing_id        UUID NOT NULL,
    kind            TEXT NOT NULL,
    public_id       TEXT NOT NULL,
    name            TEXT NOT NULL,
    member_id       UUID NOT NULL,
    PRIMARY KEY (organization_id, thing_id),
    FOREIGN KEY (organization_id, member_id) REFERENCES membership (organization_id, id)
);
CREATE INDEX ownership_member ON ownership (organization_id, member_id);

CREATE TABLE invitation (
    organization_id UUID   NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    id              UUID   NOT NULL,
    email           TEXT,
    email_key       TEXT,
    username        TEXT,
    username_key    TEXT,
    name_key        SORTED_TEXT NOT NULL,
    role_id         UUID   NOT NULL,
    provider        TEXT   NOT NULL,
    tenant          TEXT,
    notify          TEXT,
    inviter_id      UUID   NOT NULL,
    inviter_name    TEXT   NOT NULL,
    created_at      BIGINT NOT NULL,
    sent_at         BIGINT NOT NULL,
    expires_at      BIGINT,
    accepted_by     UUID,
    accepted_at     BIGINT,
    revoked_by      TEXT,
    revoked_at      BIGINT,
    delivery        TEXT   NOT NULL,
    delivery_detail TEXT,
    makes_owner     BOOLEAN NOT NULL,
    revision        BIGINT NOT NULL,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, role_id) REFERENCES role (organization_id, id)
);
CREATE INDEX invitation_open ON invitation (organization_id, name_key, id) WHERE accepted_at IS NULL AND revoked_at IS NULL;
CREATE INDEX invitation_email ON invitation (organization_id, email_key);

-- A link is good as long as its hash stands here. The mailed one alone proves the mailbox.
CREATE TABLE invitation_link (
    token_hash      BYTEA   PRIMARY KEY,
    organization_id UUID    NOT NULL,
    invitation_id   UUID    NOT NULL,
    mailed          BOOLEAN NOT NULL,
    FOREIGN KEY (organization_id, invitation_id) REFERENCES invitation (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX invitation_link_invitation ON invitation_link (organization_id, invitation_id);

-- Links mailed to an account with an unverified address, by which a membership is agreed to.
CREATE TABLE consent_link (
    token_hash      BYTEA NOT NULL PRIMARY KEY,
    organization_id UUID  NOT NULL,
    member_id       UUID  NOT NULL,
    FOREIGN KEY (organization_id, member_id) REFERENCES membership (organization_id, id) ON DELETE CASCADE
);

-- The nil organization is the instance's own log.
CREATE TABLE audit_event (
    organization_id UUID   NOT NULL,
    id              UUID   NOT NULL,
    at              BIGINT NOT NULL,
    actor_type      TEXT   NOT NULL,
    actor_id        TEXT   NOT NULL,
    actor_name      TEXT   NOT NULL,
    action          TEXT   NOT NULL,
    target_type     TEXT   NOT NULL,
    target_id       TEXT   NOT NULL,
    target_name     TEXT   NOT NULL,
    before_state    TEXT   NOT NULL,
    after_state     TEXT   NOT NULL,
    address         TEXT   NOT NULL,
    medium          TEXT   NOT NULL,
    request_id      TEXT   NOT NULL,
    PRIMARY KEY (organization_id, id)
);

-- What happens later: written in the change's own transaction, leased by a worker, tried again with back-off.
CREATE TABLE job (
    id              UUID   PRIMARY KEY,
    organization_id UUID,
    kind            TEXT   NOT NULL,
    subject_id      UUID   NOT NULL,
    due_at          BIGINT NOT NULL,
    leased_until    BIGINT NOT NULL,
    attempts        BIGINT NOT NULL,
    created_at      BIGINT NOT NULL
);
CREATE INDEX job_due ON job (due_at);

-- The first answer to a request that may be repeated; the key is the caller's own.
CREATE TABLE idempotency (
    account_id  UUID   NOT NULL,
    key         TEXT   NOT NULL,
    fingerprint BYTEA  NOT NULL,
    status      BIGINT,
    location    TEXT,
    body        TEXT,
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (account_id, key)
);
CREATE INDEX idempotency_age ON idempotency (created_at);
