//! A file that is not what was written: no damage leads back to set-up, and every one is told in a line that says what to do.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::Path;

use serde_json::{Value, json};

use crate::chance::Chance;
use crate::extent;
use crate::house::{House, PASSWORD};

const PAGE: u64 = 4_096;

#[derive(Clone, Copy, Debug)]
enum Damage {
    Header,
    /// Only so many bytes are left.
    Cut(u64),
    Emptied,
    /// Every page but the first is something else.
    Pages,
    /// A few pages are.
    SomePages,
    /// The write-ahead log is.
    Log,
    LogCut,
}

const DAMAGES: [Damage; 9] = [
    Damage::Header,
    Damage::Cut(100),
    Damage::Cut(PAGE),
    Damage::Cut(20 * PAGE + 17),
    Damage::Emptied,
    Damage::Pages,
    Damage::SomePages,
    Damage::Log,
    Damage::LogCut,
];

impl Damage {
    fn is_of_the_log(self) -> bool {
        matches!(self, Self::Log | Self::LogCut)
    }

    fn befall(self, database: &Path, chance: &Chance) {
        let log = database.with_extension("db-wal");
        let file = File::options()
            .write(true)
            .open(if self.is_of_the_log() { &log } else { database })
            .unwrap();
        let size = file.metadata().unwrap().len();
        match self {
            Self::Header => spoil(&file, 0, 100, chance),
            Self::Cut(bytes) => file.set_len(bytes).unwrap(),
            Self::Emptied => file.set_len(0).unwrap(),
            Self::Pages => (1..size / PAGE).for_each(|page| spoil(&file, page * PAGE, PAGE, chance)),
            Self::SomePages => (0..8).for_each(|_| {
                let pages = usize::try_from(size / PAGE).unwrap();
                let page = 1 + chance.below(pages - 1);
                spoil(&file, u64::try_from(page).unwrap() * PAGE, PAGE, chance);
            }),
            Self::Log => spoil(&file, size / 2, PAGE, chance),
            Self::LogCut => file.set_len(size / 2 + 5).unwrap(),
        }
    }
}

fn spoil(file: &File, from: u64, bytes: u64, chance: &Chance) {
    let noise: Vec<u8> = (0..bytes).map(|_| u8::try_from(chance.below(256)).unwrap()).collect();
    file.write_all_at(&noise, from).unwrap();
}

/// A folder whose server was killed: what was done last stands in the write-ahead log.
async fn left_behind() -> House {
    let house = House::new();
    let (node, olivia) = house.settled().await;
    invite(&olivia, 0..40).await;
    node.stop().await;
    let mut node = house.serve(&[]).await;
    let olivia = node.anyone().with(&olivia.token);
    invite(&olivia, 40..50).await;
    node.kill().await;
    house
}

async fn invite(olivia: &crate::house::Caller, numbers: std::ops::Range<usize>) {
    for number in numbers {
        let body = json!({ "email": format!("somebody-{number}@example.com"), "role": "member" });
        assert_eq!(
            olivia.post("/api/v1/organizations/acme/invitations", &body).await.0,
            201
        );
    }
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_file_never_leads_to_set_up_and_says_what_to_do() {
    let chance = extent::chance("damage");
    let left = left_behind().await;
    for damage in DAMAGES.iter().cycle().take(DAMAGES.len() * extent::of(1, 20)) {
        let house = copied(&left);
        damage.befall(&house.file(), &chance);
        let doctor = house
            .run(&["doctor", "--output", "json", "--listen", "127.0.0.1:0"], "")
            .await;
        let told: Value = serde_json::from_str(&doctor.out).unwrap_or_else(|_| panic!("{}{}", doctor.out, doctor.err));
        // What the write-ahead log has anew is not missed in the file.
        let told_wrong = doctor.code == Some(1);
        assert!(!told_wrong || doctor.out.contains("restore"), "{damage:?}: {told:#}");
        match house
            .try_spawn(house.command(&["serve", "--listen", "127.0.0.1:0"]))
            .await
        {
            Err(ended) => {
                assert_eq!(ended.code, Some(2), "{damage:?}: {}", ended.err);
                let line = ended.err.lines().last().unwrap();
                assert!(
                    line.starts_with("roster: ") && line.to_lowercase().contains("restore"),
                    "{damage:?}: {line}"
                );
            }
            Ok(node) => {
                assert_eq!(node.link(), None, "{damage:?} leads to set-up: {}", node.said);
                let served = clear_answers(&node.anyone(), *damage).await;
                if !told_wrong {
                    // What stands before a damage of the log is there; what the log has lost is gone as a whole.
                    assert!(served, "{damage:?}: {}", node.log());
                }
                drop(node);
            }
        }
    }
}

/// Whether all that is asked is answered as if nothing were amiss. What is not says so, and never that it is unexpected.
async fn clear_answers(anyone: &crate::house::Caller, damage: Damage) -> bool {
    let (status, answer) = anyone.sign_in("olivia", PASSWORD).await;
    let mut answers = vec![(status, answer.clone())];
    if let Some(token) = answer["token"].as_str() {
        let olivia = anyone.with(token);
        let path = "/api/v1/organizations/acme";
        for rest in [
            "",
            "/members",
            "/invitations?limit=200",
            "/audit-events?limit=200",
            "/roles",
        ] {
            answers.push(olivia.get(&format!("{path}{rest}")).await);
        }
        let body = json!({ "email": "late@example.com", "role": "member" });
        answers.push(olivia.post(&format!("{path}/invitations"), &body).await);
    }
    let mut well = true;
    for (status, answer) in answers {
        if status >= 500 {
            assert_eq!(answer["code"], "damaged", "{damage:?}: {answer}");
            assert!(
                answer["detail"].as_str().unwrap().contains("roster restore"),
                "{answer}"
            );
        }
        // A row that is gone with its page may be missed like one that never was.
        well &= (200..300).contains(&status);
    }
    well
}
