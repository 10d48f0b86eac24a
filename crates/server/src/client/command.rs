//! The nouns of the command line, each with its verbs in a file of its own.

use clap::Subcommand;

use super::{Connection, Globals};
use super::{
    access, account, audit, group, identity, instance, invitation, listener, me, mfa, moving, organization, own_token,
    people, permission, project, role, service_account, sign_in, signup_domain, single_sign_on, smtp, superuser, tls,
};

#[derive(Subcommand)]
pub enum Command {
    /// Sign in to a server and remember the session for the commands that follow
    SignIn {
        #[command(flatten)]
        connection: Connection,
        #[command(flatten)]
        login: sign_in::Login,
    },
    /// End the remembered session
    SignOut {
        #[command(flatten)]
        connection: Connection,
    },
    /// Organizations and their policies
    Organization {
        #[command(flatten)]
        globals: Globals,
        #[command(subcommand)]
        verb: organization::Verb,
    },
    /// Accounts of the whole server, for superusers
    Account {
        #[command(flatten)]
        connection: Connection,
        #[command(subcommand)]
        verb: account::Verb,
    },
    /// Beside the verb that works on the database itself
    #[command(skip)]
    Superuser(superuser::Verb),
    /// The people of an organization: list, invite, create, change, remove
    People {
        #[command(flatten)]
        globals: Globals,
        #[command(subcommand)]
        verb: Box<people::Verb>,
    },
    /// Invitations that were sent
    Invitation {
        #[command(flatten)]
        globals: Globals,
        #[command(subcommand)]
        verb: invitation::Verb,
    },
    /// Domains whose people may sign up by themselves
    SignupDomain {
        #[command(flatten)]
        globals: Globals,
        #[command(subcommand)]
        verb: signup_domain::Verb,
    },
    /// Projects: who owns them, who has access, and their tokens
    Project {
        #[command(flatten)]
        globals: Globals,
        #[command(subcommand)]
        verb: Box<project::Verb>,
    },
    /// The audit log: list it, save it to a file, check such a file
    Audit {
        #[command(flatten)]
        globals: Globals,
        #[command(subcommand)]
        verb: Box<audit::Verb>,
    },
    /// Ask who may do what
    Access {
        #[command(flatten)]
        globals: Globals,
        #[command(subcommand)]
        verb: access::Verb,
    },
    /// Roles and what they give
    Role {
        #[command(flatten)]
        globals: Globals,
        #[command(subcommand)]
        verb: Box<role::Verb>,
    },
    /// Groups and who is in them
    Group {
        #[command(flatten)]
        globals: Globals,
        #[command(subcommand)]
        verb: Box<group::Verb>,
    },
    /// The catalogue of permissions
    Permission {
        #[command(flatten)]
        globals: Globals,
        #[command(subcommand)]
        verb: permission::Verb,
    },
    /// Your own account: profile, password, sessions, leaving
    Me {
        #[command(flatten)]
        connection: Connection,
        #[command(subcommand)]
        verb: Box<me::Verb>,
    },
    /// Your own second factors
    Mfa {
        #[command(flatten)]
        connection: Connection,
        #[command(subcommand)]
        verb: mfa::Verb,
    },
    /// Your own tokens, for programs
    Token {
        #[command(flatten)]
        connection: Connection,
        #[command(subcommand)]
        verb: own_token::Verb,
    },
    /// Your own accounts elsewhere that sign you in
    Identity {
        #[command(flatten)]
        connection: Connection,
        #[command(subcommand)]
        verb: identity::Verb,
    },
    /// Single sign-on with the organization's own identity provider
    SingleSignOn {
        #[command(flatten)]
        globals: Globals,
        #[command(subcommand)]
        verb: single_sign_on::Verb,
    },
    /// Service accounts: what programs act as in an organization
    ServiceAccount {
        #[command(flatten)]
        globals: Globals,
        #[command(subcommand)]
        verb: service_account::Verb,
    },
    /// The mail server, for superusers
    Smtp {
        #[command(flatten)]
        connection: Connection,
        #[command(subcommand)]
        verb: smtp::Verb,
    },
    /// The certificate that is served, for superusers
    Tls {
        #[command(flatten)]
        connection: Connection,
        #[command(subcommand)]
        verb: tls::Verb,
    },
    /// Where the instance listens, for superusers
    Listener {
        #[command(flatten)]
        connection: Connection,
        #[command(subcommand)]
        verb: listener::Verb,
    },
    /// The instance as a whole, for superusers
    Instance {
        #[command(flatten)]
        connection: Connection,
        #[command(subcommand)]
        verb: instance::Verb,
    },
    /// Save an organization to a file, which import takes in again, here or elsewhere
    Export(moving::Export),
    /// Take an organization in from a file that export has saved, a line at a time
    Import(moving::Import),
    /// Print the completion script of a shell
    Completions {
        /// The shell to complete in
        shell: clap_complete::Shell,
    },
}

impl Command {
    /// Which server and which organization are meant; none where no server is asked.
    pub fn globals(&self) -> Option<Globals> {
        let of_server = |connection: &Connection| Globals {
            connection: connection.clone(),
            organization: None,
        };
        match self {
            Self::Completions { .. } => None,
            Self::Superuser(verb) => Some(of_server(verb.connection())),
            Self::Export(moving::Export { connection, .. })
            | Self::Import(moving::Import { connection, .. })
            | Self::SignIn { connection, .. }
            | Self::SignOut { connection, .. }
            | Self::Me { connection, .. }
            | Self::Mfa { connection, .. }
            | Self::Token { connection, .. }
            | Self::Identity { connection, .. }
            | Self::Account { connection, .. }
            | Self::Smtp { connection, .. }
            | Self::Tls { connection, .. }
            | Self::Listener { connection, .. }
            | Self::Instance { connection, .. } => Some(of_server(connection)),
            Self::Organization { globals, .. }
            | Self::People { globals, .. }
            | Self::Project { globals, .. }
            | Self::Invitation { globals, .. }
            | Self::SignupDomain { globals, .. }
            | Self::Role { globals, .. }
            | Self::Group { globals, .. }
            | Self::Permission { globals, .. }
            | Self::ServiceAccount { globals, .. }
            | Self::SingleSignOn { globals, .. }
            | Self::Audit { globals, .. }
            | Self::Access { globals, .. } => Some(globals.clone()),
        }
    }
}
