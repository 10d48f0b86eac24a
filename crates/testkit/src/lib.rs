//! What tests share: a database, a mail server and a browser of their own, each real, each gone when the test is.
//!
//! Postgres:  `postgres::database().await` gives an empty database, dropped with the value.
//! Instance:  `on_both_databases! { .. }` runs a story about an `App`: personas, a clock that stands still, a mailbox.
//! Mail:      `Mailbox::start().await`, `.url()`, `.next_to(address).await`, `.refuse(..)`, `.behave(..)`.
//! Names:     `NameServer::start().await`, `.publish(name, text)`.
//! Providers: `Issuer::start()` speaks OpenID Connect, `Host::start().await` as GitHub and Bitbucket; `Traveller` goes there.
//! Browser:   `Browser::open().await`, then `visit`, `fill`, `choose`, `check`, `press`, `see`, `row`, `part`, `screenshot`.
//! System:    `pam::System::with_password(..)`, people and passwords that PAM knows.
//! Receiver:  `Receiver::start(Speaks::Syslog).await`, `.received()`, `.entries()`, `.behave(false)`.
//! Traces:    `Collector::start().await`, `.until(|span| ..)`, `.answer(503)`, of OpenTelemetry.
//! Stolen:    `breached::list()`, a file with `breached::STOLEN` in it.
//! Passkey:   `Authenticator::make(origin, &options)`, `.answer(&options)`: one in software.
//! Cable:     `Cable::to(database).await` stands before PostgreSQL: `.cut()`, `.freeze()`, `.deafen()`, `.mend()`.
//! Elsewhere: `tls::ready()` before a reqwest client is made, `left_out::left_out(..)` for what a machine cannot run.

#![allow(
    clippy::disallowed_methods,
    reason = "deadlines of tests are real time; nothing here runs in production"
)]

pub mod app;
pub mod authenticator;
pub mod breached;
pub mod browser;
pub mod cable;
pub mod certificate;
pub mod collector;
pub mod elsewhere;
pub mod host;
pub mod identity_provider;
pub mod issuer;
pub mod left_out;
pub mod mailbox;
pub mod name_server;
pub mod pam;
pub mod persona;
pub mod phone;
pub mod postgres;
pub mod receiver;
pub mod target;
pub mod tls;
pub mod traveller;

pub use app::{App, Home, On};
pub use authenticator::Authenticator;
pub use browser::{Browser, Part, Theme, Violation};
pub use cable::Cable;
pub use collector::Collector;
pub use host::Host;
pub use issuer::Issuer;
pub use mailbox::{Behavior, Mail, Mailbox};
pub use name_server::NameServer;
pub use persona::Persona;
pub use phone::Phone;
pub use postgres::{OwnPostgres, PostgresUrl};
pub use traveller::Traveller;
