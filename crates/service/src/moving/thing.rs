//! Lines that are no people: each is made by the operation that makes one by hand, and one that is there already stays as it
//! is.

use std::collections::HashSet;

use domain::Refusal;
use domain::id::ServiceAccountId;
use domain::moving::{Fault, Line, Outcome, ProjectAccess, Row};
use domain::permission::ServiceAccountView;
use domain::time::DAY;

use super::import::{Import, refused};
use super::told;
use crate::catalogue::registration::{NewPermission, register};
use crate::group::making::NewGroup;
use crate::invitation::NewInvitation;
use crate::project::NewProject;
use crate::role::making::NewRole;
use crate::service_account::NewServiceAccount;
use crate::signup_domain::NewDomain;
use crate::{Error, Request, Result};

impl Import {
    /// The request of one line, a moment behind that of the line before it: so what is listed by id keeps the file's order.
    pub(super) fn at(&self, line: u64) -> Request {
        Request {
            now: self.request.now.plus(i64::try_from(line).unwrap_or_default()),
            ..self.request.clone()
        }
    }

    pub(super) async fn thing(&mut self, number: u64, line: Line) -> Result<Option<Row>> {
        let (kind, who) = (line.kind(), line.who());
        let request = self.at(number);
        let made = match line {
            Line::Role(role) => self.role(&request, role).await,
            Line::Group(group) => self.group(&request, group).await,
            Line::SignupDomain(domain) => self.signup_domain(&request, domain).await,
            Line::ServiceAccount(account) => self.service_account(&request, account).await,
            Line::Project(project) => self.project(&request, project).await,
            Line::ProjectAccess(access) => self.project_access(&request, access).await,
            Line::Invitation(invitation) => self.invitation(&request, invitation).await,
            Line::Organization(_) => Err(out_of_place()),
            Line::Roster(_) | Line::Permission(_) | Line::Member(_) | Line::End(_) => return Ok(None),
        };
        let (outcome, fault) = match made {
            Ok(outcome) => (outcome, None),
            Err(Error::Refused(
                Refusal::SlugTaken { .. } | Refusal::AlreadyInvited { .. } | Refusal::AlreadyMember { .. },
            )) => (Outcome::Skipped, None),
            Err(error) => (Outcome::Refused, Some(told(error)?)),
        };
        Ok(Some(Row {
            line: number,
            kind,
            who,
            outcome,
            fault,
            left_out: Vec::new(),
        }))
    }

    /// All permissions of one application that were read so far.
    pub(super) async fn declare(&mut self) -> Result<Vec<Row>> {
        let lines = std::mem::take(&mut self.permissions);
        let Some((first, permission)) = lines.first() else {
            return Ok(Vec::new());
        };
        let (request, application) = (self.at(*first), permission.application.clone());
        let outcome = match self.declare_all(&request, &application, &lines).await {
            Ok(outcome) => Ok(outcome),
            Err(error) => Err(told(error)?),
        };
        let row = |(line, permission): (u64, domain::moving::Permission)| match &outcome {
            Ok(outcome) => Row {
                line,
                kind: "permission",
                who: permission.name,
                outcome: *outcome,
                fault: None,
                left_out: Vec::new(),
            },
            Err(fault) => refused(line, "permission", permission.name, fault.clone()),
        };
        Ok(lines.into_iter().map(row).collect())
    }

    async fn declare_all(
        &mut self,
        request: &Request,
        application: &str,
        lines: &[(u64, domain::moving::Permission)],
    ) -> Result<Outcome> {
        let mut authorized = self.roster.authorize(request, &self.organization).await?;
        let known = store::catalogue::list(authorized.scope()).await?;
        // It declares them anew itself when it starts.
        if known
            .iter()
            .any(|known| known.application.as_deref() == Some(application))
        {
            return Ok(Outcome::Skipped);
        }
        let mut seen = HashSet::new();
        let new = lines
            .iter()
            .filter(|(_, permission)| seen.insert(permission.name.clone()));
        let new = new.map(|(_, permission)| NewPermission {
            name: permission.name.clone(),
            applies_to: permission.applies_to,
            module: permission.module.clone(),
            description: permission.description.clone(),
            carries: permission.carries.clone(),
        });
        register(authorized, application, new.collect()).await?;
        Ok(Outcome::Created)
    }

    async fn role(&mut self, request: &Request, role: domain::moving::Role) -> Result<Outcome> {
        let authorized = self.roster.authorize(request, &self.organization).await?;
        let new = NewRole {
            name: role.name,
            slug: Some(role.slug),
            description: Some(role.description),
            colour: Some(role.colour),
            applies_to: Some(role.applies_to),
            permissions: role.permissions.iter().map(str::to_owned).collect(),
        };
        crate::role::making::create(authorized, new).await?;
        Ok(Outcome::Created)
    }

    async fn group(&mut self, request: &Request, group: domain::moving::Group) -> Result<Outcome> {
        let authorized = self.roster.authorize(request, &self.organization).await?;
        let new = NewGroup {
            name: group.name,
            slug: Some(group.slug),
            description: Some(group.description),
            role: Some(group.role),
            parent: group.parent,
            members: Vec::new(),
        };
        crate::group::making::create(authorized, new).await?;
        Ok(Outcome::Created)
    }

    async fn signup_domain(&mut self, request: &Request, domain: domain::moving::SignupDomain) -> Result<Outcome> {
        let mut authorized = self.roster.authorize(request, &self.organization).await?;
        match store::signup_domain::get(authorized.scope(), &domain.domain).await {
            Ok(_) => return Ok(Outcome::Skipped),
            Err(store::Error::Refused(_)) => {}
            Err(error) => return Err(error.into()),
        }
        let new = NewDomain {
            domain: domain.domain,
            authentication_method: Some(domain.authentication_method),
            role: Some(domain.role),
        };
        crate::signup_domain::add(authorized, new).await?;
        Ok(Outcome::Created)
    }

