//! Asked from outside: who is this, and may they do that on this? One walk answers, the same that guards every operation
//! of Roster's own. With nothing changed since the last question, no database is asked.

mod place;
mod subject;

use std::sync::Arc;

use domain::access::{OrganizationAccess, Resource, SourceKind, because};
use domain::actor::Identity;
use domain::permission::Permission;
use domain::{Refusal, Timestamp, catalogue};

use crate::credential::KnownCredential;
use crate::memory::Held;
use crate::{Result, Roster};
pub use subject::Who;
use subject::{Subject, principal};

/// What a question names: a type and an id, as they came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thing<'a> {
    pub kind: &'a str,
    pub id: &'a str,
}

#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    pub subject: Thing<'a>,
    pub permission: &'a str,
    pub resource: Thing<'a>,
    /// The project that a resource of another type belongs to, by id or slug.
    pub project: Option<&'a str>,
    /// By id or slug, where neither the asker's token nor the resource tells.
    pub organization: Option<&'a str>,
    /// The answer has to be at least as new.
    pub minimum_revision: Option<i64>,
}

/// Why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    NotGranted,
    /// The subject holds it, and the token that was presented leaves it out.
    OutOfScope,
    InvalidSession,
    PasswordChangeRequired,
    UnknownSubject,
    SubjectSuspended,
    /// Disabled, deactivated, or has yet to agree.
    SubjectInactive,
    /// The token that was presented does not meet how people have to sign in to the organization.
    NotAdmitted,
    UnknownPermission,
    /// A permission of projects asked for on an organization, or the other way round.
    WrongLevel,
    UnknownResource,
    OrganizationDisabled,
}

impl Reason {
    pub const ALL: [Self; 12] = [
        Self::NotGranted,
        Self::OutOfScope,
        Self::InvalidSession,
        Self::PasswordChangeRequired,
        Self::UnknownSubject,
        Self::SubjectSuspended,
        Self::SubjectInactive,
        Self::NotAdmitted,
        Self::UnknownPermission,
        Self::WrongLevel,
        Self::UnknownResource,
        Self::OrganizationDisabled,
    ];

    pub const fn code(self) -> &'static str {
        match self {
            Self::NotGranted => "not_granted",
            Self::OutOfScope => "out_of_scope",
            Self::InvalidSession => "invalid_session",
            Self::PasswordChangeRequired => "password_change_required",
            Self::UnknownSubject => "unknown_subject",
            Self::SubjectSuspended => "subject_suspended",
            Self::SubjectInactive => "subject_inactive",
            Self::NotAdmitted => "not_admitted",
            Self::UnknownPermission => "unknown_permission",
            Self::WrongLevel => "wrong_level",
            Self::UnknownResource => "unknown_resource",
            Self::OrganizationDisabled => "organization_disabled",
        }
    }
}

#[derive(Clone, Debug)]
pub struct Answer {
    /// None: yes.
    pub denied: Option<Reason>,
    /// The organization's access revision that it was computed at.
    pub revision: Option<i64>,
    /// Whose token was presented.
    pub who: Option<Who>,
}

/// Tells the asker's address, which is needed only where it is written down.
pub type Whence<'a> = dyn Fn() -> String + Sync + 'a;

/// Somebody who asks, and what was looked up for their last question: the next one is mostly about the same.
pub struct Asker<'a> {
    caller: Caller<'a>,
    place: Option<Place<'a>>,
}

/// Who asks, and when.
struct Caller<'a> {
    roster: &'a Roster,
    token: &'a str,
    address: &'a Whence<'a>,
    known: KnownCredential,
    now: Timestamp,
}

/// One organization that is asked about, and the subject of the last question in it.
struct Place<'a> {
    standing: Standing,
    subject: Option<(Thing<'a>, Subject)>,
}

/// The asker in one organization.
struct Standing {
    access: Arc<OrganizationAccess>,
    held: Option<Held>,
    may_ask_about_others: Result<(), Refusal>,
}

