//! Adding people by handle, as it is typed and told.

use serde_json::json;

use super::roster;
use super::server::{answer, server};

#[tokio::test]
async fn people_are_added_by_handle_and_each_has_a_result() {
    let server = server(vec![answer(
        "POST /api/v1/organizations/acme/members/by-handle ",
        200,
        json!({"items": [
            {"handle": "TomFern", "status": 201, "invitation": {}, "link": "https://x/invitations/y", "problem": null},
            {"handle": "tomfern", "status": 409, "problem": {"detail": "error finding tomfern: 401. Connect GitHub."}},
        ], "next_cursor": null}),
    )]);
    let said = roster(
        &server,
        "people add-by-handle TomFern tomfern --provider github -o acme",
    )
    .await;
    assert_eq!(
        said.out,
        "TomFern is invited: https://x/invitations/y\ntomfern: error finding tomfern: 401. Connect GitHub.\n"
    );
    assert!(said.failure.is_some());
}
