//! The pages before a change to a member: what it would do, then the button that does it. What they show comes from the
//! change itself, run and taken back.

use axum::Router;
use domain::Refusal;
use domain::effect::{Effect, Kind, Preview, Subject};
use domain::member::{Member, MemberStatus, Standing};
use domain::permission::MemberView;
use domain::role::Role;
use secrecy::{ExposeSecret, SecretString};
use service::{Error, OrganizationRef, Outcome, Request};

use crate::App;
use crate::console::change::{Asked, Change, run};
use crate::console::consequence::{FREES, consequences};
use crate::console::heir::{heirs, shown_owned};
use crate::console::inside::{Inside, enter, member_id};
use crate::console::noun::{self, noun};
use crate::console::refusal::Page;
use crate::console::token::as_day;
use crate::console::view::{self, Answer, Once};
use crate::page::confirm::{self, Alternative, Consequence, ConsequenceKind};
use crate::page::form::{Choice, Errors};
use crate::page::secret::{self, Secret};
use crate::page::shell::{Notice, NoticeKind, Section};

pub fn router() -> Router<App> {
    Router::new()
        .route(
            "/o/{organization}/people/{member}/role",
            noun(Change::Role, Change::Role),
        )
        .route(
            "/o/{organization}/people/{member}/disablement",
            noun(Change::Disable, Change::Enable),
        )
        .route(
            "/o/{organization}/people/{member}/suspension",
            noun(Change::Suspend, Change::LiftSuspension),
        )
        .route(
            "/o/{organization}/people/{member}/removal",
            noun(Change::Remove, Change::Remove),
        )
        .route(
            "/o/{organization}/people/{member}/account",
            noun(Change::DeleteAccount, Change::DeleteAccount),
        )
        .route(
            "/o/{organization}/people/{member}/password-reset",
            noun(Change::ResetPassword, Change::ResetPassword),
        )
        .route(
            "/o/{organization}/people/{member}/password-mail",
            noun(Change::MailPasswordReset, Change::MailPasswordReset),
        )
        .route(
            "/o/{organization}/people/{member}/mfa",
            noun(Change::ResetMfa, Change::ResetMfa),
        )
        .route(
            "/o/{organization}/people/{member}/ownership",
            noun(Change::GrantOwnership, Change::GiveUpOwnership),
        )
        .route(
            "/o/{organization}/people/{member}/superuser",
            noun(Change::GrantSuperuser, Change::RevokeSuperuser),
        )
}

impl noun::Act for Change {
    /// The organization's short name and the member's id.
    type Of = (String, String);
    type Asked = Asked;

    fn is_ended(asked: &Asked) -> bool {
        // The drop-down of the Security tab names the state instead.
        asked.end || asked.access == "user"
    }

    async fn ask(self, app: &App, request: &Request, (slug, id): &Self::Of, asked: &Asked, shown: Once) -> Answer {
        let subjected = subjected(self, app, request, (slug, id), shown).await?;
        let page = page(self, app, request, slug, &subjected, asked).await?;
        Ok(view::html(&page))
    }

    async fn perform(self, app: &App, request: &Request, (slug, id): &Self::Of, asked: &Asked) -> Answer {
        perform(self, app, request, (slug, id), asked).await
    }
}

/// What both the question and a form that was not taken show.
struct Subjected {
    inside: Inside,
    member: Member,
    roles: Vec<Role>,
    limited: bool,
    /// Why the rules forbid it, whatever else is given.
    refusal: Option<Refusal>,
}

async fn subjected(
    change: Change,
    app: &App,
    request: &Request,
    (slug, id): (&str, &str),
    shown: Once,
) -> Result<Subjected, Page> {
    let (mut seen, inside) = enter::<MemberView>(app, request, slug, Section::People, shown).await?;
    let member = service::member::get(&mut seen, member_id(id)?).await?;
    let refusal = change
        .act()
        .and_then(|act| service::member::possible(&seen, &member, act).err());
    let roles = if change == Change::Role {
        service::role::assignable(&mut seen, false).await?
    } else {
        Vec::new()
    };
    let limited = seen.organization().policies.member_limit.is_some();
    Ok(Subjected {
        inside,
        member,
        roles,
        limited,
        refusal,
    })
}

