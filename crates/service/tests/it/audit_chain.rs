//! The log holds for years: whatever happens, its entries follow each other without a gap and each proves the one before.

use domain::audit::Entry;
use domain::audit::verification::{Extent, Verification, Verified};
use domain::permission::{AuditLogManage, AuditLogView};
use domain::policy::PolicyChange;
use domain::time::DAY;
use service::audit::{Filter, retention};
use service::instance::InstancePolicyChange;
use service::member::belongings::Belongings;
use service::member::removal::delete_account;
use service::member::role_change::change_role;
use testkit::persona::{PASSWORD, create, done, previewed, refused, sign_in};
use testkit::{App, on_both_databases};

use crate::story::{change_policies, manage};

on_both_databases! {
    every_log_verifies_from_its_first_entry_to_its_last,
    a_dry_run_leaves_no_number_out,
    many_who_write_at_once_leave_no_gap,
    who_deletes_their_account_is_erased_and_the_log_still_verifies,
    whom_an_admin_deletes_is_erased_from_what_others_did_too,
    what_is_older_than_is_kept_goes_and_the_rest_verifies,
    how_long_the_log_is_kept_takes_its_own_permission,
    the_instances_own_log_is_kept_as_long_as_its_policy_says,
}

async fn exported(app: &App, filter: Filter) -> Vec<Entry> {
    let request = app.by(&app.olivia).await;
    let seen = app.roster.see::<AuditLogView>(&request, &app.acme).await.unwrap();
    all(service::audit::export(seen, filter).await.unwrap()).await
}

async fn exported_of_instance(app: &App) -> Vec<Entry> {
    let request = app.by(&app.sid).await;
    let export = app.roster.export_instance_audit(&request, Filter::default()).await;
    all(export.unwrap()).await
}

async fn all(mut export: service::audit::Export) -> Vec<Entry> {
    let mut entries = Vec::new();
    loop {
        let some = export.next().await.unwrap();
        if some.is_empty() {
            return entries;
        }
        entries.extend(some);
    }
}

/// As the command line does, from the lines of a file.
#[track_caller]
fn verified(entries: &[Entry], extent: Extent) -> Verified {
    let mut verification = Verification::new(extent);
    for entry in entries {
        let line = serde_json::to_string(entry).unwrap();
        if let Err(misfit) = verification.line(&line) {
            panic!("{misfit}: {line}");
        }
    }
    verification.finish().unwrap()
}

async fn state(app: &App) -> service::audit::State {
    let request = app.by(&app.olivia).await;
    let mut seen = app.roster.see::<AuditLogView>(&request, &app.acme).await.unwrap();
    service::audit::state(&mut seen).await.unwrap().unwrap()
}

async fn every_log_verifies_from_its_first_entry_to_its_last(app: App) {
    done(change_role(manage(&app, &app.adam).await, app.mia.id(), "guest", None).await);
    let entries = exported(&app, Filter::default()).await;
    let found = verified(&entries, Extent::Whole);
    let head = state(&app).await.head;
    assert_eq!((found.first.number, found.count), (1, head.number.unsigned_abs()));
    assert_eq!((found.last.number, found.last.hash), (head.number, head.hash));
    let instance = exported_of_instance(&app).await;
    assert_eq!(verified(&instance, Extent::Whole).first.number, 1);
    // What matches a filter verifies entry by entry.
    let filter = Filter {
        action: Some("member.created".to_owned()),
        ..Filter::default()
    };
    let some = exported(&app, filter).await;
    assert!(some.len() > 1 && some.len() < entries.len());
    assert_eq!(
        verified(&some, Extent::Filtered).count,
        u64::try_from(some.len()).unwrap()
    );
}

async fn a_dry_run_leaves_no_number_out(app: App) {
    let before = state(&app).await.head;
    let request = app.tried_by(&app.adam).await;
    let tried = app.roster.authorize(&request, &app.acme).await.unwrap();
    previewed(change_role(tried, app.mia.id(), "guest", None).await);
    assert_eq!(state(&app).await.head, before);
    done(change_role(manage(&app, &app.adam).await, app.mia.id(), "guest", None).await);
    assert_eq!(state(&app).await.head.number, before.number + 1);
}

