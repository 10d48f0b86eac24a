//! Who may do what to whom.

use domain::member::MemberStatus;
use domain::permission::{MemberManage, MemberView, OrganizationView};
use domain::time::DAY;
use service::member::belongings::Belongings;
use service::member::credential::{end_member_sessions, reset_password};
use service::member::disablement::{disable, enable};
use service::member::edit::{MemberEdit, edit};
use service::member::removal::{delete_account, remove};
use service::member::role_change::change_role;
use service::member::suspension::{lift, suspend};
use testkit::persona::{done, refused, request, sign_in};
use testkit::{App, on_both_databases};

use crate::story::{end_membership, manage, member};

on_both_databases! {
    an_admin_cannot_touch_the_owner,
    nobody_disables_or_removes_themselves,
    a_member_sees_people_but_manages_none,
    a_stranger_is_told_that_there_is_no_such_organization,
    a_changed_role_counts_at_the_next_request,
    a_role_for_a_time_ends_by_itself,
    whoever_is_disabled_is_out_at_once_and_back_when_enabled,
    whoever_is_suspended_cannot_sign_in_until_it_is_lifted,
    a_change_of_what_somebody_else_changed_meanwhile_is_refused,
    a_member_leaves_and_is_gone,
}

async fn an_admin_cannot_touch_the_owner(app: App) {
    let olivia = app.olivia.id();
    let adam = &app.adam;
    assert_eq!(
        refused(change_role(manage(&app, adam).await, olivia, "member", None).await),
        "owner_protected"
    );
    assert_eq!(
        refused(disable(manage(&app, adam).await, olivia, None).await),
        "owner_protected"
    );
    assert_eq!(
        refused(remove(manage(&app, adam).await, olivia, Belongings::Block).await),
        "owner_protected"
    );
    assert_eq!(
        refused(delete_account(manage(&app, adam).await, olivia, Belongings::Block).await),
        "owner_protected"
    );
    assert_eq!(
        refused(suspend(manage(&app, adam).await, olivia, None).await),
        "owner_protected"
    );
    assert_eq!(
        refused(end_member_sessions(manage(&app, adam).await, olivia, None).await),
        "owner_protected"
    );
    let renamed = MemberEdit {
        name: Some("Olaf".into()),
        ..MemberEdit::default()
    };
    assert_eq!(
        refused(edit(manage(&app, adam).await, olivia, renamed).await),
        "owner_protected"
    );
    let by_adam = app.by(adam).await;
    assert_eq!(
        refused(reset_password(&app.roster, &by_adam, &app.acme, olivia, None).await),
        "owner_protected"
    );
    let unchanged = member(&app, olivia).await;
    assert!(unchanged.is_active_owner() && unchanged.account.name == "Olivia");
}

async fn nobody_disables_or_removes_themselves(app: App) {
    let adam = app.adam.id();
    assert_eq!(
        refused(disable(manage(&app, &app.adam).await, adam, None).await),
        "not_yourself"
    );
    assert_eq!(
        refused(suspend(manage(&app, &app.adam).await, adam, None).await),
        "not_yourself"
    );
    assert_eq!(
        refused(remove(manage(&app, &app.adam).await, adam, Belongings::Block).await),
        "not_yourself"
    );
    assert_eq!(
        refused(delete_account(manage(&app, &app.adam).await, adam, Belongings::Block).await),
        "not_yourself"
    );
}

async fn a_member_sees_people_but_manages_none(app: App) {
    let by_mia = app.by(&app.mia).await;
    assert!(app.roster.see::<MemberView>(&by_mia, &app.acme).await.is_ok());
    assert_eq!(
        refused(app.roster.authorize::<MemberManage>(&by_mia, &app.acme).await),
        "permission_required"
    );
    let by_gus = app.by(&app.gus).await;
    assert!(app.roster.see::<OrganizationView>(&by_gus, &app.acme).await.is_ok());
    assert_eq!(
        refused(app.roster.see::<MemberView>(&by_gus, &app.acme).await),
        "permission_required"
    );
}

async fn a_stranger_is_told_that_there_is_no_such_organization(app: App) {
    let by_eve = app.by(&app.eve).await;
    let nowhere = testkit::persona::organization("nowhere");
    for organization in [&app.acme, &nowhere] {
        assert_eq!(
            refused(app.roster.see::<OrganizationView>(&by_eve, organization).await),
            "not_found"
        );
        assert_eq!(
            refused(app.roster.authorize::<MemberManage>(&by_eve, organization).await),
            "not_found"
        );
    }
    // An id of one organization means nothing in another.
    let at_home = app
        .roster
        .authorize::<MemberManage>(&by_eve, &app.elsewhere)
        .await
        .unwrap();
    assert_eq!(
        refused(remove(at_home, app.mia.id(), Belongings::Block).await),
        "not_found"
    );
}

