//! One's own tokens, and what all tokens have in common: a name, an end, scopes that only narrow, a secret shown once.

use domain::Refusal;
use domain::Timestamp;
use domain::actor::Identity;
use domain::audit::{Action, Event, Target};
use domain::catalogue::Catalogue;
use domain::effect::{Effect, Kind as EffectKind, Preview, Subject};
use domain::id::{AccountId, OrganizationId, TokenId};
use domain::member::{Member, MemberStatus};
use domain::organization::Organization;
use domain::permission::{Needs, PermissionSet};
use domain::text::Title;
use domain::token::{Token, TokenHolder};
use serde_json::json;
use signin::token::{Kind, Secret};
use store::{Tx, Writing};

use crate::ambient::{new_id, new_secret};
use crate::authorization::Outcome;
use crate::error::{Check, checked};
use crate::session::goes_on;
use crate::{Authorized, Error, OrganizationRef, Request, Result, Roster};

/// A token as it was asked for.
#[derive(Clone, Debug, Default)]
pub struct NewToken {
    pub name: String,
    pub expires_at: Option<Timestamp>,
    /// Names of permissions; none: everything its holder may.
    pub scopes: Option<Vec<String>>,
}

/// The only answer that ever has the secret.
#[derive(Debug)]
pub struct Issued<T> {
    pub token: T,
    pub secret: Secret,
}

/// A personal token, with the organization it is for.
#[derive(Clone, Debug)]
pub struct Personal {
    pub token: Token,
    pub organization: Option<Place>,
}

#[derive(Clone, Debug)]
pub struct Place {
    pub id: OrganizationId,
    pub slug: String,
    pub name: String,
}

/// A checked [`NewToken`].
pub(crate) struct Wanted {
    pub name: Title,
    pub expires_at: Option<Timestamp>,
    pub scopes: Option<PermissionSet>,
}

/// `catalogue` knows the names that a scope may have.
pub(crate) fn parse(new: &NewToken, catalogue: &Catalogue, now: Timestamp) -> Result<Wanted> {
    let mut check = Check::default();
    let name = check.field("name", Title::parse(&new.name));
    let expires_at = crate::account::future(&mut check, "expires_at", new.expires_at, now);
    let unknown = |name: &&String| catalogue.place(name).is_none();
    if let Some(unknown) = new.scopes.iter().flatten().find(unknown) {
        check.wrong(
            "scopes",
            format!("must be permissions of the catalogue; {unknown:?} is none"),
        );
    }
    check.done()?;
    Ok(Wanted {
        name: checked(name)?,
        expires_at,
        scopes: new.scopes.as_ref().map(|scopes| scopes.iter().cloned().collect()),
    })
}

/// So many tokens an account or a service account may have: a list of them stays one that somebody reads.
pub const MOST: u32 = 100;

/// # Errors
/// There are as many as there may be.
pub(crate) fn room_for_one(count: i64) -> Result<()> {
    if count < i64::from(MOST) {
        return Ok(());
    }
    Err(Refusal::TooManyTokens { limit: MOST }.into())
}

/// It changes when it is given a new secret; that it is used changes nothing.
pub fn etag(token: &Token) -> String {
    format!("\"{}\"", token.created_at.micros())
}

/// The one of that id among them.
pub(crate) fn one_of(tokens: Vec<Token>, id: TokenId) -> Result<Token> {
    let found = tokens.into_iter().find(|token| token.id == id);
    Ok(found.ok_or(Refusal::NotFound { what: "token" })?)
}

/// What the log keeps of a token.
pub(crate) fn state(token: &Token) -> serde_json::Value {
    json!({ "name": token.name, "scopes": token.scopes, "expires_at": token.expires_at })
}

pub(crate) fn target(token: &Token) -> Target {
    Target::new("token", token.id, &token.name)
}

pub(crate) fn subject(token: &Token) -> Subject {
    Subject {
        kind: "token",
        id: token.id.to_string(),
        name: token.name.clone(),
    }
}

impl Wanted {
    pub fn into_token(self, holder: TokenHolder, request: &Request) -> Token {
        Token {
            id: new_id(request.now),
            holder,
            name: self.name.into(),
            scopes: self.scopes,
            expires_at: self.expires_at,
            created_at: request.now,
            created_by: request.actor(),
            last_used_at: None,
        }
    }
}

/// What one of one's own tokens is about to go through.
struct Mine {
    tx: Tx<Writing>,
    account: AccountId,
    organization: Option<Organization>,
}

