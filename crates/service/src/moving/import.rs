//! The walk through a file: line by line, each by the operation that somebody would do by hand, members in batches. Whatever a
//! row of the report tells is on disk by then. A dry run is the same walk on a stage, of which nothing remains.

use std::collections::{HashMap, HashSet, VecDeque};
use std::pin::Pin;

use domain::Refusal;
use domain::audit::{Action, Event};
use domain::id::{MemberId, OrganizationId, ServiceAccountId};
use domain::moving::{Fault, Header, Line, Outcome, Row, Tally};
use domain::permission::MemberManage;
use domain::policy::PolicyChange;
use futures_util::{Stream, StreamExt};
use serde_json::json;

use super::people;
use super::plan::Plan;
use crate::organization::{FirstOwner, NewTenant, target};
use crate::{Error, OrganizationRef, Request, Result, Roster};

/// The lines of a file behind the first, some at a time, each with its number.
pub type Lines = Pin<Box<dyn Stream<Item = Result<Vec<(u64, Result<Line, Fault>)>>> + Send>>;

/// Members of one transaction: so many that neighbours in an index share the page that is written, so few that nobody else
/// waits for long.
const BATCH: usize = 4_000;
/// How often a batch is tried of which others take names meanwhile.
const TRIES: usize = 10;

pub struct Import {
    /// On which the walk is: for a dry run a stage.
    pub(super) roster: Roster,
    pub(super) request: Request,
    pub(super) organization: OrganizationRef,
    id: OrganizationId,
    /// For a dry run, who asked for it: what they learned is noted beside it.
    real: Option<Roster>,
    lines: Lines,
    waiting: VecDeque<(u64, Result<Line, Fault>)>,
    /// Of a new organization: its policies name roles, which come behind it.
    policies: Option<(u64, String, PolicyChange)>,
    /// An application's permissions are declared together.
    pub(super) permissions: Vec<(u64, domain::moving::Permission)>,
    people: Vec<Plan>,
    keys: HashSet<String>,
    /// What later lines call somebody by who has another username here, or who was not taken.
    pub(super) aliases: HashMap<String, Option<MemberId>>,
    pub(super) service_accounts: HashMap<String, ServiceAccountId>,
    looked_up: Vec<String>,
    pub tally: Tally,
    begun: Option<Row>,
    over: bool,
}

impl Import {
    /// Opens the organization of the file, or goes into the one that is there; `into` names another. Nothing else is done yet.
    ///
    /// # Errors
    /// The caller may not, or the file says nothing of an organization that could be opened.
    pub async fn begin(
        roster: &Roster,
        request: &Request,
        header: &Header,
        mut lines: Lines,
        into: Option<&str>,
    ) -> Result<Self> {
        request.settled()?;
        request.proved()?;
        let mut waiting: VecDeque<_> = lines.next().await.transpose()?.unwrap_or_default().into();
        let described = match waiting.front() {
            Some((line, Ok(Line::Organization(organization)))) => Some((*line, organization.as_ref().clone())),
            _ => None,
        };
        if described.is_some() {
            waiting.pop_front();
        }
        let (walk, real) = if request.dry_run {
            (roster.staged().await?, Some(roster.clone()))
        } else {
            (roster.clone(), None)
        };
        let request = request.for_a_row().with_dry_run(false);
        let reference = OrganizationRef::parse(into.unwrap_or(&header.organization.slug));
        let row = |line, outcome| Row {
            line,
            kind: "organization",
            who: into.unwrap_or(&header.organization.slug).to_owned(),
            outcome,
            fault: None,
            left_out: Vec::new(),
        };
        let (begun, policies) = match (walk.see::<MemberManage>(&request, &reference).await, described) {
            (Ok(_), described) => (described.map(|(line, _)| row(line, Outcome::Skipped)), None),
            (Err(Error::Refused(Refusal::NotFound { .. })), Some((line, described))) => {
                let new = NewTenant {
                    name: described.name,
                    slug: into.unwrap_or(&described.slug).to_owned(),
                    preset: Some(described.preset),
                    owner: FirstOwner::Comes,
                };
                walk.open_organization(&request, &new).await?;
                let policies = (line, described.slug, described.policies);
                (Some(row(line, Outcome::Created)), Some(policies))
            }
            (Err(error), _) => return Err(error),
        };
        let id = walk.see::<MemberManage>(&request, &reference).await?.organization().id;
        Ok(Self {
            roster: walk,
            request,
            organization: OrganizationRef::Id(id),
            id,
            real,
            lines,
            waiting,
            policies,
            permissions: Vec::new(),
            people: Vec::with_capacity(BATCH),
            keys: HashSet::new(),
            aliases: HashMap::new(),
            service_accounts: HashMap::new(),
            looked_up: Vec::new(),
            tally: Tally::default(),
            begun,
            over: false,
        })
    }

