//! Signing in with an organization's own identity provider: who is let in, as whom, and how far.

use domain::account::AuthenticationMethod;
use domain::permission::{MemberManage, OrganizationView, SecurityManage};
use domain::time::MINUTE;
use service::instance::{ExistingAccounts, InstancePolicyChange};
use service::member::creation::{NewPerson, create};
use service::member::credential::reset_password;
use service::member::disablement::disable;
use service::member::edit::{MemberEdit, edit};
use service::member::ownership::grant;
use service::sign_in::saml::{Begun, Failed, Finished, Purpose, Taken, Way};
use service::single_sign_on::{self, NewSettings};
use service::{Error, Outcome, Request};
use testkit::app::{origin, secret};
use testkit::identity_provider::{Answer, IdentityProvider};
use testkit::persona::{PASSWORD, done, previewed, refused, request};
use testkit::{App, Persona, on_both_databases};

on_both_databases! {
    somebody_new_becomes_a_member_and_is_known_the_next_time,
    without_provisioning_a_stranger_is_told_whom_to_ask,
    an_answer_is_good_once_and_in_the_browser_that_asked,
    an_address_alone_makes_nobody_somebody_else,
    a_member_whose_method_is_saml_has_no_password_anywhere,
    whoever_is_disabled_or_removed_stays_outside,
    what_an_identity_provider_proves_opens_its_own_organization_alone,
    nobody_puts_themselves_in_the_place_of_somebody_greater,
    settings_take_a_fresh_proof_and_are_tried_before_they_are_kept,
}

const CONTACT: &str = "Ask olivia@example.com";

/// Acme with its identity provider, on the machine's time; nothing where there is none.
pub async fn with_provider(app: &App, provisioning: bool) -> Option<IdentityProvider> {
    let provider = IdentityProvider::start()?;
    // The provider's answers bear the machine's time, and stories begin on a morning of their own.
    let now = service::ambient::Clock::System.now();
    app.pass(now.since(app.roster.now()));
    set_up(app, &provider, provisioning).await;
    Some(provider)
}

async fn set_up(app: &App, provider: &IdentityProvider, provisioning: bool) {
    let olivia = again(app, &app.olivia).await;
    let settings = NewSettings {
        metadata: Some(provider.metadata().await),
        provisioning,
        admin_contact: Some(CONTACT.to_owned()),
        ..NewSettings::default()
    };
    let view = done(single_sign_on::put(&app.roster, &olivia, &app.acme, settings).await);
    assert!(view.settings.unwrap().sign_requests, "the metadata wants them signed");
    let mut seen = app.roster.see::<SecurityManage>(&olivia, &app.acme).await.unwrap();
    provider
        .know(single_sign_on::service_metadata(&mut seen).await.unwrap())
        .await;
}

/// As somebody who has just signed in.
pub async fn again(app: &App, persona: &Persona) -> Request {
    let token = testkit::persona::sign_in(&app.roster, &persona.username, PASSWORD).await;
    request(&app.roster, &token).await
}

async fn begin(app: &App, purpose: Purpose) -> (Begun, String) {
    let begun = app.roster.begin_saml(&app.acme, purpose, "/me", false).await.unwrap();
    let Way::Link(link) = &begun.way else {
        panic!("the metadata says redirect")
    };
    let link = link.clone();
    (begun, link)
}

async fn take(app: &App, answer: &Answer) -> Taken {
    let place = answer.to.split('/').rev().nth(1).unwrap().parse().unwrap();
    let taken = app
        .roster
        .take_saml_answer(place, answer.response.clone(), &answer.state);
    taken.await.unwrap()
}

pub async fn come(app: &App, provider: &IdentityProvider, user: &str) -> Finished {
    let (begun, link) = begin(app, Purpose::SignIn).await;
    match take(app, &provider.answer(&link, user).await).await {
        Taken::GoOn(token) => {
            let finished = app
                .roster
                .finish_saml(token.expose(), begun.state.expose(), None, &ORIGIN);
            finished.await.unwrap()
        }
        Taken::Failed(failed) => Finished::Failed(failed),
        _ => panic!("the answer was not taken"),
    }
}

#[track_caller]
pub fn signed_in(finished: Finished) -> (service::sign_in::SignedIn, bool) {
    match finished {
        Finished::SignedIn { signed_in, joined, .. } => (*signed_in, joined),
        Finished::Failed(failed) => panic!("{}", failed.reason),
        Finished::Lost => panic!("the state was lost"),
    }
}

