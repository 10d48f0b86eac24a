-- Connecting an account of a host, or taking it away, decides what its repositories give.
CREATE FUNCTION tell_of_identity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('roster', 'account ' || COALESCE(NEW.account_id, OLD.account_id));
    RETURN NULL;
END $$;

CREATE TRIGGER tell AFTER INSERT OR DELETE ON identity FOR EACH ROW EXECUTE FUNCTION tell_of_identity();
