//! Who is asking, and what they may not.

use super::Code;

pub(super) const CODES: &[Code] = &[
    (
        "401",
        "sign_in_required",
        "There is no session, or it has ended. Open one, and send its token as Bearer.",
    ),
    (
        "401",
        "wrong_credentials",
        "The name or the password is wrong; which of them is not told.",
    ),
    (
        "401",
        "wrong_code",
        "The code or passkey of a second factor was not accepted. A code works once; one of an app for half a minute.",
    ),
    (
        "401",
        "mfa_required",
        "The second factor is due: POST /sessions/current/mfa with this session, then repeat the call.",
    ),
    (
        "403",
        "account_suspended",
        "The account is suspended everywhere. A superuser or its own administrators lift that.",
    ),
    (
        "403",
        "temporary_password_expired",
        "A temporary password lasts seven days. An administrator gives a new one.",
    ),
    (
        "403",
        "password_change_required",
        "The password is a temporary one: change it, then repeat the call.",
    ),
    (
        "403",
        "permission_required",
        "The caller's role lacks a permission; permission names it.",
    ),
    (
        "403",
        "session_required",
        "A token cannot do this, for it touches credentials or reaches less far than that. Sign in, and do it yourself.",
    ),
    (
        "403",
        "proof_required",
        "A sensitive act, or an entry into an organization, asks for a newer proof of who you are: POST /sessions/current/proof, then repeat the call.",
    ),
    (
        "403",
        "method_not_allowed",
        "The organization is not entered by the way this session was signed in. Sign in in one that it allows.",
    ),
    (
        "403",
        "other_identity_provider",
        "The session was proved by another organization's identity provider, which opens that organization alone.",
    ),
    (
        "403",
        "mfa_enrolment_required",
        "The organization asks for a second factor, and the account has none: enrol one under /me/mfa.",
    ),
    (
        "403",
        "second_factor_required",
        "The organization asks for the second factor, which this session was not opened with: prove it by that one.",
    ),
    (
        "403",
        "person_required",
        "Only a person can do this: a service account or a project has no account of its own.",
    ),
    (
        "403",
        "out_of_scope",
        "The caller holds the permission, but the scopes of the token leave it out; permission names it.",
    ),
    (
        "403",
        "superuser_required",
        "Only superusers of the instance may do this.",
    ),
    (
        "403",
        "not_yourself",
        "Nobody does this to themselves. Another administrator can.",
    ),
    (
        "403",
        "owner_protected",
        "An Owner is changed only by giving up ownership, which that Owner does.",
    ),
    (
        "403",
        "greater_than_you",
        "The other person holds permissions that the caller does not.",
    ),
    (
        "403",
        "not_managed",
        "The account has its home elsewhere, or is in other organizations too. The membership can be changed, the account cannot.",
    ),
    (
        "403",
        "passkey_copied",
        "The passkey's counter went back, as if there were a copy of it. Remove it, and make a new one.",
    ),
    (
        "403",
        "sign_in_again",
        "The session was opened by an identity provider; a code does not renew that. Sign in again.",
    ),
    (
        "403",
        "cannot_grant",
        "What would be given holds permissions that the caller lacks; missing names them.",
    ),
    (
        "403",
        "invitation_for_somebody_else",
        "The invitation is for another account than the one that is signed in.",
    ),
    (
        "403",
        "invitation_for_other_identity",
        "The invitation is for an account of the identity provider it names. Its link leads there.",
    ),
    (
        "403",
        "identity_not_linked",
        "No account here is connected with this account of an identity provider. Addresses are never compared.",
    ),
    (
        "403",
        "consent_by_mail_only",
        "The address of the account is not verified: agree by the link in the mail. Where no mail server is set up none was \
         sent: decline, and ask for an invitation, whose link needs no mail.",
    ),
    (
        "403",
        "member_required",
        "Only members of the organization own things in it. Name one, or sign in as one.",
    ),
    (
        "403",
        "organization_not_active",
        "The organization is disabled. Whoever runs the instance can enable it.",
    ),
];