async fn many_who_write_at_once_leave_no_gap(app: App) {
    let peer = app.peer().await;
    let nodes = [app.roster.clone(), peer];
    let mut writers = Vec::new();
    for (number, persona) in [&app.olivia, &app.adam, &app.mia, &app.gus, &app.sid, &app.eve]
        .into_iter()
        .enumerate()
    {
        let roster = nodes[number % 2].clone();
        let request = app.by(persona).await;
        writers.push(tokio::spawn(async move {
            for turn in 0..10 {
                // Everybody's own account is told of in the instance's log.
                let edit = service::account::ProfileEdit {
                    name: Some(format!("Name {turn}")),
                    ..Default::default()
                };
                done(roster.edit_me(&request, &edit).await);
            }
        }));
    }
    for (number, persona) in [&app.olivia, &app.adam].into_iter().enumerate() {
        let (roster, acme, gus) = (nodes[number % 2].clone(), app.acme.clone(), app.gus.id());
        let request = app.by(persona).await;
        writers.push(tokio::spawn(async move {
            for turn in 0..10 {
                let role = if turn % 2 == 0 { "member" } else { "guest" };
                let authorized = roster.authorize(&request, &acme).await.unwrap();
                change_role(authorized, gus, role, None).await.unwrap();
            }
        }));
    }
    for writer in writers {
        writer.await.unwrap();
    }
    let instance = exported_of_instance(&app).await;
    assert!(verified(&instance, Extent::Whole).count >= 60);
    verified(&exported(&app, Filter::default()).await, Extent::Whole);
}

/// Everything that the logs of acme and of the instance say, as one text.
async fn told(app: &App) -> String {
    let mut entries = exported(app, Filter::default()).await;
    entries.extend(exported_of_instance(app).await);
    entries
        .iter()
        .map(|entry| serde_json::to_string(entry).unwrap() + "\n")
        .collect()
}

async fn verify_both(app: &App) {
    verified(&exported(app, Filter::default()).await, Extent::Whole);
    verified(&exported_of_instance(app).await, Extent::Whole);
}

async fn who_deletes_their_account_is_erased_and_the_log_still_verifies(app: App) {
    done(change_role(manage(&app, &app.adam).await, app.mia.id(), "guest", None).await);
    let before = told(&app).await;
    assert!(before.contains("mia@example.com") && before.contains("\"Mia\""));
    let head = state(&app).await.head;
    done(app.roster.delete_me(&app.by(&app.mia).await).await);
    app.roster.tend_audit_log().await.unwrap();
    let after = told(&app).await;
    assert!(!after.contains("mia@example.com"), "{after}");
    assert!(!after.contains("\"Mia\""), "{after}");
    assert!(
        after.contains("\"Adam\"") && after.contains("\"Gus\""),
        "the others stay"
    );
    verify_both(&app).await;
    let changed = exported(&app, Filter::default()).await;
    let changed = changed
        .iter()
        .find(|entry| entry.action == "member.role_changed")
        .unwrap();
    assert_eq!(
        (&changed.before["role"], &changed.after["role"]),
        (&"member".into(), &"guest".into())
    );
    assert_eq!(changed.actor.name, "Adam");
    assert!(
        changed.number == head.number && changed.hash == head.hash,
        "an erased entry keeps its hash"
    );
    // Nothing is left to be done, and doing it again changes nothing.
    app.roster.tend_audit_log().await.unwrap();
    assert_eq!(told(&app).await, after);
}

async fn whom_an_admin_deletes_is_erased_from_what_others_did_too(app: App) {
    let kim = create(&app.roster, &app.adam, &app.acme, "kim", "member").await;
    let group = service::group::making::NewGroup {
        name: "Readers".to_owned(),
        members: vec![kim.id().to_string()],
        ..Default::default()
    };
    let authorized = app.roster.authorize(&app.by(&app.adam).await, &app.acme).await.unwrap();
    done(service::group::making::create(authorized, group).await);
    let before = told(&app).await;
    assert!(before.contains(&kim.email));
    done(delete_account(manage(&app, &app.adam).await, kim.id(), Belongings::default()).await);
    app.roster.tend_audit_log().await.unwrap();
    let after = told(&app).await;
    assert!(!after.contains(&kim.email) && !after.contains("\"Kim\""), "{after}");
    verify_both(&app).await;
}

