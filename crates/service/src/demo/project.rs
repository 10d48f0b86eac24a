//! What the people of the demonstration work on: projects with owners, some open to everyone and some not, with people
//! mapped to them and tokens that their programs carry.

use domain::Timestamp;
use domain::account::Account;
use domain::audit::{Action, Event};
use domain::grant::Granting;
use domain::id::MemberId;
use domain::member::MemberStatus;
use domain::permission::{Level, PermissionSet};
use domain::project::{Mapped, Owner, Project, ProjectToken, Repository, Visibility};
use domain::text::{Slug, Title};
use domain::time::DAY;
use domain::token::{Token, TokenHolder};
use serde_json::json;
use signin::token::Kind;
use store::{Scope, Writing};

use super::person::Person;
use super::{Stage, history};
use crate::ambient::{new_id, new_secret};
use crate::error::checked;
use crate::{Error, Result};

/// A project before it is there.
struct Plan {
    name: &'static str,
    description: &'static str,
    visibility: Visibility,
    repository: bool,
    /// How many are mapped to it.
    mapped: usize,
    /// What its token is called; none where it has none.
    token: &'static str,
}

const PLANS: [Plan; 5] = [
    Plan {
        name: "Lighthouse",
        description: "Watches over everything that runs at night.",
        visibility: Visibility::Everyone,
        repository: true,
        mapped: 0,
        token: "Nightly uploads",
    },
    Plan {
        name: "Paper Boat",
        description: "The small application on everybody's telephone.",
        visibility: Visibility::Everyone,
        repository: true,
        mapped: 4,
        token: "Release pipeline",
    },
    Plan {
        name: "Counting House",
        description: "Invoices, and the sums behind them.",
        visibility: Visibility::MembersOnly,
        repository: false,
        mapped: 2,
        token: "",
    },
    Plan {
        name: "Orchard",
        description: "",
        visibility: Visibility::Everyone,
        repository: false,
        mapped: 0,
        token: "",
    },
    Plan {
        name: "Bell Tower",
        description: "Tells the time to all other services.",
        visibility: Visibility::MembersOnly,
        repository: true,
        mapped: 3,
        token: "Bell ringer",
    },
];

/// Somebody who can own things.
type Holder<'a> = (MemberId, &'a Account);

/// The personas own some, and people of the organization the others.
pub async fn start_all(
    scope: &mut Scope<Writing>,
    stage: &Stage,
    personas: &[Account],
    people: &[Person],
    founded: Timestamp,
) -> Result<()> {
    let mut holders: Vec<Holder<'_>> = Vec::new();
    let active = people.iter().filter(|person| person.status == MemberStatus::Active);
    for account in personas.iter().chain(active.map(|person| &person.account)) {
        if let Some(member) = store::member::find_by_account(scope, account.id).await? {
            holders.push((member.id, account));
        }
    }
    let roles = store::role::list(scope).await?;
    let roles: Vec<_> = roles
        .into_iter()
        .filter(|role| role.applies_to == Level::Project && role.shown)
        .collect();
    let capabilities = capabilities(scope).await?;
    for (place, plan) in PLANS.iter().enumerate() {
        let begun = founded.plus((stage.now.since(founded) / 6).max(DAY) * i64::try_from(place).unwrap_or(1));
        let at = begun.min(stage.now.plus(-DAY));
        let (owner, account) = *holders.get(place % holders.len().max(1)).ok_or_else(nobody)?;
        let project = start(scope, plan, (owner, account), at).await?;
        let others = holders.iter().cycle().skip(place + 1).take(plan.mapped);
        for (number, (member, other)) in others.enumerate().filter(|(_, other)| other.0 != owner) {
            let role = &roles[number % roles.len().max(1)];
            let granted = history::granted(account, at.plus(DAY / 2));
            // One of them for a while only.
            let until = (number == 1).then(|| stage.now.plus(30 * DAY));
            store::project_access::put(scope, project.id, Mapped::Member(*member), role.id, until, &granted).await?;
            let event = Event::new(Action::ProjectAccessGranted, crate::project::target(&project))
                .after(json!({ "subject": other.name, "role": role.slug, "until": until }));
            history::record(scope, account, event, granted.at).await?;
        }
        if !plan.token.is_empty() {
            add_token(scope, &project, plan.token, &capabilities, at.plus(DAY / 2)).await?;
        }
    }
    Ok(())
}

async fn start(
    scope: &mut Scope<Writing>,
    plan: &Plan,
    (owner, account): Holder<'_>,
    at: Timestamp,
) -> Result<Project> {
    let name = checked(Title::parse(plan.name).ok())?;
    let slug = store::project::free_slug(scope, &Slug::of_project(&name)).await?;
    let repository = plan.repository.then(|| Repository {
        host: "git.example.com".to_owned(),
        name: format!("{}/{slug}", scope.organization().slug),
    });
    let Granting { by, .. } = history::granted(account, at);
    let project = Project {
        id: new_id(at),
        slug: slug.into(),
        name: name.into(),
        description: plan.description.to_owned(),
        visibility: plan.visibility,
        owner: Owner {
            id: owner,
            name: account.name.clone(),
            granted: Granting { by, at },
        },
        repository,
        created_at: at,
        revision: scope.revision(),
    };
    store::project::insert(scope, &project).await?;
    let event = Event::new(Action::ProjectCreated, crate::project::target(&project)).after(json!({
        "name": project.name,
        "slug": project.slug,
        "visibility": project.visibility,
        "owner": project.owner.name,
    }));
    history::record(scope, account, event, at).await?;
    Ok(project)
}

/// What programs are for here: what the preset declares for that, else looking on.
async fn capabilities(scope: &mut Scope<Writing>) -> Result<PermissionSet> {
    let declared = store::catalogue::list(scope).await?;
    let posts: PermissionSet = declared
        .iter()
        .filter(|known| known.applies_to == Level::Project && known.name.ends_with(":post"))
        .map(|known| known.name.clone())
        .collect();
    if posts.is_empty() {
        return Ok(["roster.project.view"].into_iter().collect());
    }
    Ok(posts)
}

/// Its secret is nobody's: nothing signs in with it.
async fn add_token(
    scope: &mut Scope<Writing>,
    project: &Project,
    name: &str,
    capabilities: &PermissionSet,
    at: Timestamp,
) -> Result<()> {
    let token = ProjectToken {
        token: Token {
            id: new_id(at),
            holder: TokenHolder::Project(scope.organization().id, project.id),
            name: name.to_owned(),
            scopes: Some(capabilities.clone()),
            expires_at: None,
            created_at: at,
            created_by: project.owner.granted.by.clone(),
            last_used_at: None,
        },
        owner: project.owner.id,
        owner_name: project.owner.name.clone(),
        owner_active: true,
    };
    let secret = new_secret(Kind::Project);
    Ok(store::project_token::insert(scope, project.id, &token, secret.hash()).await?)
}

fn nobody() -> Error {
    Error::Unexpected("nobody of the demonstration can own a project".to_owned())
}
