//! The disk is full: who changes something is told so, what is there can be read, the doctor says so, a backup
//! leaves no half file; and all goes on when there is room.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use testkit::app::Start;
use testkit::{On, OwnPostgres};
use tokio::time::{Instant, sleep};

use crate::house::{Caller, House, Node};
use crate::preload::{After, Between, EVERYTHING, READ_ONLY};
use crate::rules;

const INVITATIONS: &str = "/api/v1/organizations/acme/invitations";
const PATIENCE: Duration = Duration::from_secs(60);
/// Bytes of a small disk that has room for a data folder, and of one that has room for PostgreSQL.
const SMALL: u64 = 12 << 20;
const ROOMIER: u64 = 160 << 20;

/// A folder on a disk of its own; the disk goes with this value.
struct SmallDisk {
    folder: PathBuf,
    size: u64,
}

impl SmallDisk {
    /// None where this process may not mount.
    fn at(folder: &Path, size: u64, mode: &str) -> Option<Self> {
        fs::create_dir(folder).unwrap();
        let options = format!("size={size},mode={mode}");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
            .arg(folder)
            .output();
        mounted.is_ok_and(|output| output.status.success()).then(|| Self {
            folder: folder.to_path_buf(),
            size,
        })
    }

    /// Leaves next to nothing free.
    fn fill(&self) {
        let ballast = self.folder.join("ballast");
        let mut size = self.size;
        while size >= 4_096 {
            let there = fs::metadata(&ballast).map_or(0, |about| about.len());
            let mut file = fs::File::options().create(true).append(true).open(&ballast).unwrap();
            if std::io::Write::write_all(&mut file, &vec![1; usize::try_from(size).unwrap()]).is_err() {
                file.set_len(there).unwrap();
                size /= 2;
            }
        }
    }

