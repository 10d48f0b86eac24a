//! Signing up by oneself.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use service::sign_up::{Listing, NewSignUp, Verified};
use utoipa::ToSchema;

use super::body::{Answer, Body, created, ok};
use super::representation::Member;
use super::route::{Access, Method, Routes};
use crate::App;
use crate::context::From;

const TAG: &str = "Sign-up";

pub fn routes(routes: &mut Routes) {
    routes.add(
        (Method::Post, "/sign-ups"),
        Access::Public("whoever signs up has no account yet; the answer is always the same"),
        (TAG, "ask_sign_up", "Ask for an account"),
        ask,
        |route| {
            route.takes::<SignUpBody>().answers_nothing(
                202,
                "If an organization lets people of this domain in, a mail is on its way",
            )
        },
    );
    routes.add(
        (Method::Post, "/sign-ups/verification"),
        Access::Public("the mailed link is the proof"),
        (TAG, "verify_sign_up", "Make the account, by a mailed link"),
        verify,
        |route| {
            route
                .takes::<SignUpVerificationBody>()
                .answers::<Joined>(201, "The account and its membership")
                .answers::<Choice>(200, "Several organizations are open: say which; the link is still good")
        },
    );
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SignUpBody {
    email: String,
    name: String,
    /// Can be left for the verification.
    #[schema(value_type = Option<String>)]
    password: Option<SecretString>,
    /// Slug or id, where several organizations may be open.
    organization: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SignUpVerificationBody {
    /// The last segment of the mailed link.
    token: String,
    /// Slug or id; needed where several organizations are open.
    organization: Option<String>,
    /// Needed where none was given before, and the organization lets people sign in with one.
    #[schema(value_type = Option<String>)]
    password: Option<SecretString>,
}

#[derive(Serialize, ToSchema)]
struct Joined {
    member: Member,
    /// The slug of the organization.
    organization: String,
    /// Of a session; none where one signs in without a password.
    token: Option<String>,
    /// What has to be done first.
    next: String,
}

#[derive(Serialize, ToSchema)]
struct Choice {
    /// choose_organization
    next: String,
    organizations: Vec<Open>,
}

#[derive(Serialize, ToSchema)]
struct Open {
    id: String,
    slug: String,
    name: String,
}

impl std::convert::From<Listing> for Open {
    fn from(listing: Listing) -> Self {
        Self {
            id: listing.organization.to_string(),
            slug: listing.slug,
            name: listing.name,
        }
    }
}

async fn ask(State(app): State<App>, From(origin): From, Body(body): Body<SignUpBody>) -> Answer {
    let new = NewSignUp {
        email: body.email,
        name: body.name,
        password: body.password,
        organization: body.organization,
    };
    app.roster.ask_sign_up(new, &origin).await?;
    Ok(StatusCode::ACCEPTED.into_response())
}

async fn verify(State(app): State<App>, From(origin): From, Body(body): Body<SignUpVerificationBody>) -> Answer {
    let verified = app
        .roster
        .verify_sign_up(&body.token, body.organization.as_deref(), body.password, &origin)
        .await?;
    Ok(match verified {
        Verified::Choose(open) => ok(&Choice {
            next: "choose_organization".to_owned(),
            organizations: open.into_iter().map(Into::into).collect(),
        }),
        Verified::Joined(joined) => {
            let slug = joined.organization.slug;
            let location = format!("/api/v1/organizations/{slug}/members/{}", joined.member.id);
            let (token, next) = match joined.signed_in {
                Some(signed_in) => (Some(signed_in.token.expose().to_owned()), signed_in.next.name()),
                None => (None, "sign_in"),
            };
            let answer = Joined {
                member: Member::at(joined.member, app.roster.now()),
                organization: slug,
                token,
                next: next.to_owned(),
            };
            created(&answer, "", &location)
        }
    })
}
