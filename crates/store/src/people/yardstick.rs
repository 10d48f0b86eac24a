//! What a page of members would cost with nothing around it: the same statement, and of its rows the same JSON. Built for
//! measuring alone.

use domain::Timestamp;
use domain::id::{AccountId, Id, MemberId, OrganizationId, RoleId};
use serde::Serialize;

use super::{Among, Filter, statement};
use crate::Store;
use crate::db::{Result, Row};

const LIMIT: usize = 50;

#[derive(Serialize)]
pub struct Page {
    items: Vec<Member>,
    next_cursor: &'static str,
}

#[derive(Serialize)]
struct Member {
    id: String,
    account_id: String,
    name: String,
    username: String,
    email: Option<String>,
    email_verified: bool,
    phone: Option<String>,
    role: Role,
    groups: [(); 0],
    status: String,
    availability: &'static str,
    authentication_method: String,
    mfa: Mfa,
    last_sign_in_at: Option<String>,
    joined_at: Option<String>,
    account_created_at: String,
    managed: Option<bool>,
    superuser: bool,
    disabled: Option<()>,
    suspended: Option<()>,
}

/// The bare handler knows one role by heart.
#[derive(Serialize)]
struct Role {
    id: String,
    slug: &'static str,
    name: &'static str,
    colour: &'static str,
    until: Option<String>,
    ended: bool,
}

#[derive(Serialize)]
struct Mfa {
    enabled: bool,
    methods: [(); 0],
}

/// The first page.
pub async fn page(store: &Store, organization: OrganizationId) -> Result<Page> {
    let mut tx = store.read().await?;
    let wanted = i64::try_from(LIMIT).unwrap_or(0) + 1;
    let rows = statement(tx.is_sqlite(), organization, &Filter::default(), &Among::All, wanted)
        .fetch_all(&mut tx)
        .await?;
    Ok(Page {
        items: rows.iter().take(LIMIT).map(member).collect::<Result<_>>()?,
        next_cursor: "WyJhbm5hIGFzaGJlcmciLCIwMTk5MDAwMC0wMDAwLTcwMDAtODAwMC0wMTIwMDAwMDAwMDAiXQ",
    })
}

fn member(row: &Row) -> Result<Member> {
    let text = |id: &dyn ToString| id.to_string();
    let time =
        |name: &str| -> Result<Option<String>> { Ok(row.get::<Option<Timestamp>>(name)?.map(|time| time.to_string())) };
    Ok(Member {
        id: text(&row.id::<MemberId>("member_id")?),
        account_id: text(&row.id::<AccountId>("account_id")?),
        name: row.get("name")?,
        username: row.get("username")?,
        email: row.get("email")?,
        email_verified: row.get("email_verified")?,
        phone: row.get("phone")?,
        role: Role {
            id: text(&RoleId::from_uuid(row.get("role_id")?)),
            slug: "member",
            name: "Member",
            colour: "grey",
            until: time("role_until")?,
            ended: false,
        },
        groups: [],
        status: row.get("standing")?,
        availability: "available",
        authentication_method: row.get("authentication_method")?,
        mfa: Mfa {
            enabled: false,
            methods: [],
        },
        last_sign_in_at: time("last_sign_in_at")?,
        joined_at: time("joined_at")?,
        account_created_at: time("account_created_at")?.unwrap_or_default(),
        managed: row.get("managed")?,
        superuser: row.get("superuser")?,
        disabled: None,
        suspended: None,
    })
}