#[track_caller]
fn sent_away(finished: Finished) -> Failed {
    match finished {
        Finished::Failed(failed) => failed,
        _ => panic!("they were let in"),
    }
}

async fn member_of(app: &App, signed_in: &service::sign_in::SignedIn) -> domain::id::MemberId {
    let request = request(&app.roster, signed_in.token.expose()).await;
    app.roster.me(&request).await.unwrap().memberships[0].member
}

async fn somebody_new_becomes_a_member_and_is_known_the_next_time(app: App) {
    let Some(provider) = with_provider(&app, true).await else {
        return;
    };
    let (first, joined) = signed_in(come(&app, &provider, "ida@example.com").await);
    assert!(joined);
    assert_eq!(
        (first.account.username.as_str(), first.account.name.as_str()),
        ("ida", "Ida Okafor")
    );
    assert_eq!(first.account.email.as_deref(), Some("ida@example.com"));
    assert_eq!(first.account.authentication_method, AuthenticationMethod::Saml);
    let by_ida = request(&app.roster, first.token.expose()).await;
    assert!(app.roster.see::<OrganizationView>(&by_ida, &app.acme).await.is_ok());
    let me = app.roster.me(&by_ida).await.unwrap();
    assert_eq!(me.memberships[0].role, "Member");
    let (second, joined) = signed_in(come(&app, &provider, "ida@example.com").await);
    assert!(!joined);
    assert_eq!(second.account.id, first.account.id);
}

async fn without_provisioning_a_stranger_is_told_whom_to_ask(app: App) {
    let Some(provider) = with_provider(&app, false).await else {
        return;
    };
    let failed = sent_away(come(&app, &provider, "ida@example.com").await);
    assert_eq!(failed.contact.as_deref(), Some(CONTACT));
    assert!(failed.reason.contains("not a member"), "{}", failed.reason);
    let none = app.roster.begin_saml(&app.elsewhere, Purpose::SignIn, "", false).await;
    assert_eq!(refused(none), "method_not_set_up");
    let nowhere = service::OrganizationRef::Slug("no-such-place".to_owned());
    assert_eq!(
        refused(app.roster.begin_saml(&nowhere, Purpose::SignIn, "", false).await),
        "method_not_set_up"
    );
}

async fn an_answer_is_good_once_and_in_the_browser_that_asked(app: App) {
    let Some(provider) = with_provider(&app, true).await else {
        return;
    };
    let (begun, link) = begin(&app, Purpose::SignIn).await;
    let answer = provider.answer(&link, "ida@example.com").await;
    let Taken::GoOn(token) = take(&app, &answer).await else {
        panic!("the answer is good")
    };
    assert!(matches!(take(&app, &answer).await, Taken::Lost));
    // In another request's name it answers the wrong one.
    let (other, _) = begin(&app, Purpose::SignIn).await;
    let carried = Answer {
        state: other.state.expose().to_owned(),
        ..answer.clone()
    };
    assert!(matches!(take(&app, &carried).await, Taken::Failed(_)));
    // Somebody else's browser gets nowhere, and takes nothing away.
    let elsewhere = app
        .roster
        .finish_saml(token.expose(), other.state.expose(), None, &ORIGIN);
    assert!(matches!(elsewhere.await.unwrap(), Finished::Lost));
    let finish = || {
        app.roster
            .finish_saml(token.expose(), begun.state.expose(), None, &ORIGIN)
    };
    signed_in(finish().await.unwrap());
    assert!(matches!(finish().await.unwrap(), Finished::Lost));
    let (_, link) = begin(&app, Purpose::SignIn).await;
    let late = provider.answer(&link, "ida@example.com").await;
    app.pass(11 * MINUTE);
    assert!(matches!(take(&app, &late).await, Taken::Lost));
}

static ORIGIN: std::sync::LazyLock<domain::actor::Origin> = std::sync::LazyLock::new(origin);

async fn an_address_alone_makes_nobody_somebody_else(app: App) {
    let Some(provider) = with_provider(&app, true).await else {
        return;
    };
    for member in ["mia@example.com", "olivia@example.com", "adam"] {
        let failed = sent_away(come(&app, &provider, member).await);
        assert!(failed.reason.contains("another way"), "{member}: {}", failed.reason);
    }
    // Eve has her account elsewhere: it is neither taken nor told of.
    let (stranger, joined) = signed_in(come(&app, &provider, "eve@example.com").await);
    assert!(joined);
    assert_ne!(stranger.account.id, app.eve.account);
    assert_eq!(stranger.account.email, None);
    let (sid, _) = signed_in(come(&app, &provider, "sid@example.com").await);
    assert_ne!(sid.account.id, app.sid.account);
    assert!(!sid.account.superuser);
}

