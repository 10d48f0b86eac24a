//! Pages that are only read: the audit log and the help for the API.

use super::{Sample, inside, own};
use crate::page::audit::{Change, Download, List, Only, Retention, Row};
use crate::page::audit_forwarding::{Settings, Standing};
use crate::page::docs::{Heading, Index, Operation, Operations, Parameter, Problem, Problems, Response, Tag};
use crate::page::form::{Choice, Errors};
use crate::page::part::{Pager, Time};
use crate::page::shell::Section;

impl Sample for List {
    fn samples() -> Vec<(&'static str, Self)> {
        let row =
            |id: &str, at: &str, actor: &str, sentence: &str, action: &str, target: &str, changes: Vec<Change>| Row {
                id: id.to_owned(),
                at: Time::new("2026-11-21T17:03:00Z", at),
                actor: actor.to_owned(),
                sentence: sentence.to_owned(),
                action: action.to_owned(),
                target: target.to_owned(),
                actor_href: "/o/analytical/audit?actor=acc_01".to_owned(),
                target_href: "/o/analytical/people/mem_01".to_owned(),
                about_href: "/o/analytical/audit?target=mem_01".to_owned(),
                medium: "Web".to_owned(),
                address: "203.0.113.7".to_owned(),
                request_id: "01kay6h3s8f4x9d".to_owned(),
                changes,
                undo_href: match action {
                    "member.role_changed" => format!("/o/analytical/audit/{id}/undo"),
                    _ => String::new(),
                },
                undone: action == "group.member_added",
                number: "1204".to_owned(),
                hash: HASH.to_owned(),
                erased: String::new(),
            };
        let page = Self {
            shell: inside("Audit log", Section::Audit),
            base: "/o/analytical/audit".to_owned(),
            query: String::new(),
            media: vec![Choice::new("", "Any medium").selected(true), Choice::new("web", "Web")],
            downloads: ["CSV", "JSON", "NDJSON"]
                .map(|label| Download {
                    label: label.to_owned(),
                    href: "/o/analytical/audit/export".to_owned(),
                })
                .into(),
            last_number: "1204".to_owned(),
            last_hash: HASH.to_owned(),
            kept: "Entries are kept for ever.".to_owned(),
            may_manage: true,
            actions: vec![
                Choice::new("", "Any action").selected(true),
                Choice::new("member.role_changed", "member.role_changed"),
            ],
            filtered: false,
            rows: vec![
                row(
                    "evt_01",
                    "Today, 09:12",
                    "Olivia Ortega",
                    "changed the role of",
                    "member.role_changed",
                    "Ada Lovelace",
                    vec![Change {
                        field: "role".to_owned(),
                        before: "Member".to_owned(),
                        after: "Admin".to_owned(),
                    }],
                ),
                row(
                    "evt_02",
                    "Yesterday, 17:03",
                    "Olivia Ortega",
                    "disabled the access of",
                    "member.disabled",
                    "Barbara Liskov",
                    vec![
                        Change {
                            field: "status".to_owned(),
                            before: "active".to_owned(),
                            after: "disabled".to_owned(),
                        },
                        Change {
                            field: "reason".to_owned(),
                            before: String::new(),
                            after: "on leave".to_owned(),
                        },
                    ],
                ),
                row(
                    "evt_03",
                    "19 Nov 2026, 08:40",
                    "Adam Admin",
                    "invited",
                    "invitation.sent",
                    "rosalind@kings.example",
                    Vec::new(),
                ),
            ],
            pager: Pager {
                first: String::new(),
                next: "/o/analytical/audit?cursor=x".to_owned(),
            },
            ..Self::default()
        };
        let narrowed = Self {
            only: vec![Only {
                field: "actor".to_owned(),
                id: "acc_01".to_owned(),
                label: "By Olivia Ortega".to_owned(),
                without: "/o/analytical/audit".to_owned(),
            }],
            from: "2026-11-01".to_owned(),
            to: "2026-11-22".to_owned(),
            filtered: true,
            ..page.clone()
        };
        let empty = Self {
            rows: Vec::new(),
            filtered: true,
            query: "zzz".to_owned(),
            ..page.clone()
        };
        vec![
            ("audit-list", page),
            ("audit-list-narrowed", narrowed),
            ("audit-list-no-match", empty),
        ]
    }
}

impl Sample for Settings {
    fn samples() -> Vec<(&'static str, Self)> {
        let first = Self {
            shell: inside("Forwarding", Section::Audit),
            base: "/o/analytical/audit".to_owned(),
            lead: "Every entry is sent on as it is written, in order, again and again until it has arrived.".to_owned(),
            authentications: vec![
                Choice::new("none", "Not at all").selected(true),
                Choice::new("bearer", "By a secret in each request").hint("Authorization: Bearer, over HTTPS."),
                Choice::new("signature", "By a signature of each request").hint("HMAC-SHA256 by the secret."),
            ],
            starts: vec![
                Choice::new("now", "What is written from now on").selected(true),
                Choice::new("beginning", "Everything that is kept, also what was sent before"),
            ],
            ..Self::default()
        };
        let well = Self {
            standing: Some(Standing {
                behind: "All entries have arrived.".to_owned(),
                delivered_at: Time::new("2026-11-22T09:12:00Z", "22 Nov 2026, 09:12"),
                error: String::new(),
                failing_since: Time::never(""),
                next_try_at: Time::never(""),
            }),
            url: "https://log.example.com/in".to_owned(),
            has_secret: true,
            ..first.clone()
        };
        let failing = Self {
            standing: Some(Standing {
                behind: "1204 entries, the oldest by 3 hours".to_owned(),
                delivered_at: Time::new("2026-11-22T06:12:00Z", "22 Nov 2026, 06:12"),
                error: "It answered 503 Service Unavailable.".to_owned(),
                failing_since: Time::new("2026-11-22T06:12:01Z", "22 Nov 2026, 06:12"),
                next_try_at: Time::new("2026-11-22T09:17:00Z", "22 Nov 2026, 09:17"),
            }),
            ..well.clone()
        };
        vec![
            ("audit-forwarding", first),
            ("audit-forwarding-well", well),
            ("audit-forwarding-failing", failing),
        ]
    }
}

