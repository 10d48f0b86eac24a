-- How many members have each role, kept by triggers: a role that a hundred thousand have is not counted at each look.

CREATE TABLE role_member_count (
    organization_id UUID   NOT NULL,
    role_id         UUID   NOT NULL,
    members         BIGINT NOT NULL,
    PRIMARY KEY (organization_id, role_id),
    FOREIGN KEY (organization_id, role_id) REFERENCES role (organization_id, id) ON DELETE CASCADE
);

INSERT INTO role_member_count (organization_id, role_id, members)
SELECT organization_id, role_id, COUNT(*) FROM membership GROUP BY organization_id, role_id;
