//! What the access check needs to know, read in few statements: of an organization, of a principal, of a project.

use domain::Timestamp;
use domain::access::{
    HeldOnProject, HeldRole, Holding, OnProject, OrganizationAccess, Principal, ProjectFacts, Through,
};
use domain::catalogue::Catalogue;
use domain::id::{AccountId, GroupId, MemberId, ProjectId, RoleId, ServiceAccountId};

use crate::db::{Result, Row, assembled, query};
use crate::{Mode, Scope, Tx, catalogue, project_access, role};

/// Catalogue, roles and policies.
pub async fn of_organization(scope: &mut Scope<impl Mode>) -> Result<OrganizationAccess> {
    let declared = catalogue::list(scope).await?;
    let roles = role::list(scope).await?;
    Ok(OrganizationAccess::new(
        scope.organization(),
        Catalogue::new(declared),
        &roles,
    ))
}

/// Who a principal is here, and whether they count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    pub member: Option<MemberId>,
    pub account: Option<AccountId>,
    pub service_account: Option<ServiceAccountId>,
    /// The account is suspended, wherever it is a member.
    pub suspended: bool,
    pub joined_at: Option<Timestamp>,
}

/// Everything the principal holds in the organization; nothing of whoever is disabled, suspended, deactivated or no member.
/// None: there is no such principal here, nor a superuser of that account.
pub async fn of_principal(
    scope: &mut Scope<impl Mode>,
    access: &OrganizationAccess,
    principal: Principal,
) -> Result<Option<(Known, Holding)>> {
    let Some(found) = find(scope, principal).await? else {
        return Ok(None);
    };
    let Found {
        known,
        superuser,
        direct,
    } = found;
    let Some((holder, role, until)) = direct else {
        let holding = Holding {
            superuser,
            ..Holding::default()
        };
        return Ok(Some((known, holding)));
    };
    let mut roles: Vec<HeldRole> = Vec::new();
    if let Some(role) = access.find_role(role) {
        roles.push(HeldRole {
            role,
            through: Through::Oneself,
            until,
        });
    }
    let mut groups: Vec<GroupId> = Vec::new();
    let mut ends = Vec::new();
    for row in groups_of(scope, holder).await? {
        let through = Through::Group(u16::try_from(groups.len()).unwrap_or(u16::MAX));
        let until = row.get("until")?;
        groups.push(row.id("group_id")?);
        ends.push(until);
        if let Some(role) = access.find_role(row.id("role_id")?) {
            roles.push(HeldRole { role, through, until });
        }
    }
    let projects = projects_of(scope, access, holder, &groups, &ends).await?;
    let mut holding = Holding::new(roles, groups, projects);
    holding.superuser = superuser;
    holding.is_member = known.member.is_some();
    Ok(Some((known, holding)))
}

struct Found {
    known: Known,
    superuser: bool,
    /// Whom grants name, the direct role, and how long it is held.
    direct: Option<(Principal, RoleId, Option<Timestamp>)>,
}

async fn find(scope: &mut Scope<impl Mode>, principal: Principal) -> Result<Option<Found>> {
    let organization = scope.organization().id;
    match principal {
        Principal::Account(id) => {
            let row = query(
                "SELECT a.id AS account_id, a.superuser, a.suspended_at, m.id AS member_id, m.role_id, m.role_until, m.standing, m.joined_at
                 FROM account a
                 LEFT JOIN membership m ON m.account_id = a.id AND m.organization_id = $1
                 WHERE a.id = $2",
            )
            .bind(organization)
            .bind(id)
            .fetch_optional(scope.tx())
            .await?;
            row.as_ref().map(person).transpose()
        }
        Principal::Member(id) => {
            let row = query(
                "SELECT a.id AS account_id, a.superuser, a.suspended_at, m.id AS member_id, m.role_id, m.role_until, m.standing, m.joined_at
                 FROM membership m
                 JOIN account a ON a.id = m.account_id
                 WHERE m.organization_id = $1 AND m.id = $2",
            )
            .bind(organization)
            .bind(id)
            .fetch_optional(scope.tx())
            .await?;
            row.as_ref().map(person).transpose()
        }
        Principal::ServiceAccount(id) => {
            let row = query(
                "SELECT role_id, role_until, deactivated_at
                 FROM service_account
                 WHERE organization_id = $1 AND id = $2",
            )
            .bind(organization)
            .bind(id)
            .fetch_optional(scope.tx())
            .await?;
            row.map(|row| {
                let live = row.get::<Option<Timestamp>>("deactivated_at")?.is_none();
                let direct = (principal, row.id("role_id")?, row.get("role_until")?);
                Ok(Found {
                    known: Known {
                        member: None,
                        account: None,
                        service_account: Some(id),
                        suspended: false,
                        joined_at: None,
                    },
                    superuser: false,
                    direct: live.then_some(direct),
                })
            })
            .transpose()
        }
    }
}

fn person(row: &Row) -> Result<Found> {
    let suspended = row.get::<Option<Timestamp>>("suspended_at")?.is_some();
    let member: Option<MemberId> = row.maybe_id("member_id")?;
    let active = row.get::<Option<String>>("standing")?.as_deref() == Some("active");
    let direct = match (member, row.maybe_id::<RoleId>("role_id")?) {
        (Some(member), Some(role)) if active && !suspended => {
            Some((Principal::Member(member), role, row.get("role_until")?))
        }
        _ => None,
    };
    Ok(Found {
        known: Known {
            member,
            account: row.maybe_id("account_id")?,
            service_account: None,
            suspended,
            joined_at: row.get("joined_at")?,
        },
        superuser: row.get::<bool>("superuser")? && !suspended,
        direct,
    })
}

