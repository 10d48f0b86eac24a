//! Organizations: opened from a preset, renamed, their policies.
// tidy: long because opening an organization and changing it share their parsing

use domain::Refusal;
use domain::account::Account;
use domain::actor;
use domain::audit::{Action, Event, Target};
use domain::effect::{Effect, Kind, Subject};
use domain::grant::Granting;
use domain::id::OrganizationId;
use domain::invitation::{Delivery, DeliveryState, Identity, IdentityProvider, Invitation, Inviter, Outcome as Fate};
use domain::organization::{Organization, OrganizationStatus};
use domain::permission::{Level, Needs, OrganizationManage, OrganizationView, Permission, SubscriptionView};
use domain::policy::{Policies, PolicyChange};
use domain::preset::{self, Preset};
use domain::role::{MEMBER, OWNER, Role};
use domain::text::{EmailAddress, OrganizationSlug, Title};
use domain::time::DAY;
use serde_json::json;
use signin::token::LinkToken;
use store::member::NewMember;
use store::organization::{After, NewOrganization};
use store::{Reading, Scope, Writing};

use crate::ambient::{new_id, new_link_token};
use crate::authorization::Outcome;
use crate::error::{Check, checked};
use crate::{Authorized, Error, FieldError, Request, Result, Roster};

/// Who owns a new organization at first.
#[derive(Clone, Debug)]
pub enum FirstOwner {
    Me,
    /// Of a superuser's import, which brings one; of anybody else's, whoever imports.
    Comes,
    /// Invited; until then the organization is awaiting its Owner.
    Invited {
        email: String,
    },
}

#[derive(Clone, Debug)]
pub struct NewTenant {
    pub name: String,
    pub slug: String,
    pub preset: Option<String>,
    pub owner: FirstOwner,
}

pub struct Opened {
    pub organization: Organization,
    /// The link that the invited Owner joins by.
    pub invitation: Option<(Invitation, LinkToken)>,
}

pub struct Limits {
    pub used: i64,
    pub limit: Option<u32>,
    pub contact: String,
    pub pricing: Option<String>,
}

pub fn etag(organization: &Organization) -> String {
    format!("\"{}\"", organization.changed_at_revision)
}

/// The parts of a new organization, parsed.
pub(crate) struct Wanted {
    pub name: Title,
    pub slug: OrganizationSlug,
    pub preset: &'static Preset,
}

pub(crate) fn parse(
    check: &mut Check,
    fields: (&str, &str, &str),
    name: &str,
    slug: &str,
    preset: Option<&str>,
) -> Option<Wanted> {
    let name = check.field(fields.0, Title::parse(name));
    let slug = check.field(fields.1, OrganizationSlug::parse(slug));
    let preset = preset.filter(|preset| !preset.is_empty()).unwrap_or("standard");
    let Some(preset) = preset::find(preset) else {
        check.wrong(fields.2, "is no preset of this instance");
        return None;
    };
    Some(Wanted {
        name: name?,
        slug: slug?,
        preset,
    })
}

