//! The people page: members and pending invitations, found by search, filters and cursor.
// tidy: long because one page asks, filters and shows its rows

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::get;
use domain::account::AuthenticationMethod;
use domain::group::GroupName;
use domain::id::MemberId;
use domain::invitation::{Invitation, Status};
use domain::member::{Act, Belonging, Member, MemberStatus, Standing};
use domain::permission::{InvitationSend, MemberView, Permission, SubscriptionView};
use domain::policy::InvitedShownIn;
use domain::role::Role;
use serde::Deserialize;
use service::authorization::Reading;
use service::naming::{self, Meant, Named};
use service::people::{Export, Person as Found, Question, Shown};
use service::{Authorized, OrganizationRef, Request};

use crate::App;
use crate::console::address::{Path, Query};
use crate::console::cursor::{cursor, place};
use crate::console::inside::{Inside, enter};
use crate::console::part;
use crate::console::refusal::Page;
use crate::console::signup_domain;
use crate::console::view::{self, Answer, Once};
use crate::context::Person;
use crate::page::form::Choice;
use crate::page::group::Chip;
use crate::page::part::{Availability, Pager, Standing as Shows, Time};
use crate::page::people::{Acts, Filter, List, Pending, PendingRow, Results, Row, Slots};
use crate::page::shell::Section;
use crate::people_export;

/// How many people one page shows.
const PAGE: usize = 50;
/// How many groups the filter offers.
const GROUPS: i64 = 100;
/// How many pending invitations the card shows before it points to all of them.
const CARD: usize = 10;

pub fn router() -> Router<App> {
    Router::new()
        .route("/o/{organization}/people", get(list))
        .route("/o/{organization}/people/export", get(export))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    query: String,
    status: String,
    role: String,
    group: String,
    availability: String,
    cursor: String,
}

impl Asked {
    fn filters(&self) -> bool {
        [&self.query, &self.status, &self.role, &self.group, &self.availability]
            .into_iter()
            .any(|text| !text.trim().is_empty())
    }

    /// The address of this list from `cursor` on.
    fn href(&self, base: &str, cursor: &str) -> String {
        self.address(&format!("{base}/people"), cursor)
    }

    /// The address of the whole list as a file.
    fn table(&self, base: &str) -> String {
        self.address(&format!("{base}/people/export"), "")
    }

    fn address(&self, path: &str, cursor: &str) -> String {
        let pairs = [
            ("query", self.query.as_str()),
            ("status", &self.status),
            ("role", &self.role),
            ("group", &self.group),
            ("availability", &self.availability),
            ("cursor", cursor),
        ];
        part::href(path, &pairs)
    }
}

async fn list(
    State(app): State<App>,
    Person(request): Person,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    shown: Once,
) -> Answer {
    let (mut seen, inside) = enter::<MemberView>(&app, &request, &slug, Section::People, shown).await?;
    let roles = service::role::shown(&mut seen).await?;
    let groups = groups(&mut seen, &asked).await?;
    let results = results(&mut seen, &inside, &asked, (&roles, &groups)).await?;
    if headers.get("x-part").is_some_and(|part| part == "results") {
        return Ok(view::html(&results));
    }
    let grants = seen.actor().grants.clone();
    let policies = seen.organization().policies.clone();
    let in_list = policies.invited_shown_in == InvitedShownIn::People && grants.has(Permission::InvitationManage);
    let may_see_groups = seen.organization().access_model.groups && grants.has(Permission::GroupView);
    // Given back before the next one is asked for: a page never holds two connections.
    drop(seen);
    let slots = match policies.member_limit {
        Some(_) if grants.has(Permission::SubscriptionView) => slots(&app, &request, &slug).await?,
        _ => None,
    };
    let pending = if policies.invited_shown_in == InvitedShownIn::Card && grants.has(Permission::InvitationSend) {
        Some(pending(&app, &request, &slug, &inside).await?)
    } else {
        None
    };
    let sign_up = if grants.has(Permission::SignupDomainManage) {
        Some(signup_domain::configuration(&app, &request, &slug, &inside).await?)
    } else {
        None
    };
    let page = List {
        shell: inside.shell(&inside.words.people),
        words: inside.words.clone(),
        base: inside.base.clone(),
        may_invite: grants.has(Permission::InvitationSend),
        may_create: grants.has(Permission::MemberManage),
        may_see_groups,
        filter: filter(&inside, &asked, (&roles, &groups), in_list),
        results,
        slots,
        pending,
        sign_up,
    };
    Ok(view::html(&page))
}

