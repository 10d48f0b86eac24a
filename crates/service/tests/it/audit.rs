//! Every committed change tells of itself, once.

use domain::permission::{AuditLogView, MemberManage};
use service::member::role_change::change_role;
use store::audit::Filter;
use testkit::persona::{done, refused};
use testkit::{App, on_both_databases};

use crate::story::{audited, entries, manage};

on_both_databases! {
    a_change_tells_who_did_what_before_and_after,
    a_refused_change_tells_nothing,
    the_log_is_searched,
}

async fn a_change_tells_who_did_what_before_and_after(app: App) {
    done(change_role(manage(&app, &app.adam).await, app.mia.id(), "guest", None).await);
    let entries = entries(&app).await;
    let entry = &entries[0];
    assert_eq!(
        (entry.actor.name.as_str(), entry.action.as_str()),
        ("Adam", "member.role_changed")
    );
    assert_eq!(
        (entry.target.name.as_str(), entry.target.id.clone()),
        ("Mia", app.mia.id().to_string())
    );
    assert_eq!(
        (&entry.before["role"], &entry.after["role"]),
        (&"member".into(), &"guest".into())
    );
    assert_eq!((entry.address.as_str(), entry.medium.as_str()), ("192.0.2.1", "api"));
    assert!(!entry.request_id.is_empty());
}

async fn a_refused_change_tells_nothing(app: App) {
    let before = audited(&app).await.len();
    assert!(
        change_role(manage(&app, &app.adam).await, app.olivia.id(), "guest", None)
            .await
            .is_err()
    );
    drop(
        app.roster
            .authorize::<MemberManage>(&app.by(&app.adam).await, &app.acme)
            .await
            .unwrap(),
    );
    assert_eq!(audited(&app).await.len(), before);
}

async fn the_log_is_searched(app: App) {
    done(change_role(manage(&app, &app.adam).await, app.mia.id(), "guest", None).await);
    for (filter, found) in [
        (
            Filter {
                action: Some("member.role_changed".into()),
                ..Filter::default()
            },
            1,
        ),
        (
            Filter {
                actor: Some(app.adam.account.to_string()),
                ..Filter::default()
            },
            1,
        ),
        (
            Filter {
                target: Some(app.gus.id().to_string()),
                ..Filter::default()
            },
            1,
        ),
        (
            Filter {
                query: Some("MI".into()),
                action: Some("member.role_changed".into()),
                ..Filter::default()
            },
            1,
        ),
        (
            Filter {
                query: Some("%".into()),
                ..Filter::default()
            },
            0,
        ),
        (
            Filter {
                after: Some(app.roster.now().plus(1)),
                ..Filter::default()
            },
            0,
        ),
    ] {
        let seen = app
            .roster
            .see::<AuditLogView>(&app.by(&app.olivia).await, &app.acme)
            .await
            .unwrap();
        let entries = service::audit::list(seen, &filter, 50).await.unwrap();
        assert_eq!(entries.len(), found, "{filter:?}");
    }
    let by_mia = app.by(&app.mia).await;
    assert_eq!(
        refused(app.roster.see::<AuditLogView>(&by_mia, &app.acme).await),
        "permission_required"
    );
}
