//! Several people at once: one page that says what would become of each, then the same operation for one after another.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use axum_extra::extract::Form;
use domain::Refusal;
use domain::effect::{Effect, Kind, Preview};
use domain::id::MemberId;
use domain::member::Member;
use domain::ownership::Owned;
use domain::permission::{MemberManage, MemberView};
use domain::role::Role;
use serde::Deserialize;
use service::{Error, OrganizationRef, Outcome, Request};

use crate::App;
use crate::console::address::Path;
use crate::console::change::{Asked, Change, run};
use crate::console::consequence::{FREES, of_all, of_one};
use crate::console::heir::{heirs, shown_owned};
use crate::console::inside::{Inside, enter};
use crate::console::part;
use crate::console::refusal::Page;
use crate::console::view::{self, Answer, Once};
use crate::context::Person;
use crate::page::confirm::{self, Consequence, Subject};
use crate::page::shell::{Notice, NoticeKind, Section};

/// A page shows 50; whoever asks for more has written the address by hand.
const MOST: usize = 200;
/// How many bytes of a notice survive the redirect.
const NOTICE: usize = 450;

pub fn router() -> Router<App> {
    Router::new().route("/o/{organization}/people/selection", get(ask).post(perform))
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Selected {
    member: Vec<String>,
    act: String,
    role: String,
    reason: String,
    transfer_to: String,
}

impl Selected {
    fn change(&self) -> Result<Change, Page> {
        match self.act.as_str() {
            "role" => Ok(Change::Role),
            "disable" => Ok(Change::Disable),
            "remove" => Ok(Change::Remove),
            _ => Err(Refusal::NotFound { what: "act" }.into()),
        }
    }

    fn ids(&self) -> Vec<MemberId> {
        let mut ids: Vec<MemberId> = self.member.iter().filter_map(|id| id.parse().ok()).take(MOST).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    fn asked(&self) -> Asked {
        Asked {
            role: self.role.clone(),
            reason: self.reason.clone(),
            transfer_to: self.transfer_to.clone(),
            ..Asked::default()
        }
    }
}

struct Group {
    inside: Inside,
    members: Vec<Member>,
    roles: Vec<Role>,
    limited: bool,
}

async fn group(app: &App, request: &Request, slug: &str, selected: &Selected, shown: Once) -> Result<Group, Page> {
    // Whoever may not manage people has no use for this page, whatever is selected.
    drop(
        app.roster
            .see::<MemberManage>(request, &OrganizationRef::parse(slug))
            .await?,
    );
    let (mut seen, inside) = enter::<MemberView>(app, request, slug, Section::People, shown).await?;
    let mut members = Vec::new();
    for id in selected.ids() {
        match service::member::get(&mut seen, id).await {
            Ok(member) => members.push(member),
            // Removed by somebody else meanwhile.
            Err(Error::Refused(Refusal::NotFound { .. })) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let roles = service::role::assignable(&mut seen, false).await?;
    let limited = seen.organization().policies.member_limit.is_some();
    Ok(Group {
        inside,
        members,
        roles,
        limited,
    })
}

async fn ask(
    State(app): State<App>,
    Person(request): Person,
    Path(slug): Path<String>,
    shown: Once,
    Form(selected): Form<Selected>,
) -> Answer {
    let change = selected.change()?;
    let group = group(&app, &request, &slug, &selected, shown).await?;
    if group.members.is_empty() {
        let notice = Notice::new(NoticeKind::Information, "Select somebody first.");
        return Ok(view::go(&format!("{}/people", group.inside.base), Some(notice)));
    }
    let foresight = foresee(&app, &request, &slug, change, &group, &selected).await?;
    Ok(view::html(
        &page(&app, &request, &slug, change, &group, &selected, foresight).await?,
    ))
}

/// The role that the page begins with: what it foresees must be what its form would send.
fn chosen(roles: &[Role], asked: &str) -> String {
    part::role_choices(roles, asked)
        .into_iter()
        .find(|choice| choice.selected)
        .map(|choice| choice.value)
        .unwrap_or_default()
}

#[derive(Default)]
struct Foresight {
    people: Vec<Subject>,
    /// Of each, and of all together.
    consequences: Vec<Consequence>,
    preview: Preview,
    owned: Vec<Owned>,
    going: usize,
}

async fn foresee(
    app: &App,
    request: &Request,
    slug: &str,
    change: Change,
    group: &Group,
    selected: &Selected,
) -> Result<Foresight, Page> {
    let organization = OrganizationRef::parse(slug);
    let dry = request.with_dry_run(true);
    let mut asked = selected.asked();
    if change == Change::Role && asked.role.is_empty() {
        asked.role = chosen(&group.roles, &selected.role);
    }
    let mut foresight = Foresight::default();
    for member in &group.members {
        let left_out = match run(change, app, &dry, &organization, member.id, &asked).await {
            Ok(Outcome::Previewed(mut preview)) => {
                if change == Change::Remove && member.takes_a_slot() {
                    let subject = domain::effect::Subject {
                        kind: "member",
                        id: String::new(),
                        name: String::new(),
                    };
                    preview.add(Effect::new(Kind::Seat, subject).detail(FREES));
                }
                let (name, home) = (&member.account.name, &group.inside.organization);
                foresight.consequences.extend(of_one(name, &preview, home));
                foresight.preview.merge(preview);
                String::new()
            }
            Ok(Outcome::Done(_)) => String::new(),
            Err(Error::Refused(Refusal::StillOwns { owned, .. })) => {
                foresight.owned.extend(owned);
                String::new()
            }
            Err(error) => format!("Left out: {}", part::problem(error)?),
        };
        foresight.going += usize::from(left_out.is_empty());
        foresight.people.push(Subject {
            name: member.account.name.clone(),
            contact: part::contact(&member.account),
            left_out,
        });
    }
    Ok(foresight)
}

async fn page(
    app: &App,
    request: &Request,
    slug: &str,
    change: Change,
    group: &Group,
    selected: &Selected,
    foresight: Foresight,
) -> Result<confirm::Page, Page> {
    let inside = &group.inside;
    let everybody = part::counted(group.members.len(), "person", "people");
    let going = part::counted(foresight.going, "person", "people");
    let mut hidden = vec![("act".to_owned(), selected.act.clone())];
    hidden.extend(
        group
            .members
            .iter()
            .map(|member| ("member".to_owned(), member.id.to_string())),
    );
    let heirs = if foresight.owned.is_empty() {
        Vec::new()
    } else {
        let but: Vec<MemberId> = group.members.iter().map(|member| member.id).collect();
        heirs(app, request, &OrganizationRef::parse(slug), &but, &selected.transfer_to).await?
    };
    let mut told = foresight.consequences;
    told.extend(of_all(foresight.preview, &inside.organization, group.limited));
    Ok(confirm::Page {
        shell: inside.shell(&change.title(&inside.words)),
        heading: format!("{}?", change.several(&everybody, &inside.organization)),
        lead: change.lead(&inside.organization),
        people: foresight.people,
        consequences: told,
        owned: shown_owned(&inside.base, &foresight.owned),
        heirs,
        roles: if change == Change::Role {
            part::role_choices(&group.roles, &selected.role)
        } else {
            Vec::new()
        },
        ask_reason: change.asks_reason(),
        reason: selected.reason.clone(),
        hidden,
        action: format!("{}/people/selection", inside.base),
        submit: change.several(&going, &inside.organization),
        danger: change.is_danger(),
        refusal: if foresight.going == 0 {
            "None of them can be changed in this way.".to_owned()
        } else {
            String::new()
        },
        cancel_href: format!("{}/people", inside.base),
        ..confirm::Page::default()
    })
}

async fn perform(
    State(app): State<App>,
    Person(request): Person,
    Path(slug): Path<String>,
    Form(selected): Form<Selected>,
) -> Answer {
    let change = selected.change()?;
    let group = group(&app, &request, &slug, &selected, Once::default()).await?;
    let (organization, asked) = (OrganizationRef::parse(&slug), selected.asked());
    let mut done = 0_usize;
    let mut left_out = Vec::new();
    for member in &group.members {
        match run(change, &app, &request, &organization, member.id, &asked).await {
            Ok(_) => done += 1,
            Err(error) => left_out.push(format!("{}: {}", member.account.name, part::problem(error)?)),
        }
    }
    let role = group
        .roles
        .iter()
        .find(|role| role.slug == selected.role)
        .map_or("", |role| role.name.as_str());
    let text = change.several_done(
        &part::counted(done, "person", "people"),
        &group.inside.organization,
        role,
    );
    let to = format!("{}/people", group.inside.base);
    if left_out.is_empty() {
        return Ok(view::done(&to, text));
    }
    let kind = if done == 0 {
        NoticeKind::Error
    } else {
        NoticeKind::Warning
    };
    let text = format!(
        "{text} Left out: {}. {}",
        part::counted(left_out.len(), "person", "people"),
        left_out.join(" ")
    );
    Ok(view::go(&to, Some(Notice::new(kind, shortened(text)))))
}

fn shortened(text: String) -> String {
    if text.len() <= NOTICE {
        return text;
    }
    let end = (0..=NOTICE)
        .rev()
        .find(|end| text.is_char_boundary(*end))
        .unwrap_or_default();
    format!("{}…", &text[..end])
}

impl Change {
    fn several(self, people: &str, organization: &str) -> String {
        match self {
            Self::Role => format!("Change the role of {people}"),
            Self::Disable => format!("Disable the access of {people}"),
            _ => format!("Remove {people} from {organization}"),
        }
    }

    fn several_done(self, people: &str, organization: &str, role: &str) -> String {
        match self {
            Self::Role => format!("Now {role}: {people}."),
            Self::Disable => format!("Access disabled: {people}."),
            _ => format!("Removed from {organization}: {people}."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_notice_is_cut_between_letters() {
        let text = shortened("é".repeat(400));
        assert!(text.len() <= NOTICE + 3 && text.ends_with('…'));
        assert_eq!(shortened("short".to_owned()), "short");
    }
}
