//! Signing up by oneself: who gets in, as what, and what nobody learns on the way.
// tidy: long because signing up is told from its first mail to its last consequence

use domain::account::AuthenticationMethod;
use domain::permission::SignupDomainManage;
use domain::policy::PolicyChange;
use domain::signup_domain::SignupDomain;
use domain::time::{HOUR, MINUTE};
use service::member::creation::NewPerson;
use service::sign_up::{Joined, NewSignUp, Verified};
use service::signup_domain::{self, DomainEdit, NewDomain};
use service::{Authorized, OrganizationRef};
use testkit::app::{origin, secret};
use testkit::persona::{PASSWORD, create_only, done, previewed, refused, request, sign_in};
use testkit::{App, Persona, on_both_databases};

use crate::story::{audited, change_policies, manage};

on_both_databases! {
    a_person_of_a_listed_domain_signs_up_and_is_signed_in,
    until_the_mailbox_answers_there_is_no_account,
    a_stranger_gets_no_mail_and_the_same_answer,
    who_has_an_account_is_told_by_mail_alone,
    two_organizations_list_a_domain_and_the_person_chooses,
    a_proved_domain_excludes_the_claims_of_others,
    a_full_organization_lets_nobody_sign_up,
    nobody_lets_a_domain_in_as_more_than_they_are,
    public_mail_and_suffixes_are_not_listed,
    a_switch_turned_off_or_a_domain_taken_off_closes_the_door,
    a_link_verifies_once,
    a_longer_password_is_asked_for_where_the_organization_wants_one,
    who_begins_in_an_organization_that_proved_the_domain_stays_managed_by_it,
    an_account_of_a_proved_domain_is_added_at_once,
    a_role_that_a_domain_gives_is_not_deleted_from_under_it,
}

async fn on(app: &App, by: &Persona, organization: &OrganizationRef) -> Authorized<SignupDomainManage> {
    let request = app.by(by).await;
    app.roster.authorize(&request, organization).await.unwrap()
}

fn domain(name: &str, role: &str) -> NewDomain {
    NewDomain {
        domain: name.to_owned(),
        authentication_method: None,
        role: Some(role.to_owned()),
    }
}

/// Lists the domain and turns the switch on.
async fn listed(app: &App, by: &Persona, organization: &OrganizationRef, name: &str) -> SignupDomain {
    done(signup_domain::allow(on(app, by, organization).await, true).await);
    done(signup_domain::add(on(app, by, organization).await, domain(name, "guest")).await)
}

async fn prove(app: &App, by: &Persona, organization: &OrganizationRef, domain: &SignupDomain) {
    app.names.publish(&domain.domain.proof_name(), &domain.proof_record());
    let request = app.by(by).await;
    done(signup_domain::prove(&app.roster, &request, organization, domain.domain.as_str()).await);
}

fn wanted(email: &str) -> NewSignUp {
    NewSignUp {
        email: email.to_owned(),
        name: "Ada Lovelace".to_owned(),
        password: Some(secret(PASSWORD)),
        organization: None,
    }
}

async fn asked(app: &App, new: NewSignUp) -> String {
    let to = new.email.to_lowercase();
    app.roster.ask_sign_up(new, &origin()).await.unwrap();
    app.roster.deliver_due().await.unwrap();
    let mail = app.mailbox.next_to(&to).await;
    assert!(
        mail.link().starts_with("https://roster.example/sign-ups/"),
        "{}",
        mail.text
    );
    mail.link().rsplit('/').next().unwrap().to_owned()
}

async fn verified(app: &App, token: &str) -> service::Result<Verified> {
    app.pass(1);
    app.roster.verify_sign_up(token, None, None, &origin()).await
}

#[track_caller]
fn joined(verified: service::Result<Verified>) -> Joined {
    match verified {
        Ok(Verified::Joined(joined)) => *joined,
        Ok(Verified::Choose(open)) => panic!("one is to be chosen of {open:?}"),
        Err(error) => panic!("refused: {error:?}"),
    }
}

