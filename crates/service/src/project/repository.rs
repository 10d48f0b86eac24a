//! What people may do in the repository that a project names gives them a role on the project. The host is asked in the name
//! of whoever named it, by the account they connected; what it told ends after a day unless it tells it again.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::access::OrganizationAccess;
use domain::actor::Identity;
use domain::audit::{Action, Event};
use domain::effect::{Effect, Kind};
use domain::id::{OrganizationId, ProjectId, RoleId};
use domain::member::MemberStatus;
use domain::permission::{Level, Needs, ProjectAccessManage};
use domain::project::{Mapping, Project, Repository};
use domain::time::{DAY, HOUR, MINUTE};
use domain::{Refusal, Timestamp};
use serde_json::{Value, json};
use signin::federation::{HostError, RepositoryAccess};
use store::project_repository::{self, Told, Watched};
use store::{Reading, Scope};

use super::{gives, subject, target};
use crate::authorization::Outcome;
use crate::{Authorized, Error, OrganizationRef, Result, Roster};

/// How often a host is asked that told, and one that did not (microseconds).
const EVERY: i64 = HOUR;
const AGAIN: i64 = 10 * MINUTE;
/// How long what it told holds (microseconds).
const HOLDS: i64 = DAY;
/// How long one asking may take before another node tries (microseconds).
const LEASE: i64 = 5 * MINUTE;
const AT_ONCE: i64 = 8;
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// What a project has from its repository.
pub struct Followed {
    pub repository: Repository,
    /// `None`: nobody's account is asked, for a program named the repository.
    pub watched: Option<Watched>,
    /// Those of them who are in the organization, by name.
    pub people: Vec<Mapping>,
}

/// What working on a repository gives, by the organization's preset.
struct Given {
    write: Option<RoleId>,
    read: Option<RoleId>,
}

impl Given {
    fn of(access: &OrganizationAccess, model: &domain::organization::AccessModel) -> Self {
        let find = |slug: &Option<String>| {
            let slug = slug.as_deref()?;
            let role = |role: &&domain::access::AccessRole| role.applies_to == Level::Project && role.slug == slug;
            access.roles().map(|(_, role)| role).find(role).map(|role| role.id)
        };
        Self {
            write: find(&model.repository_write_role),
            read: find(&model.repository_read_role),
        }
    }

    fn by(&self, access: RepositoryAccess) -> Option<RoleId> {
        match access {
            RepositoryAccess::Write => self.write,
            RepositoryAccess::Read => self.read,
        }
    }
}

/// Has the host of the project's repository asked from now on, or no more where there is none. Whoever names a repository
/// gives roles by it, and must hold them.
///
/// # Errors
/// The caller lacks what the roles give.
pub(super) async fn follow<P: Needs>(authorized: &mut Authorized<P>, project: &Project, owns: bool) -> Result<()> {
    let model = authorized.organization().access_model.clone();
    if !model.asks_hosts() {
        return Ok(());
    }
    let Some(repository) = &project.repository else {
        return Ok(project_repository::delete(authorized.scope(), project.id).await?);
    };
    let grants = &authorized.actor().grants;
    let given = Given::of(&grants.access, &model);
    let mut names = Vec::new();
    for (right, role) in [("write to", given.write), ("read", given.read)] {
        let Some(place) = role.and_then(|role| grants.access.find_role(role)) else {
            continue;
        };
        if !owns {
            let missing = match authorized.facts() {
                Ok(facts) => grants.lacking_on(place, &facts),
                Err(_) => grants.lacking_anywhere(place),
            };
            gives(authorized.actor(), Some(place), missing)?;
        }
        names.push(format!("who may {right} it becomes {}", grants.access.role(place).name));
    }
    let Identity::Account(account) = authorized.actor().identity else {
        return Ok(project_repository::delete(authorized.scope(), project.id).await?);
    };
    let granted = authorized.granting();
    project_repository::put(authorized.scope(), project.id, account, &granted).await?;
    let detail = format!("{} is asked: {}", repository.host, names.join(", "));
    authorized.effect(Effect::new(Kind::Changed, subject(project)).detail(detail));
    Ok(())
}

