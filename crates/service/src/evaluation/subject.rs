//! Whom a question is about: named by an id, or by a raw session or token, which tells who it is besides.

use std::sync::Arc;

use domain::Timestamp;
use domain::access::{OrganizationAccess, Principal, Resource};
use domain::actor::Identity;
use domain::catalogue::Place;

use super::{Asker, Judged, Reason, Standing, Thing, holds};
use crate::memory::Held;
use crate::session::KnownCredential;
use crate::{Error, Result};

/// Whose token was presented.
#[derive(Clone, Debug)]
pub struct Who {
    pub identity: Identity,
    pub name: Arc<str>,
}

pub(super) struct Subject {
    /// None where only the id of a member is known.
    pub identity: Option<Identity>,
    principal: Option<Principal>,
    held: Option<Arc<Held>>,
    /// The token that was presented.
    pub known: Option<KnownCredential>,
    pub who: Option<Who>,
}

/// Whose grants count; none for a project's token.
pub(super) fn principal(identity: Identity) -> Option<Principal> {
    match identity {
        Identity::Account(id) => Some(Principal::Account(id)),
        Identity::ServiceAccount(id) => Some(Principal::ServiceAccount(id)),
        Identity::Project(_) => None,
    }
}

impl<'a> Asker<'a> {
    pub(super) async fn subject(
        &mut self,
        named: Thing<'a>,
        standing: &Standing,
    ) -> Result<std::result::Result<Arc<Subject>, Reason>> {
        if let Some((last, subject)) = &self.subject
            && *last == named
        {
            return Ok(Ok(Arc::clone(subject)));
        }
        let (principal, known) = match self.named(named).await? {
            Ok(found) => found,
            Err(reason) => return Ok(Err(reason)),
        };
        // A project's token is good for no more than whoever answers for it.
        let answers = known.as_ref().and_then(KnownCredential::answers);
        let held = match (principal.or(answers.map(Principal::Account)), &standing.held) {
            (None, _) => None,
            (Some(of), Some(held)) if Some(of) == self::principal(self.known.identity) => Some(Arc::clone(held)),
            (Some(of), _) => self.roster.held(&standing.access, of).await?,
        };
        let identity = known.as_ref().map(|known| known.identity);
        let subject = Arc::new(Subject {
            identity: identity.or(principal.and_then(identity_of)),
            principal,
            held,
            who: known.as_ref().map(|known| Who {
                identity: known.identity,
                name: known.name(),
            }),
            known,
        });
        self.subject = Some((named, Arc::clone(&subject)));
        Ok(Ok(subject))
    }

    async fn named(&self, named: Thing<'a>) -> Result<std::result::Result<Named, Reason>> {
        let principal = match named.kind {
            "session" => return self.presented(named.id).await,
            "account" => named.id.parse().ok().map(Principal::Account),
            "member" => named.id.parse().ok().map(Principal::Member),
            "service_account" => named.id.parse().ok().map(Principal::ServiceAccount),
            _ => None,
        };
        // Nobody has no grants: whether one may ask about them is decided all the same.
        Ok(Ok((principal, None)))
    }

    async fn presented(&self, token: &str) -> Result<std::result::Result<Named, Reason>> {
        let known = if token == self.token {
            self.known.clone()
        } else if let Some(known) = self.roster.recognize(token) {
            known
        } else {
            match self.roster.identify(token, &(self.address)()).await {
                Err(Error::SignInRequired | Error::MfaRequired) => return Ok(Err(Reason::InvalidSession)),
                known => known?,
            }
        };
        Ok(Ok((principal(known.identity), Some(known))))
    }
}

type Named = (Option<Principal>, Option<KnownCredential>);

fn identity_of(principal: Principal) -> Option<Identity> {
    match principal {
        Principal::Account(id) => Some(Identity::Account(id)),
        Principal::ServiceAccount(id) => Some(Identity::ServiceAccount(id)),
        Principal::Member(_) => None,
    }
}

impl Subject {
    /// Whether this is whoever asks.
    pub fn is(&self, asker: Identity, held: Option<&Held>) -> bool {
        let as_member = || match self.principal {
            Some(Principal::Member(member)) => held.is_some_and(|held| held.known.member == Some(member)),
            _ => false,
        };
        self.identity == Some(asker) || as_member()
    }

    /// Whether anything that they hold would count.
    pub fn counts(&self, access: &OrganizationAccess, now: Timestamp) -> Judged {
        if let Some(known) = &self.known {
            if known.must_change_password() {
                return Err(Reason::PasswordChangeRequired);
            }
            if known.organization().is_some_and(|only| only != access.organization) {
                return Err(Reason::OutOfScope);
            }
            if matches!(known.identity, Identity::Project(_)) {
                return Ok(());
            }
        }
        let held = self.held.as_ref().ok_or(Reason::UnknownSubject)?;
        if let Some(known) = &self.known
            && known.admitted(access, held, now).is_err()
        {
            return Err(Reason::NotAdmitted);
        }
        let is_here = held.known.member.is_some() || held.known.service_account.is_some();
        match held {
            held if held.known.suspended && is_here => Err(Reason::SubjectSuspended),
            held if held.holding.superuser => Ok(()),
            _ if !is_here => Err(Reason::UnknownSubject),
            held if held.holding.roles.is_empty() => Err(Reason::SubjectInactive),
            _ => Ok(()),
        }
    }

    pub fn holds(
        &self,
        access: &OrganizationAccess,
        permission: Place,
        resource: Resource<'_>,
        now: Timestamp,
    ) -> bool {
        let superuser = self.known.as_ref().is_none_or(KnownCredential::superuser);
        let held = self.held.as_deref();
        held.is_some_and(|held| holds(access, held, superuser, permission, resource, now))
    }
}
