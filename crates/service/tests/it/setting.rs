//! Settings of the whole instance: who sets them, who has fixed them, and what a mail server says to a test mail.

use std::time::Duration;

use domain::audit::Chain;
use domain::permission::InvitationSend;
use domain::time::HOUR;
use service::setting::{MailStanding, SmtpChange, mail_of_organization};
use service::{Error, FixedBy, Roster};
use testkit::app::secret;
use testkit::persona::refused;
use testkit::{App, Behavior, on_both_databases};

use crate::story::invite;

on_both_databases! {
    a_superuser_sets_the_mail_server_and_the_next_mail_goes_there,
    other_nodes_send_by_the_new_mail_server,
    what_the_operator_gave_is_not_changed_here,
    only_a_superuser_sees_and_sets_the_mail_server,
    two_who_change_it_at_once_do_not_overwrite_each_other,
    the_password_is_sealed_and_told_to_nobody,
    a_password_is_not_sent_to_another_server,
    a_test_mail_tells_what_the_mail_server_says,
    an_admin_sees_whether_mail_works_and_no_secret,
}

/// A node that nobody gave a mail server.
async fn bare(app: &App) -> Roster {
    app.node(|settings| {
        settings.mail = None;
        settings.mail_patience = Duration::from_millis(400);
    })
    .await
}

fn server(url: &str) -> SmtpChange {
    SmtpChange {
        url: Some(Some(url.to_owned())),
        ..SmtpChange::default()
    }
}

fn mailed(email: &str) -> service::invitation::NewInvitation {
    service::invitation::NewInvitation {
        email: Some(email.to_owned()),
        ..Default::default()
    }
}

async fn a_superuser_sets_the_mail_server_and_the_next_mail_goes_there(app: App) {
    let roster = bare(&app).await;
    assert!(!roster.sends_mail());
    invite(&app, &app.adam, mailed("ada@example.net")).await;
    assert_eq!(roster.deliver_due().await.unwrap(), 0);
    let tried = roster
        .change_smtp(&app.tried_by(&app.sid).await, server(&app.mailbox.url()))
        .await
        .unwrap();
    assert_eq!(tried.url.as_deref(), Some(app.mailbox.url().as_str()));
    assert!(!roster.sends_mail(), "trying sets nothing");
    let set = roster
        .change_smtp(&app.by(&app.sid).await, server(&app.mailbox.url()))
        .await
        .unwrap();
    assert_eq!((set.fixed_by, set.mail.state), (None, MailStanding::Untried));
    assert_eq!(set.from, "Roster <roster@roster.example>");
    assert_eq!(roster.deliver_due().await.unwrap(), 1);
    let mail = app.mailbox.next_to("ada@example.net").await;
    assert!(mail.raw.contains("roster@roster.example"), "{}", mail.raw);
    let standing = roster.smtp(&app.by(&app.sid).await).await.unwrap().mail;
    assert_eq!(standing.state, MailStanding::Works);
    let cleared = SmtpChange {
        url: Some(None),
        ..SmtpChange::default()
    };
    let cleared = roster.change_smtp(&app.by(&app.sid).await, cleared).await.unwrap();
    assert_eq!((cleared.url, cleared.mail.state), (None, MailStanding::NotSetUp));
    assert!(!roster.sends_mail());
}

async fn other_nodes_send_by_the_new_mail_server(app: App) {
    let (one, other) = (bare(&app).await, bare(&app).await);
    one.change_smtp(&app.by(&app.sid).await, server(&app.mailbox.url()))
        .await
        .unwrap();
    invite(&app, &app.adam, mailed("ada@example.net")).await;
    assert_eq!(other.deliver_due().await.unwrap(), 1);
    app.mailbox.next_to("ada@example.net").await;
    assert!(other.sends_mail());
}

async fn what_the_operator_gave_is_not_changed_here(app: App) {
    let by_sid = app.by(&app.sid).await;
    let seen = app.roster.smtp(&by_sid).await.unwrap();
    assert_eq!(seen.fixed_by, Some(FixedBy::Flag));
    assert_eq!(seen.url, Some(app.mailbox.url()));
    let error = app
        .roster
        .change_smtp(&by_sid, server("smtp://127.0.0.1:1"))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("the flag --smtp"), "{error}");
    assert_eq!(refused(Err::<(), _>(error)), "setting_fixed");
}

async fn only_a_superuser_sees_and_sets_the_mail_server(app: App) {
    let roster = bare(&app).await;
    for persona in [&app.olivia, &app.adam, &app.mia] {
        let request = app.by(persona).await;
        assert_eq!(refused(roster.smtp(&request).await), "superuser_required");
        let changed = roster.change_smtp(&request, server(&app.mailbox.url())).await;
        assert_eq!(refused(changed), "superuser_required");
        assert_eq!(
            refused(roster.test_mail(&request, "ada@example.net").await),
            "superuser_required"
        );
    }
    app.pass(HOUR);
    let late = roster
        .change_smtp(&app.by(&app.sid).await, server(&app.mailbox.url()))
        .await;
    assert_eq!(refused(late), "proof_required");
}

async fn two_who_change_it_at_once_do_not_overwrite_each_other(app: App) {
    let roster = bare(&app).await;
    let mut request = app.by(&app.sid).await;
    let first = roster.smtp(&request).await.unwrap();
    request.if_match = Some(first.etag);
    let set = roster.change_smtp(&request, server(&app.mailbox.url())).await.unwrap();
    let late = roster.change_smtp(&request, server("smtp://127.0.0.1:1")).await;
    assert!(matches!(late, Err(Error::Stale)), "{late:?}");
    assert_eq!(roster.smtp(&app.by(&app.sid).await).await.unwrap().etag, set.etag);
}

