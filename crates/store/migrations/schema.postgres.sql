-- All that the migrations amount to, for a database that is new. Written by a test:
-- UPDATE_SCHEMA=1 cargo nextest run -p roster-store -E 'test(schema)'
-- Of the migrations 29efcdc8c2eeb071

CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE OR REPLACE FUNCTION count_role_members_added()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    INSERT INTO role_member_count AS known (organization_id, role_id, members)
    SELECT organization_id, role_id, COUNT(*) FROM added GROUP BY organization_id, role_id
    ON CONFLICT (organization_id, role_id) DO UPDATE SET members = known.members + excluded.members;
    RETURN NULL;
END $function$;
CREATE OR REPLACE FUNCTION count_role_members_changed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    INSERT INTO role_member_count AS known (organization_id, role_id, members)
    SELECT organization_id, role_id, SUM(more)
    FROM (
        SELECT organization_id, role_id, 1 AS more FROM added
        UNION ALL
        SELECT organization_id, role_id, -1 FROM removed
    ) moved
    GROUP BY organization_id, role_id
    HAVING SUM(more) <> 0
    ON CONFLICT (organization_id, role_id) DO UPDATE SET members = known.members + excluded.members;
    RETURN NULL;
END $function$;
CREATE OR REPLACE FUNCTION count_role_members_removed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    UPDATE role_member_count known SET members = known.members - gone.members
    FROM (SELECT organization_id, role_id, COUNT(*) AS members FROM removed GROUP BY organization_id, role_id) gone
    WHERE known.organization_id = gone.organization_id AND known.role_id = gone.role_id;
    RETURN NULL;
END $function$;
CREATE OR REPLACE FUNCTION tell_account()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    PERFORM pg_notify('roster', 'account ' || OLD.id);
    RETURN NULL;
END $function$;
CREATE OR REPLACE FUNCTION tell_account_of()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    PERFORM pg_notify('roster', 'account ' || OLD.account_id);
    RETURN NULL;
END $function$;
CREATE OR REPLACE FUNCTION tell_of_belonging()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
DECLARE
    account UUID := COALESCE(NEW.account_id, OLD.account_id);
BEGIN
    IF EXISTS (SELECT 1 FROM session WHERE account_id = account AND proved_by_organization_id IS NOT NULL) THEN
        PERFORM pg_notify('roster', 'account ' || account);
    END IF;
    RETURN NULL;
END $function$;
CREATE OR REPLACE FUNCTION tell_of_everything()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    PERFORM pg_notify('roster', 'everything');
    RETURN NULL;
END $function$;
CREATE OR REPLACE FUNCTION tell_of_identity()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    PERFORM pg_notify('roster', 'account ' || COALESCE(NEW.account_id, OLD.account_id));
    RETURN NULL;
END $function$;
CREATE OR REPLACE FUNCTION tell_of_token()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    PERFORM pg_notify('roster', CASE WHEN OLD.account_id IS NULL THEN 'organization ' || OLD.organization_id
        ELSE 'account ' || OLD.account_id END);
    RETURN NULL;
END $function$;
CREATE OR REPLACE FUNCTION tell_organization()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    PERFORM pg_notify('roster', 'organization ' || OLD.id);
    RETURN NULL;
END $function$;
CREATE OR REPLACE FUNCTION tell_setting()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    PERFORM pg_notify('roster', 'setting');
    RETURN NULL;
