//! Who may do what in an organization of each preset, as one table to read.

use std::fmt::Write as _;

use domain::permission::{OrganizationView, Permission};
use domain::preset;
use service::Roster;
use service::demo::PERSONAS;
use testkit::app::{Empty, secret};
use testkit::on_both_databases;
use testkit::persona::{organization, request, sign_in};

on_both_databases! {
    every_persona_holds_what_the_table_says,
}

const PASSWORD: &str = "vivid otter juggles plums";

async fn every_persona_holds_what_the_table_says(app: Empty) {
    let filled = app.roster.fill_demo(secret(PASSWORD)).await.unwrap();
    let mut tokens = Vec::new();
    for persona in PERSONAS {
        tokens.push(sign_in(&app.roster, persona.username, PASSWORD).await);
    }
    for preset in preset::all() {
        let tenant = filled
            .organizations
            .iter()
            .find(|organization| organization.preset == preset.slug)
            .unwrap();
        let mut columns = Vec::new();
        for token in &tokens {
            columns.push(held(&app.roster, token, &tenant.slug).await);
        }
        let catalogue = preset.permissions.iter().map(|declared| declared.name.as_str());
        let names: Vec<_> = Permission::ALL
            .iter()
            .map(|permission| permission.name())
            .chain(catalogue)
            .collect();
        insta::assert_snapshot!(format!("access_{}", preset.slug), table(&names, &columns));
    }
}

/// All that somebody holds there and on every project of it, or nothing where there is no such organization for them.
async fn held(roster: &Roster, token: &str, slug: &str) -> Option<Vec<String>> {
    let request = request(roster, token).await;
    let seen = roster
        .see::<OrganizationView>(&request, &organization(slug))
        .await
        .ok()?;
    let grants = &seen.actor().grants;
    let everywhere = grants.access.catalogue.set(&grants.on_every_project());
    Some(
        grants
            .permissions()
            .iter()
            .chain(everywhere.iter())
            .map(str::to_owned)
            .collect(),
    )
}

fn table(names: &[&str], columns: &[Option<Vec<String>>]) -> String {
    let width = names.iter().map(|name| name.len()).max().unwrap_or(0);
    let mut text = format!("{:width$}", "");
    for persona in PERSONAS {
        write!(text, " {:6}", persona.username).unwrap();
    }
    for name in names {
        write!(text, "\n{name:width$}").unwrap();
        for column in columns {
            let mark = match column {
                None => "404",
                Some(held) if held.iter().any(|held| held == name) => "yes",
                Some(_) => "-",
            };
            write!(text, " {mark:6}").unwrap();
        }
    }
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}
