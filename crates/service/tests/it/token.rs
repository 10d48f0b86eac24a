//! Tokens: what they reach, what they never do, and how they die with whoever holds them.

use domain::Refusal;
use domain::actor::Identity;
use domain::id::ServiceAccountId;
use domain::permission::{MemberManage, MemberView, OrganizationView, ServiceAccountManage};
use domain::time::{DAY, HOUR};
use service::member::belongings::Belongings;
use service::member::{disablement, removal, role_change, suspension};
use service::service_account::{self, NewServiceAccount, ServiceAccountEdit};
use service::superuser::Filter;
use service::token::NewToken;
use service::{Error, OrganizationRef, Request};
use testkit::app::origin;
use testkit::persona::{PASSWORD, Persona, done, previewed, refused, request, sign_in};
use testkit::{App, on_both_databases};

on_both_databases! {
    a_personal_token_dies_with_disablement_suspension_and_removal,
    a_personal_token_is_dead_once_revoked_rotated_or_expired,
    a_token_for_one_organization_reaches_no_other,
    scopes_narrow_and_never_widen,
    a_superusers_narrowed_token_is_no_superuser,
    a_token_never_touches_credentials,
    a_temporary_password_holds_up_tokens_too,
    a_token_that_ended_while_a_change_was_on_its_way_changes_nothing,
    a_service_account_works_until_it_is_deactivated_and_again_after,
    regenerating_kills_all_tokens_but_the_new_one,
    the_lesser_makes_no_token_for_the_greater,
    a_role_that_ended_gives_nothing_and_is_extended,
    a_service_accounts_role_ends_by_itself,
    a_disablement_tells_which_tokens_end,
}

pub fn called(name: &str) -> NewToken {
    NewToken {
        name: name.to_owned(),
        ..NewToken::default()
    }
}

fn scoped(scopes: &[&str]) -> NewToken {
    NewToken {
        scopes: Some(scopes.iter().map(|&scope| scope.to_owned()).collect()),
        ..called("Narrow")
    }
}

async fn personal(app: &App, persona: &Persona, new: NewToken, organization: Option<&str>) -> String {
    let by = app.by(persona).await;
    let issued = done(app.roster.create_my_token(&by, &new, organization).await);
    issued.secret.expose().to_owned()
}

/// Whether the token is anybody's.
async fn lives(app: &App, token: &str) -> bool {
    match app.roster.authenticate(token, &origin()).await {
        Ok(_) => true,
        Err(Error::SignInRequired) => false,
        Err(error) => panic!("{error}"),
    }
}

async fn sees_people(app: &App, token: &str, organization: &OrganizationRef) -> bool {
    let by = request(&app.roster, token).await;
    app.roster.see::<MemberView>(&by, organization).await.is_ok()
}

async fn manage(app: &App, persona: &Persona) -> service::Authorized<MemberManage> {
    let by = app.by(persona).await;
    app.roster.authorize(&by, &app.acme).await.unwrap()
}

pub async fn robot(app: &App, role: &str) -> (ServiceAccountId, String) {
    let by = app.by(&app.olivia).await;
    let authorized = app.roster.authorize(&by, &app.acme).await.unwrap();
    let new = NewServiceAccount {
        name: "Robot".to_owned(),
        role: Some(role.to_owned()),
        ..NewServiceAccount::default()
    };
    let account = done(service_account::create(authorized, &new).await);
    let authorized = app.roster.authorize(&by, &app.acme).await.unwrap();
    let issued = done(service_account::token::issue(authorized, account.id, NewToken::default()).await);
    (account.id, issued.secret.expose().to_owned())
}

async fn managed_by(app: &App, persona: &Persona) -> service::Authorized<ServiceAccountManage> {
    let by = app.by(persona).await;
    app.roster.authorize(&by, &app.acme).await.unwrap()
}

async fn a_personal_token_dies_with_disablement_suspension_and_removal(app: App) {
    for way in ["disabled", "suspended", "removed"] {
        let persona = testkit::persona::create(&app.roster, &app.adam, &app.acme, way, "member").await;
        let everywhere = personal(&app, &persona, called("Everywhere"), None).await;
        let here = personal(&app, &persona, called("Here"), Some("acme")).await;
        assert!(sees_people(&app, &everywhere, &app.acme).await && sees_people(&app, &here, &app.acme).await);
        let authorized = manage(&app, &app.adam).await;
        match way {
            "disabled" => drop(done(disablement::disable(authorized, persona.id(), None).await)),
            "suspended" => drop(done(suspension::suspend(authorized, persona.id(), None).await)),
            _ => done(removal::remove(authorized, persona.id(), Belongings::Block).await),
        }
        assert!(!lives(&app, &everywhere).await && !lives(&app, &here).await, "{way}");
    }
    // Whoever is of several organizations keeps what reaches the others.
    let eve = app.by(&app.eve).await;
    let tokens = app.roster.my_tokens(&eve).await.unwrap();
    assert!(tokens.is_empty());
}