async fn a_person_of_a_listed_domain_signs_up_and_is_signed_in(app: App) {
    listed(&app, &app.adam, &app.acme, "Example.NET").await;
    let token = asked(&app, wanted("Ada@example.net")).await;
    let seen = app.roster.look_up_sign_up(&token).await.unwrap();
    assert_eq!((seen.open.len(), seen.has_password), (1, true));
    let joined = joined(verified(&app, &token).await);
    assert_eq!(joined.organization.slug, "acme");
    assert_eq!(joined.member.role.slug, "guest");
    assert!(joined.member.managed && joined.member.account.email_verified);
    // Who let the domain in gave the role.
    assert_eq!(joined.member.role_granted.unwrap().by.name, "Adam");
    let session = joined.signed_in.unwrap();
    let by_ada = request(&app.roster, session.token.expose()).await;
    let me = app.roster.me(&by_ada).await.unwrap();
    assert_eq!((me.account.username.as_str(), me.memberships.len()), ("Ada", 1));
    sign_in(&app.roster, "ada@example.net", PASSWORD).await;
    assert_eq!(audited(&app).await[0], "account.signed_up");
}

async fn until_the_mailbox_answers_there_is_no_account(app: App) {
    listed(&app, &app.adam, &app.acme, "example.net").await;
    asked(&app, wanted("ada@example.net")).await;
    let inert = app.roster.sign_in("ada@example.net", secret(PASSWORD), &origin()).await;
    assert!(matches!(inert, Err(service::Error::WrongCredentials)));
    // The name and the address are free for whoever comes first.
    create_only(&app.roster, &app.adam, &app.acme, "ada", "member").await;
}

async fn a_stranger_gets_no_mail_and_the_same_answer(app: App) {
    listed(&app, &app.adam, &app.acme, "example.net").await;
    let before = app.mailbox.deliveries();
    for email in [
        "ada@example.org",
        "ada@team.example.net",
        "ada@notexample.net",
        "ada@example.net.example.org",
        "ada@ехample.net",
    ] {
        app.roster.ask_sign_up(wanted(email), &origin()).await.unwrap();
        assert_eq!(app.roster.deliver_due().await.unwrap(), 1, "{email}");
    }
    assert_eq!(app.mailbox.deliveries(), before);
    let weak = NewSignUp {
        password: Some(secret("short")),
        ..wanted("ada@example.org")
    };
    assert!(refused(app.roster.ask_sign_up(weak, &origin()).await).starts_with("/password has 5 characters"));
}

async fn who_has_an_account_is_told_by_mail_alone(app: App) {
    listed(&app, &app.adam, &app.acme, "example.com").await;
    app.roster
        .ask_sign_up(wanted("mia@example.com"), &origin())
        .await
        .unwrap();
    assert_eq!(app.roster.deliver_due().await.unwrap(), 1);
    let mail = app.mailbox.next_to("mia@example.com").await;
    assert_eq!(mail.subject, "You have an account at Roster already");
    assert_eq!(mail.link(), "https://roster.example/sign-in");
}

async fn two_organizations_list_a_domain_and_the_person_chooses(app: App) {
    listed(&app, &app.adam, &app.acme, "example.net").await;
    listed(&app, &app.eve, &app.elsewhere, "example.net").await;
    let token = asked(&app, wanted("ada@example.net")).await;
    match verified(&app, &token).await.unwrap() {
        Verified::Choose(open) => {
            let names: Vec<_> = open.iter().map(|one| one.slug.as_str()).collect();
            assert_eq!(names, ["acme", "elsewhere"]);
        }
        Verified::Joined(_) => panic!("nobody chose"),
    }
    let chosen = app
        .roster
        .verify_sign_up(&token, Some("elsewhere"), None, &origin())
        .await;
    assert_eq!(joined(chosen).organization.slug, "elsewhere");
    // What was named at the beginning counts as well.
    let named = NewSignUp {
        organization: Some("acme".to_owned()),
        ..wanted("ben@example.net")
    };
    let token = asked(&app, named).await;
    assert_eq!(joined(verified(&app, &token).await).organization.slug, "acme");
}