async fn set_method(app: &App, by: &Request, member: &Persona, method: AuthenticationMethod) -> Result<(), String> {
    let authorized = app.roster.authorize::<MemberManage>(by, &app.acme).await.unwrap();
    let change = MemberEdit {
        authentication_method: Some(method),
        ..MemberEdit::default()
    };
    match edit(authorized, member.id(), change).await {
        Ok(_) => Ok(()),
        Err(Error::Refused(refusal)) => Err(refusal.code().to_owned()),
        Err(error) => panic!("{error:?}"),
    }
}

async fn a_member_whose_method_is_saml_has_no_password_anywhere(app: App) {
    let by_adam = app.by(&app.adam).await;
    let none = set_method(&app, &by_adam, &app.mia, AuthenticationMethod::Saml).await;
    assert_eq!(none, Err("method_not_set_up".to_owned()));
    let Some(provider) = with_provider(&app, false).await else {
        return;
    };
    let by_mia = again(&app, &app.mia).await;
    let by_adam = again(&app, &app.adam).await;
    set_method(&app, &by_adam, &app.mia, AuthenticationMethod::Saml)
        .await
        .unwrap();

    // Signing in: as wrong as any other password. Her sessions are over.
    for login in ["mia", "mia@example.com"] {
        let tried = app.roster.sign_in(login, secret(PASSWORD), &origin()).await;
        assert!(matches!(tried, Err(Error::WrongCredentials)));
    }
    assert!(app.roster.authenticate(&app.mia.token, &origin()).await.is_err());
    // An admin's reset, with a generated or a typed password, also when it is only tried.
    for typed in [None, Some(secret("vivid otter juggles plums"))] {
        let reset = reset_password(&app.roster, &by_adam, &app.acme, app.mia.id(), typed).await;
        assert_eq!(refused(reset), "no_password");
    }
    let tried = by_adam.with_dry_run(true);
    let reset = reset_password(&app.roster, &tried, &app.acme, app.mia.id(), None).await;
    assert_eq!(refused(reset), "no_password");
    // Her own change, in a request that was under way.
    let change = app
        .roster
        .change_password(&by_mia, secret(PASSWORD), secret("seven calm geese wander off"));
    assert_eq!(refused(change.await), "no_password");
    // Being made once more, with a temporary password.
    let anew = NewPerson {
        name: "Mia".to_owned(),
        email: Some("mia@example.com".to_owned()),
        temporary_password: Some(secret("vivid otter juggles plums")),
        ..NewPerson::default()
    };
    assert_eq!(
        refused(create(&app.roster, &by_adam, &app.acme, anew).await),
        "already_member"
    );

    let (mia, joined) = signed_in(come(&app, &provider, "mia@example.com").await);
    assert_eq!((mia.account.id, joined), (app.mia.account, false));
    // Back again she needs a temporary password first: the old one is gone.
    set_method(&app, &by_adam, &app.mia, AuthenticationMethod::Password)
        .await
        .unwrap();
    let tried = app.roster.sign_in("mia", secret(PASSWORD), &origin()).await;
    assert!(matches!(tried, Err(Error::WrongCredentials)));
    let temporary = done(reset_password(&app.roster, &by_adam, &app.acme, app.mia.id(), None).await);
    assert!(app.roster.sign_in("mia", temporary, &origin()).await.is_ok());
    let by_olivia = again(&app, &app.olivia).await;
    let owner = set_method(&app, &by_olivia, &app.olivia, AuthenticationMethod::Saml).await;
    assert_eq!(owner, Err("owner_protected".to_owned()));
}

async fn whoever_is_disabled_or_removed_stays_outside(app: App) {
    let Some(provider) = with_provider(&app, true).await else {
        return;
    };
    let (ida, _) = signed_in(come(&app, &provider, "ida@example.com").await);
    let by_adam = again(&app, &app.adam).await;
    let member = member_of(&app, &ida).await;
    let authorized = app.roster.authorize::<MemberManage>(&by_adam, &app.acme).await.unwrap();
    done(disable(authorized, member, None).await);
    let failed = sent_away(come(&app, &provider, "ida@example.com").await);
    assert!(failed.reason.contains("disabled"), "{}", failed.reason);
}

