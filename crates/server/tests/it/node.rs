//! A node whose PostgreSQL goes away, swallows everything, tells nothing, or is lost in the middle of a commit: it says so,
//! believes nothing that it cannot know, and goes on by itself.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use serde_json::{Value, json};
use testkit::app::Start;
use testkit::{Cable, On, OwnPostgres};
use tokio::time::{sleep, timeout};

use crate::house::{Caller, House, Node};

/// Longer than anything here takes on a machine that is busy with something else.
const PATIENCE: Duration = Duration::from_secs(60);
const ZOE: &str = "zoe@example.com";

/// A node on a cable, and another one beside it that nothing happens to.
struct Wired {
    house: House,
    cable: Cable,
    node: Node,
    url: String,
    olivia: Caller,
    anyone: Caller,
}

async fn wired() -> Option<Wired> {
    let house = House::start(On::Postgres).await?;
    let database = house.database()?;
    let cable = Cable::to(database).await;
    let url = cable.url(database);
    let node = house.serve(&["--database", &url]).await;
    let olivia = node.set_up().await;
    let anyone = node.anyone();
    let wired = Wired {
        anyone,
        cable,
        node,
        url,
        olivia,
        house,
    };
    until("it is told of changes", async || {
        wired.gauge("roster_changes_told").await == 1
    })
    .await;
    Some(wired)
}

/// Asks again until it is so.
pub async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    let asked = timeout(PATIENCE, async {
        while !holds().await {
            sleep(Duration::from_millis(20)).await;
        }
    });
    assert!(asked.await.is_ok(), "{what}: not within {PATIENCE:?}");
}

async fn ready(anyone: &Caller) -> u16 {
    anyone.get("/readyz").await.0
}

/// A member of acme, made by its Owner.
pub async fn member(olivia: &Caller, name: &str) -> String {
    let body = json!({ "name": name, "username": name, "email": format!("{name}@example.com"), "role": "admin" });
    let (status, made) = olivia.post("/api/v1/organizations/acme/members", &body).await;
    assert_eq!(status, 201, "{made}");
    made["member"]["id"].as_str().unwrap().to_owned()
}

/// Whether they may manage members, as this node has it; else the status.
pub async fn may(asker: &Caller, member: &str) -> Result<bool, u16> {
    let question = json!({
        "subject": { "type": "member", "id": member },
        "action": { "name": "roster.member.manage" },
        "resource": { "type": "organization", "id": "acme" },
    });
    let (status, answer) = asker.post("/access/v1/evaluation", &question).await;
    answer["decision"].as_bool().ok_or(status)
}

impl Wired {
    async fn gauge(&self, name: &str) -> u64 {
        let (_, text) = self.anyone.get("/metrics").await;
        let text = text.as_str().unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_else(|| panic!("no {name} in {text}"))
            .trim()
            .parse()
            .unwrap()
    }

    /// The same caller at another node of the same house.
    async fn beside(&self) -> (Node, Caller) {
        let node = self.house.serve(&[]).await;
        let olivia = Caller::new(&node.url, &self.olivia.token);
        (node, olivia)
    }

    async fn invite_zoe(&self, key: &str) -> (u16, Value) {
        let body = json!({ "email": ZOE, "role": "member" });
        let request = self.olivia.request("POST", "/api/v1/organizations/acme/invitations");
        crate::house::answer(request.header("idempotency-key", key).json(&body)).await
    }

    async fn invitations(&self) -> usize {
        self.olivia.all("/api/v1/organizations/acme/invitations").await.len()
    }

