//! Projects: made, found, changed, handed over, deleted.

use domain::id::Id;
use domain::permission::{Needs, OrganizationView, Permission, ProjectCreate, ProjectView};
use domain::project::{Project, Visibility};
use domain::role::Role;
use service::project::{self, NewProject, ProjectEdit, Seen};
use service::{Authorized, Result};
use testkit::persona::{done, previewed, refused};
use testkit::{App, Persona, on_both_databases};

use crate::story::{audited, manage};

on_both_databases! {
    whoever_makes_a_project_owns_it_and_is_its_admin,
    a_slug_is_inferred_and_numbered_or_taken_at_its_word,
    only_who_manages_every_project_makes_one_for_somebody_else,
    everybody_finds_the_projects_that_they_may_see,
    a_list_of_projects_is_walked_page_by_page,
    contents_take_one_permission_and_settings_another,
    a_project_is_handed_to_an_active_member_by_who_could_take_it_away,
    a_deleted_project_leaves_nothing_to_who_takes_its_name,
}

pub async fn creating(app: &App, by: &Persona) -> Authorized<ProjectCreate> {
    app.roster.authorize(&app.by(by).await, &app.acme).await.unwrap()
}

pub async fn on<P: Needs>(app: &App, by: &Persona, project: &str) -> Authorized<P> {
    app.roster
        .authorize_on(&app.by(by).await, &app.acme, project)
        .await
        .unwrap()
}

pub fn named(name: &str) -> NewProject {
    NewProject {
        name: name.to_owned(),
        ..NewProject::default()
    }
}

pub async fn make(app: &App, by: &Persona, name: &str) -> Project {
    done(project::create(creating(app, by).await, named(name)).await)
}

pub async fn token_of(app: &App, by: &Persona, project: &str, capabilities: &[&str]) -> project::token::Made {
    let new = project::token::NewProjectToken {
        name: "Uploads".to_owned(),
        capabilities: capabilities.iter().map(|name| (*name).to_owned()).collect(),
        expires_at: None,
    };
    done(project::token::create(on(app, by, project).await, new).await)
}

/// Somebody with a role of exactly these permissions.
pub async fn with_role(app: &App, name: &str, permissions: &[Permission]) -> Persona {
    let role = Role {
        id: Id::new(app.roster.now(), service::ambient::entropy()),
        slug: name.to_owned(),
        name: name.to_owned(),
        description: String::new(),
        colour: "teal".to_owned(),
        built_in: false,
        applies_to: domain::permission::Level::Organization,
        shown: true,
        permissions: permissions.iter().map(|permission| permission.name()).collect(),
        revision: 0,
    };
    let mut changing = manage(app, &app.olivia).await;
    store::role::insert(changing.scope(), &role, 50).await.unwrap();
    changing.touch_access().await.unwrap();
    let event = domain::audit::Event::new(
        domain::audit::Action::RoleCreated,
        domain::audit::Target::new("role", role.id, name),
    );
    done(changing.commit(event, ()).await);
    testkit::persona::create(&app.roster, &app.olivia, &app.acme, name, name).await
}

async fn seen(app: &App, by: &Persona, project: &str) -> Result<Seen> {
    let seen = app
        .roster
        .see_on::<ProjectView>(&app.by(by).await, &app.acme, project)
        .await?;
    project::get(&seen)
}

async fn found(app: &App, by: &Persona) -> Vec<String> {
    let mut seen = app
        .roster
        .see::<OrganizationView>(&app.by(by).await, &app.acme)
        .await
        .unwrap();
    let page = project::list(&mut seen, None, None, 50).await.unwrap();
    page.projects.into_iter().map(|seen| seen.project.name).collect()
}

fn members_only(name: &str) -> NewProject {
    NewProject {
        visibility: Some(Visibility::MembersOnly),
        ..named(name)
    }
}