async fn export(
    State(app): State<App>,
    Person(request): Person,
    Path(slug): Path<String>,
    Query(mut asked): Query<Asked>,
) -> Answer {
    asked.cursor.clear();
    let (mut seen, _) = enter::<MemberView>(&app, &request, &slug, Section::People, Once::default()).await?;
    let roles = service::role::shown(&mut seen).await?;
    let groups = groups(&mut seen, &asked).await?;
    let question = question(&asked, (&roles, &groups), seen.organization().policies.invited_shown_in);
    let slug = seen.organization().slug.clone();
    drop(seen);
    let export = Export::new(&app.roster, &request, OrganizationRef::parse(&slug), question);
    Ok(people_export::file(export, &slug).await?)
}

/// The first groups by name, and the one that was asked for; none to whom may not see them.
async fn groups(seen: &mut Authorized<MemberView, Reading>, asked: &Asked) -> Result<Vec<Named>, Page> {
    if !seen.organization().access_model.groups {
        return Ok(Vec::new());
    }
    let mut groups = naming::suggestions(seen, &[naming::Kind::Group], GROUPS).await?;
    let is_asked = |group: &Named| group.typed == asked.group;
    if !asked.group.is_empty()
        && !groups.iter().any(is_asked)
        && let Meant::One(group) = naming::meant(seen, &[naming::Kind::Group], &asked.group).await?
    {
        groups.extend(Some(group).filter(is_asked));
    }
    Ok(groups)
}

fn filter(inside: &Inside, asked: &Asked, (roles, groups): (&[Role], &[Named]), invited: bool) -> Filter {
    let words = &inside.words;
    let mut statuses = vec![("", "Any status"), ("active", words.status_active.as_str())];
    if invited {
        statuses.push(("invited", &words.status_invited));
    }
    statuses.extend([
        ("disabled", words.status_disabled.as_str()),
        ("suspended", &words.status_suspended),
        ("awaiting_consent", &words.status_awaiting_consent),
    ]);
    let any_role = Choice::new("", "Any role").selected(asked.role.is_empty());
    let each = roles
        .iter()
        .map(|role| Choice::new(&role.slug, &role.name).selected(role.slug == asked.role));
    Filter {
        query: asked.query.clone(),
        statuses: part::choices(&statuses, &asked.status),
        roles: std::iter::once(any_role).chain(each).collect(),
        groups: if groups.is_empty() {
            Vec::new()
        } else {
            let any_group = Choice::new("", "Any group").selected(asked.group.is_empty());
            let each = groups
                .iter()
                .map(|group| Choice::new(&group.typed, &group.name).selected(group.typed == asked.group));
            std::iter::once(any_group).chain(each).collect()
        },
        availabilities: part::choices(
            &[("", "All"), ("available", "Available"), ("unavailable", "Unavailable")],
            &asked.availability,
        ),
    }
}

