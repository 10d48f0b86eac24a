//! Organizations, their policies and limits.

use axum::extract::State;
use domain::id::OrganizationId;
use domain::organization::Flag;
use domain::permission::{
    AuditLogManage, OrganizationManage, OrganizationView, Permission, SecurityManage, SubscriptionView,
};
use domain::policy::PolicyChange;
use serde::{Deserialize, Serialize};
use service::OrganizationRef;
use service::flag;
use service::organization::{self, FirstOwner, NewTenant, OrganizationEdit, etag};
use utoipa::ToSchema;

use super::body::{Answer, Body, created, given, nothing, ok, outcome, seen_as, tagged};
use super::page::{self, Search, cut, one_more};
use super::representation::{Invitation, Organization, OrganizationList};
use super::route::{Access, Method, Routes};
use crate::App;
use crate::api::address::{Path, Query};
use crate::context::Caller;
use crate::problem::Problem;

pub fn routes(routes: &mut Routes) {
    const TAG: &str = "Organizations";
    routes.add(
        (Method::Get, "/organizations"),
        Access::SignedIn,
        (TAG, "list_organizations", "List organizations"),
        list,
        |route| {
            route
                .query(page::SEARCHED)
                .answers::<OrganizationList>(200, "My own by name; all for a superuser")
        },
    );
    routes.add(
        (Method::Post, "/organizations"),
        Access::SignedIn,
        (TAG, "open_organization", "Open an organization"),
        open,
        |route| {
            route
                .takes::<NewOrganizationBody>()
                .answers::<Opened>(201, "The organization, and the link for its invited Owner; takes a superuser, or the instance policy anyone_may_open")
                .previews()
        },
    );
    routes.add(
        (Method::Get, "/organizations/{org}"),
        Access::Permission(Permission::OrganizationView),
        (TAG, "get_organization", "See an organization"),
        get,
        |route| route.answers::<Organization>(200, "The organization"),
    );
    routes.add(
        (Method::Patch, "/organizations/{org}"),
        Access::Permission(Permission::OrganizationManage),
        (TAG, "edit_organization", "Rename an organization"),
        edit,
        |route| {
            route
                .conditional()
                .takes::<OrganizationEditBody>()
                .answers::<Organization>(200, "The organization as it is now")
                .previews()
        },
    );
    routes.add(
        (Method::Delete, "/organizations/{org}"),
        Access::Permission(Permission::OrganizationDelete),
        (TAG, "delete_organization", "Delete an organization"),
        delete,
        |route| {
            route.conditional()
                .takes::<DeletionBody>()
                .answers_nothing(204, "Nobody reaches it any more; superusers restore it within thirty days. Takes a superuser, or the instance policy owners_may_delete")
                .previews()
        },
    );
    routes.add(
        (Method::Get, "/organizations/{org}/policies"),
        Access::Permission(Permission::OrganizationView),
        (TAG, "get_policies", "See an organization's policies"),
        policies,
        |route| route.answers::<PoliciesBody>(200, "The policies"),
    );
    routes.add(
        (Method::Patch, "/organizations/{org}/policies"),
        Access::Permission(Permission::OrganizationManage),
        (TAG, "change_policies", "Change an organization's policies"),
        change_policies,
        |route| {
            route
                .conditional()
                .takes::<PoliciesChangeBody>()
                .answers::<PoliciesBody>(200, "The policies as they are now")
                .previews()
        },
    );
    routes.add(
        (Method::Get, "/organizations/{org}/limits"),
        Access::Permission(Permission::SubscriptionView),
        (TAG, "get_limits", "See how many member slots are taken"),
        limits,
        |route| route.answers::<LimitsBody>(200, "Usage, limit, and whom to ask for more"),
    );
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewOrganizationBody {
    name: String,
    slug: String,
    preset: Option<String>,
    /// `me`, or who is invited as its Owner.
    owner: FirstOwnerBody,
}

#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
enum FirstOwnerBody {
    Word(String),
    Invited(InvitedOwner),
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct InvitedOwner {
    email: String,
    #[serde(default, rename = "name")]
    _name: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct Opened {
    #[serde(flatten)]
    #[schema(inline)]
    organization: Organization,
    #[serde(skip_serializing_if = "Option::is_none")]
    invitation: Option<Invitation>,
    /// The invited Owner's link; shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OrganizationEditBody {
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    slug: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DeletionBody {
    /// The organization's slug, typed once more.
    confirm: String,
}

/// For the document alone: the shape of the domain's policies.
#[derive(Serialize, ToSchema)]
struct PoliciesBody {
    /// Days; null: invitations do not end.
    invitation_lifetime_days: Option<u32>,
    members_may_invite: bool,
    /// Slugs; null: all but Owner.
    offered_roles: Option<Vec<String>>,
    /// Null: none.
    member_limit: Option<u32>,
    self_sign_up: bool,
    /// people or card
    invited_shown_in: String,
    /// Whether people may be invited to sign in with their password of the system, where the instance allows it.
    pam: bool,
    /// Days that entries of the audit log are kept; null: for ever.
    audit_retention_days: Option<u32>,
}

/// For the document alone; what is absent stays as it is.
#[derive(Serialize, ToSchema)]
struct PoliciesChangeBody {
    invitation_lifetime_days: Option<u32>,
    members_may_invite: Option<bool>,
    offered_roles: Option<Vec<String>>,
    /// Superusers only.
    member_limit: Option<u32>,
    self_sign_up: Option<bool>,
    invited_shown_in: Option<String>,
    pam: Option<bool>,
    /// With `roster.audit_log.manage`.
    audit_retention_days: Option<u32>,
}

#[derive(Serialize, ToSchema)]
struct LimitsBody {
    members: MemberLimit,
}

#[derive(Serialize, ToSchema)]
struct MemberLimit {
    used: i64,
    limit: Option<u32>,
    contact: String,
    pricing: Option<String>,
}

async fn list(State(app): State<App>, Caller(request): Caller, Query(search): Query<Search>) -> Answer {
    let (paging, needle) = (search.paging(), search.needle());
    let limit = paging.limit()?;
    let after: Option<(String, String)> = paging.cursor()?;
    let after = match after {
        Some((name, id)) => Some((name, super::body::id::<OrganizationId>(&id, "cursor")?)),
        None => None,
    };
    let found = app
        .roster
        .organizations(&request, needle.as_deref(), after, one_more(limit))
        .await?;
    let (items, more) = cut(found, limit);
    let flags = app.roster.flags(&request, &items).await?;
    let last = items
        .last()
        .map(|last| page::cursor(&(last.name.to_lowercase(), last.id)));
    let items = items.into_iter().map(|organization| {
        let flags = flags.get(&organization.id).map_or(&[][..], Vec::as_slice);
        Organization::flagged(organization, flags)
    });
    Ok(ok(&OrganizationList {
        items: items.collect(),
        next_cursor: last.filter(|_| more),
    }))
}

async fn open(State(app): State<App>, Caller(request): Caller, Body(body): Body<NewOrganizationBody>) -> Answer {
    let owner = match body.owner {
        FirstOwnerBody::Word(word) if word == "me" => FirstOwner::Me,
        FirstOwnerBody::Word(_) => return Err(page::invalid("owner", "must be \"me\" or {\"email\": …}")),
        FirstOwnerBody::Invited(invited) => FirstOwner::Invited { email: invited.email },
    };
    let new = NewTenant {
        name: body.name,
        slug: body.slug,
        preset: body.preset,
        owner,
    };
    let now = request.now;
    let opened = app.roster.open_organization(&request, &new).await?;
    let base = app.roster.settings().public_url.clone();
    Ok(outcome(opened, |opened| {
        let (tag, location) = (
            etag(&opened.organization),
            format!("/api/v1/organizations/{}", opened.organization.slug),
        );
        let link = opened
            .invitation
            .as_ref()
            .map(|(_, link)| format!("{base}/invitations/{}", link.expose()));
        // Whose Owner is invited has none until they join.
        let flags: &[Flag] = if opened.invitation.is_some() {
            &[Flag::NoActiveOwner]
        } else {
            &[]
        };
        let invitation = opened.invitation.map(|(invitation, _)| Invitation::at(invitation, now));
        created(
            &Opened {
                organization: Organization::flagged(opened.organization, flags),
                invitation,
                link,
            },
            &tag,
            &location,
        )
    }))
}

async fn get(State(app): State<App>, Caller(request): Caller, Path(org): Path<String>) -> Answer {
    let mut seen = app
        .roster
        .see::<OrganizationView>(&request, &OrganizationRef::parse(&org))
        .await?;
    let flags = flag::of(&mut seen).await?;
    let found = organization::get(&seen);
    let tag = etag(&found);
    Ok(tagged(&Organization::flagged(found, &flags), &tag))
}

async fn edit(
    State(app): State<App>,
    Caller(request): Caller,
    Path(org): Path<String>,
    Body(body): Body<OrganizationEditBody>,
) -> Answer {
    let mut authorized = app
        .roster
        .authorize::<OrganizationManage>(&request, &OrganizationRef::parse(&org))
        .await?;
    let flags = flag::of(&mut authorized).await?;
    let edited = organization::edit(
        authorized,
        OrganizationEdit {
            name: body.name,
            slug: body.slug,
        },
    )
    .await?;
    Ok(outcome(edited, |organization| {
        let tag = etag(&organization);
        tagged(&Organization::flagged(organization, &flags), &tag)
    }))
}

async fn delete(
    State(app): State<App>,
    Caller(request): Caller,
    Path(org): Path<String>,
    Body(body): Body<DeletionBody>,
) -> Answer {
    let authorized = app.roster.authorize(&request, &OrganizationRef::parse(&org)).await?;
    let deleted = service::tenant::deletion::delete(authorized, &body.confirm).await?;
    Ok(outcome(deleted, |_| nothing()))
}

async fn policies(State(app): State<App>, Caller(request): Caller, Path(org): Path<String>) -> Answer {
    let seen = app
        .roster
        .see::<OrganizationView>(&request, &OrganizationRef::parse(&org))
        .await?;
    let organization = organization::get(&seen);
    Ok(tagged(&organization.policies, &etag(&organization)))
}

async fn change_policies(
    State(app): State<App>,
    Caller(request): Caller,
    Path(org): Path<String>,
    Body(change): Body<PolicyChange>,
) -> Answer {
    let organization = OrganizationRef::parse(&org);
    let changed = match change {
        change if change.is_of_security_alone() => {
            let authorized = app.roster.authorize::<SecurityManage>(&request, &organization).await?;
            service::security::change(authorized, change.security.unwrap_or_default()).await?
        }
        change if change.is_of_audit_alone() => {
            let authorized = app.roster.authorize::<AuditLogManage>(&request, &organization).await?;
            service::audit::retention::change(authorized, change.audit_retention_days.flatten()).await?
        }
        change => {
            let authorized = app.roster.authorize(&request, &organization).await?;
            organization::change_policies(authorized, change).await?
        }
    };
    Ok(outcome(changed, |organization| {
        tagged(&organization.policies, &etag(&organization))
    }))
}

async fn limits(
    State(app): State<App>,
    Caller(request): Caller,
    Path(org): Path<String>,
) -> Result<axum::response::Response, Problem> {
    let seen = app
        .roster
        .see::<SubscriptionView>(&request, &OrganizationRef::parse(&org))
        .await?;
    let limits = organization::limits(seen).await?;
    let members = MemberLimit {
        used: limits.used,
        limit: limits.limit,
        contact: limits.contact,
        pricing: limits.pricing,
    };
    Ok(seen_as(&LimitsBody { members }))
}
