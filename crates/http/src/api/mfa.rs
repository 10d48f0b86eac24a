//! One's own second factors: authenticator app, passkeys, recovery codes.

use axum::extract::State;
use domain::id::PasskeyId;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::body::{Answer, Body, MaybeBody, created, id, nothing, ok, seen_as};
use super::page;
use super::part::Part;
use super::route::{Access, Method, Routes};
use crate::App;
use crate::api::address::Path;
use crate::context::Caller;

const TAG: &str = "Second factors";

pub fn routes(routes: &mut Routes) {
    own(routes);
    passkeys(routes);
}

fn own(routes: &mut Routes) {
    routes.add(
        (Method::Get, "/me/mfa"),
        Access::SignedIn,
        (TAG, "get_my_mfa", "See my second factors"),
        get,
        |route| route.answers::<MyMfa>(200, "What I can prove myself by"),
    );
    routes.add(
        (Method::Post, "/me/mfa/totp"),
        Access::SignedIn,
        (TAG, "begin_totp", "Begin to enrol an authenticator app"),
        begin_totp,
        |route| {
            route
                .takes::<Nothing>()
                .answers::<Enrolment>(201, "What to put into the app; it counts once a code of it was given")
        },
    );
    routes.add(
        (Method::Post, "/me/mfa/totp/confirmation"),
        Access::SignedIn,
        (TAG, "confirm_totp", "Confirm the authenticator app by a code of it"),
        confirm_totp,
        |route| {
            route
                .takes::<CodeBody>()
                .answers::<RecoveryCodes>(200, "It is enrolled; the recovery codes are shown this once")
        },
    );
    routes.add(
        (Method::Delete, "/me/mfa/totp"),
        Access::SignedIn,
        (TAG, "remove_totp", "Remove my authenticator app"),
        remove_totp,
        |route| route.answers_nothing(204, "It proves nothing any more"),
    );
    routes.add(
        (Method::Post, "/me/mfa/recovery-codes"),
        Access::SignedIn,
        (TAG, "renew_recovery_codes", "Make new recovery codes"),
        renew_recovery_codes,
        |route| {
            route
                .takes::<Nothing>()
                .answers::<RecoveryCodes>(200, "Shown this once; the earlier ones are dead")
        },
    );
}

fn passkeys(routes: &mut Routes) {
    routes.add(
        (Method::Get, "/me/mfa/passkeys"),
        Access::SignedIn,
        (TAG, "list_my_passkeys", "List my passkeys"),
        list_passkeys,
        |route| {
            route
                .query(page::SEARCHED)
                .answers::<PasskeyList>(200, "The oldest first")
        },
    );
    routes.add(
        (Method::Post, "/me/mfa/passkeys"),
        Access::SignedIn,
        (TAG, "begin_passkey", "Begin to add a passkey"),
        begin_passkey,
        |route| {
            route
                .takes::<Nothing>()
                .answers::<Options>(201, "WebAuthn's CredentialCreationOptions, in JSON")
        },
    );
    routes.add(
        (Method::Post, "/me/mfa/passkeys/confirmation"),
        Access::SignedIn,
        (TAG, "confirm_passkey", "Add the passkey that the browser made"),
        confirm_passkey,
        |route| {
            route
                .takes::<Credential>()
                .answers::<AddedPasskey>(201, "It signs in from now on")
        },
    );
    routes.add(
        (Method::Get, "/me/mfa/passkeys/{passkey}"),
        Access::SignedIn,
        (TAG, "get_my_passkey", "See a passkey of mine"),
        get_passkey,
        |route| route.answers::<Passkey>(200, "The passkey"),
    );
    routes.add(
        (Method::Delete, "/me/mfa/passkeys/{passkey}"),
        Access::SignedIn,
        (TAG, "remove_passkey", "Remove a passkey of mine"),
        remove_passkey,
        |route| route.answers_nothing(204, "It signs in no more"),
    );
}

/// An empty object.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

#[derive(Serialize, ToSchema)]
struct MyMfa {
    enabled: bool,
    /// totp, passkey
    methods: Vec<&'static str>,
    /// Since when there is an authenticator app.
    totp_since: Option<String>,
    passkeys: Vec<Passkey>,
    recovery_codes_left: i64,
}

