//! Signing in with the system's password: off until two people have said yes, and then the only password there is. What the
//! system says is scripted here; the program's own tests ask PAM itself.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use domain::account::AuthenticationMethod;
use domain::invitation::IdentityProvider;
use domain::permission::{InvitationSend, MemberManage, OrganizationManage};
use domain::policy::PolicyChange;
use service::invitation::{NewInvitation, send};
use service::invitation_acceptance::Acceptance;
use service::member::credential::reset_password;
use service::member::edit::{MemberEdit, edit};
use service::mfa::giving::Given;
use service::organization::change_policies;
use service::sign_in::Next;
use service::{Error, Pam, Roster};
use tempfile::TempDir;
use testkit::app::{origin, secret};
use testkit::persona::{PASSWORD, done, refused, request, sign_in};
use testkit::{App, Persona, on_both_databases};

use crate::factor::{enrol, give, next_code};

on_both_databases! {
    an_operator_allows_it_and_an_admin_turns_it_on,
    the_invited_join_and_sign_in_with_the_systems_password,
    a_member_whose_method_is_pam_has_no_password_here,
    whoever_comes_by_pam_gives_their_second_factor_too,
}

pub const SYSTEM: &str = "what kim typed at the console";

/// A node whose system knows kim and mia.
pub async fn node(app: &App, folder: &TempDir) -> Roster {
    let program = folder.path().join("ask");
    let script = format!(
        "#!/bin/sh\ntr '\\0' '\\n' | {{ read verb; read service; read user; read password; case \"$user $password\" in\n\
         \"kim {SYSTEM}\"|\"mia {SYSTEM}\") echo accepted;;\n\"gone {SYSTEM}\") echo pam_account_refused;;\n\
         *) echo wrong_password;; esac; }}\n"
    );
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    app.node(|settings| settings.pam = Some(Pam::new("roster", program.clone())))
        .await
}

pub async fn turn(roster: &Roster, by: &Persona, app: &App, pam: bool) -> Result<(), Error> {
    let by = request(roster, &by.token).await;
    let authorized = roster.authorize::<OrganizationManage>(&by, &app.acme).await?;
    let change = PolicyChange {
        pam: Some(pam),
        ..PolicyChange::default()
    };
    change_policies(authorized, change).await.map(drop)
}

pub async fn invite(roster: &Roster, by: &Persona, app: &App, username: Option<&str>) -> service::Result<String> {
    let by = request(roster, &by.token).await;
    let authorized = roster.authorize::<InvitationSend>(&by, &app.acme).await?;
    let new = NewInvitation {
        email: Some("kim@example.net".to_owned()),
        username: username.map(str::to_owned),
        provider: Some(IdentityProvider::Pam),
        ..NewInvitation::default()
    };
    let sent = done(Ok(send(authorized, new).await?));
    Ok(sent.link.expose().to_owned())
}

async fn an_operator_allows_it_and_an_admin_turns_it_on(app: App) {
    assert_eq!(
        refused(turn(&app.roster, &app.adam, &app, true).await),
        "provider_unavailable"
    );
    assert_eq!(
        refused(invite(&app.roster, &app.adam, &app, Some("kim")).await),
        "provider_unavailable"
    );
    let folder = tempfile::tempdir().unwrap();
    let node = node(&app, &folder).await;
    assert_eq!(
        refused(invite(&node, &app.adam, &app, Some("kim")).await),
        "method_not_set_up"
    );
    turn(&node, &app.adam, &app, true).await.unwrap();
    let nameless = refused(invite(&node, &app.adam, &app, None).await);
    assert!(nameless.starts_with("/username is needed"), "{nameless}");
    invite(&node, &app.adam, &app, Some("kim")).await.unwrap();
}