async fn a_proved_domain_excludes_the_claims_of_others(app: App) {
    let ours = listed(&app, &app.adam, &app.acme, "example.net").await;
    let theirs = listed(&app, &app.eve, &app.elsewhere, "example.net").await;
    let by_adam = app.by(&app.adam).await;
    let not_yet = signup_domain::prove(&app.roster, &by_adam, &app.acme, "example.net").await;
    assert_eq!(refused(not_yet), "domain_not_proved");
    // Another's record proves nothing for us.
    app.names.publish("_roster.example.net", &theirs.proof_record());
    let not_ours = signup_domain::prove(&app.roster, &by_adam, &app.acme, "example.net").await;
    assert_eq!(refused(not_ours), "domain_not_proved");
    let token = asked(&app, wanted("ada@example.net")).await;
    prove(&app, &app.adam, &app.acme, &ours).await;
    let by_eve = app.by(&app.eve).await;
    let late = signup_domain::prove(&app.roster, &by_eve, &app.elsewhere, "example.net").await;
    assert_eq!(refused(late), "domain_proved_elsewhere");
    let chosen = app
        .roster
        .verify_sign_up(&token, Some("elsewhere"), None, &origin())
        .await;
    assert_eq!(joined(chosen).organization.slug, "acme");
    // Also while its own door is shut.
    done(signup_domain::allow(on(&app, &app.adam, &app.acme).await, false).await);
    let before = app.mailbox.deliveries();
    app.roster
        .ask_sign_up(wanted("ben@example.net"), &origin())
        .await
        .unwrap();
    app.roster.deliver_due().await.unwrap();
    assert_eq!(app.mailbox.deliveries(), before);
}

async fn a_full_organization_lets_nobody_sign_up(app: App) {
    listed(&app, &app.adam, &app.acme, "example.net").await;
    let token = asked(&app, wanted("ada@example.net")).await;
    let limit = PolicyChange {
        member_limit: Some(Some(4)),
        ..PolicyChange::default()
    };
    change_policies(&app, &app.sid, limit).await.unwrap();
    assert_eq!(refused(verified(&app, &token).await), "member_limit_reached");
    let more = PolicyChange {
        member_limit: Some(Some(5)),
        ..PolicyChange::default()
    };
    change_policies(&app, &app.sid, more).await.unwrap();
    // The link is still good.
    joined(verified(&app, &token).await);
}

async fn nobody_lets_a_domain_in_as_more_than_they_are(app: App) {
    let owner = signup_domain::add(on(&app, &app.adam, &app.acme).await, domain("example.net", "owner")).await;
    assert_eq!(
        refused(owner),
        "/role must be member or guest: whoever signs up was chosen by nobody"
    );
    let mia = app.by(&app.mia).await;
    let may_not = app.roster.authorize::<SignupDomainManage>(&mia, &app.acme).await;
    assert_eq!(refused(may_not), "permission_required");
    let admin = signup_domain::add(on(&app, &app.adam, &app.acme).await, domain("example.net", "admin")).await;
    assert_eq!(
        refused(admin),
        "/role must be member or guest: whoever signs up was chosen by nobody"
    );
    let offered = PolicyChange {
        offered_roles: Some(Some(vec!["admin".to_owned(), "member".to_owned()])),
        ..PolicyChange::default()
    };
    change_policies(&app, &app.olivia, offered).await.unwrap();
    let guest = signup_domain::add(on(&app, &app.adam, &app.acme).await, domain("example.net", "guest")).await;
    assert_eq!(
        refused(guest),
        "/role must be member: whoever signs up was chosen by nobody"
    );
    let possible = signup_domain::possible_roles(&mut on(&app, &app.adam, &app.acme).await)
        .await
        .unwrap();
    assert_eq!(
        possible.iter().map(|role| role.slug.as_str()).collect::<Vec<_>>(),
        ["member"]
    );
    let listed = done(signup_domain::add(on(&app, &app.adam, &app.acme).await, domain("example.net", "member")).await);
    let edit = DomainEdit {
        role: Some("admin".to_owned()),
        ..DomainEdit::default()
    };
    let reference = listed.id.to_string();
    assert_eq!(
        refused(signup_domain::edit(on(&app, &app.adam, &app.acme).await, &reference, edit).await),
        "/role must be member: whoever signs up was chosen by nobody"
    );
    let unusable = DomainEdit {
        authentication_method: Some(AuthenticationMethod::Saml),
        ..DomainEdit::default()
    };
    assert_eq!(
        refused(signup_domain::edit(on(&app, &app.adam, &app.acme).await, &reference, unusable).await),
        "method_not_set_up"
    );
    // Ids and names of another organization's list are none here.
    let foreign = signup_domain::remove(on(&app, &app.eve, &app.elsewhere).await, &reference).await;
    assert_eq!(refused(foreign), "not_found");
}

