//! One's own connected accounts. Connecting one takes a browser; looking at them and taking one away does not.

use axum::extract::State;
use domain::effect::{Kind, Subject};
use domain::identity::LinkedIdentity;
use serde::Serialize;
use service::Outcome;
use utoipa::ToSchema;

use super::body::{Answer, id, nothing, ok, would};
use super::page;
use super::part::Part;
use super::route::{Access, Method, Routes};
use crate::App;
use crate::api::address::Path;
use crate::context::Caller;

const TAG: &str = "Me";

pub fn routes(routes: &mut Routes) {
    routes.add(
        (Method::Get, "/me/identities"),
        Access::SignedIn,
        (TAG, "list_my_identities", "List my connected accounts"),
        list,
        |route| {
            route
                .query(page::SEARCHED)
                .answers::<IdentityList>(200, "The accounts elsewhere that I can sign in with, the oldest first")
        },
    );
    routes.add(
        (Method::Delete, "/me/identities/{identity}"),
        Access::SignedIn,
        (TAG, "unlink_my_identity", "Disconnect an account"),
        unlink,
        |route| route.answers_nothing(204, "It signs nobody in any more").previews(),
    );
}

#[derive(Debug, Serialize, ToSchema)]
struct MyIdentity {
    id: String,
    /// google, microsoft, github, bitbucket, or the slug of another issuer
    provider: String,
    provider_name: String,
    issuer: String,
    tenant: Option<String>,
    /// As last told; the account is known by an id of the provider's.
    username: Option<String>,
    email: Option<String>,
    /// What a host was asked for and gave.
    scopes: Vec<String>,
    linked_at: String,
    last_used_at: Option<String>,
    /// Since when the host refuses the access that it gave.
    broken_at: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct IdentityList {
    items: Vec<MyIdentity>,
    next_cursor: Option<String>,
}

fn shown(app: &App, identity: LinkedIdentity) -> MyIdentity {
    MyIdentity {
        id: identity.id.to_string(),
        provider_name: app.roster.provider_name(&identity.provider),
        provider: identity.provider,
        issuer: identity.issuer,
        tenant: identity.tenant,
        username: identity.username,
        email: identity.email,
        scopes: identity.scopes,
        linked_at: identity.linked_at.to_string(),
        last_used_at: identity.last_used_at.map(|at| at.to_string()),
        broken_at: identity.broken_at.map(|at| at.to_string()),
    }
}

async fn list(State(app): State<App>, Caller(request): Caller, part: Part) -> Answer {
    let identities = app.roster.my_identities(&request).await?;
    let identities = identities.into_iter().map(|identity| shown(&app, identity));
    let (items, next_cursor) = part.of(identities, |identity| {
        [
            &identity.id,
            &identity.provider_name,
            identity.username.as_deref().unwrap_or_default(),
            identity.email.as_deref().unwrap_or_default(),
        ]
    });
    Ok(ok(&IdentityList { items, next_cursor }))
}

async fn unlink(State(app): State<App>, Caller(request): Caller, Path(identity): Path<String>) -> Answer {
    let identity = id(&identity, "identity")?;
    match app.roster.unlink(&request, identity).await? {
        Outcome::Done(_) => Ok(nothing()),
        Outcome::Previewed(_) => {
            let subject = Subject {
                kind: "identity",
                id: identity.to_string(),
                name: request.caller.name,
            };
            Ok(would(Kind::Deleted, subject, "signs nobody in any more"))
        }
    }
}
