//! Groups and roles of the organization's own in the demonstration, where its preset has them: what each gives, who is in it,
//! and a project that one of them works on.

use domain::Timestamp;
use domain::access::Principal;
use domain::account::Account;
use domain::audit::{Action, Event};
use domain::group::BY_HAND;
use domain::id::MemberId;
use domain::member::MemberStatus;
use domain::permission::Level;
use domain::project::Mapped;
use domain::role::{MEMBER, Role};
use domain::text::{Slug, Title};
use domain::time::DAY;
use serde_json::json;
use store::group::NewGroup;
use store::{Scope, Writing};

use super::person::Person;
use super::{Stage, history};
use crate::Result;
use crate::ambient::new_id;
use crate::error::checked;

/// A role before it is there.
struct RolePlan {
    name: &'static str,
    description: &'static str,
    colour: &'static str,
    permissions: &'static [&'static str],
}

const ROLES: [RolePlan; 2] = [
    RolePlan {
        name: "Auditor",
        description: "Reads who did what, and changes nothing.",
        colour: "teal",
        permissions: &[
            "roster.organization.view",
            "roster.member.view",
            "roster.group.view",
            "roster.role.view",
            "roster.audit_log.view",
        ],
    },
    RolePlan {
        name: "Recruiter",
        description: "Brings new people in and sees to their invitations.",
        colour: "violet",
        permissions: &[
            "roster.organization.view",
            "roster.member.view",
            "roster.invitation.send",
            "roster.invitation.manage",
        ],
    },
];

/// A group before it is there.
struct Plan {
    name: &'static str,
    description: &'static str,
    /// By its name among [`ROLES`], else the Member role.
    role: &'static str,
    people: usize,
}

const GROUPS: [Plan; 3] = [
    Plan {
        name: "Design",
        description: "Draws it before it is built.",
        role: MEMBER,
        people: 4,
    },
    Plan {
        name: "Night watch",
        description: "Reads the audit log while others sleep.",
        role: "Auditor",
        people: 3,
    },
    Plan {
        name: "Recruiting",
        description: "Looks for the next colleague.",
        role: "Recruiter",
        people: 2,
    },
];

/// Where the first group has a role, as long as there is such a project.
const WORKS_ON: &str = "counting-house";

/// `member` is a persona who is in the group that gives nothing besides the Member role.
pub async fn found_all(
    scope: &mut Scope<Writing>,
    stage: &Stage,
    host: &Account,
    member: Option<&Account>,
    people: &[Person],
    founded: Timestamp,
) -> Result<()> {
    let model = scope.organization().access_model.clone();
    let begun = founded
        .plus((stage.now.since(founded) / 3).max(DAY))
        .min(stage.now.plus(-DAY));
    let mut roles = vec![store::role::get(scope, MEMBER).await?];
    if model.custom_roles {
        for plan in &ROLES {
            roles.push(make_role(scope, host, plan, begun).await?);
        }
    }
    if !model.groups {
        return Ok(());
    }
    let active = people.iter().filter(|person| person.status == MemberStatus::Active);
    let mut left = active.map(|person| (person.member.id, person.account.name.as_str()));
    for (place, plan) in GROUPS.iter().enumerate() {
        let role = roles.iter().find(|role| role.name == plan.role).unwrap_or(&roles[0]);
        let mut joining: Vec<(MemberId, &str)> = left.by_ref().take(plan.people).collect();
        if let Some(account) = member.filter(|_| place == 0)
            && let Some(persona) = store::member::find_by_account(scope, account.id).await?
        {
            joining.push((persona.id, account.name.as_str()));
        }
        let group = make_group(scope, host, plan, role, begun).await?;
        for (number, (id, name)) in joining.iter().enumerate() {
            // One of them for a while only, and one whose time is over.
            let until = match (place, number) {
                (1, 0) => Some(stage.now.plus(20 * DAY)),
                (1, 1) => Some(stage.now.plus(-2 * DAY)),
                _ => None,
            };
            let granted = history::granted(host, begun);
            let principal = Principal::Member(*id);
            store::group::put_member(scope, group, principal, until, BY_HAND, &granted).await?;
            let event = Event::new(Action::GroupMemberAdded, target(group, plan.name))
                .after(json!({ "member": name, "until": until, "origin": BY_HAND }));
            history::record(scope, host, event, begun).await?;
        }
        if place == 0 {
            put_to_work(scope, host, Mapped::Group(group), plan.name, begun).await?;
        }
    }
    Ok(())
}

fn target(group: domain::id::GroupId, name: &str) -> domain::audit::Target {
    domain::audit::Target::new("group", group, name)
}

async fn make_role(scope: &mut Scope<Writing>, host: &Account, plan: &RolePlan, at: Timestamp) -> Result<Role> {
    let name = checked(Title::parse(plan.name).ok())?;
    let role = Role {
        id: new_id(at),
        slug: Slug::of_project(&name).to_string(),
        name: name.into(),
        description: plan.description.to_owned(),
        colour: plan.colour.to_owned(),
        built_in: false,
        applies_to: Level::Organization,
        shown: true,
        permissions: plan.permissions.iter().map(|name| (*name).to_owned()).collect(),
        revision: scope.revision(),
    };
    let place = store::role::next_place(scope).await?;
    store::role::insert(scope, &role, place).await?;
    let event = Event::new(
        Action::RoleCreated,
        domain::audit::Target::new("role", role.id, &role.name),
    )
    .after(json!({ "name": role.name, "slug": role.slug, "permissions": role.permissions }));
    history::record(scope, host, event, at).await?;
    Ok(role)
}

async fn make_group(
    scope: &mut Scope<Writing>,
    host: &Account,
    plan: &Plan,
    role: &Role,
    at: Timestamp,
) -> Result<domain::id::GroupId> {
    let slug = Slug::of_project(&checked(Title::parse(plan.name).ok())?).to_string();
    let id = new_id(at);
    let granted = history::granted(host, at);
    let new = NewGroup {
        id,
        slug: &slug,
        name: plan.name,
        description: plan.description,
        role: role.id,
        parent: None,
        granted: &granted,
    };
    store::group::insert(scope, &new).await?;
    let event = Event::new(Action::GroupCreated, target(id, plan.name))
        .after(json!({ "name": plan.name, "slug": slug, "role": role.slug }));
    history::record(scope, host, event, at).await?;
    Ok(id)
}

/// The least of the project roles on one project.
async fn put_to_work(
    scope: &mut Scope<Writing>,
    host: &Account,
    group: Mapped,
    name: &str,
    at: Timestamp,
) -> Result<()> {
    let roles = store::role::list(scope).await?;
    let of_projects = roles
        .into_iter()
        .filter(|role| role.applies_to == Level::Project && role.shown);
    let least = of_projects.min_by_key(|role| role.permissions.iter().count());
    let project = match store::project::get(scope, WORKS_ON).await {
        Ok(project) => project,
        Err(store::Error::Refused(_)) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let Some(role) = least else { return Ok(()) };
    let at = at.max(project.created_at);
    let granted = history::granted(host, at);
    store::project_access::put(scope, project.id, group, role.id, None, &granted).await?;
    let event = Event::new(Action::ProjectAccessGranted, crate::project::target(&project))
        .after(json!({ "subject": name, "role": role.slug }));
    history::record(scope, host, event, at).await
}
