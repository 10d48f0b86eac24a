//! Giving a second factor at sign-in, signing in with a passkey alone, and proving again that it is oneself.

use axum::extract::State;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use service::mfa::giving::Given;
use service::proof::Again;
use utoipa::ToSchema;

use super::body::{Answer, Body, MaybeBody, created, ok};
use super::mfa::{Credential, Nothing, Options};
use super::route::{Access, Method, Routes};
use super::session::SignedIn;
use crate::App;
use crate::context::{From, Pending};
use crate::problem::Problem;

pub fn routes(routes: &mut Routes) {
    routes.add(
        (Method::Post, "/sessions/passkey"),
        Access::Public("signing in is how one becomes known"),
        ("Sessions", "ask_for_passkey", "Begin to sign in with a passkey"),
        ask_anybody,
        |route| {
            route
                .takes::<Nothing>()
                .answers::<Options>(201, "WebAuthn's CredentialRequestOptions, in JSON, good for one answer")
        },
    );
    routes.add(
        (Method::Post, "/sessions/passkey/confirmation"),
        Access::Public("signing in is how one becomes known"),
        ("Sessions", "sign_in_with_passkey", "Sign in with a passkey"),
        sign_in,
        |route| {
            route
                .takes::<Credential>()
                .answers::<SignedIn>(201, "The session; its token is shown this once")
        },
    );
    routes.add(
        (Method::Post, "/sessions/current/passkey"),
        Access::SignedIn,
        ("Sessions", "ask_for_my_passkey", "Begin to give a passkey of mine"),
        ask_me,
        |route| {
            route.takes::<Nothing>().answers::<Options>(
                201,
                "WebAuthn's CredentialRequestOptions, for a second factor or a proof",
            )
        },
    );
    routes.add(
        (Method::Post, "/sessions/current/mfa"),
        Access::SignedIn,
        ("Sessions", "give_second_factor", "Give the second factor"),
        give,
        |route| {
            route
                .takes::<SecondFactorBody>()
                .answers::<NextStep>(200, "The session is whole")
        },
    );
    routes.add(
        (Method::Post, "/sessions/current/proof"),
        Access::SignedIn,
        ("Sessions", "prove_again", "Prove again that it is me"),
        prove,
        |route| {
            route
                .takes::<ProofBody>()
                .answers::<Proved>(200, "Sensitive acts ask for no other proof until then")
        },
    );
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SecondFactorBody {
    /// totp, recovery_code or passkey
    method: String,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    code: Option<SecretString>,
    /// The browser's answer, of a passkey.
    #[serde(default)]
    credential: Option<Credential>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ProofBody {
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    password: Option<SecretString>,
    /// totp, recovery_code or passkey, where it is no password
    #[serde(default)]
    method: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    code: Option<SecretString>,
    #[serde(default)]
    credential: Option<Credential>,
}

#[derive(Serialize, ToSchema)]
struct NextStep {
    /// done, change_password or enrol_mfa
    next: String,
}

#[derive(Serialize, ToSchema)]
struct Proved {
    until: String,
}

async fn ask_anybody(State(app): State<App>, MaybeBody(_): MaybeBody<Nothing>) -> Answer {
    let options = app.roster.ask_for_passkey(None).await?;
    Ok(created(&Options::of(options), "", ""))
}

async fn sign_in(State(app): State<App>, From(origin): From, Body(body): Body<Credential>) -> Answer {
    let signed_in = app.roster.sign_in_with_passkey(body.answer(), &origin).await?;
    Ok(created(&SignedIn::from(signed_in), "", "/api/v1/sessions/current"))
}

async fn ask_me(State(app): State<App>, pending: Pending, MaybeBody(_): MaybeBody<Nothing>) -> Answer {
    let options = app
        .roster
        .ask_for_my_passkey(&pending.request, &pending.session)
        .await?;
    Ok(created(&Options::of(options), "", ""))
}

async fn give(State(app): State<App>, pending: Pending, Body(body): Body<SecondFactorBody>) -> Answer {
    let given = given(&body.method, body.code, body.credential)?;
    let next = app
        .roster
        .give_second_factor(&pending.request, &pending.session, given)
        .await?;
    Ok(ok(&NextStep {
        next: next.name().to_owned(),
    }))
}

async fn prove(State(app): State<App>, pending: Pending, Body(body): Body<ProofBody>) -> Answer {
    let by = match (body.password, body.method) {
        (Some(password), None) => Again::Password(password),
        (None, Some(method)) => Again::SecondFactor(given(&method, body.code, body.credential)?),
        _ => return Err(Problem::field("password", "must be given, or a method instead")),
    };
    let until = app.roster.prove_again(&pending.request, &pending.session, by).await?;
    Ok(ok(&Proved {
        until: until.to_string(),
    }))
}

fn given(method: &str, code: Option<SecretString>, credential: Option<Credential>) -> Result<Given, Problem> {
    let code = || code.ok_or_else(|| Problem::field("code", "must be given"));
    match method {
        "totp" => Ok(Given::Totp(code()?)),
        "recovery_code" => Ok(Given::RecoveryCode(code()?)),
        "passkey" => {
            let credential = credential.ok_or_else(|| Problem::field("credential", "must be given"))?;
            Ok(Given::Passkey(credential.answer()))
        }
        _ => Err(Problem::field("method", "must be totp, recovery_code or passkey")),
    }
}