async fn results(
    seen: &mut Authorized<MemberView, Reading>,
    inside: &Inside,
    asked: &Asked,
    (roles, groups): (&[Role], &[Named]),
) -> Result<Results, Page> {
    let question = question(asked, (roles, groups), seen.organization().policies.invited_shown_in);
    let page = service::people::list(seen, question).await?;
    let assignable = service::role::assignable(seen, false).await?;
    let rows: Vec<Row> = page
        .people
        .iter()
        .map(|person| match person {
            Found::Member(member) => member_row(seen, inside, member, &assignable),
            Found::Invitation(invitation) => invited_row(seen, inside, invitation),
        })
        .collect();
    let grants = &seen.actor().grants;
    let further = place::<MemberId>(&asked.cursor).is_some();
    let first_of_one = page.next.is_none() && !further;
    let number = part::counted(rows.len(), "person", "people");
    let may_manage = grants.has(Permission::MemberManage);
    Ok(Results {
        words: inside.words.clone(),
        base: inside.base.clone(),
        count: if first_of_one {
            number
        } else {
            format!("{number} on this page")
        },
        filtered: asked.filters(),
        may_change_role: may_manage && !assignable.is_empty(),
        may_disable: may_manage,
        may_remove: may_manage,
        may_invite: grants.has(Permission::InvitationSend),
        table_href: asked.table(&inside.base),
        pager: Pager {
            first: if further {
                asked.href(&inside.base, "")
            } else {
                String::new()
            },
            next: page
                .next
                .map(|place| asked.href(&inside.base, &cursor::<MemberId>(&place)))
                .unwrap_or_default(),
        },
        rows,
    })
}

fn question(asked: &Asked, (roles, groups): (&[Role], &[Named]), invited: InvitedShownIn) -> Question {
    let shown = match (asked.availability.as_str(), asked.status.as_str()) {
        ("unavailable", _) => Shown::Nobody,
        (_, "invited") => Shown::Invited,
        (_, status) => MemberStatus::parse(status).map_or(Shown::All, Shown::Members),
    };
    Question {
        needle: part::filled(&asked.query),
        shown,
        role: roles
            .iter()
            .find(|role| role.slug == asked.role)
            .map(|role| role.slug.clone()),
        group: groups
            .iter()
            .find(|group| group.typed == asked.group)
            .map(|group| group.typed.clone()),
        after: place::<MemberId>(&asked.cursor),
        // Who is only invited is not available yet.
        members_only: invited == InvitedShownIn::Card || asked.availability == "available",
        limit: PAGE,
    }
}

fn member_row(seen: &Authorized<MemberView, Reading>, inside: &Inside, member: &Member, assignable: &[Role]) -> Row {
    let remark = match (&member.standing, &member.account.suspended, member.role_until) {
        (_, Some(suspension), _) => format!("Since {}", inside.day(suspension.at).text),
        (Standing::Disabled(disablement), None, _) => format!("Since {}", inside.day(disablement.at).text),
        (_, _, Some(until)) if until <= seen.now() => format!("Role ended {}", inside.day(until).text),
        (_, _, Some(until)) => format!("Role until {}", inside.day(until).text),
        _ => String::new(),
    };
    Row {
        id: member.id.to_string(),
        invitation: false,
        name: member.account.name.clone(),
        contact: part::contact(&member.account),
        you: seen.actor().is(member.account.id),
        role: part::role(&member.role),
        groups: chips(
            inside,
            member,
            seen.actor().grants.has(Permission::GroupView),
            seen.now(),
        ),
        availability: Availability::Available,
        standing: part::standing(member),
        remark,
        joined: inside.day_or(member.joined_at, ""),
        acts: acts(seen, member, assignable),
    }
}

/// The groups that somebody is in, each with its end.
pub fn chips(inside: &Inside, member: &Member, links: bool, now: domain::Timestamp) -> Vec<Chip> {
    let chip = |belonging: &Belonging| Chip {
        label: belonging.name.clone(),
        href: if links {
            format!("{}/groups/{}", inside.base, belonging.slug)
        } else {
            String::new()
        },
        until: inside.until(belonging.until, now),
        ended: !belonging.is_live(now),
    };
    member.groups.iter().map(chip).collect()
}

/// A group that an invited person is in as soon as they accept.
fn joins(inside: &Inside, group: &GroupName, links: bool) -> Chip {
    Chip {
        label: group.name.clone(),
        href: if links {
            format!("{}/groups/{}", inside.base, group.slug)
        } else {
            String::new()
        },
        until: String::new(),
        ended: false,
    }
}