    fn empty(&self) {
        fs::remove_file(self.folder.join("ballast")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _gone = Command::new("umount").arg("--lazy").arg(&self.folder).status();
    }
}

async fn invite(olivia: &Caller, number: usize) -> (u16, Value) {
    let body = json!({ "email": format!("somebody-{number}@example.com"), "role": "member" });
    olivia.post(INVITATIONS, &body).await
}

/// Invites until there is no room, and says how many came before.
async fn fills(olivia: &Caller, node: &Node) -> usize {
    for number in 0..10_000 {
        let (status, answer) = invite(olivia, number).await;
        if status == 201 {
            continue;
        }
        assert_eq!((status, &answer["code"]), (507, &json!("no_space")), "{answer}");
        assert!(answer["detail"].as_str().unwrap().contains("disk is full"), "{answer}");
        let id = answer["request_id"].as_str().unwrap();
        let log = node.log();
        assert!(
            log.lines()
                .any(|line| line.contains(id) && (line.contains("full") || line.contains("No space left"))),
            "{log}"
        );
        return number;
    }
    panic!("the disk is never full");
}

/// While nothing can be written.
async fn is_read_on(olivia: &Caller, invited: usize) {
    assert_eq!(olivia.all(INVITATIONS).await.len(), invited);
    assert_eq!(olivia.get("/api/v1/me").await.0, 200);
    assert_eq!(olivia.get("/healthz").await.0, 200);
    is_not_ready(olivia).await;
}

/// Whoever chooses among nodes takes another one.
async fn is_not_ready(anyone: &Caller) {
    let (status, told) = anyone.get("/readyz").await;
    assert_eq!(status, 503, "{told}");
    assert!(told.as_str().unwrap().contains("takes no changes"), "{told}");
}

/// Which is looked at once a second.
async fn is_ready(anyone: &Caller) {
    let begun = Instant::now();
    while anyone.get("/readyz").await.0 != 200 {
        assert!(begun.elapsed() < PATIENCE, "it is not ready again");
        sleep(Duration::from_millis(50)).await;
    }
}

async fn goes_on(olivia: &Caller, invited: usize) {
    let (status, answer) = invite(olivia, 20_000).await;
    assert_eq!(status, 201, "{answer}");
    is_ready(olivia).await;
    assert_eq!(olivia.all(INVITATIONS).await.len(), invited + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_full_disk_people_read_on_and_all_goes_on_when_there_is_room() {
    let house = House::new();
    let Some(disk) = SmallDisk::at(&house.data(), SMALL, "700") else {
        return without_a_disk_of_its_own().await;
    };
    let (node, olivia) = house.settled().await;
    disk.fill();
    let invited = fills(&olivia, &node).await;
    is_read_on(&olivia, invited).await;

    let doctor = house.run(&["doctor", "--listen", "127.0.0.1:0"], "").await;
    assert_eq!(doctor.code, Some(1), "{}{}", doctor.out, doctor.err);
    assert!(doctor.out.contains("MiB are free"), "{}", doctor.out);
    let copy = house.data().join("backup.tar");
    let backup = house.run(&["backup", copy.to_str().unwrap()], "").await;
    assert_eq!(backup.code, Some(2), "{}{}", backup.out, backup.err);
    assert!(
        backup.err.contains("room") || backup.err.contains("space"),
        "{}",
        backup.err
    );
    let names = |folder: &Path| -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    };
    assert!(
        names(&house.data()).iter().all(|name| !name.contains("backup")),
        "{:?}",
        names(&house.data())
    );
    // A server that is started there says why it cannot be, or serves what can be read.
    node.stop().await;
    let again = house
        .try_spawn(house.command(&["serve", "--listen", "127.0.0.1:0"]))
        .await;
    if let Err(ended) = &again {
        assert_eq!(ended.code, Some(2), "{}", ended.err);
        assert!(ended.err.contains("full"), "{}", ended.err);
    }
    drop(again);

    disk.empty();
    let node = house.serve(&[]).await;
    let olivia = node.anyone().with(&olivia.token);
    goes_on(&olivia, invited).await;
    // Not by the doctor, who finds even the empty disk too small.
    rules::in_the_database(&house).await;
    rules::exports_verify(&house, &olivia).await;
    node.stop().await;
}

/// The same of a disk that says it is full without being small.
async fn without_a_disk_of_its_own() {
    let house = House::new();
    let between = Between::new(&house);
    let node = house
        .spawn(between.command(&house, &["serve", "--listen", "127.0.0.1:0"]))
        .await;
    let olivia = node.set_up().await;
    between.room(200_000);
    let invited = fills(&olivia, &node).await;
    is_read_on(&olivia, invited).await;
    between.room(u64::MAX);
    goes_on(&olivia, invited).await;
    rules::hold(&house, &olivia).await;
    node.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_whose_disk_was_full_goes_on_by_itself() {
    without_a_disk_of_its_own().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_whose_disk_may_only_be_read_says_so_and_goes_on_when_it_may_be_written() {
    let house = House::new();
    let between = Between::new(&house);
    let node = house
        .spawn(between.command(&house, &["serve", "--listen", "127.0.0.1:0"]))
        .await;
    let olivia = node.set_up().await;
    assert_eq!(invite(&olivia, 0).await.0, 201);
    assert_eq!(olivia.get("/readyz").await.0, 200);
    between.fail(EVERYTHING, (1, u64::MAX), READ_ONLY, After::Kept);
    let (status, answer) = invite(&olivia, 1).await;
    assert_eq!((status, &answer["code"]), (503, &json!("unavailable")), "{answer}");
    is_read_on(&olivia, 1).await;
    between.count();
    is_ready(&olivia).await;
    // All is well: nothing is written to find that out.
    between.count();
    for _ in 0..20 {
        assert_eq!(olivia.get("/readyz").await.0, 200);
    }
    assert!(between.calls() < 20, "{} calls", between.calls());
    goes_on(&olivia, 1).await;
    rules::hold(&house, &olivia).await;
    node.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_disk_of_postgresql_is_full_people_read_on_and_all_goes_on_when_there_is_room() {
    let everybody = fs::Permissions::from_mode(0o755);
    let place = tempfile::Builder::new().permissions(everybody).tempdir().unwrap();
    let Some(disk) = SmallDisk::at(&place.path().join("disk"), ROOMIER, "755") else {
        return;
    };
    let Some(postgres) = OwnPostgres::start_in(&disk.folder).await else {
        return;
    };
    let house = House::new();
    let node = house.serve(&["--database", postgres.url()]).await;
    let olivia = node.set_up().await;
    assert_eq!(olivia.get("/readyz").await.0, 200);
    disk.fill();
    let invited = fills(&olivia, &node).await;
    is_read_on(&olivia, invited).await;
    disk.empty();
    goes_on(&olivia, invited).await;
    node.stop().await;
}

/// The database of another machine, whose disk is full: as it says so itself, of every change that takes room.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_whose_postgresql_has_no_room_says_so_and_goes_on_by_itself() {
    let Some(house) = House::start(On::Postgres).await else {
        return;
    };
    let (node, olivia) = house.settled().await;
    for (number, (state, status, code)) in [
        ("53100", 507, "no_space"),
        ("58030", 503, "unavailable"),
        ("25006", 503, "unavailable"),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(olivia.get("/readyz").await.0, 200);
        let mut postgres = PgConnection::connect(house.database().unwrap()).await.unwrap();
        let full = format!(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '{state}'; END $$;
             CREATE TRIGGER full_disk BEFORE INSERT ON invitation FOR EACH ROW EXECUTE FUNCTION full_disk();
             CREATE TRIGGER full_disk BEFORE INSERT ON ceremony FOR EACH ROW EXECUTE FUNCTION full_disk();"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(full))
            .execute(&mut postgres)
            .await
            .unwrap();
        let (answered, answer) = invite(&olivia, number).await;
        assert_eq!((answered, &answer["code"]), (status, &json!(code)), "{answer}");
        is_not_ready(&olivia).await;
        // Changes that find room are made, and tell nothing of those that do not.
        let renamed = olivia.request("PATCH", "/api/v1/organizations/acme");
        let (answered, answer) = crate::house::answer(renamed.json(&json!({ "name": format!("Acme {number}") }))).await;
        assert_eq!(answered, 200, "{answer}");
        is_not_ready(&olivia).await;
        sqlx::raw_sql("DROP FUNCTION full_disk() CASCADE")
            .execute(&mut postgres)
            .await
            .unwrap();
        postgres.close().await.unwrap();
        is_ready(&olivia).await;
    }
    assert_eq!(invite(&olivia, 10).await.0, 201);
    rules::hold(&house, &olivia).await;
    node.stop().await;
}
