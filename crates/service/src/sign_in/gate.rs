//! The one gate behind every first factor: whatever way somebody comes, they pass here, and nobody else starts a session.
//! So a second factor, a suspension or a temporary password holds for all ways in.

use domain::account::Account;
use domain::actor::Origin;
use domain::session::{ABSOLUTE_LIFETIME, Proof, Session};
use signin::token::{Kind, Secret};
use store::sign_in::NewSignIn;
use store::{Tx, Writing};

use crate::ambient::{new_id, new_secret};
use crate::{Error, Result};

pub struct SignedIn {
    /// Shown to the caller once; only its hash is kept.
    pub token: Secret,
    pub session: Session,
    pub account: Account,
    pub next: Next,
}

/// What has to be done before anything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    Done,
    /// Until the second factor is given the session opens nothing.
    Mfa,
    ChangePassword,
    /// An organization does not let the account in before it has a second factor.
    EnrolMfa,
}

impl Next {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Mfa => "mfa",
            Self::ChangePassword => "change_password",
            Self::EnrolMfa => "enrol_mfa",
        }
    }
}

/// Starts a session for an account that was read in this transaction and proved itself now. A proof that counts as two
/// factors says so by its `second_factor_at`.
///
/// # Errors
/// The account is suspended.
pub(crate) async fn pass(tx: &mut Tx<Writing>, account: Account, proof: Proof, origin: &Origin) -> Result<SignedIn> {
    if account.suspended.is_some() {
        return Err(Error::AccountSuspended);
    }
    let now = proof.at;
    let token = new_secret(Kind::Session);
    let session = Session {
        id: new_id(now),
        account: account.id,
        created_at: now,
        last_seen_at: now,
        expires_at: now.plus(ABSOLUTE_LIFETIME),
        address: origin.address.clone(),
        user_agent: origin.user_agent.clone(),
        mfa_due: proof.second_factor_at.is_none() && !account.second_factors.is_empty(),
        proof,
    };
    crate::notice::tell_of_new_device(tx, &account, origin, now).await?;
    store::session::insert(tx, &session, token.hash()).await?;
    store::account::signed_in(tx, account.id, now).await?;
    let record = NewSignIn {
        id: new_id(now),
        account: account.id,
        organization: None,
        action: "sign_in",
        failure: None,
        origin,
        at: now,
    };
    store::sign_in::insert(tx, &record).await?;
    crate::metrics::signed_in(session.proof.method.name());
    let next = next(tx, &account, &session).await?;
    Ok(SignedIn {
        token,
        session,
        account,
        next,
    })
}

/// What a session has to do first, asked again after each step.
pub(crate) async fn next(tx: &mut Tx<Writing>, account: &Account, session: &Session) -> Result<Next> {
    if session.mfa_due {
        return Ok(Next::Mfa);
    }
    let kept = store::password::find(tx, account.id).await?;
    if kept.is_some_and(|kept| kept.must_change) {
        return Ok(Next::ChangePassword);
    }
    if account.second_factors.is_empty() {
        let policies = store::account::security_policies(tx, account.id).await?;
        let is_late = |joined_at, policy: &domain::security::SecurityPolicy| {
            policy.mfa_required && policy.grace_until(joined_at) <= session.proof.at
        };
        if policies.iter().any(|(policy, joined_at)| is_late(*joined_at, policy)) {
            return Ok(Next::EnrolMfa);
        }
    }
    Ok(Next::Done)
}
