-- A second factor that was given counts on every node at once.
DROP TRIGGER tell ON session;
CREATE TRIGGER tell AFTER UPDATE ON session FOR EACH ROW
    WHEN (OLD.token_hash <> NEW.token_hash OR OLD.expires_at <> NEW.expires_at OR OLD.proved_at <> NEW.proved_at
        OR OLD.mfa_due <> NEW.mfa_due OR OLD.method <> NEW.method
        OR OLD.second_factor_at IS DISTINCT FROM NEW.second_factor_at)
    EXECUTE FUNCTION tell_account_of();