/// None: the project names no repository, or the organization's preset gives nothing by it.
///
/// # Errors
/// The database does not answer.
pub(super) async fn followed<P: Needs>(
    seen: &mut Authorized<P, Reading>,
    project: &Project,
) -> Result<Option<Followed>> {
    let Some(repository) = project.repository.clone() else {
        return Ok(None);
    };
    if !seen.organization().access_model.asks_hosts() {
        return Ok(None);
    }
    Ok(Some(Followed {
        repository,
        watched: project_repository::find(seen.scope(), project.id).await?,
        people: store::project_access::by_repository(seen.scope(), project.id).await?,
    }))
}

/// Has the host asked again at once, from now on in the caller's name.
///
/// # Errors
/// The project names no repository, a program asks, or the caller lacks what the repository gives.
pub async fn ask_again(mut authorized: Authorized<ProjectAccessManage>) -> Result<Outcome<()>> {
    let project = authorized.project()?.clone();
    let follows = project.repository.is_some() && authorized.organization().access_model.asks_hosts();
    if !follows {
        return Err(Refusal::NoRepository.into());
    }
    let Identity::Account(_) = authorized.actor().identity else {
        return Err(Refusal::PersonOnly.into());
    };
    let before = project_repository::find(authorized.scope(), project.id).await?;
    authorized.watch_project(project.id).await?;
    follow(&mut authorized, &project, false).await?;
    authorized.touch_access().await?;
    let by = |watched: &Watched| json!({ "asked_in_the_name_of": watched.granted.by.name });
    let name = authorized.actor().name.clone();
    let event = Event::new(Action::ProjectRepositoryAsked, target(&project))
        .before(before.as_ref().map_or(Value::Null, by))
        .after(json!({ "asked_in_the_name_of": name }));
    authorized.commit(event, ()).await
}

/// What is asked, read before and apart from the asking.
struct Question {
    repository: Repository,
    /// Nobody's connected account is used for an organization that they left, or that shut them out.
    in_active_name: bool,
    watched: Watched,
    given: Given,
}

