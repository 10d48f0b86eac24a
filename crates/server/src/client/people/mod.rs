//! `people`: the members of an organization and those who are invited, one file for each kind of act.

mod activity;
mod bulk;
mod change;
mod create;
mod credential;
pub mod find;
mod handle;
mod invite;
pub mod leave;
mod list;
mod ownership;
mod row;

pub use activity::of_account;
use clap::Subcommand;
pub use credential::list_sessions;

use super::context::Context;
use super::failure::Failure;

#[derive(Subcommand)]
pub enum Verb {
    /// List members and those who are invited
    List(list::List),
    /// Invite people by e-mail, or make a link to hand over
    Invite(invite::Invite),
    /// List people with access to the repositories of your projects
    Handles(handle::Handles),
    /// Add people by their handles on GitHub or Bitbucket
    AddByHandle(handle::AddByHandle),
    /// Create an account with a temporary password, without mail
    Create(create::Create),
    /// Change a member's name, e-mail address, phone or authentication method
    Edit(change::Edit),
    /// Give a member another role
    SetRole(change::SetRole),
    /// Make members Owners of the organization
    GrantOwnership(ownership::Grant),
    /// Give up your ownership of the organization; you stay as an Admin
    GiveUpOwnership(ownership::GiveUp),
    /// Disable a member's access to this organization; enable lifts it
    Disable(change::Hold),
    /// Give a disabled member access again
    Enable(change::Several),
    /// Suspend a member's account; unsuspend lifts it
    Suspend(change::Hold),
    /// Let a suspended account sign in again
    Unsuspend(change::Several),
    /// Remove a member from this organization; the account stays
    Remove(leave::Remove),
    /// List what a member owns, which keeps them from being removed
    Owned(leave::Owned),
    /// Delete a member's account for good; consider suspending it instead
    Delete(leave::Delete),
    /// List when and from where a member signed in, or tried to, the latest first
    Activity(activity::Activity),
    /// Reset a member's password: a temporary one, shown once, or a mail to the member
    ResetPassword(credential::ResetPassword),
    /// Reset a member's second factors: they are signed out everywhere and enrol again
    ResetMfa(credential::ResetMfa),
    /// See a member's sessions, or end them
    Sessions(credential::Sessions),
}

pub async fn run(context: &mut Context<'_>, verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::List(verb) => list::list(context, verb).await,
        Verb::Invite(verb) => invite::invite(context, verb).await,
        Verb::Handles(verb) => handle::list(context, verb).await,
        Verb::AddByHandle(verb) => handle::add(context, verb).await,
        Verb::Create(verb) => create::create(context, verb).await,
        Verb::Edit(verb) => change::edit(context, verb).await,
        Verb::SetRole(verb) => change::set_role(context, verb).await,
        Verb::GrantOwnership(verb) => ownership::grant(context, verb).await,
        Verb::GiveUpOwnership(verb) => ownership::give_up(context, verb).await,
        Verb::Disable(verb) => change::disable(context, verb).await,
        Verb::Enable(verb) => change::enable(context, verb).await,
        Verb::Suspend(verb) => change::suspend(context, verb).await,
        Verb::Unsuspend(verb) => change::unsuspend(context, verb).await,
        Verb::Remove(verb) => leave::remove(context, verb).await,
        Verb::Owned(verb) => leave::owned(context, verb).await,
        Verb::Delete(verb) => leave::delete(context, verb).await,
        Verb::Activity(verb) => activity::activity(context, verb).await,
        Verb::ResetPassword(verb) => credential::reset_password(context, verb).await,
        Verb::ResetMfa(verb) => credential::reset_mfa(context, verb).await,
        Verb::Sessions(verb) => credential::sessions(context, verb).await,
    }
}
