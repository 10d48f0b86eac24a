//! A PostgreSQL that one test has for itself, because it stops it.

use std::fs::{self, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::Url;
use tempfile::TempDir;

use super::{cluster, connect, program};
use crate::left_out::left_out;

const START: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(25);

pub struct OwnPostgres {
    folder: TempDir,
    programs: PathBuf,
    user: Option<(u32, u32)>,
    url: Url,
    server: Child,
}

impl OwnPostgres {
    /// `None`, said loudly, where this machine has no PostgreSQL.
    pub async fn start() -> Option<Self> {
        Self::start_in(&cluster::memory()).await
    }

    /// The same, in a folder that everybody may enter.
    pub async fn start_in(place: &Path) -> Option<Self> {
        let Some(programs) = program::folder() else {
            left_out("every test that stops PostgreSQL: `initdb` and `postgres` are not on this machine.");
            return None;
        };
        let user = program::unprivileged().unwrap_or_else(|reason| panic!("{reason}"));
        let folder = tempfile::Builder::new()
            .prefix("roster-test-postgres-")
            .tempdir_in(place)
            .unwrap_or_else(|error| panic!("no temporary folder: {error}"));
        let port = TcpListener::bind(("127.0.0.1", 0))
            .and_then(|listener| listener.local_addr())
            .unwrap_or_else(|error| panic!("no free port: {error}"))
            .port();
        let password = cluster::password().unwrap_or_else(|error| panic!("no password: {error}"));
        let file = folder.path().join("password");
        let written = fs::write(&file, &password)
            .and_then(|()| fs::set_permissions(&file, Permissions::from_mode(0o600)))
            .and_then(|()| match user {
                Some((user, group)) => {
                    chown(&file, Some(user), Some(group)).and_then(|()| chown(folder.path(), Some(user), Some(group)))
                }
                None => Ok(()),
            });
        written.unwrap_or_else(|error| panic!("no password file: {error}"));
        let url = Url::parse(&format!("postgres://tester:{password}@127.0.0.1:{port}/postgres"));
        let url = url.unwrap_or_else(|error| panic!("{error}"));
        let mut made = as_user(&programs.join("initdb"), user);
        made.arg("--pgdata").arg(folder.path().join("data"));
        made.args(["--username", "tester", "--pwfile"]).arg(&file);
        made.args([
            "--auth",
            "password",
            "--encoding",
            "UTF8",
            "--locale",
            "C.UTF-8",
            "--no-sync",
        ]);
        let made = made.output().unwrap_or_else(|error| panic!("initdb: {error}"));
        assert!(
            made.status.success(),
            "initdb: {}",
            String::from_utf8_lossy(&made.stderr)
        );
        let server = serve(&programs, user, &folder, port);
        let started = Self {
            folder,
            programs,
            user,
            url,
            server,
        };
        started.answers().await;
        Some(started)
    }

    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    /// Ends it, whoever is connected, and returns when it answers anew.
    pub async fn restart(&mut self) {
        signal("-INT", &[self.server.id()]);
        let ended = self.server.wait();
        assert!(ended.is_ok(), "{ended:?}");
        let port = self.url.port().unwrap_or_default();
        self.server = serve(&self.programs, self.user, &self.folder, port);
        self.answers().await;
    }

    /// Lets it stand still with all its connections.
    pub fn pause(&self) {
        signal("-STOP", &self.processes());
    }

    pub fn go_on(&self) {
        signal("-CONT", &self.processes());
    }

    /// It and its children, one for each connection.
    fn processes(&self) -> Vec<u32> {
        let own = self.server.id();
        let parent = |process: u32| -> Option<u32> {
            let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
            stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
        };
        let all = fs::read_dir("/proc").into_iter().flatten().flatten();
        let all = all.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        std::iter::once(own)
            .chain(all.filter(|process| parent(*process) == Some(own)))
            .collect()
    }

    async fn answers(&self) {
        let deadline = Instant::now() + START;
        while connect(&self.url).await.is_err() {
            assert!(Instant::now() < deadline, "PostgreSQL does not start");
            tokio::time::sleep(POLL).await;
        }
    }
}

impl Drop for OwnPostgres {
    fn drop(&mut self) {
        self.go_on();
        signal("-INT", &[self.server.id()]);
        let _ = self.server.wait();
    }
}

fn as_user(program: &Path, user: Option<(u32, u32)>) -> Command {
    let mut command = Command::new(program);
    command.current_dir("/").env_remove("PGOPTIONS").stdin(Stdio::null());
    if let Some((user, group)) = user {
        command.uid(user).gid(group);
    }
    command
}

fn serve(programs: &Path, user: Option<(u32, u32)>, folder: &TempDir, port: u16) -> Child {
    let mut command = as_user(&programs.join("postgres"), user);
    command.arg("-D").arg(folder.path().join("data"));
    command.args(["-p", &port.to_string()]);
    for setting in [
        "listen_addresses=127.0.0.1",
        "unix_socket_directories=",
        "fsync=off",
        "autovacuum=off",
    ] {
        command.args(["-c", setting]);
    }
    let served = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    served.unwrap_or_else(|error| panic!("postgres: {error}"))
}

fn signal(what: &str, processes: &[u32]) {
    let processes = processes.iter().map(ToString::to_string);
    // Those that have ended meanwhile need none.
    let _ = Command::new("kill")
        .arg(what)
        .args(processes)
        .stderr(Stdio::null())
        .status();
}
