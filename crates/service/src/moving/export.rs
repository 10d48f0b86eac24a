//! An organization as a file, a page at a time, all of it of one moment: what a line names stands in the file. Whoever takes their
//! time keeps nobody waiting, for the moment has a connection of its own.

use std::time::Duration;

use domain::Timestamp;
use domain::audit::{Action, Event};
use domain::group::Group;
use domain::id::{InvitationId, MemberId, ProjectId, RoleId, ServiceAccountId};
use domain::moving::{self, Composer, FORMAT, Header, Line, Named, VERSION};
use domain::permission::OrganizationChangeOwner;
use domain::policy::PolicyChange;
use domain::role::OWNER;
use serde_json::json;
use store::moving::Who;
use store::{Reading, Scope, Snapshot};

use crate::instance::superusers_only;
use crate::organization::target;
use crate::{Error, OrganizationRef, Request, Result, Roster};

/// Lines of one read.
const AT_ONCE: i64 = 1_000;
/// How long a file may take. As long as it does, the database keeps what has changed since it was begun: on SQLite in its
/// write-ahead log.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// Where the export is: what the next page is made of.
enum Part {
    Head,
    ServiceAccounts(Option<(String, ServiceAccountId)>),
    Owners(Option<MemberId>),
    Others(Option<MemberId>),
    Projects(Option<ProjectId>),
    Access(Option<store::moving::AccessPlace>),
    Invitations(Option<InvitationId>),
    End,
    Over,
}

pub struct Export {
    roster: Roster,
    request: Request,
    organization: OrganizationRef,
    pub slug: String,
    hashes: bool,
    owner: RoleId,
    moment: Snapshot,
    composer: Composer,
    part: Part,
}

/// Begins an export, which the organization's log then tells of. Only superusers get hashes of passwords.
///
/// # Errors
/// The caller may not hand the organization over, or may not have hashes; or too many are being written already.
pub async fn export(roster: &Roster, request: &Request, reference: &OrganizationRef, hashes: bool) -> Result<Export> {
    if hashes {
        superusers_only(request)?;
        request.proved()?;
    }
    drop(roster.see::<OrganizationChangeOwner>(request, reference).await?);
    let mut moment = roster.store().snapshot(reference, LONGEST).await?;
    let owner = store::role::get(moment.scope()?, OWNER).await?.id;
    let organization = moment.scope()?.organization().clone();
    let reference = OrganizationRef::Id(organization.id);
    let authorized = roster.authorize::<OrganizationChangeOwner>(request, &reference).await?;
    let event = Event::new(Action::OrganizationExported, target(&organization)).after(json!({ "passwords": hashes }));
    authorized.commit(event, ()).await?;
    Ok(Export {
        roster: roster.clone(),
        request: request.clone(),
        organization: reference,
        slug: organization.slug,
        hashes,
        owner,
        moment,
        composer: Composer::default(),
        part: Part::Head,
    })
}

impl Export {
    /// The next bytes; none at the end.
    ///
    /// # Errors
    /// The database does not answer, the caller may not any more, or it has taken too long.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>> {
        let mut out = Vec::new();
        while out.is_empty() && !matches!(self.part, Part::Over) {
            if matches!(self.part, Part::End) {
                std::mem::take(&mut self.composer).end(&mut out).map_err(unwritable)?;
                self.part = Part::Over;
                break;
            }
            for line in self.page().await? {
                self.composer.write(&line, &mut out).map_err(unwritable)?;
            }
        }
        Ok(Some(out).filter(|out| !out.is_empty()))
    }

    async fn page(&mut self) -> Result<Vec<Line>> {
        // Whether the caller may is asked of the present.
        drop(
            self.roster
                .see::<OrganizationChangeOwner>(&self.request, &self.organization)
                .await?,
        );
        let (scope, now) = (self.moment.scope()?, self.request.now);
        match &mut self.part {
            Part::Head => {
                let lines = head(scope, now).await?;
                self.part = Part::ServiceAccounts(None);
                Ok(lines)
            }
            Part::ServiceAccounts(after) => {
                let found = store::service_account::list(scope, None, after.take(), AT_ONCE).await?;
                self.part = match found.last() {
                    Some(last) => Part::ServiceAccounts(Some((store::service_account::name_key(&last.name), last.id))),
                    None => Part::Owners(None),
                };
                Ok(found.into_iter().map(service_account).collect())
            }
            Part::Owners(after) => {
                let who = Who::With(self.owner);
                let (found, last) = store::moving::members(scope, who, self.hashes, *after, AT_ONCE).await?;
                self.part = last.map_or(Part::Others(None), |last| Part::Owners(Some(last)));
                Ok(found.into_iter().map(|member| Box::new(member).into()).collect())
            }
            Part::Others(after) => {
                let who = Who::Without(self.owner);
                let (found, last) = store::moving::members(scope, who, self.hashes, *after, AT_ONCE).await?;
                self.part = last.map_or(Part::Projects(None), |last| Part::Others(Some(last)));
                Ok(found.into_iter().map(|member| Box::new(member).into()).collect())
            }
            Part::Projects(after) => {
                let (found, last) = store::moving::projects(scope, *after, AT_ONCE).await?;
                self.part = last.map_or(Part::Access(None), |last| Part::Projects(Some(last)));
                Ok(found.into_iter().map(Line::from).collect())
            }
            Part::Access(after) => {
                let (found, last) = store::moving::access(scope, *after, AT_ONCE).await?;
                self.part = last.map_or(Part::Invitations(None), |last| Part::Access(Some(last)));
                Ok(found.into_iter().map(Line::from).collect())
            }
            Part::Invitations(after) => {
                let (found, last) = store::moving::invitations(scope, now, *after, AT_ONCE).await?;
                self.part = last.map_or(Part::End, |last| Part::Invitations(Some(last)));
                Ok(found.into_iter().map(Line::from).collect())
            }
            Part::End | Part::Over => Ok(Vec::new()),
        }
    }
}