impl Roster {
    /// Asks hosts for as long as the program runs.
    pub async fn keep_asking_hosts(&self) {
        loop {
            if let Err(error) = self.ask_hosts_due().await {
                tracing::warn!(%error, "the hosts of repositories could not be asked; it is tried again");
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Asks those that are due. Returns how many that were.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn ask_hosts_due(&self) -> Result<usize> {
        let now = self.now();
        let mut tx = self.store().job("ask the hosts of repositories").await?;
        let due = project_repository::lease(&mut tx, now, (now.plus(LEASE), EVERY + MINUTE), AT_ONCE).await?;
        tx.commit().await?;
        let count = due.len();
        for (organization, project) in due {
            if let Err(error) = self.ask_host(organization, project).await {
                tracing::warn!(%project, %error, "a host was not asked; it is tried again");
            }
        }
        Ok(count)
    }

    async fn ask_host(&self, organization: OrganizationId, project: ProjectId) -> Result<()> {
        let organization = OrganizationRef::Id(organization);
        let mut scope = self.store().see(&organization).await?;
        let Some(question) = question(&mut scope, project).await? else {
            return Ok(());
        };
        drop(scope);
        let answer = self.answer(&question).await;
        let mut scope = self.store().change(&organization).await?;
        let now = self.now();
        // What was named meanwhile is asked by itself.
        let present = project_repository::find(&mut scope, project).await?;
        if present.is_none_or(|present| present.granted.at != question.watched.granted.at) {
            return Ok(());
        }
        match answer {
            Err(answer) => {
                project_repository::note(&mut scope, project, None, Some(&answer), now.plus(AGAIN)).await?;
                scope.commit().await?;
            }
            Ok((source, people)) => {
                let before = project_repository::told(&mut scope, project).await?;
                let source = (source.0.as_str(), source.1.as_str());
                project_repository::replace(&mut scope, project, source, &people, now.plus(HOLDS)).await?;
                project_repository::note(&mut scope, project, Some(now), None, now.plus(EVERY)).await?;
                store::organization::touch_access(&mut scope).await?;
                if before != people {
                    record(&mut scope, project, &question.watched, (&before, &people), now).await?;
                }
                let organization = scope.organization().id;
                scope.commit().await?;
                self.memory().organization_changed(organization);
            }
        }
        Ok(())
    }

    /// Whom the host told of, and who vouches for their ids; or what it answered instead.
    async fn answer(&self, question: &Question) -> std::result::Result<((String, String), Vec<Told>), String> {
        if !question.in_active_name {
            let name = &question.watched.granted.by.name;
            return Err(format!(
                "{name} is no active member any more. Have it asked in your own name."
            ));
        }
        let host = &question.repository.host;
        let provider = self
            .providers()
            .iter()
            .find(|provider| provider.repository_host().as_ref() == Some(host));
        let provider = provider.ok_or_else(|| format!("{host} is no host that this instance is set up with"))?;
        let name = &question.repository.name;
        let door = self
            .door_of(question.watched.account, provider.clone(), self.now(), name)
            .await;
        let door = door.map_err(in_words)?;
        match door
            .provider
            .collaborators(&door.outgoing, &door.access.token, name)
            .await
        {
            Ok(found) => {
                let mut people: BTreeMap<String, RepositoryAccess> = BTreeMap::new();
                for (seen, access) in found {
                    let known = people.entry(seen.id).or_insert(access);
                    *known = access.max(*known);
                }
                let told = |(subject, access)| {
                    Some(Told {
                        subject,
                        role: question.given.by(access)?,
                    })
                };
                let source = (door.identity.provider.clone(), door.identity.issuer.clone());
                Ok((source, people.into_iter().filter_map(told).collect()))
            }
            Err(HostError::Status(401)) => Err(self.broken(&door, name).await.map_or_else(in_words, in_words)),
            Err(error) => Err(format!("{}: {error}", door.provider.name)),
        }
    }
}

fn in_words(error: Error) -> String {
    match error {
        Error::Refused(Refusal::HandleNotFound { answer, advice, .. }) => format!("{answer}: {advice}"),
        Error::Refused(refusal) => refusal.to_string(),
        _ => "it could not be asked".to_owned(),
    }
}

async fn question(scope: &mut Scope<Reading>, project: ProjectId) -> Result<Option<Question>> {
    let Some(watched) = project_repository::find(scope, project).await? else {
        return Ok(None);
    };
    let repository = store::project::get(scope, &project.to_string()).await?.repository;
    let access = store::access::of_organization(scope).await?;
    let given = Given::of(&access, &scope.organization().access_model);
    let member = store::member::find_by_account(scope, watched.account).await?;
    let in_active_name = match member {
        Some(member) => member.status() == MemberStatus::Active,
        None => {
            let account = store::account::find(scope.tx(), watched.account).await?;
            account.is_some_and(|account| account.superuser && account.suspended.is_none())
        }
    };
    Ok(repository.map(|repository| Question {
        repository,
        in_active_name,
        watched,
        given,
    }))
}

/// What the host told changed who may do what; that it was asked did not.
async fn record(
    scope: &mut Scope<store::Writing>,
    project: ProjectId,
    watched: &Watched,
    (before, after): (&[Told], &[Told]),
    now: Timestamp,
) -> Result<()> {
    let project = store::project::get(scope, &project.to_string()).await?;
    let state = |told: &[Told]| {
        let people: BTreeMap<&str, String> = told
            .iter()
            .map(|told| (told.subject.as_str(), told.role.to_string()))
            .collect();
        json!(people)
    };
    let event = Event::new(Action::ProjectRepositoryTold, target(&project))
        .before(state(before))
        .after(state(after));
    let origin = crate::superuser::from_the_machine();
    let organization = scope.organization().id;
    crate::audit::record_by(
        scope.tx(),
        Some(organization),
        &event,
        (&watched.granted.by, &origin),
        now,
    )
    .await
}