impl Roster {
    /// The caller's own, the latest first.
    ///
    /// # Errors
    /// The caller is no person, or came with a token that does not reach all of the account.
    pub async fn my_tokens(&self, request: &Request) -> Result<Vec<Personal>> {
        request.settled()?;
        let account = request.caller.whole()?;
        let mut tx = self.store().see_account().await?;
        let tokens = store::token::of_account(&mut tx, account).await?;
        let memberships = store::account::memberships(&mut tx, account).await?;
        let place = |id: OrganizationId| {
            let found = memberships.iter().find(|membership| membership.organization == id);
            found.map(|found| Place {
                id,
                slug: found.slug.clone(),
                name: found.name.clone(),
            })
        };
        let personal = |token: Token| Personal {
            organization: token.holder.organization().and_then(place),
            token,
        };
        Ok(tokens.into_iter().map(personal).collect())
    }

    /// # Errors
    /// The caller has no such token.
    pub async fn my_token(&self, request: &Request, id: TokenId) -> Result<Personal> {
        let mut mine = self.my_tokens(request).await?.into_iter();
        let found = mine.find(|personal| personal.token.id == id);
        Ok(found.ok_or(Refusal::NotFound { what: "token" })?)
    }

    /// Makes one for the organization of that id or slug, or for all of the account's.
    ///
    /// # Errors
    /// The caller came with a token, a field cannot be taken, or the caller is no active member there.
    pub async fn create_my_token(
        &self,
        request: &Request,
        new: &NewToken,
        organization: Option<&str>,
    ) -> Result<Outcome<Issued<Personal>>> {
        request.settled()?;
        request.caller.session()?;
        request.proved()?;
        let account = request.caller.account()?;
        let (mut mine, catalogue) = match organization.filter(|reference| !reference.is_empty()) {
            Some(reference) => self.mine_for(request, account, reference).await?,
            None => {
                let mut tx = self.store().account().await?.into_inner();
                goes_on(&mut tx, request).await?;
                let organization = None;
                (
                    Mine {
                        tx,
                        account,
                        organization,
                    },
                    Catalogue::new([]),
                )
            }
        };
        let wanted = parse(new, &catalogue, request.now)?;
        room_for_one(store::token::count_of_account(&mut mine.tx, account).await?)?;
        let only = mine.organization.as_ref().map(|organization| organization.id);
        let token = wanted.into_token(TokenHolder::Account(account, only), request);
        let secret = new_secret(Kind::Personal);
        store::token::insert(&mut mine.tx, &token, secret.hash()).await?;
        let event = Event::new(Action::TokenCreated, target(&token)).after(state(&token));
        let effect = Effect::new(EffectKind::Created, subject(&token));
        let place = mine.organization.as_ref().map(place);
        let issued = Issued {
            token: Personal {
                token,
                organization: place,
            },
            secret,
        };
        self.finish_mine(mine, request, &event, effect, issued).await
    }

    async fn mine_for(&self, request: &Request, account: AccountId, reference: &str) -> Result<(Mine, Catalogue)> {
        let mut scope = match self.store().change(&OrganizationRef::parse(reference)).await {
            Err(store::Error::Refused(_)) => return Err(no_organization()),
            scope => scope?,
        };
        goes_on(scope.tx(), request).await?;
        let member = store::member::find_by_account(&mut scope, account).await?;
        if member.is_none_or(|member| member.status() != MemberStatus::Active) {
            return Err(no_organization());
        }
        let access = store::access::of_organization(&mut scope).await?;
        let organization = Some(scope.organization().clone());
        let mine = Mine {
            tx: scope.leave(),
            account,
            organization,
        };
        Ok((mine, access.catalogue))
    }

    /// A new secret: the old one is dead at once. One that expires gets as long again.
    ///
    /// # Errors
    /// The caller came with a token, or has no such token.
    pub async fn rotate_my_token(&self, request: &Request, id: TokenId) -> Result<Outcome<Issued<Personal>>> {
        let (mut mine, token) = self.open_my_token(request, id).await?;
        request.proved()?;
        let secret = new_secret(Kind::Personal);
        store::token::rotate(&mut mine.tx, &token, secret.hash(), request.now).await?;
        let rotated = rotated(&token, request.now);
        let event = Event::new(Action::TokenRotated, target(&token))
            .before(state(&token))
            .after(state(&rotated));
        let effect = Effect::new(EffectKind::TokenEnded, subject(&token)).detail("its old secret");
        let place = mine.organization.as_ref().map(place);
        let issued = Issued {
            token: Personal {
                token: rotated,
                organization: place,
            },
            secret,
        };
        self.finish_mine(mine, request, &event, effect, issued).await
    }

