//! `serve --demo`: filled once, served again, never poured over somebody's people.

use crate::house::{House, PASSWORD};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_is_filled_once_and_everybody_in_it_signs_in() {
    let house = House::new();
    let demo = async || {
        let mut command = house.command(&["serve", "--demo", "--listen", "127.0.0.1:0"]);
        command.env("ROSTER_DEMO_PASSWORD", PASSWORD);
        house.spawn(command).await
    };
    let mut node = demo().await;
    let mut printed = String::new();
    while let Some(line) = node.next_line().await {
        let is_last = line.contains("http://");
        printed.push_str(&line);
        if is_last {
            break;
        }
    }
    assert!(!printed.contains("/set-up/"), "{printed}");
    for username in ["olivia", "adam", "mia", "gus", "sid", "eve"] {
        assert!(printed.contains(username), "{username} is not in {printed}");
        assert_eq!(node.anyone().sign_in(username, PASSWORD).await.0, 201, "{username}");
    }
    node.stop().await;
    let again = demo().await;
    assert_eq!(again.anyone().sign_in("olivia", PASSWORD).await.0, 201);
    again.stop().await;
}

#[tokio::test]
async fn an_instance_with_other_people_is_refused() {
    let house = House::new();
    let (node, _) = house.settled().await;
    node.stop().await;
    house
        .run(&["serve", "--demo", "--listen", "127.0.0.1:0"], "")
        .await
        .is_refused(&["--demo", "--data"]);
}
