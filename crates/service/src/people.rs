//! Finding people: members and pending invitations in one list.

use std::sync::Arc;

use domain::member::MemberStatus;
use domain::permission::{MemberView, Permission};
use store::Reading;
use store::people::Filter;
#[cfg(feature = "yardstick")]
pub use store::people::yardstick;
pub use store::people::{Person, Place};

use crate::{Authorized, OrganizationRef, Request, Result, Roster};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    All,
    Members(MemberStatus),
    Invited,
    /// Nobody can be what was asked for, such as unavailable before availability is known.
    Nobody,
}

#[derive(Clone, Debug)]
pub struct Question {
    pub needle: Option<String>,
    pub shown: Shown,
    /// Id or slug.
    pub role: Option<String>,
    /// Id or slug: those who are in it now, or will be as soon as they accept.
    pub group: Option<String>,
    pub after: Option<Place>,
    /// Members alone, without invitations.
    pub members_only: bool,
    pub limit: usize,
}

pub struct Page {
    pub people: Vec<Person>,
    pub next: Option<Place>,
}

/// People of one read of an export.
const AT_ONCE: usize = 500;

/// Everybody whom a question means, some at a time. Between one read and the next no connection is held.
pub struct Export {
    roster: Roster,
    request: Request,
    organization: OrganizationRef,
    question: Option<Question>,
}

impl Export {
    pub fn new(roster: &Roster, request: &Request, organization: OrganizationRef, question: Question) -> Self {
        Self {
            roster: roster.clone(),
            request: request.clone(),
            organization,
            question: Some(Question {
                limit: AT_ONCE,
                ..question
            }),
        }
    }

    /// The next ones; empty at the end.
    ///
    /// # Errors
    /// The caller may not see them, or the database does not answer.
    pub async fn next(&mut self) -> Result<Vec<Person>> {
        let Some(question) = self.question.take() else {
            return Ok(Vec::new());
        };
        let mut seen = self.roster.see::<MemberView>(&self.request, &self.organization).await?;
        let page = list(&mut seen, question.clone()).await?;
        self.question = page.next.map(|after| Question {
            after: Some(after),
            ..question
        });
        Ok(page.people)
    }
}

/// # Errors
/// There is no such role, or the database does not answer.
pub async fn list(seen: &mut Authorized<MemberView, Reading>, question: Question) -> Result<Page> {
    if question.shown == Shown::Nobody {
        return Ok(Page {
            people: Vec::new(),
            next: None,
        });
    }
    let role = match &question.role {
        Some(reference) => Some(store::role::get(seen.scope(), reference).await?.id),
        None => None,
    };
    let now = seen.now();
    let group = match &question.group {
        Some(reference) => Some((store::group::get(seen.scope(), reference, now).await?.id, now)),
        None => None,
    };
    // Invitations name addresses of people who are not here yet: for those who deal with them.
    let may_see_invitations = seen.actor().grants.has(Permission::InvitationManage);
    let filter = Filter {
        needle: question
            .needle
            .map(|needle| needle.trim().to_lowercase())
            .filter(|needle| !needle.is_empty()),
        role,
        group,
        status: if let Shown::Members(status) = question.shown {
            Some(status)
        } else {
            None
        },
        members: question.shown != Shown::Invited,
        invitations: matches!(question.shown, Shown::All | Shown::Invited)
            && may_see_invitations
            && !question.members_only,
        after: question.after,
    };
    let access = Arc::clone(&seen.actor().grants.access);
    let (people, next) = store::people::list(seen.scope(), &filter, &access, now, question.limit).await?;
    Ok(Page { people, next })
}
