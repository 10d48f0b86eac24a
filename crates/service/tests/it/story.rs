//! Short words for what stories do over and over.

use domain::id::{InvitationId, MemberId};
use domain::member::Member;
use domain::permission::{InvitationSend, MemberManage, OrganizationManage};
use domain::policy::PolicyChange;
use service::invitation::{NewInvitation, Sent};
use service::{Authorized, OrganizationRef, Result};
use testkit::persona::done;
use testkit::{App, Persona};

pub async fn manage(app: &App, by: &Persona) -> Authorized<MemberManage> {
    manage_in(app, by, &app.acme).await
}

pub async fn manage_in(app: &App, by: &Persona, organization: &OrganizationRef) -> Authorized<MemberManage> {
    let request = app.by(by).await;
    app.roster
        .authorize::<MemberManage>(&request, organization)
        .await
        .unwrap()
}

pub async fn inviting(app: &App, by: &Persona) -> Authorized<InvitationSend> {
    let request = app.by(by).await;
    app.roster
        .authorize::<InvitationSend>(&request, &app.acme)
        .await
        .unwrap()
}

/// An invitation that is not mailed.
pub fn unmailed(email: &str) -> NewInvitation {
    NewInvitation {
        email: Some(email.to_owned()),
        send: false,
        ..NewInvitation::default()
    }
}

pub async fn invite(app: &App, by: &Persona, new: NewInvitation) -> Sent {
    done(service::invitation::send(inviting(app, by).await, new).await)
}

pub async fn revoke(app: &App, by: &Persona, id: InvitationId) {
    done(service::invitation::revoke(inviting(app, by).await, id).await);
}

pub async fn member(app: &App, id: MemberId) -> Member {
    testkit::persona::look_at(&app.roster, &app.olivia, &app.acme, id).await
}

pub async fn change_policies(app: &App, by: &Persona, change: PolicyChange) -> Result<()> {
    let request = app.by(by).await;
    let authorized = app.roster.authorize::<OrganizationManage>(&request, &app.acme).await?;
    done(service::organization::change_policies(authorized, change).await);
    Ok(())
}

/// The names of the actions that acme's audit log tells of, the latest first.
pub async fn audited(app: &App) -> Vec<String> {
    entries(app).await.into_iter().map(|entry| entry.action).collect()
}

pub async fn entries(app: &App) -> Vec<domain::audit::Entry> {
    entries_for(app, &app.olivia).await
}

pub async fn entries_for(app: &App, persona: &Persona) -> Vec<domain::audit::Entry> {
    let request = app.by(persona).await;
    let seen = app
        .roster
        .see::<domain::permission::AuditLogView>(&request, &app.acme)
        .await
        .unwrap();
    service::audit::list(seen, &store::audit::Filter::default(), 500)
        .await
        .unwrap()
}

pub async fn end_membership(app: &App, persona: &Persona, organization: &OrganizationRef) {
    app.roster.leave(&app.by(persona).await, organization).await.unwrap();
}
