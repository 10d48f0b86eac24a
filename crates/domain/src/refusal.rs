//! Every way a rule says no: what happened, to whom, and what to do. One variant, one stable code.

mod wording;

use crate::identity::described;
use crate::invitation::{IdentityProvider, Status};
use crate::member::Act;
use crate::moving::Fault;
use crate::ownership::Owned;
use crate::permission::Permission;
use crate::security::EntryRefusal;
use crate::session::Method;
use wording::{agree_how, method_list, owned_count};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("This was undone already. To have it as it was, undo the entry that undid it.")]
    AlreadyUndone,
    #[error("This cannot be undone any more: {detail}. Make the change you want by hand.")]
    ChangedSince { detail: String },
    #[error("This cannot be undone. {why}")]
    NotReversible { why: &'static str },
    #[error("There is no such {what}, or you may not see it.")]
    NotFound { what: &'static str },
    #[error("This takes the permission {permission}. Ask an Owner or Admin of the organization.")]
    Forbidden { permission: Permission },
    #[error("This takes a superuser of the instance.")]
    SuperuserOnly,
    #[error("You cannot {} yourself. Ask another admin.", act.phrase())]
    NotYourself { act: Act },
    #[error("You cannot {} {name}: an Owner is changed only by giving up ownership.", act.phrase())]
    OwnerProtected { name: String, act: Act },
    #[error("You cannot {} {name}, who holds permissions that you do not.", act.phrase())]
    GreaterThanYou { name: String, act: Act },
    #[error(
        "You cannot {} {name}: the account is not managed by this organization. It has its home elsewhere or belongs to \
         other organizations too. You can change or end the membership.",
        act.phrase()
    )]
    NotManaged { name: String, act: Act },
    #[error("You cannot give the role {role}: it holds permissions that you do not have.")]
    CannotGrant { role: String, missing: Vec<String> },
    #[error("You cannot give {}: you do not hold it on this project yourself.", missing.join(", "))]
    CannotGiveCapabilities { missing: Vec<String> },
    #[error("You cannot let a permission carry, or no longer carry, what you do not hold: {}.", missing.join(", "))]
    CannotCarry { missing: Vec<String> },
    #[error("Ownership is not a role to choose. An Owner grants it on the member's page.")]
    OwnerNeverOffered,
    #[error("The organization does not offer the role {role} to new people. Its policies say which ones it does.")]
    RoleNotOffered { role: String },
    #[error("{who} is already a member.")]
    AlreadyMember { who: String },
    #[error("{who} has been added already and has yet to agree.")]
    AlreadyAwaitingConsent { who: String },
    #[error("There is a pending invitation for {who} already. Resend it, or revoke it first.")]
    AlreadyInvited { who: String },
    #[error("{who} stands on an earlier line already. That line counts; leave this one out.")]
    NamedTwice {
        who: String,
        /// What the earlier line makes of them.
        code: &'static str,
    },
    #[error("This account is suspended and cannot be added.")]
    SuspendedElsewhere,
    #[error("The username {username} is taken. Choose another.")]
    UsernameTaken { username: String },
    #[error("The e-mail address {email} belongs to another account.")]
    EmailTaken { email: String },
    #[error("The domain {domain} is on the list already. Change it there.")]
    DomainListed { domain: String },
    #[error(
        "Another organization of this instance has proved that {domain} is its own. Ask whoever runs the instance."
    )]
    DomainProvedElsewhere { domain: String },
    #[error("{found} Put the record {name} with the text {value} into the domain's DNS, then check again.")]
    DomainNotProved { name: String, value: String, found: String },
    #[error("No organization lets people with that address sign up any more. Ask an administrator to invite you.")]
    SignUpClosed,
    #[error("The slug {slug} is taken. Choose another.")]
    SlugTaken { slug: String },
    #[error("All {limit} member slots are taken. {contact}")]
    MemberLimitReached { limit: u32, contact: String },
    #[error("The organization must keep an active Owner. Grant ownership to somebody else first.")]
    LastOwner,
    #[error(
        "You are the only Owner of {}. Grant ownership to somebody else there first, or have it deleted.",
        organizations.join(", ")
    )]
    LastOwnerOf { organizations: Vec<String> },
    #[error("The instance must keep an active superuser. Make somebody else superuser first.")]
    LastSuperuser,
    #[error(
        "{name} still owns {}. Transfer or delete what is owned, or disable access instead.",
        owned_count(owned)
    )]
    StillOwns { name: String, owned: Vec<Owned> },
    #[error("You still own {}. Transfer or delete what you own first.", owned_count(owned))]
    YouStillOwn { owned: Vec<Owned> },
    #[error("What {name} owns can be transferred only to another active member.")]
    NotATransferTarget { name: String },
    #[error("{name} cannot be an Owner now: only an active member can.")]
    NotAnOwnerCandidate { name: String },
    #[error("The invitation is {}.", status.name())]
    InvitationNotOpen { status: Status },
    #[error("This invitation is for {invitee}. Sign in with that account to accept it.")]
    InvitationForSomebodyElse { invitee: String },
    #[error("This invitation is for {}. Sign in with that one: the invitation is still open.", described(*provider, provider.label(), invitee, tenant.as_deref()))]
    InvitationForOtherIdentity {
        provider: IdentityProvider,
        invitee: String,
        tenant: Option<String>,
    },
    #[error("There is an account for {invitee} already. Sign in with it, then accept the invitation.")]
    SignInToAccept { invitee: String },
    #[error("This link is not valid. It was used, replaced by a newer one, or revoked: ask for a new one.")]
    LinkInvalid,
    #[error("Signing in with {} is not set up on this instance. Choose another way.", provider.label())]
    ProviderUnavailable { provider: IdentityProvider },
    #[error("Signing in with PAM is off in this organization. An admin turns it on in its settings first.")]
    PamOff,
    #[error("This organization has no single sign-on. An admin sets it up first.")]
    NoSingleSignOn,
    #[error("This invitation is accepted by signing in with the organization's single sign-on: {url}")]
    AcceptedBySingleSignOn { url: String },
    #[error("{name} signs in with {}: there is no password to change, reset or send.", method.label())]
    NoPasswordMethod { name: String, method: Method },
    #[error(
        "{name} runs this instance, and an organization's identity provider cannot vouch for that. Choose another method."
    )]
    SuperuserNeedsPassword { name: String },
    #[error("There is nothing to agree to: you are a member already.")]
    NothingToConsentTo,
    #[error("Your address is not verified. {}", agree_how(*.mailed))]
    ConsentByMailOnly { mailed: bool },
    #[error("The member has no password to reset.")]
    NoPassword,
    #[error("{name} has no e-mail address that a link could be sent to. Give them a temporary password instead.")]
    NoAddress { name: String },
    #[error("{name} is suspended. Lift the suspension first.")]
    SuspendedMember { name: String },
    #[error("No mail can be sent: whoever runs this server has not named a mail server yet.")]
    MailNotSetUp,
    #[error("The {what} is set by {place}, and that goes first. Change it there, or take it out there to set it here.")]
    SettingFixed { what: &'static str, place: String },
    #[error("The listener {name} cannot be opened: {problem}. Nothing was changed.")]
    ListenerUnavailable { name: String, problem: String },
    #[error("The certificate is needed where TLS is spoken: {}. Close that first, or replace the certificate.", listeners.join(", "))]
    CertificateInUse { listeners: Vec<String> },
    #[error("No new listeners are being tried: they were confirmed, or have reverted because nobody did in time.")]
    NothingTried,
    #[error("The new listeners are confirmed by way of one of them, so that it is sure you reach it: {}.", places.join(" or "))]
    ConfirmElsewhere { places: Vec<String> },
    #[error("There is an authenticator app already. Remove it before you enrol another.")]
    TotpEnrolled,
    #[error("Nothing waits to be confirmed: it was too long ago, or confirmed already. Begin again.")]
    NothingToConfirm,
    #[error("There is no second factor: no authenticator app and no passkey.")]
    NoSecondFactor,
    #[error("The project names no repository whose host is asked who works on it.")]
    NoRepository,
    #[error("This passkey belongs to an account already.")]
    PasskeyTaken,
    #[error("There are {most} passkeys already. Remove one that you no longer use.")]
    TooManyPasskeys { most: usize },
    #[error("This passkey was refused: there may be a copy of it. Sign in another way, remove it, and make a new one.")]
    PasskeyCopied,
    #[error(
        "Passkeys need this instance to be reached by a name over HTTPS. Ask whoever runs it to set its public URL."
    )]
    PasskeysUnavailable,
    #[error("This session was opened by an identity provider, and a code does not renew that. Sign in again.")]
    SignInAgain,
    #[error("This would keep you out yourself: {reason}. Do that first, then save it.")]
    KeepsYouOut { reason: &'static str },
    #[error("The organization is not active. Ask whoever runs the instance.")]
    OrganizationNotActive,
    #[error("{organization} cannot be restored: it is not deleted, or was more than thirty days ago.")]
    NotRestorable { organization: String },
    #[error("This instance is set up already. Sign in.")]
    AlreadySetUp,
    #[error("The role {role} is built in and stays as it is. Clone it and change the copy.")]
    BuiltInRole { role: String },
    #[error("The role {role} is in use: {}. Say which role they get instead.", places.join(", "))]
    RoleInUse { role: String, places: Vec<String> },
    #[error("The permission {permission} is in use by {}. Take it out there first.", places.join(", "))]
    PermissionInUse { permission: String, places: Vec<String> },
    #[error("The permission {permission} is declared by {owner} already. Choose another name.")]
    PermissionTaken { permission: String, owner: String },
    #[error("This organization has no {what}: its preset goes without.")]
    NotInThisOrganization { what: &'static str },
    #[error("The project {project} can be owned only by an active member.")]
    NotAProjectOwner { project: String },
    #[error("There are {limit} tokens already, and no more can be made. Revoke those that are not used any more.")]
    TooManyTokens { limit: u32 },
    #[error("Only a member of this organization can own something in it. Name a member, or sign in as one.")]
    MembersOnly,
    #[error("A token cannot do this. Sign in, and do it yourself.")]
    SessionOnly,
    #[error("Only a person can do this, not a service account or a project.")]
    PersonOnly,
    #[error(
        "Nobody here has connected this {provider} account. Sign in as usual and connect it in your profile. Were you invited? \
         Then follow the invitation's link."
    )]
    IdentityNotLinked { provider: String },
    #[error("This account is connected with somebody else's here. Disconnect it there first, or sign in with it.")]
    IdentityTaken,
    #[error("This is the only way you can sign in. Set a password or connect another account first.")]
    LastWayIn,
    #[error("{reason} Try again, or sign in another way.")]
    IdentityProviderFailed { reason: String },
    #[error("error finding {handle}: {answer}. {advice}")]
    HandleNotFound {
        handle: String,
        answer: String,
        advice: String,
    },
    #[error("This sign-in was begun in another browser, took longer than ten minutes, or is over. Begin it again.")]
    SignInInterrupted,
    #[error("Prove once more that it is you, then try again: the last proof is too old for this.")]
    ProofRequired,
    #[error("This organization is entered by {}. Sign in that way.", method_list(allowed))]
    MethodNotAllowed { allowed: Vec<Method> },
    #[error(
        "You signed in with another organization's identity provider, which opens that one alone. Sign in in another way."
    )]
    OtherIdentityProvider,
    #[error("This organization asks for a second factor. Enrol one in your profile, then come back.")]
    EnrolmentRequired,
    #[error("This organization asks for your second factor. Prove once more that it is you, with it.")]
    SecondFactorRequired,
    #[error("The token's scopes leave out {permission}. Use one that has it.")]
    OutOfScope { permission: String },
    #[error("The answer cannot be as new as revision {revision} yet. Ask again shortly.")]
    RevisionNotReached { revision: i64 },
    /// A file that is to be imported, as a whole.
    #[error("{0}")]
    NotImportable(Fault),
}