/// What others name.
async fn head(scope: &mut Scope<Reading>, now: Timestamp) -> Result<Vec<Line>> {
    let organization = scope.organization().clone();
    let mut lines: Vec<Line> = vec![
        Header {
            format: FORMAT.to_owned(),
            version: VERSION,
            organization: Named {
                slug: organization.slug.clone(),
                name: organization.name.clone(),
            },
            exported_at: now,
        }
        .into(),
        Box::new(moving::Organization {
            slug: organization.slug,
            name: organization.name,
            preset: organization.preset,
            policies: as_change(json!(organization.policies))?,
        })
        .into(),
    ];
    for declared in store::catalogue::list(scope).await? {
        if let Some(application) = declared.application {
            let permission = moving::Permission {
                name: declared.name,
                application,
                applies_to: declared.applies_to,
                module: declared.module,
                description: declared.description,
                carries: declared.carries,
            };
            lines.push(permission.into());
        }
    }
    for role in store::role::list(scope).await? {
        if !role.built_in {
            let role = moving::Role {
                slug: role.slug,
                applies_to: role.applies_to,
                name: role.name,
                description: role.description,
                colour: role.colour,
                permissions: role.permissions,
            };
            lines.push(role.into());
        }
    }
    lines.extend(groups(scope, now).await?.into_iter().map(Line::from));
    for domain in store::signup_domain::list(scope).await? {
        let domain = moving::SignupDomain {
            domain: domain.domain.to_string(),
            authentication_method: domain.authentication_method,
            role: domain.role.slug,
        };
        lines.push(domain.into());
    }
    Ok(lines)
}

/// Since when second factors are asked for is told by the change, not by whoever makes it.
fn as_change(mut policies: serde_json::Value) -> Result<PolicyChange> {
    if let Some(security) = policies
        .get_mut("security")
        .and_then(|security| security.as_object_mut())
    {
        security.remove("mfa_required_since");
    }
    serde_json::from_value(policies).map_err(unwritable)
}

/// Each behind the one above it; those that stand above each other in a circle lose that.
async fn groups(scope: &mut Scope<Reading>, now: Timestamp) -> Result<Vec<moving::Group>> {
    let mut left: Vec<Group> = Vec::new();
    let mut after = None;
    loop {
        let page = store::group::list(scope, None, after.take(), now, AT_ONCE).await?;
        let Some((place, _)) = page.last() else { break };
        after = Some(place.clone());
        left.extend(page.into_iter().map(|(_, group)| group));
    }
    let mut placed: Vec<moving::Group> = Vec::with_capacity(left.len());
    let mut known = std::collections::HashSet::new();
    while !left.is_empty() {
        let ready = |group: &Group| group.parent.as_ref().is_none_or(|parent| known.contains(&parent.id));
        let (mut next, rest): (Vec<Group>, Vec<Group>) = left.into_iter().partition(ready);
        left = rest;
        if next.is_empty() {
            for group in &mut left {
                group.parent = None;
            }
            next = std::mem::take(&mut left);
        }
        known.extend(next.iter().map(|group| group.id));
        placed.extend(next.into_iter().map(|group| moving::Group {
            slug: group.slug,
            name: group.name,
            description: group.description,
            role: group.role.slug,
            parent: group.parent.map(|parent| parent.slug),
        }));
    }
    Ok(placed)
}

fn service_account(account: domain::service_account::ServiceAccount) -> Line {
    moving::ServiceAccount {
        key: account.id.to_string(),
        name: account.name,
        description: account.description,
        role: account.role.slug,
        until: account.role_until,
        groups: account.groups.into_iter().map(store::moving::belonging_of).collect(),
        deactivated: account.deactivated.is_some(),
    }
    .into()
}

fn unwritable(error: serde_json::Error) -> Error {
    Error::Unexpected(format!("an organization cannot be written: {error}"))
}