impl Roster {
    /// Opens an organization. Takes a superuser, unless the instance lets everybody open one for themselves.
    ///
    /// # Errors
    /// A field cannot be taken, or the slug belongs to another organization.
    pub async fn open_organization(&self, request: &Request, new: &NewTenant) -> Result<Outcome<Opened>> {
        request.settled()?;
        let mut check = Check::default();
        let wanted = parse(
            &mut check,
            ("name", "slug", "preset"),
            &new.name,
            &new.slug,
            new.preset.as_deref(),
        );
        let owner = match &new.owner {
            FirstOwner::Me | FirstOwner::Comes => None,
            FirstOwner::Invited { email } => check.field("owner/email", EmailAddress::parse(email)),
        };
        let invited = matches!(new.owner, FirstOwner::Invited { .. });
        let mut tx = self.store().server().await?;
        crate::session::goes_on(&mut tx, request).await?;
        let account = store::account::find(&mut tx, request.caller.whole()?)
            .await?
            .ok_or(Error::SignInRequired)?;
        let anyone = crate::instance::anyone_may_open(&mut tx).await? && !invited;
        if !account.superuser && !anyone {
            return Err(Refusal::SuperuserOnly.into());
        }
        check.done()?;
        let wanted = checked(wanted)?;
        let comes = matches!(new.owner, FirstOwner::Comes) && account.superuser;
        let status = if invited || comes {
            OrganizationStatus::AwaitingOwner
        } else {
            OrganizationStatus::Active
        };
        let mut scope = found(tx.into_inner(), &wanted, status, request.now).await?;
        let granted = Granting {
            by: request.actor(),
            at: request.now,
        };
        let mut invitation = None;
        match owner {
            Some(email) => invitation = Some(self.invite_owner(&mut scope, request, &account, email).await?),
            None if comes => {}
            None => join_as_owner(&mut scope, &account, &granted, request.now).await?,
        }
        let organization = scope.organization().clone();
        let target = Target::new("organization", organization.id, &organization.name);
        let event = Event::new(Action::OrganizationCreated, target)
            .after(json!({ "slug": organization.slug, "preset": organization.preset, "status": status }));
        if request.dry_run {
            scope.rollback().await?;
            let mut preview = domain::effect::Preview::default();
            let subject = Subject {
                kind: "organization",
                id: organization.id.to_string(),
                name: organization.name,
            };
            preview.add(Effect::new(Kind::Changed, subject).detail("is opened"));
            return Ok(Outcome::Previewed(preview));
        }
        crate::idempotency::claim(scope.tx(), request).await?;
        crate::audit::record(scope.tx(), Some(organization.id), &event, request).await?;
        scope.commit().await?;
        self.memory().organization_changed(organization.id);
        self.memory().account_changed(account.id);
        self.jobs_added();
        Ok(Outcome::Done(Opened {
            organization,
            invitation,
        }))
    }

    /// Whether the caller may open an organization.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn may_open(&self, request: &Request) -> Result<bool> {
        let mut tx = self.store().see_server().await?;
        Ok(request.caller.superuser || crate::instance::anyone_may_open(&mut tx).await?)
    }

    async fn invite_owner(
        &self,
        scope: &mut Scope<Writing>,
        request: &Request,
        inviter: &Account,
        email: EmailAddress,
    ) -> Result<(Invitation, LinkToken)> {
        let mailed = self.sends_mail();
        let lifetime = scope.organization().policies.invitation_lifetime_days;
        let invitation = Invitation {
            id: new_id(request.now),
            email: Some(email.into()),
            username: None,
            role: store::role::get(scope, OWNER).await?,
            groups: Vec::new(),
            identity: Identity {
                provider: IdentityProvider::Any,
                tenant: None,
                subject: None,
            },
            notify: None,
            invited_by: Inviter {
                identity: request.caller.identity,
                name: inviter.name.clone(),
            },
            created_at: request.now,
            sent_at: request.now,
            expires_at: lifetime.map(|days| request.now.plus(i64::from(days) * DAY)),
            outcome: Fate::Open,
            delivery: Delivery {
                state: if mailed {
                    DeliveryState::Queued
                } else {
                    DeliveryState::None
                },
                detail: (!mailed).then(|| "No mail server is set. Pass the link on.".to_owned()),
            },
            revision: scope.revision(),
        };
        store::invitation::insert(scope, &invitation, true).await?;
        let link = new_link_token();
        store::invitation::insert_link(scope, link.hash(), invitation.id, false).await?;
        if mailed {
            let (organization, job) = (scope.organization().id, new_id(request.now));
            let kind = store::job::Kind::InvitationMail;
            store::job::enqueue(scope.tx(), job, Some(organization), kind, invitation.id, request.now).await?;
        }
        Ok((invitation, link))
    }

    /// The caller's own organizations; all of them for a superuser. By name.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn organizations(
        &self,
        request: &Request,
        needle: Option<&str>,
        after: After,
        limit: i64,
    ) -> Result<Vec<Organization>> {
        request.settled()?;
        let mut tx = self.store().see_server().await?;
        let caller = &request.caller;
        if caller.superuser {
            return Ok(store::organization::list_all(&mut tx, needle, after, limit).await?);
        }
        if let (Some(only), actor::Identity::Account(_) | actor::Identity::ServiceAccount(_)) =
            (caller.reach.organization, caller.identity)
        {
            let found = store::organization::list_one(&mut tx, only, needle, after).await?;
            return Ok(found.into_iter().collect());
        }
        Ok(store::organization::list_of(&mut tx, caller.account()?, needle, after, limit).await?)
    }
}