async fn the_invited_join_and_sign_in_with_the_systems_password(app: App) {
    let folder = tempfile::tempdir().unwrap();
    let node = node(&app, &folder).await;
    turn(&node, &app.adam, &app, true).await.unwrap();
    let link = invite(&node, &app.adam, &app, Some("kim")).await.unwrap();
    let accept = async |username: Option<&str>, password: &str| {
        let acceptance = Acceptance {
            username: username.map(str::to_owned),
            password: Some(secret(password)),
            ..Acceptance::default()
        };
        node.accept_invitation(&link, None, acceptance, &origin()).await
    };
    let wrong = accept(None, "seven calm geese wander off").await;
    assert!(matches!(wrong, Err(Error::WrongCredentials)));
    // The invited name is the one that the system is asked for, whatever is typed.
    let other = accept(Some("mia"), "seven calm geese wander off").await;
    assert!(matches!(other, Err(Error::WrongCredentials)));
    let accepted = accept(None, SYSTEM).await.unwrap();
    assert_eq!(accepted.member.account.username, "kim");
    assert_eq!(accepted.member.account.authentication_method, AuthenticationMethod::Pam);
    assert!(accepted.token.is_some());

    sign_in(&node, "kim", SYSTEM).await;
    sign_in(&node, "kim@example.net", SYSTEM).await;
    let wrong = node.sign_in("kim", secret(PASSWORD), &origin()).await;
    assert!(matches!(wrong, Err(Error::WrongCredentials)));
    // Guessing is held back as it is for everybody.
    for _ in 0..10 {
        let _wrong = node.sign_in("kim", secret("guess"), &origin()).await;
    }
    let held = node.sign_in("kim", secret(SYSTEM), &origin()).await;
    assert!(matches!(held, Err(Error::Throttled { .. })));
    app.pass(3600 * 1_000_000 + 1);
    sign_in(&node, "kim", SYSTEM).await;
    // Turned off again it opens nothing, and on a node that may not ask the system neither.
    let elsewhere = app.roster.sign_in("kim", secret(SYSTEM), &origin()).await;
    assert!(matches!(elsewhere, Err(Error::WrongCredentials)));
    turn(&node, &app.olivia, &app, false).await.unwrap();
    let off = node.sign_in("kim", secret(SYSTEM), &origin()).await;
    assert!(matches!(off, Err(Error::WrongCredentials)));
}

async fn a_member_whose_method_is_pam_has_no_password_here(app: App) {
    let folder = tempfile::tempdir().unwrap();
    let node = node(&app, &folder).await;
    turn(&node, &app.adam, &app, true).await.unwrap();
    let by_adam = request(&node, &app.adam.token).await;
    let authorized = node.authorize::<MemberManage>(&by_adam, &app.acme).await.unwrap();
    let change = MemberEdit {
        authentication_method: Some(AuthenticationMethod::Pam),
        ..MemberEdit::default()
    };
    done(edit(authorized, app.mia.id(), change).await);
    let own = node.sign_in("mia", secret(PASSWORD), &origin()).await;
    assert!(matches!(own, Err(Error::WrongCredentials)));
    let reset = reset_password(&node, &by_adam, &app.acme, app.mia.id(), None).await;
    assert_eq!(refused(reset), "no_password");
    let token = sign_in(&node, "mia", SYSTEM).await;
    let by_mia = request(&node, &token).await;
    let change = node.change_password(&by_mia, secret(SYSTEM), secret("seven calm geese wander off"));
    assert_eq!(refused(change.await), "no_password");
    // The name is the system's: taking another's would make somebody else of her.
    let renamed = service::account::ProfileEdit {
        username: Some("kim".to_owned()),
        ..service::account::ProfileEdit::default()
    };
    let told = refused(node.edit_me(&by_mia, &renamed).await);
    assert!(told.starts_with("/username"), "{told}");
}

async fn whoever_comes_by_pam_gives_their_second_factor_too(app: App) {
    let (phone, _) = enrol(&app, &app.mia).await;
    let folder = tempfile::tempdir().unwrap();
    let node = node(&app, &folder).await;
    turn(&node, &app.adam, &app, true).await.unwrap();
    let by_adam = request(&node, &app.adam.token).await;
    let authorized = node.authorize::<MemberManage>(&by_adam, &app.acme).await.unwrap();
    let change = MemberEdit {
        authentication_method: Some(AuthenticationMethod::Pam),
        ..MemberEdit::default()
    };
    done(edit(authorized, app.mia.id(), change).await);
    let half = node.sign_in("mia", secret(SYSTEM), &origin()).await.unwrap();
    assert_eq!(half.next, Next::Mfa);
    let before = node.authenticate(half.token.expose(), &origin()).await;
    assert!(matches!(before, Err(Error::MfaRequired)));
    let given = Given::Totp(next_code(&app, &phone));
    assert_eq!(give(&node, half.token.expose(), given).await.unwrap(), Next::Done);
    request(&node, half.token.expose()).await;
}
