//! Why somebody may, why not, who may at all, and everything one may, as the command line tells it.

use crate::desk::Desk;
use crate::verb::peopled;

const SEE_THE_LOG: &str = "roster.audit_log.view";

async fn auditors(desk: &Desk) {
    let give = ["--permission", "roster.organization.view", "--permission", SEE_THE_LOG];
    desk.run(&[&["role", "create", "Auditor"], &give[..]].concat()).await;
    desk.run(&["group", "create", "Auditors", "--role", "auditor", "--member", "mia"])
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn access_is_explained_link_by_link_and_what_is_missing_by_what_it_would_take() {
    let (desk, mia) = peopled().await;
    let no = desk.run(&["access", "why", "mia", SEE_THE_LOG]).await;
    let mut lines = no.lines();
    assert_eq!(
        lines.next().unwrap(),
        "no: Mia Marsh does not have roster.audit_log.view. Any of these would give it:"
    );
    assert!(
        lines.next().unwrap().starts_with("  Change the role of Mia Marsh to "),
        "{no}"
    );
    assert!(no.contains("further permission"), "{no}");

    auditors(&desk).await;
    let yes = desk.run(&["access", "why", "mia@example.net", SEE_THE_LOG]).await;
    let mut lines = yes.lines();
    assert_eq!(lines.next().unwrap(), "yes: Mia Marsh has roster.audit_log.view by");
    let chain = lines.next().unwrap();
    assert!(chain.starts_with("  group Auditors (by Olivia on 20"), "{yes}");
    assert!(chain.contains(" → role Auditor"), "{yes}");
    let told = desk.ask(&["access", "why", "mia", SEE_THE_LOG]).await;
    assert_eq!(told["decision"], true, "{told}");

    let holders = desk.run(&["access", "who", SEE_THE_LOG]).await;
    let row = |name: &str| holders.lines().find(|line| line.starts_with(name));
    assert!(
        row("Mia Marsh").unwrap().contains("Auditor, through Auditors"),
        "{holders}"
    );
    assert!(row("Olivia").unwrap().contains("Owner"), "{holders}");
    let everything = desk.run(&["access", "of", "mia"]).await;
    let row = everything.lines().find(|line| line.starts_with(SEE_THE_LOG)).unwrap();
    assert!(row.contains("group Auditors (by Olivia"), "{everything}");

    // About others, whoever may not see it learns nothing; about oneself everybody may ask.
    let others = desk.try_as(&mia, &["access", "who", SEE_THE_LOG]).await;
    assert!(
        others.code == Some(1) && others.err.contains("roster.access.evaluate"),
        "{}",
        others.err
    );
    let own = desk.try_as(&mia, &["access", "why", "mia", SEE_THE_LOG]).await;
    assert!(own.out.starts_with("yes: Mia Marsh"), "{}{}", own.out, own.err);
    desk.node.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn access_is_explained_on_a_project_and_of_programs() {
    let (desk, _) = peopled().await;
    desk.run(&["service-account", "create", "Deployer", "--role", "guest"])
        .await;
    let program = desk
        .run(&["access", "why", "deployer", "roster.organization.view"])
        .await;
    assert!(program.starts_with("yes: Deployer has"), "{program}");
    desk.run(&["project", "create", "Engine", "--visibility", "members-only"])
        .await;
    let see = "roster.project.view";
    desk.refused(&["access", "why", "mia", see], "is one of projects").await;
    let no = desk.run(&["access", "why", "mia", see, "--project", "engine"]).await;
    assert!(no.starts_with("no: Mia Marsh does not have"), "{no}");
    assert!(no.contains(" on Engine"), "{no}");
    let holders = desk.run(&["access", "who", see, "--on", "engine"]).await;
    assert!(
        holders.contains("Olivia") && !holders.contains("Mia Marsh"),
        "{holders}"
    );
    let own = desk.run(&["access", "of", "olivia", "--on", "engine"]).await;
    assert!(own.contains(see), "{own}");
    let typed = desk.try_with("", &["access", "who", "../../people"]).await;
    assert_eq!(typed.code, Some(2), "{}", typed.out);
    assert!(typed.err.contains("the name of a permission"), "{}", typed.err);
    desk.node.stop().await;
}