async fn what_an_identity_provider_proves_opens_its_own_organization_alone(app: App) {
    let Some(provider) = with_provider(&app, true).await else {
        return;
    };
    let (before, _) = signed_in(come(&app, &provider, "ida@example.com").await);
    // It is remembered as one that reaches everywhere.
    request(&app.roster, before.token.expose()).await;
    // Eve's organization takes her in, too: from now on no organization manages the account alone.
    let by_sid = again(&app, &app.sid).await;
    let added = InstancePolicyChange {
        existing_accounts: Some(ExistingAccounts::Add),
        ..InstancePolicyChange::default()
    };
    app.roster.change_instance_policies(&by_sid, added).await.unwrap();
    let by_eve = again(&app, &app.eve).await;
    let new = NewPerson {
        name: "Ida".to_owned(),
        email: Some("ida@example.com".to_owned()),
        ..NewPerson::default()
    };
    done(create(&app.roster, &by_eve, &app.elsewhere, new).await);
    let (after, _) = signed_in(come(&app, &provider, "ida@example.com").await);
    for ida in [before, after] {
        let by_ida = request(&app.roster, ida.token.expose()).await;
        assert!(app.roster.see::<OrganizationView>(&by_ida, &app.acme).await.is_ok());
        let elsewhere = app.roster.see::<OrganizationView>(&by_ida, &app.elsewhere).await;
        assert_eq!(refused(elsewhere), "other_identity_provider");
    }
}

async fn nobody_puts_themselves_in_the_place_of_somebody_greater(app: App) {
    let Some(provider) = with_provider(&app, true).await else {
        return;
    };
    let (ida, _) = signed_in(come(&app, &provider, "ida@example.com").await);
    let by_olivia = again(&app, &app.olivia).await;
    let member = member_of(&app, &ida).await;
    let authorized = app.roster.authorize(&by_olivia, &app.acme).await.unwrap();
    done(grant(authorized, member).await);
    let by_adam = again(&app, &app.adam).await;
    let other = IdentityProvider::start().unwrap();
    let settings = |metadata: String| NewSettings {
        metadata: Some(metadata),
        ..NewSettings::default()
    };
    let changed = single_sign_on::put(&app.roster, &by_adam, &app.acme, settings(other.metadata().await)).await;
    assert_eq!(refused(changed), "greater_than_you");
    assert_eq!(
        refused(single_sign_on::remove(&app.roster, &by_adam, &app.acme).await),
        "greater_than_you"
    );
    let by_olivia = again(&app, &app.olivia).await;
    done(single_sign_on::put(&app.roster, &by_olivia, &app.acme, settings(other.metadata().await)).await);
}

async fn settings_take_a_fresh_proof_and_are_tried_before_they_are_kept(app: App) {
    let Some(provider) = with_provider(&app, false).await else {
        return;
    };
    let by_olivia = again(&app, &app.olivia).await;
    let settings = || NewSettings {
        entity_id: Some("https://idp.example".to_owned()),
        ..NewSettings::default()
    };
    let told = refused(single_sign_on::put(&app.roster, &by_olivia, &app.acme, settings()).await);
    assert!(told.contains("/sso_url") && told.contains("/certificates"), "{told}");
    let owner = NewSettings {
        metadata: Some(provider.metadata().await),
        default_role: Some("owner".to_owned()),
        ..NewSettings::default()
    };
    let told = refused(single_sign_on::put(&app.roster, &by_olivia, &app.acme, owner).await);
    assert_eq!(told, "owner_never_offered");

    let (_, link) = begin(&app, Purpose::Test).await;
    let Taken::Tested(tested) = take(&app, &provider.answer(&link, "ida@example.com").await).await else {
        panic!("a try ends with a report")
    };
    assert_eq!(tested.fault, None);
    assert_eq!(tested.proven.unwrap().name_id, "ida@example.com");
    assert!(tested.would.contains("refused"), "{}", tested.would);

    app.pass(11 * MINUTE);
    let late = Request {
        now: app.roster.now(),
        ..by_olivia
    };
    assert_eq!(
        refused(single_sign_on::remove(&app.roster, &late, &app.acme).await),
        "proof_required"
    );
    let tried = single_sign_on::remove(&app.roster, &late.with_dry_run(true), &app.acme).await;
    assert!(!previewed(tried).effects.is_empty());
    let by_mia = app.by(&app.mia).await;
    assert!(matches!(
        single_sign_on::remove(&app.roster, &by_mia, &app.acme).await,
        Err(Error::Refused(_))
    ));
    let removed: Outcome<()> = single_sign_on::remove(&app.roster, &again(&app, &app.olivia).await, &app.acme)
        .await
        .unwrap();
    assert!(matches!(removed, Outcome::Done(())));
}
