//! What programs may by their tokens, and people on projects.

use serde_json::json;

use super::{May, Pair, acme, done, enters, may_on};
use crate::app::{Person, text};

pub const TAKEN: &[&str] = &[
    "revoke_my_token",
    "rotate_my_token",
    "revoke_service_account_token",
    "regenerate_service_account",
    "deactivate_service_account",
    "delete_service_account",
    "revoke_project_token",
    "transfer_project_token",
    "revoke_project_access",
    "transfer_project",
    "delete_project",
];

pub async fn walk(pair: Pair) {
    personal(&pair).await;
    service_accounts(&pair).await;
    projects(&pair).await;
    pair.ends(TAKEN);
}

async fn personal(pair: &Pair) {
    let ada = pair.person("ada", "member").await;
    let new = async || ada.post("/me/tokens", json!({ "name": "Laptop" })).await.is(201);
    let token = new().await;
    let path = format!("/me/tokens/{}", text(&token["id"]));
    let held = enters(&text(&token["token"]));
    pair.taken("revoke_my_token", &[held], ada.delete(&path)).await;

    let token = new().await;
    let path = format!("/me/tokens/{}/rotation", text(&token["id"]));
    let rotate = ada.post(&path, json!({}));
    pair.taken("rotate_my_token", &[enters(&text(&token["token"]))], rotate)
        .await;
}

async fn service_accounts(pair: &Pair) {
    let olivia = pair.there(&pair.app.olivia);
    let robot = json!({ "name": "Robot", "role": "member" });
    let robot = olivia.post(&acme("service-accounts"), robot).await.is(201);
    let path = acme(&format!("service-accounts/{}", text(&robot["id"])));
    let tokens = format!("{path}/tokens");
    let new = async || olivia.post(&tokens, json!({ "name": "Key" })).await.is(201);
    let token = new().await;
    let revoke = olivia.delete(&format!("{tokens}/{}", text(&token["id"])));
    pair.taken(
        "revoke_service_account_token",
        &[enters(&text(&token["token"]))],
        revoke,
    )
    .await;

    let both = [new().await, new().await].map(|token| enters(&text(&token["token"])));
    let anew = olivia.post(&format!("{path}/rotation"), json!({ "name": "New" }));
    pair.taken("regenerate_service_account", &both, anew).await;

    let held = enters(&text(&new().await["token"]));
    let deactivate = olivia.put(&format!("{path}/deactivation"), json!({}));
    pair.taken("deactivate_service_account", &[held], deactivate).await;

    done(olivia.delete(&format!("{path}/deactivation"))).await;
    let held = enters(&text(&new().await["token"]));
    pair.taken("delete_service_account", &[held], olivia.delete(&path))
        .await;
}

/// What a project's token may on it.
fn token_on(token: &str, project: &str) -> May {
    May {
        permission: "roster.project.view",
        resource: ("project", project.to_owned()),
        ..enters(token)
    }
}

async fn projects(pair: &Pair) {
    const EDIT: &str = "roster.project.edit";
    let olivia = pair.there(&pair.app.olivia);
    let (ben, cleo) = (pair.person("ben", "member").await, pair.person("cleo", "member").await);
    let project = json!({ "name": "Compass" });
    let project = text(&ben.post(&acme("projects"), project).await.is(201)["id"]);
    let path = acme(&format!("projects/{project}"));
    let new = async |by: &Person| {
        let body = json!({ "name": "Uploads", "capabilities": ["roster.project.view"] });
        by.post(&format!("{path}/tokens"), body).await.is(201)
    };
    let token = new(&ben).await;
    let held = token_on(&text(&token["token"]), &project);
    let revoke = olivia.delete(&format!("{path}/tokens/{}", text(&token["id"])));
    pair.taken("revoke_project_token", &[held], revoke).await;

    let token = new(&ben).await;
    let held = token_on(&text(&token["token"]), &project);
    let give = olivia.put(
        &format!("{path}/tokens/{}/owner", text(&token["id"])),
        json!({ "member": olivia.member }),
    );
    // It goes on in another's name; its former owner has no part in it, which their disablement shows.
    pair.heard().await;
    assert!(pair.holds(&held).await);
    pair.walked.borrow_mut().insert("transfer_project_token");
    done(give).await;
    let disablement = acme(&format!("members/{}/disablement", ben.member));
    done(olivia.put(&disablement, json!({ "reason": "Away." }))).await;
    pair.heard().await;
    assert!(pair.holds(&held).await, "it is olivia's now");
    done(olivia.delete(&disablement)).await;

    let access = format!("{path}/access/{}", cleo.member);
    done(olivia.put(&access, json!({ "role": "contributor" }))).await;
    let revoke = olivia.delete(&access);
    pair.taken("revoke_project_access", &[may_on(&cleo, EDIT, &project)], revoke)
        .await;

    let transfer = olivia.put(&format!("{path}/owner"), json!({ "member": cleo.member }));
    let all = [may_on(&ben, "roster.project.delete", &project)];
    pair.taken("transfer_project", &all, transfer).await;

    let all = [may_on(&cleo, "roster.project.delete", &project), held];
    pair.taken("delete_project", &all, olivia.delete(&path)).await;
}
