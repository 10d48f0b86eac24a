//! In force at once on the node where it was done, and on every other: whatever takes something away on one node has taken it
//! away on the other as soon as that one has heard of anything later. No clock is asked: the clock of these instances stands still, so that nothing is forgotten for
//! its age, and news arrive in the order in which the changes were made. Every route that changes something stands either
//! in a story here or in the list of those that take nothing away, so that none is forgotten.

mod account;
mod organization;
mod people;
mod program;

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::time::Duration;

use http_floor::api::route::Method as Verb;
use reqwest::Method;
use serde_json::{Value, json};
use service::{Roster, SecretKind};
use testkit::on_both_databases;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::app::{ACME, App, Ask, Person, Server, join};

on_both_databases! {
    what_ends_sessions_ends_them_at_once,
    what_people_lose_they_have_lost_at_once,
    what_programs_lose_they_have_lost_at_once,
    what_an_organization_loses_it_has_lost_at_once,
    what_ends_sessions_ends_them_on_the_other_node,
    what_people_lose_on_one_node_they_have_lost_on_the_other,
    what_programs_lose_on_one_node_they_have_lost_on_the_other,
    what_an_organization_loses_on_one_node_it_has_lost_on_the_other,
}

/// Long enough for any machine; how long it took decides nothing.
const PATIENCE: Duration = Duration::from_secs(60);

/// What takes nothing away of what a node remembers, and why.
const NOTHING: &[(&str, &[&str])] = &[
    (
        "it gives, or tells",
        &[
            "sign_in",
            "ask_password_reset",
            "ask_sign_up",
            "verify_sign_up",
            "ask_for_passkey",
            "sign_in_with_passkey",
            "ask_for_my_passkey",
            "give_second_factor",
            "prove_again",
            "begin_totp",
            "confirm_totp",
            "begin_passkey",
            "confirm_passkey",
            "create_my_token",
            "open_organization",
            "import_organization",
            "test_single_sign_on",
            "create_member",
            "grant_ownership",
            "add_by_handle",
            "enable_member",
            "lift_member_suspension",
            "send_invitation",
            "look_up_invitation",
            "accept_invitation",
            "create_members",
            "send_invitations",
            "create_role",
            "explain_access",
            "create_service_account",
            "reactivate_service_account",
            "create_service_account_token",
            "create_group",
            "create_project",
            "grant_project_access",
            "ask_project_repository",
            "create_project_token",
            "add_group_member",
            "add_signup_domain",
            "edit_signup_domain",
            "prove_signup_domain",
            "enable_organization",
            "restore_organization",
            "lift_account_suspension",
            "grant_superuser",
            "test_smtp",
            "confirm_listeners",
            "set_up",
            "consent",
            "mail_account_password_reset",
            "change_my_email",
            "set_audit_forwarding",
            "set_instance_audit_forwarding",
            "set_single_sign_on",
        ],
    ),
    (
        "it names or describes",
        &[
            "edit_me",
            "edit_organization",
            "edit_member",
            "edit_project",
            "edit_group",
            "edit_service_account",
        ],
    ),
    (
        "it takes a way in, or what opens once: both are looked up whenever they are used",
        &[
            "resend_invitation",
            "revoke_invitation",
            "drop_my_email_change",
            "verify_email_change",
            "renew_recovery_codes",
            "remove_passkey",
            "unlink_my_identity",
            "remove_single_sign_on",
            "remove_signup_domain",
        ],
    ),
    (
        "it is a setting of the whole instance, which is read anew when it is told",
        &[
            "change_instance_policies",
            "change_smtp",
            "set_tls",
            "remove_tls",
            "set_listeners",
            "stop_audit_forwarding",
            "stop_instance_audit_forwarding",
        ],
    ),
    ("it does what another operation does", &["undo_audit_event"]),
];

/// What the stories are about, by route.
const STORIES: &[&[&str]] = &[account::TAKEN, people::TAKEN, program::TAKEN, organization::TAKEN];

/// A node that listens until this value ends.
struct Told(JoinHandle<()>);

