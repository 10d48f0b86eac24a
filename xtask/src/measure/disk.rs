//! How often a program waits for the disk, by strace, which is told of every wait.

use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::time::sleep;

use super::while_doing;

/// Until strace has every thread.
const ATTACHING: Duration = Duration::from_secs(1);

/// Counted from here on.
pub struct Waits(Option<Child>);

impl Waits {
    pub async fn of(process: u32) -> Result<Self, String> {
        let tracer = Command::new("strace")
            .args(["-f", "-qq", "-e", "trace=fsync,fdatasync", "-p", &process.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn();
        let Ok(tracer) = tracer else {
            println!("waits for the disk: not counted, strace is not there");
            return Ok(Self(None));
        };
        sleep(ATTACHING).await;
        Ok(Self(Some(tracer)))
    }

    /// How many there were; none where nobody counts.
    pub async fn count(self) -> Result<Option<usize>, String> {
        let Some(tracer) = self.0 else { return Ok(None) };
        let id = tracer.id().unwrap_or_default().to_string();
        let ended = Command::new("kill").args(["-INT", &id]).status().await;
        ended.map_err(while_doing("ending strace"))?;
        let seen = tracer.wait_with_output().await.map_err(while_doing("reading strace"))?;
        let seen = String::from_utf8_lossy(&seen.stderr).into_owned();
        let calls = seen
            .lines()
            .filter(|line| line.contains("sync(") && !line.contains("resumed"));
        Ok(Some(calls.count()))
    }
}
