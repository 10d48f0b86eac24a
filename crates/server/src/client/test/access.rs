//! Roles, groups, projects and questions as they are typed.

use serde_json::json;

use super::server::{answer, server};
use super::{ada, roster};

#[tokio::test]
async fn whoever_is_put_into_a_group_is_looked_up_first() {
    let server = server(vec![
        answer(
            "GET /api/v1/organizations/acme/service-accounts?query=ada",
            200,
            json!({"items": [], "next_cursor": null}),
        ),
        answer(
            "GET /api/v1/organizations/acme/people?query=ada&",
            200,
            json!({"items": [ada()], "next_cursor": null}),
        ),
        answer(
            "PUT /api/v1/organizations/acme/groups/auditors/members/mem_ada ",
            200,
            json!({"id": "mem_ada"}),
        ),
    ]);
    let said = roster(&server, "group add auditors ada --until 2026-12-03T00:00:00Z -o acme").await;
    assert_eq!(
        (said.failure, said.out.as_str()),
        (None, "Ada is in auditors until 2026-12-03T00:00:00Z.\n")
    );
    assert_eq!(
        server.requests.lock().expect("unpoisoned")[2].body,
        json!({"until": "2026-12-03T00:00:00Z"})
    );
}

#[tokio::test]
async fn a_permission_is_added_to_those_a_role_has() {
    let role = json!({"name": "Auditor", "slug": "auditor", "permissions": ["b", "c"]});
    let server = server(vec![
        answer(
            "GET /api/v1/organizations/acme/roles/auditor?applies_to=organization ",
            200,
            role.clone(),
        ),
        answer(
            "PATCH /api/v1/organizations/acme/roles/auditor?applies_to=organization ",
            200,
            role,
        ),
    ]);
    let said = roster(&server, "role edit auditor --add a --remove c -o acme").await;
    assert_eq!(
        (said.failure, said.out.as_str()),
        (None, "The role Auditor is changed.\n")
    );
    assert_eq!(
        server.requests.lock().expect("unpoisoned")[1].body,
        json!({"permissions": ["a", "b"]})
    );
}

#[tokio::test]
async fn two_roles_are_compared_line_by_line() {
    let server = server(vec![
        answer(
            "GET /api/v1/organizations/acme/roles/one?applies_to=organization ",
            200,
            json!({"slug": "one", "permissions": ["a"]}),
        ),
        answer(
            "GET /api/v1/organizations/acme/roles/two?applies_to=organization ",
            200,
            json!({"slug": "two", "permissions": ["a", "b"]}),
        ),
    ]);
    let said = roster(&server, "role compare one two -o acme").await;
    assert_eq!(
        said.out,
        "PERMISSION  one  two\na           yes  yes\nb           -    yes\n"
    );
}

#[tokio::test]
async fn somebody_is_let_into_a_project_until_a_time() {
    let server = server(vec![
        answer("GET /api/v1/organizations/acme/members/mem_ada ", 200, ada()),
        answer(
            "PUT /api/v1/organizations/acme/projects/website/access/mem_ada ",
            200,
            json!({"subject": {"id": "mem_ada"}}),
        ),
    ]);
    let words = "project access grant website mem_ada reader --until 2026-12-31T18:00:00Z -o acme";
    let said = roster(&server, words).await;
    assert_eq!(
        (said.failure, said.out.as_str()),
        (None, "Ada is reader of website until 2026-12-31T18:00:00Z.\n")
    );
    assert_eq!(
        server.requests.lock().expect("unpoisoned")[1].body,
        json!({"role": "reader", "until": "2026-12-31T18:00:00Z"})
    );
}

#[tokio::test]
async fn whether_somebody_may_is_asked_of_the_decision_point() {
    let said_no = json!({"decision": false, "context": {"reason": "not_granted", "revision": 7}});
    let server = server(vec![
        answer(
            "GET /api/v1/organizations/acme/service-accounts?query=ada",
            200,
            json!({"items": [], "next_cursor": null}),
        ),
        answer(
            "GET /api/v1/organizations/acme/people?query=ada",
            200,
            json!({"items": [ada()], "next_cursor": null}),
        ),
        answer("POST /access/v1/evaluation", 200, said_no),
    ]);
    let said = roster(&server, "access check ada roster.project.edit --on compass -o acme").await;
    assert_eq!(said.failure, None);
    assert_eq!(said.out, "no: not_granted (at revision 7)\n");
    let asked = server.requests.lock().expect("unpoisoned")[2].body.clone();
    assert_eq!(
        asked,
        json!({
            "subject": {"type": "member", "id": "mem_ada"},
            "action": {"name": "roster.project.edit"},
            "resource": {"type": "project", "id": "compass"},
            "context": {"organization": "acme"},
        })
    );
}

#[tokio::test]
async fn a_service_account_is_put_into_a_group_by_its_name_unless_somebody_has_it_too() {
    let robots =
        json!({"items": [{"id": "svc_1", "name": "Ada"}, {"id": "svc_2", "name": "Ada 2"}], "next_cursor": null});
    let searched = |people: serde_json::Value| {
        vec![
            answer(
                "GET /api/v1/organizations/acme/service-accounts?query=ada",
                200,
                robots.clone(),
            ),
            answer(
                "GET /api/v1/organizations/acme/people?query=ada",
                200,
                json!({"items": people, "next_cursor": null}),
            ),
            answer(
                "PUT /api/v1/organizations/acme/groups/auditors/members/svc_1 ",
                200,
                json!({"id": "svc_1"}),
            ),
        ]
    };
    let said = roster(&server(searched(json!([]))), "group add auditors ada -o acme").await;
    assert_eq!((said.failure, said.out.as_str()), (None, "Ada is in auditors.\n"));
    let said = roster(&server(searched(json!([ada()]))), "group add auditors ada -o acme").await;
    let told = said.failure.unwrap();
    assert!(told.contains("mem_ada, svc_1"), "{told}");
}

#[tokio::test]
async fn a_token_of_a_project_is_revoked_by_its_name() {
    let tokens = json!({"items": [{"id": "tok_1", "name": "Uploads"}], "next_cursor": null});
    let server = server(vec![
        answer("GET /api/v1/organizations/acme/projects/website/tokens?", 200, tokens),
        answer(
            "DELETE /api/v1/organizations/acme/projects/website/tokens/tok_1 ",
            200,
            json!({"id": "tok_1"}),
        ),
    ]);
    let said = roster(&server, "project token revoke website uploads -o acme").await;
    assert_eq!(said.failure, None);
    assert_eq!(said.out, "uploads is revoked: it signs nobody in any more.\n");
}
