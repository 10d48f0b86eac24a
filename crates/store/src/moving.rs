//! People of an organization by the thousand: read for an export, looked up and written for an import.

mod thing;

use std::collections::HashMap;

use domain::account::AuthenticationMethod;
use domain::grant::Granting;
use domain::id::{AccountId, GroupId, Id, MemberId, RoleId};
use domain::moving::{Belonging, Ended, Member, State};
use domain::text::{EmailAddress, PersonName, Phone, Username};
use domain::{Refusal, Timestamp};

use crate::account::searched;
use crate::db::{Error, Maybe, Result, Row, assembled, json, query};
use crate::many::Many;
use crate::{Mode, Scope, Writing, belonging, member};

pub use thing::{AccessPlace, access, invitations, projects};

/// Which members of an organization a page is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Those of this role.
    With(RoleId),
    /// All others.
    Without(RoleId),
}

/// A page of members in the order in which they came, and where the next one begins. Hashes of passwords are read for those
/// whose account the organization manages, where they are asked for.
pub async fn members(
    scope: &mut Scope<impl Mode>,
    who: Who,
    hashes: bool,
    after: Option<MemberId>,
    limit: i64,
) -> Result<(Vec<Member>, Option<MemberId>)> {
    let organization = scope.organization().id;
    let (condition, role) = match who {
        Who::With(role) => ("m.role_id = $3", role),
        Who::Without(role) => ("m.role_id <> $3", role),
    };
    let (hash, password) = if hashes {
        let managed = member::managed("m.organization_id");
        (
            format!("CASE WHEN {managed} THEN p.hash END"),
            "LEFT JOIN password p ON p.account_id = a.id AND NOT p.must_change AND NOT a.superuser",
        )
    } else {
        ("NULL".to_owned(), "")
    };
    let rows = assembled(format!(
        "SELECT m.id AS member_id, m.role_until, m.standing, m.joined_at, m.disabled_at, m.disabled_by, m.disabled_reason,
             r.slug AS role_slug, a.username, a.email, a.email_verified, a.name, a.phone, a.time_zone, a.locale,
             a.authentication_method, a.suspended_at, a.suspended_by, a.suspended_reason, a.created_at,
             {hash} AS password_hash
         FROM membership m
         JOIN account a ON a.id = m.account_id
         JOIN role r ON r.organization_id = m.organization_id AND r.id = m.role_id
         {password}
         WHERE m.organization_id = $1 AND m.id > $2 AND {condition}
         ORDER BY m.id
         LIMIT $4 + 0"
    ))
    .bind(organization)
    .bind(after.map_or(uuid::Uuid::nil(), Id::uuid))
    .bind(role)
    .bind(limit)
    .fetch_all(scope.tx())
    .await?;
    let ids: Vec<MemberId> = rows.iter().map(|row| row.id("member_id")).collect::<Result<_>>()?;
    let mut groups = belonging::of_principals(scope, &ids).await?;
    let mut members = Vec::with_capacity(rows.len());
    for (row, id) in rows.iter().zip(&ids) {
        let groups = groups.remove(id).unwrap_or_default();
        members.push(Member {
            groups: groups.into_iter().map(belonging_of).collect(),
            ..from_row(row)?
        });
    }
    Ok((members, ids.last().copied()))
}

pub fn belonging_of(belonging: domain::member::Belonging) -> Belonging {
    Belonging {
        group: belonging.slug,
        until: belonging.until,
        origin: Some(belonging.origin).filter(|origin| origin != domain::group::BY_HAND),
    }
}

fn from_row(row: &Row) -> Result<Member> {
    let method = row.word("authentication_method", AuthenticationMethod::parse)?;
    Ok(Member {
        username: Some(row.get("username")?),
        email: row.get("email")?,
        email_verified: row.get("email_verified")?,
        name: Some(row.get("name")?),
        phone: row.get("phone")?,
        time_zone: row.get("time_zone")?,
        locale: row.get("locale")?,
        authentication_method: Some(method).filter(|method| *method != AuthenticationMethod::Password),
        role: Some(row.get("role_slug")?),
        until: row.get("role_until")?,
        state: match row.get::<String>("standing")?.as_str() {
            "active" => State::Active,
            "awaiting_consent" => State::AwaitingConsent,
            "disabled" => State::Disabled(ended(row, "disabled")?),
            other => return Err(Error::Corrupt(format!("column standing: {other:?}"))),
        },
        suspended: match row.get::<Option<Timestamp>>("suspended_at")? {
            Some(_) => Some(ended(row, "suspended")?),
            None => None,
        },
        joined_at: row.get("joined_at")?,
        created_at: Some(row.get("created_at")?),
        groups: Vec::new(),
        password_hash: row.get("password_hash")?,
    })
}

