//! Whom a question is about: named by an id, or by a raw session or token, which tells who it is besides.

use domain::Timestamp;
use domain::access::{OrganizationAccess, Principal, Resource};
use domain::actor::Identity;
use domain::catalogue::Place;

use super::{Caller, Judged, Reason, Standing, Thing, holds};
use crate::credential::{KnownCredential, Name};
use crate::memory::Held;
use crate::{Error, Result};

/// Whose token was presented.
#[derive(Clone, Debug)]
pub struct Who {
    pub identity: Identity,
    pub name: Name,
}

pub(super) struct Subject {
    /// None where only the id of a member is known.
    pub identity: Option<Identity>,
    principal: Option<Principal>,
    held: Option<Held>,
    /// The token that was presented.
    pub known: Option<KnownCredential>,
}

/// Whose grants count; none for a project's token.
pub(super) fn principal(identity: Identity) -> Option<Principal> {
    match identity {
        Identity::Account(id) => Some(Principal::Account(id)),
        Identity::ServiceAccount(id) => Some(Principal::ServiceAccount(id)),
        Identity::Project(_) => None,
    }
}

impl<'a> Caller<'a> {
    /// The subject of the last question, where it is the same.
    pub(super) async fn subject<'p>(
        &self,
        named: Thing<'a>,
        standing: &Standing,
        last: &'p mut Option<(Thing<'a>, Subject)>,
    ) -> Result<std::result::Result<&'p Subject, Reason>> {
        if last.as_ref().is_none_or(|(last, _)| *last != named) {
            match self.named(named).await? {
                Ok((principal, known)) => *last = Some((named, self.meet(principal, known, standing).await?)),
                Err(reason) => return Ok(Err(reason)),
            }
        }
        let subject = last.as_ref().map(|(_, subject)| subject);
        Ok(subject.ok_or(Reason::UnknownSubject))
    }

    async fn meet(
        &self,
        principal: Option<Principal>,
        known: Option<KnownCredential>,
        standing: &Standing,
    ) -> Result<Subject> {
        // A project's token is good for no more than whoever answers for it.
        let answers = known.as_ref().and_then(KnownCredential::answers);
        let held = match (principal.or(answers.map(Principal::Account)), &standing.held) {
            (None, _) => None,
            (Some(of), Some(held)) if Some(of) == self::principal(self.known.identity) => Some(held.clone()),
            (Some(of), _) => self.roster.held(&standing.access, of, self.now).await?,
        };
        let identity = known.as_ref().map(|known| known.identity);
        Ok(Subject {
            identity: identity.or(principal.and_then(identity_of)),
            principal,
            held,
            known,
        })
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
        } else if let Some(known) = self.roster.recognize(token, self.now) {
            known
        } else {
            match Box::pin(self.roster.identify(token, &(self.address)())).await {
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
    pub fn who(&self) -> Option<Who> {
        self.known.as_ref().map(|known| Who {
            identity: known.identity,
            name: known.name().clone(),
        })
    }

    /// Whether this is whoever asks.
    pub fn is(&self, asker: Identity, held: Option<&Held>) -> bool {
        let as_member = || match self.principal {
            Some(Principal::Member(member)) => held.is_some_and(|held| held.member == Some(member)),
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
        let is_here = held.member.is_some() || held.is_service_account;
        match held {
            held if held.suspended && is_here => Err(Reason::SubjectSuspended),
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
        let held = self.held.as_ref();
        held.is_some_and(|held| holds(access, held, superuser, permission, resource, now))
    }
}