    /// What became of the next lines; nothing at the end.
    ///
    /// # Errors
    /// The database does not answer, or the caller may not go on. What was told before stays.
    pub async fn next(&mut self) -> Result<Vec<Row>> {
        let mut rows: Vec<Row> = self.begun.take().into_iter().collect();
        while rows.is_empty() && !self.over {
            rows = match self.line().await? {
                Some((number, line)) => self.step(number, line).await?,
                None => self.finish().await?,
            };
        }
        for row in &rows {
            self.tally.add(row);
        }
        Ok(rows)
    }

    pub fn organization(&self) -> OrganizationId {
        self.id
    }

    async fn line(&mut self) -> Result<Option<(u64, Result<Line, Fault>)>> {
        while self.waiting.is_empty() {
            match self.lines.next().await.transpose()? {
                Some(lines) => self.waiting = lines.into(),
                None => return Ok(None),
            }
        }
        Ok(self.waiting.pop_front())
    }

    async fn step(&mut self, number: u64, line: Result<Line, Fault>) -> Result<Vec<Row>> {
        let line = match line {
            Ok(Line::Member(member)) => return self.member(number, *member).await,
            line => line,
        };
        let mut rows = self.settle_people().await?;
        match line {
            Err(fault) => rows.push(refused(number, "", String::new(), fault)),
            Ok(Line::Permission(permission)) => {
                let other =
                    |(_, known): &(u64, domain::moving::Permission)| known.application != permission.application;
                if self.permissions.first().is_some_and(other) {
                    rows.extend(self.declare().await?);
                }
                self.permissions.push((number, permission));
            }
            Ok(line) => {
                rows.extend(self.declare().await?);
                if !matches!(line, Line::Role(_)) {
                    rows.extend(self.set_policies().await?);
                }
                rows.extend(self.thing(number, line).await?);
            }
        }
        Ok(rows)
    }

    async fn member(&mut self, number: u64, member: domain::moving::Member) -> Result<Vec<Row>> {
        let mut rows = self.declare().await?;
        rows.extend(self.set_policies().await?);
        let (login, trusted) = (member.login().to_owned(), self.request.caller.superuser);
        let plan = match Plan::of(number, member, trusted, self.request.now) {
            Ok(plan) => plan,
            Err(fault) => {
                // Its place in the report is behind those before it.
                rows.extend(self.settle_people().await?);
                rows.push(refused(number, "member", login, fault));
                return Ok(rows);
            }
        };
        // Of two lines that mean one account, the second one finds what the first one made.
        if self.people.len() >= BATCH || plan.keys().any(|key| self.keys.contains(&key)) {
            rows.extend(self.settle_people().await?);
        }
        self.keys.extend(plan.keys());
        self.people.push(plan);
        Ok(rows)
    }

    async fn settle_people(&mut self) -> Result<Vec<Row>> {
        if self.people.is_empty() {
            return Ok(Vec::new());
        }
        self.keys.clear();
        let plans = std::mem::replace(&mut self.people, Vec::with_capacity(BATCH));
        let taken = self.take(&plans).await?;
        self.aliases.extend(taken.aliases);
        for email in taken.looked_up {
            // Learning that addresses are known has an end, tried or not.
            match self.roster.note_lookup(&self.request, &self.organization, &email).await {
                Ok(()) | Err(Error::Throttled { .. }) => self.looked_up.push(email),
                Err(error) => return Err(error),
            }
        }
        Ok(taken.rows)
    }