async fn keep(app: &App, days: Option<u32>) {
    let request = app.by(&app.olivia).await;
    let authorized = app
        .roster
        .authorize::<AuditLogManage>(&request, &app.acme)
        .await
        .unwrap();
    done(retention::change(authorized, days).await);
}

async fn what_is_older_than_is_kept_goes_and_the_rest_verifies(mut app: App) {
    keep(&app, Some(30)).await;
    let old = state(&app).await.head;
    app.roster.tend_audit_log().await.unwrap();
    assert_eq!(
        exported(&app, Filter::default()).await[0].number,
        1,
        "nothing is old yet"
    );
    app.pass(31 * DAY);
    app.olivia.token = sign_in(&app.roster, "olivia", PASSWORD).await;
    change_policies(
        &app,
        &app.olivia,
        PolicyChange {
            self_sign_up: Some(true),
            ..PolicyChange::default()
        },
    )
    .await
    .unwrap();
    app.roster.tend_audit_log().await.unwrap();
    let left = exported(&app, Filter::default()).await;
    assert_eq!(left[0].number, old.number + 1);
    assert_eq!(left[0].previous_hash, old.hash, "the checkpoint is what it continues");
    let found = verified(&left, Extent::Whole);
    assert_eq!((found.count, left[1].action.as_str()), (2, "audit_log.pruned"));
    assert_eq!(left[1].after["removed"], old.number);
    assert_eq!(
        (left[1].actor.name.as_str(), left[1].medium.as_str()),
        ("Roster", "system")
    );
    let state = state(&app).await;
    assert_eq!((state.checkpoint, state.head.number), (old, old.number + 2));
    // Forever again: nothing more goes.
    keep(&app, None).await;
    app.pass(300 * DAY);
    app.roster.tend_audit_log().await.unwrap();
    app.olivia.token = sign_in(&app.roster, "olivia", PASSWORD).await;
    assert_eq!(exported(&app, Filter::default()).await[0].number, old.number + 1);
}

async fn how_long_the_log_is_kept_takes_its_own_permission(app: App) {
    let request = app.by(&app.mia).await;
    assert_eq!(
        refused(app.roster.authorize::<AuditLogManage>(&request, &app.acme).await),
        "permission_required"
    );
    let request = app.by(&app.olivia).await;
    let authorized = app
        .roster
        .authorize::<AuditLogManage>(&request, &app.acme)
        .await
        .unwrap();
    assert_eq!(
        refused(retention::change(authorized, Some(0)).await),
        "/audit_retention_days must be 1 to 36500 days, or null to keep entries for ever"
    );
    let request = app.tried_by(&app.olivia).await;
    let tried = app
        .roster
        .authorize::<AuditLogManage>(&request, &app.acme)
        .await
        .unwrap();
    assert_eq!(previewed(retention::change(tried, Some(90)).await).effects.len(), 1);
}

async fn the_instances_own_log_is_kept_as_long_as_its_policy_says(mut app: App) {
    let change = |days| InstancePolicyChange {
        audit_retention_days: Some(days),
        ..InstancePolicyChange::default()
    };
    let by_sid = app.by(&app.sid).await;
    app.roster
        .change_instance_policies(&by_sid, change(Some(7)))
        .await
        .unwrap();
    let by_adam = app.by(&app.adam).await;
    assert_eq!(
        refused(app.roster.change_instance_policies(&by_adam, change(None)).await),
        "superuser_required"
    );
    app.pass(8 * DAY);
    app.roster.tend_audit_log().await.unwrap();
    app.sid.token = sign_in(&app.roster, "sid", PASSWORD).await;
    let left = exported_of_instance(&app).await;
    assert_eq!(left[0].action, "audit_log.pruned");
    assert!(left[0].number > 1);
    verified(&left, Extent::Whole);
}