async fn whoever_makes_a_project_owns_it_and_is_its_admin(app: App) {
    let website = make(&app, &app.mia, "Website").await;
    assert_eq!((website.slug.as_str(), website.owner.name.as_str()), ("website", "Mia"));
    let mine = seen(&app, &app.mia, "website").await.unwrap();
    assert!(mine.owns && mine.facts.open);
    assert_eq!(mine.roles, ["Admin", "Reader"]);
    assert_eq!(audited(&app).await[0], "project.created");
    let gus = app
        .roster
        .authorize::<ProjectCreate>(&app.by(&app.gus).await, &app.acme)
        .await;
    assert_eq!(refused(gus.map(|_| ())), "permission_required");
    // Guests are not everyone.
    assert_eq!(refused(seen(&app, &app.gus, "website").await), "not_found");
    assert_eq!(refused(seen(&app, &app.eve, "website").await), "not_found");
}

async fn a_slug_is_inferred_and_numbered_or_taken_at_its_word(app: App) {
    for slug in ["web-site", "web-site-2", "web-site-3"] {
        assert_eq!(make(&app, &app.mia, "Web Site").await.slug, slug);
    }
    let named = |slug: &str| NewProject {
        slug: Some(slug.to_owned()),
        ..named("Another")
    };
    let taken = project::create(creating(&app, &app.mia).await, named("web-site")).await;
    assert_eq!(refused(taken), "slug_taken");
    let wrong = project::create(creating(&app, &app.mia).await, named("Web Site")).await;
    assert!(refused(wrong).starts_with("/slug must have 1 to 63"));
    assert_eq!(
        seen(&app, &app.mia, "web-site-2").await.unwrap().project.name,
        "Web Site"
    );
}

async fn only_who_manages_every_project_makes_one_for_somebody_else(app: App) {
    let for_gus = NewProject {
        owner: app.gus.member,
        ..named("Website")
    };
    let by_mia = project::create(creating(&app, &app.mia).await, for_gus.clone()).await;
    assert_eq!(refused(by_mia), "permission_required");
    let website = done(project::create(creating(&app, &app.adam).await, for_gus).await);
    assert_eq!(website.owner.id, app.gus.id());
    assert_eq!(seen(&app, &app.gus, "website").await.unwrap().roles, ["Admin"]);
    // A superuser from outside is no member, and owns nothing.
    let by_sid = project::create(creating(&app, &app.sid).await, named("Outside")).await;
    assert!(refused(by_sid).starts_with("/owner must name a member"));
}

async fn everybody_finds_the_projects_that_they_may_see(app: App) {
    make(&app, &app.adam, "Open").await;
    done(project::create(creating(&app, &app.adam).await, members_only("Closed")).await);
    done(project::create(creating(&app, &app.mia).await, members_only("Mias")).await);
    done(project::create(creating(&app, &app.adam).await, members_only("Mapped")).await);
    let gus = app.gus.id().to_string();
    let mapped = project::access::grant(on(&app, &app.adam, "mapped").await, &gus, "reader", None).await;
    done(mapped);
    let all = ["Closed", "Mapped", "Mias", "Open"];
    for person in [&app.olivia, &app.adam, &app.sid] {
        assert_eq!(found(&app, person).await, all);
    }
    assert_eq!(found(&app, &app.mia).await, ["Mias", "Open"]);
    assert_eq!(found(&app, &app.gus).await, ["Mapped"]);
    // The first mapping shuts everyone out.
    done(project::access::grant(on(&app, &app.adam, "open").await, &gus, "reader", None).await);
    assert_eq!(found(&app, &app.mia).await, ["Mias"]);
    assert_eq!(found(&app, &app.gus).await, ["Mapped", "Open"]);
}