/// What kind of no it is; the edge maps it to a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    NotFound,
    Forbidden,
    Conflict,
    Invalid,
}

impl Refusal {
    pub const fn code(&self) -> &'static str {
        match self {
            Self::AlreadyUndone => "already_undone",
            Self::ChangedSince { .. } => "changed_since",
            Self::NotReversible { .. } => "not_reversible",
            Self::NotFound { .. } => "not_found",
            Self::Forbidden { .. } => "permission_required",
            Self::SuperuserOnly => "superuser_required",
            Self::NotYourself { .. } => "not_yourself",
            Self::OwnerProtected { .. } => "owner_protected",
            Self::GreaterThanYou { .. } => "greater_than_you",
            Self::NotManaged { .. } => "not_managed",
            Self::CannotGrant { .. } | Self::CannotCarry { .. } | Self::CannotGiveCapabilities { .. } => "cannot_grant",
            Self::OwnerNeverOffered => "owner_never_offered",
            Self::RoleNotOffered { .. } => "role_not_offered",
            Self::AlreadyMember { .. } => "already_member",
            Self::AlreadyAwaitingConsent { .. } => "already_awaiting_consent",
            Self::AlreadyInvited { .. } => "already_invited",
            Self::NamedTwice { code, .. } => code,
            Self::SuspendedElsewhere => "account_suspended",
            Self::UsernameTaken { .. } => "username_taken",
            Self::EmailTaken { .. } => "email_taken",
            Self::DomainListed { .. } => "domain_listed",
            Self::DomainProvedElsewhere { .. } => "domain_proved_elsewhere",
            Self::DomainNotProved { .. } => "domain_not_proved",
            Self::SignUpClosed => "sign_up_closed",
            Self::SlugTaken { .. } => "slug_taken",
            Self::MemberLimitReached { .. } => "member_limit_reached",
            Self::LastOwner | Self::LastOwnerOf { .. } => "last_owner",
            Self::LastSuperuser => "last_superuser",
            Self::StillOwns { .. } | Self::YouStillOwn { .. } => "still_owns",
            Self::NotATransferTarget { .. } => "not_a_transfer_target",
            Self::NotAnOwnerCandidate { .. } => "not_an_owner_candidate",
            Self::InvitationNotOpen { status } => match status {
                Status::Pending => "invitation_pending",
                Status::Accepted => "invitation_accepted",
                Status::Expired => "invitation_expired",
                Status::Revoked => "invitation_revoked",
            },
            Self::InvitationForSomebodyElse { .. } => "invitation_for_somebody_else",
            Self::InvitationForOtherIdentity { .. } => "invitation_for_other_identity",
            Self::SignInToAccept { .. } => "sign_in_to_accept",
            Self::LinkInvalid => "link_invalid",
            Self::ProviderUnavailable { .. } => "provider_unavailable",
            Self::PamOff | Self::NoSingleSignOn => "method_not_set_up",
            Self::AcceptedBySingleSignOn { .. } => "single_sign_on_required",
            Self::NoPasswordMethod { .. } => "no_password",
            Self::SuperuserNeedsPassword { .. } => "superuser_needs_password",
            Self::NothingToConsentTo => "nothing_to_consent_to",
            Self::ConsentByMailOnly { .. } => "consent_by_mail_only",
            Self::NoPassword => "no_password",
            Self::NoAddress { .. } => "no_address",
            Self::SuspendedMember { .. } => "account_suspended",
            Self::MailNotSetUp => "mail_not_set_up",
            Self::SettingFixed { .. } => "setting_fixed",
            Self::ListenerUnavailable { .. } => "listener_unavailable",
            Self::CertificateInUse { .. } => "certificate_in_use",
            Self::NothingTried => "nothing_tried",
            Self::ConfirmElsewhere { .. } => "confirm_elsewhere",
            Self::TotpEnrolled => "totp_enrolled",
            Self::NothingToConfirm => "nothing_to_confirm",
            Self::NoSecondFactor => "no_second_factor",
            Self::NoRepository => "no_repository",
            Self::PasskeyTaken => "passkey_taken",
            Self::TooManyPasskeys { .. } => "too_many_passkeys",
            Self::PasskeyCopied => "passkey_copied",
            Self::PasskeysUnavailable => "passkeys_unavailable",
            Self::SignInAgain => "sign_in_again",
            Self::KeepsYouOut { .. } => "keeps_you_out",
            Self::OrganizationNotActive => "organization_not_active",
            Self::NotRestorable { .. } => "not_restorable",
            Self::AlreadySetUp => "already_set_up",
            Self::BuiltInRole { .. } => "built_in_role",
            Self::RoleInUse { .. } => "role_in_use",
            Self::PermissionInUse { .. } => "permission_in_use",
            Self::PermissionTaken { .. } => "permission_taken",
            Self::NotInThisOrganization { .. } => "not_in_this_organization",
            Self::NotAProjectOwner { .. } => "not_a_project_owner",
            Self::TooManyTokens { .. } => "too_many_tokens",
            Self::MembersOnly => "member_required",
            Self::SessionOnly => "session_required",
            Self::PersonOnly => "person_required",
            Self::IdentityNotLinked { .. } => "identity_not_linked",
            Self::IdentityTaken => "identity_taken",
            Self::LastWayIn => "last_way_in",
            Self::IdentityProviderFailed { .. } => "identity_provider_failed",
            Self::HandleNotFound { .. } => "handle_not_found",
            Self::SignInInterrupted => "sign_in_interrupted",
            Self::ProofRequired => "proof_required",
            Self::MethodNotAllowed { .. } => "method_not_allowed",
            Self::OtherIdentityProvider => "other_identity_provider",
            Self::EnrolmentRequired => "mfa_enrolment_required",
            Self::SecondFactorRequired => "second_factor_required",
            Self::OutOfScope { .. } => "out_of_scope",
            Self::RevisionNotReached { .. } => "revision_not_reached",
            Self::NotImportable(fault) => fault.code,
        }
    }

    pub const fn kind(&self) -> RefusalKind {
        match self {
            Self::NotFound { .. } | Self::LinkInvalid => RefusalKind::NotFound,
            Self::Forbidden { .. }
            | Self::SuperuserOnly
            | Self::NotYourself { .. }
            | Self::PasskeyCopied
            | Self::SignInAgain
            | Self::OwnerProtected { .. }
            | Self::GreaterThanYou { .. }
            | Self::NotManaged { .. }
            | Self::CannotGrant { .. }
            | Self::CannotCarry { .. }
            | Self::CannotGiveCapabilities { .. }
            | Self::ConsentByMailOnly { .. }
            | Self::InvitationForSomebodyElse { .. }
            | Self::InvitationForOtherIdentity { .. }
            | Self::IdentityNotLinked { .. }
            | Self::OrganizationNotActive
            | Self::MembersOnly
            | Self::SessionOnly
            | Self::PersonOnly
            | Self::ProofRequired
            | Self::MethodNotAllowed { .. }
            | Self::OtherIdentityProvider
            | Self::EnrolmentRequired
            | Self::SecondFactorRequired
            | Self::OutOfScope { .. } => RefusalKind::Forbidden,
            Self::OwnerNeverOffered
            | Self::RoleNotOffered { .. }
            | Self::ProviderUnavailable { .. }
            | Self::PamOff
            | Self::NotImportable(_)
            | Self::NoSingleSignOn => RefusalKind::Invalid,
            _ => RefusalKind::Conflict,
        }
    }
}

impl From<EntryRefusal> for Refusal {
    fn from(refusal: EntryRefusal) -> Self {
        match refusal {
            EntryRefusal::Method { allowed } => Self::MethodNotAllowed { allowed },
            EntryRefusal::Confined => Self::OtherIdentityProvider,
            EntryRefusal::Enrolment => Self::EnrolmentRequired,
            EntryRefusal::SecondFactor => Self::SecondFactorRequired,
            EntryRefusal::ProofAgain => Self::ProofRequired,
        }
    }
}
