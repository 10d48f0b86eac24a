-- What people may do in the repository that a project names gives them a role there. The host is asked now and then, in the
-- name of whoever named the repository; what it told ends by itself unless it is told again.

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

-- Whom the host names by its own id, connected here or not.
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

-- Every role that somebody or a group has on a project, whether it was given here or comes from the project's repository.
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
