//! What an assertion says of a person besides their name at the identity provider. Every product calls these by other
//! names; the common ones are known here.

/// An attribute of an assertion with its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    pub name: String,
    pub values: Vec<String>,
}

const EMAIL: &[&str] = &[
    "email",
    "mail",
    "emailaddress",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
    "urn:oid:0.9.2342.19200300.100.1.3",
    "urn:oid:1.2.840.113549.1.9.1",
];
const NAME: &[&str] = &[
    "displayname",
    "http://schemas.microsoft.com/identity/claims/displayname",
    "urn:oid:2.16.840.1.113730.3.1.241",
    "cn",
    "urn:oid:2.5.4.3",
    "fullname",
];
const GIVEN: &[&str] = &[
    "givenname",
    "firstname",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname",
    "urn:oid:2.5.4.42",
];
const FAMILY: &[&str] = &[
    "sn",
    "surname",
    "lastname",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname",
    "urn:oid:2.5.4.4",
];

pub fn email(attributes: &[Attribute]) -> Option<String> {
    first(attributes, EMAIL)
}

pub fn name(attributes: &[Attribute]) -> Option<String> {
    first(attributes, NAME).or_else(|| {
        let parts: Vec<String> = [GIVEN, FAMILY]
            .into_iter()
            .filter_map(|names| first(attributes, names))
            .collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    })
}

fn first(attributes: &[Attribute], names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| {
        let found = attributes
            .iter()
            .find(|attribute| attribute.name.eq_ignore_ascii_case(name));
        found?.values.iter().find(|value| !value.is_empty()).cloned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(name: &str, value: &str) -> Attribute {
        Attribute {
            name: name.to_owned(),
            values: vec![value.to_owned()],
        }
    }

    #[test]
    fn a_person_is_read_from_the_names_that_products_use() {
        let entra = [
            attribute(
                "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
                "ada@example.com",
            ),
            attribute("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname", "Ada"),
            attribute(
                "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname",
                "Lovelace",
            ),
        ];
        assert_eq!(email(&entra).as_deref(), Some("ada@example.com"));
        assert_eq!(name(&entra).as_deref(), Some("Ada Lovelace"));
        let ldap = [
            attribute("urn:oid:2.5.4.3", "Ada L."),
            attribute("Mail", "ada@example.com"),
        ];
        assert_eq!(email(&ldap).as_deref(), Some("ada@example.com"));
        assert_eq!(name(&ldap).as_deref(), Some("Ada L."));
        assert_eq!(name(&[]), None);
    }
}
