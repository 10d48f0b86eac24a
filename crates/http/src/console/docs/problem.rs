//! What the codes of problems mean, for whoever follows the `type` of one.
// tidy: long because every code has its sentence in one table

use crate::page::docs::Problem;

/// By status, then as they are met.
pub fn all() -> Vec<Problem> {
    CODES
        .iter()
        .map(|(status, code, text)| Problem {
            code: (*code).to_owned(),
            status: (*status).to_owned(),
            text: (*text).to_owned(),
        })
        .collect()
}

const CODES: &[(&str, &str, &str)] = &[
    (
        "400",
        "malformed",
        "The request cannot be read: the JSON, the query or a header is not well-formed.",
    ),
    (
        "400",
        "no_preview",
        "dry_run came to a call that cannot be tried. Nothing was done; leave it out to carry the call out.",
    ),
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
        "401",
        "mfa_required",
        "The second factor is due: POST /sessions/current/mfa with this session, then repeat the call.",
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
        "The address of the account is not verified: agree by the link in the mail.",
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
    (
        "404",
        "not_found",
        "There is no such thing, or the caller may not know of it.",
    ),
    (
        "404",
        "link_invalid",
        "The link was used, replaced by a newer one, revoked, or never was.",
    ),
    (
        "409",
        "already_undone",
        "The entry was undone already. To have it as it was, undo the entry that undid it.",
    ),
    (
        "409",
        "changed_since",
        "What the entry changed is not as it left it; the detail says what differs. Make the change you want by hand.",
    ),
    (
        "409",
        "not_reversible",
        "No ordinary change takes this back; the detail says why, and what to do instead.",
    ),
    ("409", "already_member", "The person is a member already."),
    (
        "409",
        "already_awaiting_consent",
        "The person was added already and has yet to agree.",
    ),
    (
        "409",
        "already_invited",
        "There is a pending invitation already. Resend or revoke that one.",
    ),
    (
        "409",
        "too_many_tokens",
        "An account or a service account has as many tokens as it may. Revoke those that are not used any more.",
    ),
    ("409", "username_taken", "Another account has this username."),
    ("409", "email_taken", "Another account has this e-mail address."),
    (
        "409",
        "totp_enrolled",
        "The account has an authenticator app already. Remove it before enrolling another.",
    ),
    (
        "409",
        "nothing_to_confirm",
        "What would be confirmed was never begun in this session, is too long ago, or was confirmed already.",
    ),
    (
        "409",
        "no_second_factor",
        "The account has neither an authenticator app nor a passkey.",
    ),
    (
        "409",
        "no_repository",
        "The project names no repository, or the organization's preset gives nothing to those who work on one.",
    ),
    (
        "409",
        "keeps_you_out",
        "The security policy would keep out whoever saves it. Sign in as it asks, or enrol a second factor, first.",
    ),
    ("409", "passkey_taken", "The passkey belongs to an account already."),
    (
        "409",
        "too_many_passkeys",
        "The account has as many passkeys as it can have. Remove one.",
    ),
    (
        "409",
        "passkeys_unavailable",
        "Passkeys need a public URL with a name, over HTTPS; the operator sets it.",
    ),
    ("409", "slug_taken", "Another one of its kind has this slug."),
    (
        "409",
        "member_limit_reached",
        "All member slots are taken. The text says whom to ask for more.",
    ),
    (
        "409",
        "not_restorable",
        "Only an organization that was deleted within the last thirty days is brought back.",
    ),
    (
        "409",
        "last_owner",
        "The organization would be left without an active Owner.",
    ),
    (
        "409",
        "last_superuser",
        "The instance would be left without an active superuser.",
    ),
    (
        "409",
        "still_owns",
        "The member owns things; owned lists them. Transfer them first or with transfer_to, or delete them with delete_owned.",
    ),
    (
        "409",
        "not_a_transfer_target",
        "Things can be transferred only to another active member.",
    ),
    (
        "409",
        "not_an_owner_candidate",
        "Only an active member can become Owner.",
    ),
    ("409", "not_a_project_owner", "Only an active member can own a project."),
    ("409", "invitation_pending", "The invitation is still pending."),
    ("409", "invitation_accepted", "The invitation was accepted."),
    (
        "409",
        "invitation_expired",
        "The invitation has expired. Resending gives it a new link and a new end.",
    ),
    ("409", "invitation_revoked", "The invitation was revoked. Invite anew."),
    (
        "409",
        "sign_in_to_accept",
        "The invited person has an account: sign in with it, then accept.",
    ),
    ("409", "nothing_to_consent_to", "The caller is a member already."),
    ("409", "domain_listed", "The organization lists this domain already."),
    (
        "409",
        "domain_proved_elsewhere",
        "Another organization has proved that the domain is its own.",
    ),
    (
        "409",
        "domain_not_proved",
        "The DNS record that proves the domain is not there; the detail says which.",
    ),
    (
        "409",
        "sign_up_closed",
        "No organization lets people of this address's domain sign up any more.",
    ),
    (
        "409",
        "no_password",
        "The account has no password that could be reset or changed: it signs in another way.",
    ),
    (
        "409",
        "single_sign_on_required",
        "The invitation is accepted by signing in with the organization's single sign-on, in a browser.",
    ),
    (
        "409",
        "superuser_needs_password",
        "An organization's identity provider cannot vouch for whoever runs the instance.",
    ),
    (
        "409",
        "no_address",
        "The member has no e-mail address that a link could be sent to.",
    ),
    (
        "409",
        "mail_not_set_up",
        "This instance cannot send mail: its operator has named no mail server.",
    ),
    (
        "409",
        "listener_unavailable",
        "An address or port of the new listeners cannot be listened on, as the detail says. What was before goes on.",
    ),
    (
        "409",
        "nothing_tried",
        "New listeners are confirmed while they are being tried. PUT them again, and confirm within two minutes.",
    ),
    (
        "409",
        "confirm_elsewhere",
        "New listeners are confirmed by way of one of them: send the call to an address in confirm_at.",
    ),
    (
        "409",
        "setting_fixed",
        "The operator sets this from outside, by a flag, the environment or the configuration file, as the detail says.",
    ),
    (
        "409",
        "identity_taken",
        "The account elsewhere is connected with another account here.",
    ),
    (
        "409",
        "last_way_in",
        "Without it the account could not be signed in to. Set a password or connect another first.",
    ),
    (
        "409",
        "identity_provider_failed",
        "The identity provider did not vouch for anybody; the text says what it answered.",
    ),
    (
        "409",
        "handle_not_found",
        "The host knows nobody of that handle, or does not tell the caller; the text says what it answered and what to do.",
    ),
    (
        "409",
        "sign_in_interrupted",
        "The sign-in was begun in another browser, took too long, or is over. Begin it again.",
    ),
    ("409", "already_set_up", "The instance has accounts. Sign in."),
    (
        "409",
        "revision_not_reached",
        "The answer cannot be as new as minimum_revision demands yet. Ask again shortly.",
    ),
    (
        "409",
        "built_in_role",
        "A built-in role stays as it is. Make one of the same permissions, and change that.",
    ),
    (
        "409",
        "role_in_use",
        "The role is in use; places says where. Repeat with replace_with, the role they get instead.",
    ),
    (
        "409",
        "permission_in_use",
        "The permission that was left out is in use; places says where. Take it out there first.",
    ),
    (
        "409",
        "permission_taken",
        "Roster, the organization's preset or another application has a permission of this name.",
    ),
    (
        "409",
        "not_in_this_organization",
        "The organization's preset goes without what the call is about.",
    ),
    (
        "409",
        "answer_lost",
        "A request with this Idempotency-Key was carried out, and its answer is no longer known. Look at what is there.",
    ),
    (
        "412",
        "changed_meanwhile",
        "What If-Match names has changed since. Load it again.",
    ),
    ("413", "too_large", "The body is larger than the call takes."),
    (
        "415",
        "not_json",
        "The call takes JSON, with Content-Type: application/json.",
    ),
    (
        "422",
        "invalid",
        "Fields cannot be taken as they are; errors says which and why.",
    ),
    (
        "422",
        "owner_never_offered",
        "Ownership is granted on the member, never chosen as a role.",
    ),
    (
        "422",
        "role_not_offered",
        "The organization's policies do not offer this role to new people.",
    ),
    (
        "422",
        "method_not_set_up",
        "The organization has not set this way to sign in up yet; the detail says who can.",
    ),
    (
        "422",
        "provider_unavailable",
        "The instance cannot check identities of this provider.",
    ),
    (
        "422",
        "idempotency_key_reused",
        "The Idempotency-Key came with another request before. Use a new one for each.",
    ),
    (
        "429",
        "too_many_tries",
        "There were too many failures. Retry-After says in how many seconds to go on.",
    ),
    (
        "500",
        "unexpected",
        "Something failed that should not. request_id finds it in the log.",
    ),
    (
        "503",
        "busy",
        "Too much is being done at once. Retry-After says when to come back.",
    ),
    ("503", "unavailable", "The database does not answer. Try again shortly."),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::CODES;

    /// The codes that a source text gives to its cases.
    fn named(source: &str) -> BTreeSet<&str> {
        let looks_like_a_code =
            |word: &str| word.contains('_') && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        source
            .lines()
            .filter(|line| line.contains("=>") || line.contains("Self::new("))
            .flat_map(|line| line.split('"'))
            .filter(|word| looks_like_a_code(word))
            .collect()
    }

    #[test]
    fn every_code_is_told_once() {
        let told: BTreeSet<&str> = CODES.iter().map(|(_, code, _)| *code).collect();
        assert_eq!(told.len(), CODES.len());
        let given = [
            include_str!("../../problem.rs"),
            include_str!("../../../../domain/src/refusal.rs"),
        ];
        for code in given.into_iter().flat_map(named) {
            assert!(told.contains(code), "{code} is not explained");
        }
    }
}