fn ended(row: &Row, what: &str) -> Result<Ended> {
    Ok(Ended {
        at: row.get(&format!("{what}_at"))?,
        by: row.get(&format!("{what}_by"))?,
        reason: row.get(&format!("{what}_reason"))?,
    })
}

/// An account that is here already, as far as it decides what becomes of a line.
#[derive(Clone, Debug)]
pub struct Known {
    pub account: AccountId,
    pub username: String,
    pub name: String,
    pub email: Option<String>,
    pub email_verified: bool,
    pub suspended: bool,
    pub member: Option<MemberId>,
}

/// The accounts of these addresses and usernames, both lower-cased: by address, and by username.
pub async fn known(
    scope: &mut Scope<impl Mode>,
    emails: &[&str],
    usernames: &[&str],
) -> Result<(HashMap<String, Known>, HashMap<String, Known>)> {
    let by_email = found(scope, "email_key", emails).await?;
    let by_username = found(scope, "username_key", usernames).await?;
    Ok((by_email, by_username))
}

async fn found(scope: &mut Scope<impl Mode>, key: &'static str, keys: &[&str]) -> Result<HashMap<String, Known>> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let organization = scope.organization().id;
    // One text however many they are, so that the database knows it already.
    let these = if scope.tx().is_sqlite() {
        "(SELECT value FROM json_each($2))"
    } else {
        "(SELECT jsonb_array_elements_text($2::JSONB))"
    };
    let rows = assembled(format!(
        "SELECT a.{key} AS found_key, a.id, a.username, a.name, a.email, a.email_verified,
             a.suspended_at, m.id AS member_id
         FROM account a
         LEFT JOIN membership m ON m.organization_id = $1 AND m.account_id = a.id
         WHERE a.{key} IN {these}"
    ))
    .bind(organization)
    // PostgreSQL has no such character in a text, and SQLite's rows have it replaced: it finds nobody.
    .bind(json(&keys)?.replace("\\u0000", "\u{fffd}"))
    .fetch_all(scope.tx())
    .await?;
    rows.iter()
        .map(|row| {
            let known = Known {
                account: row.id("id")?,
                username: row.get("username")?,
                name: row.get("name")?,
                email: row.get("email")?,
                email_verified: row.get("email_verified")?,
                suspended: row.get::<Option<Timestamp>>("suspended_at")?.is_some(),
                member: row.maybe_id("member_id")?,
            };
            Ok((row.get("found_key")?, known))
        })
        .collect()
}

/// A member by the account's username or address.
pub async fn member_by_login(scope: &mut Scope<impl Mode>, login: &str) -> Result<Option<MemberId>> {
    let organization = scope.organization().id;
    let row = query(
        "SELECT m.id FROM account a JOIN membership m ON m.organization_id = $1 AND m.account_id = a.id
         WHERE a.username_key = $2 OR a.email_key = $2
         ORDER BY CASE WHEN a.username_key = $2 THEN 0 ELSE 1 END
         LIMIT 1",
    )
    .bind(organization)
    .bind(login.to_lowercase())
    .fetch_optional(scope.tx())
    .await?;
    row.map(|row| row.id("id")).transpose()
}

/// An account that does not exist yet.
pub struct NewAccount {
    pub username: Username,
    pub name: PersonName,
    pub email: Option<EmailAddress>,
    pub email_verified: bool,
    pub phone: Option<Phone>,
    pub time_zone: Option<String>,
    pub locale: Option<String>,
    pub method: AuthenticationMethod,
    pub suspended: Option<Ended>,
    pub created_at: Timestamp,
    pub password_hash: Option<String>,
}