/// The page with the preview of the change as asked.
async fn page(
    change: Change,
    app: &App,
    request: &Request,
    slug: &str,
    subjected: &Subjected,
    asked: &Asked,
) -> Result<confirm::Page, Page> {
    let mut page = frame(change, subjected, asked);
    if let Some(refusal) = &subjected.refusal {
        return refused(page, refusal.clone());
    }
    if let Some(reason) = idle(change, &subjected.member) {
        return Ok(confirm::Page {
            refusal: reason,
            ..page
        });
    }
    if change == Change::Role && (asked.role.is_empty() || asked.role == subjected.member.role.slug) {
        // Nothing is chosen yet: there is nothing to foresee.
        return Ok(page);
    }
    let organization = OrganizationRef::parse(slug);
    let id = subjected.member.id;
    match run(change, app, &request.with_dry_run(true), &organization, id, asked).await {
        Ok(outcome) => {
            let preview = if let Outcome::Previewed(preview) = outcome {
                preview
            } else {
                Preview::default()
            };
            page.consequences = foreseen(change, subjected, preview);
            Ok(page)
        }
        Err(Error::Refused(Refusal::StillOwns { owned, .. })) => {
            page.owned = shown_owned(&subjected.inside.base, &owned);
            page.heirs = heirs(app, request, &organization, &[id], &asked.transfer_to).await?;
            Ok(page)
        }
        Err(Error::Refused(refusal)) => refused(page, refusal),
        Err(error) => {
            page.errors = view::errors(error)?;
            Ok(page)
        }
    }
}

/// Why there is nothing to be done: the page may have stood open while somebody else did it.
fn idle(change: Change, member: &Member) -> Option<String> {
    let name = &member.account.name;
    match change {
        Change::Enable if !matches!(member.standing, Standing::Disabled(_)) => {
            Some(format!("The access of {name} is not disabled."))
        }
        Change::LiftSuspension if member.account.suspended.is_none() => Some(format!("{name} is not suspended.")),
        _ => None,
    }
}

/// Everything but what has to be foreseen.
fn frame(change: Change, subjected: &Subjected, asked: &Asked) -> confirm::Page {
    let Subjected {
        inside, member, roles, ..
    } = subjected;
    let (name, home) = (&member.account.name, inside.member_href(member.id));
    let (noun, end) = change.noun();
    let alternative = |text: &str, label: String, noun: &str| {
        Some(Alternative {
            text: text.to_owned(),
            label,
            href: format!("{home}/{noun}"),
        })
    };
    let chosen = if asked.role.is_empty() {
        &member.role.slug
    } else {
        &asked.role
    };
    confirm::Page {
        shell: inside.shell(&format!("{} · {name}", change.title(&inside.words))),
        heading: change.heading(&inside.words, name, &inside.organization),
        lead: change.lead(&inside.organization),
        alternative: match change {
            Change::Remove if member.status() == MemberStatus::Active => alternative(
                "Not sure? Disabling can be taken back and keeps everything.",
                format!("{} instead", inside.words.disable),
                "disablement",
            ),
            Change::DeleteAccount if member.account.suspended.is_none() => alternative(
                "History may be needed later, and suspending can be taken back.",
                format!("{} instead", inside.words.suspend),
                "suspension",
            ),
            _ => None,
        },
        roles: roles
            .iter()
            .map(|role| {
                Choice::new(&role.slug, &role.name)
                    .hint(&role.description)
                    .selected(role.slug == *chosen)
            })
            .collect(),
        ask_until: change == Change::Role,
        until: if asked.until.is_empty() && asked.role.is_empty() {
            as_day(member.role_until)
        } else {
            asked.until.clone()
        },
        ask_reason: change.asks_reason(),
        reason: asked.reason.clone(),
        ask_temporary_password: change == Change::ResetPassword,
        typed: if change == Change::DeleteAccount {
            member.account.username.clone()
        } else {
            String::new()
        },
        hidden: noun::ended(end),
        action: format!("{home}/{noun}"),
        submit: change.submit(&inside.words, name, &inside.organization),
        danger: change.is_danger(),
        cancel_href: home,
        ..confirm::Page::default()
    }
}

fn refused(page: confirm::Page, refusal: Refusal) -> Result<confirm::Page, Page> {
    match refusal {
        // Not a matter of this member: the viewer has no business here.
        refusal @ (Refusal::Forbidden { .. } | Refusal::NotFound { .. } | Refusal::SuperuserOnly) => {
            Err(refusal.into())
        }
        // Whoever owns something can still be disabled or suspended; the other refusals hold for those acts too.
        refusal @ Refusal::StillOwns { .. } => Ok(confirm::Page {
            alternative: page.alternative.clone(),
            ..noun::refused(page, refusal.to_string())
        }),
        refusal => Ok(noun::refused(page, refusal.to_string())),
    }
}