/// A request of somebody who just signed in once more: new secrets take a recent proof.
async fn proved(app: &App, persona: &Persona) -> Request {
    let token = sign_in(&app.roster, &persona.username, PASSWORD).await;
    request(&app.roster, &token).await
}

async fn a_personal_token_is_dead_once_revoked_rotated_or_expired(app: App) {
    let by = app.by(&app.mia).await;
    let new = NewToken {
        expires_at: Some(app.roster.now().plus(2 * HOUR)),
        ..called("Laptop")
    };
    let first = done(app.roster.create_my_token(&by, &new, None).await);
    let id = first.token.token.id;
    assert!(lives(&app, first.secret.expose()).await);
    app.pass(HOUR);
    let by = proved(&app, &app.mia).await;
    let second = done(app.roster.rotate_my_token(&by, id).await);
    assert!(!lives(&app, first.secret.expose()).await && lives(&app, second.secret.expose()).await);
    // It has as long again, and not for ever.
    assert_eq!(second.token.token.expires_at, Some(by.now.plus(2 * HOUR)));
    app.pass(2 * HOUR - 1);
    assert!(lives(&app, second.secret.expose()).await);
    app.pass(1);
    assert!(!lives(&app, second.secret.expose()).await);
    let by = proved(&app, &app.mia).await;
    let third = done(app.roster.rotate_my_token(&by, id).await);
    assert!(lives(&app, third.secret.expose()).await);
    assert_eq!(
        refused(app.roster.revoke_my_token(&app.by(&app.adam).await, id).await),
        "not_found"
    );
    done(app.roster.revoke_my_token(&by, id).await);
    assert!(!lives(&app, third.secret.expose()).await);
    assert!(app.roster.my_tokens(&by).await.unwrap().is_empty());
    let past = NewToken {
        expires_at: Some(by.now),
        ..called("Late")
    };
    let late = app.roster.create_my_token(&by, &past, None).await;
    assert_eq!(refused(late), "/expires_at must lie in the future");
}

async fn a_token_for_one_organization_reaches_no_other(app: App) {
    let outsider = app.by(&app.mia).await;
    let elsewhere = app
        .roster
        .create_my_token(&outsider, &called("Peek"), Some("elsewhere"))
        .await;
    assert_eq!(
        refused(elsewhere),
        "/organization must be one that you are an active member of"
    );
    // Sid may see everything by signing in; a token for one organization is no superuser's.
    let token = personal(&app, &app.eve, called("Home"), Some("elsewhere")).await;
    assert!(sees_people(&app, &token, &app.elsewhere).await);
    let by = request(&app.roster, &token).await;
    let foreign = app.roster.see::<OrganizationView>(&by, &app.acme).await;
    assert!(matches!(foreign, Err(Error::Refused(Refusal::NotFound { .. }))));
    let organizations = app.roster.organizations(&by, None, None, 10).await.unwrap();
    assert_eq!(organizations.len(), 1);
    assert_eq!(app.roster.me(&by).await.unwrap().memberships.len(), 1);
}

async fn scopes_narrow_and_never_widen(app: App) {
    let token = personal(&app, &app.adam, scoped(&["roster.member.view"]), Some("acme")).await;
    let by = request(&app.roster, &token).await;
    assert!(app.roster.see::<MemberView>(&by, &app.acme).await.is_ok());
    let left_out = app.roster.authorize::<MemberManage>(&by, &app.acme).await;
    assert!(matches!(left_out, Err(Error::Refused(Refusal::OutOfScope { .. }))));
    // What Mia does not hold, no scope gives her.
    let wide = personal(&app, &app.mia, scoped(&["roster.member.manage"]), Some("acme")).await;
    let by = request(&app.roster, &wide).await;
    let never = app.roster.authorize::<MemberManage>(&by, &app.acme).await;
    assert!(matches!(never, Err(Error::Refused(Refusal::Forbidden { .. }))));
    let by = app.by(&app.mia).await;
    let unknown = app.roster.create_my_token(&by, &scoped(&["member.manage"]), None).await;
    assert_eq!(
        refused(unknown),
        "/scopes must be permissions of the catalogue; \"member.manage\" is none"
    );
}