/// Somebody who is to be a member, with the account that they get or have.
pub struct NewMember {
    pub id: MemberId,
    pub account: AccountId,
    /// None where it is here already.
    pub new: Option<NewAccount>,
    pub username: String,
    pub name: String,
    pub email: Option<String>,
    pub role: RoleId,
    pub role_until: Option<Timestamp>,
    pub state: State,
    pub joined_at: Option<Timestamp>,
    pub groups: Vec<(GroupId, Option<Timestamp>, String)>,
}

/// Puts them all in, whatever becomes of any other line: whoever calls has looked that nobody of them is there.
/// False where a name or an address was taken meanwhile.
pub async fn insert(scope: &mut Scope<Writing>, people: &[NewMember], granted: &Granting) -> Result<bool> {
    let (organization, revision) = (scope.organization().id, scope.revision());
    let by = json(&granted.by)?;
    let mut accounts = Many::new(
        "INSERT INTO account (id, username, username_key, name, name_key, email, email_key, email_verified, phone, superuser,
             home_organization_id, authentication_method, time_zone, locale, suspended_at, suspended_by, suspended_reason,
             created_at, revision)",
        19,
    )
    .conflict(Refusal::UsernameTaken {
        username: String::new(),
    });
    let mut searches = Many::new("INSERT INTO account_search (account_id, name_key, search)", 3);
    let mut passwords = Many::new(
        "INSERT INTO password (account_id, hash, must_change, expires_at, changed_at)",
        5,
    );
    let mut memberships = Many::new(
        "INSERT INTO membership (organization_id, id, account_id, role_id, role_until, standing, joined_at, disabled_at,
             disabled_by, disabled_reason, name_key, search, revision, role_granted_by, role_granted_at)",
        15,
    );
    let mut belongings = Many::new(
        "INSERT INTO group_member (organization_id, group_id, principal_id, member_id, origin, until, granted_by, granted_at)",
        8,
    );
    for person in people {
        let name_key = person.name.to_lowercase();
        let search = searched(&person.name, &person.username, person.email.as_deref());
        if let Some(new) = &person.new {
            let suspended = new.suspended.as_ref();
            accounts
                .put(person.account)
                .put(new.username.as_str())
                .put(new.username.key())
                .put(new.name.as_str())
                .put(name_key.as_str())
                .put(new.email.as_ref().map(EmailAddress::as_str))
                .put(new.email.as_ref().map(EmailAddress::key))
                .put(new.email_verified)
                .put(new.phone.as_ref().map(Phone::as_str))
                .put(false)
                .put(organization)
                .put(new.method.name())
                .put(new.time_zone.as_deref())
                .put(new.locale.as_deref())
                .put(suspended.map(|ended| ended.at.unwrap_or(granted.at)))
                .put(suspended.map(|ended| ended.by.as_deref().unwrap_or_default()))
                .put(suspended.and_then(|ended| ended.reason.as_deref()))
                .put(new.created_at)
                .put(1_i64);
            searches.put(person.account).put(name_key.as_str()).put(search.as_str());
            if let Some(hash) = &new.password_hash {
                passwords
                    .put(person.account)
                    .put(hash.as_str())
                    .put(false)
                    .put(None::<Timestamp>)
                    .put(granted.at);
            }
        }
        let disabled = match &person.state {
            State::Disabled(ended) => Some(ended),
            _ => None,
        };
        memberships
            .put(organization)
            .put(person.id)
            .put(person.account)
            .put(person.role)
            .put(person.role_until)
            .put(match &person.state {
                State::Active => "active",
                State::Disabled(_) => "disabled",
                State::AwaitingConsent => "awaiting_consent",
            })
            .put(person.joined_at)
            .put(disabled.map(|ended| ended.at.unwrap_or(granted.at)))
            .put(disabled.map(|ended| ended.by.as_deref().unwrap_or_default()))
            .put(disabled.and_then(|ended| ended.reason.as_deref()))
            .put(name_key)
            .put(search)
            .put(revision)
            .put(by.as_str())
            .put(granted.at);
        for (group, until, origin) in &person.groups {
            belongings
                .put(organization)
                .put(*group)
                .put(person.id)
                .put(Maybe(Some(person.id)))
                .put(origin.as_str())
                .put(*until)
                .put(by.as_str())
                .put(granted.at);
        }
    }
    for rows in [accounts, searches, passwords, memberships, belongings] {
        match rows.execute(scope.tx()).await {
            Err(Error::Refused(_)) => return Ok(false),
            written => written?,
        }
    }
    Ok(true)
}
