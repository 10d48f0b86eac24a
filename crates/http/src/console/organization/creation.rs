//! Opening an organization, for oneself or for an Owner who is invited.

use axum::extract::State;
use domain::invitation::Invitation;
use domain::organization::Organization;
use domain::permission::OrganizationView;
use serde::Deserialize;
use service::authorization::Outcome;
use service::organization::{FirstOwner, NewTenant};
use service::{Error, OrganizationRef, Request};

use crate::App;
use crate::console::destination::people;
use crate::console::form::Form;
use crate::console::refusal;
use crate::console::set_up::presets;
use crate::console::time::time;
use crate::console::view::{Answer, Once, again, done, errors, html, shell, shell_in};
use crate::context::Person;
use crate::page::form::Errors;
use crate::page::invitation::Created;
use crate::page::organization::Create;
use crate::page::part::{Colour, Delivery, Role, Time};
use crate::page::shell::Section;

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Entered {
    name: String,
    slug: String,
    preset: String,
    owner: String,
    owner_email: String,
    owner_name: String,
}

pub async fn show(State(app): State<App>, Person(request): Person, once: Once) -> Answer {
    Ok(html(
        &page(&app, &request, Entered::default(), Errors::none(), once).await?,
    ))
}

pub async fn create(State(app): State<App>, Person(request): Person, Form(entered): Form<Entered>) -> Answer {
    let kept = entered.clone();
    let owner = match entered.owner.as_str() {
        "email" => FirstOwner::Invited {
            email: entered.owner_email,
        },
        _ => FirstOwner::Me,
    };
    let new = NewTenant {
        name: entered.name,
        slug: entered.slug,
        preset: Some(entered.preset),
        owner,
    };
    let opened = match app.roster.open_organization(&request, &new).await {
        Ok(Outcome::Done(opened)) => opened,
        Ok(Outcome::Previewed(_)) => return Err(Error::Unexpected("a form was taken for a dry run".to_owned()).into()),
        Err(error) => {
            let errors = errors(error)?;
            return Ok(again(&page(&app, &request, kept, errors, Once::default()).await?));
        }
    };
    match opened.invitation {
        Some((invitation, link)) => waiting(&app, &request, &opened.organization, &invitation, link.expose()).await,
        None => Ok(done(
            &people(&opened.organization.slug),
            format!("{} is ready. You own it.", opened.organization.name),
        )),
    }
}

async fn page(
    app: &App,
    request: &Request,
    entered: Entered,
    errors: Errors,
    once: Once,
) -> Result<Create, refusal::Page> {
    let mut shell = shell(app, Some(request), "Create organization", once).await?;
    shell.current = Some(Section::Organizations);
    Ok(Create {
        shell,
        errors,
        name: entered.name,
        slug: entered.slug,
        presets: presets(&entered.preset),
        owner_is_me: entered.owner != "email",
        owner_email: entered.owner_email,
        owner_name: entered.owner_name,
    })
}

/// The link for the invited Owner, shown by the answer itself because it can be shown only once.
async fn waiting(
    app: &App,
    request: &Request,
    organization: &Organization,
    invitation: &Invitation,
    token: &str,
) -> Answer {
    let me = app.roster.me(request).await?;
    let zone = me.account.time_zone.clone();
    let seen = app
        .roster
        .see::<OrganizationView>(request, &OrganizationRef::Id(organization.id))
        .await?;
    let invitee = invitation.invitee().to_owned();
    let mailed = app.roster.sends_mail();
    let delivery_text = if mailed {
        format!("A mail is on its way to {invitee}.")
    } else {
        "No mail server is set: pass the link on yourself.".to_owned()
    };
    let page = Created {
        shell: shell_in(
            app,
            me,
            &seen,
            "Organization created",
            Section::Invitations,
            Once::default(),
        ),
        words: organization.words.clone(),
        base: format!("/o/{}", organization.slug),
        id: invitation.id.to_string(),
        invitee,
        groups: String::new(),
        role: Role::new(
            &invitation.role.slug,
            &invitation.role.name,
            Colour::named(&invitation.role.colour),
        ),
        link: format!("{}/invitations/{token}", app.roster.settings().public_url),
        delivery: if mailed { Delivery::Queued } else { Delivery::LinkOnly },
        delivery_text,
        expires: invitation
            .expires_at
            .map_or_else(|| Time::never("does not expire"), |at| time(at, zone.as_deref())),
        resent: false,
    };
    Ok(html(&page))
}
