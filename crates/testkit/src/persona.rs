//! The people that stories are about, settled in their organizations by the same acts as anybody.

use domain::id::{AccountId, MemberId};
use domain::permission::MemberView;
use secrecy::{ExposeSecret, SecretString};
use service::invitation_acceptance::Acceptance;
use service::member::creation::{Created, NewPerson};
use service::organization::{FirstOwner, NewTenant};
use service::{OrganizationRef, Outcome, Request, Roster};

use crate::app::{origin, secret};

/// What all of them sign in with.
pub const PASSWORD: &str = "quiet heron wades at dawn";

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct Persona {
    pub username: String,
    pub email: String,
    pub account: AccountId,
    /// In the organization they joined first; only sid has none.
    pub member: Option<MemberId>,
    pub token: String,
}

impl Persona {
    /// # Panics
    /// They are no member anywhere.
    #[track_caller]
    pub fn id(&self) -> MemberId {
        self.member
            .unwrap_or_else(|| panic!("{} is no member of an organization", self.username))
    }
}

pub(crate) struct People {
    pub olivia: Persona,
    pub adam: Persona,
    pub mia: Persona,
    pub gus: Persona,
    pub sid: Persona,
    pub eve: Persona,
}

pub fn organization(slug: &str) -> OrganizationRef {
    OrganizationRef::Slug(slug.to_owned())
}

/// The value of a change that was carried out.
#[track_caller]
pub fn done<T>(outcome: service::Result<Outcome<T>>) -> T {
    match outcome {
        Ok(Outcome::Done(value)) => value,
        Ok(Outcome::Previewed(preview)) => panic!("it was only tried: {preview:?}"),
        Err(error) => panic!("it was refused: {error:?}"),
    }
}

/// The effects of a change that was only tried.
#[track_caller]
pub fn previewed<T>(outcome: service::Result<Outcome<T>>) -> domain::effect::Preview {
    match outcome {
        Ok(Outcome::Previewed(preview)) => preview,
        Ok(Outcome::Done(_)) => panic!("it was carried out"),
        Err(error) => panic!("it was refused: {error:?}"),
    }
}

/// The refusal's code, or what else went wrong.
#[track_caller]
pub fn refused<T>(result: service::Result<T>) -> String {
    match result {
        Ok(_) => panic!("it was allowed"),
        Err(service::Error::Refused(refusal)) => refusal.code().to_owned(),
        Err(service::Error::Invalid(fields)) => fields
            .iter()
            .map(|field| format!("{} {}", field.pointer, field.detail))
            .collect::<Vec<_>>()
            .join("; "),
        Err(error) => error.to_string(),
    }
}

pub async fn request(roster: &Roster, token: &str) -> Request {
    let caller = roster.authenticate(token, &origin()).await;
    Request {
        caller: caller.unwrap_or_else(|error| panic!("not signed in: {error:?}")),
        origin: origin(),
        now: roster.now(),
        dry_run: false,
        if_match: None,
        idempotency: None,
        undoing: None,
    }
}

pub async fn sign_in(roster: &Roster, login: &str, password: &str) -> String {
    let signed_in = roster.sign_in(login, secret(password), &origin()).await;
    let signed_in = signed_in.unwrap_or_else(|error| panic!("{login} cannot sign in: {error:?}"));
    signed_in.token.expose().to_owned()
}

pub(crate) async fn settle(roster: &Roster) -> People {
    let sid = superuser(roster, "sid").await;
    let olivia = open(roster, &sid, "acme", "olivia", "standard").await;
    let eve = open(roster, &sid, "elsewhere", "eve", "standard").await;
    let acme = organization("acme");
    let adam = create(roster, &olivia, &acme, "adam", "admin").await;
    let mia = create(roster, &olivia, &acme, "mia", "member").await;
    let gus = create(roster, &olivia, &acme, "gus", "guest").await;
    People {
        olivia,
        adam,
        mia,
        gus,
        sid,
        eve,
    }
}

