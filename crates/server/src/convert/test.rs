//! Exports whose hashes other programs made (Python's `hashlib`, `bcrypt` and `argon2-cffi`), line by line.

use std::io::Cursor;

use domain::Timestamp;
use domain::moving::{Document, Line, Member, State};

use super::{Destination, LeftOut, Product, Tally, Unreadable, convert};

const KEYCLOAK: &str = include_str!("../../tests/it/elsewhere/keycloak.json");
const AUTH0: &str = include_str!("../../tests/it/elsewhere/auth0.ndjson");
const CLERK: &str = include_str!("../../tests/it/elsewhere/clerk.csv");

struct Converted {
    lines: Vec<Line>,
    left_out: Vec<LeftOut>,
    tally: Tally,
}

fn tried(from: Product, text: &str) -> Result<Converted, Unreadable> {
    let into = Destination {
        slug: "larkspur".to_owned(),
        name: "Larkspur".to_owned(),
        preset: "standard".to_owned(),
        owner: Some("ADA".to_owned()),
    };
    let (mut out, mut left_out) = (Vec::new(), Vec::new());
    let tell = |one| left_out.push(one);
    let tally = convert(
        from,
        Cursor::new(text.as_bytes()),
        &into,
        Timestamp::default(),
        &mut out,
        tell,
    )?;
    let mut written = out.split_inclusive(|byte| *byte == b'\n');
    let mut document = Document::default();
    document.header(written.next().unwrap()).unwrap();
    // What is written is read again by the import's own reader, in the order that it demands.
    let lines = written.map(|line| document.read(line).unwrap()).collect();
    Ok(Converted { lines, left_out, tally })
}

fn converted(from: Product, text: &str) -> Converted {
    tried(from, text).unwrap_or_else(|error| panic!("{error}"))
}

impl Converted {
    #[track_caller]
    fn member(&self, login: &str) -> &Member {
        let members = self.lines.iter().filter_map(|line| match line {
            Line::Member(member) => Some(&**member),
            _ => None,
        });
        let mut found = members.filter(|member| member.login() == login);
        found.next().unwrap_or_else(|| panic!("{login} is not there"))
    }

    /// What is left out of somebody.
    fn without(&self, who: &str) -> Vec<&str> {
        let of_them = self.left_out.iter().filter(|one| one.who == who);
        of_them.map(|one| one.what.as_str()).collect()
    }

    #[track_caller]
    fn hash_is(&self, login: &str, begins: &str) {
        let hash = self.member(login).password_hash.as_deref().unwrap_or_default();
        assert!(hash.starts_with(begins), "{login}: {hash}");
    }
}

fn groups_of(member: &Member) -> Vec<&str> {
    member.groups.iter().map(|belonging| belonging.group.as_str()).collect()
}

#[test]
fn a_realm_comes_with_its_groups_its_roles_and_its_people() {
    let realm = converted(Product::Keycloak, KEYCLOAK);
    assert_eq!((realm.tally.people, realm.tally.groups), (6, 4));
    let groups: Vec<(&str, Option<&str>)> = realm
        .lines
        .iter()
        .filter_map(|line| match line {
            Line::Group(group) => Some((group.slug.as_str(), group.parent.as_deref())),
            _ => None,
        })
        .collect();
    assert_eq!(
        groups,
        [
            ("realm-role-admin", None),
            ("realm-role-editor", None),
            ("staff", None),
            ("staff-engineering", Some("staff")),
        ]
    );
    let ada = realm.member("ada");
    assert_eq!(ada.role.as_deref(), Some("owner"));
    assert_eq!(realm.member("bea").role, None);
    assert_eq!(
        (ada.name.as_deref(), ada.email.as_deref(), ada.email_verified),
        (Some("Ada González"), Some("ada@example.org"), true)
    );
    assert_eq!(
        (ada.locale.as_deref(), ada.phone.as_deref()),
        (Some("de"), Some("+44 20 7946 0000"))
    );
    assert_eq!(ada.created_at, Some("2023-11-14T22:13:20Z".parse().unwrap()));
    // The role that the admin's role contains, and the one that the group above gives, are hers.
    assert_eq!(
        groups_of(ada),
        ["realm-role-admin", "realm-role-editor", "staff-engineering"]
    );
    assert_eq!(groups_of(realm.member("bea")), ["realm-role-editor", "staff"]);
    assert!(!realm.member("bea").email_verified);
    assert!(matches!(realm.member("carl").state, State::Disabled(_)));
    realm.hash_is("ada", "$argon2id$v=19$m=7168,t=5,p=1$");
    realm.hash_is("bea", "$pbkdf2-sha256$i=27500$");
    realm.hash_is("carl", "$pbkdf2-sha512$i=210000$");
    realm.hash_is("dora", "$pbkdf2-sha1$i=20000$");
}

