//! A data folder or an empty PostgreSQL database, the processes that are started on it, and the calls they answer.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::app::Start;
use testkit::{On, PostgresUrl, postgres, tls};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

pub const PASSWORD: &str = "violet lantern harbor 42";
/// Longer than anything here takes on a machine that is busy with something else.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where an instance lives; gone with this value.
pub struct House {
    folder: TempDir,
    database: Option<PostgresUrl>,
}

/// A server that was started and has said its first line.
pub struct Node {
    child: Child,
    pub said: String,
    pub url: String,
    log: PathBuf,
    stdout: Lines<BufReader<ChildStdout>>,
}

/// How a program ended.
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// Somebody who calls the API.
pub struct Caller {
    pub url: String,
    pub token: String,
    client: Client,
}

impl Start for House {
    async fn start(on: On) -> Option<Self> {
        let mut house = Self::new();
        if on == On::Postgres {
            house.database = Some(postgres::database().await?);
        }
        Some(house)
    }
}

impl House {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder, database: None }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn data(&self) -> PathBuf {
        self.path("data")
    }

    pub fn file(&self) -> PathBuf {
        self.data().join("roster.db")
    }

    pub fn database(&self) -> Option<&str> {
        self.database.as_deref()
    }

    /// The program with nothing of this process's environment, and its home in the folder.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_roster"));
        command
            .env_clear()
            .env("HOME", self.folder.path())
            .current_dir(self.folder.path());
        command.env("ROSTER_DATA", self.data());
        if let Some(database) = &self.database {
            command.env("ROSTER_DATABASE", database.as_str());
        }
        command.args(arguments).kill_on_drop(true);
        command
    }

    /// Runs the program to its end.
    pub async fn run(&self, arguments: &[&str], input: &str) -> Ended {
        run(self.command(arguments), input).await
    }

    /// Starts a server on a free port.
    pub async fn serve(&self, more: &[&str]) -> Node {
        let mut arguments = vec!["serve", "--listen", "127.0.0.1:0"];
        arguments.extend(more);
        self.spawn(self.command(&arguments)).await
    }

    /// Starts what ends up serving.
    pub async fn spawn(&self, command: Command) -> Node {
        match self.try_spawn(command).await {
            Ok(node) => node,
            Err(ended) => panic!("it ended: {:?} {}{}", ended.code, ended.out, ended.err),
        }
    }

    /// Starts what ends up serving, or ends before.
    pub async fn try_spawn(&self, mut command: Command) -> Result<Node, Ended> {
        static NUMBER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let log = self.path(&format!("log-{number}"));
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).unwrap());
        let mut child = command.spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut out = String::new();
        let said = loop {
            let line = timeout(PATIENCE, stdout.next_line())
                .await
                .expect("it says something")
                .unwrap();
            match line {
                Some(line) if line.contains("http://") || line.contains("https://") => break line,
                Some(line) => out.push_str(&line),
                None => {
                    let status = timeout(PATIENCE, child.wait()).await.expect("it ends").unwrap();
                    return Err(Ended {
                        code: status.code(),
                        out,
                        err: fs::read_to_string(&log).unwrap(),
                    });
                }
            }
        };
        let url = said.split_whitespace().find(|word| word.starts_with("http")).unwrap();
        let url = url.split("/set-up/").next().unwrap().to_owned();
        Ok(Node {
            child,
            said,
            url,
            log,
            stdout,
        })
    }

    /// A server that was set up, and its first superuser, who owns acme.
    pub async fn settled(&self) -> (Node, Caller) {
        let node = self.serve(&[]).await;
        let caller = node.set_up().await;
        (node, caller)
    }
}

impl Node {
    /// The secret of the set-up link that was printed.
    pub fn link(&self) -> Option<&str> {
        self.said.split_once("/set-up/").map(|(_, token)| token)
    }

    pub fn process(&self) -> u32 {
        self.child.id().unwrap()
    }

    pub fn anyone(&self) -> Caller {
        Caller::new(&self.url, "")
    }