    /// # Errors
    /// The caller came with a token, or has no such token.
    pub async fn revoke_my_token(&self, request: &Request, id: TokenId) -> Result<Outcome<()>> {
        let (mut mine, token) = self.open_my_token(request, id).await?;
        store::token::end(&mut mine.tx, &token).await?;
        let event = Event::new(Action::TokenRevoked, target(&token)).before(state(&token));
        let effect = Effect::new(EffectKind::TokenEnded, subject(&token));
        self.finish_mine(mine, request, &event, effect, ()).await
    }

    /// Opens one of the caller's own for a change, in the organization it is for.
    async fn open_my_token(&self, request: &Request, id: TokenId) -> Result<(Mine, Token)> {
        request.settled()?;
        request.caller.session()?;
        let account = request.caller.account()?;
        let mut tx = self.store().account().await?.into_inner();
        goes_on(&mut tx, request).await?;
        let tokens = store::token::of_account(&mut tx, account).await?;
        let token = one_of(tokens, id)?;
        request.matches(&etag(&token))?;
        let organization = match token.holder.organization() {
            Some(only) => store::organization::list_one(&mut tx, only, None, None).await?,
            None => None,
        };
        let mine = Mine {
            tx,
            account,
            organization,
        };
        Ok((mine, token))
    }

    /// The log is that of the organization the token is for, or the instance's.
    async fn finish_mine<T>(
        &self,
        mut mine: Mine,
        request: &Request,
        event: &Event,
        effect: Effect,
        value: T,
    ) -> Result<Outcome<T>> {
        if request.dry_run {
            mine.tx.rollback().await?;
            let mut preview = Preview::default();
            preview.add(effect);
            return Ok(Outcome::Previewed(preview));
        }
        crate::idempotency::claim(&mut mine.tx, request).await?;
        let log = mine.organization.map(|organization| organization.id);
        crate::audit::record(&mut mine.tx, log, event, request).await?;
        mine.tx.commit().await?;
        self.memory().account_changed(mine.account);
        Ok(Outcome::Done(value))
    }
}

fn place(organization: &Organization) -> Place {
    Place {
        id: organization.id,
        slug: organization.slug.clone(),
        name: organization.name.clone(),
    }
}

fn no_organization() -> Error {
    Error::Invalid(vec![crate::FieldError::new(
        "organization",
        "must be one that you are an active member of",
    )])
}

/// As it is after its secret was replaced.
pub(crate) fn rotated(token: &Token, now: Timestamp) -> Token {
    Token {
        created_at: now,
        expires_at: token.expires_anew(now),
        last_used_at: None,
        ..token.clone()
    }
}

/// Ends the member's own tokens that the act reaches: all of the account, or those for this organization alone. Those of
/// projects stay owned and rest.
pub(crate) async fn end_with<P: Needs>(authorized: &mut Authorized<P>, member: &Member, all: bool) -> Result<()> {
    let holder = Identity::Account(member.account.id);
    let ended = if all {
        store::token::of_account(authorized.scope().tx(), member.account.id).await?
    } else {
        store::token::list(authorized.scope(), holder).await?
    };
    if all {
        store::token::end_all_of_account(authorized.scope().tx(), member.account.id).await?;
    } else {
        store::token::end_all(authorized.scope(), holder).await?;
    }
    for token in &ended {
        let effect = Effect::new(EffectKind::TokenEnded, crate::member::subject(member));
        authorized.effect(effect.detail(token.name.clone()));
    }
    if !ended.is_empty() {
        authorized.touch_account(member.account.id);
    }
    Ok(())
}

/// Tells which projects' tokens rest while the member who answers for them may do nothing.
pub(crate) async fn tell_resting<P: Needs>(authorized: &mut Authorized<P>, member: &Member) -> Result<()> {
    for name in store::token::answered_by(authorized.scope(), member.id).await? {
        let effect = Effect::new(EffectKind::TokenEnded, crate::member::subject(member));
        authorized.effect(effect.detail(format!("{name} of a project rests until it has another owner")));
    }
    Ok(())
}
