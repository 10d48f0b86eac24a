//! The changes that are thought over before they are made: what each is called, what it means, what is said afterwards,
//! and which operation carries it out, for real or as a preview.

use domain::id::MemberId;
use domain::member::Act;
use domain::permission::MemberView;
use domain::words::Words;
use secrecy::SecretString;
use serde::Deserialize;
use service::member::belongings::Belongings;
use service::member::{credential, disablement, ownership, removal, role_change, suspension};
use service::{OrganizationRef, Outcome, Request};

use crate::App;
use crate::console::heir;
use crate::console::part::filled;
use crate::console::token::last_day;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Role,
    Disable,
    Enable,
    Suspend,
    LiftSuspension,
    Remove,
    DeleteAccount,
    ResetPassword,
    MailPasswordReset,
    ResetMfa,
    GrantOwnership,
    GiveUpOwnership,
    GrantSuperuser,
    RevokeSuperuser,
}

/// What came along with the question or its answer.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// The opposite is meant: lift instead of suspend.
    pub end: bool,
    pub role: String,
    /// The last day with the role; empty: no end.
    pub until: String,
    pub reason: String,
    pub transfer_to: String,
    pub confirm: String,
    pub temporary_password: String,
    pub access: String,
}

fn no_day() -> service::Error {
    let detail = "must be a day such as 2026-12-31, or empty";
    service::Error::Invalid(vec![service::FieldError::new("until", detail)])
}

/// Carries the change out, or tries it where the request is a dry run. A password is handed back once.
///
/// # Errors
/// As the operation.
pub async fn run(
    change: Change,
    app: &App,
    request: &Request,
    organization: &OrganizationRef,
    id: MemberId,
    asked: &Asked,
) -> service::Result<Outcome<Option<SecretString>>> {
    let roster = &app.roster;
    let reason = filled(&asked.reason);
    Ok(match change {
        Change::Role => {
            let authorized = roster.authorize(request, organization).await?;
            let until = last_day(&asked.until).ok_or_else(no_day)?;
            role_change::change_role(authorized, id, &asked.role, until)
                .await?
                .map(|_| None)
        }
        Change::Disable => {
            let authorized = roster.authorize(request, organization).await?;
            disablement::disable(authorized, id, reason.as_deref())
                .await?
                .map(|_| None)
        }
        Change::Enable => disablement::enable(roster.authorize(request, organization).await?, id)
            .await?
            .map(|_| None),
        Change::Suspend => {
            let authorized = roster.authorize(request, organization).await?;
            suspension::suspend(authorized, id, reason.as_deref())
                .await?
                .map(|_| None)
        }
        Change::LiftSuspension => suspension::lift(roster.authorize(request, organization).await?, id)
            .await?
            .map(|_| None),
        Change::Remove => {
            let authorized = roster.authorize(request, organization).await?;
            removal::remove(authorized, id, belongings(&asked.transfer_to))
                .await?
                .map(|()| None)
        }
        Change::DeleteAccount => {
            let authorized = roster.authorize(request, organization).await?;
            removal::delete_account(authorized, id, belongings(&asked.transfer_to))
                .await?
                .map(|()| None)
        }
        Change::MailPasswordReset => {
            let authorized = roster.authorize(request, organization).await?;
            service::password_reset::mail_to_member(authorized, id)
                .await?
                .map(|()| None)
        }
        Change::ResetPassword => {
            let typed = Some(&asked.temporary_password)
                .filter(|text| !text.is_empty())
                .cloned()
                .map(SecretString::from);
            credential::reset_password(roster, request, organization, id, typed)
                .await?
                .map(Some)
        }
        Change::ResetMfa => credential::reset_mfa(roster.authorize(request, organization).await?, id)
            .await?
            .map(|()| None),
        Change::GrantOwnership => ownership::grant(roster.authorize(request, organization).await?, id)
            .await?
            .map(|_| None),
        Change::GiveUpOwnership => ownership::give_up(roster.authorize(request, organization).await?, id)
            .await?
            .map(|_| None),
        Change::GrantSuperuser | Change::RevokeSuperuser => {
            let mut seen = roster.see::<MemberView>(request, organization).await?;
            let account = service::member::get(&mut seen, id).await?.account.id;
            drop(seen);
            roster
                .set_superuser(request, account, change == Change::GrantSuperuser)
                .await?;
            Outcome::Done(None)
        }
    })
}

