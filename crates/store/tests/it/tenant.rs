//! Short ways to an organization and people in it.

use domain::Timestamp;
use domain::account::Account;
use domain::id::{Id, RoleId};
use domain::organization::OrganizationStatus;
use domain::permission::Level;
use domain::policy::Policies;
use domain::role::Role;
use domain::text::{EmailAddress, OrganizationSlug, PersonName, Title, Username};
use domain::words::Words;
use store::account::NewAccount;
use store::organization::NewOrganization;
use store::{Result, Scope, Store, Tx, Writing};
use testkit::app::MORNING;

pub fn id<I: Id>() -> I {
    I::new(MORNING, service::ambient::entropy())
}

pub const NOW: Timestamp = MORNING;

pub async fn found(store: &Store, slug: &str) -> Scope<Writing> {
    let new = NewOrganization {
        id: id(),
        slug: OrganizationSlug::parse(slug).unwrap(),
        name: Title::parse(slug).unwrap(),
        preset: "standard".to_owned(),
        status: OrganizationStatus::Active,
        policies: Policies::default(),
        words: Words::default(),
        access_model: domain::organization::AccessModel::default(),
        created_at: NOW,
    };
    store::organization::insert(store.server().await.unwrap().into_inner(), &new)
        .await
        .unwrap()
}

pub async fn role(scope: &mut Scope<Writing>, slug: &str) -> Role {
    let role = Role {
        id: id::<RoleId>(),
        slug: slug.to_owned(),
        name: slug.to_owned(),
        description: String::new(),
        colour: "grey".to_owned(),
        built_in: true,
        applies_to: Level::Organization,
        shown: true,
        permissions: ["roster.organization.view"].into_iter().collect(),
        revision: 0,
    };
    store::role::insert(scope, &role, 0).await.unwrap();
    role
}

pub async fn account(tx: &mut Tx<Writing>, username: &str, name: &str) -> Result<Account> {
    let new = NewAccount {
        id: id(),
        username: Username::parse(username).unwrap(),
        name: PersonName::parse(name).unwrap(),
        email: Some(EmailAddress::parse(&format!("{username}@example.com")).unwrap()),
        email_verified: true,
        superuser: false,
        home: None,
        created_at: NOW,
    };
    store::account::insert(tx, &new).await
}
