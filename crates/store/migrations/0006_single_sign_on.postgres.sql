-- Joining or leaving an organization decides whether another one manages the account, and so how far a session reaches that
-- this other one's identity provider opened. Nobody else need be told.
CREATE FUNCTION tell_of_belonging() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    account UUID := COALESCE(NEW.account_id, OLD.account_id);
BEGIN
    IF EXISTS (SELECT 1 FROM session WHERE account_id = account AND proved_by_organization_id IS NOT NULL) THEN
        PERFORM pg_notify('roster', 'account ' || account);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER tell_belonging AFTER INSERT OR DELETE ON membership FOR EACH ROW EXECUTE FUNCTION tell_of_belonging();
CREATE TRIGGER tell_belonging_changed AFTER UPDATE ON membership FOR EACH ROW
    WHEN (OLD.standing <> NEW.standing) EXECUTE FUNCTION tell_of_belonging();

-- So does an address of a domain that the organization has proved.
DROP TRIGGER tell ON account;
CREATE TRIGGER tell AFTER UPDATE ON account FOR EACH ROW
    WHEN (OLD.name <> NEW.name OR OLD.superuser <> NEW.superuser OR OLD.suspended_at IS DISTINCT FROM NEW.suspended_at
        OR OLD.second_factors <> NEW.second_factors
        OR OLD.home_organization_id IS DISTINCT FROM NEW.home_organization_id
        OR OLD.email_key IS DISTINCT FROM NEW.email_key)
    EXECUTE FUNCTION tell_account();
