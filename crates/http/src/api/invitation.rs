//! Invitations: sent and managed by the organization, looked at and accepted by whoever holds the link.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Json, http::header::LOCATION};
use domain::id::InvitationId;
use domain::invitation::{IdentityProvider, Status};
use domain::permission::{InvitationSend, Permission};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use service::invitation::{self, NewInvitation, Sent, etag};
use service::invitation_acceptance::Acceptance;
use utoipa::ToSchema;

use super::body::{Answer, Body, created, id, ok, outcome, tagged};
use super::inside::Inside;
use super::page::{self, Paging, cut, one_more};
use super::representation::{Invitation, InvitationList, Member, OrganizationName};
use super::route::{Access, Method, Routes};
use crate::App;
use crate::api::address::{Path, Query};
use crate::context::{Caller, From as Origin};

const TAG: &str = "Invitations";
const SEND: Access = Access::Permission(Permission::InvitationSend);

pub fn routes(routes: &mut Routes) {
    routes.add(
        (Method::Get, "/organizations/{org}/invitations"),
        SEND,
        (TAG, "list_invitations", "List invitations"),
        list,
        |route| {
            route
                .query(&[("status", "pending, accepted, expired or revoked")])
                .query(page::SEARCHED)
                .answers::<InvitationList>(200, "The latest first; one's own without roster.invitation.manage")
        },
    );
    routes.add(
        (Method::Post, "/organizations/{org}/invitations"),
        SEND,
        (TAG, "send_invitation", "Invite somebody"),
        send,
        |route| {
            route
                .takes::<NewInvitationBody>()
                .answers::<SentBody>(201, "The invitation and a link to pass on, shown this once")
                .previews()
        },
    );
    routes.add(
        (Method::Get, "/organizations/{org}/invitations/{invitation}"),
        SEND,
        (TAG, "get_invitation", "See an invitation"),
        get,
        |route| route.answers::<Invitation>(200, "The invitation"),
    );
    routes.add(
        (Method::Post, "/organizations/{org}/invitations/{invitation}/delivery"),
        SEND,
        (TAG, "resend_invitation", "Send an invitation again"),
        resend,
        |route| {
            route
                .conditional()
                .answers::<SentBody>(200, "The invitation and its new link; the old ones are dead")
                .previews()
        },
    );
    routes.add(
        (Method::Post, "/organizations/{org}/invitations/{invitation}/revocation"),
        SEND,
        (TAG, "revoke_invitation", "Revoke an invitation"),
        revoke,
        |route| {
            route
                .conditional()
                .answers::<Invitation>(200, "The invitation; its link is dead")
                .previews()
        },
    );
    routes.add(
        (Method::Post, "/invitation-lookups"),
        Access::Public("whoever holds the link may see what it is for"),
        (TAG, "look_up_invitation", "See what an invitation's link is for"),
        look_up,
        |route| {
            route
                .takes::<LinkBody>()
                .answers::<LookedUp>(200, "What the invitee may see; nothing is used up")
        },
    );
    routes.add(
        (Method::Post, "/invitation-acceptances"),
        Access::Public("the invitee may have no account yet"),
        (TAG, "accept_invitation", "Accept an invitation"),
        accept,
        |route| {
            route
                .takes::<AcceptanceBody>()
                .answers::<Accepted>(201, "The new member; with a session's token where an account was made")
        },
    );
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInvitationBody {
    pub email: Option<String>,
    pub username: Option<String>,
    /// Id or slug.
    pub role: Option<String>,
    pub groups: Option<Vec<String>>,
    pub identity: Option<IdentityBody>,
    /// Where the mail goes instead.
    pub notify: Option<String>,
    pub expires_in_days: Option<u32>,
    /// Whether to mail it; true where left out.
    pub send: Option<bool>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentityBody {
    /// any, password, pam, saml, google, microsoft, github, bitbucket, or the slug of another issuer that is configured
    #[schema(value_type = String)]
    pub provider: IdentityProvider,
    pub tenant: Option<String>,
}

impl From<NewInvitationBody> for NewInvitation {
    fn from(body: NewInvitationBody) -> Self {
        let (provider, tenant) = body
            .identity
            .map_or((None, None), |identity| (Some(identity.provider), identity.tenant));
        Self {
            email: body.email,
            username: body.username,
            role: body.role,
            groups: body.groups.unwrap_or_default(),
            provider,
            tenant,
            notify: body.notify,
            expires_in_days: body.expires_in_days,
            send: body.send.unwrap_or(true),
        }
    }
}

#[derive(Serialize, ToSchema)]
pub struct SentBody {
    pub invitation: Invitation,
    pub link: String,
}

impl SentBody {
    pub fn of(sent: Sent, base: &str, now: domain::Timestamp) -> Self {
        Self {
            invitation: Invitation::at(sent.invitation, now),
            link: format!("{base}/invitations/{}", sent.link.expose()),
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LinkBody {
    /// The last segment of the link.
    token: String,
}

#[derive(Serialize, ToSchema)]
struct LookedUp {
    organization: OrganizationName,
    role: String,
    invited_by: String,
    email: Option<String>,
    username: Option<String>,
    provider: String,
    /// pending or expired
    status: String,
    expires_at: Option<String>,
    /// Whether to sign in rather than make an account; told only by the mailed link.
    has_account: Option<bool>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AcceptanceBody {
    /// The last segment of the link.
    token: String,
    name: Option<String>,
    username: Option<String>,
    /// Of the new account; not needed when signed in.
    #[schema(value_type = Option<String>)]
    password: Option<SecretString>,
}

#[derive(Serialize, ToSchema)]
struct Accepted {
    member: Member,
    organization: OrganizationName,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

#[derive(Deserialize)]
struct ListQuery {
    status: Option<String>,
    query: Option<String>,
    limit: Option<String>,
    cursor: Option<String>,
}

async fn list(inside: Inside, Query(query): Query<ListQuery>) -> Answer {
    let mut seen = inside.see::<InvitationSend>().await?;
    let status = match query
        .status
        .as_deref()
        .filter(|status| !status.is_empty() && *status != "all")
    {
        None => None,
        Some(text) => Some(
            Status::parse(text)
                .ok_or_else(|| page::invalid("status", "must be pending, accepted, expired or revoked"))?,
        ),
    };
    let paging = Paging::of(query.limit, query.cursor);
    let (limit, before) = (paging.limit()?, paging.cursor::<InvitationId>()?);
    let (items, more) = cut(
        invitation::list(&mut seen, status, query.query.as_deref(), before, one_more(limit)).await?,
        limit,
    );
    let next_cursor = items.last().filter(|_| more).map(|last| page::cursor(&last.id));
    let items = items
        .into_iter()
        .map(|invitation| Invitation::at(invitation, inside.request.now))
        .collect();
    Ok(ok(&InvitationList { items, next_cursor }))
}

async fn send(inside: Inside, Path(org): Path<String>, Body(body): Body<NewInvitationBody>) -> Answer {
    let authorized = inside.change::<InvitationSend>().await?;
    let sent = invitation::send(authorized, body.into()).await?;
    Ok(outcome(sent, |sent| {
        let (tag, location) = (
            etag(&sent.invitation),
            format!("/api/v1/organizations/{org}/invitations/{}", sent.invitation.id),
        );
        created(
            &SentBody::of(sent, &inside.roster().settings().public_url, inside.request.now),
            &tag,
            &location,
        )
    }))
}

async fn get(inside: Inside, Path((_, invitation)): Path<(String, String)>) -> Answer {
    let mut seen = inside.see::<InvitationSend>().await?;
    let found = invitation::get(&mut seen, id(&invitation, "invitation")?).await?;
    let tag = etag(&found);
    Ok(tagged(&Invitation::at(found, inside.request.now), &tag))
}

async fn resend(inside: Inside, Path((_, invitation)): Path<(String, String)>) -> Answer {
    let authorized = inside.change::<InvitationSend>().await?;
    let sent = invitation::resend(authorized, id(&invitation, "invitation")?).await?;
    Ok(outcome(sent, |sent| {
        let tag = etag(&sent.invitation);
        tagged(
            &SentBody::of(sent, &inside.roster().settings().public_url, inside.request.now),
            &tag,
        )
    }))
}

async fn revoke(inside: Inside, Path((_, invitation)): Path<(String, String)>) -> Answer {
    let authorized = inside.change::<InvitationSend>().await?;
    let revoked = invitation::revoke(authorized, id(&invitation, "invitation")?).await?;
    Ok(outcome(revoked, |invitation| {
        let tag = etag(&invitation);
        tagged(&Invitation::at(invitation, inside.request.now), &tag)
    }))
}

async fn look_up(State(app): State<App>, Body(body): Body<LinkBody>) -> Answer {
    let found = app.roster.look_up_invitation(&body.token).await?;
    Ok(ok(&LookedUp {
        organization: organization_name(&found.organization),
        role: found.invitation.role.name,
        invited_by: found.invitation.invited_by.name,
        email: found.invitation.email,
        username: found.invitation.username,
        provider: found.invitation.identity.provider.name().to_owned(),
        status: found.status.name().to_owned(),
        expires_at: found.invitation.expires_at.map(|end| end.to_string()),
        has_account: found.has_account,
    }))
}

async fn accept(
    State(app): State<App>,
    Origin(origin): Origin,
    caller: Option<Caller>,
    Body(body): Body<AcceptanceBody>,
) -> Answer {
    let acceptance = Acceptance {
        name: body.name,
        username: body.username,
        password: body.password,
    };
    let request = caller.map(|caller| caller.0);
    let accepted = app
        .roster
        .accept_invitation(&body.token, request.as_ref(), acceptance, &origin)
        .await?;
    let location = format!(
        "/api/v1/organizations/{}/members/{}",
        accepted.organization.slug, accepted.member.id
    );
    let answer = Accepted {
        organization: organization_name(&accepted.organization),
        member: Member::at(accepted.member, app.roster.now()),
        token: accepted.token.map(|token| token.expose().to_owned()),
    };
    Ok(at(StatusCode::CREATED, &location, &answer))
}

fn at(status: StatusCode, location: &str, body: &impl Serialize) -> Response {
    (status, [(LOCATION, location.to_owned())], Json(body)).into_response()
}

fn organization_name(organization: &domain::organization::Organization) -> OrganizationName {
    OrganizationName {
        id: organization.id.to_string(),
        slug: organization.slug.clone(),
        name: organization.name.clone(),
    }
}
