-- Every node remembers who may do what. Whatever changes it tells all of them, in its own transaction; triggers do, so
-- that no way of changing it can forget.

CREATE FUNCTION tell_organization() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('roster', 'organization ' || OLD.id);
    RETURN NULL;
END $$;

CREATE FUNCTION tell_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('roster', 'account ' || OLD.id);
    RETURN NULL;
END $$;

CREATE FUNCTION tell_account_of() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('roster', 'account ' || OLD.account_id);
    RETURN NULL;
END $$;

CREATE FUNCTION tell_of_token() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('roster', CASE WHEN OLD.account_id IS NULL THEN 'organization ' || OLD.organization_id
        ELSE 'account ' || OLD.account_id END);
    RETURN NULL;
END $$;

CREATE TRIGGER tell AFTER UPDATE ON organization FOR EACH ROW
    WHEN (OLD.access_revision <> NEW.access_revision OR OLD.slug <> NEW.slug OR OLD.status <> NEW.status)
    EXECUTE FUNCTION tell_organization();
CREATE TRIGGER tell_gone AFTER DELETE ON organization FOR EACH ROW EXECUTE FUNCTION tell_organization();

CREATE TRIGGER tell AFTER UPDATE ON account FOR EACH ROW
    WHEN (OLD.name <> NEW.name OR OLD.superuser <> NEW.superuser OR OLD.suspended_at IS DISTINCT FROM NEW.suspended_at)
    EXECUTE FUNCTION tell_account();
CREATE TRIGGER tell_gone AFTER DELETE ON account FOR EACH ROW EXECUTE FUNCTION tell_account();

-- One that has expired is dead without being told so.
CREATE TRIGGER tell_gone AFTER DELETE ON session FOR EACH ROW
    WHEN (OLD.expires_at > EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)
    EXECUTE FUNCTION tell_account_of();
CREATE TRIGGER tell AFTER UPDATE ON session FOR EACH ROW
    WHEN (OLD.token_hash <> NEW.token_hash OR OLD.expires_at <> NEW.expires_at)
    EXECUTE FUNCTION tell_account_of();

CREATE TRIGGER tell AFTER UPDATE ON password FOR EACH ROW
    WHEN (OLD.must_change <> NEW.must_change)
    EXECUTE FUNCTION tell_account_of();

CREATE TRIGGER tell_gone AFTER DELETE ON token FOR EACH ROW EXECUTE FUNCTION tell_of_token();
CREATE TRIGGER tell AFTER UPDATE ON token FOR EACH ROW
    WHEN (OLD.token_hash <> NEW.token_hash OR OLD.expires_at IS DISTINCT FROM NEW.expires_at
        OR OLD.scopes IS DISTINCT FROM NEW.scopes)
    EXECUTE FUNCTION tell_of_token();
