-- Who may do what: groups, projects, service accounts, tokens. `granted_by` is the JSON of whoever granted it, as they
-- were called then; `until` ends a grant by itself, decided whenever it is asked.

-- What a project's owner, the organization's Owners and Admins and everybody get on projects, as the preset says.
ALTER TABLE organization ADD COLUMN access_model TEXT NOT NULL DEFAULT
    '{"everyone_role":"reader","owner_project_role":"admin","admin_project_role":"admin","custom_roles":true,"groups":true,"complete_roles":["owner","admin"],"complete_project_roles":["admin"]}';

ALTER TABLE membership ADD COLUMN role_granted_by TEXT;
ALTER TABLE membership ADD COLUMN role_granted_at BIGINT;
-- Counts who holds a role, and how, without reading a row.
CREATE INDEX membership_access ON membership (organization_id, role_id, standing, role_until, account_id, id);

-- Whether a person or a service account invited.
ALTER TABLE invitation ADD COLUMN inviter_type TEXT NOT NULL DEFAULT 'account';

-- None: the preset's.
ALTER TABLE declared_permission ADD COLUMN application TEXT;

-- A deleted role stays for the invitations that once named it; its slug is free again.
ALTER TABLE role ADD COLUMN deleted_at BIGINT;

CREATE TABLE service_account (
    organization_id UUID   NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    id              UUID   NOT NULL,
    name            TEXT   NOT NULL,
    name_key        SORTED_TEXT NOT NULL,
    description     TEXT   NOT NULL,
    role_id         UUID   NOT NULL,
    role_until      BIGINT,
    granted_by      TEXT   NOT NULL,
    granted_at      BIGINT NOT NULL,
    deactivated_at  BIGINT,
    deactivated_by  TEXT,
    created_at      BIGINT NOT NULL,
    revision        BIGINT NOT NULL,
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
    name_key        SORTED_TEXT NOT NULL,
    description     TEXT   NOT NULL,
    role_id         UUID   NOT NULL,
    granted_by      TEXT   NOT NULL,
    granted_at      BIGINT NOT NULL,
    -- Shown only: nothing is inherited through it.
    parent_id       UUID,
    created_at      BIGINT NOT NULL,
    revision        BIGINT NOT NULL,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, slug),
    FOREIGN KEY (organization_id, role_id) REFERENCES role (organization_id, id)
);
CREATE INDEX group_name ON "group" (organization_id, name_key, id);
CREATE INDEX group_role ON "group" (organization_id, role_id);

-- `principal_id` is the member's or the service account's.
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

-- The groups that an invitation is joined with.
CREATE TABLE invitation_group (
    organization_id UUID NOT NULL,
    invitation_id   UUID NOT NULL,
    group_id        UUID NOT NULL,
    PRIMARY KEY (organization_id, invitation_id, group_id),
    FOREIGN KEY (organization_id, invitation_id) REFERENCES invitation (organization_id, id) ON DELETE CASCADE,
    FOREIGN KEY (organization_id, group_id) REFERENCES "group" (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX invitation_group_group ON invitation_group (organization_id, group_id);

-- Its owner stands in `ownership`.
CREATE TABLE project (
    organization_id UUID   NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    id              UUID   NOT NULL,
    slug            TEXT   NOT NULL,
    name            TEXT   NOT NULL,
    name_key        SORTED_TEXT NOT NULL,
    description     TEXT   NOT NULL,
    visibility      TEXT   NOT NULL,
    repository_host TEXT,
    repository_name TEXT,
    owned_since     BIGINT NOT NULL,
    owner_granted_by TEXT  NOT NULL,
    created_at      BIGINT NOT NULL,
    revision        BIGINT NOT NULL,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, slug)
);
CREATE INDEX project_name ON project (organization_id, name_key, id);
-- By its id alone, where nothing else tells the organization.
CREATE INDEX project_alone ON project (id);

-- `subject_id` is the member's, the service account's or the group's.
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

-- What programs carry. A personal one is its account's, for one organization or (none) for all of them; the others belong
-- to a service account or a project. `scopes` only narrow; none: everything its holder may.
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
-- Which permissions tokens are narrowed to.
CREATE INDEX token_scoped ON token (organization_id) WHERE scopes IS NOT NULL;