async fn groups_of(scope: &mut Scope<impl Mode>, principal: Principal) -> Result<Vec<Row>> {
    let organization = scope.organization().id;
    query(
        "SELECT g.id AS group_id, g.role_id, gm.until
         FROM group_member gm
         JOIN \"group\" g ON g.organization_id = gm.organization_id AND g.id = gm.group_id
         WHERE gm.organization_id = $1 AND gm.principal_id = $2
         ORDER BY g.name_key, g.id",
    )
    .bind(organization)
    .bind(principal)
    .fetch_all(scope.tx())
    .await
}

/// What somebody holds on projects by themselves and by these groups, whether they count now or not.
pub async fn on_projects(
    scope: &mut Scope<impl Mode>,
    access: &OrganizationAccess,
    principal: Principal,
    groups: &[GroupId],
) -> Result<Vec<HeldOnProject>> {
    let ends = vec![None; groups.len()];
    projects_of(scope, access, principal, groups, &ends).await
}

async fn projects_of(
    scope: &mut Scope<impl Mode>,
    access: &OrganizationAccess,
    principal: Principal,
    groups: &[GroupId],
    ends: &[Option<Timestamp>],
) -> Result<Vec<HeldOnProject>> {
    let organization = scope.organization().id;
    let mut projects = Vec::new();
    let subjects: Vec<String> = (0..=groups.len()).map(|index| format!("${}", index + 2)).collect();
    let mut statement = assembled(format!(
        "SELECT pg.project_id, pg.subject_id, pg.role_id, pg.until, pg.by_repository
         FROM {} pg
         WHERE pg.organization_id = $1 AND pg.subject_id IN ({})",
        project_access::grants(scope),
        subjects.join(", ")
    ))
    .bind(organization)
    .bind(principal);
    for group in groups {
        statement = statement.bind(*group);
    }
    for row in statement.fetch_all(scope.tx()).await? {
        let subject: GroupId = row.id("subject_id")?;
        let Some(role) = access.find_role(row.id("role_id")?) else {
            continue;
        };
        let until = row.get("until")?;
        let through = groups.iter().position(|group| *group == subject);
        projects.push(HeldOnProject {
            project: row.id("project_id")?,
            role,
            through: through.map_or(Through::Oneself, |index| {
                Through::Group(u16::try_from(index).unwrap_or(u16::MAX))
            }),
            by: if row.get("by_repository")? {
                OnProject::Repository
            } else {
                OnProject::Mapping
            },
            // What comes through a group ends with one's place in it, if that is earlier.
            until: sooner(until, through.and_then(|index| ends[index])),
        });
    }
    if let Some(role) = access.owner_role() {
        let owned =
            query("SELECT thing_id FROM ownership WHERE organization_id = $1 AND member_id = $2 AND kind = 'project'")
                .bind(organization)
                .bind(principal)
                .fetch_all(scope.tx())
                .await?;
        for row in owned {
            projects.push(HeldOnProject {
                project: row.id("thing_id")?,
                role,
                through: Through::Oneself,
                by: OnProject::Ownership,
                until: None,
            });
        }
    }
    Ok(projects)
}

fn sooner(left: Option<Timestamp>, right: Option<Timestamp>) -> Option<Timestamp> {
    match (left, right) {
        (Some(left), Some(right)) => Some(left.min(right)),
        (only, None) | (None, only) => only,
    }
}

const FACTS: &str = "SELECT p.id, p.organization_id,
        (p.visibility = 'everyone' AND NOT EXISTS (
            SELECT 1 FROM project_access pa WHERE pa.organization_id = p.organization_id AND pa.project_id = p.id
        )) AS open
     FROM project p";

pub(crate) fn facts(row: &Row) -> Result<ProjectFacts> {
    Ok(ProjectFacts {
        id: row.id("id")?,
        organization: row.id("organization_id")?,
        open: row.get("open")?,
    })
}

/// A project wherever it is: for questions that name nothing else.
pub async fn find_project(tx: &mut Tx<impl Mode>, id: ProjectId) -> Result<Option<ProjectFacts>> {
    let row = assembled(format!("{FACTS} WHERE p.id = $1"))
        .bind(id)
        .fetch_optional(tx)
        .await?;
    row.as_ref().map(facts).transpose()
}

/// Which project of this organization has the slug.
pub async fn project_of_slug(scope: &mut Scope<impl Mode>, slug: &str) -> Result<Option<ProjectId>> {
    let organization = scope.organization().id;
    let row = query("SELECT id FROM project WHERE organization_id = $1 AND slug = $2")
        .bind(organization)
        .bind(slug)
        .fetch_optional(scope.tx())
        .await?;
    row.map(|row| row.id("id")).transpose()
}

/// A project of this organization, as the check sees it.
pub async fn of_project(scope: &mut Scope<impl Mode>, id: ProjectId) -> Result<Option<ProjectFacts>> {
    let organization = scope.organization().id;
    let row = assembled(format!("{FACTS} WHERE p.organization_id = $1 AND p.id = $2"))
        .bind(organization)
        .bind(id)
        .fetch_optional(scope.tx())
        .await?;
    row.as_ref().map(facts).transpose()
}
