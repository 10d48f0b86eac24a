//! The rules that hold whatever happened, looked at from outside: by the doctor, by the API, and by SQL past both. They are
//! those of SECURITY.md that a state can show.

use std::path::PathBuf;

use serde_json::Value;
use sqlx::{Connection, PgConnection, SqliteConnection};

use crate::house::{Caller, House};

/// What must not be: each counts rows that break a rule.
const NEVER: &[(&str, &str)] = &[
    (
        "an organization without an active Owner",
        "SELECT COUNT(*) FROM organization o WHERE o.status = 'active' AND NOT EXISTS (
             SELECT 1 FROM membership m
             JOIN role r ON r.organization_id = m.organization_id AND r.id = m.role_id
             JOIN account a ON a.id = m.account_id
             WHERE m.organization_id = o.id AND r.slug = 'owner' AND m.standing = 'active' AND a.suspended_at IS NULL)",
    ),
    (
        "an instance without an active superuser",
        "SELECT CAST(COUNT(*) AS BIGINT) FROM instance WHERE NOT EXISTS (
             SELECT 1 FROM account WHERE superuser AND suspended_at IS NULL)",
    ),
    (
        "a session of a suspended account",
        "SELECT COUNT(*) FROM session s JOIN account a ON a.id = s.account_id WHERE a.suspended_at IS NOT NULL",
    ),
    (
        "a token of a suspended account",
        "SELECT COUNT(*) FROM token t JOIN account a ON a.id = t.account_id WHERE a.suspended_at IS NOT NULL",
    ),
    (
        "a token for an organization in which its account is disabled, or is no member",
        "SELECT COUNT(*) FROM token t WHERE t.account_id IS NOT NULL AND t.organization_id IS NOT NULL AND NOT EXISTS (
             SELECT 1 FROM membership m WHERE m.organization_id = t.organization_id AND m.account_id = t.account_id
             AND m.standing = 'active')",
    ),
    (
        "a role that more or fewer have than is counted",
        "SELECT COUNT(*) FROM role r
         LEFT JOIN role_member_count c ON c.organization_id = r.organization_id AND c.role_id = r.id
         WHERE COALESCE(c.members, 0) <> (
             SELECT COUNT(*) FROM membership m WHERE m.organization_id = r.organization_id AND m.role_id = r.id)",
    ),
    (
        "a chain of the audit log with a gap, or an end that is missing",
        "SELECT COUNT(*) FROM audit_chain c WHERE c.number - c.pruned_number <> (
             SELECT COUNT(*) FROM audit_event e WHERE e.organization_id = c.organization_id
             AND e.number > c.pruned_number AND e.number <= c.number)",
    ),
    (
        "an entry of the audit log outside its chain",
        "SELECT COUNT(*) FROM audit_event e WHERE NOT EXISTS (
             SELECT 1 FROM audit_chain c WHERE c.organization_id = e.organization_id AND e.number <= c.number)",
    ),
    (
        "an invitation that was accepted or revoked and whose link is still there",
        "SELECT COUNT(*) FROM invitation_link l
         JOIN invitation i ON i.organization_id = l.organization_id AND i.id = l.invitation_id
         WHERE i.accepted_at IS NOT NULL OR i.revoked_at IS NOT NULL",
    ),
    (
        "an open invitation whose mail is to be sent, and nobody will",
        "SELECT COUNT(*) FROM invitation i
         WHERE i.delivery = 'queued' AND i.accepted_at IS NULL AND i.revoked_at IS NULL
         AND NOT EXISTS (SELECT 1 FROM job j WHERE j.subject_id = i.id)",
    ),
];

enum Database {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Database {
    async fn of(house: &House) -> Self {
        match house.database() {
            Some(url) => Self::Postgres(PgConnection::connect(url).await.unwrap()),
            None => Self::Sqlite(SqliteConnection::connect(house.file().to_str().unwrap()).await.unwrap()),
        }
    }

    async fn number(&mut self, sql: &'static str) -> i64 {
        match self {
            Self::Sqlite(connection) => sqlx::query_scalar(sql).fetch_one(connection).await.unwrap(),
            Self::Postgres(connection) => sqlx::query_scalar(sql).fetch_one(connection).await.unwrap(),
        }
    }

