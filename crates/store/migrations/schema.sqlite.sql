-- All that the migrations amount to, for a database that is new. Written by a test:
-- UPDATE_SCHEMA=1 cargo nextest run -p roster-store -E 'test(schema)'
-- Of the migrations 29efcdc8c2eeb071

CREATE TABLE migration (number BIGINT PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE instance (
    one        BOOLEAN PRIMARY KEY CHECK (one),
    id         UUID    NOT NULL,
    demo       BOOLEAN NOT NULL,
    policies   TEXT    NOT NULL,
    created_at BIGINT  NOT NULL
, key_check TEXT, sealing_key TEXT);
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
, second_factors TEXT NOT NULL DEFAULT '');
CREATE INDEX account_superuser ON account (id) WHERE superuser;
CREATE INDEX account_suspended ON account (id) WHERE suspended_at IS NOT NULL;
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
, method TEXT NOT NULL DEFAULT 'password', proved_at BIGINT NOT NULL DEFAULT 0, proved_by_organization_id UUID, second_factor_at BIGINT, longest_rest BIGINT NOT NULL DEFAULT 0, mfa_due BOOLEAN NOT NULL DEFAULT FALSE);
CREATE INDEX session_account ON session (account_id);
CREATE INDEX session_expiry ON session (expires_at);
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
CREATE TABLE failure (
    key     BYTEA  PRIMARY KEY,
    count   BIGINT NOT NULL,
    last_at BIGINT NOT NULL
);
CREATE INDEX failure_age ON failure (last_at);
CREATE TABLE set_up_link (
    token_hash BYTEA  PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE TABLE organization (
    id                  UUID   PRIMARY KEY,
    slug                TEXT   NOT NULL UNIQUE,
    name                TEXT   NOT NULL,
    name_key            TEXT NOT NULL,
    preset              TEXT   NOT NULL,
    status              TEXT   NOT NULL,
    policies            TEXT   NOT NULL,
    words               TEXT   NOT NULL,
    created_at          BIGINT NOT NULL,
    revision            BIGINT NOT NULL,
    access_revision     BIGINT NOT NULL,
    changed_at_revision BIGINT NOT NULL
, access_model TEXT NOT NULL DEFAULT
    '{"everyone_role":"reader","owner_project_role":"admin","admin_project_role":"admin","custom_roles":true,"groups":true,"complete_roles":["owner","admin"],"complete_project_roles":["admin"]}', status_before TEXT, disabled_at BIGINT, disabled_by TEXT, disabled_reason TEXT, deleted_at BIGINT, deleted_by TEXT, search TEXT NOT NULL DEFAULT '');
CREATE INDEX organization_name ON organization (name_key, id);
CREATE TABLE declared_permission (
    organization_id UUID   NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    name            TEXT   NOT NULL,
    applies_to      TEXT   NOT NULL,
    module          TEXT,
    description     TEXT   NOT NULL,
    carries         TEXT   NOT NULL,
    place           BIGINT NOT NULL, application TEXT,
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
    revision        BIGINT  NOT NULL, deleted_at BIGINT,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, applies_to, slug)
);
CREATE TABLE membership (
    number          INTEGER PRIMARY KEY,
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
    name_key        TEXT NOT NULL,
    search          TEXT   NOT NULL,
    revision        BIGINT NOT NULL, role_granted_by TEXT, role_granted_at BIGINT,
    UNIQUE (organization_id, id),
    UNIQUE (organization_id, account_id),
    FOREIGN KEY (organization_id, role_id) REFERENCES role (organization_id, id)
);
CREATE INDEX membership_name ON membership (organization_id, name_key, id, number, search);
CREATE INDEX membership_role ON membership (organization_id, role_id, name_key, id);
CREATE INDEX membership_standing ON membership (organization_id, standing, name_key, id);
CREATE INDEX membership_account ON membership (account_id);
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
    name_key        TEXT NOT NULL,
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
    revision        BIGINT NOT NULL, inviter_type TEXT NOT NULL DEFAULT 'account', subject TEXT,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, role_id) REFERENCES role (organization_id, id)
);
CREATE INDEX invitation_open ON invitation (organization_id, name_key, id) WHERE accepted_at IS NULL AND revoked_at IS NULL;
CREATE INDEX invitation_email ON invitation (organization_id, email_key);
CREATE TABLE invitation_link (
    token_hash      BYTEA   PRIMARY KEY,
    organization_id UUID    NOT NULL,
    invitation_id   UUID    NOT NULL,
    mailed          BOOLEAN NOT NULL,
    FOREIGN KEY (organization_id, invitation_id) REFERENCES invitation (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX invitation_link_invitation ON invitation_link (organization_id, invitation_id);
CREATE TABLE consent_link (
    token_hash      BYTEA NOT NULL PRIMARY KEY,
    organization_id UUID  NOT NULL,
    member_id       UUID  NOT NULL,
    FOREIGN KEY (organization_id, member_id) REFERENCES membership (organization_id, id) ON DELETE CASCADE
);
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
    request_id      TEXT   NOT NULL, number BIGINT NOT NULL DEFAULT 0, version BIGINT NOT NULL DEFAULT 0, seed BYTEA, salting TEXT, hash BYTEA,
    PRIMARY KEY (organization_id, id)
);
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
CREATE INDEX membership_access ON membership (organization_id, role_id, standing, role_until, account_id, id);
CREATE TABLE service_account (
    organization_id UUID   NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    id              UUID   NOT NULL,
    name            TEXT   NOT NULL,
    name_key        TEXT NOT NULL,
    description     TEXT   NOT NULL,
    role_id         UUID   NOT NULL,
    role_until      BIGINT,
    granted_by      TEXT   NOT NULL,
    granted_at      BIGINT NOT NULL,
    deactivated_at  BIGINT,
    deactivated_by  TEXT,
    created_at      BIGINT NOT NULL,
    revision        BIGINT NOT NULL, search TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, role_id) REFERENCES role (organization_id, id)
);
CREATE INDEX service_account_name ON service_account (organization_id, name_key, id);
CREATE INDEX service_account_role ON service_account (organization_id, role_id);
CREATE TABLE "group" (
    organization_id UUID   NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    id              UUID   NOT NULL,
    slug            TEXT   NOT NULL,
    name            TEXT   NOT NULL,
    name_key        TEXT NOT NULL,
    description     TEXT   NOT NULL,
    role_id         UUID   NOT NULL,
    granted_by      TEXT   NOT NULL,
    granted_at      BIGINT NOT NULL,
    -- Shown only: nothing is inherited through it.
    parent_id       UUID,
    created_at      BIGINT NOT NULL,
    revision        BIGINT NOT NULL, search TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, slug),
    FOREIGN KEY (organization_id, role_id) REFERENCES role (organization_id, id)
);
CREATE INDEX group_name ON "group" (organization_id, name_key, id);
CREATE INDEX group_role ON "group" (organization_id, role_id);
CREATE TABLE group_member (
    organization_id    UUID   NOT NULL,
    group_id           UUID   NOT NULL,
    principal_id       UUID   NOT NULL,
    member_id          UUID,
    service_account_id UUID,
    -- Where it came from: 'hand', or whatever provisions it.
    origin             TEXT   NOT NULL,
    until              BIGINT,
    granted_by         TEXT   NOT NULL,
    granted_at         BIGINT NOT NULL,
    PRIMARY KEY (organization_id, group_id, principal_id),
    FOREIGN KEY (organization_id, group_id) REFERENCES "group" (organization_id, id) ON DELETE CASCADE,
    FOREIGN KEY (organization_id, member_id) REFERENCES membership (organization_id, id) ON DELETE CASCADE,
    FOREIGN KEY (organization_id, service_account_id) REFERENCES service_account (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX group_member_principal ON group_member (organization_id, principal_id, group_id, until);
CREATE TABLE invitation_group (
    organization_id UUID NOT NULL,
    invitation_id   UUID NOT NULL,
    group_id        UUID NOT NULL,
    PRIMARY KEY (organization_id, invitation_id, group_id),
    FOREIGN KEY (organization_id, invitation_id) REFERENCES invitation (organization_id, id) ON DELETE CASCADE,
    FOREIGN KEY (organization_id, group_id) REFERENCES "group" (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX invitation_group_group ON invitation_group (organization_id, group_id);
CREATE TABLE project (
    organization_id UUID   NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    id              UUID   NOT NULL,
    slug            TEXT   NOT NULL,
    name            TEXT   NOT NULL,
    name_key        TEXT NOT NULL,
    description     TEXT   NOT NULL,
    visibility      TEXT   NOT NULL,
    repository_host TEXT,
    repository_name TEXT,
    owned_since     BIGINT NOT NULL,
    owner_granted_by TEXT  NOT NULL,
    created_at      BIGINT NOT NULL,
    revision        BIGINT NOT NULL, search TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, slug)
);
CREATE INDEX project_name ON project (organization_id, name_key, id);
CREATE INDEX project_alone ON project (id);
CREATE TABLE project_access (
    organization_id    UUID   NOT NULL,
    project_id         UUID   NOT NULL,
    subject_id         UUID   NOT NULL,
    member_id          UUID,
    service_account_id UUID,
    group_id           UUID,
    role_id            UUID   NOT NULL,
    until              BIGINT,
    granted_by         TEXT   NOT NULL,
    granted_at         BIGINT NOT NULL,
    PRIMARY KEY (organization_id, project_id, subject_id),
    FOREIGN KEY (organization_id, project_id) REFERENCES project (organization_id, id) ON DELETE CASCADE,
    FOREIGN KEY (organization_id, member_id) REFERENCES membership (organization_id, id) ON DELETE CASCADE,
    FOREIGN KEY (organization_id, service_account_id) REFERENCES service_account (organization_id, id) ON DELETE CASCADE,
    FOREIGN KEY (organization_id, group_id) REFERENCES "group" (organization_id, id) ON DELETE CASCADE,
    FOREIGN KEY (organization_id, role_id) REFERENCES role (organization_id, id)
);
CREATE INDEX project_access_subject ON project_access (organization_id, subject_id, project_id, role_id, until);
CREATE INDEX project_access_role ON project_access (organization_id, role_id);
CREATE TABLE token (
    id                 UUID   PRIMARY KEY,
    kind               TEXT   NOT NULL,
    token_hash         BYTEA  NOT NULL UNIQUE,
    name               TEXT   NOT NULL,
    organization_id    UUID   REFERENCES organization (id) ON DELETE CASCADE,
    account_id         UUID   REFERENCES account (id) ON DELETE CASCADE,
    service_account_id UUID,
    project_id         UUID,
    scopes             TEXT,
    expires_at         BIGINT,
    created_at         BIGINT NOT NULL,
    created_by         TEXT   NOT NULL,
    last_used_at       BIGINT,
    last_used_address  TEXT,
    FOREIGN KEY (organization_id, service_account_id) REFERENCES service_account (organization_id, id) ON DELETE CASCADE,
    FOREIGN KEY (organization_id, project_id) REFERENCES project (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX token_account ON token (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX token_service_account ON token (organization_id, service_account_id) WHERE service_account_id IS NOT NULL;
CREATE INDEX token_project ON token (organization_id, project_id) WHERE project_id IS NOT NULL;
CREATE INDEX token_scoped ON token (organization_id) WHERE scopes IS NOT NULL;
CREATE TABLE ceremony (
    state_hash BYTEA  PRIMARY KEY,
    kind       TEXT   NOT NULL,
    payload    TEXT   NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX ceremony_expiry ON ceremony (expires_at);
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
CREATE TABLE single_sign_on (
    organization_id  UUID    PRIMARY KEY REFERENCES organization (id) ON DELETE CASCADE,
    entity_id        TEXT    NOT NULL,
    sign_on_url      TEXT    NOT NULL,
    binding          TEXT    NOT NULL,
    certificates     TEXT    NOT NULL,
    sign_requests    BOOLEAN NOT NULL,
    provisioning     BOOLEAN NOT NULL,
    role_id          UUID    NOT NULL,
    role_granted_by  TEXT    NOT NULL,
    role_granted_at  BIGINT  NOT NULL,
    admin_contact    TEXT,
    signing_key      TEXT    NOT NULL,
    certificate      TEXT    NOT NULL,
    revision         BIGINT  NOT NULL,
    FOREIGN KEY (organization_id, role_id) REFERENCES role (organization_id, id)
);
CREATE TABLE saml_identity (
    organization_id UUID   NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    issuer          TEXT   NOT NULL,
    name_id         TEXT   NOT NULL,
    account_id      UUID   NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    linked_at       BIGINT NOT NULL,
    last_used_at    BIGINT NOT NULL,
    PRIMARY KEY (organization_id, issuer, name_id)
);
CREATE INDEX saml_identity_account ON saml_identity (account_id);
CREATE TABLE saml_assertion (
    digest     BYTEA  PRIMARY KEY,
    good_until BIGINT NOT NULL
);
CREATE INDEX saml_assertion_age ON saml_assertion (good_until);
CREATE TABLE password_reset (
    id         UUID   PRIMARY KEY,
    email      TEXT   NOT NULL,
    asked_by   TEXT,
    created_at BIGINT NOT NULL
);
CREATE INDEX password_reset_age ON password_reset (created_at);
CREATE TABLE password_reset_link (
    token_hash BYTEA  PRIMARY KEY,
    account_id UUID   NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    email_key  TEXT   NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX password_reset_link_account ON password_reset_link (account_id);
CREATE INDEX password_reset_link_expiry ON password_reset_link (expires_at);
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
CREATE UNIQUE INDEX signup_domain_proved ON signup_domain (domain) WHERE proved_at IS NOT NULL;
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
CREATE TABLE email_change (
    account_id UUID   PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    id         UUID   NOT NULL UNIQUE,
    email      TEXT   NOT NULL,
    token_hash BYTEA  UNIQUE,
    created_at BIGINT NOT NULL
);
CREATE TABLE notice (
    id         UUID   PRIMARY KEY,
    recipient  TEXT   NOT NULL,
    subject    TEXT   NOT NULL,
    paragraphs TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX notice_age ON notice (created_at);
CREATE TABLE role_member_count (
    organization_id UUID   NOT NULL,
    role_id         UUID   NOT NULL,
    members         BIGINT NOT NULL,
    PRIMARY KEY (organization_id, role_id),
    FOREIGN KEY (organization_id, role_id) REFERENCES role (organization_id, id) ON DELETE CASCADE
);
CREATE TRIGGER role_member_added AFTER INSERT ON membership BEGIN
    INSERT INTO role_member_count (organization_id, role_id, members) VALUES (new.organization_id, new.role_id, 1)
    ON CONFLICT (organization_id, role_id) DO UPDATE SET members = members + 1;
END;
CREATE TRIGGER role_member_removed AFTER DELETE ON membership BEGIN
    UPDATE role_member_count SET members = members - 1
    WHERE organization_id = old.organization_id AND role_id = old.role_id;
END;
CREATE TRIGGER role_member_changed AFTER UPDATE OF role_id ON membership WHEN old.role_id <> new.role_id BEGIN
    UPDATE role_member_count SET members = members - 1
    WHERE organization_id = old.organization_id AND role_id = old.role_id;
    INSERT INTO role_member_count (organization_id, role_id, members) VALUES (new.organization_id, new.role_id, 1)
    ON CONFLICT (organization_id, role_id) DO UPDATE SET members = members + 1;
END;
CREATE TABLE audit_chain (
    organization_id UUID   NOT NULL PRIMARY KEY,
    number          BIGINT NOT NULL,
    hash            BYTEA  NOT NULL,
    pruned_number   BIGINT NOT NULL,
    pruned_hash     BYTEA  NOT NULL,
    pruned_at       BIGINT NOT NULL
);
CREATE INDEX audit_event_actor ON audit_event (organization_id, actor_id, id);
CREATE INDEX audit_event_target ON audit_event (organization_id, target_id, id);
CREATE TABLE audit_erasure (
    account_id UUID NOT NULL PRIMARY KEY,
    sought     TEXT NOT NULL
);
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
CREATE TABLE audit_forwarded (
    organization_id UUID   NOT NULL,
    chain_id        UUID   NOT NULL,
    number          BIGINT NOT NULL,
    PRIMARY KEY (organization_id, chain_id),
    FOREIGN KEY (organization_id) REFERENCES audit_forwarding (organization_id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX audit_event_number ON audit_event (organization_id, number);
CREATE INDEX organization_deleted ON organization (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX account_home ON account (home_organization_id) WHERE home_organization_id IS NOT NULL;
CREATE TABLE account_search (
    number     INTEGER PRIMARY KEY,
    account_id UUID        NOT NULL UNIQUE REFERENCES account (id) ON DELETE CASCADE,
    name_key   TEXT NOT NULL,
    search     TEXT        NOT NULL
);
CREATE INDEX account_search_name ON account_search (name_key, account_id, search);
CREATE TABLE metric_sample (
    measure TEXT   NOT NULL,
    at      BIGINT NOT NULL,
    value   BIGINT NOT NULL,
    PRIMARY KEY (measure, at)
);
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
CREATE TABLE setting (
    name       TEXT   PRIMARY KEY,
    value      TEXT   NOT NULL,
    sealed     TEXT,
    revision   BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);
CREATE TABLE mail_standing (
    one     BOOLEAN PRIMARY KEY CHECK (one),
    works   BOOLEAN NOT NULL,
    since   BIGINT  NOT NULL,
    last_at BIGINT  NOT NULL,
    detail  TEXT
);
CREATE TABLE audit_undone (
    organization_id UUID NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    event_id        UUID NOT NULL,
    undone_by_id    UUID NOT NULL,
    PRIMARY KEY (organization_id, event_id)
);
CREATE TABLE project_repository (
    organization_id UUID   NOT NULL,
    project_id      UUID   NOT NULL,
    account_id      UUID   NOT NULL,
    granted_by      TEXT   NOT NULL,
    granted_at      BIGINT NOT NULL,
    due_at          BIGINT NOT NULL,
    -- When it last told, and what it answered since, if that was something else.
    told_at         BIGINT,
    answer          TEXT,
    PRIMARY KEY (organization_id, project_id),
    FOREIGN KEY (organization_id, project_id) REFERENCES project (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX project_repository_due ON project_repository (due_at);
CREATE TABLE repository_access (
    organization_id UUID   NOT NULL,
    project_id      UUID   NOT NULL,
    provider        TEXT   NOT NULL,
    issuer          TEXT   NOT NULL,
    subject         TEXT   NOT NULL,
    role_id         UUID   NOT NULL,
    until           BIGINT NOT NULL,
    PRIMARY KEY (organization_id, project_id, provider, issuer, subject),
    FOREIGN KEY (organization_id, project_id) REFERENCES project_repository (organization_id, project_id) ON DELETE CASCADE,
    FOREIGN KEY (organization_id, role_id) REFERENCES role (organization_id, id)
);
CREATE INDEX repository_access_subject ON repository_access (organization_id, provider, issuer, subject);
CREATE INDEX repository_access_role ON repository_access (organization_id, role_id);
CREATE VIEW project_grant AS
SELECT organization_id, project_id, subject_id, member_id, service_account_id, group_id, role_id, until, granted_by,
    granted_at, FALSE AS by_repository
FROM project_access
UNION ALL
SELECT r.organization_id, r.project_id, m.id, m.id, NULL, NULL, r.role_id, r.until, p.granted_by, p.granted_at, TRUE
FROM repository_access r
JOIN project_repository p ON p.organization_id = r.organization_id AND p.project_id = r.project_id
JOIN identity i ON i.provider = r.provider AND i.issuer = r.issuer AND i.subject = r.subject
JOIN membership m ON m.organization_id = r.organization_id AND m.account_id = i.account_id;
CREATE INDEX invitation_username ON invitation (organization_id, username_key) WHERE email_key IS NULL;
CREATE INDEX invitation_subject ON invitation (organization_id, provider, subject) WHERE subject IS NOT NULL;
CREATE TRIGGER audit_event_followed AFTER INSERT ON audit_event BEGIN
    UPDATE audit_chain SET number = new.number, hash = new.hash WHERE organization_id = new.organization_id;
END;
CREATE INDEX group_member_member ON group_member (organization_id, member_id) WHERE member_id IS NOT NULL;
CREATE INDEX group_member_service_account ON group_member (organization_id, service_account_id)
    WHERE service_account_id IS NOT NULL;
CREATE INDEX project_access_member ON project_access (organization_id, member_id) WHERE member_id IS NOT NULL;
CREATE INDEX project_access_service_account ON project_access (organization_id, service_account_id)
    WHERE service_account_id IS NOT NULL;
CREATE INDEX project_access_group ON project_access (organization_id, group_id) WHERE group_id IS NOT NULL;
CREATE INDEX consent_link_member ON consent_link (organization_id, member_id);
INSERT INTO "audit_chain" ("organization_id", "number", "hash", "pruned_number", "pruned_hash", "pruned_at") VALUES (X'00000000000000000000000000000000', 0, X'0000000000000000000000000000000000000000000000000000000000000000', 0, X'0000000000000000000000000000000000000000000000000000000000000000', 0);
INSERT INTO "migration" ("number", "name") VALUES (1, 'people');
INSERT INTO "migration" ("number", "name") VALUES (10, 'audit_chain');
INSERT INTO "migration" ("number", "name") VALUES (11, 'tenant');
INSERT INTO "migration" ("number", "name") VALUES (12, 'setting');
INSERT INTO "migration" ("number", "name") VALUES (13, 'backup');
INSERT INTO "migration" ("number", "name") VALUES (14, 'repository_role');
INSERT INTO "migration" ("number", "name") VALUES (15, 'commit');
INSERT INTO "migration" ("number", "name") VALUES (16, 'ways');
INSERT INTO "migration" ("number", "name") VALUES (17, 'leaving');
INSERT INTO "migration" ("number", "name") VALUES (2, 'access');
INSERT INTO "migration" ("number", "name") VALUES (3, 'proof');
INSERT INTO "migration" ("number", "name") VALUES (4, 'factor');
INSERT INTO "migration" ("number", "name") VALUES (5, 'identity');
INSERT INTO "migration" ("number", "name") VALUES (6, 'single_sign_on');
INSERT INTO "migration" ("number", "name") VALUES (7, 'sign_up');
INSERT INTO "migration" ("number", "name") VALUES (8, 'role_count');
INSERT INTO "migration" ("number", "name") VALUES (9, 'folded_search');
