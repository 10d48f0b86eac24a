CREATE TRIGGER role_member_added AFTER INSERT ON membership BEGIN
    INSERT INTO role_member_count (organization_id, role_id, members) VALUES (new.organization_id, new.role_id, 1)
    ON CONFLICT (organization_id, role_id) DO UPDATE SET members = members + 1;
END;
CREATE TRIGGER role_member_removed AFTER DELETE ON membership BEGIN
    UPDATE role_member_count SET members = members - 1
    WHERE organization_id = old.organization_id AND role_id = old.role_id;
END;
CREATE TRIGGER role_member_changed AFTER UPDATE OF role_id ON membership WHEN old.role_id <> new.role_id BEGIN
    UPDATE role_member_count SET members = members - 1
    WHERE organization_id = old.organization_id AND role_id = old.role_id;
    INSERT INTO role_member_count (organization_id, role_id, members) VALUES (new.organization_id, new.role_id, 1)
    ON CONFLICT (organization_id, role_id) DO UPDATE SET members = members + 1;
END;
