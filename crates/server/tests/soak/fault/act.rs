//! What people do while the disk fails, and how to see afterwards that it was done.

use serde_json::{Value, json};

use crate::house::{Caller, PASSWORD};

#[derive(Clone, Copy, Debug)]
pub enum Act {
    Invite,
    InviteMany,
    Accept,
    ChangeRole,
    Disable,
    MakeToken,
    SignIn,
    SignOut,
    OpenOrganization,
    AddGroup,
}

pub const ACTS: [Act; 10] = [
    Act::Invite,
    Act::InviteMany,
    Act::Accept,
    Act::ChangeRole,
    Act::Disable,
    Act::MakeToken,
    Act::SignIn,
    Act::SignOut,
    Act::OpenOrganization,
    Act::AddGroup,
];

/// Rows of a list of invitations.
const MANY: usize = 12;
const ACME: &str = "/api/v1/organizations/acme";

/// Whom or what it is done to.
#[derive(Debug, Default)]
pub struct Subject {
    name: String,
    /// The secret of a link, or of a session.
    secret: String,
    member: String,
}

impl Act {
    /// Somebody to whom it can be done.
    pub async fn prepare(self, olivia: &Caller, number: u64) -> Subject {
        let mut subject = self.prepare_blind(number);
        if matches!(
            self,
            Self::Invite | Self::InviteMany | Self::OpenOrganization | Self::AddGroup
        ) {
            return subject;
        }
        let (status, sent) = olivia
            .post(&format!("{ACME}/invitations"), &invitation(&subject.name))
            .await;
        assert_eq!(status, 201, "{sent}");
        let link = sent["link"].as_str().unwrap().rsplit('/').next();
        link.unwrap().clone_into(&mut subject.secret);
        if matches!(self, Self::Accept) {
            return subject;
        }
        let (status, accepted) = olivia
            .with("")
            .post("/api/v1/invitation-acceptances", &acceptance(&subject))
            .await;
        assert_eq!(status, 201, "{accepted}");
        accepted["member"]["id"]
            .as_str()
            .unwrap()
            .clone_into(&mut subject.member);
        accepted["token"].as_str().unwrap().clone_into(&mut subject.secret);
        subject
    }

    /// Without asking the server for anything.
    pub fn prepare_blind(self, number: u64) -> Subject {
        Subject {
            name: format!("somebody-{number}"),
            ..Subject::default()
        }
    }

    /// Does it. None where there was no answer.
    pub async fn ask(self, olivia: &Caller, subject: &Subject) -> Option<(u16, Value)> {
        let name = &subject.name;
        let member = format!("{ACME}/members/{}", subject.member);
        let own = olivia.with(&subject.secret);
        let request = match self {
            Self::Invite => olivia
                .request("POST", &format!("{ACME}/invitations"))
                .json(&invitation(name)),
            Self::InviteMany => {
                let rows: Vec<Value> = (0..MANY).map(|row| invitation(&format!("{name}-{row}"))).collect();
                olivia
                    .request("POST", &format!("{ACME}/invitations/bulk"))
                    .json(&json!({ "rows": rows }))
            }
            Self::Accept => olivia
                .with("")
                .request("POST", "/api/v1/invitation-acceptances")
                .json(&acceptance(subject)),
            Self::ChangeRole => olivia
                .request("PUT", &format!("{member}/role"))
                .json(&json!({ "role": "guest" })),
            Self::Disable => olivia.request("PUT", &format!("{member}/disablement")).json(&json!({})),
            Self::MakeToken => own.request("POST", "/api/v1/me/tokens").json(&json!({ "name": name })),
            Self::SignIn => olivia
                .with("")
                .request("POST", "/api/v1/sessions")
                .json(&json!({ "login": name, "password": PASSWORD })),
            Self::SignOut => own.request("DELETE", "/api/v1/sessions/current"),
            Self::OpenOrganization => olivia
                .request("POST", "/api/v1/organizations")
                .json(&json!({ "name": name, "slug": name, "owner": "me" })),
            Self::AddGroup => olivia
                .request("POST", &format!("{ACME}/groups"))
                .json(&json!({ "name": name, "slug": name })),
        };
        let response = request.send().await.ok()?;
        let status = response.status().as_u16();
        let text = response.text().await.ok()?;
        Some((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
    }

    /// Whether what was answered so is there.
    pub async fn is_done(self, olivia: &Caller, subject: &Subject, answer: &Value) -> bool {
        let name = &subject.name;
        let member = async || olivia.get(&format!("{ACME}/members/{}", subject.member)).await.1;
        let works = async |secret: &Value| olivia.with(secret.as_str().unwrap()).get("/api/v1/me").await.0 == 200;
        match self {
            Self::Invite => is_invited(olivia, &answer["invitation"]).await,
            Self::InviteMany => {
                // Each line tells of its own row; some may not have been done.
                for line in answer.as_str().unwrap_or_default().lines() {
                    let line: Value = serde_json::from_str(line).unwrap();
                    if line["status"] == 201 && !is_invited(olivia, &line["invitation"]).await {
                        return false;
                    }
                }
                true
            }
            Self::Accept => {
                let path = format!("{ACME}/members/{}", answer["member"]["id"].as_str().unwrap());
                olivia.get(&path).await.0 == 200 && works(&answer["token"]).await
            }
            Self::ChangeRole => member().await["role"]["slug"] == "guest",
            Self::Disable => member().await["status"] == "disabled",
            Self::MakeToken | Self::SignIn => works(&answer["token"]).await,
            Self::SignOut => !works(&Value::String(subject.secret.clone())).await,
            Self::OpenOrganization => olivia.get(&format!("/api/v1/organizations/{name}")).await.0 == 200,
            Self::AddGroup => olivia.get(&format!("{ACME}/groups/{name}")).await.0 == 200,
        }
    }
}

fn invitation(name: &str) -> Value {
    json!({ "email": format!("{name}@example.com"), "role": "member" })
}

fn acceptance(subject: &Subject) -> Value {
    json!({ "token": subject.secret, "name": subject.name, "username": subject.name, "password": PASSWORD })
}

async fn is_invited(olivia: &Caller, invitation: &Value) -> bool {
    let path = format!("{ACME}/invitations/{}", invitation["id"].as_str().unwrap());
    olivia.get(&path).await.0 == 200
}
