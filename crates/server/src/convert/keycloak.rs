//! Keycloak: a realm as its export writes it, or one of the files of users that it writes beside. Groups come along; so do
//! realm roles, as groups: what a role of an application gives is for whoever runs the organization to say.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, Write};

use domain::Timestamp;
use domain::moving::Group;
use domain::text::Slug;
use serde::Deserialize;
use serde_json::Value;

use super::person::Person;
use super::{LeftOut, Lines, Unreadable};
use credential::Credential;

mod credential;

const PRODUCT: &str = "Keycloak";
/// What every account of a realm has, for the product's own ends.
const OF_ITS_OWN: [&str; 2] = ["offline_access", "uma_authorization"];
/// The client by which people see their own profile.
const OWN_PROFILE: &str = "account";

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Realm {
    realm: String,
    roles: Roles,
    groups: Vec<RealmGroup>,
    users: Vec<User>,
    identity_providers: Vec<Value>,
    clients: Vec<Value>,
    components: BTreeMap<String, Value>,
    organizations: Vec<Value>,
    password_policy: Option<String>,
    smtp_server: Option<Value>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Roles {
    realm: Vec<Role>,
    client: BTreeMap<String, Vec<Value>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Role {
    name: String,
    description: Option<String>,
    composites: Composites,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Composites {
    realm: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RealmGroup {
    name: String,
    path: Option<String>,
    description: Option<String>,
    realm_roles: Vec<String>,
    client_roles: BTreeMap<String, Value>,
    attributes: BTreeMap<String, Value>,
    sub_groups: Vec<RealmGroup>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct User {
    username: Option<String>,
    email: Option<String>,
    email_verified: bool,
    enabled: Option<bool>,
    first_name: Option<String>,
    last_name: Option<String>,
    created_timestamp: Option<i64>,
    attributes: BTreeMap<String, Value>,
    credentials: Vec<Credential>,
    federated_identities: Vec<Federated>,
    federation_link: Option<String>,
    required_actions: Vec<String>,
    realm_roles: Vec<String>,
    client_roles: BTreeMap<String, Value>,
    groups: Vec<String>,
    service_account_client_id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Federated {
    identity_provider: String,
}

pub fn read<W: Write, T: FnMut(LeftOut)>(input: impl BufRead, lines: &mut Lines<W, T>) -> Result<(), Unreadable> {
    let realm: Realm = serde_json::from_reader(input).map_err(|error| Unreadable::form(PRODUCT, error))?;
    if realm.realm.is_empty() {
        return Err(Unreadable::form(PRODUCT, "it names no realm"));
    }
    leave_out_settings(&realm, lines);
    let mut known = Known::of(&realm);
    for group in known.groups.drain(..) {
        lines.group(group)?;
    }
    for (name, left_out) in known.left_out.drain(..) {
        lines.leave_out(LeftOut {
            place: 0,
            who: name,
            what: left_out.to_owned(),
            why: "It belongs to an application of the realm.".to_owned(),
        });
    }
    for (user, place) in realm.users.into_iter().zip(1..) {
        if let Some(client) = &user.service_account_client_id {
            lines.leave_out(LeftOut {
                place,
                who: user.username.clone().unwrap_or_default(),
                what: "the whole user".to_owned(),
                why: format!("It is what the client {client} acts as: make a service account and give it a token."),
            });
            continue;
        }
        lines.person(taken(user, place, &known))?;
    }
    Ok(())
}

fn leave_out_settings<W: Write, T: FnMut(LeftOut)>(realm: &Realm, lines: &mut Lines<W, T>) {
    let counted = |count: usize, what: &str| (count > 0).then(|| format!("{count} {what}"));
    let federations = realm.components.get("org.keycloak.storage.UserStorageProvider");
    let left_out = [
        (
            counted(realm.clients.len(), "clients"),
            "Applications ask Roster by tokens of their own.",
        ),
        (
            counted(realm.roles.client.len(), "clients' roles"),
            "What an application's roles give is declared by it as permissions.",
        ),
        (
            counted(realm.identity_providers.len(), "identity providers"),
            "Whoever runs Roster configures them; an organization sets up its own single sign-on.",
        ),
        (
            counted(
                federations.and_then(Value::as_array).map_or(0, Vec::len),
                "user federations",
            ),
            "Roster asks no directory; PAM and single sign-on can.",
        ),
        (
            counted(realm.organizations.len(), "organizations"),
            "An import goes into one organization; make each of them by an import of its own.",
        ),
        (
            realm
                .password_policy
                .is_some()
                .then(|| "the password policy".to_owned()),
            "Set the organization's security policy.",
        ),
        (
            realm
                .smtp_server
                .as_ref()
                .and_then(Value::as_object)
                .is_some_and(|fields| !fields.is_empty())
                .then(|| "the mail server".to_owned()),
            "Superusers set Roster's.",
        ),
        (
            (!realm.clients.is_empty()).then(|| "other settings of the realm".to_owned()),
            "Times, flows and themes are the realm's own.",
        ),
    ];
    for (what, why) in left_out {
        if let Some(what) = what {
            lines.leave_out_of_all(what, why);
        }
    }
}

/// What users of the realm may be in.
#[derive(Default)]
struct Known {
    /// A group stands behind the one above it.
    groups: Vec<Group>,
    /// By path: the slug, and what realm roles it gives.
    by_path: BTreeMap<String, (String, BTreeSet<String>)>,
    /// By the role's name: the slug of its group, and the roles that it contains.
    by_role: BTreeMap<String, (String, Vec<String>)>,
    left_out: Vec<(String, &'static str)>,
    taken: BTreeSet<String>,
}

impl Known {
    fn of(realm: &Realm) -> Self {
        let mut known = Self::default();
        let default_roles = format!("default-roles-{}", realm.realm.to_lowercase());
        for role in &realm.roles.realm {
            if role.name.to_lowercase() == default_roles || OF_ITS_OWN.contains(&role.name.as_str()) {
                continue;
            }
            let slug = known.slug(&format!("realm role {}", role.name));
            known.groups.push(Group {
                slug: slug.clone(),
                name: cut(&format!("{} (realm role)", role.name)),
                description: description(role.description.as_deref()),
                role: "member".to_owned(),
                parent: None,
            });
            known
                .by_role
                .insert(role.name.clone(), (slug, role.composites.realm.clone()));
        }
        for group in &realm.groups {
            known.add(group, "", None, &BTreeSet::new());
        }
        known
    }

    fn add(&mut self, group: &RealmGroup, above: &str, parent: Option<&str>, roles: &BTreeSet<String>) {
        let path = group.path.clone().unwrap_or_else(|| format!("{above}/{}", group.name));
        let slug = self.slug(&path);
        let mut roles = roles.clone();
        roles.extend(group.realm_roles.iter().cloned());
        self.groups.push(Group {
            slug: slug.clone(),
            name: cut(&group.name),
            description: description(group.description.as_deref()),
            role: "member".to_owned(),
            parent: parent.map(str::to_owned),
        });
        for (there, what) in [
            (!group.client_roles.is_empty(), "roles of clients"),
            (!group.attributes.is_empty(), "attributes"),
        ] {
            if there {
                self.left_out.push((path.clone(), what));
            }
        }
        for below in &group.sub_groups {
            self.add(below, &path, Some(&slug), &roles);
        }
        self.by_path.insert(path, (slug, roles));
    }

    /// The same for the same name in every file of a realm, unless two are alike.
    fn slug(&mut self, name: &str) -> String {
        let plain = Slug::of_name(name).map_or_else(|| "group".to_owned(), |slug| slug.to_string());
        let mut slug = plain.clone();
        let mut number = 2;
        while !self.taken.insert(slug.clone()) {
            let room = plain.chars().take(55).collect::<String>();
            slug = format!("{}-{number}", room.trim_end_matches('-'));
            number += 1;
        }
        slug
    }

    /// The groups of somebody who is in those of the realm and has these roles of it, with the roles that those contain.
    fn places(&self, user: &User) -> BTreeSet<String> {
        let mut places = BTreeSet::new();
        let mut roles: Vec<String> = user.realm_roles.clone();
        for path in &user.groups {
            match self.by_path.get(path) {
                Some((slug, given)) => {
                    places.insert(slug.clone());
                    roles.extend(given.iter().cloned());
                }
                // In a file of users alone: the group came with the realm's.
                None => places.extend(Slug::of_name(path).map(|slug| slug.to_string())),
            }
        }
        let mut seen = BTreeSet::new();
        while let Some(role) = roles.pop() {
            if !seen.insert(role.clone()) {
                continue;
            }
            if let Some((slug, contained)) = self.by_role.get(&role) {
                places.insert(slug.clone());
                roles.extend(contained.iter().cloned());
            }
        }
        places
    }
}

/// As long as the name of a group may be.
fn cut(name: &str) -> String {
    name.chars().take(100).collect()
}

/// One of the product's own is a key of its translations.
fn description(text: Option<&str>) -> String {
    let text = text.unwrap_or_default();
    if text.starts_with("${") {
        String::new()
    } else {
        text.to_owned()
    }
}

fn taken(user: User, place: u64, known: &Known) -> Person {
    let groups = known.places(&user).into_iter().collect();
    let names = [&user.first_name, &user.last_name].into_iter().flatten();
    let name: Vec<&str> = names.map(|name| name.trim()).filter(|name| !name.is_empty()).collect();
    let mut person = Person {
        place,
        email_verified: user.email_verified,
        name: (!name.is_empty()).then(|| name.join(" ")),
        phone: attribute(&user, &["phoneNumber", "phone", "phone_number"]),
        locale: attribute(&user, &["locale"]),
        created_at: user
            .created_timestamp
            .and_then(|millis| millis.checked_mul(1_000))
            .map(Timestamp::from_micros),
        disabled: (user.enabled == Some(false)).then_some("Disabled in the realm they came from"),
        groups,
        ..Person::default()
    };
    let must_change = user.required_actions.iter().any(|action| action == "UPDATE_PASSWORD");
    credential::take(user.credentials, must_change, &mut person);
    for identity in &user.federated_identities {
        person.leave_out(
            format!("identity at {}", identity.identity_provider),
            "An account elsewhere is connected by its owner, in their profile.",
        );
    }
    if user.federation_link.is_some() {
        person.leave_out(
            "user federation",
            "Roster asks no directory; PAM and single sign-on can.",
        );
    }
    for client in user.client_roles.keys().filter(|client| *client != OWN_PROFILE) {
        person.leave_out(
            format!("roles of the client {client}"),
            "What an application's roles give is declared by it as permissions.",
        );
    }
    let others = user.attributes.keys();
    let others: Vec<&str> = others
        .map(String::as_str)
        .filter(|name| !matches!(*name, "locale" | "phoneNumber" | "phone" | "phone_number"))
        .collect();
    if !others.is_empty() {
        person.leave_out(
            format!("attributes {}", others.join(", ")),
            "Roster keeps no fields of an application's own.",
        );
    }
    person.username = user.username;
    person.email = user.email;
    person
}

/// The first value of the first of these that is there.
fn attribute(user: &User, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| match user.attributes.get(*name)? {
        Value::Array(values) => values.first()?.as_str().map(str::to_owned),
        Value::String(value) => Some(value.clone()),
        _ => None,
    })
}
