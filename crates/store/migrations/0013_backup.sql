-- Audit entries that a later one has taken back, each at most once.
CREATE TABLE audit_undone (
    organization_id UUID NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    event_id        UUID NOT NULL,
    undone_by_id    UUID NOT NULL,
    PRIMARY KEY (organization_id, event_id)
);
