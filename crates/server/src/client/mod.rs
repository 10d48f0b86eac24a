//! The command line against a running server: a noun, a verb, and the REST call behind them. It
//! holds no rule of its own: what the server refuses is shown, what it answers is printed.

mod access;
mod account;
mod api;
mod audit;
mod command;
mod context;
mod effect;
mod failure;
mod group;
mod identity;
mod instance;
mod invitation;
mod listener;
mod me;
mod mfa;
mod moving;
mod newcomer;
mod organization;
mod output;
mod own_token;
mod people;
mod permission;
mod policy;
mod project;
mod prompt;
mod role;
mod saving;
mod service_account;
mod sign_in;
mod signup_domain;
mod single_sign_on;
mod smtp;
pub mod superuser;
mod tenant;
#[cfg(test)]
mod test;
mod tls;
mod token;
mod whole;

use std::io::Write;
use std::process::ExitCode;

use clap::Args;
use secrecy::SecretString;

use api::Api;
pub use api::FreshKey;
pub use command::Command;
use context::Context;
use failure::Failure;
pub use output::printable;
use token::TokenFile;

const HEADING: &str = "Server and output";

/// Which server is meant and how its answers are printed.
#[derive(Args, Clone, Debug)]
pub struct Connection {
    /// Address of the server
    #[arg(long, global = true, help_heading = HEADING, env = "ROSTER_SERVER", default_value = "http://localhost:8080", value_name = "URL")]
    server: String,
    /// How answers are printed
    #[arg(long, global = true, help_heading = HEADING, value_enum, default_value_t, value_name = "FORM")]
    output: output::Form,
}

/// The same, and which organization is meant.
#[derive(Args, Clone, Debug)]
pub struct Globals {
    #[command(flatten)]
    connection: Connection,
    /// Slug or id of the organization; may be left out where there is only one
    #[arg(long, short, global = true, help_heading = HEADING, env = "ROSTER_ORGANIZATION", value_parser = name, value_name = "NAME")]
    organization: Option<String>,
}

/// Stands on every command that changes something.
#[derive(Args, Clone, Copy, Debug)]
pub struct Preview {
    /// Show what would change and for whom, and change nothing
    #[arg(long)]
    dry_run: bool,
}

/// Carries a command out and says how it went. `cli` is the whole command line, for completions.
pub async fn run(command: Command, cli: clap::Command, fresh_key: FreshKey) -> ExitCode {
    let mut out = std::io::stdout();
    let mut err = std::io::stderr();
    let environment = Environment {
        token: std::env::var("ROSTER_TOKEN")
            .ok()
            .filter(|token| !token.is_empty())
            .map(SecretString::from),
        file: TokenFile::of_user(),
        fresh_key,
    };
    match carry_out(command, cli, environment, &mut out, &mut err).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let _ = writeln!(err, "error: {}", failure.words());
            failure.exit_code()
        }
    }
}

/// What a command takes from its surroundings; a test hands in its own.
struct Environment {
    token: Option<SecretString>,
    file: Result<TokenFile, Failure>,
    fresh_key: FreshKey,
}

impl Environment {
    fn api(&self, server: &str) -> Result<Api, Failure> {
        let remembered = match (&self.token, &self.file) {
            (Some(token), _) => Some(token.clone()),
            (None, Ok(file)) => file.get(server)?,
            (None, Err(_)) => None,
        };
        Api::new(server, remembered, self.fresh_key)
    }

    /// Where a session is remembered; nowhere where its token was handed over.
    fn remembering(self) -> Option<TokenFile> {
        self.file.ok().filter(|_| self.token.is_none())
    }
}

async fn carry_out(
    command: Command,
    mut cli: clap::Command,
    environment: Environment,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<(), Failure> {
    let globals = match command {
        Command::SignIn { connection, login } => {
            let api = Api::new(&connection.server, None, environment.fresh_key)?;
            let mut context = Context::new(api, connection.output, None, out, err);
            return sign_in::sign_in(&mut context, login, &environment.file?).await;
        }
        Command::SignOut { connection } => {
            let file = environment.file?;
            let api = Api::new(&connection.server, file.get(&connection.server)?, environment.fresh_key)?;
            let mut context = Context::new(api, connection.output, None, out, err);
            return sign_in::sign_out(&mut context, &file).await;
        }
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut cli, "roster", &mut script);
            // A reader that has seen enough closes the pipe; that is no failure.
            let _ = out.write_all(&script);
            return Ok(());
        }
        _ => command.globals(),
    };
    let Some(globals) = globals else { return Ok(()) };
    let api = environment.api(&globals.connection.server)?;
    let mut context = Context::new(api, globals.connection.output, globals.organization, out, err);
    match command {
        Command::Export(verb) => moving::export(&mut context, verb).await,
        Command::Import(verb) => moving::import(&mut context, verb).await,
        Command::Organization { verb, .. } => organization::run(&mut context, verb).await,
        Command::Account { verb, .. } => account::run(&mut context, verb).await,
        Command::Superuser(verb) => superuser::run(&mut context, verb).await,
        Command::People { verb, .. } => people::run(&mut context, *verb).await,
        Command::Project { verb, .. } => project::run(&mut context, *verb).await,
        Command::Invitation { verb, .. } => invitation::run(&mut context, verb).await,
        Command::SignupDomain { verb, .. } => signup_domain::run(&mut context, verb).await,
        Command::Audit { verb, .. } => audit::run(&mut context, *verb).await,
        Command::Access { verb, .. } => access::run(&mut context, verb).await,
        Command::Role { verb, .. } => role::run(&mut context, *verb).await,
        Command::Group { verb, .. } => group::run(&mut context, *verb).await,
        Command::Permission { verb, .. } => permission::run(&mut context, verb).await,
        Command::Me { verb, .. } => me::run(&mut context, *verb, environment.remembering()).await,
        Command::Mfa { verb, .. } => mfa::run(&mut context, verb).await,
        Command::Token { verb, .. } => own_token::run(&mut context, verb).await,
        Command::Identity { verb, .. } => identity::run(&mut context, verb).await,
        Command::Tls { verb, .. } => tls::run(&mut context, verb).await,
        Command::Listener { verb, .. } => listener::run(&mut context, verb).await,
        Command::Instance { verb, .. } => instance::run(&mut context, verb).await,
        Command::Smtp { verb, .. } => smtp::run(&mut context, verb).await,
        Command::ServiceAccount { verb, .. } => service_account::run(&mut context, verb).await,
        Command::SingleSignOn { verb, .. } => single_sign_on::run(&mut context, verb).await,
        Command::SignIn { .. } | Command::SignOut { .. } | Command::Completions { .. } => Ok(()),
    }
}

/// A slug or an id: what may stand in an address without being taken for more than a name.
fn name(text: &str) -> Result<String, String> {
    let is_name = !text.is_empty()
        && text
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || matches!(character, '-' | '_'));
    if is_name {
        Ok(text.to_owned())
    } else {
        Err("it takes a slug or an id: letters, digits, - and _".to_owned())
    }
}