END $function$;
CREATE TABLE account (
    id uuid NOT NULL,
    username text NOT NULL,
    username_key text NOT NULL,
    name text NOT NULL,
    name_key text NOT NULL,
    email text,
    email_key text,
    email_verified boolean NOT NULL,
    phone text,
    superuser boolean NOT NULL,
    home_organization_id uuid,
    authentication_method text NOT NULL,
    time_zone text,
    locale text,
    suspended_at bigint,
    suspended_by text,
    suspended_reason text,
    last_sign_in_at bigint,
    created_at bigint NOT NULL,
    revision bigint NOT NULL,
    second_factors text DEFAULT ''::text NOT NULL,
    CONSTRAINT account_email_key_key UNIQUE (email_key),
    CONSTRAINT account_pkey PRIMARY KEY (id),
    CONSTRAINT account_username_key_key UNIQUE (username_key)
);
CREATE TABLE account_search (
    number bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
    account_id uuid NOT NULL,
    name_key text COLLATE "C" NOT NULL,
    search text NOT NULL,
    CONSTRAINT account_search_account_id_key UNIQUE (account_id),
    CONSTRAINT account_search_pkey PRIMARY KEY (number)
);
CREATE TABLE audit_chain (
    organization_id uuid NOT NULL,
    number bigint NOT NULL,
    hash bytea NOT NULL,
    pruned_number bigint NOT NULL,
    pruned_hash bytea NOT NULL,
    pruned_at bigint NOT NULL,
    CONSTRAINT audit_chain_pkey PRIMARY KEY (organization_id)
);
CREATE TABLE audit_erasure (
    account_id uuid NOT NULL,
    sought text NOT NULL,
    CONSTRAINT audit_erasure_pkey PRIMARY KEY (account_id)
);
CREATE TABLE audit_event (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    at bigint NOT NULL,
    actor_type text NOT NULL,
    actor_id text NOT NULL,
    actor_name text NOT NULL,
    action text NOT NULL,
    target_type text NOT NULL,
    target_id text NOT NULL,
    target_name text NOT NULL,
    before_state text NOT NULL,
    after_state text NOT NULL,
    address text NOT NULL,
    medium text NOT NULL,
    request_id text NOT NULL,
    number bigint DEFAULT 0 NOT NULL,
    version bigint DEFAULT 0 NOT NULL,
    seed bytea,
    salting text,
    hash bytea,
    CONSTRAINT audit_event_pkey PRIMARY KEY (organization_id, id)
);
CREATE TABLE audit_forwarded (
    organization_id uuid NOT NULL,
    chain_id uuid NOT NULL,
    number bigint NOT NULL,
    CONSTRAINT audit_forwarded_pkey PRIMARY KEY (organization_id, chain_id)
);
CREATE TABLE audit_forwarding (
    organization_id uuid NOT NULL,
    url text NOT NULL,
    authentication text NOT NULL,
    sealed_secret text,
    trusted_certificate text,
    changed_at bigint NOT NULL,
    leased_until bigint NOT NULL,
    leased_by text NOT NULL,
    attempts bigint NOT NULL,
    due_at bigint NOT NULL,
    failing_since bigint,
    last_error text,
    delivered_at bigint,
    CONSTRAINT audit_forwarding_pkey PRIMARY KEY (organization_id)
);
CREATE TABLE audit_undone (
    organization_id uuid NOT NULL,
    event_id uuid NOT NULL,
    undone_by_id uuid NOT NULL,
    CONSTRAINT audit_undone_pkey PRIMARY KEY (organization_id, event_id)
);
CREATE TABLE ceremony (
    state_hash bytea NOT NULL,
    kind text NOT NULL,
    payload text NOT NULL,
    expires_at bigint NOT NULL,
    CONSTRAINT ceremony_pkey PRIMARY KEY (state_hash)
);
CREATE TABLE consent_link (
    token_hash bytea NOT NULL,
    organization_id uuid NOT NULL,
    member_id uuid NOT NULL,
    CONSTRAINT consent_link_pkey PRIMARY KEY (token_hash)
);
CREATE TABLE declared_permission (
    organization_id uuid NOT NULL,
    name text NOT NULL,
    applies_to text NOT NULL,
    module text,
    description text NOT NULL,
    carries text NOT NULL,
    place bigint NOT NULL,
    application text,
    CONSTRAINT declared_permission_pkey PRIMARY KEY (organization_id, name)
);
CREATE TABLE email_change (
    account_id uuid NOT NULL,
    id uuid NOT NULL,
    email text NOT NULL,
    token_hash bytea,
    created_at bigint NOT NULL,
    CONSTRAINT email_change_id_key UNIQUE (id),
    CONSTRAINT email_change_pkey PRIMARY KEY (account_id),
    CONSTRAINT email_change_token_hash_key UNIQUE (token_hash)
);
CREATE TABLE failure (
    key bytea NOT NULL,
    count bigint NOT NULL,
    last_at bigint NOT NULL,
    CONSTRAINT failure_pkey PRIMARY KEY (key)
);
CREATE TABLE "group" (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    name_key text COLLATE "C" NOT NULL,
    description text NOT NULL,
    role_id uuid NOT NULL,
    granted_by text NOT NULL,
    granted_at bigint NOT NULL,
    parent_id uuid,
    created_at bigint NOT NULL,
    revision bigint NOT NULL,
    search text DEFAULT ''::text NOT NULL,
    CONSTRAINT group_organization_id_slug_key UNIQUE (organization_id, slug),
    CONSTRAINT group_pkey PRIMARY KEY (organization_id, id)
);
CREATE TABLE group_member (
    organization_id uuid NOT NULL,
    group_id uuid NOT NULL,
    principal_id uuid NOT NULL,
    member_id uuid,
    service_account_id uuid,
    origin text NOT NULL,
    until bigint,
    granted_by text NOT NULL,
    granted_at bigint NOT NULL,
    CONSTRAINT group_member_pkey PRIMARY KEY (organization_id, group_id, principal_id)
);
CREATE TABLE idempotency (
    account_id uuid NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    status bigint,
    location text,
    body text,
    created_at bigint NOT NULL,
    CONSTRAINT idempotency_pkey PRIMARY KEY (account_id, key)
);
CREATE TABLE identity (
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    provider text NOT NULL,
    issuer text NOT NULL,
    subject text NOT NULL,
    tenant text,
    username text,
    email text,
    access text,
    scopes text NOT NULL,
    linked_at bigint NOT NULL,
    last_used_at bigint,
    broken_at bigint,
    CONSTRAINT identity_pkey PRIMARY KEY (id),
    CONSTRAINT identity_provider_issuer_subject_key UNIQUE (provider, issuer, subject)
);
CREATE TABLE instance (
    one boolean NOT NULL,
    id uuid NOT NULL,
    demo boolean NOT NULL,
    policies text NOT NULL,
    created_at bigint NOT NULL,
    key_check text,
    sealing_key text,
    CONSTRAINT instance_one_check CHECK (one),
    CONSTRAINT instance_pkey PRIMARY KEY (one)
);
CREATE TABLE invitation (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    email text,
    email_key text,
    username text,
    username_key text,
    name_key text COLLATE "C" NOT NULL,
    role_id uuid NOT NULL,
    provider text NOT NULL,
    tenant text,
    notify text,
    inviter_id uuid NOT NULL,
    inviter_name text NOT NULL,
    created_at bigint NOT NULL,
    sent_at bigint NOT NULL,
    expires_at bigint,
    accepted_by uuid,
    accepted_at bigint,
    revoked_by text,
    revoked_at bigint,
    delivery text NOT NULL,
    delivery_detail text,
    makes_owner boolean NOT NULL,
    revision bigint NOT NULL,
    inviter_type text DEFAULT 'account'::text NOT NULL,
    subject text,
    CONSTRAINT invitation_pkey PRIMARY KEY (organization_id, id)
);
CREATE TABLE invitation_group (
    organization_id uuid NOT NULL,
    invitation_id uuid NOT NULL,
    group_id uuid NOT NULL,
    CONSTRAINT invitation_group_pkey PRIMARY KEY (organization_id, invitation_id, group_id)
);
CREATE TABLE invitation_link (
    token_hash bytea NOT NULL,
    organization_id uuid NOT NULL,
    invitation_id uuid NOT NULL,
    mailed boolean NOT NULL,
    CONSTRAINT invitation_link_pkey PRIMARY KEY (token_hash)
);
CREATE TABLE job (
    id uuid NOT NULL,
    organization_id uuid,
    kind text NOT NULL,
    subject_id uuid NOT NULL,
    due_at bigint NOT NULL,
    leased_until bigint NOT NULL,
    attempts bigint NOT NULL,
    created_at bigint NOT NULL,
    CONSTRAINT job_pkey PRIMARY KEY (id)
);
CREATE TABLE mail_standing (
    one boolean NOT NULL,
    works boolean NOT NULL,
    since bigint NOT NULL,
    last_at bigint NOT NULL,
    detail text,
    CONSTRAINT mail_standing_one_check CHECK (one),
    CONSTRAINT mail_standing_pkey PRIMARY KEY (one)
);
CREATE TABLE membership (
    number bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    role_id uuid NOT NULL,
    role_until bigint,
    standing text NOT NULL,
    joined_at bigint,
    disabled_at bigint,
    disabled_by text,
    disabled_reason text,
    name_key text COLLATE "C" NOT NULL,
    search text NOT NULL,
    revision bigint NOT NULL,
    role_granted_by text,
    role_granted_at bigint,
    CONSTRAINT membership_organization_id_account_id_key UNIQUE (organization_id, account_id),
    CONSTRAINT membership_organization_id_id_key UNIQUE (organization_id, id),
    CONSTRAINT membership_pkey PRIMARY KEY (number)
);
CREATE TABLE metric_sample (
    measure text NOT NULL,
    at bigint NOT NULL,
    value bigint NOT NULL,
    CONSTRAINT metric_sample_pkey PRIMARY KEY (measure, at)
);
CREATE TABLE migration (
    number bigint NOT NULL,
    name text NOT NULL,
    CONSTRAINT migration_pkey PRIMARY KEY (number)
);
CREATE TABLE notice (
    id uuid NOT NULL,
    recipient text NOT NULL,
    subject text NOT NULL,
    paragraphs text NOT NULL,
    created_at bigint NOT NULL,
    CONSTRAINT notice_pkey PRIMARY KEY (id)
);
CREATE TABLE organization (
    id uuid NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    name_key text COLLATE "C" NOT NULL,
    preset text NOT NULL,
    status text NOT NULL,
    policies text NOT NULL,
    words text NOT NULL,
    created_at bigint NOT NULL,
    revision bigint NOT NULL,
    access_revision bigint NOT NULL,
    changed_at_revision bigint NOT NULL,
    access_model text DEFAULT '{"everyone_role":"reader","owner_project_role":"admin","admin_project_role":"admin","custom_roles":true,"groups":true,"complete_roles":["owner","admin"],"complete_project_roles":["admin"]}'::text NOT NULL,
    status_before text,
    disabled_at bigint,
    disabled_by text,
    disabled_reason text,
    deleted_at bigint,
    deleted_by text,
    search text DEFAULT ''::text NOT NULL,
    CONSTRAINT organization_pkey PRIMARY KEY (id),
    CONSTRAINT organization_slug_key UNIQUE (slug)
);
CREATE TABLE ownership (
    organization_id uuid NOT NULL,
    thing_id uuid NOT NULL,
    kind text NOT NULL,
    public_id text NOT NULL,
    name text NOT NULL,
    member_id uuid NOT NULL,
    CONSTRAINT ownership_pkey PRIMARY KEY (organization_id, thing_id)
);
CREATE TABLE passkey (
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    name text NOT NULL,
    credential_id bytea NOT NULL,
    kept text NOT NULL,
    created_at bigint NOT NULL,
    last_used_at bigint,
    CONSTRAINT passkey_credential_id_key UNIQUE (credential_id),
    CONSTRAINT passkey_pkey PRIMARY KEY (id)
);
CREATE TABLE password (
    account_id uuid NOT NULL,
    hash text NOT NULL,
    must_change boolean NOT NULL,
    expires_at bigint,
    changed_at bigint NOT NULL,
    CONSTRAINT password_pkey PRIMARY KEY (account_id)
);
CREATE TABLE password_reset (
    id uuid NOT NULL,
    email text NOT NULL,
    asked_by text,
    created_at bigint NOT NULL,
    CONSTRAINT password_reset_pkey PRIMARY KEY (id)
);
CREATE TABLE password_reset_link (
    token_hash bytea NOT NULL,
    account_id uuid NOT NULL,
    email_key text NOT NULL,
    expires_at bigint NOT NULL,
    CONSTRAINT password_reset_link_pkey PRIMARY KEY (token_hash)
);
CREATE TABLE project (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    name_key text COLLATE "C" NOT NULL,
    description text NOT NULL,
    visibility text NOT NULL,
    repository_host text,
    repository_name text,
    owned_since bigint NOT NULL,
    owner_granted_by text NOT NULL,
    created_at bigint NOT NULL,
    revision bigint NOT NULL,
    search text DEFAULT ''::text NOT NULL,
    CONSTRAINT project_organization_id_slug_key UNIQUE (organization_id, slug),
    CONSTRAINT project_pkey PRIMARY KEY (organization_id, id)
);
CREATE TABLE project_access (
    organization_id uuid NOT NULL,
    project_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    member_id uuid,
    service_account_id uuid,
    group_id uuid,
    role_id uuid NOT NULL,
    until bigint,
    granted_by text NOT NULL,
    granted_at bigint NOT NULL,
    CONSTRAINT project_access_pkey PRIMARY KEY (organization_id, project_id, subject_id)
);
CREATE TABLE project_repository (
    organization_id uuid NOT NULL,
    project_id uuid NOT NULL,
    account_id uuid NOT NULL,
    granted_by text NOT NULL,
    granted_at bigint NOT NULL,
    due_at bigint NOT NULL,
    told_at bigint,
    answer text,
    CONSTRAINT project_repository_pkey PRIMARY KEY (organization_id, project_id)
);
CREATE TABLE recovery_code (
    account_id uuid NOT NULL,
    code_hash bytea NOT NULL,
    CONSTRAINT recovery_code_pkey PRIMARY KEY (account_id, code_hash)
);
CREATE TABLE repository_access (
    organization_id uuid NOT NULL,
    project_id uuid NOT NULL,
    provider text NOT NULL,
    issuer text NOT NULL,
    subject text NOT NULL,
    role_id uuid NOT NULL,
    until bigint NOT NULL,
    CONSTRAINT repository_access_pkey PRIMARY KEY (organization_id, project_id, provider, issuer, subject)
);
CREATE TABLE role (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    description text NOT NULL,
    colour text NOT NULL,
    built_in boolean NOT NULL,
    applies_to text NOT NULL,
    shown boolean NOT NULL,
    permissions text NOT NULL,
    place bigint NOT NULL,
    revision bigint NOT NULL,
    deleted_at bigint,
    CONSTRAINT role_organization_id_applies_to_slug_key UNIQUE (organization_id, applies_to, slug),
    CONSTRAINT role_pkey PRIMARY KEY (organization_id, id)
);
CREATE TABLE role_member_count (
    organization_id uuid NOT NULL,
    role_id uuid NOT NULL,
    members bigint NOT NULL,
    CONSTRAINT role_member_count_pkey PRIMARY KEY (organization_id, role_id)
);
CREATE TABLE saml_assertion (
    digest bytea NOT NULL,
    good_until bigint NOT NULL,
    CONSTRAINT saml_assertion_pkey PRIMARY KEY (digest)
);
CREATE TABLE saml_identity (
    organization_id uuid NOT NULL,
    issuer text NOT NULL,
    name_id text NOT NULL,
    account_id uuid NOT NULL,
    linked_at bigint NOT NULL,
    last_used_at bigint NOT NULL,
    CONSTRAINT saml_identity_pkey PRIMARY KEY (organization_id, issuer, name_id)
);
CREATE TABLE service_account (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    name_key text COLLATE "C" NOT NULL,
    description text NOT NULL,
    role_id uuid NOT NULL,
    role_until bigint,
    granted_by text NOT NULL,
    granted_at bigint NOT NULL,
    deactivated_at bigint,
    deactivated_by text,
    created_at bigint NOT NULL,
    revision bigint NOT NULL,
    search text DEFAULT ''::text NOT NULL,
    CONSTRAINT service_account_pkey PRIMARY KEY (organization_id, id)
);
CREATE TABLE session (
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    token_hash bytea NOT NULL,
    created_at bigint NOT NULL,
    last_seen_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    address text NOT NULL,
    user_agent text NOT NULL,
    method text DEFAULT 'password'::text NOT NULL,
    proved_at bigint DEFAULT 0 NOT NULL,
    proved_by_organization_id uuid,
    second_factor_at bigint,
    longest_rest bigint DEFAULT 0 NOT NULL,
    mfa_due boolean DEFAULT false NOT NULL,
    CONSTRAINT session_pkey PRIMARY KEY (id),
    CONSTRAINT session_token_hash_key UNIQUE (token_hash)
);
CREATE TABLE set_up_link (
    token_hash bytea NOT NULL,
    expires_at bigint NOT NULL,
    CONSTRAINT set_up_link_pkey PRIMARY KEY (token_hash)
);
CREATE TABLE setting (
    name text NOT NULL,
    value text NOT NULL,
    sealed text,
    revision bigint NOT NULL,
    changed_at bigint NOT NULL,
    CONSTRAINT setting_pkey PRIMARY KEY (name)
);
CREATE TABLE sign_in (
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    organization_id uuid,
    at bigint NOT NULL,
    action text NOT NULL,
    success boolean NOT NULL,
    reason text,
    address text NOT NULL,
    user_agent text NOT NULL,
    CONSTRAINT sign_in_pkey PRIMARY KEY (id)
);
CREATE TABLE sign_up (
    id uuid NOT NULL,
    email text NOT NULL,
    name text NOT NULL,
    password_hash text,
    password_length bigint,
    organization text,
    token_hash bytea,
    created_at bigint NOT NULL,
    CONSTRAINT sign_up_pkey PRIMARY KEY (id),
    CONSTRAINT sign_up_token_hash_key UNIQUE (token_hash)
);
CREATE TABLE signup_domain (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    domain text NOT NULL,
    authentication_method text NOT NULL,
    role_id uuid NOT NULL,
    granted_by text NOT NULL,
    granted_at bigint NOT NULL,
    proof text NOT NULL,
    proved_at bigint,
    created_at bigint NOT NULL,
    revision bigint NOT NULL,
    CONSTRAINT signup_domain_organization_id_domain_key UNIQUE (organization_id, domain),
    CONSTRAINT signup_domain_pkey PRIMARY KEY (organization_id, id)
);
CREATE TABLE single_sign_on (
    organization_id uuid NOT NULL,
    entity_id text NOT NULL,
    sign_on_url text NOT NULL,
    binding text NOT NULL,
    certificates text NOT NULL,
    sign_requests boolean NOT NULL,
    provisioning boolean NOT NULL,
    role_id uuid NOT NULL,
    role_granted_by text NOT NULL,
    role_granted_at bigint NOT NULL,
    admin_contact text,
    signing_key text NOT NULL,
    certificate text NOT NULL,
    revision bigint NOT NULL,
    CONSTRAINT single_sign_on_pkey PRIMARY KEY (organization_id)
);
CREATE TABLE token (
    id uuid NOT NULL,
    kind text NOT NULL,
    token_hash bytea NOT NULL,
    name text NOT NULL,
    organization_id uuid,
    account_id uuid,
    service_account_id uuid,
    project_id uuid,
    scopes text,
    expires_at bigint,
    created_at bigint NOT NULL,
    created_by text NOT NULL,
    last_used_at bigint,
    last_used_address text,
    CONSTRAINT token_pkey PRIMARY KEY (id),
    CONSTRAINT token_token_hash_key UNIQUE (token_hash)
);
CREATE TABLE totp (
    account_id uuid NOT NULL,
    secret text NOT NULL,
    created_at bigint NOT NULL,
    confirmed_at bigint,
    last_step bigint,
    CONSTRAINT totp_pkey PRIMARY KEY (account_id)
);
ALTER TABLE account_search ADD CONSTRAINT account_search_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id) ON DELETE CASCADE;
ALTER TABLE audit_forwarded ADD CONSTRAINT audit_forwarded_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES audit_forwarding(organization_id) ON DELETE CASCADE;
ALTER TABLE audit_undone ADD CONSTRAINT audit_undone_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE;
ALTER TABLE consent_link ADD CONSTRAINT consent_link_organization_id_member_id_fkey FOREIGN KEY (organization_id, member_id) REFERENCES membership(organization_id, id) ON DELETE CASCADE;
ALTER TABLE declared_permission ADD CONSTRAINT declared_permission_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE;
ALTER TABLE email_change ADD CONSTRAINT email_change_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id) ON DELETE CASCADE;
ALTER TABLE "group" ADD CONSTRAINT group_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE;
ALTER TABLE "group" ADD CONSTRAINT group_organization_id_role_id_fkey FOREIGN KEY (organization_id, role_id) REFERENCES role(organization_id, id);
ALTER TABLE group_member ADD CONSTRAINT group_member_organization_id_group_id_fkey FOREIGN KEY (organization_id, group_id) REFERENCES "group"(organization_id, id) ON DELETE CASCADE;
ALTER TABLE group_member ADD CONSTRAINT group_member_organization_id_member_id_fkey FOREIGN KEY (organization_id, member_id) REFERENCES membership(organization_id, id) ON DELETE CASCADE;
ALTER TABLE group_member ADD CONSTRAINT group_member_organization_id_service_account_id_fkey FOREIGN KEY (organization_id, service_account_id) REFERENCES service_account(organization_id, id) ON DELETE CASCADE;
ALTER TABLE identity ADD CONSTRAINT identity_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id) ON DELETE CASCADE;
ALTER TABLE invitation ADD CONSTRAINT invitation_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE;
ALTER TABLE invitation ADD CONSTRAINT invitation_organization_id_role_id_fkey FOREIGN KEY (organization_id, role_id) REFERENCES role(organization_id, id);
ALTER TABLE invitation_group ADD CONSTRAINT invitation_group_organization_id_group_id_fkey FOREIGN KEY (organization_id, group_id) REFERENCES "group"(organization_id, id) ON DELETE CASCADE;
ALTER TABLE invitation_group ADD CONSTRAINT invitation_group_organization_id_invitation_id_fkey FOREIGN KEY (organization_id, invitation_id) REFERENCES invitation(organization_id, id) ON DELETE CASCADE;
ALTER TABLE invitation_link ADD CONSTRAINT invitation_link_organization_id_invitation_id_fkey FOREIGN KEY (organization_id, invitation_id) REFERENCES invitation(organization_id, id) ON DELETE CASCADE;
ALTER TABLE membership ADD CONSTRAINT membership_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id) ON DELETE CASCADE;
ALTER TABLE membership ADD CONSTRAINT membership_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE;
ALTER TABLE membership ADD CONSTRAINT membership_organization_id_role_id_fkey FOREIGN KEY (organization_id, role_id) REFERENCES role(organization_id, id);
ALTER TABLE ownership ADD CONSTRAINT ownership_organization_id_member_id_fkey FOREIGN KEY (organization_id, member_id) REFERENCES membership(organization_id, id);
ALTER TABLE passkey ADD CONSTRAINT passkey_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id) ON DELETE CASCADE;
ALTER TABLE password ADD CONSTRAINT password_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id) ON DELETE CASCADE;
ALTER TABLE password_reset_link ADD CONSTRAINT password_reset_link_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id) ON DELETE CASCADE;
ALTER TABLE project ADD CONSTRAINT project_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE;
ALTER TABLE project_access ADD CONSTRAINT project_access_organization_id_group_id_fkey FOREIGN KEY (organization_id, group_id) REFERENCES "group"(organization_id, id) ON DELETE CASCADE;
ALTER TABLE project_access ADD CONSTRAINT project_access_organization_id_member_id_fkey FOREIGN KEY (organization_id, member_id) REFERENCES membership(organization_id, id) ON DELETE CASCADE;
ALTER TABLE project_access ADD CONSTRAINT project_access_organization_id_project_id_fkey FOREIGN KEY (organization_id, project_id) REFERENCES project(organization_id, id) ON DELETE CASCADE;
ALTER TABLE project_access ADD CONSTRAINT project_access_organization_id_role_id_fkey FOREIGN KEY (organization_id, role_id) REFERENCES role(organization_id, id);
ALTER TABLE project_access ADD CONSTRAINT project_access_organization_id_service_account_id_fkey FOREIGN KEY (organization_id, service_account_id) REFERENCES service_account(organization_id, id) ON DELETE CASCADE;
ALTER TABLE project_repository ADD CONSTRAINT project_repository_organization_id_project_id_fkey FOREIGN KEY (organization_id, project_id) REFERENCES project(organization_id, id) ON DELETE CASCADE;
ALTER TABLE recovery_code ADD CONSTRAINT recovery_code_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id) ON DELETE CASCADE;
ALTER TABLE repository_access ADD CONSTRAINT repository_access_organization_id_project_id_fkey FOREIGN KEY (organization_id, project_id) REFERENCES project_repository(organization_id, project_id) ON DELETE CASCADE;
ALTER TABLE repository_access ADD CONSTRAINT repository_access_organization_id_role_id_fkey FOREIGN KEY (organization_id, role_id) REFERENCES role(organization_id, id);
ALTER TABLE role ADD CONSTRAINT role_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE;
ALTER TABLE role_member_count ADD CONSTRAINT role_member_count_organization_id_role_id_fkey FOREIGN KEY (organization_id, role_id) REFERENCES role(organization_id, id) ON DELETE CASCADE;
ALTER TABLE saml_identity ADD CONSTRAINT saml_identity_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id) ON DELETE CASCADE;
ALTER TABLE saml_identity ADD CONSTRAINT saml_identity_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE;
ALTER TABLE service_account ADD CONSTRAINT service_account_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE;
ALTER TABLE service_account ADD CONSTRAINT service_account_organization_id_role_id_fkey FOREIGN KEY (organization_id, role_id) REFERENCES role(organization_id, id);
ALTER TABLE session ADD CONSTRAINT session_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id) ON DELETE CASCADE;
ALTER TABLE sign_in ADD CONSTRAINT sign_in_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id) ON DELETE CASCADE;
ALTER TABLE signup_domain ADD CONSTRAINT signup_domain_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE;
ALTER TABLE signup_domain ADD CONSTRAINT signup_domain_organization_id_role_id_fkey FOREIGN KEY (organization_id, role_id) REFERENCES role(organization_id, id);
ALTER TABLE single_sign_on ADD CONSTRAINT single_sign_on_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE;
ALTER TABLE single_sign_on ADD CONSTRAINT single_sign_on_organization_id_role_id_fkey FOREIGN KEY (organization_id, role_id) REFERENCES role(organization_id, id);
ALTER TABLE token ADD CONSTRAINT token_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id) ON DELETE CASCADE;
ALTER TABLE token ADD CONSTRAINT token_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE;
ALTER TABLE token ADD CONSTRAINT token_organization_id_project_id_fkey FOREIGN KEY (organization_id, project_id) REFERENCES project(organization_id, id) ON DELETE CASCADE;
ALTER TABLE token ADD CONSTRAINT token_organization_id_service_account_id_fkey FOREIGN KEY (organization_id, service_account_id) REFERENCES service_account(organization_id, id) ON DELETE CASCADE;
ALTER TABLE totp ADD CONSTRAINT totp_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id) ON DELETE CASCADE;
CREATE INDEX account_home ON account USING btree (home_organization_id) WHERE home_organization_id IS NOT NULL;
CREATE INDEX account_search_name ON account_search USING btree (name_key, account_id, search);
CREATE INDEX account_search_text ON account_search USING gin (search gin_trgm_ops);
CREATE INDEX account_superuser ON account USING btree (id) WHERE superuser;
CREATE INDEX account_suspended ON account USING btree (id) WHERE suspended_at IS NOT NULL;
CREATE INDEX audit_event_actor ON audit_event USING btree (organization_id, actor_id, id);
CREATE UNIQUE INDEX audit_event_number ON audit_event USING btree (organization_id, number);
CREATE INDEX audit_event_target ON audit_event USING btree (organization_id, target_id, id);
CREATE INDEX ceremony_expiry ON ceremony USING btree (expires_at);
CREATE INDEX consent_link_member ON consent_link USING btree (organization_id, member_id);
CREATE INDEX failure_age ON failure USING btree (last_at);
CREATE INDEX group_member_member ON group_member USING btree (organization_id, member_id) WHERE member_id IS NOT NULL;
CREATE INDEX group_member_principal ON group_member USING btree (organization_id, principal_id, group_id, until);
CREATE INDEX group_member_service_account ON group_member USING btree (organization_id, service_account_id) WHERE service_account_id IS NOT NULL;
CREATE INDEX group_name ON "group" USING btree (organization_id, name_key, id);
CREATE INDEX group_role ON "group" USING btree (organization_id, role_id);
CREATE INDEX idempotency_age ON idempotency USING btree (created_at);
CREATE INDEX identity_account ON identity USING btree (account_id);
CREATE INDEX invitation_email ON invitation USING btree (organization_id, email_key);
CREATE INDEX invitation_group_group ON invitation_group USING btree (organization_id, group_id);
CREATE INDEX invitation_link_invitation ON invitation_link USING btree (organization_id, invitation_id);
CREATE INDEX invitation_open ON invitation USING btree (organization_id, name_key, id) WHERE accepted_at IS NULL AND revoked_at IS NULL;
CREATE INDEX invitation_subject ON invitation USING btree (organization_id, provider, subject) WHERE subject IS NOT NULL;
CREATE INDEX invitation_username ON invitation USING btree (organization_id, username_key) WHERE email_key IS NULL;
CREATE INDEX job_due ON job USING btree (due_at);
CREATE INDEX membership_access ON membership USING btree (organization_id, role_id, standing, role_until, account_id, id);
CREATE INDEX membership_account ON membership USING btree (account_id);
CREATE INDEX membership_name ON membership USING btree (organization_id, name_key, id, number, search);
CREATE INDEX membership_role ON membership USING btree (organization_id, role_id, name_key, id);
CREATE INDEX membership_search ON membership USING gin (search gin_trgm_ops);
CREATE INDEX membership_standing ON membership USING btree (organization_id, standing, name_key, id);
CREATE INDEX notice_age ON notice USING btree (created_at);
CREATE INDEX organization_deleted ON organization USING btree (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX organization_name ON organization USING btree (name_key, id);
CREATE INDEX ownership_member ON ownership USING btree (organization_id, member_id);
CREATE INDEX passkey_account ON passkey USING btree (account_id);
CREATE INDEX password_reset_age ON password_reset USING btree (created_at);
CREATE INDEX password_reset_link_account ON password_reset_link USING btree (account_id);
CREATE INDEX password_reset_link_expiry ON password_reset_link USING btree (expires_at);
CREATE INDEX project_access_group ON project_access USING btree (organization_id, group_id) WHERE group_id IS NOT NULL;
CREATE INDEX project_access_member ON project_access USING btree (organization_id, member_id) WHERE member_id IS NOT NULL;
CREATE INDEX project_access_role ON project_access USING btree (organization_id, role_id);
CREATE INDEX project_access_service_account ON project_access USING btree (organization_id, service_account_id) WHERE service_account_id IS NOT NULL;
CREATE INDEX project_access_subject ON project_access USING btree (organization_id, subject_id, project_id, role_id, until);
CREATE INDEX project_alone ON project USING btree (id);
CREATE INDEX project_name ON project USING btree (organization_id, name_key, id);
CREATE INDEX project_repository_due ON project_repository USING btree (due_at);
CREATE INDEX repository_access_role ON repository_access USING btree (organization_id, role_id);
CREATE INDEX repository_access_subject ON repository_access USING btree (organization_id, provider, issuer, subject);
CREATE INDEX saml_assertion_age ON saml_assertion USING btree (good_until);
CREATE INDEX saml_identity_account ON saml_identity USING btree (account_id);
CREATE INDEX service_account_name ON service_account USING btree (organization_id, name_key, id);
CREATE INDEX service_account_role ON service_account USING btree (organization_id, role_id);
CREATE INDEX session_account ON session USING btree (account_id);
CREATE INDEX session_expiry ON session USING btree (expires_at);
CREATE INDEX sign_in_account ON sign_in USING btree (account_id, id);
CREATE INDEX sign_up_age ON sign_up USING btree (created_at);
CREATE INDEX signup_domain_listed ON signup_domain USING btree (domain);
CREATE UNIQUE INDEX signup_domain_proved ON signup_domain USING btree (domain) WHERE proved_at IS NOT NULL;
CREATE INDEX token_account ON token USING btree (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX token_project ON token USING btree (organization_id, project_id) WHERE project_id IS NOT NULL;
CREATE INDEX token_scoped ON token USING btree (organization_id) WHERE scopes IS NOT NULL;
CREATE INDEX token_service_account ON token USING btree (organization_id, service_account_id) WHERE service_account_id IS NOT NULL;
CREATE VIEW project_grant AS
 SELECT project_access.organization_id,
    project_access.project_id,
    project_access.subject_id,
    project_access.member_id,
    project_access.service_account_id,
    project_access.group_id,
    project_access.role_id,
    project_access.until,
    project_access.granted_by,
    project_access.granted_at,
    false AS by_repository
   FROM project_access
UNION ALL
 SELECT r.organization_id,
    r.project_id,
    m.id AS subject_id,
    m.id AS member_id,
    NULL::uuid AS service_account_id,
    NULL::uuid AS group_id,
    r.role_id,
    r.until,
    p.granted_by,
    p.granted_at,
    true AS by_repository
   FROM repository_access r
     JOIN project_repository p ON p.organization_id = r.organization_id AND p.project_id = r.project_id
     JOIN identity i ON i.provider = r.provider AND i.issuer = r.issuer AND i.subject = r.subject
     JOIN membership m ON m.organization_id = r.organization_id AND m.account_id = i.account_id;
CREATE TRIGGER tell AFTER UPDATE ON account FOR EACH ROW WHEN (old.name <> new.name OR old.superuser <> new.superuser OR old.suspended_at IS DISTINCT FROM new.suspended_at OR old.second_factors <> new.second_factors OR old.home_organization_id IS DISTINCT FROM new.home_organization_id OR old.email_key IS DISTINCT FROM new.email_key) EXECUTE FUNCTION tell_account();
CREATE TRIGGER tell_gone AFTER DELETE ON account FOR EACH ROW EXECUTE FUNCTION tell_account();
CREATE TRIGGER tell AFTER INSERT OR DELETE ON identity FOR EACH ROW EXECUTE FUNCTION tell_of_identity();
CREATE TRIGGER role_member_added AFTER INSERT ON membership REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_role_members_added();
CREATE TRIGGER role_member_changed AFTER UPDATE ON membership REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_role_members_changed();
CREATE TRIGGER role_member_removed AFTER DELETE ON membership REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION count_role_members_removed();
CREATE TRIGGER tell_belonging AFTER INSERT OR DELETE ON membership FOR EACH ROW EXECUTE FUNCTION tell_of_belonging();
CREATE TRIGGER tell_belonging_changed AFTER UPDATE ON membership FOR EACH ROW WHEN (old.standing <> new.standing) EXECUTE FUNCTION tell_of_belonging();
CREATE TRIGGER tell AFTER UPDATE ON organization FOR EACH ROW WHEN (old.access_revision <> new.access_revision OR old.slug <> new.slug OR old.status <> new.status) EXECUTE FUNCTION tell_organization();
CREATE TRIGGER tell_gone AFTER DELETE ON organization FOR EACH ROW EXECUTE FUNCTION tell_organization();
CREATE TRIGGER tell AFTER UPDATE ON password FOR EACH ROW WHEN (old.must_change <> new.must_change) EXECUTE FUNCTION tell_account_of();
CREATE TRIGGER tell AFTER UPDATE ON session FOR EACH ROW WHEN (old.token_hash <> new.token_hash OR old.expires_at <> new.expires_at OR old.proved_at <> new.proved_at OR old.mfa_due <> new.mfa_due OR old.method <> new.method OR old.second_factor_at IS DISTINCT FROM new.second_factor_at) EXECUTE FUNCTION tell_account_of();
CREATE TRIGGER tell_gone AFTER DELETE ON session FOR EACH ROW WHEN (old.expires_at::numeric > (EXTRACT(epoch FROM clock_timestamp()) * 1000000::numeric)) EXECUTE FUNCTION tell_account_of();
CREATE TRIGGER tell AFTER INSERT OR DELETE OR UPDATE ON setting FOR EACH STATEMENT EXECUTE FUNCTION tell_setting();
CREATE TRIGGER tell AFTER UPDATE ON signup_domain FOR EACH ROW WHEN (old.proved_at IS DISTINCT FROM new.proved_at) EXECUTE FUNCTION tell_of_everything();
CREATE TRIGGER tell_gone AFTER DELETE ON signup_domain FOR EACH ROW WHEN (old.proved_at IS NOT NULL) EXECUTE FUNCTION tell_of_everything();
CREATE TRIGGER tell AFTER UPDATE ON token FOR EACH ROW WHEN (old.token_hash <> new.token_hash OR old.expires_at IS DISTINCT FROM new.expires_at OR old.scopes IS DISTINCT FROM new.scopes) EXECUTE FUNCTION tell_of_token();
CREATE TRIGGER tell_gone AFTER DELETE ON token FOR EACH ROW EXECUTE FUNCTION tell_of_token();
INSERT INTO "audit_chain" (organization_id, number, hash, pruned_number, pruned_hash, pruned_at) VALUES ('00000000-0000-0000-0000-000000000000', '0', E'\\x0000000000000000000000000000000000000000000000000000000000000000', '0', E'\\x0000000000000000000000000000000000000000000000000000000000000000', '0');
INSERT INTO "migration" (number, name) VALUES ('1', 'people');
INSERT INTO "migration" (number, name) VALUES ('10', 'audit_chain');
INSERT INTO "migration" (number, name) VALUES ('11', 'tenant');
INSERT INTO "migration" (number, name) VALUES ('12', 'setting');
INSERT INTO "migration" (number, name) VALUES ('13', 'backup');
INSERT INTO "migration" (number, name) VALUES ('14', 'repository_role');
INSERT INTO "migration" (number, name) VALUES ('15', 'commit');
INSERT INTO "migration" (number, name) VALUES ('16', 'ways');
INSERT INTO "migration" (number, name) VALUES ('17', 'leaving');
INSERT INTO "migration" (number, name) VALUES ('2', 'access');
INSERT INTO "migration" (number, name) VALUES ('3', 'proof');
INSERT INTO "migration" (number, name) VALUES ('4', 'factor');
INSERT INTO "migration" (number, name) VALUES ('5', 'identity');
INSERT INTO "migration" (number, name) VALUES ('6', 'single_sign_on');
INSERT INTO "migration" (number, name) VALUES ('7', 'sign_up');
INSERT INTO "migration" (number, name) VALUES ('8', 'role_count');
INSERT INTO "migration" (number, name) VALUES ('9', 'folded_search');