impl Drop for Told {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Two nodes: one where everything happens, and one that hears of it, where `app`'s people ask. Or one that is both.
struct Pair {
    app: App,
    there: Server,
    /// The node of `there`.
    elsewhere: Roster,
    mark: Person,
    marked: Cell<bool>,
    walked: RefCell<BTreeSet<&'static str>>,
    _told: Option<Told>,
}

/// What somebody may: subject, permission, resource.
#[derive(Clone, Debug)]
struct May {
    subject: (&'static str, String),
    permission: &'static str,
    resource: (&'static str, String),
}

/// Whoever has this session or token gets into acme.
fn enters(token: &str) -> May {
    May {
        subject: ("session", token.to_owned()),
        permission: "roster.organization.view",
        resource: ("organization", "acme".to_owned()),
    }
}

fn session(person: &Person) -> May {
    enters(person.token.as_deref().unwrap())
}

fn may(person: &Person, permission: &'static str) -> May {
    May {
        subject: ("member", person.member.clone()),
        permission,
        resource: ("organization", "acme".to_owned()),
    }
}

fn may_on(person: &Person, permission: &'static str, project: &str) -> May {
    May {
        resource: ("project", project.to_owned()),
        ..may(person, permission)
    }
}

impl Pair {
    /// Asked where it happens.
    async fn alone(app: App) -> Self {
        let roster = app.roster.clone();
        let server = Server::start(&roster, Vec::new()).await;
        Self::new(app, (roster, server), None).await
    }

    async fn of(app: App) -> Self {
        let node = app.node().await;
        let roster = app.roster.clone();
        let told = Told(tokio::spawn(async move { roster.keep_told().await }));
        let pair = Self::new(app, node, Some(told)).await;
        let listening = timeout(PATIENCE, async {
            while !pair.app.roster.is_told() {
                tokio::task::yield_now().await;
            }
        });
        assert!(listening.await.is_ok(), "nobody listens");
        pair
    }

    async fn new(app: App, (elsewhere, there): (Roster, Server), told: Option<Told>) -> Self {
        let mark = join(&app.eve, "elsewhere", "mark", "guest").await;
        Self {
            app,
            there,
            elsewhere,
            mark,
            marked: Cell::new(false),
            walked: RefCell::default(),
            _told: told,
        }
    }

    /// Somebody new in acme, at the other node.
    async fn person(&self, name: &str, role: &str) -> Person {
        join(&self.there(&self.app.olivia), "acme", name, role).await
    }

    /// The same person at the other node.
    fn there(&self, person: &Person) -> Person {
        person.at(&self.there)
    }

    async fn holds(&self, may: &May) -> bool {
        let question = json!({
            "subject": { "type": may.subject.0, "id": may.subject.1 },
            "action": { "name": may.permission },
            "resource": { "type": may.resource.0, "id": may.resource.1 },
        });
        self.decided(&self.app.olivia, &question).await
    }

    async fn decided(&self, asker: &Person, question: &Value) -> bool {
        let answer = asker.ask(Method::POST, "/access/v1/evaluation").json(question).await;
        answer.json()["decision"] == true
    }

    /// Returns when this node has heard of everything that was done there before: something that is done now is known here.
    async fn heard(&self) {
        let marked = !self.marked.get();
        let question = json!({
            "subject": { "type": "member", "id": self.mark.member },
            "action": { "name": "roster.member.view" },
            "resource": { "type": "organization", "id": "elsewhere" },
        });
        // Remembered here: what is not would be read anew, and tell nothing of what was heard.
        for _ in 0..2 {
            assert_eq!(self.decided(&self.app.eve, &question).await, !marked);
        }
        let role = json!({ "role": if marked { "member" } else { "guest" } });
        let path = format!("/organizations/elsewhere/members/{}/role", self.mark.member);
        self.there(&self.app.eve).put(&path, role).await.is(200);
        self.marked.set(marked);
        let heard = timeout(PATIENCE, async {
            while self.decided(&self.app.eve, &question).await != marked {
                tokio::task::yield_now().await;
            }
        });
        assert!(heard.await.is_ok(), "nothing is heard");
    }

    /// Believed here; then it is taken away there; then it is believed no more.
    async fn taken(&self, route: &'static str, all: &[May], act: Ask) {
        self.walked.borrow_mut().insert(route);
        // Of how it came about, too.
        self.heard().await;
        for may in all {
            assert!(self.holds(may).await, "{route}: before, {may:?}");
            // Once more, of what is remembered.
            assert!(self.holds(may).await, "{route}: before, {may:?}");
        }
        done(act).await;
        self.heard().await;
        for may in all {
            assert!(!self.holds(may).await, "{route}: still {may:?}");
        }
    }

    /// Every route of the list was walked, and no other.
    fn ends(self, routes: &[&'static str]) {
        let named: BTreeSet<_> = routes.iter().copied().collect();
        assert_eq!(self.walked.into_inner(), named);
    }
}

async fn what_ends_sessions_ends_them_at_once(app: App) {
    account::walk(Pair::alone(app).await).await;
}

async fn what_people_lose_they_have_lost_at_once(app: App) {
    people::walk(Pair::alone(app).await).await;
}

async fn what_programs_lose_they_have_lost_at_once(app: App) {
    program::walk(Pair::alone(app).await).await;
}

async fn what_an_organization_loses_it_has_lost_at_once(app: App) {
    organization::walk(Pair::alone(app).await).await;
}

async fn what_ends_sessions_ends_them_on_the_other_node(app: App) {
    account::walk(Pair::of(app).await).await;
}

async fn what_people_lose_on_one_node_they_have_lost_on_the_other(app: App) {
    people::walk(Pair::of(app).await).await;
}

async fn what_programs_lose_on_one_node_they_have_lost_on_the_other(app: App) {
    program::walk(Pair::of(app).await).await;
}

async fn what_an_organization_loses_on_one_node_it_has_lost_on_the_other(app: App) {
    organization::walk(Pair::of(app).await).await;
}

#[test]
fn every_route_that_changes_something_is_in_a_story_or_takes_nothing_away() {
    let mut named = BTreeSet::new();
    let stories = STORIES.iter().map(|routes| ("a story", *routes));
    for (place, routes) in stories.chain(NOTHING.iter().copied()) {
        for route in routes {
            assert!(named.insert(*route), "{route} stands twice, last in: {place}");
        }
    }
    let routes = http_floor::api::routes().0;
    let changing = routes.iter().filter(|route| route.method != Verb::Get);
    let changing: BTreeSet<_> = changing.map(|route| route.id).collect();
    assert_eq!(
        named, changing,
        "a route that is new here takes something away, or does not: say which"
    );
}

/// What opens something is remembered by its holder's kind; each kind has its story.
#[test]
fn every_kind_of_secret_is_in_a_story() {
    for kind in SecretKind::ALL {
        let story = match kind {
            SecretKind::Session => "end_my_session",
            SecretKind::Personal => "revoke_my_token",
            SecretKind::Service => "revoke_service_account_token",
            SecretKind::Project => "revoke_project_token",
        };
        assert!(STORIES.iter().any(|routes| routes.contains(&story)), "{kind:?}");
    }
}

/// The answer of what was carried out.
async fn done(act: Ask) -> Value {
    let reply = act.await;
    assert!(matches!(reply.status, 200..300), "{} {}", reply.status, reply.text);
    reply.json()
}

fn acme(path: &str) -> String {
    format!("{ACME}/{path}")
}
