//! Asking the person at the terminal, passwords without echo. Where nobody sits there, a command
//! says which option to use instead of waiting for ever.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::process::{Command, Stdio};

use secrecy::SecretString;

use super::failure::Failure;

pub fn is_attended() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

pub fn line(question: &str, instead: &str) -> Result<String, Failure> {
    if !is_attended() {
        return Err(Failure::usage(format!(
            "Nobody is at the terminal to answer \"{question}\"; {instead}"
        )));
    }
    ask(question);
    read_line()
}

pub fn is_confirmed(question: &str) -> Result<bool, Failure> {
    ask(&format!("{question} [y/N]"));
    Ok(matches!(read_line()?.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

/// A password typed blind. Ctrl-C puts the echo back before it ends the program.
pub async fn password(question: &str, instead: &str) -> Result<SecretString, Failure> {
    if !is_attended() {
        return Err(Failure::usage(format!(
            "Nobody is at the terminal to answer \"{question}\"; {instead}"
        )));
    }
    let Some(quiet) = QuietTerminal::enter() else {
        return Err(Failure::usage(format!(
            "The echo of this terminal cannot be switched off; {instead}"
        )));
    };
    ask(question);
    let typed = tokio::task::spawn_blocking(read_line);
    let answer = tokio::select! {
        answer = typed => answer.map_err(|error| Failure::usage(format!("The answer could not be read: {error}"))),
        _ = tokio::signal::ctrl_c() => {
            drop(quiet);
            let _ = writeln!(std::io::stderr());
            // The thread that waits for the line cannot be woken; only the end of the program frees it.
            std::process::exit(130);
        }
    };
    drop(quiet);
    let _ = writeln!(std::io::stderr());
    answer?.map(SecretString::from)
}

/// A line of standard input, for `--password-stdin` and its like.
pub fn secret_from_stdin(what: &str) -> Result<SecretString, Failure> {
    let text = read_line()?;
    if text.is_empty() {
        return Err(Failure::usage(format!("Standard input has no line with {what}")));
    }
    Ok(SecretString::from(text))
}

fn ask(question: &str) {
    let mut terminal = std::io::stderr();
    let _ = write!(terminal, "{question} ");
    let _ = terminal.flush();
}

fn read_line() -> Result<String, Failure> {
    let mut text = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut text)
        .map_err(|error| Failure::usage(format!("Standard input cannot be read: {error}")))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// The terminal without echo for as long as this lives.
struct QuietTerminal {
    before: String,
}

impl QuietTerminal {
    fn enter() -> Option<Self> {
        let before = stty(&["-g"])?;
        stty(&["-echo"])?;
        Some(Self {
            before: before.trim().to_owned(),
        })
    }
}

impl Drop for QuietTerminal {
    fn drop(&mut self) {
        let _ = stty(&[&self.before]);
    }
}

/// `stty` belongs to every POSIX system; it spares unsafe code for two flags of the terminal.
fn stty(arguments: &[&str]) -> Option<String> {
    let output = Command::new("stty")
        .args(arguments)
        .stdin(Stdio::inherit())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