async fn a_changed_role_counts_at_the_next_request(app: App) {
    let mia = app.mia.id();
    done(change_role(manage(&app, &app.adam).await, mia, "admin", None).await);
    let by_mia = app.by(&app.mia).await;
    assert!(app.roster.authorize::<MemberManage>(&by_mia, &app.acme).await.is_ok());
    done(change_role(manage(&app, &app.adam).await, mia, "member", None).await);
    assert_eq!(
        refused(app.roster.authorize::<MemberManage>(&by_mia, &app.acme).await),
        "permission_required"
    );
    assert_eq!(
        refused(change_role(manage(&app, &app.olivia).await, mia, "owner", None).await),
        "owner_never_offered"
    );
    assert_eq!(
        refused(change_role(manage(&app, &app.olivia).await, mia, "wizard", None).await),
        "/role is no role of this organization"
    );
}

async fn a_role_for_a_time_ends_by_itself(app: App) {
    let tomorrow = app.roster.now().plus(DAY);
    done(change_role(manage(&app, &app.olivia).await, app.mia.id(), "admin", Some(tomorrow)).await);
    assert!(
        app.roster
            .see::<MemberManage>(&app.by(&app.mia).await, &app.acme)
            .await
            .is_ok()
    );
    app.pass(DAY);
    let by_mia = app.by(&app.mia).await;
    assert_eq!(
        refused(app.roster.see::<MemberManage>(&by_mia, &app.acme).await),
        "not_found"
    );
    let yesterday = app.roster.now().plus(-DAY);
    let late = change_role(manage(&app, &app.olivia).await, app.mia.id(), "admin", Some(yesterday)).await;
    assert_eq!(refused(late), "/until must lie in the future");
}

async fn whoever_is_disabled_is_out_at_once_and_back_when_enabled(app: App) {
    let mia = app.mia.id();
    let by_mia = app.by(&app.mia).await;
    let disabled = done(disable(manage(&app, &app.adam).await, mia, Some("On leave.")).await);
    assert_eq!(disabled.status(), MemberStatus::Disabled);
    // The request that was under way already is refused too.
    assert!(app.roster.see::<OrganizationView>(&by_mia, &app.acme).await.is_err());
    assert!(
        app.roster
            .authenticate(&app.mia.token, &testkit::app::origin())
            .await
            .is_err()
    );
    done(enable(manage(&app, &app.adam).await, mia).await);
    let token = sign_in(&app.roster, "mia", testkit::persona::PASSWORD).await;
    let again = request(&app.roster, &token).await;
    assert!(app.roster.see::<MemberView>(&again, &app.acme).await.is_ok());
}

async fn whoever_is_suspended_cannot_sign_in_until_it_is_lifted(app: App) {
    let mia = app.mia.id();
    let by_mia = app.by(&app.mia).await;
    let suspended = done(suspend(manage(&app, &app.adam).await, mia, Some("Laptop lost.")).await);
    assert_eq!(suspended.status(), MemberStatus::Suspended);
    assert!(app.roster.see::<MemberView>(&by_mia, &app.acme).await.is_err());
    let tried = app
        .roster
        .sign_in(
            "mia",
            testkit::app::secret(testkit::persona::PASSWORD),
            &testkit::app::origin(),
        )
        .await;
    assert!(matches!(tried, Err(service::Error::AccountSuspended)));
    done(lift(manage(&app, &app.adam).await, mia).await);
    sign_in(&app.roster, "mia", testkit::persona::PASSWORD).await;
}

async fn a_change_of_what_somebody_else_changed_meanwhile_is_refused(app: App) {
    let mia = app.mia.id();
    let seen = service::member::etag(&member(&app, mia).await);
    done(change_role(manage(&app, &app.adam).await, mia, "guest", None).await);
    let mut by_olivia = app.by(&app.olivia).await;
    by_olivia.if_match = Some(seen);
    let late = app
        .roster
        .authorize::<MemberManage>(&by_olivia, &app.acme)
        .await
        .unwrap();
    assert!(matches!(
        change_role(late, mia, "admin", None).await,
        Err(service::Error::Stale)
    ));
    by_olivia.if_match = Some(service::member::etag(&member(&app, mia).await));
    let fresh = app
        .roster
        .authorize::<MemberManage>(&by_olivia, &app.acme)
        .await
        .unwrap();
    done(change_role(fresh, mia, "admin", None).await);
}

async fn a_member_leaves_and_is_gone(app: App) {
    end_membership(&app, &app.mia, &app.acme).await;
    let by_mia = app.by(&app.mia).await;
    assert_eq!(
        refused(app.roster.see::<OrganizationView>(&by_mia, &app.acme).await),
        "not_found"
    );
    assert_eq!(
        refused(app.roster.leave(&app.by(&app.olivia).await, &app.acme).await),
        "last_owner"
    );
}
