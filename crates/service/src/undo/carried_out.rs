//! Each opposite by the operation that a person would call.

use domain::permission::{
    GroupManage, MemberManage, OrganizationManage, ProjectAccessManage, ProjectManage, ProjectView, RoleManage,
    SecurityManage, ServiceAccountManage, SignupDomainManage,
};
use domain::policy::PolicyChange;
use domain::preset::DeclaredPermission;
use domain::undo::{DomainFields, Opposite, ServiceAccountFields};

use crate::authorization::Outcome;
use crate::catalogue::registration::{self, NewPermission};
use crate::group::making::GroupEdit;
use crate::group::{making as group_making, membership};
use crate::member::edit::{MemberEdit, edit as edit_member};
use crate::member::role_change::change_role;
use crate::member::{disablement, suspension};
use crate::organization::{OrganizationEdit, change_policies, edit as edit_organization};
use crate::project::{ProjectEdit, access, edit as edit_project, owner};
use crate::role::making::RoleEdit;
use crate::role::{deletion, making as role_making};
use crate::service_account::{self, ServiceAccountEdit};
use crate::signup_domain::{self, DomainEdit, NewDomain};
use crate::{OrganizationRef, Request, Result, Roster, security};

type Done = Result<Outcome<()>>;

/// Where the change is made, and by whom.
struct At<'a> {
    roster: &'a Roster,
    request: &'a Request,
    organization: &'a OrganizationRef,
}

/// Drops what the change returns.
fn done<T>(made: Result<Outcome<T>>) -> Done {
    made.map(|outcome| outcome.map(|_| ()))
}

pub(super) async fn carry_out(
    roster: &Roster,
    request: &Request,
    organization: &OrganizationRef,
    opposite: Opposite,
) -> Done {
    let at = At {
        roster,
        request,
        organization,
    };
    match opposite {
        Opposite::ChangeRole { .. }
        | Opposite::EditMember { .. }
        | Opposite::Disable(_)
        | Opposite::Enable(_)
        | Opposite::Suspend(_)
        | Opposite::LiftSuspension(_) => of_member(&at, opposite).await,
        Opposite::DeleteGroup(_)
        | Opposite::EditGroup { .. }
        | Opposite::GiveGroupRole { .. }
        | Opposite::PutIntoGroup { .. }
        | Opposite::TakeOutOfGroup { .. } => of_group(&at, opposite).await,
        Opposite::EditProject { .. }
        | Opposite::GiveAccess { .. }
        | Opposite::TakeAccess { .. }
        | Opposite::HandProject { .. } => of_project(&at, opposite).await,
        Opposite::DeleteRole { role, level } => {
            let authorized = at.roster.authorize::<RoleManage>(at.request, at.organization).await?;
            done(deletion::delete(authorized, level, &role, None).await)
        }
        Opposite::EditRole { role, level, fields } => {
            let authorized = at.roster.authorize::<RoleManage>(at.request, at.organization).await?;
            let edit = RoleEdit {
                name: fields.name,
                slug: fields.slug,
                description: fields.description,
                colour: fields.colour,
                permissions: fields.permissions,
            };
            done(role_making::edit(authorized, level, &role, edit).await)
        }
        Opposite::Register {
            application,
            permissions,
        } => register(&at, &application, permissions).await,
        other => of_organization(&at, other).await,
    }
}

async fn of_member(at: &At<'_>, opposite: Opposite) -> Done {
    let authorized = at.roster.authorize::<MemberManage>(at.request, at.organization).await?;
    match opposite {
        Opposite::ChangeRole { member, role, until } => done(change_role(authorized, member, &role, until).await),
        Opposite::EditMember { member, fields } => {
            let edit = MemberEdit {
                name: fields.name,
                email: fields.email,
                phone: fields.phone,
                authentication_method: None,
            };
            done(edit_member(authorized, member, edit).await)
        }
        Opposite::Disable(member) => done(disablement::disable(authorized, member, None).await),
        Opposite::Enable(member) => done(disablement::enable(authorized, member).await),
        Opposite::Suspend(member) => done(suspension::suspend(authorized, member, None).await),
        Opposite::LiftSuspension(member) => done(suspension::lift(authorized, member).await),
        other => Err(astray(&other)),
    }
}

async fn of_group(at: &At<'_>, opposite: Opposite) -> Done {
    let authorized = at.roster.authorize::<GroupManage>(at.request, at.organization).await?;
    match opposite {
        Opposite::DeleteGroup(group) => group_making::delete(authorized, &group).await,
        Opposite::EditGroup { group, fields } => {
            let edit = GroupEdit {
                name: fields.name,
                slug: fields.slug,
                description: fields.description,
                parent: fields.parent,
            };
            done(group_making::edit(authorized, &group, edit).await)
        }
        Opposite::GiveGroupRole { group, role } => done(group_making::set_role(authorized, &group, &role).await),
        Opposite::PutIntoGroup { group, who, until } => done(membership::put(authorized, &group, &who, until).await),
        Opposite::TakeOutOfGroup { group, who } => membership::remove(authorized, &group, &who).await,
        other => Err(astray(&other)),
    }
}

