//! The people of an organization: members and pending invitations in one list, by name. Keyset-paged: a page costs the
//! same wherever it is and however many there are.

mod search;
#[cfg(feature = "yardstick")]
pub mod yardstick;

use std::sync::Arc;

use domain::Timestamp;
use domain::access::OrganizationAccess;
use domain::id::{GroupId, Id, OrganizationId, RoleId};
use domain::invitation::Invitation;
use domain::member::{Member, MemberStatus};
use domain::role::Role;
use domain::search::folded;
use uuid::Uuid;

use crate::account::escape_like;
use crate::db::{Maybe, Query, Result, Row, assembled};
use crate::{Mode, Scope, belonging, invitation, member, role};

pub enum Person {
    Member(Box<Member>),
    Invitation(Box<Invitation>),
}

/// A place in the order of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub name_key: String,
    pub id: Uuid,
}

impl Place {
    /// From what a cursor holds.
    pub fn parse(name_key: String, id: &str) -> Option<Self> {
        Some(Self {
            name_key,
            id: Uuid::parse_str(id).ok()?,
        })
    }
}

#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Lower-cased, trimmed, not empty.
    pub needle: Option<String>,
    pub role: Option<RoleId>,
    /// A group, and when somebody is to be in it.
    pub group: Option<(GroupId, Timestamp)>,
    /// `None`: members of every status.
    pub status: Option<MemberStatus>,
    pub members: bool,
    pub invitations: bool,
    pub after: Option<Place>,
}

impl Filter {
    /// What is looked for in the folded texts of members.
    fn letters(&self) -> Option<String> {
        self.needle.as_deref().map(folded)
    }

    fn pattern(&self) -> Option<String> {
        self.letters().map(|letters| format!("%{}%", escape_like(&letters)))
    }

    pub(crate) fn after(&self) -> Place {
        self.after.clone().unwrap_or(Place {
            name_key: String::new(),
            id: Uuid::nil(),
        })
    }
}

/// Which members a page is made of, of those that the filter leaves.
enum Among {
    All,
    /// Those of these numbers, which have the needle.
    These(Vec<i64>),
    /// Those that the trigram index finds by this phrase.
    Indexed(String),
}

/// Up to `limit` people and the place of the last one if there are more. `access` knows the organization's roles.
pub async fn list(
    scope: &mut Scope<impl Mode>,
    filter: &Filter,
    access: &OrganizationAccess,
    now: Timestamp,
    limit: usize,
) -> Result<(Vec<Person>, Option<Place>)> {
    let wanted = i64::try_from(limit).unwrap_or(200) + 1;
    let mut people: Vec<(Place, Person)> = Vec::new();
    if filter.members {
        for (name_key, found) in list_members(scope, filter, access, wanted).await? {
            let id = found.id.uuid();
            people.push((Place { name_key, id }, Person::Member(Box::new(found))));
        }
    }
    if filter.invitations {
        for (name_key, found) in invitation::list_pending(scope, filter, now, wanted).await? {
            let id = found.id.uuid();
            people.push((Place { name_key, id }, Person::Invitation(Box::new(found))));
        }
    }
    people.sort_by(|(left, _), (right, _)| (&left.name_key, left.id).cmp(&(&right.name_key, right.id)));
    let more = people.len() > limit;
    people.truncate(limit);
    let next = people.last().filter(|_| more).map(|(place, _)| place.clone());
    Ok((people.into_iter().map(|(_, person)| person).collect(), next))
}

async fn list_members(
    scope: &mut Scope<impl Mode>,
    filter: &Filter,
    access: &OrganizationAccess,
    wanted: i64,
) -> Result<Vec<(String, Member)>> {
    let rows = match filter.letters() {
        Some(letters) if search::is_long_enough(&letters) => search::find(scope, filter, &letters, wanted).await?,
        _ => rows(scope, filter, &Among::All, wanted).await?,
    };
    let mut found = Vec::with_capacity(rows.len());
    let mut grouped = Vec::new();
    for row in &rows {
        let role = role_of(scope, access, row.id("role_id")?).await?;
        found.push((row.get("name_key")?, member::from_row(row, role)?));
        grouped.push(row.get::<bool>("grouped")?);
    }
    let in_groups = found.iter_mut().zip(grouped).filter(|(_, grouped)| *grouped);
    let mut in_groups: Vec<&mut Member> = in_groups.map(|((_, member), _)| member).collect();
    belonging::fill(scope, &mut in_groups).await?;
    Ok(found)
}

