//! The same while a server starts, for the first time or after a power failure, and while it ends: it serves, or it ends with
//! one line that says why; and the next start finds everything.

use std::fs;

use super::{WAYS, chosen};
use crate::house::{House, PASSWORD};
use crate::preload::{After, Between, EVERYTHING, INPUT_OUTPUT};
use crate::{extent, rules};

const SERVE: [&str; 3] = ["serve", "--listen", "127.0.0.1:0"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_start_on_a_failing_disk_can_be_made_again() {
    let chance = extent::chance("first start");
    let calls = {
        let house = House::new();
        let between = Between::new(&house);
        between.count();
        let node = house.spawn(between.command(&house, &SERVE)).await;
        let calls = between.calls();
        node.stop().await;
        calls
    };
    for (number, way) in WAYS.into_iter().enumerate() {
        for call in chosen(calls, extent::of(2, 0), &chance) {
            let house = House::new();
            let between = Between::new(&house);
            between.fail(EVERYTHING, (call, call), way.error, way.after);
            started_or_told(&house, &between, way.after).await;
            let again = house.serve(&[]).await;
            assert!(again.link().is_some(), "{way:?} at {call} of {calls}: {}", again.said);
            let olivia = again.set_up().await;
            rules::hold(&house, &olivia).await;
            again.stop().await;
        }
        extent::tell(&format!(
            "first start: {} of {} ways, {calls} calls",
            number + 1,
            WAYS.len()
        ));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_after_a_power_failure_and_an_end_on_a_failing_disk_lose_nothing() {
    let chance = extent::chance("start and end");
    let left = left_by_a_power_failure().await;
    let calls = {
        let house = copied(&left);
        let between = Between::new(&house);
        between.count();
        let node = house.spawn(between.command(&house, &SERVE)).await;
        node.stop().await;
        between.calls()
    };
    for way in WAYS {
        for call in chosen(calls, extent::of(3, 0), &chance) {
            let house = copied(&left);
            let between = Between::new(&house);
            between.fail(EVERYTHING, (call, call), way.error, way.after);
            started_or_told(&house, &between, way.after).await;
            let node = house.serve(&[]).await;
            assert_eq!(node.link(), None, "{way:?} at {call} of {calls}: {}", node.said);
            let (status, answer) = node.anyone().sign_in("olivia", PASSWORD).await;
            assert_eq!(status, 201, "{way:?} at {call} of {calls}: {answer}");
            let olivia = node.anyone().with(answer["token"].as_str().unwrap());
            let invitations = olivia.all("/api/v1/organizations/acme/invitations").await;
            assert_eq!(invitations.len(), 3, "{way:?} at {call} of {calls}");
            rules::hold(&house, &olivia).await;
            node.stop().await;
        }
    }
}

/// Starts it and ends it again. Where it does not come up, it says why in one line.
async fn started_or_told(house: &House, between: &Between, after: After) {
    match house.try_spawn(between.command(house, &SERVE)).await {
        Ok(mut node) => {
            node.terminate();
            let code = node.ended().await;
            let expected = if after == After::PowerFailure {
                [Some(0), Some(137)]
            } else {
                [Some(0); 2]
            };
            assert!(expected.contains(&code), "{code:?}: {}", node.log());
        }
        Err(ended) if ended.code == Some(137) => assert_eq!(after, After::PowerFailure),
        Err(ended) => {
            assert_eq!(ended.code, Some(2), "{}", ended.err);
            let told: Vec<&str> = ended.err.lines().filter(|line| line.starts_with("roster: ")).collect();
            assert_eq!(told.len(), 1, "{}", ended.err);
        }
    }
}

/// A folder with three invitations whose server has met a power failure.
async fn left_by_a_power_failure() -> House {
    let house = House::new();
    let between = Between::new(&house);
    between.count();
    let mut node = house.spawn(between.command(&house, &SERVE)).await;
    let olivia = node.set_up().await;
    let path = "/api/v1/organizations/acme/invitations";
    for number in 0..3 {
        let body = serde_json::json!({ "email": format!("{number}@example.com"), "role": "member" });
        assert_eq!(olivia.post(path, &body).await.0, 201);
    }
    between.fail(EVERYTHING, (1, u64::MAX), INPUT_OUTPUT, After::PowerFailure);
    let body = serde_json::json!({ "email": "late@example.com", "role": "member" });
    let lost = olivia.request("POST", path).json(&body).send().await;
    assert!(lost.is_err());
    assert_eq!(node.ended().await, Some(137));
    house
}

fn copied(from: &House) -> House {
    let house = House::new();
    fs::create_dir(house.data()).unwrap();
    for entry in fs::read_dir(from.data()).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, house.data().join(path.file_name().unwrap())).unwrap();
    }
    house
}