async fn of_project(at: &At<'_>, opposite: Opposite) -> Done {
    let (roster, request, organization) = (at.roster, at.request, at.organization);
    match opposite {
        Opposite::EditProject { project, fields } => {
            let authorized = roster
                .authorize_on::<ProjectView>(request, organization, &project)
                .await?;
            let edit = ProjectEdit {
                name: fields.name,
                slug: fields.slug,
                description: fields.description,
                visibility: fields.visibility,
                repository: fields.repository,
            };
            done(edit_project(authorized, edit).await)
        }
        Opposite::GiveAccess {
            project,
            who,
            role,
            until,
        } => {
            let authorized = roster
                .authorize_on::<ProjectAccessManage>(request, organization, &project)
                .await?;
            done(access::grant(authorized, &who, &role, until).await)
        }
        Opposite::TakeAccess { project, who } => {
            let authorized = roster
                .authorize_on::<ProjectAccessManage>(request, organization, &project)
                .await?;
            access::revoke(authorized, &who).await
        }
        Opposite::HandProject { project, to } => {
            let authorized = roster
                .authorize_on::<ProjectManage>(request, organization, &project)
                .await?;
            done(owner::transfer(authorized, to).await)
        }
        other => Err(astray(&other)),
    }
}

async fn of_organization(at: &At<'_>, opposite: Opposite) -> Done {
    let (roster, request, organization) = (at.roster, at.request, at.organization);
    match opposite {
        Opposite::ChangePolicies(change) => policies(at, *change).await,
        Opposite::RenameOrganization { name, slug } => {
            let authorized = roster.authorize::<OrganizationManage>(request, organization).await?;
            done(edit_organization(authorized, OrganizationEdit { name, slug }).await)
        }
        Opposite::ListDomain { domain, fields } => {
            let authorized = roster.authorize::<SignupDomainManage>(request, organization).await?;
            let DomainFields {
                authentication_method,
                role,
            } = fields;
            let new = NewDomain {
                domain,
                authentication_method,
                role,
            };
            done(signup_domain::add(authorized, new).await)
        }
        Opposite::UnlistDomain(domain) => {
            let authorized = roster.authorize::<SignupDomainManage>(request, organization).await?;
            signup_domain::remove(authorized, &domain).await
        }
        Opposite::EditDomain { domain, fields } => {
            let authorized = roster.authorize::<SignupDomainManage>(request, organization).await?;
            let edit = DomainEdit {
                authentication_method: fields.authentication_method,
                role: fields.role,
            };
            done(signup_domain::edit(authorized, &domain, edit).await)
        }
        Opposite::Deactivate(id) => {
            let authorized = roster.authorize::<ServiceAccountManage>(request, organization).await?;
            done(service_account::deactivate(authorized, id).await)
        }
        Opposite::Reactivate(id) => {
            let authorized = roster.authorize::<ServiceAccountManage>(request, organization).await?;
            done(service_account::reactivate(authorized, id).await)
        }
        Opposite::EditServiceAccount {
            service_account,
            fields,
        } => {
            let authorized = roster.authorize::<ServiceAccountManage>(request, organization).await?;
            let edit = edit_of(fields);
            done(service_account::edit(authorized, service_account, &edit).await)
        }
        other => Err(astray(&other)),
    }
}

fn edit_of(fields: ServiceAccountFields) -> ServiceAccountEdit {
    ServiceAccountEdit {
        name: fields.name,
        description: fields.description,
        role: fields.role,
        until: fields.until,
    }
}

/// By whoever may change just these: how people sign in, and that they sign up, have permissions of their own.
async fn policies(at: &At<'_>, change: PolicyChange) -> Done {
    let (roster, request, organization) = (at.roster, at.request, at.organization);
    let sign_up_alone = PolicyChange {
        self_sign_up: change.self_sign_up,
        ..PolicyChange::default()
    };
    if let (Some(allowed), true) = (change.self_sign_up, change == sign_up_alone) {
        let authorized = roster.authorize::<SignupDomainManage>(request, organization).await?;
        return signup_domain::allow(authorized, allowed).await;
    }
    if change.is_of_security_alone()
        && let Some(of_security) = change.security
    {
        let authorized = roster.authorize::<SecurityManage>(request, organization).await?;
        return done(security::change(authorized, of_security).await);
    }
    let authorized = roster.authorize::<OrganizationManage>(request, organization).await?;
    done(change_policies(authorized, change).await)
}

async fn register(at: &At<'_>, application: &str, permissions: Vec<DeclaredPermission>) -> Done {
    let authorized = at.roster.authorize::<RoleManage>(at.request, at.organization).await?;
    let permissions = permissions.into_iter().map(|declared| NewPermission {
        name: declared.name,
        applies_to: declared.applies_to,
        module: declared.module,
        description: declared.description,
        carries: declared.carries,
    });
    done(registration::register(authorized, application, permissions.collect()).await)
}

fn astray(opposite: &Opposite) -> crate::Error {
    crate::Error::Unexpected(format!("nobody carries out {opposite:?}"))
}
