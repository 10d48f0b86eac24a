//! An organization that changes while it is written into a file: the file is of one moment, and arrives without a line refused.

use domain::permission::{GroupManage, ProjectCreate, RoleManage};
use serde_json::Value;
use service::group::making::NewGroup;
use service::moving;
use service::project::NewProject;
use service::role::making::NewRole;
use service::{Error, OrganizationRef};
use testkit::persona::{self, done};
use testkit::{App, on_both_databases};

use crate::moving::{another, furnish, imported};

on_both_databases! {
    what_changes_while_an_organization_leaves_is_not_in_its_file,
    so_many_leave_at_once_and_the_next_is_asked_to_come_again,
}

/// What a later part of a file would name and an earlier one would lack: a role, a group that has it, people in it, a project of
/// somebody new. The group of the last time goes.
async fn changes(app: &App, time: usize) {
    let olivia = app.by(&app.olivia).await;
    let authorized = app.roster.authorize::<RoleManage>(&olivia, &app.acme).await.unwrap();
    let new = NewRole {
        name: format!("Late role {time}"),
        permissions: vec!["roster.organization.view".to_owned()],
        ..NewRole::default()
    };
    done(service::role::making::create(authorized, new).await);
    let late = persona::create(&app.roster, &app.olivia, &app.acme, &format!("late-{time}"), "member").await;
    let authorized = app.roster.authorize::<GroupManage>(&olivia, &app.acme).await.unwrap();
    let new = NewGroup {
        name: format!("Late {time}"),
        role: Some(format!("late-role-{time}")),
        members: vec![app.mia.id().to_string(), late.id().to_string()],
        ..NewGroup::default()
    };
    done(service::group::making::create(authorized, new).await);
    let authorized = app.roster.authorize::<ProjectCreate>(&olivia, &app.acme).await.unwrap();
    let new = NewProject {
        name: format!("Late {time}"),
        owner: Some(late.id()),
        ..NewProject::default()
    };
    done(service::project::create(authorized, new).await);
    let project = format!("late-{time}");
    let authorized = app.roster.authorize_on(&olivia, &app.acme, &project).await.unwrap();
    done(service::project::access::grant(authorized, &format!("late-{time}"), "reader", None).await);
    if let Some(last) = time.checked_sub(1) {
        let authorized = app.roster.authorize::<GroupManage>(&olivia, &app.acme).await.unwrap();
        done(service::group::making::delete(authorized, &format!("late-{last}")).await);
    }
}

async fn what_changes_while_an_organization_leaves_is_not_in_its_file(app: App) {
    furnish(&app).await;
    let sid = app.by(&app.sid).await;
    let mut export = moving::export(&app.roster, &sid, &app.acme, true).await.unwrap();
    let (mut file, mut time) = (Vec::new(), 0);
    changes(&app, time).await;
    while let Some(bytes) = export.next().await.unwrap() {
        file.extend_from_slice(&bytes);
        time += 1;
        changes(&app, time).await;
    }
    assert!(time > 5, "it was read in {time} parts");
    let file = String::from_utf8(file).unwrap();
    let lines: Vec<Value> = file.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.len() > 10);
    assert!(!file.to_lowercase().contains("late"), "{file}");

    let (there, root) = another(&app).await;
    let by_root = persona::request(&there.roster, &root.token).await;
    let report = imported(&there.roster, &by_root, &file, None).await.unwrap();
    let amiss: Vec<_> = report
        .iter()
        .filter(|row| row.fault.is_some() || !row.left_out.is_empty())
        .collect();
    assert!(amiss.is_empty(), "{amiss:?}");
}

async fn so_many_leave_at_once_and_the_next_is_asked_to_come_again(app: App) {
    let sid = app.by(&app.sid).await;
    let begin = |from: &OrganizationRef| {
        let (roster, sid, from) = (app.roster.clone(), sid.clone(), from.clone());
        async move { moving::export(&roster, &sid, &from, false).await }
    };
    let mut under_way = Vec::new();
    for _ in 0..4 {
        let mut export = begin(&app.acme).await.unwrap();
        assert!(export.next().await.unwrap().is_some());
        under_way.push(export);
    }
    // Those who take their time keep nobody from anything else.
    changes(&app, 0).await;
    let next = begin(&app.elsewhere).await;
    assert!(matches!(next, Err(Error::Unavailable(_))), "a fifth is begun");
    under_way.pop();
    assert!(begin(&app.elsewhere).await.is_ok());
}