    /// Every door says the same, and how long to wait.
    async fn is_away(&self) {
        assert_eq!(self.anyone.get("/healthz").await.0, 200);
        assert_eq!(ready(&self.anyone).await, 503);
        let paths = [
            "/api/v1/me",
            "/api/v1/organizations/acme/members",
            "/api/v1/instance/accounts",
        ];
        for path in paths {
            let answer = self.olivia.request("GET", path).send().await.unwrap();
            let header = |name| {
                answer
                    .headers()
                    .get(name)
                    .map(|value| value.to_str().unwrap().to_owned())
            };
            assert_eq!(answer.status(), 503, "{path}");
            assert_eq!(
                header(CONTENT_TYPE).as_deref(),
                Some("application/problem+json"),
                "{path}"
            );
            assert!(header(RETRY_AFTER).is_some(), "{path}");
            let told: Value = answer.json().await.unwrap();
            assert_eq!(told["code"], "unavailable", "{path}: {told}");
        }
        let page = self.anyone.request("GET", "/organizations");
        let page = page.header("cookie", format!("roster={}", self.olivia.token));
        let page = page.send().await.unwrap();
        assert_eq!(page.status(), 503);
        assert!(page.headers().contains_key(RETRY_AFTER));
        let text = page.text().await.unwrap();
        assert!(text.contains("The database does not answer"), "{text}");
        assert_eq!(self.gauge("roster_up").await, 0);
        assert_eq!(self.gauge("roster_changes_told").await, 0);
    }

    /// Whether it is ready, as a container's health check asks.
    async fn asked_by_command(&self) -> (Option<i32>, String) {
        let asked = self.house.run(&["ready", "--server", &self.node.url], "").await;
        (asked.code, asked.err)
    }

