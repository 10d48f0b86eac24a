//! What a change would do to who may do what. A change says beforehand whom it may touch; when it is only tried, what they
//! hold is worked out before and after it, by the same walk as the check, and the difference is told: set-wise, and after
//! the change was taken back, so that weighing it keeps nobody from writing.

mod project;
mod teller;

use std::collections::HashMap;

use domain::Timestamp;
use domain::access::{Holding, OrganizationAccess, Principal, Resource, holds};
use domain::effect::{Preview, Subject};
use domain::id::{GroupId, ProjectId, RoleId};
use store::signature::{self, Holders, Named, ProjectState, Signature};
use store::{Mode, Reading, Scope, Writing};

use crate::Result;
use crate::access::holding_now;
use crate::model::{self, Model, difference};
use teller::Teller;

/// How many projects a person's change is looked at on.
const PROJECTS: i64 = 20_000;
/// How many people are looked at one by one to name the first of those concerned.
const CANDIDATES: i64 = 200;

/// Whom a change may touch, as it was before it.
#[derive(Default)]
pub(crate) struct Watch {
    before: Option<Model>,
    principals: Vec<Watched>,
    roles: Vec<RoleId>,
    groups: Vec<GroupId>,
    projects: Vec<(ProjectId, Option<ProjectState>)>,
    replaced: HashMap<RoleId, RoleId>,
}

struct Watched {
    principal: Principal,
    subject: Subject,
    access: OrganizationAccess,
    before: Holding,
}

impl Watch {
    pub async fn principal<M: Mode>(
        &mut self,
        scope: &mut Scope<M>,
        principal: Principal,
        subject: Subject,
    ) -> Result<()> {
        let (access, before) = holding_now(scope, principal).await?;
        self.principals.push(Watched {
            principal,
            subject,
            access,
            before,
        });
        Ok(())
    }

    /// The one last watched did not exist before.
    pub fn last_held_nothing(&mut self) {
        if let Some(watched) = self.principals.last_mut() {
            watched.before = Holding::default();
        }
    }

    pub async fn role(&mut self, scope: &mut Scope<Writing>, role: RoleId) -> Result<()> {
        self.model(scope).await?;
        self.roles.push(role);
        for project in signature::mapped_projects(scope, Some(role), None).await? {
            self.project(scope, project).await?;
        }
        Ok(())
    }

    /// Whoever has one role gets another instead.
    pub fn role_replaced(&mut self, role: RoleId, by: RoleId) {
        self.replaced.insert(role, by);
    }

    pub async fn group(&mut self, scope: &mut Scope<Writing>, group: GroupId) -> Result<()> {
        self.model(scope).await?;
        self.groups.push(group);
        for project in signature::mapped_projects(scope, None, Some(group)).await? {
            self.project(scope, project).await?;
        }
        Ok(())
    }

    pub async fn project(&mut self, scope: &mut Scope<Writing>, project: ProjectId) -> Result<()> {
        self.model(scope).await?;
        if self.projects.iter().all(|(known, _)| *known != project) {
            let before = signature::project(scope, project).await?;
            self.projects.push((project, before));
        }
        Ok(())
    }

    async fn model(&mut self, scope: &mut Scope<Writing>) -> Result<()> {
        if self.before.is_none() {
            self.before = Some(Model::read(scope).await?);
        }
        Ok(())
    }

    /// Reads again, in the change, what it made of those that were watched.
    pub async fn look_again(self, scope: &mut Scope<Writing>) -> Result<Changed> {
        let mut principals = Vec::new();
        for watched in self.principals {
            let after = holding_now(scope, watched.principal).await?;
            principals.push((watched, after));
        }
        let mut projects = Vec::new();
        for (project, before) in self.projects {
            projects.push((before, signature::project(scope, project).await?));
        }
        let models = match self.before {
            Some(before) => {
                let after = Model::read(scope).await?.replacing(self.replaced);
                Some((before, after))
            }
            None => None,
        };
        Ok(Changed {
            principals,
            models,
            roles: self.roles,
            groups: self.groups,
            projects,
        })
    }
}

/// What was watched, before and after the change.
pub(crate) struct Changed {
    principals: Vec<(Watched, (OrganizationAccess, Holding))>,
    models: Option<(Model, Model)>,
    roles: Vec<RoleId>,
    groups: Vec<GroupId>,
    projects: Vec<(Option<ProjectState>, Option<ProjectState>)>,
}

