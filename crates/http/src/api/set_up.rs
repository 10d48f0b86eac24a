//! Setting up an empty instance.

use axum::extract::State;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use service::set_up::SetUp;
use utoipa::ToSchema;

use super::body::{Answer, Body, created};
use super::representation::{Account, Organization};
use super::route::{Access, Method, Routes};
use crate::App;
use crate::context::From;

pub fn routes(routes: &mut Routes) {
    routes.add(
        (Method::Post, "/set-up"),
        Access::Public("an empty instance knows nobody; the one-time link is the proof"),
        ("Instance", "set_up", "Make the first superuser and organization"),
        set_up,
        |route| {
            route
                .takes::<SetUpBody>()
                .answers::<Ready>(201, "Signed in as the first superuser and Owner")
        },
    );
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetUpBody {
    /// The last segment of the set-up link.
    token: String,
    organization: FirstOrganization,
    account: FirstAccount,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FirstOrganization {
    name: String,
    slug: String,
    preset: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FirstAccount {
    name: String,
    username: String,
    email: String,
    #[schema(value_type = String)]
    password: SecretString,
}

#[derive(Serialize, ToSchema)]
struct Ready {
    organization: Organization,
    account: Account,
    token: String,
}

async fn set_up(State(app): State<App>, From(origin): From, Body(body): Body<SetUpBody>) -> Answer {
    let wanted = SetUp {
        organization_name: body.organization.name,
        slug: body.organization.slug,
        preset: body.organization.preset,
        name: body.account.name,
        username: body.account.username,
        email: body.account.email,
        password: body.account.password,
    };
    let ready = app.roster.set_up(&body.token, wanted, &origin).await?;
    let location = format!("/api/v1/organizations/{}", ready.organization.slug);
    let answer = Ready {
        organization: Organization::flagged(ready.organization, &[]),
        account: ready.account.into(),
        token: ready.token.expose().to_owned(),
    };
    Ok(created(&answer, "", &location))
}
