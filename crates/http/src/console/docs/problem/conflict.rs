//! What does not fit with what is there.

use super::Code;

pub(super) const CODES: &[Code] = &[
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
        "certificate_in_use",
        "Listeners speak TLS by the certificate, as the detail names them. Close them first, or replace the certificate.",
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
];
