-- A proof decides which accounts an organization manages: it is not known whose those are.
CREATE FUNCTION tell_of_everything() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('roster', 'everything');
    RETURN NULL;
END $$;

CREATE TRIGGER tell AFTER UPDATE ON signup_domain FOR EACH ROW
    WHEN (OLD.proved_at IS DISTINCT FROM NEW.proved_at) EXECUTE FUNCTION tell_of_everything();
CREATE TRIGGER tell_gone AFTER DELETE ON signup_domain FOR EACH ROW
    WHEN (OLD.proved_at IS NOT NULL) EXECUTE FUNCTION tell_of_everything();
