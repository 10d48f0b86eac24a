//! Hundreds at once: each row is a change of its own, with its own outcome, told as soon as it is on disk. A dry run
//! checks every row, those of the same list against each other too.

use std::collections::{BTreeSet, HashMap};

use domain::Refusal;
use domain::permission::{InvitationSend, MemberManage};
use futures_util::stream::{self, Stream, StreamExt};
use tokio_util::sync::{CancellationToken, DropGuard};
use tracing::Instrument;

use crate::authorization::Outcome;
use crate::invitation::{NewInvitation, Sent};
use crate::member::creation::{Created, NewPerson};
use crate::{Error, OrganizationRef, Request, Result, Roster, Settings};

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
    let mut seen = roster.see::<MemberManage>(&request, &organization).await?;
    let limit = seen.organization().policies.member_limit;
    let used = store::member::count_slots(seen.scope(), i64::MAX).await?;
    drop(seen);
    let mut slots = Slots::new(&request, limit, used, roster.settings());
    let mut names = Names::default();
    let dry_run = request.dry_run;
    let request = request.for_a_row();
    Ok(stream::iter(rows.into_iter().enumerate())
        .map(move |(index, row)| {
            let (roster, request, organization) = (roster.clone(), request.clone(), organization.clone());
            let repeated = names.repeated(&[&row.email, &row.username]).map(|who| Repeated {
                who,
                code: "already_member",
            });
            let turn = names.turn(&[&row.email, &row.username]);
            one(index, dry_run, repeated, turn, async move {
                crate::member::creation::create(&roster, &request, &organization, row).await
            })
        })
        .buffered(AT_ONCE)
        // After the buffer, where rows come in their order again: the first ones get the free slots.
        .map(move |row| Row {
            outcome: slots.take(row.outcome),
            ..row
        }))
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
    let mut names = Names::default();
    let dry_run = request.dry_run;
    let request = request.for_a_row();
    Ok(stream::iter(rows.into_iter().enumerate())
        .map(move |(index, row)| {
            let (roster, request, organization) = (roster.clone(), request.clone(), organization.clone());
            let repeated = names.repeated(&[&row.email, &row.username]).map(|who| Repeated {
                who,
                code: "already_invited",
            });
            let turn = names.turn(&[&row.email, &row.username]);
            one(index, dry_run, repeated, turn, async move {
                invite_one(&roster, &request, &organization, row).await
            })
        })
        .buffered(AT_ONCE))
}

/// Somebody whom the list has named before.
struct Repeated {
    who: String,
    /// What the earlier line makes of them.
    code: &'static str,
}

impl Repeated {
    fn refusal(self) -> Error {
        let Self { who, code } = self;
        Refusal::NamedTwice { who, code }.into()
    }
}

/// Carries a row out when its turn has come. Of a dry run nothing was kept that would refuse somebody whom the list has named
/// before; of the others what was kept refuses them, and the list is to blame. A task of its own, which goes on where nobody
/// reads the answer: it may have its turn to write, for which everybody else waits.
async fn one<T: Send + 'static>(
    index: usize,
    dry_run: bool,
    repeated: Option<Repeated>,
    turn: Turn,
    act: impl Future<Output = Result<Outcome<T>>> + Send + 'static,
) -> Row<T> {
    let carrying_out = async move {
        let _turn = turn.come().await;
        match repeated {
            None => act.await,
            Some(repeated) if dry_run => Err(repeated.refusal()),
            Some(repeated) => act.await.map_err(|error| match error {
                Error::Refused(
                    Refusal::AlreadyInvited { .. }
                    | Refusal::AlreadyMember { .. }
                    | Refusal::AlreadyAwaitingConsent { .. },
                ) => repeated.refusal(),
                other => other,
            }),
        }
    };
    Row {
        number: index + 1,
        outcome: tokio::spawn(carrying_out.in_current_span())
            .await
            .unwrap_or_else(|broken| Err(Error::Unexpected(broken.to_string()))),
    }
}

async fn invite_one(
    roster: &Roster,
    request: &Request,
    organization: &OrganizationRef,
    row: NewInvitation,
) -> Result<Outcome<Sent>> {
    let authorized = roster.authorize::<InvitationSend>(request, organization).await?;
    crate::invitation::send(authorized, row).await
}

/// What is remembered of the rows before: who was in them, and the end of the last one that named each.
#[derive(Default)]
struct Names {
    seen: HashMap<String, CancellationToken>,
}

/// When a row may be worked on: after those that name the same people, in the order of the list, although others are worked on
/// beside it.
struct Turn {
    before: Vec<CancellationToken>,
    end: DropGuard,
}

impl Turn {
    /// Ends with what it returns.
    async fn come(self) -> DropGuard {
        for row in self.before {
            row.cancelled().await;
        }
        self.end
    }
}

impl Names {
    /// Asked before [`Self::turn`], which makes the row known.
    fn repeated(&self, row: &[&Option<String>]) -> Option<String> {
        keys(row).into_iter().find(|key| self.seen.contains_key(key))
    }

    fn turn(&mut self, row: &[&Option<String>]) -> Turn {
        let end = CancellationToken::new();
        let mut before = Vec::new();
        for key in keys(row) {
            before.extend(self.seen.insert(key, end.clone()));
        }
        Turn {
            before,
            end: end.drop_guard(),
        }
    }
}

fn keys(row: &[&Option<String>]) -> BTreeSet<String> {
    let keys = row.iter().copied().flatten().map(|key| key.trim().to_lowercase());
    keys.filter(|key| !key.is_empty()).collect()
}

/// And how many slots they would have taken.
struct Slots {
    dry_run: bool,
    /// The limit, and what is left of it.
    free: Option<(u32, i64)>,
    contact: String,
}

impl Slots {
    fn new(request: &Request, limit: Option<u32>, used: i64, settings: &Settings) -> Self {
        let free = limit.map(|limit| (limit, (i64::from(limit) - used).max(0)));
        Self {
            dry_run: request.dry_run,
            free,
            contact: crate::member::whom_to_ask(settings),
        }
    }

    fn take<T>(&mut self, outcome: Result<Outcome<T>>) -> Result<Outcome<T>> {
        match &mut self.free {
            Some((limit, 0)) if self.dry_run && outcome.is_ok() => Err(Refusal::MemberLimitReached {
                limit: *limit,
                contact: self.contact.clone(),
            }
            .into()),
            Some((_, free)) if self.dry_run && outcome.is_ok() => {
                *free -= 1;
                outcome
            }
            _ => outcome,
        }
    }
}
