//! What every page inside an organization begins with: who looks, with which permission, and what stands around it.

use domain::id::{InvitationId, MemberId};
use domain::organization::OrganizationStatus;
use domain::permission::{Needs, Permission};
use domain::words::Words;
use domain::{Refusal, Timestamp};
use service::authorization::Reading;
use service::{Authorized, OrganizationRef, Request};

use crate::App;
use crate::console::refusal::Page;
use crate::console::time;
use crate::console::view::{self, Once};
use crate::page::part::Time;
use crate::page::shell::{Section, Shell};

/// What the pages of one request have in common.
pub struct Inside {
    shell: Shell,
    zone: Option<String>,
    pub words: Words,
    /// `/o/{slug}`
    pub base: String,
    /// What the organization is called.
    pub organization: String,
}

/// # Errors
/// The viewer may not see the organization, or lacks the permission.
pub async fn enter<P: Needs>(
    app: &App,
    request: &Request,
    slug: &str,
    section: Section,
    shown: Once,
) -> Result<(Authorized<P, Reading>, Inside), Page> {
    let me = app.roster.me(request).await?;
    let zone = me.account.time_zone.clone();
    let mut seen = app.roster.see::<P>(request, &OrganizationRef::parse(slug)).await?;
    let mut shell = view::shell_in(app, me, &seen, "", section, shown);
    shell.warning = warning(&mut seen).await?;
    let organization = seen.organization();
    let inside = Inside {
        zone,
        words: organization.words.clone(),
        base: shell.base(),
        organization: organization.name.clone(),
        shell,
    };
    Ok((seen, inside))
}

/// What is the matter, for whoever can mend it or can ask those who do; nobody else's page pays for asking.
async fn warning<P: Needs>(seen: &mut Authorized<P, Reading>) -> Result<String, Page> {
    let grants = &seen.actor().grants;
    let mends = grants.has(Permission::OrganizationChangeOwner);
    if !mends && !grants.has(Permission::MemberManage) {
        return Ok(String::new());
    }
    if service::flag::of(seen).await?.is_empty() {
        return Ok(String::new());
    }
    let organization = seen.organization();
    let name = &organization.name;
    Ok(match (organization.status, mends) {
        (OrganizationStatus::AwaitingOwner, _) => {
            format!("{name} has no Owner yet: the one who is invited has not joined. Their link can be sent again.")
        }
        (_, true) => {
            format!("{name} has no active Owner. Make an active member its Owner, or lift the suspension of one.")
        }
        (_, false) => format!("{name} has no active Owner. Ask whoever runs this server to make one."),
    })
}

impl Inside {
    pub fn shell(&self, title: &str) -> Shell {
        Shell {
            title: format!("{title} · {}", self.organization),
            ..self.shell.clone()
        }
    }

    /// The viewer's time zone.
    pub fn zone(&self) -> Option<&str> {
        self.zone.as_deref()
    }

    pub fn time(&self, at: Timestamp) -> Time {
        time::time(at, self.zone.as_deref())
    }

    pub fn day(&self, at: Timestamp) -> Time {
        time::day(at, self.zone.as_deref())
    }

    /// The day of something that may not have happened or may have no end.
    pub fn day_or(&self, at: Option<Timestamp>, otherwise: &str) -> Time {
        at.map_or_else(|| Time::never(otherwise), |at| self.day(at))
    }

    pub fn time_or(&self, at: Option<Timestamp>, otherwise: &str) -> Time {
        at.map_or_else(|| Time::never(otherwise), |at| self.time(at))
    }

    /// The end of a day that was typed into a form.
    pub fn end_of_day(&self, text: &str) -> Option<Timestamp> {
        time::end_of_day(text, self.zone.as_deref())
    }

    /// A day as a form's field has it; empty where there is none.
    pub fn day_field(&self, at: Option<Timestamp>) -> String {
        at.map_or_else(String::new, |at| time::field(at, self.zone.as_deref()))
    }

    /// "until 3 Dec 2026", or "ended" where that is over; empty without end.
    pub fn until(&self, until: Option<Timestamp>, now: Timestamp) -> String {
        let Some(until) = until else { return String::new() };
        let word = if now < until { "until" } else { "ended" };
        format!("{word} {}", self.day(until).text)
    }

    pub fn member_href(&self, id: MemberId) -> String {
        format!("{}/people/{id}", self.base)
    }
}

/// # Errors
/// It is no id of a member: nothing stands at that address.
pub fn member_id(text: &str) -> Result<MemberId, Page> {
    text.parse().map_err(|_| Refusal::NotFound { what: "member" }.into())
}

/// # Errors
/// It is no id of an invitation.
pub fn invitation_id(text: &str) -> Result<InvitationId, Page> {
    text.parse()
        .map_err(|_| Refusal::NotFound { what: "invitation" }.into())
}