/// What is chosen in the list of heirs.
fn belongings(chosen: &str) -> Belongings {
    match chosen {
        heir::DELETE => Belongings::Delete,
        chosen => chosen.parse().map_or(Belongings::Block, Belongings::TransferTo),
    }
}

impl Change {
    /// What the rule on acts calls it, where it is one of those.
    pub const fn act(self) -> Option<Act> {
        match self {
            Self::Role => Some(Act::ChangeRole),
            Self::Disable => Some(Act::Disable),
            Self::Enable => Some(Act::Enable),
            Self::Suspend => Some(Act::Suspend),
            Self::LiftSuspension => Some(Act::LiftSuspension),
            Self::Remove => Some(Act::Remove),
            Self::DeleteAccount => Some(Act::DeleteAccount),
            Self::ResetPassword => Some(Act::ResetPassword),
            Self::MailPasswordReset => Some(Act::MailPasswordReset),
            Self::ResetMfa => Some(Act::ResetMfa),
            Self::GrantOwnership | Self::GiveUpOwnership | Self::GrantSuperuser | Self::RevokeSuperuser => None,
        }
    }

    /// The last segment of its address, and whether it is the opposite that stands there.
    pub const fn noun(self) -> (&'static str, bool) {
        match self {
            Self::Role => ("role", false),
            Self::Disable => ("disablement", false),
            Self::Enable => ("disablement", true),
            Self::Suspend => ("suspension", false),
            Self::LiftSuspension => ("suspension", true),
            Self::Remove => ("removal", false),
            Self::DeleteAccount => ("account", false),
            Self::ResetPassword => ("password-reset", false),
            Self::MailPasswordReset => ("password-mail", false),
            Self::ResetMfa => ("mfa", false),
            Self::GrantOwnership => ("ownership", false),
            Self::GiveUpOwnership => ("ownership", true),
            Self::GrantSuperuser => ("superuser", false),
            Self::RevokeSuperuser => ("superuser", true),
        }
    }

    pub const fn is_danger(self) -> bool {
        matches!(
            self,
            Self::Disable
                | Self::Suspend
                | Self::Remove
                | Self::DeleteAccount
                | Self::ResetPassword
                | Self::ResetMfa
                | Self::GiveUpOwnership
                | Self::GrantOwnership
                | Self::GrantSuperuser
        )
    }

    pub const fn asks_reason(self) -> bool {
        matches!(self, Self::Disable | Self::Suspend)
    }

    pub fn title(self, words: &Words) -> String {
        match self {
            Self::Role => words.change_role.clone(),
            Self::Disable => words.disable.clone(),
            Self::Enable => words.enable.clone(),
            Self::Suspend => words.suspend.clone(),
            Self::LiftSuspension => words.lift_suspension.clone(),
            Self::Remove => words.remove.clone(),
            Self::DeleteAccount => words.delete_account.clone(),
            Self::ResetPassword => words.reset_password.clone(),
            Self::MailPasswordReset => "Send a password reset mail".to_owned(),
            Self::ResetMfa => "Reset MFA".to_owned(),
            Self::GrantOwnership => "Grant ownership".to_owned(),
            Self::GiveUpOwnership => "Give up ownership".to_owned(),
            Self::GrantSuperuser => "Make superuser".to_owned(),
            Self::RevokeSuperuser => "Make user".to_owned(),
        }
    }

    pub fn heading(self, words: &Words, name: &str, organization: &str) -> String {
        match self {
            Self::Role => format!("Change the role of {name}"),
            Self::LiftSuspension => format!("Lift the suspension of {name}?"),
            _ => format!("{}?", self.submit(words, name, organization)),
        }
    }