pub async fn superuser(roster: &Roster, name: &str) -> Persona {
    let email = format!("{name}@example.com");
    let account = roster.create_superuser(name, &email, None, secret(PASSWORD)).await;
    let account = account.unwrap_or_else(|error| panic!("no superuser {name}: {error:?}"));
    let token = sign_in(roster, name, PASSWORD).await;
    Persona {
        username: name.to_owned(),
        email,
        account: account.id,
        member: None,
        token,
    }
}

/// Opens an organization whose first Owner is invited, and joins as them.
pub async fn open(roster: &Roster, superuser: &Persona, slug: &str, owner: &str, preset: &str) -> Persona {
    let email = format!("{owner}@example.com");
    let mut name = slug.to_owned();
    name[..1].make_ascii_uppercase();
    let new = NewTenant {
        name,
        slug: slug.to_owned(),
        preset: Some(preset.to_owned()),
        owner: FirstOwner::Invited { email: email.clone() },
    };
    let opened = done(
        roster
            .open_organization(&request(roster, &superuser.token).await, &new)
            .await,
    );
    let Some((_, link)) = opened.invitation else {
        panic!("the first Owner of {slug} was not invited")
    };
    accept(roster, link.expose(), owner, &email).await
}

/// Accepts an invitation with a new account.
pub async fn accept(roster: &Roster, link: &str, name: &str, email: &str) -> Persona {
    let mut shown = name.to_owned();
    shown[..1].make_ascii_uppercase();
    let acceptance = Acceptance {
        name: Some(shown),
        username: Some(name.to_owned()),
        password: Some(secret(PASSWORD)),
    };
    let accepted = roster.accept_invitation(link, None, acceptance, &origin()).await;
    let accepted = accepted.unwrap_or_else(|error| panic!("{name} cannot accept: {error:?}"));
    let Some(token) = accepted.token else {
        panic!("{name} is not signed in")
    };
    Persona {
        username: name.to_owned(),
        email: email.to_owned(),
        account: accepted.member.account.id,
        member: Some(accepted.member.id),
        token: token.expose().to_owned(),
    }
}

/// Makes an account with a temporary password and changes it as its owner would.
pub async fn create(roster: &Roster, by: &Persona, organization: &OrganizationRef, name: &str, role: &str) -> Persona {
    let (created, password) = create_only(roster, by, organization, name, role).await;
    let temporary = sign_in(roster, name, password.expose_secret()).await;
    let caller = request(roster, &temporary).await;
    let token = roster.change_password(&caller, password, secret(PASSWORD)).await;
    let token = token.unwrap_or_else(|error| panic!("{name} cannot change the password: {error:?}"));
    Persona {
        username: name.to_owned(),
        email: format!("{name}@example.com"),
        account: created.member.account.id,
        member: Some(created.member.id),
        token: token.expose().to_owned(),
    }
}

/// Makes an account and hands out its temporary password.
pub async fn create_only(
    roster: &Roster,
    by: &Persona,
    organization: &OrganizationRef,
    name: &str,
    role: &str,
) -> (Created, SecretString) {
    let mut shown = name.to_owned();
    shown[..1].make_ascii_uppercase();
    let new = NewPerson {
        name: shown,
        email: Some(format!("{name}@example.com")),
        username: Some(name.to_owned()),
        role: Some(role.to_owned()),
        ..NewPerson::default()
    };
    let caller = request(roster, &by.token).await;
    let created = done(service::member::creation::create(roster, &caller, organization, new).await);
    let Some(password) = created.temporary_password.clone() else {
        panic!("{name} has an account already")
    };
    (created, password)
}

/// A member as somebody sees them now.
pub async fn look_at(
    roster: &Roster,
    by: &Persona,
    organization: &OrganizationRef,
    id: MemberId,
) -> domain::member::Member {
    let caller = request(roster, &by.token).await;
    let seen = roster.see::<MemberView>(&caller, organization).await;
    let mut seen = seen.unwrap_or_else(|error| panic!("the members cannot be seen: {error:?}"));
    let member = service::member::get(&mut seen, id).await;
    member.unwrap_or_else(|error| panic!("there is no such member: {error:?}"))
}
