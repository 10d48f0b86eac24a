//! The one chromedriver of a test process. It and its browsers end with the process, however that ends.

use std::env;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use tokio::sync::OnceCell;

use crate::left_out::left_out;

const PATIENCE: Duration = Duration::from_secs(20);

/// The shell waits for the end of its input, which is the end of the test process, even of a killed one; then its whole
/// process group goes, and what the browsers wrote.
const KEEPER: &str = r#"
"$1" --port=0 --log-level=SEVERE 2>/dev/null </dev/null &
cat >/dev/null
rm -rf "$2"
trap '' TERM
kill -TERM 0
sleep 1
rm -rf "$2"
kill -KILL 0
"#;

pub struct Driver {
    pub url: String,
    pub browser: PathBuf,
    /// For the profiles of its browsers.
    pub folder: PathBuf,
    /// Holds the pipe whose end tells the keeper that this process is gone.
    _keeper: Child,
}

/// The driver of this process; `None`, said loudly, where there is no Chromium.
pub async fn driver() -> Option<&'static Driver> {
    static DRIVER: OnceCell<Option<Driver>> = OnceCell::const_new();
    let found = DRIVER.get_or_init(|| async {
        let program = find(&["chromedriver"]);
        let browser = find(&["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]);
        let (Some(program), Some(browser)) = (program, browser) else {
            left_out("every test in a browser: `chromium` and `chromedriver` are not on this machine. Install both.");
            return None;
        };
        Some(start(program, browser).unwrap_or_else(|error| panic!("chromedriver does not start: {error}")))
    });
    found.await.as_ref()
}

fn start(program: PathBuf, browser: PathBuf) -> std::io::Result<Driver> {
    let folder = tempfile::Builder::new()
        .prefix("roster-test-browser-")
        .tempdir()?
        .keep();
    let mut keeper = Command::new("sh");
    keeper
        .args(["-c", KEEPER, "roster-test-browser"])
        .arg(program)
        .arg(&folder);
    // Crash reports and caches go with the profiles.
    keeper.env("XDG_CONFIG_HOME", &folder).env("XDG_CACHE_HOME", &folder);
    let mut keeper = keeper
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()?;
    let output = keeper.stdout.take().ok_or_else(|| std::io::Error::other("no output"))?;
    // “ChromeDriver was started successfully on port 41234.”
    let (found, port) = mpsc::channel();
    // To the end of its output: writing to a pipe that nobody reads would stop it.
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            let port = line.strip_suffix('.').and_then(|line| line.rsplit_once(" on port "));
            if let Some(port) = port.and_then(|(_, port)| port.parse::<u16>().ok()) {
                let _ = found.send(port);
            }
        }
    });
    let port = port
        .recv_timeout(PATIENCE)
        .map_err(|_| std::io::Error::other("it did not name its port"))?;
    Ok(Driver {
        url: format!("http://127.0.0.1:{port}"),
        browser,
        folder,
        _keeper: keeper,
    })
}

fn find(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    names.iter().find_map(|name| {
        env::split_paths(&path)
            .map(|folder| folder.join(name))
            .find(|file| file.is_file())
    })
}
