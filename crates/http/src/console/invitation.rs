//! Invitations as whoever sends them sees them: all with their states, a new one with its link, one sent again or revoked.
// tidy: long because the pages of one noun share their parts

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use axum_extra::extract::Form as Repeating;
use domain::Refusal;
use domain::group::Group;
use domain::id::InvitationId;
use domain::invitation::{DeliveryState, IdentityProvider, Invitation, Outcome as Fate, Status};
use domain::permission::{InvitationSend, Permission};
use serde::Deserialize;
use service::authorization::Reading;
use service::invitation::{NewInvitation, Sent};
use service::setting::{MailStanding, mail_of_organization};
use service::{Authorized, Error, OrganizationRef, Outcome, Request};

use crate::App;
use crate::console::address::{Path, Query};
use crate::console::inside::{Inside, enter, invitation_id};
use crate::console::part::{self, counted, filled};
use crate::console::refusal::Page;
use crate::console::view::{self, Answer, Once};
use crate::context::Person;
use crate::page::confirm::{self, Consequence, ConsequenceKind};
use crate::page::form::{Choice, Errors};
use crate::page::invitation::{Create, Created, List, Row};
use crate::page::part::{May, Pager, Time};
use crate::page::shell::{Notice, NoticeKind, Section};

const PAGE: usize = 50;
/// How many groups a new invitation offers.
const GROUPS: i64 = 50;
/// Whoever sees only their own is shown those among so many of the latest.
const OWN_AMONG: i64 = 1_000;

pub fn router() -> Router<App> {
    Router::new()
        .route("/o/{organization}/invitations", get(list))
        .route("/o/{organization}/invitations/new", get(new).post(create))
        .route(
            "/o/{organization}/invitations/{invitation}/delivery",
            get(ask_resend).post(resend),
        )
        .route(
            "/o/{organization}/invitations/{invitation}/revocation",
            get(ask_revoke).post(revoke),
        )
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    status: String,
    cursor: String,
}

async fn list(
    State(app): State<App>,
    Person(request): Person,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
    shown: Once,
) -> Answer {
    let (mut seen, inside) = enter::<InvitationSend>(&app, &request, &slug, Section::Invitations, shown).await?;
    let chosen = if asked.status.is_empty() {
        Status::Pending.name()
    } else {
        asked.status.as_str()
    };
    let manages = seen.actor().grants.has(Permission::InvitationManage);
    let limit = if manages {
        i64::try_from(PAGE).unwrap_or(i64::MAX).saturating_add(1)
    } else {
        OWN_AMONG
    };
    let before: Option<InvitationId> = asked.cursor.parse().ok();
    let mut found = service::invitation::list(&mut seen, Status::parse(chosen), None, before, limit).await?;
    let more = manages && found.len() > PAGE;
    if manages {
        found.truncate(PAGE);
    }
    let href = |cursor: &str| {
        part::href(
            &format!("{}/invitations", inside.base),
            &[("status", chosen), ("cursor", cursor)],
        )
    };
    let mail_fails = fails_since(&mut seen, &inside).await?;
    let number = counted(found.len(), "invitation", "invitations");
    let words = &inside.words;
    let tabs = [
        ("pending", words.invitation_pending.as_str()),
        ("accepted", &words.invitation_accepted),
        ("expired", &words.invitation_expired),
        ("revoked", &words.invitation_revoked),
        ("all", "All"),
    ];
    let page = List {
        shell: inside.shell(&words.invitations),
        words: words.clone(),
        base: inside.base.clone(),
        may_invite: true,
        tabs: part::choices(&tabs, chosen),
        rows: found
            .iter()
            .map(|invitation| row(&app, &seen, &inside, invitation))
            .collect(),
        count: if more || before.is_some() {
            format!("{number} on this page")
        } else {
            number
        },
        pager: Pager::new(
            before.is_some(),
            found.last().filter(|_| more).map(|last| last.id.to_string()),
            href,
        ),
        mail_works: app.roster.sends_mail(),
        mail_fails,
    };
    Ok(view::html(&page))
}

/// Since when mails do not go out; none where they do, or nothing is known.
async fn fails_since(seen: &mut Authorized<InvitationSend, Reading>, inside: &Inside) -> Result<Option<Time>, Page> {
    let mail = mail_of_organization(seen).await?;
    let since = mail.since.filter(|_| mail.state == MailStanding::Fails);
    Ok(since.map(|since| inside.time(since)))
}

