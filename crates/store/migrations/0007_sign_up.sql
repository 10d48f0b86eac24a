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

-- Domains whose people an organization lets in by themselves.
CREATE TABLE signup_domain (
    organization_id       UUID   NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    id                    UUID   NOT NULL,
    domain                TEXT   NOT NULL,
    authentication_method TEXT   NOT NULL,
    role_id               UUID   NOT NULL,
    granted_by            TEXT   NOT NULL,
    granted_at            BIGINT NOT NULL,
    -- No secret: what the domain's owner puts into a public record.
    proof                 TEXT   NOT NULL,
    proved_at             BIGINT,
    created_at            BIGINT NOT NULL,
    revision              BIGINT NOT NULL,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, domain),
    FOREIGN KEY (organization_id, role_id) REFERENCES role (organization_id, id)
);
CREATE INDEX signup_domain_listed ON signup_domain (domain);
-- One organization's claim excludes all others'.
CREATE UNIQUE INDEX signup_domain_proved ON signup_domain (domain) WHERE proved_at IS NOT NULL;

-- Asked for, and good for nothing until the mailbox answers: no account yet. Written alike for every address.
CREATE TABLE sign_up (
    id              UUID   PRIMARY KEY,
    email           TEXT   NOT NULL,
    name            TEXT   NOT NULL,
    password_hash   TEXT,
    -- In characters; an organization may ask for longer ones than the instance does.
    password_length BIGINT,
    organization    TEXT,
    token_hash      BYTEA  UNIQUE,
    created_at      BIGINT NOT NULL
);
CREATE INDEX sign_up_age ON sign_up (created_at);

-- An address that an account is to have once its mailbox has answered. One at a time.
CREATE TABLE email_change (
    account_id UUID   PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    id         UUID   NOT NULL UNIQUE,
    email      TEXT   NOT NULL,
    token_hash BYTEA  UNIQUE,
    created_at BIGINT NOT NULL
);

-- Mails that only tell something: they hold no secret, and their words were right when it happened.
CREATE TABLE notice (
    id         UUID   PRIMARY KEY,
    recipient  TEXT   NOT NULL,
    subject    TEXT   NOT NULL,
    paragraphs TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX notice_age ON notice (created_at);
