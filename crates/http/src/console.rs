//! The console: pages over the same operations as the API. Plain forms; POST → redirect → notice.

mod access;
mod account;
mod account_change;
mod account_deletion;
mod account_show;
mod address;
mod audit;
mod audit_entry;
mod audit_forwarding;
mod audit_instance;
mod audit_undo;
mod bulk;
mod bulk_line;
mod change;
mod consequence;
mod creation;
mod cursor;
mod dashboard;
mod destination;
mod docs;
mod email_change;
mod form;
mod group;
mod group_change;
mod group_member;
mod group_people;
mod handle;
mod heir;
mod identity;
mod inside;
mod instance;
mod invitation;
mod invitation_acceptance;
mod label;
mod me;
mod member;
mod member_change;
mod member_security;
mod mfa;
mod moving;
mod noun;
mod organization;
mod part;
mod password;
mod password_reset;
mod people;
mod project;
mod project_access;
mod project_settings;
mod project_token;
mod proof;
pub mod refusal;
mod role;
mod role_change;
mod role_deletion;
mod rows;
mod saml;
mod second_factor;
mod security;
mod selection;
mod service_account;
mod service_account_change;
mod session_cookie;
mod set_up;
mod setting;
mod settings;
mod sign_in;
mod sign_in_elsewhere;
mod sign_up;
mod signup_domain;
mod single_sign_on;
mod suggestion;
mod superuser;
mod tenant;
mod tenant_change;
mod time;
mod token;
mod trouble;
pub mod view;

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, Uri};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::{App, assets};

pub fn router(app: &App) -> Router<App> {
    Router::new()
        .merge(sign_in::router())
        .merge(saml::router())
        .merge(sign_in_elsewhere::router())
        .merge(sign_up::router())
        .merge(second_factor::router())
        .merge(proof::router())
        .merge(set_up::router())
        .merge(password::router())
        .merge(password_reset::router())
        .merge(me::router())
        .merge(mfa::router())
        .merge(identity::router())
        .merge(email_change::router())
        .merge(account_deletion::router())
        .merge(token::router())
        .merge(organization::router())
        .merge(moving::router())
        .merge(invitation_acceptance::router())
        .merge(docs::router())
        .merge(people::router())
        .merge(signup_domain::router())
        .merge(creation::router())
        .merge(handle::router())
        .merge(bulk::router())
        .merge(selection::router())
        .merge(member::router())
        .merge(access::router())
        .merge(member_change::router())
        .merge(member_security::router())
        .merge(invitation::router())
        .merge(project::router())
        .merge(project_access::router())
        .merge(project_settings::router())
        .merge(project_token::router())
        .merge(group::router())
        .merge(group_change::router())
        .merge(service_account::router())
        .merge(service_account_change::router())
        .merge(group_member::router())
        .merge(settings::router())
        .merge(single_sign_on::router())
        .merge(security::router())
        .merge(role::router())
        .merge(role_change::router())
        .merge(role_deletion::router())
        .merge(audit::router())
        .merge(audit_undo::router())
        .merge(audit_forwarding::router())
        .merge(audit_instance::router())
        .merge(dashboard::router())
        .merge(tenant::router())
        .merge(tenant_change::router())
        .merge(account::router())
        .merge(account_show::router())
        .merge(account_change::router())
        .merge(superuser::router())
        .merge(instance::router())
        .merge(setting::router())
        .layer(middleware::from_fn_with_state(app.clone(), proof::ask_first))
        .layer(middleware::from_fn_with_state(app.clone(), trouble::set_in_place))
        .layer(middleware::from_fn_with_state(app.clone(), view::carry_notice))
        .layer(middleware::from_fn_with_state(app.clone(), destination::remember))
        .route("/assets/{hash}/{name}", get(asset))
        .fallback(refusal::not_found)
}

/// What another site's page may send to; see there why.
pub fn open_to_other_sites() -> Router<App> {
    saml::consumer()
}

/// Assets have their content's hash in the address and may be kept for ever.
async fn asset(uri: Uri) -> Response {
    let Some(asset) = assets::get(uri.path()) else {
        return refusal::not_found().await.into_response();
    };
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(asset.content_type)),
        (
            CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=31536000, immutable"),
        ),
    ];
    (headers, asset.bytes).into_response()
}