async fn a_superusers_narrowed_token_is_no_superuser(app: App) {
    let whole = personal(&app, &app.sid, called("All of it"), None).await;
    let by = request(&app.roster, &whole).await;
    assert!(app.roster.accounts(&by, &Filter::default(), 5).await.is_ok());
    assert!(app.roster.see::<MemberView>(&by, &app.acme).await.is_ok());
    let narrow = personal(&app, &app.sid, scoped(&["roster.member.view"]), None).await;
    let by = request(&app.roster, &narrow).await;
    let refusal = app.roster.accounts(&by, &Filter::default(), 5).await;
    assert!(matches!(refusal, Err(Error::Refused(Refusal::SuperuserOnly))));
    assert!(app.roster.see::<MemberView>(&by, &app.acme).await.is_err());
}

async fn a_token_never_touches_credentials(app: App) {
    let token = personal(&app, &app.sid, called("All of it"), None).await;
    let by = request(&app.roster, &token).await;
    let session_only = |result: Result<(), Error>| {
        assert!(
            matches!(result, Err(Error::Refused(Refusal::SessionOnly))),
            "{result:?}"
        );
    };
    let own = app.roster.my_tokens(&by).await.unwrap()[0].token.id;
    session_only(app.roster.create_my_token(&by, &called("More"), None).await.map(drop));
    session_only(app.roster.rotate_my_token(&by, own).await.map(drop));
    session_only(app.roster.revoke_my_token(&by, own).await.map(drop));
    session_only(app.roster.end_my_sessions(&by, None).await.map(drop));
    session_only(app.roster.sign_out(&by).await);
    let password = || testkit::app::secret(testkit::persona::PASSWORD);
    session_only(app.roster.change_password(&by, password(), password()).await.map(drop));
    let mia = app.roster.me(&app.by(&app.mia).await).await.unwrap().account.id;
    session_only(app.roster.set_superuser(&by, mia, true).await.map(drop));
}

async fn a_temporary_password_holds_up_tokens_too(app: App) {
    let token = personal(&app, &app.mia, called("Laptop"), None).await;
    let by = app.by(&app.adam).await;
    let reset = service::member::credential::reset_password(&app.roster, &by, &app.acme, app.mia.id(), None).await;
    done(reset);
    let by = request(&app.roster, &token).await;
    let pending = app.roster.see::<MemberView>(&by, &app.acme).await;
    assert!(matches!(pending, Err(Error::PasswordChangeRequired)));
}

async fn a_token_that_ended_while_a_change_was_on_its_way_changes_nothing(app: App) {
    let by = app.by(&app.adam).await;
    let issued = done(app.roster.create_my_token(&by, &called("Script"), None).await);
    let on_its_way: Request = request(&app.roster, issued.secret.expose()).await;
    done(app.roster.revoke_my_token(&by, issued.token.token.id).await);
    let late = app.roster.authorize::<MemberManage>(&on_its_way, &app.acme).await;
    assert!(matches!(late, Err(Error::SignInRequired)));
}

async fn a_service_account_works_until_it_is_deactivated_and_again_after(app: App) {
    let (id, token) = robot(&app, "member").await;
    assert!(sees_people(&app, &token, &app.acme).await);
    let by = request(&app.roster, &token).await;
    assert!(matches!(by.caller.identity, Identity::ServiceAccount(_)));
    assert!(app.roster.see::<OrganizationView>(&by, &app.elsewhere).await.is_err());
    assert_eq!(app.roster.organizations(&by, None, None, 5).await.unwrap().len(), 1);
    done(service_account::deactivate(managed_by(&app, &app.adam).await, id).await);
    assert!(!lives(&app, &token).await);
    done(service_account::reactivate(managed_by(&app, &app.adam).await, id).await);
    assert!(sees_people(&app, &token, &app.acme).await);
    done(service_account::delete(managed_by(&app, &app.adam).await, id).await);
    assert!(!lives(&app, &token).await);
}

async fn regenerating_kills_all_tokens_but_the_new_one(app: App) {
    let (id, first) = robot(&app, "member").await;
    let second = done(service_account::token::issue(managed_by(&app, &app.adam).await, id, called("Second")).await);
    let third =
        done(service_account::token::regenerate(managed_by(&app, &app.adam).await, id, NewToken::default()).await);
    assert!(!lives(&app, &first).await && !lives(&app, second.secret.expose()).await);
    assert!(lives(&app, third.secret.expose()).await);
    done(service_account::token::revoke(managed_by(&app, &app.adam).await, id, third.token.id).await);
    assert!(!lives(&app, third.secret.expose()).await);
}

