-- Single sign-on: the identity provider that an organization believes, whom it has signed in, and what it said once.

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

-- Found by who vouches and by the name that one knows the person by; in another organization both are somebody else's.
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

-- Assertions that were taken: each is good once, as long as it is good.
CREATE TABLE saml_assertion (
    digest     BYTEA  PRIMARY KEY,
    good_until BIGINT NOT NULL
);
CREATE INDEX saml_assertion_age ON saml_assertion (good_until);