    pub async fn set_up(&self) -> Caller {
        let anyone = self.anyone();
        let (status, answer) = anyone.set_up(self.link().unwrap()).await;
        assert_eq!(status, 201, "{answer}");
        anyone.with(answer["token"].as_str().unwrap())
    }

    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// The next line on standard output.
    pub async fn next_line(&mut self) -> Option<String> {
        timeout(PATIENCE, self.stdout.next_line()).await.unwrap().unwrap()
    }

    /// Asks it to end.
    pub fn terminate(&self) {
        let sent = std::process::Command::new("kill")
            .args(["-TERM", &self.process().to_string()])
            .status();
        assert!(sent.unwrap().success());
    }

    /// Its exit code, once it has ended.
    pub async fn ended(&mut self) -> Option<i32> {
        timeout(PATIENCE, self.child.wait())
            .await
            .expect("it ends")
            .unwrap()
            .code()
    }

    pub async fn stop(mut self) {
        self.terminate();
        assert_eq!(self.ended().await, Some(0), "{}", self.log());
    }

    /// As a power failure would: SIGKILL.
    pub async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }
}

impl Caller {
    pub fn new(url: &str, token: &str) -> Self {
        tls::ready();
        let client = Client::builder()
            .no_proxy()
            .timeout(PATIENCE)
            .redirect(reqwest::redirect::Policy::none())
            .build();
        Self {
            url: url.to_owned(),
            token: token.to_owned(),
            client: client.unwrap(),
        }
    }

    /// The same place, called by who has that token.
    pub fn with(&self, token: &str) -> Self {
        Self {
            url: self.url.clone(),
            token: token.to_owned(),
            client: self.client.clone(),
        }
    }

    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let request = self.client.request(method, format!("{}{path}", self.url));
        if self.token.is_empty() {
            request
        } else {
            request.bearer_auth(&self.token)
        }
    }

    pub async fn get(&self, path: &str) -> (u16, Value) {
        answer(self.request("GET", path)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        answer(self.request("POST", path).json(body)).await
    }

    pub async fn sign_in(&self, login: &str, password: &str) -> (u16, Value) {
        self.post("/api/v1/sessions", &json!({ "login": login, "password": password }))
            .await
    }

    pub async fn set_up(&self, token: &str) -> (u16, Value) {
        let account =
            json!({ "name": "Olivia", "username": "olivia", "email": "olivia@example.com", "password": PASSWORD });
        let organization = json!({ "name": "Acme", "slug": "acme" });
        self.post(
            "/api/v1/set-up",
            &json!({ "token": token, "organization": organization, "account": account }),
        )
        .await
    }

    /// Every item of a list, page after page.
    pub async fn all(&self, path: &str) -> Vec<Value> {
        let (mut items, mut cursor) = (Vec::new(), String::new());
        for _ in 0..1_000 {
            let sign = if path.contains('?') { '&' } else { '?' };
            let (status, page) = self.get(&format!("{path}{sign}limit=200&cursor={cursor}")).await;
            assert_eq!(status, 200, "{page}");
            items.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => next.clone_into(&mut cursor),
                None => return items,
            }
        }
        panic!("{path} has no end");
    }
}

/// The status and the JSON of an answer; what is no JSON is a text.
pub async fn answer(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

pub async fn run(mut command: Command, input: &str) -> Ended {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A program that does not read its input may have ended before this is written.
    let _ = stdin.write_all(input.as_bytes()).await;
    drop(stdin);
    let Output { status, stdout, stderr } = timeout(PATIENCE, child.wait_with_output())
        .await
        .expect("it ends")
        .unwrap();
    Ended {
        code: status.code(),
        out: String::from_utf8(stdout).unwrap(),
        err: String::from_utf8(stderr).unwrap(),
    }
}

impl Ended {
    /// Refused in one line that holds these words, and nothing begun.
    pub fn is_refused(&self, words: &[&str]) {
        assert_eq!(self.code, Some(2), "{}{}", self.out, self.err);
        assert_eq!(self.out, "");
        assert_eq!(self.err.lines().count(), 1, "{}", self.err);
        for word in words {
            assert!(self.err.contains(word), "{word:?} is not in {}", self.err);
        }
    }
}

pub fn exists(path: &Path) -> bool {
    path.try_exists().unwrap()
}
