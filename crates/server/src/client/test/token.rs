//! One's own tokens and service accounts, as a person types it.

use serde_json::json;

use super::roster;
use super::server::{answer, server};

#[tokio::test]
async fn a_token_is_made_for_one_organization_and_its_secret_shown_once() {
    let server = server(vec![answer(
        "POST /api/v1/me/tokens ",
        201,
        json!({"id": "tok_1", "name": "laptop", "token": "roster_personal_x"}),
    )]);
    let said = roster(&server, "token create laptop --for acme --scope roster.member.view").await;
    assert_eq!(said.failure, None);
    assert_eq!(
        said.out,
        "The token laptop is made. It is shown this once:\n  roster_personal_x\n"
    );
    let requests = server.requests.lock().expect("unpoisoned");
    assert_eq!(
        requests[0].body,
        json!({"name": "laptop", "organization": "acme", "scopes": ["roster.member.view"]})
    );
}

#[tokio::test]
async fn a_service_account_is_named_as_people_call_it() {
    let found = json!({"items": [{"id": "svc_1", "name": "Deployer"}], "next_cursor": null});
    let server = server(vec![
        answer("GET /api/v1/organizations/acme/service-accounts?", 200, found),
        answer(
            "PUT /api/v1/organizations/acme/service-accounts/svc_1/deactivation ",
            200,
            json!({"id": "svc_1", "name": "Deployer"}),
        ),
    ]);
    let said = roster(&server, "service-account deactivate -o acme deployer").await;
    assert_eq!(said.failure, None);
    assert_eq!(said.out, "deployer is deactivated.\n");
}
