//! What is wrong with a field, as a sentence. Rules speak of a value ("must not be empty"); a page has to say of which.

/// `field` is the field's name in the form; the label is the one that stands beside it.
pub fn sentence(field: &str, detail: &str) -> String {
    // `null` is a word of the API; a form has a box to tick for it.
    let detail = detail.split(", or be null").next().unwrap_or(detail);
    let detail = detail.split(", or null").next().unwrap_or(detail);
    match (field.rsplit('_').next(), detail) {
        (Some("methods"), "must name at least one way to sign in") => {
            return "Choose at least one way to sign in.".to_owned();
        }
        (Some("roles"), "must name at least one role") => return "Choose at least one role to offer.".to_owned(),
        _ => {}
    }
    let mut letters = detail.chars();
    if letters.next().is_none_or(|first| !first.is_lowercase()) {
        return detail.to_owned();
    }
    // "The e-mail address is no e-mail address" would say too much.
    let subject = if detail.starts_with("is no ") {
        "This".to_owned()
    } else {
        label(field)
    };
    let dot = if detail.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{subject} {detail}{dot}")
}

/// A short name that follows from the name is told of beside the name, where nobody sees a short name.
pub fn of_name(field: &str, message: &str) -> String {
    if field == "slug" && message.ends_with("is taken. Choose another.") {
        "This name, or one much like it, is taken. Choose another.".to_owned()
    } else {
        message.to_owned()
    }
}

fn label(field: &str) -> String {
    // A field that stands once per row ends in the row's number.
    let name = field.split('.').next().unwrap_or_default();
    let known = match name {
        "email" => "The e-mail address",
        "owner_email" => "The owner’s e-mail address",
        // As the labels of the forms say it.
        "current_password" => "The present password",
        "slug" => "The short name",
        "organization_name" => "The organization’s name",
        "proof_password" => "The password",
        "proof_code" => "The code",
        "login" => "The username or e-mail address",
        "phone" => "The phone number",
        "notify" => "The other address",
        "locale" => "The language",
        "expires_in_days" | "invitation_lifetime_days" => "The number of days",
        "member_limit" => "The number of member slots",
        // On the pages of the whole server's settings.
        "url" => "The address",
        "to" => "The address",
        "from" => "The sender",
        "tls" => "TLS",
        "sso_url" => "The SSO URL",
        "serves" => "What it serves",
        "transfer_to" => "The person to transfer to",
        "" => "This",
        other => return format!("The {}", other.replace('_', " ")),
    };
    known.to_owned()
}

#[cfg(test)]
mod tests {
    use super::sentence;

    #[test]
    fn a_rule_reads_as_a_sentence_about_its_field() {
        assert_eq!(sentence("name", "must not be empty"), "The name must not be empty.");
        assert_eq!(
            sentence("current_password", "is wrong"),
            "The present password is wrong."
        );
        assert_eq!(
            sentence("email.2", "is no e-mail address"),
            "This is no e-mail address."
        );
        assert_eq!(sentence("slug", "The short name is taken."), "The short name is taken.");
        assert_eq!(sentence("slug", ""), "");
        assert_eq!(
            sentence(
                "security_methods",
                "must name at least one way to sign in, or be null for all"
            ),
            "Choose at least one way to sign in."
        );
        assert_eq!(
            sentence(
                "audit_retention_days",
                "must be 1 to 3650 days, or null to keep entries for ever"
            ),
            "The audit retention days must be 1 to 3650 days."
        );
    }
}