async fn role_of(scope: &mut Scope<impl Mode>, access: &OrganizationAccess, id: RoleId) -> Result<Arc<Role>> {
    match access.find_role(id) {
        Some(place) => Ok(Arc::clone(&access.role(place).role)),
        // Made since the roles were read.
        None => Ok(Arc::new(role::get(scope, &id.to_string()).await?)),
    }
}

async fn rows(scope: &mut Scope<impl Mode>, filter: &Filter, among: &Among, wanted: i64) -> Result<Vec<Row>> {
    let (organization, is_sqlite) = (scope.organization().id, scope.tx().is_sqlite());
    statement(is_sqlite, organization, filter, among, wanted)
        .fetch_all(scope.tx())
        .await
}

/// `$1` is the organization, `$2` and `$3` the place, `$4` the role, `$5` the pattern, `$6` the limit, `$7` and
/// `$8` the group and when, `$9` which of them.
fn statement(is_sqlite: bool, organization: OrganizationId, filter: &Filter, among: &Among, wanted: i64) -> Query {
    let status = match filter.status {
        None => "TRUE",
        Some(MemberStatus::Active) => "m.standing = 'active' AND a.suspended_at IS NULL",
        Some(MemberStatus::Disabled) => "m.standing = 'disabled' AND a.suspended_at IS NULL",
        Some(MemberStatus::Suspended) => "m.standing <> 'awaiting_consent' AND a.suspended_at IS NOT NULL",
        Some(MemberStatus::AwaitingConsent) => "m.standing = 'awaiting_consent'",
    };
    let role = if filter.role.is_some() {
        "m.role_id = $4"
    } else {
        "$4 IS NULL"
    };
    let group = if filter.group.is_some() {
        "m.id IN (
             SELECT gm.principal_id FROM group_member gm
             WHERE gm.organization_id = $1 AND gm.group_id = $7 AND (gm.until IS NULL OR gm.until > $8)
         )"
    } else {
        "$7 IS NULL AND $8 IS NULL"
    };
    let search = match (&filter.needle, among) {
        (None, _) => "$5 IS NULL",
        // They were looked at; a second look would tempt PostgreSQL into its trigram index.
        (Some(_), Among::These(_)) => "$5 IS NOT NULL",
        (Some(_), Among::All | Among::Indexed(_)) => "m.search LIKE $5 ESCAPE '!'",
    };
    let (narrowing, which) = search::narrowing(is_sqlite, among);
    // SQLite takes an index of the organization for the narrowest way in, unless the column stands in an expression.
    let member_of = match among {
        Among::These(_) | Among::Indexed(_) if is_sqlite => "+m.organization_id",
        _ => "m.organization_id",
    };
    // Few are in groups in most organizations: whoever is not need not be asked for.
    let source = member::source(
        "m.role_id, EXISTS (
                 SELECT 1 FROM group_member gm WHERE gm.organization_id = m.organization_id AND gm.principal_id = m.id
             ) AS grouped",
        "",
    );
    let Place { name_key, id } = filter.after();
    // A limit that is a bare parameter makes SQLite plan the statement anew each time it is bound, for it looks at its value.
    let statement = assembled(format!(
        "{source} WHERE {member_of} = $1 AND (m.name_key, m.id) > ($2, $3) AND {role} AND {group} AND {search} AND {status} AND {narrowing}
         ORDER BY m.name_key, m.id
         LIMIT $6 + 0"
    ))
    .bind(organization)
    .bind(name_key)
    .bind(id)
    .bind(Maybe(filter.role))
    .bind(filter.pattern())
    .bind(wanted)
    .bind(Maybe(filter.group.map(|(group, _)| group)))
    .bind(filter.group.map(|(_, at)| at));
    match which {
        Some(which) => statement.bind(which),
        None => statement,
    }
}
