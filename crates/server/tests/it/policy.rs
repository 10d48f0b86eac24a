//! What an organization and the instance are set to, by the command line: names, slots and policies.

use serde_json::json;

use crate::verb::peopled;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organization_is_renamed_and_tells_its_slots() {
    let (desk, mia) = peopled().await;
    let free = desk.run(&["organization", "limits"]).await;
    assert!(free.starts_with("2 member slots are taken; any number fits."), "{free}");
    desk.run(&["organization", "policies", "--set", "member_limit=5"]).await;
    let limited = desk.run(&["organization", "limits"]).await;
    assert!(limited.starts_with("2 of 5 member slots are taken."), "{limited}");
    let asked = desk.ask(&["organization", "limits"]).await;
    assert_eq!(
        (&asked["members"]["used"], &asked["members"]["limit"]),
        (&json!(2), &json!(5)),
        "{asked}"
    );

    let nothing = desk.try_with("", &["organization", "edit"]).await;
    nothing.is_refused(&["--name or --slug"]);
    let edit = ["organization", "edit", "--name", "Acme Works", "--short-name", "works"];
    let tried = desk.run(&[&edit[..], &["--dry-run"]].concat()).await;
    assert!(tried.contains("Nothing has been changed"), "{tried}");
    let other = desk.try_as(&mia, &edit).await;
    assert!(
        other.code == Some(1) && other.err.contains("roster.organization.manage"),
        "{}",
        other.err
    );
    assert_eq!(
        desk.run(&edit).await,
        "Acme Works is called so, and works in addresses.\n"
    );
    let listed = desk.ask(&["organization", "list"]).await;
    let named = &listed["items"][0];
    assert_eq!(
        (&named["name"], &named["slug"]),
        (&json!("Acme Works"), &json!("works")),
        "{listed}"
    );
    desk.node.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn policies_are_named_as_they_are_typed() {
    let (desk, mia) = peopled().await;
    let help = desk.run(&["organization", "policies", "--help"]).await;
    assert!(help.contains("--set security.mfa_required=true"), "{help}");
    let mistyped = ["organization", "policies", "--set", "mfa_required=true"];
    let told = desk.try_with("", &mistyped).await;
    told.is_refused(&[
        "Did you mean security.mfa_required?",
        "member_limit, ",
        "security.methods",
    ]);

    let table = desk.run(&["instance", "policies"]).await;
    for policy in [
        "anyone_may_open",
        "owners_may_delete",
        "existing_accounts",
        "audit_retention_days",
    ] {
        assert!(table.lines().any(|line| line.starts_with(policy)), "{policy}: {table}");
    }
    let set = [
        "instance",
        "policies",
        "--set",
        "anyone_may_open=true",
        "--set",
        "existing_accounts=add",
    ];
    let tried = desk.run(&[&set[..], &["--dry-run"]].concat()).await;
    assert!(tried.contains("Nothing has been changed"), "{tried}");
    let before = desk.ask(&["instance", "policies"]).await;
    assert_eq!(before["anyone_may_open"], json!(false), "{before}");
    desk.run(&set).await;
    let after = desk.ask(&["instance", "policies"]).await;
    assert_eq!(
        (
            &after["anyone_may_open"],
            &after["existing_accounts"],
            &after["owners_may_delete"]
        ),
        (&json!(true), &json!("add"), &json!(false)),
        "{after}"
    );
    let foreign = desk.try_as(&mia, &["instance", "policies"]).await;
    assert!(
        foreign.code == Some(1) && foreign.err.contains("superuser"),
        "{}",
        foreign.err
    );
    desk.node.stop().await;
}