async fn public_mail_and_suffixes_are_not_listed(app: App) {
    for (name, problem) in [
        ("gmail.com", "/domain is a public mail provider's"),
        ("co.uk", "/domain is a suffix"),
        ("example", "/domain is no domain"),
    ] {
        let added = signup_domain::add(on(&app, &app.adam, &app.acme).await, domain(name, "guest")).await;
        assert!(refused(added).starts_with(problem), "{name}");
    }
    listed(&app, &app.adam, &app.acme, "bücher.example").await;
    let twice = signup_domain::add(
        on(&app, &app.adam, &app.acme).await,
        domain("xn--bcher-kva.example", "guest"),
    )
    .await;
    assert_eq!(refused(twice), "domain_listed");
    let token = asked(&app, wanted("ada@xn--bcher-kva.example")).await;
    joined(verified(&app, &token).await);
}

async fn a_switch_turned_off_or_a_domain_taken_off_closes_the_door(app: App) {
    listed(&app, &app.adam, &app.acme, "example.net").await;
    assert!(app.roster.offers_sign_up().await.unwrap());
    let token = asked(&app, wanted("ada@example.net")).await;
    done(signup_domain::allow(on(&app, &app.adam, &app.acme).await, false).await);
    assert!(!app.roster.offers_sign_up().await.unwrap());
    assert_eq!(refused(verified(&app, &token).await), "sign_up_closed");
    done(signup_domain::allow(on(&app, &app.adam, &app.acme).await, true).await);
    let tried = app.tried_by(&app.adam).await;
    let tried = app.roster.authorize(&tried, &app.acme).await.unwrap();
    assert_eq!(
        previewed(signup_domain::remove(tried, "example.net").await)
            .effects
            .len(),
        1
    );
    done(signup_domain::remove(on(&app, &app.adam, &app.acme).await, "example.net").await);
    assert_eq!(refused(verified(&app, &token).await), "sign_up_closed");
}

async fn a_link_verifies_once(app: App) {
    listed(&app, &app.adam, &app.acme, "example.net").await;
    let token = asked(&app, wanted("ada@example.net")).await;
    let (one, other) = tokio::join!(verified(&app, &token), verified(&app, &token));
    assert_eq!(usize::from(one.is_ok()) + usize::from(other.is_ok()), 1);
    assert_eq!(refused(verified(&app, &token).await), "link_invalid");
    let token = asked(&app, wanted("ben@example.net")).await;
    app.pass(24 * HOUR);
    assert_eq!(refused(verified(&app, &token).await), "link_invalid");
    app.pass(MINUTE);
}

