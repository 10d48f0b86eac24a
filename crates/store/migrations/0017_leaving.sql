-- Whoever leaves takes along what is theirs, by foreign keys; each looks for it by these, rather than among everybody's.
CREATE INDEX group_member_member ON group_member (organization_id, member_id) WHERE member_id IS NOT NULL;
CREATE INDEX group_member_service_account ON group_member (organization_id, service_account_id)
    WHERE service_account_id IS NOT NULL;
CREATE INDEX project_access_member ON project_access (organization_id, member_id) WHERE member_id IS NOT NULL;
CREATE INDEX project_access_service_account ON project_access (organization_id, service_account_id)
    WHERE service_account_id IS NOT NULL;
CREATE INDEX project_access_group ON project_access (organization_id, group_id) WHERE group_id IS NOT NULL;
CREATE INDEX consent_link_member ON consent_link (organization_id, member_id);