fn foreseen(change: Change, subjected: &Subjected, mut preview: Preview) -> Vec<Consequence> {
    if matches!(change, Change::Remove | Change::DeleteAccount) && subjected.member.takes_a_slot() {
        let subject = Subject {
            kind: "member",
            id: String::new(),
            name: String::new(),
        };
        preview.add(Effect::new(Kind::Seat, subject).detail(FREES));
    }
    let mut told = consequences(&preview, &subjected.inside.organization, subjected.limited);
    let kept = match change {
        Change::MailPasswordReset => "The present password and all sessions stay until they use the link",
        Change::Disable => "Role and history stay as they are",
        Change::Suspend => "Roles, data and history stay as they are",
        _ => return told,
    };
    told.push(Consequence::new(ConsequenceKind::Keeps, kept));
    told
}

async fn perform(change: Change, app: &App, request: &Request, at: (&str, &str), asked: &Asked) -> Answer {
    let subjected = subjected(change, app, request, at, Once::default()).await?;
    let (member, inside) = (&subjected.member, &subjected.inside);
    let name = &member.account.name;
    if change == Change::DeleteAccount && subjected.refusal.is_none() && asked.confirm.trim() != member.account.username
    {
        let errors = Errors::none().with("confirm", format!("Type {} to confirm", member.account.username));
        return again(change, app, request, at.0, &subjected, asked, errors).await;
    }
    let organization = OrganizationRef::parse(at.0);
    match run(change, app, request, &organization, member.id, asked).await {
        Ok(Outcome::Done(Some(password))) => Ok(view::html(&handed_over(inside, member, &password))),
        Ok(_) => {
            let role = subjected
                .roles
                .iter()
                .find(|role| role.slug == asked.role)
                .map_or("", |role| role.name.as_str());
            let text = change.done(name, &inside.organization, role);
            let to = match change {
                Change::Remove | Change::DeleteAccount => format!("{}/people", inside.base),
                Change::GrantSuperuser | Change::RevokeSuperuser => {
                    format!("{}/security", inside.member_href(member.id))
                }
                _ => inside.member_href(member.id),
            };
            Ok(view::done(&to, text))
        }
        Err(Error::Refused(Refusal::StillOwns { .. })) => {
            let errors = Errors::none().with("transfer_to", format!("Choose who gets what {name} owns"));
            again(change, app, request, at.0, &subjected, asked, errors).await
        }
        // The drop-down of the Security tab has no page of its own to go back to.
        Err(Error::Refused(refusal @ Refusal::LastSuperuser)) => {
            let to = format!("{}/security", inside.member_href(member.id));
            Ok(view::go(&to, Some(Notice::new(NoticeKind::Error, refusal.to_string()))))
        }
        Err(Error::Refused(refusal)) => {
            let page = refused(frame(change, &subjected, asked), refusal)?;
            Ok(view::again(&page))
        }
        Err(error) => {
            let errors = view::errors(error)?;
            again(change, app, request, at.0, &subjected, asked, errors).await
        }
    }
}

async fn again(
    change: Change,
    app: &App,
    request: &Request,
    slug: &str,
    subjected: &Subjected,
    asked: &Asked,
    errors: Errors,
) -> Answer {
    let page = page(change, app, request, slug, subjected, asked).await?;
    Ok(view::again(&confirm::Page { errors, ..page }))
}

fn handed_over(inside: &Inside, member: &Member, password: &SecretString) -> secret::Page {
    let account = &member.account;
    secret::Page {
        shell: inside.shell("Password reset"),
        heading: format!("{} has a temporary password", account.name),
        lead: "Hand it over in a safe way. It must be changed at the next sign-in.".to_owned(),
        secrets: vec![Secret {
            name: account.name.clone(),
            username: account.username.clone(),
            email: account.email.clone().unwrap_or_default(),
            password: password.expose_secret().to_owned(),
            remark: String::new(),
        }],
        notes: vec![super::creation::lifetime(), "Every session was ended.".to_owned()],
        done_label: format!("Back to {}", account.name),
        done_href: inside.member_href(member.id),
        again_label: String::new(),
        again_href: String::new(),
    }
}