    async fn service_account(&mut self, request: &Request, account: domain::moving::ServiceAccount) -> Result<Outcome> {
        if let Some(known) = self.known_service_account(request, &account.name).await? {
            self.service_accounts.insert(account.key, known);
            return Ok(Outcome::Skipped);
        }
        let authorized = self.roster.authorize(request, &self.organization).await?;
        let new = NewServiceAccount {
            name: account.name,
            description: Some(account.description),
            role: Some(account.role),
            until: account.until,
        };
        let crate::Outcome::Done(made) = crate::service_account::create(authorized, &new).await? else {
            return Ok(Outcome::Skipped);
        };
        self.service_accounts.insert(account.key, made.id);
        for belonging in account.groups {
            let authorized = self.roster.authorize(request, &self.organization).await?;
            let id = made.id.to_string();
            crate::group::membership::put(authorized, &belonging.group, &id, belonging.until).await?;
        }
        if account.deactivated {
            let authorized = self.roster.authorize(request, &self.organization).await?;
            crate::service_account::deactivate(authorized, made.id).await?;
        }
        Ok(Outcome::Created)
    }

    /// One of exactly that name that no line before meant: names are not unique.
    async fn known_service_account(&mut self, request: &Request, name: &str) -> Result<Option<ServiceAccountId>> {
        let mut seen = self
            .roster
            .see::<ServiceAccountView>(request, &self.organization)
            .await?;
        let found = store::service_account::list(seen.scope(), Some(name), None, 200).await?;
        let meant: HashSet<_> = self.service_accounts.values().collect();
        let free = found
            .iter()
            .find(|account| account.name == name && !meant.contains(&account.id));
        Ok(free.map(|account| account.id))
    }

    async fn project(&mut self, request: &Request, project: domain::moving::Project) -> Result<Outcome> {
        let mut authorized = self.roster.authorize(request, &self.organization).await?;
        match store::project::get(authorized.scope(), &project.slug).await {
            Ok(_) => return Ok(Outcome::Skipped),
            Err(store::Error::Refused(_)) => {}
            Err(error) => return Err(error.into()),
        }
        let owner = match self.aliases.get(&project.owner.to_lowercase()) {
            Some(known) => *known,
            None => store::moving::member_by_login(authorized.scope(), &project.owner).await?,
        };
        let owner = owner.ok_or_else(|| nobody(&project.owner))?;
        let new = NewProject {
            name: project.name,
            slug: Some(project.slug),
            description: Some(project.description),
            visibility: Some(project.visibility),
            repository: project.repository,
            owner: Some(owner),
        };
        crate::project::create(authorized, new).await?;
        Ok(Outcome::Created)
    }

    async fn project_access(&mut self, request: &Request, access: ProjectAccess) -> Result<Outcome> {
        let mut authorized = self
            .roster
            .authorize_on(request, &self.organization, &access.project)
            .await?;
        let subject = match (&access.member, &access.service_account, &access.group) {
            (Some(member), None, None) => match self.aliases.get(&member.to_lowercase()) {
                Some(known) => known.ok_or_else(|| nobody(member))?,
                None => store::moving::member_by_login(authorized.scope(), member)
                    .await?
                    .ok_or_else(|| nobody(member))?,
            }
            .to_string(),
            (None, Some(key), None) => {
                let known = self.service_accounts.get(key);
                known.ok_or_else(|| unnamed("service account", key))?.to_string()
            }
            (None, None, Some(group)) => {
                let now = request.now;
                store::group::get(authorized.scope(), group, now).await?.id.to_string()
            }
            _ => {
                let detail = "or service_account or group is needed, and only one of them";
                return Err(Error::Invalid(vec![crate::FieldError::new("member", detail)]));
            }
        };
        let (mapped, _) = store::project_access::subject(authorized.scope(), &subject).await?;
        let project = authorized.project()?.id;
        if store::project_access::find(authorized.scope(), project, mapped)
            .await?
            .is_some()
        {
            return Ok(Outcome::Skipped);
        }
        crate::project::access::grant(authorized, &subject, &access.role, access.until).await?;
        Ok(Outcome::Created)
    }

    async fn invitation(&mut self, request: &Request, invitation: domain::moving::Invitation) -> Result<Outcome> {
        let left = invitation.expires_at.map(|end| end.since(request.now));
        if left.is_some_and(|left| left <= 0) {
            return Ok(Outcome::Skipped);
        }
        let days = left.and_then(|left| u32::try_from((left + DAY - 1) / DAY).ok());
        let authorized = self.roster.authorize(request, &self.organization).await?;
        let new = NewInvitation {
            email: invitation.email,
            username: invitation.username,
            role: Some(invitation.role),
            groups: invitation.groups,
            provider: Some(invitation.provider),
            tenant: invitation.tenant,
            notify: invitation.notify,
            expires_in_days: days,
            send: true,
        };
        crate::invitation::send(authorized, new).await?;
        Ok(Outcome::Invited)
    }
}

fn nobody(login: &str) -> Error {
    unnamed("member", login)
}

fn unnamed(what: &str, name: &str) -> Error {
    let detail =
        format!("No {what} of the organization is called “{name}”. It must stand on a line before, and be taken.");
    Refusal::NotImportable(Fault::new("not_found", detail)).into()
}

fn out_of_place() -> Error {
    let detail = "The organization must stand on the second line. Sort the lines.";
    Refusal::NotImportable(Fault::new("out_of_order", detail)).into()
}
