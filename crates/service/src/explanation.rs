//! *Why* and *why not*: what the check walked, told with names, makers and times; or what would turn a no into a yes.

mod chain;
mod remedy;

use std::sync::Arc;

use domain::Refusal;
use domain::access::{self, Holding, OrganizationAccess, Principal, ProjectFacts, Resource};
use domain::catalogue::{Bits, Place};
use domain::explanation::{Chain, Explanation, Link};
use domain::grant::Granting;
use domain::id::{AccountId, MemberId, ServiceAccountId};
use domain::member::Member;
use domain::permission::{Needs, OrganizationView, Permission};
use domain::project::Project;
use store::Reading;

use crate::memory::account_of;
use crate::{Authorized, Error, FieldError, Result};

/// Who is asked about, as it was named.
#[derive(Clone, Debug)]
pub struct Question {
    /// An id: `mem_…`, `acc_…` or `svc_…`.
    pub subject: String,
    pub permission: String,
    /// A project by id or slug; none: the organization.
    pub project: Option<String>,
}

/// Everything an explanation is made of.
pub(crate) struct Known {
    pub access: Arc<OrganizationAccess>,
    pub holding: Arc<Holding>,
    pub subject: Link,
    pub member: Option<Member>,
    pub service_account_granted: Option<Granting>,
    pub groups: Vec<store::granted::NamedGroup>,
    pub project: Option<(Project, ProjectFacts)>,
    /// The second half of the key says whether it comes from the project's repository.
    pub mappings: std::collections::HashMap<(domain::project::Mapped, bool), store::granted::NamedMapping>,
}

impl Known {
    pub fn resource(&self) -> Resource<'_> {
        match &self.project {
            Some((_, facts)) => Resource::Project(facts),
            None => Resource::Organization,
        }
    }
}

/// # Errors
/// The caller may not ask about others, or what is asked about does not exist here.
pub async fn explain(mut seen: Authorized<OrganizationView, Reading>, question: &Question) -> Result<Explanation> {
    let now = seen.now();
    let known = read(&mut seen, &question.subject, question.project.as_deref()).await?;
    let place = permission(&known.access, &question.permission, known.project.is_some())?;
    let because = chain::because(&known, place, now);
    if !because.is_empty() {
        return Ok(Explanation::Allowed { because });
    }
    let would_take = remedy::would_take(&mut seen, &known, place, now).await?;
    Ok(Explanation::Denied { would_take })
}

/// Something somebody may, and through which grants.
pub struct Reason {
    pub permission: String,
    pub module: Option<String>,
    pub description: String,
    pub because: Vec<Chain>,
}

/// Everything somebody may do in the organization or on a project, and why.
///
/// # Errors
/// As [`explain`].
pub async fn everything(
    seen: &mut Authorized<OrganizationView, Reading>,
    subject: &str,
    project: Option<&str>,
) -> Result<Vec<Reason>> {
    let now = seen.now();
    let known = read(seen, subject, project).await?;
    let held = access::holds(&known.access, &known.holding, known.resource(), now);
    let reasons = known
        .access
        .catalogue
        .iter()
        .filter(|(place, _)| held.has(*place))
        .map(|(place, permission)| Reason {
            permission: permission.name.clone(),
            module: permission.module.clone(),
            description: permission.description.clone(),
            because: chain::because(&known, place, now),
        });
    Ok(reasons.collect())
}

/// A project somebody reaches, by which roles, and how much they may on it.
pub struct Reached {
    pub facts: ProjectFacts,
    pub name: String,
    /// The ways, in words: "Reader (everyone)", "Admin (owner)", "Contributor through Writers".
    pub ways: Vec<Way>,
    pub permissions: usize,
}

/// One way to a project, as a drawing shows it.
pub struct Way {
    pub kind: access::SourceKind,
    /// The group it leads through.
    pub group: Option<String>,
    /// The project role; none for a superuser.
    pub role: Option<String>,
    pub until: Option<domain::Timestamp>,
}

/// How many projects a drawing is made of at most.
const PROJECTS: i64 = 2_000;

/// The projects somebody reaches, by name.
///
/// # Errors
/// As [`explain`].
pub async fn reached(seen: &mut Authorized<OrganizationView, Reading>, subject: &str) -> Result<Vec<Reached>> {
    let now = seen.now();
    let known = read(seen, subject, None).await?;
    let projects = store::signature::projects(seen.scope(), PROJECTS).await?;
    let mut reached = Vec::new();
    for (facts, name) in projects {
        let resource = Resource::Project(&facts);
        let permissions: Bits = access::holds(&known.access, &known.holding, resource, now);
        if permissions.is_empty() {
            continue;
        }
        let ways = access::sources(&known.access, &known.holding, resource, now)
            .map(|source| Way {
                kind: source.kind,
                group: chain::group(&known, source.through).map(|group| group.name.clone()),
                role: source.role.map(|role| known.access.role(role).name.clone()),
                until: source.until,
            })
            .collect();
        reached.push(Reached {
            facts,
            name,
            ways,
            permissions: permissions.len(),
        });
    }
    Ok(reached)
}

