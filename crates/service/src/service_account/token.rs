//! The tokens of a service account, each shown once.

use domain::actor::Identity;
use domain::audit::{Action, Event};
use domain::effect::{Effect, Kind};
use domain::id::{ServiceAccountId, TokenId};
use domain::permission::{ServiceAccountManage, ServiceAccountView};
use domain::service_account::ServiceAccount;
use domain::token::{Token, TokenHolder};
use serde_json::json;
use signin::token::Kind as SecretKind;
use store::Reading;

use super::{open, reach, target, tell_ended};
use crate::ambient::new_secret;
use crate::authorization::Outcome;
use crate::token::{Issued, NewToken, parse};
use crate::{Authorized, Result};

/// Its tokens, the latest first.
///
/// # Errors
/// There is no such service account in this organization.
pub async fn list(seen: &mut Authorized<ServiceAccountView, Reading>, id: ServiceAccountId) -> Result<Vec<Token>> {
    store::service_account::get(seen.scope(), id).await?;
    Ok(store::token::list(seen.scope(), Identity::ServiceAccount(id)).await?)
}

/// # Errors
/// There is no such token of a service account of this organization.
pub async fn get(
    seen: &mut Authorized<ServiceAccountView, Reading>,
    id: ServiceAccountId,
    token: TokenId,
) -> Result<Token> {
    crate::token::one_of(list(seen, id).await?, token)
}

/// A further token. Without a name it is called like its holder.
///
/// # Errors
/// A field cannot be taken, or the service account holds what the caller does not.
pub async fn issue(
    mut authorized: Authorized<ServiceAccountManage>,
    id: ServiceAccountId,
    new: NewToken,
) -> Result<Outcome<Issued<Token>>> {
    authorized.request().proved()?;
    let account = open(&mut authorized, id).await?;
    let tokens = store::token::count(authorized.scope(), Identity::ServiceAccount(id)).await?;
    crate::token::room_for_one(tokens)?;
    let issued = fresh(&mut authorized, &account, new).await?;
    authorized.effect(Effect::new(Kind::Created, crate::token::subject(&issued.token)));
    let event = Event::new(Action::TokenCreated, crate::token::target(&issued.token))
        .after(of_account(crate::token::state(&issued.token), &account));
    authorized.commit(event, issued).await
}

/// All its tokens die, and one new takes their place.
///
/// # Errors
/// As [`issue`].
pub async fn regenerate(
    mut authorized: Authorized<ServiceAccountManage>,
    id: ServiceAccountId,
    new: NewToken,
) -> Result<Outcome<Issued<Token>>> {
    authorized.request().proved()?;
    let account = open(&mut authorized, id).await?;
    tell_ended(&mut authorized, &account, "").await?;
    let ended = store::token::end_all(authorized.scope(), Identity::ServiceAccount(id)).await?;
    let issued = fresh(&mut authorized, &account, new).await?;
    authorized.effect(Effect::new(Kind::Created, crate::token::subject(&issued.token)));
    authorized.touch_access().await?;
    let event = Event::new(Action::TokenRotated, target(&account))
        .before(json!({ "tokens": ended }))
        .after(of_account(crate::token::state(&issued.token), &account));
    authorized.commit(event, issued).await
}

/// # Errors
/// There is no such token of this service account, or it holds what the caller does not.
pub async fn revoke(
    mut authorized: Authorized<ServiceAccountManage>,
    id: ServiceAccountId,
    token: TokenId,
) -> Result<Outcome<()>> {
    let account = reach(&mut authorized, id).await?;
    let tokens = store::token::list(authorized.scope(), Identity::ServiceAccount(id)).await?;
    let found = crate::token::one_of(tokens, token)?;
    authorized.request().matches(&crate::token::etag(&found))?;
    store::token::end(authorized.scope().tx(), &found).await?;
    authorized.effect(Effect::new(Kind::TokenEnded, crate::token::subject(&found)));
    authorized.touch_access().await?;
    let event = Event::new(Action::TokenRevoked, crate::token::target(&found))
        .before(of_account(crate::token::state(&found), &account));
    authorized.commit(event, ()).await
}

async fn fresh(
    authorized: &mut Authorized<ServiceAccountManage>,
    account: &ServiceAccount,
    mut new: NewToken,
) -> Result<Issued<Token>> {
    if new.name.trim().is_empty() {
        new.name.clone_from(&account.name);
    }
    let catalogue = &authorized.actor().grants.access.catalogue;
    let wanted = parse(&new, catalogue, authorized.now())?;
    let holder = TokenHolder::ServiceAccount(authorized.organization().id, account.id);
    let token = wanted.into_token(holder, authorized.request());
    let secret = new_secret(SecretKind::Service);
    store::token::insert(authorized.scope().tx(), &token, secret.hash()).await?;
    Ok(Issued { token, secret })
}

fn of_account(mut state: serde_json::Value, account: &ServiceAccount) -> serde_json::Value {
    state["service_account"] = json!(account.id);
    state
}