    /// With nobody's help.
    async fn is_back(&self) {
        until("it is ready again", async || ready(&self.anyone).await == 200).await;
        until("it is told again", async || {
            self.gauge("roster_changes_told").await == 1
        })
        .await;
        assert_eq!(self.olivia.get("/api/v1/me").await.0, 200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_cut_off_says_so_at_every_door_and_recovers_by_itself() {
    let Some(wired) = wired().await else { return };
    let mia = member(&wired.olivia, "mia").await;
    assert_eq!(may(&wired.olivia, &mia).await, Ok(true));
    wired.cable.cut();
    until("nothing is believed any more", async || {
        may(&wired.olivia, &mia).await == Err(503)
    })
    .await;
    wired.is_away().await;
    let (code, told) = wired.asked_by_command().await;
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("503"), "{told}");
    wired.cable.mend();
    wired.is_back().await;
    assert_eq!(wired.asked_by_command().await, (Some(0), String::new()));
    assert_eq!(may(&wired.olivia, &mia).await, Ok(true));
    assert!(
        wired.node.log().contains("changes made elsewhere are not told"),
        "{}",
        wired.node.log()
    );
    wired.node.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_whose_network_swallows_everything_believes_nothing_and_keeps_nobody_waiting() {
    let Some(wired) = wired().await else { return };
    let mia = member(&wired.olivia, "mia").await;
    let (beside, there) = wired.beside().await;
    assert_eq!(may(&wired.olivia, &mia).await, Ok(true));
    wired.cable.freeze();
    let role = there.request("PUT", &format!("/api/v1/organizations/acme/members/{mia}/role"));
    let (status, told) = crate::house::answer(role.json(&json!({ "role": "guest" }))).await;
    assert_eq!(status, 200, "{told}");
    // Whoever asks is answered, though no packet comes back; and once nothing is believed, nothing is until it is known.
    until("nothing is believed any more", async || {
        may(&wired.olivia, &mia).await == Err(503)
    })
    .await;
    wired.is_away().await;
    assert_eq!(may(&wired.olivia, &mia).await, Err(503));
    wired.cable.mend();
    let first = loop {
        match may(&wired.olivia, &mia).await {
            Err(503) => sleep(Duration::from_millis(20)).await,
            answered => break answered,
        }
    };
    assert_eq!(first, Ok(false), "the first answer is the one that holds now");
    wired.is_back().await;
    wired.node.stop().await;
    beside.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_told_nothing_asks_and_says_so() {
    let Some(wired) = wired().await else { return };
    let mia = member(&wired.olivia, "mia").await;
    let (beside, there) = wired.beside().await;
    assert_eq!(may(&wired.olivia, &mia).await, Ok(true));
    wired.cable.deafen();
    until("it knows that it hears nothing", async || {
        wired.gauge("roster_changes_told").await == 0
    })
    .await;
    assert_eq!(wired.gauge("roster_up").await, 1);
    assert_eq!(ready(&wired.anyone).await, 200);
    for (role, holds) in [("guest", false), ("admin", true)] {
        let change = there.request("PUT", &format!("/api/v1/organizations/acme/members/{mia}/role"));
        let (status, told) = crate::house::answer(change.json(&json!({ "role": role }))).await;
        assert_eq!(status, 200, "{told}");
        until("it has asked", async || may(&wired.olivia, &mia).await == Ok(holds)).await;
    }
    assert!(
        wired.node.log().contains("passes no notification on"),
        "{}",
        wired.node.log()
    );
    let doctor = wired
        .house
        .run(&["doctor", "--database", &wired.url, "--output", "json"], "")
        .await;
    let findings: Value = serde_json::from_str(&doctor.out).unwrap();
    let changes = |findings: &Value| {
        let found = findings["findings"].as_array().unwrap().iter();
        let mut of = found.filter(|finding| finding["check"] == "changes");
        of.next().map(|finding| finding["level"].clone()).unwrap_or_default()
    };
    assert_eq!(changes(&findings), "warning", "{}", doctor.out);
    wired.cable.mend();
    wired.is_back().await;
    let doctor = wired
        .house
        .run(&["doctor", "--database", &wired.url, "--output", "json"], "")
        .await;
    assert_eq!(
        changes(&serde_json::from_str(&doctor.out).unwrap()),
        "ok",
        "{}",
        doctor.out
    );
    wired.node.stop().await;
    beside.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_whose_commit_is_never_answered_is_told_as_unknown_and_not_made_twice() {
    let Some(wired) = wired().await else { return };
    wired.cable.cut_at_commit_of(ZOE);
    let (status, told) = wired.invite_zoe("first").await;
    assert_eq!(
        (status, told["code"].as_str()),
        (503, Some("outcome_unknown")),
        "{told}"
    );
    wired.cable.is_cut().await;
    wired.cable.mend();
    wired.is_back().await;
    // It was made, as it happens; whoever repeats it is told so.
    let (status, told) = wired.invite_zoe("first").await;
    assert_eq!((status, told["code"].as_str()), (409, Some("answer_lost")), "{told}");
    assert_eq!(wired.invitations().await, 1);
    wired.node.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_never_reached_the_database_is_made_by_its_repetition_once() {
    let Some(wired) = wired().await else { return };
    wired.cable.cut();
    let (status, told) = wired.invite_zoe("first").await;
    assert_eq!((status, told["code"].as_str()), (503, Some("unavailable")), "{told}");
    wired.cable.mend();
    wired.is_back().await;
    for _ in 0..2 {
        let (status, told) = wired.invite_zoe("first").await;
        assert_eq!(status, 201, "{told}: {}", wired.node.log());
    }
    assert_eq!(wired.invitations().await, 1);
    wired.node.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_outlives_its_postgresql_standing_still_and_starting_anew() {
    let Some(mut postgres) = OwnPostgres::start().await else {
        return;
    };
    let house = House::new();
    let node = house.serve(&["--database", postgres.url()]).await;
    let (olivia, anyone) = (node.set_up().await, node.anyone());
    let mia = member(&olivia, "mia").await;

    postgres.pause();
    until("it knows that nobody answers", async || {
        may(&olivia, &mia).await == Err(503)
    })
    .await;
    assert_eq!(ready(&anyone).await, 503);
    assert_eq!(anyone.get("/healthz").await.0, 200);
    postgres.go_on();
    until("it goes on", async || may(&olivia, &mia).await == Ok(true)).await;

    postgres.restart().await;
    until("it goes on", async || {
        ready(&anyone).await == 200 && may(&olivia, &mia).await == Ok(true)
    })
    .await;
    let ida = member(&olivia, "ida").await;
    assert_eq!(may(&olivia, &ida).await, Ok(true));
    node.stop().await;
}
