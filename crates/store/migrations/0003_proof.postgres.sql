DROP TRIGGER tell ON account;
CREATE TRIGGER tell AFTER UPDATE ON account FOR EACH ROW
    WHEN (OLD.name <> NEW.name OR OLD.superuser <> NEW.superuser OR OLD.suspended_at IS DISTINCT FROM NEW.suspended_at
        OR OLD.second_factors <> NEW.second_factors
        OR OLD.home_organization_id IS DISTINCT FROM NEW.home_organization_id)
    EXECUTE FUNCTION tell_account();

DROP TRIGGER tell ON session;
CREATE TRIGGER tell AFTER UPDATE ON session FOR EACH ROW
    WHEN (OLD.token_hash <> NEW.token_hash OR OLD.expires_at <> NEW.expires_at OR OLD.proved_at <> NEW.proved_at
        OR OLD.mfa_due <> NEW.mfa_due)
    EXECUTE FUNCTION tell_account_of();
