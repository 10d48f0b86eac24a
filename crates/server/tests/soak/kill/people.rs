//! Clients who each look after people of their own, so that they know what has become of them.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};
use testkit::Mailbox;

use super::ORGANIZATIONS;
use crate::chance::Chance;
use crate::house::{Caller, PASSWORD};
use crate::ledger::{Answer, Fact, ask};

/// What the rules refuse, and no fault.
const EXPECTED: [&str; 3] = ["member_limit_reached", "busy", "last_owner"];
const ROLES: [&str; 3] = ["admin", "member", "guest"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Active,
    Disabled,
    Suspended,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Standing {
    Nobody,
    Invited,
    Revoked,
    Member { role: String, status: Status },
}

#[derive(Debug)]
struct Credential {
    secret: String,
    /// Of a token; none: a session.
    id: Option<String>,
    alive: Fact<bool>,
}

#[derive(Debug)]
struct Person {
    organization: &'static str,
    username: String,
    standing: Fact<Standing>,
    invitation: String,
    /// The secret of the link, where it is known.
    link: Option<String>,
    member: String,
    credentials: Vec<Credential>,
    touched: bool,
}

pub struct Client {
    number: usize,
    chance: Chance,
    people: Vec<Person>,
    pub acknowledged: usize,
}

impl Client {
    pub fn new(number: usize, chance: Chance) -> Self {
        Self {
            number,
            chance,
            people: Vec::new(),
            acknowledged: 0,
        }
    }

    /// Does something. Returns whether the server still answers.
    pub async fn step(&mut self, olivia: &Caller) -> bool {
        let known = self.people.len();
        let place = if known == 0 || self.chance.percent(30) {
            self.people.push(Person::new(self.number, known, &self.chance));
            known
        } else {
            // Mostly those who came lately.
            known - 1 - self.chance.below(known.min(8))
        };
        let answer = self.people[place].step(olivia, &self.chance).await;
        match answer {
            Answer::Done(_) => self.acknowledged += 1,
            Answer::Refused(code) => assert!(EXPECTED.contains(&code.as_str()), "{code}: {:?}", self.people[place]),
            Answer::Lost => return false,
        }
        true
    }

    /// Everybody is as was acknowledged, or as was asked for when the server died.
    pub async fn settle(&mut self, anyone: &Caller, seen: &Seen, all: bool) {
        for person in &mut self.people {
            let look = all || person.touched || self.chance.percent(2);
            person.settle(anyone, seen, look).await;
        }
    }
}

impl Person {
    fn new(client: usize, number: usize, chance: &Chance) -> Self {
        Self {
            organization: chance.of(&ORGANIZATIONS).unwrap(),
            username: format!("person-{client}-{number}"),
            standing: Fact::sure(Standing::Nobody),
            invitation: String::new(),
            link: None,
            member: String::new(),
            credentials: Vec::new(),
            touched: false,
        }
    }

    fn email(&self) -> String {
        format!("{}@example.com", self.username)
    }

    fn path(&self, rest: &str) -> String {
        format!("/api/v1/organizations/{}{rest}", self.organization)
    }

    async fn step(&mut self, olivia: &Caller, chance: &Chance) -> Answer {
        self.touched = true;
        match self.standing.known().clone() {
            Standing::Nobody => self.invite(olivia).await,
            Standing::Invited => match (self.link.clone(), chance.below(10)) {
                (Some(link), 0..7) => self.accept(olivia, &link).await,
                (_, 9) => self.revoke(olivia).await,
                _ => self.resend(olivia).await,
            },
            Standing::Revoked => Answer::Refused("busy".to_owned()),
            Standing::Member {
                status: Status::Active,
                role,
            } if role == "owner" => self.give_up(olivia).await,
            Standing::Member { status, role } => match (status, chance.below(10)) {
                (Status::Active, 0..3) => {
                    let role = chance.of(&ROLES).unwrap();
                    self.change_role(olivia, role).await
                }
                (Status::Active, 3) => self.become_owner(olivia).await,
                (Status::Active, 4) => self.end(olivia, "disablement", &role, Status::Disabled).await,
                (Status::Active, 5) => self.end(olivia, "suspension", &role, Status::Suspended).await,
                (Status::Active, 6) => self.make_token(olivia).await,
                (Status::Active, 7) => self.drop_one(olivia, chance).await,
                (Status::Active, _) => self.sign_in(olivia).await,
                (Status::Disabled, _) => self.lift(olivia, "disablement", &role).await,
                (Status::Suspended, _) => self.lift(olivia, "suspension", &role).await,
            },
        }
    }

    async fn invite(&mut self, olivia: &Caller) -> Answer {
        self.standing.ask(Standing::Invited);
        let body = json!({ "email": self.email(), "role": "member" });
        let answer = ask(olivia.request("POST", &self.path("/invitations")).json(&body)).await;
        self.standing.answered(&answer);
        self.remember_link(&answer);
        answer
    }

    async fn resend(&mut self, olivia: &Caller) -> Answer {
        // The old link may be dead, whatever is answered.
        self.link = None;
        let path = self.path(&format!("/invitations/{}/delivery", self.invitation));
        let answer = ask(olivia.request("POST", &path)).await;
        self.remember_link(&answer);
        answer
    }

    fn remember_link(&mut self, answer: &Answer) {
        if let Answer::Done(sent) = answer {
            sent["invitation"]["id"]
                .as_str()
                .unwrap()
                .clone_into(&mut self.invitation);
            self.link = sent["link"].as_str().unwrap().rsplit('/').next().map(str::to_owned);
        }
    }

    async fn revoke(&mut self, olivia: &Caller) -> Answer {
        self.standing.ask(Standing::Revoked);
        let path = self.path(&format!("/invitations/{}/revocation", self.invitation));
        let answer = ask(olivia.request("POST", &path)).await;
        self.standing.answered(&answer);
        answer
    }

    async fn accept(&mut self, anyone: &Caller, link: &str) -> Answer {
        self.standing.ask(Standing::Member {
            role: "member".to_owned(),
            status: Status::Active,
        });
        let body = json!({ "token": link, "name": self.username, "username": self.username, "password": PASSWORD });
        let invitee = anyone.with("");
        let answer = ask(invitee.request("POST", "/api/v1/invitation-acceptances").json(&body)).await;
        self.standing.answered(&answer);
        if let Answer::Done(accepted) = &answer {
            accepted["member"]["id"].as_str().unwrap().clone_into(&mut self.member);
            self.keep(&accepted["token"], None);
        }
        answer
    }

    async fn change(&mut self, request: reqwest::RequestBuilder, role: &str, status: Status) -> Answer {
        self.standing.ask(Standing::Member {
            role: role.to_owned(),
            status,
        });
        let answer = ask(request).await;
        self.standing.answered(&answer);
        answer
    }

    async fn change_role(&mut self, olivia: &Caller, role: &str) -> Answer {
        let path = self.path(&format!("/members/{}/role", self.member));
        let request = olivia.request("PUT", &path).json(&json!({ "role": role }));
        self.change(request, role, Status::Active).await
    }

    async fn become_owner(&mut self, olivia: &Caller) -> Answer {
        let request = olivia.request("PUT", &self.path(&format!("/owners/{}", self.member)));
        self.change(request, "owner", Status::Active).await
    }

    async fn give_up(&mut self, olivia: &Caller) -> Answer {
        let request = olivia.request("DELETE", &self.path(&format!("/owners/{}", self.member)));
        self.change(request, "admin", Status::Active).await
    }

    /// All that opens something ends with it: a session of a disabled membership reaches the organization no more.
    async fn end(&mut self, olivia: &Caller, how: &str, role: &str, status: Status) -> Answer {
        for credential in &mut self.credentials {
            credential.alive.ask(false);
        }
        let path = self.path(&format!("/members/{}/{how}", self.member));
        let request = olivia.request("PUT", &path).json(&json!({ "reason": "a try" }));
        let answer = self.change(request, role, status).await;
        for credential in &mut self.credentials {
            credential.alive.answered(&answer);
        }
        answer
    }

    async fn lift(&mut self, olivia: &Caller, how: &str, role: &str) -> Answer {
        // A session may come back with the membership; it was not ended for the whole account.
        self.credentials.retain(|credential| credential.id.is_some());
        let request = olivia.request("DELETE", &self.path(&format!("/members/{}/{how}", self.member)));
        self.change(request, role, Status::Active).await
    }

    async fn sign_in(&mut self, anyone: &Caller) -> Answer {
        let body = json!({ "login": self.username, "password": PASSWORD });
        let person = anyone.with("");
        let answer = ask(person.request("POST", "/api/v1/sessions").json(&body)).await;
        if let Answer::Done(signed_in) = &answer {
            self.keep(&signed_in["token"], None);
        }
        answer
    }

    fn keep(&mut self, secret: &Value, id: Option<&Value>) {
        let secret = secret.as_str().unwrap().to_owned();
        self.credentials.push(Credential {
            secret,
            id: id.map(|id| id.as_str().unwrap().to_owned()),
            alive: Fact::sure(true),
        });
    }

    /// One of the sessions that are known to be good.
    fn session(&self, anyone: &Caller) -> Option<Caller> {
        let alive = |credential: &&Credential| credential.id.is_none() && *credential.alive.known();
        let session = self.credentials.iter().find(alive)?;
        Some(anyone.with(&session.secret))
    }

    async fn make_token(&mut self, olivia: &Caller) -> Answer {
        let Some(own) = self.session(olivia) else {
            return self.sign_in(olivia).await;
        };
        let body = json!({ "name": "a try", "organization": self.organization });
        let answer = ask(own.request("POST", "/api/v1/me/tokens").json(&body)).await;
        if let Answer::Done(made) = &answer {
            self.keep(&made["token"], Some(&made["id"]));
        }
        answer
    }

    /// Signs out, or revokes a token.
    async fn drop_one(&mut self, olivia: &Caller, chance: &Chance) -> Answer {
        let Some(own) = self.session(olivia) else {
            return self.sign_in(olivia).await;
        };
        let alive: Vec<usize> = (0..self.credentials.len())
            .filter(|place| *self.credentials[*place].alive.known())
            .collect();
        let credential = &mut self.credentials[*chance.of(&alive).unwrap()];
        credential.alive.ask(false);
        let answer = match &credential.id {
            Some(id) => ask(own.request("DELETE", &format!("/api/v1/me/tokens/{id}"))).await,
            None => {
                let itself = olivia.with(&credential.secret);
                ask(itself.request("DELETE", "/api/v1/sessions/current")).await
            }
        };
        credential.alive.answered(&answer);
        answer
    }

    async fn settle(&mut self, anyone: &Caller, seen: &Seen, look: bool) {
        let email = self.email();
        let key = (self.organization, email.clone());
        let mut found = Standing::Nobody;
        if let Some(invitation) = seen.invitations.get(&key) {
            invitation["id"].as_str().unwrap().clone_into(&mut self.invitation);
            match invitation["status"].as_str().unwrap() {
                "pending" => found = Standing::Invited,
                "revoked" => found = Standing::Revoked,
                _ => {}
            }
            if invitation["delivery"]["state"] == "sent" {
                assert!(seen.mailed.contains(&email), "{email}: no mail is there that was sent");
            }
        }
        if let Some(member) = seen.members.get(&key) {
            member["id"].as_str().unwrap().clone_into(&mut self.member);
            found = Standing::Member {
                role: member["role"]["slug"].as_str().unwrap().to_owned(),
                status: match member["status"].as_str().unwrap() {
                    "active" => Status::Active,
                    "disabled" => Status::Disabled,
                    "suspended" => Status::Suspended,
                    other => panic!("{email} is {other}"),
                },
            };
        }
        self.standing.settle(found, &email);
        if look {
            for credential in &mut self.credentials {
                let holder = anyone.with(&credential.secret);
                let reaches = holder
                    .get(&format!("/api/v1/organizations/{}", self.organization))
                    .await
                    .0;
                credential.alive.settle(reaches == 200, &self.username);
            }
        }
        self.touched = false;
    }
}

/// What is there, as the API tells it.
pub struct Seen {
    members: HashMap<(&'static str, String), Value>,
    invitations: HashMap<(&'static str, String), Value>,
    mailed: HashSet<String>,
}

impl Seen {
    pub async fn look(olivia: &Caller, mailbox: &Mailbox) -> Self {
        let (mut members, mut invitations) = (HashMap::new(), HashMap::new());
        for organization in ORGANIZATIONS {
            let path = format!("/api/v1/organizations/{organization}");
            for (list, into) in [("members", &mut members), ("invitations", &mut invitations)] {
                for item in olivia.all(&format!("{path}/{list}")).await {
                    let email = item["email"].as_str().unwrap().to_owned();
                    let twice = into.insert((organization, email), item);
                    assert!(twice.is_none(), "{twice:?} is there twice");
                }
            }
        }
        let mails = mailbox.mails();
        Self {
            members,
            invitations,
            mailed: mails.into_iter().flat_map(|mail| mail.to).collect(),
        }
    }

    pub fn people(&self) -> usize {
        self.members.len()
    }
}