#[test]
fn whatever_of_a_realm_does_not_come_along_is_told() {
    let realm = converted(Product::Keycloak, KEYCLOAK);
    assert_eq!(realm.without("ada"), ["authenticator app", "attributes shoeSize"]);
    assert_eq!(realm.without("bea"), ["identity at github"]);
    assert_eq!(realm.without("carl"), ["roles of the client shop"]);
    assert_eq!(realm.without("emil"), ["password"]);
    assert_eq!(realm.without("fay"), ["user federation", "password"]);
    assert_eq!(realm.without("service-account-shop"), ["the whole user"]);
    assert_eq!(realm.without("/Staff/Engineering"), ["attributes"]);
    for login in ["emil", "fay"] {
        assert_eq!(realm.member(login).password_hash, None, "{login}");
    }
    assert_eq!(
        realm.without(""),
        [
            "2 clients",
            "1 clients' roles",
            "1 identity providers",
            "1 user federations",
            "the password policy",
            "the mail server",
            "other settings of the realm",
        ]
    );
    assert_eq!(realm.tally.left_out, realm.left_out.len() as u64);
    for one in &realm.left_out {
        assert!(one.why.ends_with('.') && one.why.len() > 20, "{one:?}");
        assert!(!one.why.contains("AAAA"), "no hash is told: {one:?}");
    }
}

#[test]
fn users_come_one_to_a_line_or_as_a_list() {
    let users = converted(Product::Auth0, AUTH0);
    assert_eq!(users.tally.people, 7);
    assert_eq!(users.member("gia@example.org").name.as_deref(), Some("Gia Green"));
    assert!(matches!(users.member("hal").state, State::Disabled(_)));
    users.hash_is("gia@example.org", "$2b$10$");
    users.hash_is("hal", "$2a$10$");
    users.hash_is("ines@example.org", "$scrypt$ln=14,r=8,p=1$");
    users.hash_is("jon@example.org", "$pbkdf2-sha512$i=100000");
    users.hash_is("kay@example.org", "$2b$10$");
    assert_eq!(users.without("hal"), ["app_metadata"]);
    assert_eq!(users.without("jon@example.org"), ["second factors"]);
    assert_eq!(users.without("lou@example.org"), ["password"]);
    assert_eq!(users.without("max@example.org"), ["identity at google-oauth2"]);
    // Ada, who should become Owner, is not in this one.
    assert_eq!(users.without(""), ["the whole line", "the Owner"]);
    assert_eq!(users.left_out[users.left_out.len() - 2].place, 8);

    let all: Vec<&str> = AUTH0.lines().filter(|line| line.starts_with('{')).collect();
    let list = converted(Product::Auth0, &format!(" [{}]", all.join(",\n")));
    assert_eq!(list.tally.people, 7);
    assert_eq!(list.member("hal"), users.member("hal"));
}

#[test]
fn users_come_as_csv_or_as_a_list() {
    let users = converted(Product::Clerk, CLERK);
    assert_eq!(users.tally.people, 8);
    let nia = users.member("nia");
    assert_eq!((nia.name.as_deref(), nia.email_verified), (Some("Nia Nord"), true));
    assert!(!users.member("otto").email_verified);
    assert_eq!(users.member("otto").phone.as_deref(), Some("+44 20 7946 0001"));
    users.hash_is("nia", "$2b$10$");
    users.hash_is("otto", "$argon2id$v=19$m=12288,t=3,p=1$");
    users.hash_is("pia@example.org", "$pbkdf2-sha256$i=30000$");
    users.hash_is("quin", "pbkdf2_sha256$30000$saltofquin$");
    users.hash_is("rosa", "$pbkdf2-sha1$i=20000$");
    users.hash_is("sam", "$scrypt$ln=15,r=8,p=1$");
    users.hash_is("uli", "$firebase-scrypt$ln=14,r=8,p=1,sep=Bw==,key=");
    assert_eq!(users.without("nia"), ["e-mail address nia@example.net"]);
    assert_eq!(users.without("otto"), ["authenticator app"]);
    assert_eq!(users.without("tess"), ["password"]);
    assert_eq!(users.without(""), ["the whole user", "the Owner"]);

    let list = r#"[{"username": "nia", "primary_email_address": "nia@example.org", "created_at": 1700000000000,
        "verified_email_addresses": ["nia@example.org"], "banned": true, "private_metadata": {"a": 1},
        "external_accounts": [{"provider": "google"}]}]"#;
    let list = converted(Product::Clerk, list);
    let nia = list.member("nia");
    assert!(nia.email_verified && matches!(nia.state, State::Disabled(_)));
    assert_eq!(nia.created_at, Some("2023-11-14T22:13:20Z".parse().unwrap()));
    assert_eq!(list.without("nia"), ["metadata", "accounts elsewhere"]);
}

#[test]
fn what_is_no_such_export_is_refused_with_what_it_should_be() {
    for (from, text) in [
        (Product::Keycloak, "{}"),
        (Product::Keycloak, "username,email\n"),
        (Product::Auth0, "username,email\nada,ada@example.org\n"),
        (Product::Auth0, "[{\"email\": \"ada@example.org\"}"),
        (Product::Clerk, "name,mail\nada,ada@example.org\n"),
        (Product::Clerk, "[1]"),
    ] {
        let refused = tried(from, text).err().unwrap_or_else(|| panic!("{text} was taken"));
        assert!(refused.to_string().contains("is not what"), "{refused}");
    }
    let endless = format!("{{\"email\": \"{}\"}}\n", "a".repeat(2 << 20));
    assert!(tried(Product::Auth0, &endless).is_err());
}

#[test]
fn nobody_is_taken_over_by_a_name_that_is_not_theirs() {
    let text = "{\"username\": \"bob@example.org\", \"email\": \"eve@example.org\"}\n{\"name\": \"Nobody\"}\n";
    let users = converted(Product::Auth0, text);
    assert_eq!(users.member("eve@example.org").username, None);
    assert_eq!(users.without("bob@example.org"), ["username"]);
    assert_eq!(users.without("Nobody"), ["the whole user"]);
}