/// What people call a way to sign in.
pub fn called(app: &App, provider: IdentityProvider) -> String {
    match provider {
        IdentityProvider::Issuer(slug) => app.roster.provider_name(slug.as_str()),
        known => known.label().to_owned(),
    }
}

/// An issuer that the operator has configured besides those that are known by name.
fn issuer(slug: &str) -> Option<IdentityProvider> {
    IdentityProvider::parse(slug).filter(|provider| matches!(provider, IdentityProvider::Issuer(_)))
}

fn row(app: &App, seen: &Authorized<InvitationSend, Reading>, inside: &Inside, invitation: &Invitation) -> Row {
    let status = invitation.status(seen.now());
    let remark = match &invitation.outcome {
        Fate::Open => String::new(),
        Fate::Accepted { at, .. } => inside.day(*at).text,
        Fate::Revoked { by, at } => format!("by {by}, {}", inside.day(*at).text),
    };
    Row {
        id: invitation.id.to_string(),
        invitee: invitation.invitee().to_owned(),
        username: invitation
            .email
            .as_ref()
            .and(invitation.username.clone())
            .unwrap_or_default(),
        role: part::role(&invitation.role),
        identity_provider: called(app, invitation.identity.provider),
        sent_by: invitation.invited_by.name.clone(),
        state: part::state(status),
        remark,
        delivery: part::delivery(&invitation.delivery),
        expires: inside.day_or(invitation.expires_at, "Never"),
        resend: invitation.resendable(seen.now()).is_ok(),
        revoke: invitation.revocable(seen.now()).is_ok(),
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Typed {
    email: String,
    username: String,
    role: String,
    groups: Vec<String>,
    provider: String,
    #[serde(rename = "identity_tenant")]
    tenant: String,
    notify: String,
    expires_in_days: String,
}

async fn new(State(app): State<App>, Person(request): Person, Path(slug): Path<String>, shown: Once) -> Answer {
    Ok(view::html(
        &form(&app, &request, &slug, Typed::default(), Errors::none(), shown).await?,
    ))
}

async fn form(
    app: &App,
    request: &Request,
    slug: &str,
    typed: Typed,
    errors: Errors,
    shown: Once,
) -> Result<Create, Page> {
    let (mut seen, inside) = enter::<InvitationSend>(app, request, slug, Section::Invitations, shown).await?;
    let roles = service::role::assignable(&mut seen, true).await?;
    let groups = service::group::invited::offered(&mut seen, GROUPS).await?;
    let lifetime = seen.organization().policies.invitation_lifetime_days;
    let unusable = app.roster.unusable_ways(&mut seen).await?;
    let chosen = IdentityProvider::parse(&typed.provider).unwrap_or(IdentityProvider::Password);
    let issuers = app
        .roster
        .providers()
        .iter()
        .filter_map(|provider| issuer(&provider.slug));
    let providers = IdentityProvider::KNOWN.iter().copied().chain(issuers).map(|provider| {
        let label = if provider == IdentityProvider::Password {
            "Password (recommended)".to_owned()
        } else {
            called(app, provider)
        };
        let choice = Choice::new(provider.name(), label).selected(provider == chosen);
        match unusable.iter().find(|(other, _)| *other == provider) {
            None => choice,
            Some((IdentityProvider::Pam, _)) if app.roster.settings().pam.is_some() => {
                choice.unavailable("an admin turns it on in the settings first")
            }
            Some((IdentityProvider::Saml, _)) => choice.unavailable("an admin sets up single sign-on first"),
            Some(_) => choice.unavailable("not set up on this server"),
        }
    });
    Ok(Create {
        shell: inside.shell(&inside.words.invite),
        words: inside.words.clone(),
        base: inside.base.clone(),
        errors,
        providers: providers.collect(),
        roles: part::role_choices(&roles, &typed.role),
        groups: groups.iter().map(|group| group_choice(group, &typed.groups)).collect(),
        email: typed.email,
        username: typed.username,
        tenant: typed.tenant,
        notify: typed.notify,
        expires_in_days: typed.expires_in_days,
        usual_lifetime: lifetime.map_or_else(
            || "it never does".to_owned(),
            |days| counted(usize::try_from(days).unwrap_or(usize::MAX), "day", "days"),
        ),
        mail_works: app.roster.sends_mail(),
        may: if roles.is_empty() {
            May::not("The organization offers no role that you could give. Ask an administrator to invite instead.")
        } else {
            May::Yes
        },
    })
}

fn group_choice(group: &Group, chosen: &[String]) -> Choice {
    Choice::new(&group.slug, &group.name)
        .hint(format!("Gives {}", group.role.name))
        .selected(chosen.contains(&group.slug))
}

async fn create(
    State(app): State<App>,
    Person(request): Person,
    Path(slug): Path<String>,
    Repeating(typed): Repeating<Typed>,
) -> Answer {
    let days = match filled(&typed.expires_in_days).map(|text| text.parse::<u32>()) {
        None => None,
        Some(Ok(days)) => Some(days),
        Some(Err(_)) => {
            let errors = Errors::none().with("expires_in_days", "Give a whole number of days, at least 1");
            return Ok(view::again(
                &form(&app, &request, &slug, typed, errors, Once::default()).await?,
            ));
        }
    };
    let new = NewInvitation {
        email: filled(&typed.email),
        username: filled(&typed.username),
        role: filled(&typed.role),
        groups: typed.groups.clone(),
        provider: IdentityProvider::parse(&typed.provider),
        tenant: filled(&typed.tenant),
        notify: filled(&typed.notify),
        expires_in_days: days,
        send: true,
    };
    let authorized = app
        .roster
        .authorize::<InvitationSend>(&request, &OrganizationRef::parse(&slug))
        .await?;
    match service::invitation::send(authorized, new).await {
        Ok(Outcome::Done(sent)) => Ok(view::html(&handed_out(&app, &request, &slug, sent, false).await?)),
        Ok(Outcome::Previewed(_)) => Ok(view::go(&format!("/o/{slug}/invitations"), None)),
        Err(error) => {
            let errors = beside(error)?;
            Ok(view::again(
                &form(&app, &request, &slug, typed, errors, Once::default()).await?,
            ))
        }
    }
}

/// A refusal that is about whom or how stands beside that field.
fn beside(error: Error) -> Result<Errors, Page> {
    match error {
        Error::Refused(refusal @ Refusal::CannotGrant { .. }) => Ok(Errors::none().with("groups", refusal.to_string())),
        Error::Invalid(fields) if fields.iter().any(|field| field.pointer.starts_with("/groups")) => {
            Ok(Errors::none().with("groups", "One of these groups is gone. Choose again."))
        }
        Error::Refused(refusal @ (Refusal::ProviderUnavailable { .. } | Refusal::PamOff | Refusal::NoSingleSignOn)) => {
            Ok(Errors::none().with("provider", refusal.to_string()))
        }
        Error::Refused(
            refusal @ (Refusal::AlreadyMember { .. }
            | Refusal::AlreadyInvited { .. }
            | Refusal::AlreadyAwaitingConsent { .. }),
        ) => Ok(Errors::none().with("email", refusal.to_string())),
        other => view::errors(other),
    }
}

/// The page that shows the link, once.
async fn handed_out(app: &App, request: &Request, slug: &str, sent: Sent, resent: bool) -> Result<Created, Page> {
    let (seen, inside) = enter::<InvitationSend>(app, request, slug, Section::Invitations, Once::default()).await?;
    drop(seen);
    let invitation = &sent.invitation;
    let to = invitation.mail_to().unwrap_or_default();
    Ok(Created {
        shell: inside.shell(if resent { "Invitation sent again" } else { "Invited" }),
        words: inside.words.clone(),
        base: inside.base.clone(),
        id: invitation.id.to_string(),
        invitee: invitation.invitee().to_owned(),
        role: part::role(&invitation.role),
        groups: part::listed(invitation.groups.iter().map(|group| group.name.as_str())),
        link: format!(
            "{}/invitations/{}",
            app.roster.settings().public_url,
            sent.link.expose()
        ),
        delivery: part::delivery(&invitation.delivery),
        delivery_text: match invitation.delivery.state {
            DeliveryState::None => invitation
                .delivery
                .detail
                .clone()
                .unwrap_or_else(|| "Nothing was mailed. Pass the link on.".to_owned()),
            _ => format!("A mail is on its way to {to}."),
        },
        expires: inside.day_or(invitation.expires_at, "never expires"),
        resent,
    })
}

/// The two acts on an invitation that ask first.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Act {
    Resend,
    Revoke,
}

async fn ask_resend(state: State<App>, person: Person, path: Path<(String, String)>, shown: Once) -> Answer {
    ask(Act::Resend, state.0, person.0, path.0, shown).await
}

async fn ask_revoke(state: State<App>, person: Person, path: Path<(String, String)>, shown: Once) -> Answer {
    ask(Act::Revoke, state.0, person.0, path.0, shown).await
}

async fn ask(act: Act, app: App, request: Request, (slug, id): (String, String), shown: Once) -> Answer {
    let (mut seen, inside) = enter::<InvitationSend>(&app, &request, &slug, Section::Invitations, shown).await?;
    let invitation = service::invitation::get(&mut seen, invitation_id(&id)?).await?;
    let possible = match act {
        Act::Resend => invitation.resendable(seen.now()),
        Act::Revoke => invitation.revocable(seen.now()),
    };
    let page = question(&app, act, &inside, &invitation);
    Ok(view::html(&match possible {
        Ok(()) => page,
        Err(refusal) => confirm::Page {
            refusal: refusal.to_string(),
            consequences: Vec::new(),
            ..page
        },
    }))
}

fn question(app: &App, act: Act, inside: &Inside, invitation: &Invitation) -> confirm::Page {
    let (who, words) = (invitation.invitee(), &inside.words);
    let home = format!("{}/invitations", inside.base);
    let gone = Consequence::new(ConsequenceKind::Ends, "The link they have opens nothing any more");
    let page = confirm::Page {
        cancel_href: home.clone(),
        ..confirm::Page::default()
    };
    match act {
        Act::Resend => {
            let mailed = app.roster.sends_mail() && invitation.mail_to().is_some();
            let text = if mailed {
                "A new link is mailed to them, and shown to you"
            } else {
                "You get a new link to hand on"
            };
            confirm::Page {
                shell: inside.shell(&words.resend),
                heading: format!("Send {who} a new invitation?"),
                lead: "The time until it expires begins anew.".to_owned(),
                consequences: vec![gone, Consequence::new(ConsequenceKind::Note, text)],
                action: format!("{home}/{}/delivery", invitation.id),
                submit: format!("{} the invitation of {who}", words.resend),
                ..page
            }
        }
        Act::Revoke => confirm::Page {
            shell: inside.shell(&words.revoke),
            heading: format!("{} the invitation of {who}?", words.revoke),
            lead: "They can be invited again at any time.".to_owned(),
            consequences: vec![gone],
            action: format!("{home}/{}/revocation", invitation.id),
            submit: format!("{} the invitation of {who}", words.revoke),
            danger: true,
            ..page
        },
    }
}

async fn resend(State(app): State<App>, Person(request): Person, Path((slug, id)): Path<(String, String)>) -> Answer {
    let authorized = app
        .roster
        .authorize::<InvitationSend>(&request, &OrganizationRef::parse(&slug))
        .await?;
    match service::invitation::resend(authorized, invitation_id(&id)?).await {
        Ok(Outcome::Done(sent)) => Ok(view::html(&handed_out(&app, &request, &slug, sent, true).await?)),
        Ok(Outcome::Previewed(_)) => Ok(view::go(&home(&slug), None)),
        Err(error) => closed(&slug, error),
    }
}

async fn revoke(State(app): State<App>, Person(request): Person, Path((slug, id)): Path<(String, String)>) -> Answer {
    let authorized = app
        .roster
        .authorize::<InvitationSend>(&request, &OrganizationRef::parse(&slug))
        .await?;
    match service::invitation::revoke(authorized, invitation_id(&id)?).await {
        Ok(Outcome::Done(revoked)) => Ok(view::done(
            &home(&slug),
            format!("The invitation of {} is revoked.", revoked.invitee()),
        )),
        Ok(Outcome::Previewed(_)) => Ok(view::go(&home(&slug), None)),
        Err(error) => closed(&slug, error),
    }
}

fn home(slug: &str) -> String {
    format!("/o/{slug}/invitations")
}

/// Somebody else was faster, or it was accepted meanwhile: the list says how it stands now.
fn closed(slug: &str, error: Error) -> Answer {
    match error {
        Error::Refused(refusal @ Refusal::InvitationNotOpen { .. }) => Ok(view::go(
            &home(slug),
            Some(Notice::new(NoticeKind::Error, refusal.to_string())),
        )),
        other => Err(other.into()),
    }
}
