//! Editing a member's profile, where the account is the organization's to manage.

use domain::Refusal;
use domain::account::AuthenticationMethod;
use domain::audit::{Action, Event};
use domain::effect::{Effect, Kind};
use domain::id::MemberId;
use domain::member::{Act, Member};
use domain::permission::MemberManage;
use domain::text::{EmailAddress, PersonName, Phone, Username};
use store::account::Edit;

use crate::authorization::Outcome;
use crate::error::Check;
use crate::member::{end_sessions, state, subject, target};
use crate::way_in::provider_of;
use crate::{Authorized, Result};

/// `None` leaves as it is; a phone of `Some(None)` is cleared.
#[derive(Clone, Debug, Default)]
pub struct MemberEdit {
    pub name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<Option<String>>,
    pub authentication_method: Option<AuthenticationMethod>,
}

/// # Errors
/// The account is not managed here, belongs to an Owner or somebody greater, or a field cannot be taken.
pub async fn edit(mut authorized: Authorized<MemberManage>, id: MemberId, edit: MemberEdit) -> Result<Outcome<Member>> {
    let mut check = Check::default();
    let mut parsed = Edit {
        name: edit
            .name
            .as_deref()
            .and_then(|name| check.field("name", PersonName::parse(name))),
        email: edit
            .email
            .as_deref()
            .and_then(|email| check.field("email", EmailAddress::parse(email))),
        phone: edit
            .phone
            .as_ref()
            .map(|phone| check.optional("phone", phone.as_deref(), Phone::parse)),
        ..Edit::default()
    };
    check.done()?;
    let member = authorized.target(id).await?;
    member.may_be_subject_to(Act::Edit, authorized.actor())?;
    let is_undoing = authorized.request().undoing.is_some();
    if !is_undoing && changes_nothing(&member, &parsed, edit.authentication_method) {
        return authorized.unchanged(member).await;
    }
    if let Some(method) = edit.authentication_method {
        set_method(&mut authorized, &member, method).await?;
    }
    if parsed
        .email
        .as_ref()
        .is_some_and(|email| member.account.email.as_deref() != Some(email.as_str()))
    {
        authorized.request().proved()?;
    }
    // A username that is the address goes along with it.
    if member.account.username.contains('@')
        && let Some(email) = &parsed.email
    {
        parsed.username = Username::parse(email.as_str()).ok();
    }
    store::account::edit(authorized.scope().tx(), &member.account, &parsed).await?;
    store::member::touch(authorized.scope(), id).await?;
    authorized.touch_account(member.account.id);
    let edited = store::member::get(authorized.scope(), id).await?;
    for (field, before, after) in [
        ("name", Some(&member.account.name), Some(&edited.account.name)),
        ("email", member.account.email.as_ref(), edited.account.email.as_ref()),
        ("phone", member.account.phone.as_ref(), edited.account.phone.as_ref()),
    ] {
        if before != after {
            let detail = format!("{field}: {} → {}", shown(before), shown(after));
            authorized.effect(Effect::new(Kind::Changed, subject(&edited)).detail(detail));
        }
    }
    let event = Event::new(Action::MemberEdited, target(&edited))
        .before(state(&member))
        .after(state(&edited));
    authorized.commit(event, edited).await
}

fn changes_nothing(member: &Member, edit: &Edit, method: Option<AuthenticationMethod>) -> bool {
    let account = &member.account;
    edit.name.as_ref().is_none_or(|name| name.as_str() == account.name)
        && edit
            .email
            .as_ref()
            .is_none_or(|email| account.email.as_deref() == Some(email.as_str()))
        && edit
            .phone
            .as_ref()
            .is_none_or(|phone| phone.as_ref().map(Phone::as_str) == account.phone.as_deref())
        && method.is_none_or(|method| method == account.authentication_method)
}

/// From then on the account has no password of Roster's, and whoever is signed in by it is not.
async fn set_method(
    authorized: &mut Authorized<MemberManage>,
    member: &Member,
    method: AuthenticationMethod,
) -> Result<()> {
    if method == member.account.authentication_method {
        return Ok(());
    }
    let roster = authorized.roster().clone();
    crate::way_in::usable(authorized.scope(), &roster, provider_of(method)).await?;
    if member.account.superuser && method == AuthenticationMethod::Saml {
        let name = member.account.name.clone();
        return Err(Refusal::SuperuserNeedsPassword { name }.into());
    }
    let account = member.account.id;
    store::account::set_authentication_method(authorized.scope().tx(), account, method).await?;
    let mut detail = format!("authentication method: {}", method.name());
    if method == AuthenticationMethod::Password {
        detail.push_str("; needs a temporary password");
    } else {
        store::password::delete(authorized.scope().tx(), account).await?;
        detail.push_str("; the password ends");
    }
    authorized.effect(Effect::new(Kind::Changed, subject(member)).detail(detail));
    end_sessions(authorized, member).await?;
    Ok(())
}

fn shown(value: Option<&String>) -> &str {
    value.map_or("none", String::as_str)
}
