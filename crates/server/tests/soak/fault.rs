//! Writing and synchronising fail at the n-th call, for every n of what people do: who is told that it is done finds it done
//! after a power failure, who is told that it is not finds a number to look for in the log, and the server goes on.

mod act;
mod beginning;

use serde_json::{Value, json};

use crate::chance::Chance;
use crate::house::{Caller, House, Node, PASSWORD};
use crate::preload::{After, Between, EVERYTHING, INPUT_OUTPUT, NO_SPACE};
use crate::{extent, rules};
use act::{ACTS, Act};

/// How a call fails.
#[derive(Clone, Copy, Debug)]
struct Way {
    error: u64,
    after: After,
}

const WAYS: [Way; 3] = [
    Way {
        error: INPUT_OUTPUT,
        after: After::Lost,
    },
    Way {
        error: NO_SPACE,
        after: After::Kept,
    },
    Way {
        error: INPUT_OUTPUT,
        after: After::PowerFailure,
    },
];

/// Of so many calls those that fail, one at a time: every one, or a few that are spread.
fn chosen(calls: u64, few: u64, chance: &Chance) -> Vec<u64> {
    if extent::is_whole() {
        // And some more: it is not the same number every time.
        return (1..=calls + calls / 4).collect();
    }
    let step = (calls / few).max(1);
    let offset = u64::try_from(chance.below(usize::try_from(step).unwrap())).unwrap();
    (0..few)
        .map(|number| 1 + offset + number * step)
        .filter(|call| *call <= calls)
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_fails_at_any_call_loses_nothing_that_was_acknowledged() {
    let chance = extent::chance("fault");
    let house = House::new();
    let between = Between::new(&house);
    between.count();
    let mut desk = Desk::open(&house, &between).await;
    desk.node.set_up().await;
    desk.sign_in().await;
    let (mut tried, mut failed, mut number) = (0, 0, 0);
    for act in ACTS {
        let calls = desk.calls_of(act, &mut number).await;
        let mut done = Vec::new();
        for way in WAYS {
            for call in chosen(calls, extent::of(1, 0), &chance) {
                number += 1;
                let subject = act.prepare(&desk.olivia, number).await;
                between.fail(EVERYTHING, (call, call), way.error, way.after);
                let answered = act.ask(&desk.olivia, &subject).await;
                let hit = between.hits() > 0;
                between.count();
                tried += 1;
                failed += u64::from(hit);
                match answered {
                    Some((200..=299, answer)) => done.push((subject, answer)),
                    Some(refused) => desk.was_clear(refused, act, call),
                    None => assert_eq!(
                        (way.after, hit),
                        (After::PowerFailure, true),
                        "{act:?} at {call}: no answer"
                    ),
                }
                if desk.has_ended().await {
                    assert_eq!(way.after, After::PowerFailure, "{act:?} at {call}: {}", desk.node.log());
                    desk = Desk::open(&house, &between).await;
                    desk.sign_in().await;
                }
                desk.goes_on(&mut number).await;
            }
        }
        // What is not on disk by now is gone.
        between.fail(EVERYTHING, (1, u64::MAX), INPUT_OUTPUT, After::PowerFailure);
        let _no_answer = Act::Invite.ask(&desk.olivia, &Act::Invite.prepare_blind(number)).await;
        assert_eq!(desk.node.ended().await, Some(137));
        between.count();
        desk = Desk::open(&house, &between).await;
        desk.sign_in().await;
        rules::hold(&house, &desk.olivia).await;
        for (subject, answer) in &done {
            assert!(
                act.is_done(&desk.olivia, subject, answer).await,
                "{act:?} was acknowledged: {subject:?}"
            );
        }
        extent::tell(&format!("fault: {act:?}, {calls} calls"));
    }
    println!("fault: {tried} tries, {failed} of them met the disk");
    assert!(failed > 0);
    desk.node.stop().await;
}

/// A server between which and its disk something stands, and who works there.
struct Desk<'a> {
    between: &'a Between,
    node: Node,
    olivia: Caller,
}

impl<'a> Desk<'a> {
    async fn open(house: &House, between: &'a Between) -> Self {
        let node = house
            .spawn(between.command(house, &["serve", "--listen", "127.0.0.1:0"]))
            .await;
        let olivia = node.anyone();
        Self { between, node, olivia }
    }

    async fn sign_in(&mut self) {
        let (status, answer) = self.olivia.sign_in("olivia", PASSWORD).await;
        assert_eq!(status, 201, "{answer}");
        self.olivia = self.olivia.with(answer["token"].as_str().unwrap());
    }

    async fn has_ended(&self) -> bool {
        self.olivia.request("GET", "/healthz").send().await.is_err()
    }

    /// How many calls it takes when all goes well.
    async fn calls_of(&self, act: Act, number: &mut u64) -> u64 {
        *number += 1;
        let subject = act.prepare(&self.olivia, *number).await;
        self.between.count();
        let answered = act.ask(&self.olivia, &subject).await;
        assert!(matches!(answered, Some((200..=299, _))), "{act:?}: {answered:?}");
        self.between.calls()
    }

    /// A problem, and a number by which the log tells more.
    fn was_clear(&self, (status, answer): (u16, Value), act: Act, call: u64) {
        let expected = [(503, "unavailable"), (503, "uncertain"), (507, "no_space")];
        let code = answer["code"].as_str().unwrap_or_default();
        assert!(
            expected.contains(&(status, code)),
            "{act:?} at {call}: {status} {answer}"
        );
        let id = answer["request_id"].as_str().unwrap();
        let log = self.node.log();
        assert!(
            log.lines()
                .any(|line| line.contains(id) && line.contains("a request failed")),
            "{act:?} at {call}: {id} is not in the log:\n{log}"
        );
    }

    /// The next one is served as if nothing had happened.
    async fn goes_on(&self, number: &mut u64) {
        *number += 1;
        let path = "/api/v1/organizations/acme/invitations";
        let body = json!({ "email": format!("next-{number}@example.com"), "role": "member" });
        let (status, answer) = self.olivia.post(path, &body).await;
        assert_eq!(status, 201, "{answer}\n{}", self.node.log());
        assert_eq!(self.olivia.get("/readyz").await.0, 200);
    }
}