const HASH: &str = "5d0c1f0a9b7e6d5c4b3a29181706f5e4d3c2b1a0f9e8d7c6b5a4938271605f4e";

impl Sample for Retention {
    fn samples() -> Vec<(&'static str, Self)> {
        let kept = |days: bool| {
            vec![
                Choice::new("ever", "For ever")
                    .hint("Nothing is removed for its age.")
                    .selected(!days),
                Choice::new("days", "For a number of days")
                    .hint("What is older is removed, once a day.")
                    .selected(days),
            ]
        };
        let page = Self {
            shell: inside("Keeping the audit log", Section::Audit),
            base: "/o/analytical/audit".to_owned(),
            kept: kept(false),
            ..Self::default()
        };
        let wrong = Self {
            kept: kept(true),
            days: "a year".to_owned(),
            errors: Errors::none().with("audit_retention_days", "Give a whole number of days."),
            ..page.clone()
        };
        vec![("audit-retention", page), ("audit-retention-error", wrong)]
    }
}

fn heading(method: &str, path: &str, summary: &str) -> Heading {
    Heading {
        id: summary.to_lowercase().replace(' ', "-"),
        method: method.to_owned(),
        path: path.to_owned(),
        summary: summary.to_owned(),
    }
}

impl Sample for Index {
    fn samples() -> Vec<(&'static str, Self)> {
        vec![(
            "docs-index",
            Self {
                shell: own("API help", Section::Help),
                version: "1".to_owned(),
                description_href: "/api/v1/openapi.json".to_owned(),
                server: "http://localhost:8080".to_owned(),
                tags: vec![
                    Tag {
                        slug: "members".to_owned(),
                        name: "Members".to_owned(),
                        description: "People who belong to an organization.".to_owned(),
                        operations: vec![
                            heading("GET", "/organizations/{org}/people", "List people"),
                            heading("POST", "/organizations/{org}/members", "Create a member"),
                            heading("PATCH", "/organizations/{org}/members/{member}", "Edit a member"),
                            heading("PUT", "/organizations/{org}/members/{member}/role", "Change a role"),
                            heading("DELETE", "/organizations/{org}/members/{member}", "Remove a member"),
                        ],
                    },
                    Tag {
                        slug: "invitations".to_owned(),
                        name: "Invitations".to_owned(),
                        description: String::new(),
                        operations: vec![heading("POST", "/organizations/{org}/invitations", "Invite")],
                    },
                ],
            },
        )]
    }
}

impl Sample for Operations {
    fn samples() -> Vec<(&'static str, Self)> {
        let parameter = |name: &str, place: &str, kind: &str, required: bool, description: &str| Parameter {
            name: name.to_owned(),
            place: place.to_owned(),
            kind: kind.to_owned(),
            required,
            description: description.to_owned(),
        };
        vec![(
            "docs-operation",
            Self {
                shell: own("Members · API help", Section::Help),
                name: "Members".to_owned(),
                slug: "members".to_owned(),
                description: "People who belong to an organization.".to_owned(),
                operations: vec![Operation {
                    id: "change-a-role".to_owned(),
                    method: "PUT".to_owned(),
                    path: "/api/v1/organizations/{org}/members/{member}/role".to_owned(),
                    summary: "Change a role".to_owned(),
                    description: "Takes effect with the next request. Nobody can give a role that holds more than their own.".to_owned(),
                    permission: "roster.member.manage".to_owned(),
                    parameters: vec![parameter("org", "path", "string", true, "Id or slug of the organization."), parameter("dry_run", "query", "boolean", false, "Only says what would change.")],
                    body: vec![parameter("role", "body", "string", true, "Id or slug of the role."), parameter("until", "body", "time", false, "When it ends.")],
                    responses: vec![
                        Response { status: "200".to_owned(), description: "The member as it is now.".to_owned(), example: "{\n  \"id\": \"mem_01kay6h3s8\",\n  \"role\": {\"slug\": \"admin\"}\n}".to_owned() },
                        Response { status: "409".to_owned(), description: "An Owner keeps the role.".to_owned(), example: String::new() },
                    ],
                    example: "curl -X PUT http://localhost:8080/api/v1/organizations/analytical/members/mem_01kay6h3s8/role \\\n  -H \"authorization: Bearer $ROSTER_TOKEN\" -H 'content-type: application/json' \\\n  -d '{\"role\": \"admin\"}'".to_owned(),
                }],
                tags: vec![("members".to_owned(), "Members".to_owned()), ("invitations".to_owned(), "Invitations".to_owned())],
            },
        )]
    }
}

impl Sample for Problems {
    fn samples() -> Vec<(&'static str, Self)> {
        let problem = |status: &str, code: &str, text: &str| Problem {
            code: code.to_owned(),
            status: status.to_owned(),
            text: text.to_owned(),
        };
        vec![(
            "docs-problem",
            Self {
                shell: own("Problems · API help", Section::Help),
                problems: vec![
                    problem(
                        "404",
                        "not_found",
                        "There is no such thing, or the caller may not know of it.",
                    ),
                    problem(
                        "409",
                        "last_owner",
                        "The organization would be left without an active Owner.",
                    ),
                ],
            },
        )]
    }
}
