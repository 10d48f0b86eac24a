//! Hundreds at once: each row is a change of its own, with its own outcome, told as soon as it is on disk. A dry run
//! checks every row, those of the same list against each other too.

use std::collections::HashSet;

use domain::Refusal;
use domain::permission::{InvitationSend, MemberManage};
use futures_util::stream::{self, Stream, StreamExt};
use tokio::sync::Mutex;

use crate::authorization::Outcome;
use crate::invitation::{NewInvitation, Sent};
use crate::member::creation::{Created, NewPerson};
use crate::{Error, OrganizationRef, Request, Result, Roster};

/// How many rows are worked on at once: enough to keep both hashing and disk busy.
const AT_ONCE: usize = 8;
pub const MOST_ROWS: usize = 10_000;

/// The outcome of one row; rows count from 1.
pub struct Row<T> {
    pub number: usize,
    pub outcome: Result<Outcome<T>>,
}

/// # Errors
/// The caller may not create members at all. Each row has its own error.
pub async fn create(
    roster: Roster,
    request: Request,
    organization: OrganizationRef,
    rows: Vec<NewPerson>,
) -> Result<impl Stream<Item = Row<Created>>> {
    let seen = roster.see::<MemberManage>(&request, &organization).await?;
    let limit = seen.organization().policies.member_limit;
    let mut counted = seen;
    let used = store::member::count_slots(counted.scope(), i64::MAX).await?;
    drop(counted);
    let free = limit.map(|limit| (limit, (i64::from(limit) - used).max(0)));
    let judge = std::sync::Arc::new(Judge::new(&request, free, roster.settings()));
    let request = request.for_a_row();
    Ok(stream::iter(rows.into_iter().enumerate())
        .map(move |(index, row)| {
            let (roster, request, organization, judge) = (roster.clone(), request.clone(), organization.clone(), judge.clone());
            async move {
                let keys = [row.email.clone(), row.username.clone()];
                let outcome = match judge.first_of_its_kind(&keys).await {
                    Ok(()) => crate::member::creation::create(&roster, &request, &organization, row).await,
                    Err(refusal) => Err(refusal),
                };
                Row { number: index + 1, outcome: judge.within_limit(outcome).await }
            }
        })
        .buffered(AT_ONCE))
}

/// # Errors
/// The caller may not invite at all. Each row has its own error.
pub async fn invite(
    roster: Roster,
    request: Request,
    organization: OrganizationRef,
    rows: Vec<NewInvitation>,
) -> Result<impl Stream<Item = Row<Sent>>> {
    drop(roster.see::<InvitationSend>(&request, &organization).await?);
    let judge = std::sync::Arc::new(Judge::new(&request, None, roster.settings()));
    let request = request.for_a_row();
    Ok(stream::iter(rows.into_iter().enumerate())
        .map(move |(index, row)| {
            let (roster, request, organization, judge) = (roster.clone(), request.clone(), organization.clone(), judge.clone());
            async move {
                let keys = [row.email.clone(), row.username.clone()];
                let outcome = match judge.first_of_its_kind(&keys).await {
                    Ok(()) => invite_one(&roster, &request, &organization, row).await,
                    Err(refusal) => Err(refusal),
                };
                Row { number: index + 1, outcome }
            }
        })
        .buffered(AT_ONCE))
}

async fn invite_one(roster: &Roster, request: &Request, organization: &OrganizationRef, row: NewInvitation) -> Result<Outcome<Sent>> {
    let authorized = roster.authorize::<InvitationSend>(request, organization).await?;
    crate::invitation::send(authorized, row).await
}

/// What a dry run has to remember from row to row, because nothing of the earlier ones is kept.
struct Judge {
    dry_run: bool,
    seen: Mutex<HashSet<String>>,
    free: Option<Mutex<i64>>,
    limit: u32,
    contact: String,
}

impl Judge {
    fn new(request: &Request, free: Option<(u32, i64)>, settings: &crate::Settings) -> Self {
        Self {
            dry_run: request.dry_run,
            seen: Mutex::default(),
            limit: free.map_or(0, |(limit, _)| limit),
            free: free.map(|(_, free)| Mutex::new(free)),
            contact: crate::member::whom_to_ask(settings),
        }
    }

    async fn first_of_its_kind(&self, keys: &[Option<String>]) -> Result<()> {
        if !self.dry_run {
            return Ok(());
        }
        let mut seen = self.seen.lock().await;
        for key in keys.iter().flatten().map(|key| key.trim().to_lowercase()).filter(|key| !key.is_empty()) {
            if !seen.insert(key.clone()) {
                return Err(Refusal::AlreadyInvited { who: key }.into());
            }
        }
        Ok(())
    }

    async fn within_limit<T>(&self, outcome: Result<Outcome<T>>) -> Result<Outcome<T>> {
        let Some(free) = self.free.as_ref().filter(|_| self.dry_run && outcome.is_ok()) else { return outcome };
        let mut free = free.lock().await;
        if *free == 0 {
            let refusal = Refusal::MemberLimitReached { limit: self.limit, contact: self.contact.clone() };
            return Err(Error::Refused(refusal));
        }
        *free -= 1;
        outcome
    }
}
