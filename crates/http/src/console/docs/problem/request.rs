//! How a request was made, what it names, and how the server is.

use super::Code;

pub(super) const CODES: &[Code] = &[
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
        "412",
        "changed_meanwhile",
        "What If-Match names has changed since. Load it again.",
    ),
    (
        "412",
        "no_etag",
        "What the call changes has no ETag, so that If-Match cannot hold. Leave it out, or send *.",
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
        "not_an_export",
        "The file to be imported does not begin as an export of Roster does.",
    ),
    (
        "422",
        "newer_export",
        "The file to be imported was written in a later version of the format. Upgrade this instance first.",
    ),
    (
        "422",
        "cut_off",
        "The file to be imported lost its end on its way. Nothing was changed.",
    ),
    (
        "422",
        "file_too_large",
        "The file to be imported is larger than is taken: 8 GiB of a superuser, 256 MiB of anybody else. Split it.",
    ),
    (
        "422",
        "altered",
        "The file to be imported is not as its last line says. Nothing was changed.",
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
        "500",
        "damaged",
        "What the database holds is not what was written there. Whoever runs the instance asks roster doctor, and restores a backup.",
    ),
    (
        "503",
        "busy",
        "Too much is being done at once. Retry-After says when to come back.",
    ),
    (
        "503",
        "outcome_unknown",
        "The database was lost while it was committing: the change is there, or it is not. Look, or repeat with the same \
         Idempotency-Key.",
    ),
    ("503", "unavailable", "The database does not answer. Try again shortly."),
    (
        "507",
        "no_space",
        "The database's disk is full. Nothing can be changed until there is room; what is there can be read.",
    ),
];