fn acts(seen: &Authorized<MemberView, Reading>, member: &Member, assignable: &[Role]) -> Acts {
    let can = |act| service::member::possible(seen, member, act).is_ok();
    let waits = member.status() == MemberStatus::AwaitingConsent;
    let suspended = member.account.suspended.is_some();
    let by_password = member.account.authentication_method == AuthenticationMethod::Password;
    Acts {
        roles: if can(Act::ChangeRole) {
            assignable.iter().map(part::role).collect()
        } else {
            Vec::new()
        },
        disable: member.standing == Standing::Active && can(Act::Disable),
        enable: matches!(member.standing, Standing::Disabled(_)) && can(Act::Enable),
        suspend: !suspended && !waits && can(Act::Suspend),
        lift_suspension: suspended && can(Act::LiftSuspension),
        reset_password: by_password && !waits && can(Act::ResetPassword),
        remove: can(Act::Remove),
        ..Acts::default()
    }
}

fn invited_row(seen: &Authorized<MemberView, Reading>, inside: &Inside, invitation: &Invitation) -> Row {
    let grants = &seen.actor().grants;
    let own = seen.actor().identity == invitation.invited_by.identity;
    let manages = grants.has(Permission::InvitationSend) && (own || grants.has(Permission::InvitationManage));
    let delivery = part::delivery(&invitation.delivery);
    let remark = match (delivery.refusal(), invitation.expires_at) {
        ("", Some(end)) => format!("Expires {}", inside.day(end).text),
        ("", None) => String::new(),
        // What the server said takes more room than a row has; the page of invitations tells it.
        _ => format!("Mail failed: see {}", inside.words.invitations),
    };
    Row {
        id: invitation.id.to_string(),
        invitation: true,
        name: invitation.invitee().to_owned(),
        contact: format!("Invited by {}", invitation.invited_by.name),
        you: false,
        role: part::role(&invitation.role),
        groups: invitation
            .groups
            .iter()
            .map(|group| joins(inside, group, grants.has(Permission::GroupView)))
            .collect(),
        availability: Availability::Unavailable,
        standing: Shows::Invited,
        remark,
        joined: Time::never(""),
        acts: Acts {
            resend: manages,
            revoke: manages,
            ..Acts::default()
        },
    }
}

/// Member slots of an organization that has a limit.
pub async fn slots(app: &App, request: &Request, slug: &str) -> Result<Option<Slots>, Page> {
    let seen = app
        .roster
        .see::<SubscriptionView>(request, &OrganizationRef::parse(slug))
        .await?;
    let limits = service::organization::limits(seen).await?;
    Ok(limits.limit.map(|limit| Slots {
        used: u64::try_from(limits.used).unwrap_or_default(),
        limit: u64::from(limit),
        contact: limits.contact,
    }))
}

async fn pending(app: &App, request: &Request, slug: &str, inside: &Inside) -> Result<Pending, Page> {
    let mut seen = app
        .roster
        .see::<InvitationSend>(request, &OrganizationRef::parse(slug))
        .await?;
    let limit = i64::try_from(CARD).unwrap_or(i64::MAX).saturating_add(1);
    let mut found = service::invitation::list(&mut seen, Some(Status::Pending), None, None, limit).await?;
    let more = found.len() > CARD;
    found.truncate(CARD);
    let rows = found.iter().map(|invitation| PendingRow {
        id: invitation.id.to_string(),
        invitee: invitation.invitee().to_owned(),
        role: part::role(&invitation.role),
        expires: inside.day_or(invitation.expires_at, "never"),
        delivery: part::delivery(&invitation.delivery),
        may_manage: true,
    });
    Ok(Pending {
        rows: rows.collect(),
        count: if more {
            format!("The latest {CARD}")
        } else {
            format!("{} pending", found.len())
        },
        more_href: if more {
            format!("{}/invitations?status=pending", inside.base)
        } else {
            String::new()
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_keeps_search_and_filters() {
        let asked = Asked {
            query: "ada & co".to_owned(),
            role: "admin".to_owned(),
            ..Asked::default()
        };
        assert_eq!(
            asked.href("/o/acme", "abc"),
            "/o/acme/people?query=ada%20%26%20co&role=admin&cursor=abc"
        );
    }
}