/// Makes an organization as its preset says and goes into it.
pub(crate) async fn found(
    tx: store::Tx<Writing>,
    wanted: &Wanted,
    status: OrganizationStatus,
    now: domain::Timestamp,
) -> Result<Scope<Writing>> {
    let preset = wanted.preset;
    let new = NewOrganization {
        id: new_id::<OrganizationId>(now),
        slug: wanted.slug.clone(),
        name: wanted.name.clone(),
        preset: preset.slug.clone(),
        status,
        policies: preset.policies.clone(),
        words: preset.words.clone(),
        access_model: preset.access_model.clone(),
        created_at: now,
    };
    let mut scope = store::organization::insert(tx, &new).await?;
    store::catalogue::insert(&mut scope, &preset.permissions).await?;
    for (place, role) in (0_i64..).zip(&preset.roles) {
        let role = Role {
            id: new_id(now),
            slug: role.slug.clone(),
            name: role.name.clone(),
            description: role.description.clone(),
            colour: role.colour.clone(),
            built_in: true,
            applies_to: role.applies_to,
            shown: role.shown,
            permissions: role.permissions.iter().cloned().collect(),
            revision: 1,
        };
        store::role::insert(&mut scope, &role, place).await?;
    }
    Ok(scope)
}

pub(crate) async fn join_as_owner(
    scope: &mut Scope<Writing>,
    account: &Account,
    granted: &Granting,
    now: domain::Timestamp,
) -> Result<()> {
    let role = store::role::get(scope, OWNER).await?;
    let new = NewMember {
        id: new_id(now),
        account,
        role: &role,
        role_until: None,
        role_granted: granted,
        joined_at: Some(now),
    };
    store::member::insert(scope, &new).await?;
    Ok(())
}

/// # Errors
/// Never, once the caller may see the organization.
pub fn get(seen: &Authorized<OrganizationView, Reading>) -> Organization {
    seen.organization().clone()
}

#[derive(Clone, Debug, Default)]
pub struct OrganizationEdit {
    pub name: Option<String>,
    pub slug: Option<String>,
}

/// # Errors
/// A field cannot be taken, or the slug belongs to another organization.
pub async fn edit(
    mut authorized: Authorized<OrganizationManage>,
    edit: OrganizationEdit,
) -> Result<Outcome<Organization>> {
    let before = authorized.organization().clone();
    authorized.request().matches(&etag(&before))?;
    let mut check = Check::default();
    let name = check.field("name", Title::parse(edit.name.as_deref().unwrap_or(&before.name)));
    let slug = check.field(
        "slug",
        OrganizationSlug::parse(edit.slug.as_deref().unwrap_or(&before.slug)),
    );
    check.done()?;
    let (name, slug) = (checked(name)?, checked(slug)?);
    let shape = |organization: &Organization| json!({ "name": organization.name, "slug": organization.slug });
    let wanted = json!({ "name": name.as_str(), "slug": slug.as_str() });
    if authorized.is_unchanged(&shape(&before), &wanted) {
        return authorized.unchanged(before).await;
    }
    store::organization::rename(authorized.scope(), &name, &slug).await?;
    if edit.slug.is_some() {
        // Whoever asks about the organization by its slug.
        authorized.touch_access().await?;
    }
    let after = authorized.organization().clone();
    for (field, old, new) in [("name", &before.name, &after.name), ("slug", &before.slug, &after.slug)] {
        if old != new {
            authorized.effect(Effect::new(Kind::Changed, subject(&after)).detail(format!("{field}: {old} → {new}")));
        }
    }
    let event = Event::new(Action::OrganizationEdited, target(&after))
        .before(shape(&before))
        .after(shape(&after));
    authorized.commit(event, after).await
}