impl Roster {
    /// # Errors
    /// There is no live session or token of that text, or its password has to be changed first.
    pub async fn asker<'a>(&'a self, token: &'a str, address: &'a Whence<'a>) -> Result<Asker<'a>> {
        let now = self.now();
        let known = match self.recognize(token, now) {
            Some(known) => known,
            None => Box::pin(self.identify(token, &address())).await?,
        };
        if known.must_change_password() {
            return Err(crate::Error::PasswordChangeRequired);
        }
        Ok(Asker {
            caller: Caller {
                roster: self,
                token,
                address,
                known,
                now,
            },
            place: None,
        })
    }
}

impl<'a> Asker<'a> {
    /// # Errors
    /// The organization is not named or cannot be seen, the asker may not ask about others, or the answer cannot be as new
    /// as demanded.
    pub async fn ask(&mut self, question: &Question<'a>) -> Result<Answer> {
        let caller = &self.caller;
        let Some(Place { standing, subject }) = caller.enter(question, &mut self.place).await? else {
            return Ok(denied(Reason::UnknownResource, None, None));
        };
        let revision = Some(standing.access.revision);
        let subject = match caller.subject(question.subject, standing, subject).await? {
            Ok(subject) => subject,
            Err(reason) => return Ok(denied(reason, revision, None)),
        };
        let is_oneself = subject.is(caller.known.identity, standing.held.as_ref());
        if !is_oneself && let Err(refusal) = &standing.may_ask_about_others {
            return Err(refusal.clone().into());
        }
        let denial = caller.decide(question, standing, subject).await?.err();
        crate::metrics::checked(denial.is_none());
        Ok(Answer {
            denied: denial,
            revision,
            who: subject.who(),
        })
    }
}

impl<'a> Caller<'a> {
    async fn decide(&self, question: &Question<'a>, standing: &Standing, subject: &Subject) -> Result<Judged> {
        let access = &standing.access;
        if access.disabled {
            return Ok(Err(Reason::OrganizationDisabled));
        }
        let Some(permission) = access.catalogue.place(question.permission) else {
            return Ok(Err(Reason::UnknownPermission));
        };
        let project = match self.project(question, access).await? {
            Ok(project) => project,
            Err(reason) => return Ok(Err(reason)),
        };
        let resource = project.as_ref().map_or(Resource::Organization, Resource::Project);
        let judged = self.judge(access, subject, permission, resource);
        // Whether there is such a project is told to those alone who see it, or may ask about everybody.
        if let (Err(Reason::NotGranted), Resource::Project(_), Err(_)) =
            (judged, resource, &standing.may_ask_about_others)
            && self
                .judge(access, subject, Permission::ProjectView.into(), resource)
                .is_err()
        {
            return Ok(Err(Reason::UnknownResource));
        }
        Ok(judged)
    }

    fn judge(
        &self,
        access: &OrganizationAccess,
        subject: &Subject,
        permission: catalogue::Place,
        resource: Resource<'_>,
    ) -> Judged {
        subject.counts(access, self.now)?;
        if access.catalogue.at(permission).applies_to != resource.level() {
            return Err(Reason::WrongLevel);
        }
        if let Some(Identity::Project(own)) = subject.identity {
            // What it has are its capabilities on its own project, as long as its owner holds them too.
            let capable = matches!(resource, Resource::Project(facts) if facts.id == own)
                && subject.known.as_ref().is_some_and(KnownCredential::is_narrowed)
                && subject.holds(access, permission, resource, self.now);
            if !capable {
                return Err(Reason::NotGranted);
            }
        } else if !subject.holds(access, permission, resource, self.now) {
            return Err(Reason::NotGranted);
        }
        let scoped = subject
            .known
            .as_ref()
            .is_none_or(|known| known.leaves(access, permission));
        if scoped { Ok(()) } else { Err(Reason::OutOfScope) }
    }
}

type Judged = std::result::Result<(), Reason>;

fn denied(reason: Reason, revision: Option<i64>, who: Option<Who>) -> Answer {
    crate::metrics::checked(false);
    Answer {
        denied: Some(reason),
        revision,
        who,
    }
}

/// Whether somebody holds the permission; a narrowed token of a superuser is an ordinary member's.
fn holds(
    access: &OrganizationAccess,
    held: &Held,
    superuser: bool,
    permission: catalogue::Place,
    resource: Resource<'_>,
    now: Timestamp,
) -> bool {
    because(access, &held.holding, permission, resource, now)
        .any(|source| superuser || source.kind != SourceKind::Superuser)
}