#[derive(Serialize, ToSchema)]
struct Passkey {
    id: String,
    name: String,
    created_at: String,
    last_used_at: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct PasskeyList {
    items: Vec<Passkey>,
    next_cursor: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct Enrolment {
    /// Base32 in capitals, for typing.
    secret: String,
    /// otpauth://…, for a QR code.
    uri: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CodeBody {
    #[schema(value_type = String)]
    code: SecretString,
}

#[derive(Serialize, ToSchema)]
struct RecoveryCodes {
    recovery_codes: Vec<String>,
}

/// What a browser's `navigator.credentials` takes.
#[derive(Serialize, ToSchema)]
pub(super) struct Options {
    #[serde(rename = "publicKey")]
    #[schema(value_type = Object)]
    public_key: Value,
}

/// What the browser answered (`PublicKeyCredential.toJSON()`).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Credential {
    /// Of a new one: what its owner calls it.
    #[serde(default)]
    name: Option<String>,
    id: String,
    raw_id: String,
    r#type: String,
    #[schema(value_type = Object)]
    response: Map<String, Value>,
    #[serde(default)]
    #[schema(value_type = Object)]
    client_extension_results: Map<String, Value>,
    #[serde(default)]
    authenticator_attachment: Option<String>,
}

impl Credential {
    pub(super) fn answer(self) -> Value {
        serde_json::json!({
            "id": self.id,
            "rawId": self.raw_id,
            "type": self.r#type,
            "response": self.response,
            "clientExtensionResults": self.client_extension_results,
            "authenticatorAttachment": self.authenticator_attachment,
        })
    }
}

#[derive(Serialize, ToSchema)]
struct AddedPasskey {
    #[serde(flatten)]
    passkey: Passkey,
    /// Shown this once; empty where there were some already.
    recovery_codes: Vec<String>,
}

async fn get(State(app): State<App>, Caller(request): Caller) -> Answer {
    let mfa = app.roster.mfa(&request).await?;
    Ok(seen_as(&MyMfa {
        enabled: !mfa.methods.is_empty(),
        methods: mfa.methods.iter().map(|method| method.name()).collect(),
        totp_since: mfa.totp_since.map(|at| at.to_string()),
        passkeys: mfa.passkeys.into_iter().map(Passkey::from).collect(),
        recovery_codes_left: mfa.recovery_codes_left,
    }))
}

impl std::convert::From<domain::passkey::Passkey> for Passkey {
    fn from(passkey: domain::passkey::Passkey) -> Self {
        Self {
            id: passkey.id.to_string(),
            name: passkey.name,
            created_at: passkey.created_at.to_string(),
            last_used_at: passkey.last_used_at.map(|at| at.to_string()),
        }
    }
}

impl Options {
    pub(super) fn of(mut options: Value) -> Self {
        Self {
            public_key: options["publicKey"].take(),
        }
    }
}

async fn begin_totp(State(app): State<App>, Caller(request): Caller, MaybeBody(_): MaybeBody<Nothing>) -> Answer {
    let enrolment = app.roster.begin_totp(&request).await?;
    let body = Enrolment {
        secret: enrolment.secret.expose_secret().to_owned(),
        uri: enrolment.uri.expose_secret().to_owned(),
    };
    Ok(created(&body, "", "/api/v1/me/mfa"))
}

async fn confirm_totp(State(app): State<App>, Caller(request): Caller, Body(body): Body<CodeBody>) -> Answer {
    let codes = app.roster.confirm_totp(&request, &body.code).await?;
    Ok(ok(&RecoveryCodes {
        recovery_codes: shown(&codes),
    }))
}

async fn remove_totp(State(app): State<App>, Caller(request): Caller) -> Answer {
    app.roster.remove_totp(&request).await?;
    Ok(nothing())
}

async fn renew_recovery_codes(
    State(app): State<App>,
    Caller(request): Caller,
    MaybeBody(_): MaybeBody<Nothing>,
) -> Answer {
    let codes = app.roster.renew_recovery_codes(&request).await?;
    Ok(ok(&RecoveryCodes {
        recovery_codes: shown(&codes),
    }))
}

async fn list_passkeys(State(app): State<App>, Caller(request): Caller, part: Part) -> Answer {
    let mfa = app.roster.mfa(&request).await?;
    let passkeys = mfa.passkeys.into_iter().map(Passkey::from);
    let (items, next_cursor) = part.of(passkeys, |passkey| [&passkey.id, &passkey.name]);
    Ok(ok(&PasskeyList { items, next_cursor }))
}

async fn get_passkey(State(app): State<App>, Caller(request): Caller, Path(passkey): Path<String>) -> Answer {
    let wanted: PasskeyId = id(&passkey, "passkey")?;
    let mfa = app.roster.mfa(&request).await?;
    let found = mfa.passkeys.into_iter().find(|passkey| passkey.id == wanted);
    let found = found.ok_or(domain::Refusal::NotFound { what: "passkey" })?;
    Ok(seen_as(&Passkey::from(found)))
}

async fn begin_passkey(State(app): State<App>, Caller(request): Caller, MaybeBody(_): MaybeBody<Nothing>) -> Answer {
    let options = app.roster.begin_passkey(&request).await?;
    Ok(created(&Options::of(options), "", "/api/v1/me/mfa/passkeys"))
}

async fn confirm_passkey(State(app): State<App>, Caller(request): Caller, Body(body): Body<Credential>) -> Answer {
    let name = body.name.clone();
    let added = app
        .roster
        .finish_passkey(&request, name.as_deref(), body.answer())
        .await?;
    let location = format!("/api/v1/me/mfa/passkeys/{}", added.passkey.id);
    let body = AddedPasskey {
        passkey: added.passkey.into(),
        recovery_codes: shown(&added.recovery_codes),
    };
    Ok(created(&body, "", &location))
}

async fn remove_passkey(State(app): State<App>, Caller(request): Caller, Path(passkey): Path<String>) -> Answer {
    let passkey: PasskeyId = id(&passkey, "passkey")?;
    app.roster.remove_passkey(&request, passkey).await?;
    Ok(nothing())
}

fn shown(codes: &[SecretString]) -> Vec<String> {
    codes.iter().map(|code| code.expose_secret().to_owned()).collect()
}