    async fn texts(&mut self, sql: &'static str) -> Vec<String> {
        match self {
            Self::Sqlite(connection) => sqlx::query_scalar(sql).fetch_all(connection).await.unwrap(),
            Self::Postgres(connection) => sqlx::query_scalar(sql).fetch_all(connection).await.unwrap(),
        }
    }

    async fn close(self) {
        match self {
            Self::Sqlite(connection) => connection.close().await.unwrap(),
            Self::Postgres(connection) => connection.close().await.unwrap(),
        }
    }
}

/// All of them, of an instance that serves; `superuser` is signed in there.
pub async fn hold(house: &House, superuser: &Caller) {
    in_the_database(house).await;
    by_the_doctor(house).await;
    by_the_api(superuser).await;
}

/// Those that SQL can tell, whether anything serves or not.
pub async fn in_the_database(house: &House) {
    let mut database = Database::of(house).await;
    for (what, sql) in NEVER {
        assert_eq!(database.number(sql).await, 0, "{what}");
    }
    let crowds = "SELECT o.policies || ' ' || COUNT(*) FROM organization o
                  JOIN membership m ON m.organization_id = o.id AND m.standing = 'active'
                  GROUP BY o.id, o.policies";
    for line in database.texts(crowds).await {
        let (policies, members) = line.rsplit_once(' ').unwrap();
        let policies: Value = serde_json::from_str(policies).unwrap();
        let members: i64 = members.parse().unwrap();
        if let Some(limit) = policies["member_limit"].as_i64() {
            assert!(members <= limit, "{members} members in {limit} slots");
        }
    }
    database.close().await;
}

/// A number that SQL tells.
pub async fn count(house: &House, sql: &'static str) -> i64 {
    let mut database = Database::of(house).await;
    let number = database.number(sql).await;
    database.close().await;
    number
}

/// What the doctor calls wrong, chains of the audit log and damage among it.
pub async fn by_the_doctor(house: &House) {
    let ended = house
        .run(&["doctor", "--output", "json", "--listen", "127.0.0.1:0"], "")
        .await;
    let told: Value = serde_json::from_str(&ended.out).unwrap_or_else(|_| panic!("{}{}", ended.out, ended.err));
    let wrong: Vec<&Value> = told["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["level"] == "wrong")
        .collect();
    assert!(wrong.is_empty() && ended.code == Some(0), "{wrong:#?}");
}

async fn by_the_api(superuser: &Caller) {
    assert_eq!(superuser.get("/readyz").await.0, 200);
    for organization in superuser.all("/api/v1/organizations").await {
        let path = format!("/api/v1/organizations/{}", organization["slug"].as_str().unwrap());
        let (status, limits) = superuser.get(&format!("{path}/limits")).await;
        assert_eq!(status, 200, "{limits}");
        let slots = &limits["members"];
        if let Some(limit) = slots["limit"].as_i64() {
            assert!(slots["used"].as_i64().unwrap() <= limit, "{organization}: {limits}");
        }
        let members = superuser.all(&format!("{path}/members")).await;
        let counted = members
            .iter()
            .filter(|member| member["status"] == "active" || member["status"] == "suspended")
            .count();
        assert_eq!(
            slots["used"].as_u64(),
            Some(u64::try_from(counted).unwrap()),
            "{limits}"
        );
        let owners = members
            .iter()
            .filter(|member| member["status"] == "active" && member["role"]["slug"] == "owner");
        assert!(owners.count() > 0, "{organization} has no active Owner");
    }
}

/// An export of every organization's audit log, judged by the command that knows no server.
pub async fn exports_verify(house: &House, superuser: &Caller) {
    for organization in superuser.all("/api/v1/organizations").await {
        let slug = organization["slug"].as_str().unwrap();
        let path = format!("/api/v1/organizations/{slug}/audit-events");
        let export = superuser.request("GET", &path).header("accept", "application/x-ndjson");
        let export = export.send().await.unwrap().bytes().await.unwrap();
        let file: PathBuf = house.path(&format!("{slug}.ndjson"));
        std::fs::write(&file, export).unwrap();
        let ended = house.run(&["audit", "verify", file.to_str().unwrap()], "").await;
        assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
    }
}