impl Changed {
    /// Tells who gains and loses what. The change has been taken back: who is where is read as it was.
    pub async fn tell(self, scope: &mut Scope<Reading>, now: Timestamp, preview: &mut Preview) -> Result<()> {
        let mut teller = Teller::new(preview);
        if !self.principals.is_empty() {
            let projects = signature::projects(scope, PROJECTS).await?;
            for (watched, after) in &self.principals {
                tell_person(&mut teller, scope.organization(), watched, after, &projects, now);
            }
        }
        let Some((before, after)) = &self.models else {
            return Ok(());
        };
        for role in &self.roles {
            tell_holders(&mut teller, scope, (before, after), &Whom::Role(*role), now).await?;
        }
        for group in &self.groups {
            tell_holders(&mut teller, scope, (before, after), &Whom::Group(*group), now).await?;
        }
        for states in &self.projects {
            project::tell(&mut teller, scope, (before, after), states, now).await?;
        }
        Ok(())
    }
}

/// One person, on the organization and on each of its projects.
fn tell_person(
    teller: &mut Teller<'_>,
    organization: &domain::organization::Organization,
    watched: &Watched,
    (access, after): &(OrganizationAccess, Holding),
    projects: &[(domain::access::ProjectFacts, String)],
    now: Timestamp,
) {
    let on = |resource: Resource<'_>| {
        let held = holds(&watched.access, &watched.before, resource, now);
        let holds_after = holds(access, after, resource, now);
        difference((&watched.access.catalogue, &held), (&access.catalogue, &holds_after))
    };
    let resource = (organization.id.to_string(), organization.name.as_str());
    teller.person(&watched.subject, &resource.0, resource.1, &on(Resource::Organization));
    for (facts, name) in projects {
        let changed = on(Resource::Project(facts));
        teller.person(&watched.subject, &facts.id.to_string(), name, &changed);
    }
}

enum Whom {
    Role(RoleId),
    Group(GroupId),
}

impl Whom {
    /// Whether the change can matter to whoever holds this.
    fn concerns(&self, signature: &Signature, before: &Model, after: &Model) -> bool {
        match self {
            Self::Role(role) => {
                let by_group = |model: &Model| {
                    signature
                        .groups
                        .iter()
                        .any(|group| model.role_of(*group) == Some(*role))
                };
                signature.role == Some(*role) || by_group(before) || by_group(after)
            }
            Self::Group(group) => signature.groups.contains(group),
        }
    }
}

/// All who hold a role or are in a group: counted by signature, the first of them named.
async fn tell_holders(
    teller: &mut Teller<'_>,
    scope: &mut Scope<Reading>,
    (before, after): (&Model, &Model),
    whom: &Whom,
    now: Timestamp,
) -> Result<()> {
    let name = scope.organization().name.clone();
    let holders = match whom {
        Whom::Role(role) => Holders::OfRole(*role),
        // Nobody but those in groups is asked for: this role is nobody's.
        Whom::Group(_) => Holders::OfRole(domain::id::Id::from_uuid(uuid::Uuid::nil())),
    };
    let counts = signature::count(scope, &holders, now).await?;
    let mut any = false;
    for (signature, count) in &counts {
        if whom.concerns(signature, before, after) {
            for (_, changed) in everywhere(before, after, signature, &name, now) {
                any |= !changed.is_empty();
                teller.counted(*count, &changed);
            }
        }
    }
    for person in signature::service_accounts(scope, now).await? {
        if whom.concerns(&person.signature, before, after) {
            for (resource, changed) in everywhere(before, after, &person.signature, &name, now) {
                teller.person(&model::subject(&person), resource, resource, &changed);
            }
        }
    }
    if !any {
        return Ok(());
    }
    let mut named = match whom {
        Whom::Role(role) => vec![Named::OfRole(*role)],
        Whom::Group(group) => vec![Named::InGroup(*group)],
    };
    if let Whom::Role(role) = whom {
        named.extend(before.groups_with(*role).take(20).map(Named::InGroup));
    }
    for named in named {
        for person in signature::people(scope, &named, now, CANDIDATES).await? {
            for (resource, changed) in everywhere(before, after, &person.signature, &name, now) {
                teller.named(&model::subject(&person), resource, resource, &changed);
            }
        }
    }
    Ok(())
}

/// What a signature gains and loses in the organization, and by that on its projects, each with the resource's name.
fn everywhere<'a>(
    before: &Model,
    after: &Model,
    signature: &Signature,
    organization: &'a str,
    now: Timestamp,
) -> Vec<(&'a str, model::Difference)> {
    let mut all = vec![(organization, before.difference(after, signature, now))];
    all.extend(before.differences_on_projects(after, signature, now));
    all
}