/// # Errors
/// A value cannot be taken, or the change touches what only a superuser may.
pub async fn change_policies(
    mut authorized: Authorized<OrganizationManage>,
    change: PolicyChange,
) -> Result<Outcome<Organization>> {
    let before = authorized.organization().clone();
    authorized.request().matches(&etag(&before))?;
    if change.touches_member_limit() && !authorized.actor().superuser {
        return Err(Refusal::SuperuserOnly.into());
    }
    if change.security.is_some() && !authorized.actor().grants.has(Permission::SecurityManage) {
        let permission = Permission::SecurityManage;
        return Err(Refusal::Forbidden { permission }.into());
    }
    crate::audit::retention::permitted(&change, authorized.actor())?;
    let after = change.apply(&before.policies, authorized.now()).map_err(invalid)?;
    if after.pam && !before.policies.pam && authorized.roster().settings().pam.is_none() {
        let provider = IdentityProvider::Pam;
        return Err(Refusal::ProviderUnavailable { provider }.into());
    }
    if authorized.is_unchanged(&json!(before.policies), &json!(after)) {
        return authorized.unchanged(before).await;
    }
    let roles = store::role::list(authorized.scope()).await?;
    if let Some(unknown) = after
        .offered_roles
        .iter()
        .flatten()
        .find(|slug| !roles.iter().any(|role| role.slug == **slug))
    {
        return Err(Error::Invalid(vec![FieldError::new(
            "offered_roles",
            format!("names {unknown}, which is no role here"),
        )]));
    }
    if before.policies.members_may_invite != after.members_may_invite {
        let member = roles
            .iter()
            .find(|role| is_member_role(role))
            .ok_or(Refusal::NotFound { what: "role" })?;
        let invite = [Permission::InvitationSend.name()].into_iter().collect();
        let missing = authorized.actor().grants.lacking_permissions(&invite);
        if after.members_may_invite && !missing.is_empty() {
            let role = member.name.clone();
            return Err(Refusal::CannotGrant { role, missing }.into());
        }
        authorized.watch_role_holders(member.id).await?;
    }
    crate::security::foresee(&mut authorized, &before.policies.security, &after.security).await?;
    store::organization::set_policies(authorized.scope(), &after).await?;
    tell_changes(&mut authorized, &before, &after);
    authorized.touch_access().await?;
    let event = Event::new(Action::PoliciesChanged, target(&before))
        .before(json!(before.policies))
        .after(json!(after));
    let changed = authorized.organization().clone();
    authorized.commit(event, changed).await
}

/// Tells each policy that changes, those on security one by one.
pub(crate) fn tell_changes<P: Needs>(authorized: &mut Authorized<P>, before: &Organization, after: &Policies) {
    let subject = subject(before);
    let (old, new) = (json!(before.policies), json!(after));
    let mut told = Vec::new();
    for (field, value) in new.as_object().into_iter().flatten() {
        let kept = old.get(field).unwrap_or(&serde_json::Value::Null);
        if kept != value && field != "security" {
            told.push(format!("{field}: {kept} → {value}"));
        }
    }
    let least = authorized.roster().settings().password_length;
    told.extend(domain::security::changes(
        &before.policies.security,
        &after.security,
        least,
    ));
    for detail in told {
        authorized.effect(Effect::new(Kind::Changed, subject.clone()).detail(detail));
    }
}

/// # Errors
/// The database does not answer.
pub async fn limits(mut seen: Authorized<SubscriptionView, Reading>) -> Result<Limits> {
    let used = store::member::count_slots(seen.scope(), i64::MAX).await?;
    let settings = seen.roster().settings().clone();
    Ok(Limits {
        used,
        limit: seen.organization().policies.member_limit,
        contact: settings
            .contact
            .unwrap_or_else(|| "whoever runs this instance".to_owned()),
        pricing: settings.pricing_url,
    })
}

fn subject(organization: &Organization) -> Subject {
    Subject {
        kind: "organization",
        id: organization.id.to_string(),
        name: organization.name.clone(),
    }
}

pub(crate) fn target(organization: &Organization) -> Target {
    Target::new("organization", organization.id, &organization.name)
}

pub(crate) fn invalid(problems: Vec<(String, String)>) -> Error {
    Error::Invalid(
        problems
            .into_iter()
            .map(|(field, problem)| FieldError::new(&field, problem))
            .collect(),
    )
}

fn is_member_role(role: &Role) -> bool {
    role.slug == MEMBER && role.applies_to == Level::Organization
}