    /// The button says what will happen.
    pub fn submit(self, words: &Words, name: &str, organization: &str) -> String {
        match self {
            Self::Role => format!("Set the role of {name}"),
            Self::Disable => format!("Disable the access of {name}"),
            Self::Enable => format!("Enable the access of {name}"),
            Self::Suspend => format!("Suspend {name}"),
            Self::LiftSuspension => format!("Lift the suspension of {name}"),
            Self::Remove => format!("{} {name} from {organization}", words.remove),
            Self::DeleteAccount => match words.delete_account.strip_suffix(" account") {
                Some(verb) => format!("{verb} the account of {name}"),
                None => format!("{} {name}", words.delete_account),
            },
            Self::ResetPassword => format!("Reset the password of {name}"),
            Self::MailPasswordReset => format!("Mail {name} a link to a new password"),
            Self::ResetMfa => format!("Reset MFA of {name}"),
            Self::GrantOwnership => format!("Make {name} an Owner of {organization}"),
            Self::GiveUpOwnership => format!("Give up ownership of {organization}"),
            Self::GrantSuperuser => format!("Make {name} a superuser"),
            Self::RevokeSuperuser => format!("Take superuser away from {name}"),
        }
    }

    pub fn lead(self, organization: &str) -> String {
        match self {
            Self::Role => "It takes effect at once.".to_owned(),
            Self::Disable => format!("Shuts them out of {organization} at once. Everything is kept, and you can let them back in."),
            Self::Enable => format!("Lets them back into {organization} at once, with the role they had."),
            Self::Suspend => "They cannot sign in anywhere until you lift it. Data and history are kept.".to_owned(),
            Self::LiftSuspension => "They can sign in again at once.".to_owned(),
            Self::Remove => "The membership ends for good. The account itself stays.".to_owned(),
            Self::DeleteAccount => "This is permanent: the account is gone with every way to sign in, and nobody can bring it back.".to_owned(),
            Self::ResetPassword => "The present password stops working, and every session ends. They get a temporary one that must be changed at the next sign-in.".to_owned(),
            Self::MailPasswordReset => "They get a mail with a link, by which they set a new password. The present one works until then.".to_owned(),
            Self::ResetMfa => "Every session ends. They sign in with what is left, and set up multi-factor authentication again.".to_owned(),
            Self::GrantOwnership => "Owners can do everything here, make others Owners, and are changed by nobody but themselves.".to_owned(),
            Self::GiveUpOwnership => "They become an Admin. Only another Owner can give it back.".to_owned(),
            Self::GrantSuperuser => "Superusers can do everything in every organization of this instance.".to_owned(),
            Self::RevokeSuperuser => "They keep what their roles give them.".to_owned(),
        }
    }

    /// What is said once it is done.
    pub fn done(self, name: &str, organization: &str, role: &str) -> String {
        match self {
            Self::Role => format!("{name} is now {role} of {organization}."),
            Self::Disable => format!("The access of {name} is disabled."),
            Self::Enable => format!("{name} has access again."),
            Self::Suspend => format!("{name} is suspended."),
            Self::LiftSuspension => format!("The suspension of {name} is lifted."),
            Self::Remove => format!("{name} was removed from {organization}."),
            Self::DeleteAccount => format!("The account of {name} was deleted."),
            Self::ResetPassword => format!("{name} has a temporary password."),
            Self::MailPasswordReset => format!("A mail with a link to a new password is on its way to {name}."),
            Self::ResetMfa => format!("MFA of {name} is reset."),
            Self::GrantOwnership => format!("{name} is now an Owner of {organization}."),
            Self::GiveUpOwnership => format!("{name} is no longer an Owner of {organization}."),
            Self::GrantSuperuser => format!("{name} is now a superuser."),
            Self::RevokeSuperuser => format!("{name} is no longer a superuser."),
        }
    }
}
