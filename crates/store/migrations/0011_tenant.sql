-- What whoever runs the instance does to whole organizations, what they look for, and what they look at.

-- A disabled organization lets nobody in; a deleted one is kept for thirty days. What it was before stands in
-- status_before, so that it comes back as that.
ALTER TABLE organization ADD COLUMN status_before TEXT;
ALTER TABLE organization ADD COLUMN disabled_at BIGINT;
ALTER TABLE organization ADD COLUMN disabled_by TEXT;
ALTER TABLE organization ADD COLUMN disabled_reason TEXT;
ALTER TABLE organization ADD COLUMN deleted_at BIGINT;
ALTER TABLE organization ADD COLUMN deleted_by TEXT;
CREATE INDEX organization_deleted ON organization (deleted_at) WHERE deleted_at IS NOT NULL;
-- Whose accounts end with an organization.
CREATE INDEX account_home ON account (home_organization_id) WHERE home_organization_id IS NOT NULL;

-- What a search over all accounts looks through, apart from them: the number is the search index's.
CREATE TABLE account_search (
    number     IDENTITY_KEY,
    account_id UUID        NOT NULL UNIQUE REFERENCES account (id) ON DELETE CASCADE,
    name_key   SORTED_TEXT NOT NULL,
    search     TEXT        NOT NULL
);
CREATE INDEX account_search_name ON account_search (name_key, account_id, search);

-- What the dashboard draws: a value of each measure now and then, for some weeks.
CREATE TABLE metric_sample (
    measure TEXT   NOT NULL,
    at      BIGINT NOT NULL,
    value   BIGINT NOT NULL,
    PRIMARY KEY (measure, at)
);
