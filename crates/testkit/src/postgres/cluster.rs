//! One throw-away PostgreSQL for all processes of a test run: starting one takes seconds, and a run has hundreds of them.
//!
//! The first process that needs it starts it, the others find it through a file in the target directory, and its keeper
//! (`cluster.sh`) ends it when nobody has been connected for a while.

use std::env;
use std::fs::{self, File, Permissions};
use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::Url;
use sqlx::postgres::PgConnection;

use super::{connect, program};
use crate::target;

const KEEPER: &str = include_str!("cluster.sh");
/// How long a server without anybody connected stays, in seconds: longer than a compiler needs between two test binaries.
const PATIENCE: u32 = 30;
const START: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(25);
/// A few hundred databases; a container's default of 64 MB would be full at once.
const ROOM_IN_MEMORY: u64 = 4 << 30;

pub struct Cluster {
    pub admin: Url,
    pub presence: PgConnection,
}

impl Cluster {
    /// Joins the run's server, or starts it; the error says why there can be none.
    pub async fn shared() -> Result<Self, String> {
        let folder = target::folder("tmp/postgres");
        let pointer = folder.join("directory");
        if let Some(joined) = Self::join(&pointer).await {
            return Ok(joined);
        }
        let programs = program::folder().ok_or("`initdb` and `postgres` are not on this machine")?;
        let lock = File::create(folder.join("lock")).map_err(|error| format!("no lock file: {error}"))?;
        let lock = tokio::task::spawn_blocking(move || lock.lock().map(|()| lock)).await;
        let _lock = lock
            .map_err(|error| error.to_string())?
            .map_err(|error| format!("no lock: {error}"))?;
        // While this process waited, another one may have started it.
        if let Some(joined) = Self::join(&pointer).await {
            return Ok(joined);
        }
        forget_orphan(&pointer);
        let mut trouble = String::new();
        // The free port may be taken by somebody else before PostgreSQL binds it.
        for _ in 0..3 {
            match start(&programs, &pointer).await {
                Ok(()) => match Self::join(&pointer).await {
                    Some(joined) => return Ok(joined),
                    None => trouble = "the server that was just started is gone".to_owned(),
                },
                Err(error) => trouble = error,
            }
        }
        Err(trouble)
    }

    async fn join(pointer: &Path) -> Option<Self> {
        let directory = PathBuf::from(fs::read_to_string(pointer).ok()?);
        let admin = Url::parse(&fs::read_to_string(directory.join("url")).ok()?).ok()?;
        let presence = connect(&admin).await.ok()?;
        // Looked at only after connecting: either the keeper saw the connection, or this sees that it has closed.
        directory.join("open").exists().then_some(Self { admin, presence })
    }
}

async fn start(programs: &Path, pointer: &Path) -> Result<(), String> {
    let user = program::unprivileged()?;
    let said = |error: std::io::Error| error.to_string();
    let directory = tempfile::Builder::new()
        .prefix("roster-test-postgres-")
        .tempdir_in(memory())
        .map_err(said)?
        .keep();
    let port = TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .map_err(said)?
        .port();
    let password = password().map_err(said)?;
    for (file, content) in [
        ("password", password.clone()),
        ("url", format!("postgres://tester:{password}@127.0.0.1:{port}/postgres")),
        ("keeper.sh", KEEPER.to_owned()),
        ("log", String::new()),
    ] {
        let path = directory.join(file);
        fs::write(&path, content).map_err(said)?;
        fs::set_permissions(&path, Permissions::from_mode(0o600)).map_err(said)?;
        if let Some((user, group)) = user {
            chown(&path, Some(user), Some(group)).map_err(said)?;
        }
    }
    let log = File::options().append(true).open(directory.join("log")).map_err(said)?;
    if let Some((user, group)) = user {
        chown(&directory, Some(user), Some(group)).map_err(said)?;
    }
    fs::write(pointer, directory.as_os_str().as_encoded_bytes()).map_err(said)?;

    let mut keeper = Command::new("sh");
    keeper
        .arg(directory.join("keeper.sh"))
        .arg(&directory)
        .arg(port.to_string())
        .arg(programs);
    keeper
        .arg(PATIENCE.to_string())
        .current_dir("/")
        .env("HOME", &directory)
        .env_remove("PGOPTIONS");
    keeper
        .stdin(Stdio::null())
        .stdout(log.try_clone().map_err(said)?)
        .stderr(log);
    // A group of its own: what ends this test's group must not end the server of all the others.
    keeper.process_group(0);
    if let Some((user, group)) = user {
        keeper.uid(user).gid(group);
    }
    let keeper = keeper.spawn().map_err(said)?;
    opened(keeper, &directory).await
}

async fn opened(mut keeper: Child, directory: &Path) -> Result<(), String> {
    let deadline = Instant::now() + START;
    while !directory.join("open").exists() {
        let ended = keeper.try_wait().is_ok_and(|status| status.is_some());
        if ended || directory.join("failed").exists() || Instant::now() > deadline {
            let log = fs::read_to_string(directory.join("log")).unwrap_or_default();
            let _ = keeper.kill();
            let _ = keeper.wait();
            let _ = fs::remove_dir_all(directory);
            return Err(format!("PostgreSQL did not start:\n{log}"));
        }
        tokio::time::sleep(POLL).await;
    }
    Ok(())
}

/// A server that was killed together with its keeper left its files, in memory perhaps: they go when nothing listens.
fn forget_orphan(pointer: &Path) {
    let Some(directory) = fs::read_to_string(pointer).ok().map(PathBuf::from) else {
        return;
    };
    let url = fs::read_to_string(directory.join("url"))
        .ok()
        .and_then(|url| Url::parse(&url).ok());
    // One that listens and yet refused this process is in use by others.
    let listens = url
        .and_then(|url| url.port())
        .is_some_and(|port| TcpStream::connect(("127.0.0.1", port)).is_ok());
    if !listens {
        let _ = fs::remove_dir_all(directory);
    }
}

/// Memory if there is room, else the disk.
pub fn memory() -> PathBuf {
    let shared = Path::new("/dev/shm");
    let measured = Command::new("df")
        .args(["-Pk", "/dev/shm"])
        .stderr(Stdio::null())
        .output();
    let listed = measured
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .unwrap_or_default();
    let free = listed
        .lines()
        .nth(1)
        .and_then(|line| line.split_whitespace().nth(3)?.parse::<u64>().ok());
    let roomy = shared.is_dir() && free.is_some_and(|kilobytes| kilobytes * 1024 >= ROOM_IN_MEMORY);
    if roomy { shared.to_path_buf() } else { env::temp_dir() }
}

/// Other people on this machine must not be able to enter: a database's superuser can run programs.
pub fn password() -> std::io::Result<String> {
    let mut bytes = [0; 16];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
