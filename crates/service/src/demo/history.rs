//! What the people of the demonstration have left behind: audit entries, sign-ins that worked and some that did not, and
//! sessions that go on.

use domain::Timestamp;
use domain::account::Account;
use domain::actor::{Medium, Origin};
use domain::audit::{Action, Event, Target};
use domain::grant::Granting;
use domain::member::Member;
use domain::session::{ABSOLUTE_LIFETIME, Method, Proof, Session};
use domain::time::{DAY, HOUR, MINUTE, SECOND};
use signin::token::Kind;
use store::sign_in::NewSignIn;
use store::{Scope, Writing};

use super::chance;
use crate::Result;
use crate::ambient::{new_id, new_secret, request_id};
use crate::member::{state, target};

const BROWSERS: &[&str] = &[
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1",
];

/// How often somebody who is here signs in, at the rarest.
const USUAL: i64 = 9 * DAY;

/// An address from one of the ranges kept for examples (RFC 5737), and a browser; somebody's own as long as the seed is.
fn origin(seed: usize) -> Origin {
    let network = if seed.is_multiple_of(2) {
        "203.0.113"
    } else {
        "198.51.100"
    };
    Origin {
        address: format!("{network}.{}", 1 + chance::number(seed, "address", 250)),
        user_agent: chance::pick(seed, "browser", BROWSERS)
            .map(|name| (*name).to_owned())
            .unwrap_or_default(),
        medium: Medium::Web,
        request_id: request_id(),
    }
}

pub fn granted(by: &Account, at: Timestamp) -> Granting {
    Granting {
        by: Target::new("account", by.id, &by.name),
        at,
    }
}

pub async fn record(scope: &mut Scope<Writing>, by: &Account, event: Event, at: Timestamp) -> Result<()> {
    let organization = scope.organization().id;
    let actor = Target::new("account", by.id, &by.name);
    crate::audit::record_by(
        scope.tx(),
        Some(organization),
        &event,
        (&actor, &origin(by.name.len())),
        at,
    )
    .await
}

pub async fn member_created(scope: &mut Scope<Writing>, by: &Account, member: &Member, at: Timestamp) -> Result<()> {
    record(
        scope,
        by,
        Event::new(Action::MemberCreated, target(member)).after(state(member)),
        at,
    )
    .await
}

/// The last few sign-ins of somebody who was here from `joined` to `until`, and the session that the latest began if it
/// could still go on.
pub async fn sign_ins(
    scope: &mut Scope<Writing>,
    account: &Account,
    joined: Timestamp,
    until: Timestamp,
    seed: usize,
) -> Result<()> {
    let mut at = until;
    let mut latest = None;
    for round in 0..2 + chance::number(seed, "rounds", 3) {
        let turn = seed + usize::try_from(round).unwrap_or(0) * 7_919;
        at = at.plus(-chance::number(turn, "since", USUAL) - 20 * MINUTE);
        if at <= joined {
            break;
        }
        if chance::number(turn, "mistyped", 4) == 0 {
            failure(scope, account, "wrong_password", at.plus(-40 * SECOND), seed).await?;
        }
        note(scope, account, "sign_in", None, at, seed).await?;
        note(scope, account, "entry", None, at.plus(2 * SECOND), seed).await?;
        latest = latest.or(Some(at));
    }
    if let Some(at) = latest {
        store::account::signed_in(scope.tx(), account.id, at).await?;
        start_session(scope, account, at, until, seed).await?;
    }
    Ok(())
}

pub async fn failure(
    scope: &mut Scope<Writing>,
    account: &Account,
    reason: &'static str,
    at: Timestamp,
    seed: usize,
) -> Result<()> {
    note(scope, account, "sign_in", Some(reason), at, seed).await
}

async fn note(
    scope: &mut Scope<Writing>,
    account: &Account,
    action: &'static str,
    failure: Option<&'static str>,
    at: Timestamp,
    seed: usize,
) -> Result<()> {
    let organization = (action == "entry").then(|| scope.organization().id);
    let record = NewSignIn {
        id: new_id(at),
        account: account.id,
        organization,
        action,
        failure,
        origin: &origin(seed),
        at,
    };
    Ok(store::sign_in::insert(scope.tx(), &record).await?)
}

async fn start_session(
    scope: &mut Scope<Writing>,
    account: &Account,
    at: Timestamp,
    until: Timestamp,
    seed: usize,
) -> Result<()> {
    let origin = origin(seed);
    let session = Session {
        id: new_id(at),
        account: account.id,
        created_at: at,
        last_seen_at: at.plus(chance::number(seed, "seen", 3 * HOUR)).min(until),
        expires_at: at.plus(ABSOLUTE_LIFETIME),
        address: origin.address,
        user_agent: origin.user_agent,
        proof: Proof::new(Method::Password, at),
        mfa_due: false,
    };
    // Nobody was ever told this token.
    let token = new_secret(Kind::Session);
    Ok(store::session::insert(scope.tx(), &session, token.hash()).await?)
}