/// The projects of the organization by name, to choose one from.
///
/// # Errors
/// The database does not answer.
pub async fn projects(
    seen: &mut Authorized<domain::permission::AccessEvaluate, Reading>,
) -> Result<Vec<(domain::id::ProjectId, String)>> {
    let projects = store::signature::projects(seen.scope(), PROJECTS).await?;
    Ok(projects.into_iter().map(|(facts, name)| (facts.id, name)).collect())
}

/// About oneself anybody may ask.
fn may_ask<P: Needs>(seen: &Authorized<P, Reading>, subject: &str) -> Result<()> {
    let actor = seen.actor();
    let oneself = match subject.parse::<MemberId>() {
        Ok(member) => actor.member == Some(member),
        Err(_) => subject.parse::<AccountId>().is_ok_and(|account| actor.is(account)),
    };
    if oneself || actor.grants.has(Permission::AccessEvaluate) {
        return Ok(());
    }
    let permission = Permission::AccessEvaluate;
    Err(Refusal::Forbidden { permission }.into())
}

async fn read(seen: &mut Authorized<OrganizationView, Reading>, subject: &str, project: Option<&str>) -> Result<Known> {
    may_ask(seen, subject)?;
    let principal = principal(subject)?;
    let unknown = Refusal::NotFound { what: "subject" };
    let (access, held) = {
        let roster = seen.roster().clone();
        roster.held_in(seen.scope(), principal, None).await?
    };
    let held = held.ok_or_else(|| unknown.clone())?;
    let member = match held.member {
        Some(id) => store::member::find(seen.scope(), id).await?,
        None => None,
    };
    let mut service_account_granted = None;
    let link = match (&member, principal) {
        (Some(member), _) => Link::new("member", member.id, &member.account.name),
        (None, Principal::ServiceAccount(id)) => {
            let (name, granted) = store::granted::service_account(seen.scope(), id)
                .await?
                .ok_or(unknown)?;
            service_account_granted = Some(granted);
            Link::new("service_account", id, &name)
        }
        (None, principal) => {
            // An account that is no member is told of only if it is a superuser's: others are nobody here.
            let account = account_of(principal)
                .filter(|_| held.holding.superuser)
                .ok_or_else(|| unknown.clone())?;
            let account = store::account::find(seen.scope().tx(), account).await?.ok_or(unknown)?;
            Link::new("account", account.id, &account.name)
        }
    };
    let groups = store::granted::groups(seen.scope()).await?;
    let (project, mappings) = match project {
        Some(reference) => {
            let (project, facts) = visible_project(seen, reference).await?;
            let mappings = store::granted::mappings(seen.scope(), project.id).await?;
            (Some((project, facts)), mappings)
        }
        None => (None, std::collections::HashMap::new()),
    };
    Ok(Known {
        access,
        holding: held.holding,
        subject: link,
        member,
        service_account_granted,
        groups,
        project,
        mappings,
    })
}

/// A project that whoever asks may see.
async fn visible_project(
    seen: &mut Authorized<OrganizationView, Reading>,
    reference: &str,
) -> Result<(Project, ProjectFacts)> {
    let unknown = Refusal::NotFound { what: "project" };
    let project = store::project::get(seen.scope(), reference).await?;
    let facts = store::access::of_project(seen.scope(), project.id)
        .await?
        .ok_or_else(|| unknown.clone())?;
    let grants = &seen.actor().grants;
    if grants.has_on(Permission::ProjectView, &facts) || grants.has(Permission::AccessEvaluate) {
        return Ok((project, facts));
    }
    Err(unknown.into())
}

fn principal(subject: &str) -> Result<Principal> {
    let member = subject.parse::<MemberId>().map(Principal::Member);
    let account = || subject.parse::<AccountId>().map(Principal::Account);
    let program = || subject.parse::<ServiceAccountId>().map(Principal::ServiceAccount);
    member
        .or_else(|_| account())
        .or_else(|_| program())
        .map_err(|_| Refusal::NotFound { what: "subject" }.into())
}

/// # Errors
/// The catalogue has no such permission, or it is of the other level.
pub(crate) fn permission(access: &OrganizationAccess, name: &str, on_project: bool) -> Result<Place> {
    let wrong = |detail: &str| Error::Invalid(vec![FieldError::new("permission", detail)]);
    let place = access
        .catalogue
        .place(name)
        .ok_or_else(|| wrong("is no permission of this organization's catalogue"))?;
    let of_project = access.catalogue.at(place).applies_to == domain::permission::Level::Project;
    match (of_project, on_project) {
        (true, false) => Err(wrong("is one of projects: name a project as the resource")),
        (false, true) => Err(wrong("is one of the organization: leave the project out")),
        _ => Ok(place),
    }
}
