//! The program as a process: started on a folder or a database, asked over loopback, ended or killed.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use super::while_doing;

pub const PASSWORD: &str = "violet lantern harbor 42";
const PATIENCE: Duration = Duration::from_secs(60);

pub struct House {
    binary: PathBuf,
    folder: PathBuf,
    pub database: Option<String>,
    /// The one core that the program may run on.
    pub core: Option<&'static str>,
}

pub struct Node {
    child: Child,
    stdout: Lines<BufReader<ChildStdout>>,
    pub said: String,
    pub url: String,
}

/// The token of somebody, good on every node of the house.
pub struct Owner(pub String);

impl House {
    pub fn new(binary: &Path, database: Option<&str>) -> Result<Self, String> {
        let binary = fs::canonicalize(binary).map_err(|error| format!("{}: {error}", binary.display()))?;
        let folder = std::env::temp_dir().join(format!("roster-measure-{}", std::process::id()));
        fs::create_dir_all(&folder).map_err(while_doing("making a folder"))?;
        Ok(Self {
            binary,
            folder,
            database: database.map(str::to_owned),
            core: None,
        })
    }

    /// Writes `roster.toml` beside the data; the next start reads it.
    pub fn configure(&self, text: &str) -> Result<(), String> {
        fs::write(self.data().join("roster.toml"), text).map_err(while_doing("writing roster.toml"))
    }

    pub fn binary(&self) -> &Path {
        &self.binary
    }

    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    pub fn file(&self) -> PathBuf {
        self.data().join("roster.db")
    }

    pub fn command(&self, data: &Path, listen: &str, database: Option<&str>) -> Command {
        let mut command = match self.core {
            // Which becomes the program: it keeps the process and the end of its output.
            Some(core) => {
                let mut command = Command::new("/usr/bin/taskset");
                command.args(["-c", core]).arg(&self.binary);
                command
            }
            None => Command::new(&self.binary),
        };
        command
            .env_clear()
            .args(["serve", "--listen", listen, "--data"])
            .arg(data)
            .kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if let Some(database) = database {
            command.env("ROSTER_DATABASE", database);
        }
        command
    }

    pub async fn serve(&self) -> Result<Node, String> {
        let mut command = self.command(&self.data(), "127.0.0.1:0", self.database.as_deref());
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .env("ROSTER_LOG", "error");
        let mut child = command.spawn().map_err(while_doing("starting the program"))?;
        let stdout = child.stdout.take().ok_or("no output")?;
        let mut lines = BufReader::new(stdout).lines();
        let line = timeout(PATIENCE, lines.next_line())
            .await
            .map_err(while_doing("waiting for the start"))?;
        let said = line
            .map_err(while_doing("reading"))?
            .ok_or("the program ended at once")?;
        let url = said
            .split_whitespace()
            .find(|word| word.starts_with("http"))
            .unwrap_or_default();
        let url = url.split("/set-up/").next().unwrap_or_default().to_owned();
        Ok(Node {
            child,
            stdout: lines,
            said,
            url,
        })
    }

    /// Sets the instance up; its Owner has the small organization.
    pub async fn set_up(&self) -> Result<Owner, String> {
        let node = self.serve().await?;
        let link = node.said.split_once("/set-up/").map(|(_, link)| link.to_owned());
        let link = link.ok_or("the database is not empty; measuring needs one of its own")?;
        let account =
            json!({ "name": "Olivia", "username": "olivia", "email": "olivia@example.com", "password": PASSWORD });
        let organization = json!({ "name": "Small", "slug": "small" });
        let body = json!({ "token": link, "organization": organization, "account": account });
        let ready = send(node.client()?.post(node.at("/api/v1/set-up")).json(&body)).await?;
        node.stop().await?;
        Ok(Owner(ready["token"].as_str().unwrap_or_default().to_owned()))
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Node {
    pub fn process(&self) -> Result<u32, String> {
        self.child.id().ok_or_else(|| "the program has ended".to_owned())
    }

    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// Keeps its connections, and takes answers as they are.
    #[expect(clippy::unused_self, reason = "a client is asked of the node it will talk to")]
    pub fn client(&self) -> Result<Client, String> {
        Client::builder()
            .no_proxy()
            .timeout(PATIENCE)
            .build()
            .map_err(while_doing("making a client"))
    }

    pub async fn stop(mut self) -> Result<(), String> {
        let process = self.process()?.to_string();
        let told = Command::new("kill").args(["-TERM", &process]).status().await;
        told.map_err(while_doing("ending the program"))?;
        // Its output is read to the end, so that it never waits for a reader.
        while let Ok(Ok(Some(_))) = timeout(PATIENCE, self.stdout.next_line()).await {}
        timeout(PATIENCE, self.child.wait())
            .await
            .map_err(while_doing("waiting for the end"))?
            .map_err(while_doing("ending"))?;
        Ok(())
    }

    pub async fn kill(&mut self) -> Result<(), String> {
        self.child.kill().await.map_err(while_doing("killing"))
    }
}

/// Opens an organization of this slug, with nobody in it but its Owner.
pub async fn open(house: &House, owner: &Owner, slug: &str) -> Result<(), String> {
    let node = house.serve().await?;
    let body = json!({ "name": slug, "slug": slug, "owner": "me" });
    let request = node.client()?.post(node.at("/api/v1/organizations"));
    send(request.bearer_auth(&owner.0).json(&body)).await?;
    node.stop().await
}

/// The JSON of an answer that is a success.
pub async fn send(request: RequestBuilder) -> Result<Value, String> {
    let response = request.send().await.map_err(while_doing("asking"))?;
    let status = response.status();
    let text = response.text().await.map_err(while_doing("reading an answer"))?;
    if !status.is_success() {
        return Err(format!("{status}: {text}"));
    }
    Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
}

pub fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(while_doing("finding a port"))?;
    Ok(listener.local_addr().map_err(while_doing("finding a port"))?.port())
}