async fn a_longer_password_is_asked_for_where_the_organization_wants_one(app: App) {
    listed(&app, &app.adam, &app.acme, "example.net").await;
    let later = NewSignUp {
        password: None,
        ..wanted("ada@example.net")
    };
    let token = asked(&app, later).await;
    assert_eq!(
        refused(verified(&app, &token).await),
        "/password is needed for your new account"
    );
    let longer = serde_json::from_str(r#"{"security": {"password_length": 40}}"#).unwrap();
    change_policies(&app, &app.olivia, longer).await.unwrap();
    let short = app
        .roster
        .verify_sign_up(&token, None, Some(secret(PASSWORD)), &origin())
        .await;
    assert!(refused(short).starts_with("/password needs at least 40 characters in Acme"));
    let long = secret("a quiet harbour of violet lanterns after rain");
    joined(app.roster.verify_sign_up(&token, None, Some(long), &origin()).await);
}

async fn who_begins_in_an_organization_that_proved_the_domain_stays_managed_by_it(app: App) {
    let domain = listed(&app, &app.adam, &app.acme, "example.net").await;
    let token = asked(&app, wanted("ada@example.net")).await;
    let ada = joined(verified(&app, &token).await).member;
    // She joins another organization too.
    let new = NewPerson {
        email: Some("ada@example.net".to_owned()),
        ..NewPerson::default()
    };
    let by_eve = app.by(&app.eve).await;
    done(service::member::creation::create(&app.roster, &by_eve, &app.elsewhere, new).await);
    let by_ada = request(&app.roster, &sign_in(&app.roster, "ada@example.net", PASSWORD).await).await;
    app.roster.consent(&by_ada, &app.elsewhere, None).await.unwrap();
    assert!(!crate::story::member(&app, ada.id).await.managed);
    prove(&app, &app.adam, &app.acme, &domain).await;
    let now = crate::story::member(&app, ada.id).await;
    assert!(now.managed && !now.sole_home);
    // Reset, but not deleted: she belongs to others as well.
    let by_adam = app.by(&app.adam).await;
    done(service::member::credential::reset_password(&app.roster, &by_adam, &app.acme, ada.id, None).await);
    let deleted = service::member::removal::delete_account(
        manage(&app, &app.adam).await,
        ada.id,
        service::member::belongings::Belongings::Block,
    )
    .await;
    assert_eq!(refused(deleted), "not_managed");
}

async fn an_account_of_a_proved_domain_is_added_at_once(app: App) {
    let domain = listed(&app, &app.adam, &app.acme, "example.net").await;
    prove(&app, &app.adam, &app.acme, &domain).await;
    for (name, verified, status) in [("zoe", true, "active"), ("yan", false, "awaiting_consent")] {
        let new = NewPerson {
            name: name.to_owned(),
            email: Some(format!("{name}@example.net")),
            username: Some(name.to_owned()),
            ..NewPerson::default()
        };
        let by_eve = app.by(&app.eve).await;
        let made = done(service::member::creation::create(&app.roster, &by_eve, &app.elsewhere, new.clone()).await);
        if verified {
            let mut tx = app.roster.store().account().await.unwrap();
            store::account::verify_email(&mut tx, made.member.account.id)
                .await
                .unwrap();
            tx.commit().await.unwrap();
        }
        let by_adam = app.by(&app.adam).await;
        let added = done(service::member::creation::create(&app.roster, &by_adam, &app.acme, new).await);
        assert_eq!(added.member.status().name(), status, "{name}");
    }
}

async fn a_role_that_a_domain_gives_is_not_deleted_from_under_it(app: App) {
    let by_adam = app.by(&app.adam).await;
    let authorized = app.roster.authorize(&by_adam, &app.acme).await.unwrap();
    let visitor = service::role::making::NewRole {
        name: "Visitor".to_owned(),
        permissions: vec!["roster.organization.view".to_owned()],
        ..Default::default()
    };
    let visitor = done(service::role::making::create(authorized, visitor).await).role;
    let listed = done(signup_domain::add(on(&app, &app.adam, &app.acme).await, domain("example.net", "guest")).await);
    // One that was listed when any role could still be chosen.
    let older = SignupDomain {
        role: visitor,
        ..listed
    };
    let mut scope = app.roster.store().change(&app.acme).await.unwrap();
    store::signup_domain::update(&mut scope, &older).await.unwrap();
    scope.commit().await.unwrap();
    let delete = async |heir| {
        let by_adam = app.by(&app.adam).await;
        let authorized = app.roster.authorize(&by_adam, &app.acme).await.unwrap();
        service::role::deletion::delete(authorized, domain::permission::Level::Organization, "visitor", heir).await
    };
    assert_eq!(refused(delete(None).await), "role_in_use");
    done(delete(Some("guest")).await);
    let by_adam = app.by(&app.adam).await;
    let mut seen = app.roster.see(&by_adam, &app.acme).await.unwrap();
    assert_eq!(signup_domain::list(&mut seen).await.unwrap()[0].role.slug, "guest");
}