async fn a_list_of_projects_is_walked_page_by_page(app: App) {
    for number in 0..7 {
        make(&app, &app.mia, &format!("Project {number}")).await;
    }
    make(&app, &app.mia, "Elsewhere").await;
    let (mut after, mut names) = (None, Vec::new());
    loop {
        let mut seen = app.roster.see(&app.by(&app.mia).await, &app.acme).await.unwrap();
        let page = project::list(&mut seen, Some(" PROJECT"), after, 3).await.unwrap();
        names.extend(page.projects.into_iter().map(|seen| seen.project.name));
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    assert_eq!(
        names,
        (0..7).map(|number| format!("Project {number}")).collect::<Vec<_>>()
    );
}

async fn contents_take_one_permission_and_settings_another(app: App) {
    make(&app, &app.adam, "Website").await;
    let mia = app.mia.id().to_string();
    done(project::access::grant(on(&app, &app.adam, "website").await, &mia, "contributor", None).await);
    let renamed = ProjectEdit {
        name: Some("Site".to_owned()),
        ..ProjectEdit::default()
    };
    let closed = ProjectEdit {
        visibility: Some(Visibility::MembersOnly),
        ..ProjectEdit::default()
    };
    let by_mia = project::edit(on(&app, &app.mia, "website").await, closed.clone()).await;
    assert_eq!(refused(by_mia.map(|_| ())), "permission_required");
    let site = done(project::edit(on(&app, &app.mia, "website").await, renamed).await);
    assert_eq!(
        (site.project.name.as_str(), site.project.slug.as_str()),
        ("Site", "website")
    );
    done(project::edit(on(&app, &app.adam, "website").await, closed).await);
    assert_eq!(audited(&app).await[..2], ["project.edited", "project.edited"]);
    // What it is called is also what its owner is told to own.
    let mut there = app.roster.store().see(&app.acme).await.unwrap();
    let owned = store::ownership::of_member(&mut there, app.adam.id()).await.unwrap();
    assert_eq!(owned[0].name, "Site");
}

async fn a_project_is_handed_to_an_active_member_by_who_could_take_it_away(app: App) {
    make(&app, &app.mia, "Website").await;
    let tried = app
        .roster
        .authorize_on(&app.tried_by(&app.mia).await, &app.acme, "website")
        .await;
    let preview = previewed(project::owner::transfer(tried.unwrap(), app.gus.id()).await);
    assert_eq!(preview.counts["ownership_transferred"], 1);
    done(service::member::disablement::disable(manage(&app, &app.adam).await, app.gus.id(), None).await);
    let disabled = project::owner::transfer(on(&app, &app.mia, "website").await, app.gus.id()).await;
    assert_eq!(refused(disabled.map(|_| ())), "not_a_project_owner");
    let foreign = project::owner::transfer(on(&app, &app.mia, "website").await, app.eve.id()).await;
    assert_eq!(refused(foreign.map(|_| ())), "not_found");
    done(project::owner::transfer(on(&app, &app.mia, "website").await, app.adam.id()).await);
    let left = seen(&app, &app.mia, "website").await.unwrap();
    assert!(!left.owns && left.roles == ["Reader"]);
    assert_eq!(audited(&app).await[0], "project.owner_changed");
    let request = app.by(&app.mia).await;
    let again = app
        .roster
        .authorize_on::<domain::permission::ProjectManage>(&request, &app.acme, "website")
        .await;
    assert_eq!(refused(again.map(|_| ())), "permission_required");
}

async fn a_deleted_project_leaves_nothing_to_who_takes_its_name(app: App) {
    let first = make(&app, &app.mia, "Website").await;
    let gus = app.gus.id().to_string();
    done(project::access::grant(on(&app, &app.mia, "website").await, &gus, "admin", None).await);
    token_of(&app, &app.mia, "website", &["roster.project.view"]).await;
    let tried = app
        .roster
        .authorize_on(&app.tried_by(&app.mia).await, &app.acme, "website")
        .await;
    let preview = previewed(project::delete(tried.unwrap()).await);
    assert_eq!((preview.counts["deleted"], preview.counts["token_ended"]), (1, 1));
    done(project::delete(on(&app, &app.mia, "website").await).await);
    let again = make(&app, &app.adam, "Website").await;
    assert!(again.slug == first.slug && again.id != first.id);
    assert_eq!(refused(seen(&app, &app.gus, "website").await), "not_found");
    assert_eq!(refused(seen(&app, &app.mia, &first.id.to_string()).await), "not_found");
    let mut seen = app
        .roster
        .see_on(&app.by(&app.adam).await, &app.acme, "website")
        .await
        .unwrap();
    assert!(project::token::list(&mut seen, None, 50).await.unwrap().is_empty());
    // Nothing keeps her any more.
    app.roster.leave(&app.by(&app.mia).await, &app.acme).await.unwrap();
}
