//! A new password by mail, for whoever has forgotten theirs.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::{Answer, Body, nothing};
use super::route::{Access, Method, Routes};
use crate::App;
use crate::context::From;

pub fn routes(routes: &mut Routes) {
    routes.add(
        (Method::Post, "/password-resets"),
        Access::Public("whoever has forgotten the password cannot sign in; the answer is always the same"),
        (
            "Sessions",
            "ask_password_reset",
            "Ask for a mail with a link to a new password",
        ),
        ask,
        |route| {
            route
                .takes::<AskBody>()
                .answers_nothing(202, "If somebody has this address, a mail is on its way")
        },
    );
    routes.add(
        (Method::Post, "/password-resets/redemption"),
        Access::Public("the mailed link is the proof; it signs nobody in"),
        (
            "Sessions",
            "redeem_password_reset",
            "Set a new password by a mailed link",
        ),
        redeem,
        |route| {
            route
                .takes::<RedemptionBody>()
                .answers_nothing(204, "The password is set, and every session has ended")
        },
    );
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AskBody {
    email: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RedemptionBody {
    /// The last segment of the mailed link.
    token: String,
    #[schema(value_type = String)]
    new_password: SecretString,
}

async fn ask(State(app): State<App>, From(origin): From, Body(body): Body<AskBody>) -> Answer {
    app.roster.ask_password_reset(&body.email, &origin).await?;
    Ok(StatusCode::ACCEPTED.into_response())
}

async fn redeem(State(app): State<App>, From(origin): From, Body(body): Body<RedemptionBody>) -> Answer {
    app.roster
        .redeem_password_reset(&body.token, body.new_password, &origin)
        .await?;
    Ok(nothing())
}
