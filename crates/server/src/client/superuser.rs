//! `superuser`: who runs the server, changed by one who does.

use clap::Subcommand;

use super::api::Call;
use super::context::Context;
use super::failure::Failure;
use super::output::{printable, text};
use super::{Connection, Preview, account};

#[derive(Subcommand)]
pub enum Verb {
    /// List superusers
    List {
        #[command(flatten)]
        connection: Connection,
    },
    /// Make somebody superuser
    Grant {
        #[command(flatten)]
        connection: Connection,
        /// Username, e-mail address or id
        account: String,
        #[command(flatten)]
        preview: Preview,
    },
    /// Take superuser away from somebody
    Revoke {
        #[command(flatten)]
        connection: Connection,
        /// Username, e-mail address or id
        account: String,
        #[command(flatten)]
        preview: Preview,
    },
}

impl Verb {
    pub fn connection(&self) -> &Connection {
        match self {
            Self::List { connection } | Self::Grant { connection, .. } | Self::Revoke { connection, .. } => connection,
        }
    }
}

pub async fn run(context: &mut Context<'_>, verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::List { .. } => list(context).await,
        Verb::Grant { account, preview, .. } => set(context, &account, true, preview).await,
        Verb::Revoke { account, preview, .. } => set(context, &account, false, preview).await,
    }
}

async fn list(context: &mut Context<'_>) -> Result<(), Failure> {
    let page = context
        .list(Call::get("/instance/superusers"), None, usize::MAX)
        .await?;
    account::show_list(context, page, "There is no superuser.");
    Ok(())
}

async fn set(context: &mut Context<'_>, named: &str, superuser: bool, preview: Preview) -> Result<(), Failure> {
    let found = account::find(context, named).await?;
    let (path, name) = (
        format!("/instance/superusers/{}", text(&found, &["id"])),
        printable(&text(&found, &["name"])),
    );
    let (call, done) = if superuser {
        (
            Call::new(reqwest::Method::PUT, path),
            format!("{name} is a superuser now."),
        )
    } else {
        (Call::delete(path), format!("{name} is no superuser any more."))
    };
    let Some(answer) = context.write(call, preview).await? else {
        return Ok(());
    };
    context.show(&answer, done);
    Ok(())
}
