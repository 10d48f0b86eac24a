//! Setting up an empty instance: a one-time link, printed at start, makes the first superuser and organization.

use domain::Refusal;
use domain::actor::Origin;
use domain::audit::{Action, Event, Target};
use domain::grant::Granting;
use domain::organization::{Organization, OrganizationStatus};
use domain::session::{Method, Proof};
use domain::text::{EmailAddress, PersonName, Username};
use domain::time::HOUR;
use secrecy::SecretString;
use serde_json::json;
use signin::token::{LinkToken, Secret};
use store::account::NewAccount;
use store::password::Password;

use crate::ambient::{new_id, new_link_token};
use crate::error::{Check, checked};
use crate::organization::{found, join_as_owner, parse};
use crate::sign_in::gate;
use crate::{Result, Roster};

pub struct SetUp {
    pub organization_name: String,
    pub slug: String,
    pub preset: Option<String>,
    pub name: String,
    pub username: String,
    pub email: String,
    pub password: SecretString,
}

pub struct Ready {
    pub organization: Organization,
    pub account: domain::account::Account,
    pub token: Secret,
}

impl Roster {
    /// A new set-up link if nobody has an account yet; earlier ones are dead from then on.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn offer_set_up(&self) -> Result<Option<LinkToken>> {
        let mut tx = self.store().server().await?;
        if !store::instance::is_empty(&mut tx).await? {
            return Ok(None);
        }
        let link = new_link_token();
        store::instance::replace_set_up_link(&mut tx, link.hash(), self.now().plus(HOUR)).await?;
        tx.commit().await?;
        Ok(Some(link))
    }

    /// Whether a set-up link is good. Looking uses nothing up.
    ///
    /// # Errors
    /// It was used, is older than an hour, or never was.
    pub async fn look_up_set_up(&self, token: &str) -> Result<()> {
        let hash = LinkToken::parse(token).ok_or(Refusal::LinkInvalid)?.hash();
        let mut tx = self.store().look_up().await?;
        if store::instance::is_set_up_link(&mut tx, hash, self.now()).await? {
            return Ok(());
        }
        Err(Refusal::LinkInvalid.into())
    }

    /// # Errors
    /// The link is not good, the instance has accounts, or a field cannot be taken.
    pub async fn set_up(&self, token: &str, set_up: SetUp, origin: &Origin) -> Result<Ready> {
        self.look_up_set_up(token).await?;
        let mut check = Check::default();
        let fields = ("organization/name", "organization/slug", "organization/preset");
        let wanted = parse(
            &mut check,
            fields,
            &set_up.organization_name,
            &set_up.slug,
            set_up.preset.as_deref(),
        );
        let name = check.field("account/name", PersonName::parse(&set_up.name));
        let username = check.field("account/username", Username::parse(&set_up.username));
        let email = check.field("account/email", EmailAddress::parse(&set_up.email));
        check.done()?;
        let (wanted, name, username, email) = (checked(wanted)?, checked(name)?, checked(username)?, checked(email)?);
        if username.is_email() && username.key() != email.key() {
            let mut check = Check::default();
            check.wrong("account/username", crate::account::NOT_OWN_ADDRESS);
            check.done()?;
        }
        let context = [
            username.as_str(),
            name.as_str(),
            email.local_part(),
            wanted.name.as_str(),
        ];
        let hash = self.hash_new("account/password", set_up.password, &context).await?;

        let now = self.now();
        let hash_of_link = LinkToken::parse(token).ok_or(Refusal::LinkInvalid)?.hash();
        let mut tx = self.store().server().await?;
        if !store::instance::use_set_up_link(&mut tx, hash_of_link, now).await? {
            return Err(Refusal::LinkInvalid.into());
        }
        if !store::instance::is_empty(&mut tx).await? {
            return Err(Refusal::AlreadySetUp.into());
        }
        let mut scope = found(tx.into_inner(), &wanted, OrganizationStatus::Active, now).await?;
        let new = NewAccount {
            id: new_id(now),
            username,
            name,
            email: Some(email),
            email_verified: true,
            superuser: true,
            home: Some(scope.organization().id),
            created_at: now,
        };
        let account = store::account::insert(scope.tx(), &new).await?;
        let kept = Password {
            hash: hash.as_str().to_owned(),
            must_change: false,
            expires_at: None,
        };
        store::password::set(scope.tx(), account.id, &kept, now).await?;
        let granted = Granting {
            by: Target::new("account", account.id, &account.name),
            at: now,
        };
        join_as_owner(&mut scope, &account, &granted, now).await?;
        let proof = Proof::new(Method::Password, now);
        let signed_in = gate::pass(scope.tx(), account.clone(), proof, origin).await?;
        let organization = scope.organization().clone();
        let actor = Target::new("account", account.id, &account.name);
        let event = Event::new(
            Action::InstanceSetUp,
            Target::new("organization", organization.id, &organization.name),
        )
        .after(json!({ "slug": organization.slug, "preset": organization.preset, "superuser": account.username }));
        crate::audit::record_by(scope.tx(), Some(organization.id), &event, (&actor, origin), now).await?;
        scope.commit().await?;
        self.memory().everything_changed();
        Ok(Ready {
            organization,
            account,
            token: signed_in.token,
        })
    }
}
