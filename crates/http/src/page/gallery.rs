//! Every page drawn from sample data: for looking at, for accessibility checks, for snapshots.

use super::sample::Sample;
use super::{
    access, account, audit, audit_forwarding, bulk, confirm, dashboard, docs, group, handle, instance, invitation, me,
    member, mfa, moving, organization, password, password_reset, people, problem, project, proof, role, secret,
    security, service_account, set_up, setting, sign_in, sign_up, signup_domain, single_sign_on, superuser, tenant,
    token,
};
use crate::assets;

/// A name for each page in each of its states, and the page.
#[must_use]
pub fn all() -> Vec<(&'static str, String)> {
    let mut pages = Vec::new();
    draw::<sign_in::Page>(&mut pages);
    draw::<sign_up::Ask>(&mut pages);
    draw::<sign_up::Asked>(&mut pages);
    draw::<sign_up::Verify>(&mut pages);
    draw::<single_sign_on::SignIn>(&mut pages);
    draw::<single_sign_on::Carry>(&mut pages);
    draw::<single_sign_on::Failed>(&mut pages);
    draw::<single_sign_on::Tested>(&mut pages);
    draw::<sign_in::SecondFactor>(&mut pages);
    draw::<proof::Page>(&mut pages);
    draw::<set_up::Page>(&mut pages);
    draw::<password::Page>(&mut pages);
    draw::<password_reset::Ask>(&mut pages);
    draw::<password_reset::Asked>(&mut pages);
    draw::<password_reset::Redeem>(&mut pages);
    draw::<organization::List>(&mut pages);
    draw::<organization::Create>(&mut pages);
    draw::<organization::Settings>(&mut pages);
    draw::<moving::Start>(&mut pages);
    draw::<moving::Show>(&mut pages);
    draw::<single_sign_on::Settings>(&mut pages);
    draw::<security::Settings>(&mut pages);
    draw::<people::List>(&mut pages);
    draw::<people::Results>(&mut pages);
    draw::<signup_domain::Edit>(&mut pages);
    draw::<signup_domain::Proof>(&mut pages);
    draw::<people::Create>(&mut pages);
    draw::<people::Add>(&mut pages);
    draw::<handle::Add>(&mut pages);
    draw::<handle::Outcomes>(&mut pages);
    draw::<bulk::Start>(&mut pages);
    draw::<bulk::Check>(&mut pages);
    draw::<bulk::Outcome>(&mut pages);
    draw::<secret::Page>(&mut pages);
    draw::<member::Profile>(&mut pages);
    draw::<member::Edit>(&mut pages);
    draw::<member::Security>(&mut pages);
    draw::<member::Activity>(&mut pages);
    draw::<access::Member>(&mut pages);
    draw::<access::Holders>(&mut pages);
    draw::<confirm::Page>(&mut pages);
    draw::<invitation::List>(&mut pages);
    draw::<invitation::Create>(&mut pages);
    draw::<invitation::Created>(&mut pages);
    draw::<invitation::Accept>(&mut pages);
    draw::<invitation::Unusable>(&mut pages);
    draw::<me::Profile>(&mut pages);
    draw::<me::VerifyEmail>(&mut pages);
    draw::<mfa::Overview>(&mut pages);
    draw::<mfa::Totp>(&mut pages);
    draw::<mfa::Codes>(&mut pages);
    draw::<project::List>(&mut pages);
    draw::<project::Create>(&mut pages);
    draw::<project::Overview>(&mut pages);
    draw::<project::Access>(&mut pages);
    draw::<project::Tokens>(&mut pages);
    draw::<project::Made>(&mut pages);
    draw::<project::Settings>(&mut pages);
    draw::<group::List>(&mut pages);
    draw::<group::Create>(&mut pages);
    draw::<group::Show>(&mut pages);
    draw::<group::Until>(&mut pages);
    draw::<role::List>(&mut pages);
    draw::<role::Show>(&mut pages);
    draw::<role::Edit>(&mut pages);
    draw::<role::Matrix>(&mut pages);
    draw::<token::Create>(&mut pages);
    draw::<token::Shown>(&mut pages);
    draw::<service_account::List>(&mut pages);
    draw::<service_account::Edit>(&mut pages);
    draw::<service_account::Show>(&mut pages);
    draw::<audit::List>(&mut pages);
    draw::<audit::Retention>(&mut pages);
    draw::<audit_forwarding::Settings>(&mut pages);
    draw::<dashboard::Dashboard>(&mut pages);
    draw::<tenant::List>(&mut pages);
    draw::<tenant::Show>(&mut pages);
    draw::<account::List>(&mut pages);
    draw::<account::Show>(&mut pages);
    draw::<superuser::List>(&mut pages);
    draw::<instance::Policies>(&mut pages);
    draw::<setting::Mail>(&mut pages);
    draw::<setting::Tls>(&mut pages);
    draw::<setting::Listeners>(&mut pages);
    draw::<docs::Index>(&mut pages);
    draw::<docs::Operations>(&mut pages);
    draw::<docs::Problems>(&mut pages);
    draw::<problem::Page>(&mut pages);
    draw::<problem::Inside>(&mut pages);
    pages
}

/// The files the pages ask for: the address of each, and its bytes.
#[must_use]
pub fn files() -> Vec<(&'static str, &'static [u8])> {
    ["app.css", "app.js", "theme.js"]
        .into_iter()
        .filter_map(|name| assets::get(assets::url(name)).map(|asset| (assets::url(name), asset.bytes)))
        .collect()
}

fn draw<P: Sample>(pages: &mut Vec<(&'static str, String)>) {
    for (name, page) in P::samples() {
        let html = page
            .render()
            .unwrap_or_else(|error| format!("<!doctype html><title>{name}</title><p>{error}</p>"));
        pages.push((name, html));
    }
}

#[cfg(test)]
mod tests {
    use super::all;

    #[test]
    fn every_page_has_a_title_and_names_of_their_own() {
        let pages = all();
        for (name, html) in &pages {
            assert!(
                html.contains("<title>") || *name == "people-results",
                "{name} has no title"
            );
            assert_eq!(
                pages.iter().filter(|(other, _)| other == name).count(),
                1,
                "two pages are called {name}"
            );
        }
    }
}