    /// A batch; again where somebody elsewhere took one of its names meanwhile.
    async fn take(&mut self, plans: &[Plan]) -> Result<people::Taken> {
        for _ in 0..TRIES {
            let lookups = self.roster.lookups_left(&self.request).await?;
            let taken = people::take(&self.roster, &self.request, &self.organization, plans, lookups).await?;
            if let Some(taken) = taken {
                return Ok(taken);
            }
        }
        Err(Error::Unavailable(
            "others take the same names again and again".to_owned(),
        ))
    }

    /// The policies that the file gives a new organization, once their roles are there.
    async fn set_policies(&mut self) -> Result<Vec<Row>> {
        let Some((line, who, mut change)) = self.policies.take() else {
            return Ok(Vec::new());
        };
        let mut left_out = Vec::new();
        if !self.request.caller.superuser && change.member_limit.take().is_some() {
            left_out.push("policies/member_limit");
        }
        if change.pam == Some(true) && self.roster.settings().pam.is_none() {
            change.pam = None;
            left_out.push("policies/pam");
        }
        let changed = self.change_policies(change).await;
        let (outcome, fault) = match changed {
            Ok(()) if left_out.is_empty() => return Ok(Vec::new()),
            Ok(()) => (Outcome::Created, None),
            Err(error) => (Outcome::Refused, Some(super::told(error)?)),
        };
        Ok(vec![Row {
            line,
            kind: "organization",
            who,
            outcome,
            fault,
            left_out,
        }])
    }

    async fn change_policies(&mut self, change: PolicyChange) -> Result<()> {
        let authorized = self.roster.authorize(&self.request, &self.organization).await?;
        crate::organization::change_policies(authorized, change).await?;
        Ok(())
    }

    async fn finish(&mut self) -> Result<Vec<Row>> {
        let mut rows = self.settle_people().await?;
        rows.extend(self.declare().await?);
        rows.extend(self.set_policies().await?);
        self.over = rows.is_empty();
        if self.over {
            self.end().await?;
        }
        Ok(rows)
    }

    async fn end(&mut self) -> Result<()> {
        match self.real.take() {
            None => {
                // Behind all that it tells of.
                let request = self.at(self.tally.lines + 1);
                let authorized = self
                    .roster
                    .authorize::<MemberManage>(&request, &self.organization)
                    .await?;
                let event = Event::new(Action::OrganizationImported, target(authorized.organization()));
                authorized.commit(event.after(json!(self.tally)), ()).await?;
            }
            Some(real) => {
                self.roster.store().clear().await?;
                note(
                    real,
                    self.request.clone(),
                    self.organization.clone(),
                    std::mem::take(&mut self.looked_up),
                )
                .await;
            }
        }
        Ok(())
    }
}

impl Drop for Import {
    fn drop(&mut self) {
        // Whoever breaks a dry run off has learned what it told until then.
        if let Some(real) = self.real.take()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let (stage, request) = (self.roster.clone(), self.request.clone());
            let (organization, looked_up) = (self.organization.clone(), std::mem::take(&mut self.looked_up));
            runtime.spawn(async move {
                if let Err(error) = stage.store().clear().await {
                    tracing::warn!(%error, "a dry run of an import was not taken back in time");
                }
                note(real, request, organization, looked_up).await;
            });
        }
    }
}

/// Counts and records what a dry run told, after it was taken back.
async fn note(roster: Roster, request: Request, organization: OrganizationRef, looked_up: Vec<String>) {
    let request = request.with_dry_run(true);
    for email in looked_up {
        match roster.note_lookup(&request, &organization, &email).await {
            // The organization was only tried, too.
            Ok(()) | Err(Error::Refused(_) | Error::Throttled { .. }) => {}
            Err(error) => tracing::warn!(%error, "an address that a dry run told of was not recorded"),
        }
    }
}

pub(super) fn refused(line: u64, kind: &'static str, who: String, fault: Fault) -> Row {
    Row {
        line,
        kind,
        who,
        outcome: Outcome::Refused,
        fault: Some(fault),
        left_out: Vec::new(),
    }
}
