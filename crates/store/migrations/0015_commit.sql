-- Whether somebody is invited already who has no address.
CREATE INDEX invitation_username ON invitation (organization_id, username_key) WHERE email_key IS NULL;
-- The same of an account of a host.
CREATE INDEX invitation_subject ON invitation (organization_id, provider, subject) WHERE subject IS NOT NULL;