async fn the_password_is_sealed_and_told_to_nobody(app: App) {
    let roster = bare(&app).await;
    let change = SmtpChange {
        username: Some(Some("roster".to_owned())),
        password: Some(Some(secret("vermilion kettle"))),
        ..server("smtps://mail.example.com")
    };
    let set = roster.change_smtp(&app.by(&app.sid).await, change).await.unwrap();
    assert!(set.has_password);
    assert!(!format!("{set:?}").contains("vermilion"));
    let mut tx = roster.store().see_server().await.unwrap();
    let kept = store::setting::find(&mut tx, domain::setting::Name::Smtp)
        .await
        .unwrap()
        .unwrap();
    assert!(!kept.value.to_string().contains("vermilion"));
    let sealed = kept.sealed.unwrap();
    assert!(!sealed.contains("vermilion"));
    assert_eq!(roster.open_seal("setting smtp", &sealed).unwrap(), b"vermilion kettle");
    let told = store::audit::list(&mut tx, Chain::Instance, &service::audit::Filter::default(), 10)
        .await
        .unwrap();
    assert_eq!(told[0].action, "smtp.changed");
    assert_eq!(told[0].after["password"], true);
    assert!(!format!("{told:?}").contains("vermilion"));
}

async fn a_password_is_not_sent_to_another_server(app: App) {
    let roster = bare(&app).await;
    let change = server("smtps://roster:vermilion@mail.example.com");
    let set = roster.change_smtp(&app.by(&app.sid).await, change).await.unwrap();
    assert_eq!(set.url.as_deref(), Some("smtps://mail.example.com"));
    assert_eq!((set.username.as_deref(), set.has_password), (Some("roster"), true));
    let elsewhere = roster
        .change_smtp(&app.by(&app.sid).await, server("smtps://mail.elsewhere.example"))
        .await;
    let Err(Error::Invalid(fields)) = elsewhere else {
        panic!("{elsewhere:?}");
    };
    assert_eq!(fields[0].pointer, "/password");
    let without = SmtpChange {
        password: Some(None),
        username: Some(None),
        ..server("smtps://mail.elsewhere.example")
    };
    let without = roster.change_smtp(&app.by(&app.sid).await, without).await.unwrap();
    assert!(!without.has_password);
}

async fn a_test_mail_tells_what_the_mail_server_says(app: App) {
    let roster = bare(&app).await;
    let by_sid = app.by(&app.sid).await;
    assert_eq!(
        refused(roster.test_mail(&by_sid, "ada@example.net").await),
        "mail_not_set_up"
    );
    roster.change_smtp(&by_sid, server(&app.mailbox.url())).await.unwrap();
    let said = async |behavior: Behavior| {
        app.mailbox.behave(behavior);
        let tested = roster
            .test_mail(&app.by(&app.sid).await, "ada@example.net")
            .await
            .unwrap();
        (tested.delivered, tested.answer)
    };
    let (delivered, answer) = said(Behavior::Accept).await;
    assert!(
        delivered && answer.starts_with("The mail server answered 250: "),
        "{answer}"
    );
    let mail = app.mailbox.next_to("ada@example.net").await;
    assert_eq!(mail.subject, "A test mail of Roster");
    let (delivered, answer) = said(Behavior::RefuseRecipient("550 5.1.1 Nobody of that name".to_owned())).await;
    assert!(
        !delivered && answer.contains("550") && answer.contains("Nobody of that name"),
        "{answer}"
    );
    let (delivered, answer) = said(Behavior::RefuseSender("530 5.7.0 Sign in first".to_owned())).await;
    assert!(!delivered && answer.contains("Sign in first"), "{answer}");
    let (delivered, answer) = said(Behavior::Hang).await;
    assert!(
        !delivered && answer.contains("did not answer within 0.4 seconds"),
        "{answer}"
    );
    let (delivered, answer) = said(Behavior::CloseAfterData).await;
    assert!(
        !delivered && answer.starts_with("The mail server could not be reached"),
        "{answer}"
    );
    assert_eq!(app.mailbox.deliveries(), 1);
}

async fn an_admin_sees_whether_mail_works_and_no_secret(app: App) {
    let mail = async || {
        let seen = app
            .roster
            .see::<InvitationSend>(&app.by(&app.adam).await, &app.acme)
            .await;
        mail_of_organization(&mut seen.unwrap()).await.unwrap()
    };
    assert_eq!(mail().await.state, MailStanding::Untried);
    app.mailbox.behave(Behavior::RefuseSender(
        "530 5.7.0 Sign in first at mail.example.com".to_owned(),
    ));
    invite(&app, &app.adam, mailed("ada@example.net")).await;
    app.roster.deliver_due().await.unwrap();
    let failing = mail().await;
    assert_eq!((failing.state, failing.detail), (MailStanding::Fails, None));
    let told = app.roster.smtp(&app.by(&app.sid).await).await.unwrap().mail;
    assert!(told.detail.unwrap().contains("Sign in first"));
    // That one address takes no mail says nothing of the others.
    app.mailbox.behave(Behavior::Accept);
    app.mailbox
        .refuse("nobody@example.net", "550 5.1.1 Nobody of that name");
    invite(&app, &app.adam, mailed("nobody@example.net")).await;
    app.roster.deliver_due().await.unwrap();
    assert_eq!(mail().await.state, MailStanding::Fails);
    invite(&app, &app.adam, mailed("ben@example.net")).await;
    app.roster.deliver_due().await.unwrap();
    let works = mail().await;
    assert_eq!(works.state, MailStanding::Works);
    assert!(works.since > failing.since);
}
