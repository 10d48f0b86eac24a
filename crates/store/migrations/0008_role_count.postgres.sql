-- Once for each statement and not for each row: replacing a role of very many would else change one row as often.

CREATE FUNCTION count_role_members_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO role_member_count AS known (organization_id, role_id, members)
    SELECT organization_id, role_id, COUNT(*) FROM added GROUP BY organization_id, role_id
    ON CONFLICT (organization_id, role_id) DO UPDATE SET members = known.members + excluded.members;
    RETURN NULL;
END $$;

CREATE FUNCTION count_role_members_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE role_member_count known SET members = known.members - gone.members
    FROM (SELECT organization_id, role_id, COUNT(*) AS members FROM removed GROUP BY organization_id, role_id) gone
    WHERE known.organization_id = gone.organization_id AND known.role_id = gone.role_id;
    RETURN NULL;
END $$;

CREATE FUNCTION count_role_members_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO role_member_count AS known (organization_id, role_id, members)
    SELECT organization_id, role_id, SUM(more)
    FROM (
        SELECT organization_id, role_id, 1 AS more FROM added
        UNION ALL
        SELECT organization_id, role_id, -1 FROM removed
    ) moved
    GROUP BY organization_id, role_id
    HAVING SUM(more) <> 0
    ON CONFLICT (organization_id, role_id) DO UPDATE SET members = known.members + excluded.members;
    RETURN NULL;
END $$;

CREATE TRIGGER role_member_added AFTER INSERT ON membership REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION count_role_members_added();
CREATE TRIGGER role_member_removed AFTER DELETE ON membership REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION count_role_members_removed();
CREATE TRIGGER role_member_changed AFTER UPDATE ON membership REFERENCING OLD TABLE AS removed NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION count_role_members_changed();
