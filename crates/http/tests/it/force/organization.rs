//! What becomes of a whole organization, of how people have to sign in to it, and of their second factors.

use domain::permission::SecurityManage;
use serde_json::json;
use service::OrganizationRef;
use testkit::Phone;
use testkit::persona::request;

use super::{Pair, acme, done, may, session};
use crate::app::{ACME, Person, text};

pub const TAKEN: &[&str] = &[
    "change_policies",
    "remove_totp",
    "reset_member_mfa",
    "disable_organization",
    "delete_organization",
];

async fn enrol(pair: &Pair, person: &Person) {
    let begun = person.post("/me/mfa/totp", json!({})).await.is(201);
    let phone = Phone::with(&text(&begun["secret"]));
    let code = json!({ "code": phone.shows(pair.app.roster.now()) });
    person.post("/me/mfa/totp/confirmation", code).await.is(200);
}

/// Changes how people have to sign in, at the other node.
async fn security(pair: &Pair, policy: &str) {
    let request = request(&pair.elsewhere, pair.app.olivia.token.as_deref().unwrap()).await;
    let acme = OrganizationRef::Slug("acme".to_owned());
    let authorized = pair
        .elsewhere
        .authorize::<SecurityManage>(&request, &acme)
        .await
        .unwrap();
    let change = serde_json::from_str(policy).unwrap();
    service::security::change(authorized, change).await.unwrap();
}

pub async fn walk(pair: Pair) {
    let app = &pair.app;
    let (olivia, sid) = (pair.there(&app.olivia), pair.there(&app.sid));

    let policy = async |may: bool| {
        let body = json!({ "members_may_invite": may });
        done(olivia.patch(&acme("policies"), body)).await;
    };
    policy(true).await;
    let less = olivia.patch(&acme("policies"), json!({ "members_may_invite": false }));
    let all = [may(&app.mia, "roster.invitation.send")];
    pair.taken("change_policies", &all, less).await;

    let (ada, ben) = (pair.person("ada", "member").await, pair.person("ben", "member").await);
    for person in [&olivia, &ada, &ben] {
        enrol(&pair, person).await;
    }
    // A policy on how people sign in keeps those out whom it does not admit.
    let out = session(&app.gus);
    pair.heard().await;
    assert!(pair.holds(&out).await && pair.holds(&out).await);
    security(&pair, r#"{"mfa_required": true}"#).await;
    pair.heard().await;
    assert!(!pair.holds(&out).await, "gus has no second factor");

    let remove = ada.delete("/me/mfa/totp");
    pair.taken("remove_totp", &[session(&ada)], remove).await;
    let reset = olivia.delete(&acme(&format!("members/{}/mfa", ben.member)));
    pair.taken("reset_member_mfa", &[session(&ben)], reset).await;
    security(&pair, r#"{"mfa_required": false}"#).await;

    let everybody = [
        session(&app.olivia),
        session(&app.mia),
        may(&app.adam, "roster.member.manage"),
    ];
    let disable = sid.put(
        "/instance/organizations/acme/disablement",
        json!({ "reason": "Unpaid." }),
    );
    pair.taken("disable_organization", &everybody, disable).await;

    done(sid.delete("/instance/organizations/acme/disablement")).await;
    let delete = sid.delete(ACME).json(&json!({ "confirm": "acme" }));
    pair.taken("delete_organization", &everybody, delete).await;
    pair.ends(TAKEN);
}
