//! `instance`: what holds for all organizations of a server, for superusers.

use clap::Subcommand;

use super::context::Context;
use super::failure::Failure;
use super::policy;

#[derive(Subcommand)]
pub enum Verb {
    /// Show the policies of the instance, or change some, as in --set anyone_may_open=true
    ///
    /// anyone_may_open: whether everybody may open an organization, or superusers alone.
    /// owners_may_delete: whether Owners may delete their organization, or superusers alone.
    /// existing_accounts: whether somebody who has an account is asked before an organization adds them, or added at
    /// once: ask or add.
    /// audit_retention_days: how long the instance's own audit log keeps entries; null for ever.
    #[command(verbatim_doc_comment)]
    Policies(policy::Policies),
}

pub async fn run(context: &mut Context<'_>, verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::Policies(verb) => policy::run(context, "/instance/policies", verb).await,
    }
}