async fn the_lesser_makes_no_token_for_the_greater(app: App) {
    let (id, _) = robot(&app, "admin").await;
    // A token of Adam's that may manage service accounts and nothing else is less than an Admin.
    let narrow = scoped(&["roster.organization.view", "roster.service_account.manage"]);
    let token = personal(&app, &app.adam, narrow, Some("acme")).await;
    let by = request(&app.roster, &token).await;
    let open = async || {
        app.roster
            .authorize::<ServiceAccountManage>(&by, &app.acme)
            .await
            .unwrap()
    };
    let greater = "greater_than_you";
    assert_eq!(
        refused(service_account::token::issue(open().await, id, NewToken::default()).await),
        greater
    );
    assert_eq!(refused(service_account::reactivate(open().await, id).await), greater);
    let new = NewServiceAccount {
        name: "Other".to_owned(),
        role: Some("admin".to_owned()),
        ..NewServiceAccount::default()
    };
    assert_eq!(
        refused(service_account::create(open().await, &new).await),
        "cannot_grant"
    );
    let owner = NewServiceAccount {
        role: Some("owner".to_owned()),
        ..new
    };
    let never = service_account::create(managed_by(&app, &app.olivia).await, &owner).await;
    assert_eq!(refused(never), "owner_never_offered");
}

async fn a_role_that_ended_gives_nothing_and_is_extended(app: App) {
    let until = app.roster.now().plus(DAY);
    let authorized = manage(&app, &app.olivia).await;
    done(role_change::change_role(authorized, app.mia.id(), "admin", Some(until)).await);
    let by = app.by(&app.mia).await;
    assert!(app.roster.see::<MemberManage>(&by, &app.acme).await.is_ok());
    app.pass(DAY - HOUR);
    let by = app.by(&app.mia).await;
    assert!(app.roster.see::<MemberManage>(&by, &app.acme).await.is_ok());
    app.pass(HOUR);
    let by = app.by(&app.mia).await;
    // Not even the organization is seen, at the very next request.
    let over = app.roster.see::<OrganizationView>(&by, &app.acme).await;
    assert!(matches!(over, Err(Error::Refused(Refusal::NotFound { .. }))));
    let authorized = manage(&app, &app.olivia).await;
    let extended = app.roster.now().plus(DAY);
    let member = done(role_change::change_role(authorized, app.mia.id(), "admin", Some(extended)).await);
    assert_eq!(member.role_until, Some(extended));
    assert!(
        app.roster
            .see::<MemberManage>(&app.by(&app.mia).await, &app.acme)
            .await
            .is_ok()
    );
    // Ended by hand: another role, for ever.
    let authorized = manage(&app, &app.olivia).await;
    let member = done(role_change::change_role(authorized, app.mia.id(), "member", None).await);
    assert_eq!(member.role_until, None);
    let authorized = manage(&app, &app.olivia).await;
    let past = role_change::change_role(authorized, app.mia.id(), "admin", Some(app.roster.now())).await;
    assert_eq!(refused(past), "/until must lie in the future");
}

async fn a_service_accounts_role_ends_by_itself(app: App) {
    let (id, token) = robot(&app, "member").await;
    let edit = ServiceAccountEdit {
        until: Some(Some(app.roster.now().plus(HOUR))),
        ..ServiceAccountEdit::default()
    };
    let account = done(service_account::edit(managed_by(&app, &app.adam).await, id, &edit).await);
    assert_eq!(account.role.slug, "member");
    assert!(sees_people(&app, &token, &app.acme).await);
    app.pass(HOUR);
    assert!(!sees_people(&app, &token, &app.acme).await);
}

async fn a_disablement_tells_which_tokens_end(app: App) {
    personal(&app, &app.mia, called("Laptop"), Some("acme")).await;
    personal(&app, &app.mia, called("Script"), None).await;
    let by = app.tried_by(&app.adam).await;
    let authorized = app.roster.authorize(&by, &app.acme).await.unwrap();
    let preview = previewed(disablement::disable(authorized, app.mia.id(), None).await);
    assert_eq!(preview.counts["token_ended"], 2);
    assert_eq!(app.roster.my_tokens(&app.by(&app.mia).await).await.unwrap().len(), 2);
}
