//! One organization as it must be, and the calls that make the real one so.
// tidy: long because what is expected of a step stands beside what was found

use reqwest::RequestBuilder;
use serde_json::{Value, json};

use super::step::{Role, Step};
use crate::house::{Caller, PASSWORD, answer};

type Outcome<T = ()> = Result<T, String>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Invited,
    Revoked,
    Active,
    Disabled,
    Removed,
}

#[derive(Debug)]
struct Person {
    name: String,
    role: Role,
    standing: Standing,
    invitation: String,
    link: String,
    /// One that opens nothing any more.
    old_link: Option<String>,
    member: String,
    sessions: Vec<String>,
    ended: Vec<String>,
}

/// What must come of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    Done,
    Refused(&'static str),
    /// By whatever code: an organization that is shut, a link that is dead.
    Closed,
}

use Expected::{Closed, Done, Refused};

pub struct World<'a> {
    superuser: &'a Caller,
    path: String,
    case: u32,
    people: Vec<Person>,
    limit: Option<usize>,
}

impl<'a> World<'a> {
    /// With an Owner who has joined.
    pub async fn open(superuser: &'a Caller, case: u32) -> Outcome<Self> {
        let slug = format!("case-{case}");
        let mut world = Self {
            superuser,
            path: format!("/api/v1/organizations/{slug}"),
            case,
            people: Vec::new(),
            limit: None,
        };
        let name = world.next_name();
        let body = json!({ "name": slug, "slug": slug, "owner": { "email": format!("{name}@example.com") } });
        let opened = world
            .done(superuser.request("POST", "/api/v1/organizations").json(&body))
            .await?;
        world.people.push(Person::invited(name, Role::Owner, &opened)?);
        world.accept(0).await?;
        Ok(world)
    }

    pub async fn take(&mut self, step: &Step) -> Outcome {
        match *step {
            Step::Invite { by, role } => self.invite(by, role).await,
            Step::Resend { by, whom } => self.resend(by, whom).await,
            Step::Revoke { by, whom } => self.revoke(by, whom).await,
            Step::Accept { whom } => match self.one(whom, &[Standing::Invited]) {
                Some(whom) => self.accept(whom).await,
                None => Ok(()),
            },
            Step::AcceptByOldLink { whom } => self.accept_by_old_link(whom).await,
            Step::ChangeRole { by, whom, role } => self.change_role(by, whom, role).await,
            Step::Disable { by, whom } => self.disable(by, whom).await,
            Step::Enable { by, whom } => self.enable(by, whom).await,
            Step::Remove { by, whom } => self.remove(by, whom).await,
            Step::MakeOwner { by, whom } => self.make_owner(by, whom).await,
            Step::GiveUpOwnership { by } => self.give_up(by).await,
            Step::SignIn { whom } => self.sign_in(whom).await,
            Step::SignOut { whom } => self.sign_out(whom).await,
            Step::Limit { free } => self.set_limit(free).await,
        }
    }

    fn next_name(&self) -> String {
        format!("person-{}-{}", self.case, self.people.len())
    }

    /// Somebody whose standing is one of these.
    fn one(&self, number: u8, standings: &[Standing]) -> Option<usize> {
        let some: Vec<usize> = (0..self.people.len())
            .filter(|place| standings.contains(&self.people[*place].standing))
            .collect();
        (!some.is_empty()).then(|| some[usize::from(number) % some.len()])
    }

    /// Somebody who is signed in, and may or may not be let in.
    fn actor(&self, number: u8) -> Option<(usize, Caller)> {
        let some: Vec<usize> = (0..self.people.len())
            .filter(|place| !self.people[*place].sessions.is_empty())
            .collect();
        let place = *some.get(usize::from(number) % some.len().max(1))?;
        Some((place, self.superuser.with(&self.people[place].sessions[0])))
    }

    /// What whoever manages people may do to somebody.
    fn managing(&self, actor: usize, whom: Option<usize>, others_only: bool) -> Expected {
        let by = &self.people[actor];
        if by.standing != Standing::Active {
            return Closed;
        }
        if !by.role.manages_people() {
            return Refused("permission_required");
        }
        match whom {
            Some(whom) if whom == actor && others_only => Refused("not_yourself"),
            Some(whom) if self.people[whom].role == Role::Owner => Refused("owner_protected"),
            _ => Done,
        }
    }

    fn taken(&self) -> usize {
        let active = self.people.iter().filter(|person| person.standing == Standing::Active);
        active.count()
    }

    fn is_full(&self) -> bool {
        self.limit.is_some_and(|limit| self.taken() >= limit)
    }

    fn owners(&self) -> usize {
        let owners = self.people.iter().filter(|person| person.role == Role::Owner);
        owners.filter(|person| person.standing == Standing::Active).count()
    }

    async fn done(&self, request: RequestBuilder) -> Outcome<Value> {
        let told = self.expect(request, Done).await?;
        told.ok_or_else(|| "nothing was answered".to_owned())
    }

    /// Asks, and returns the answer if it was done, as expected.
    async fn expect(&self, request: RequestBuilder, expected: Expected) -> Outcome<Option<Value>> {
        let (status, told) = answer(request).await;
        let code = told["code"].as_str().unwrap_or_default();
        let fits = match expected {
            Done => (200..300).contains(&status),
            Refused(expected) => (400..500).contains(&status) && code == expected,
            Closed => (400..500).contains(&status),
        };
        if !fits {
            return Err(format!("{expected:?} was expected, and it was {status}: {told}"));
        }
        Ok((expected == Done).then_some(told))
    }

    async fn invite(&mut self, by: u8, role: Role) -> Outcome {
        let Some((actor, caller)) = self.actor(by) else {
            return Ok(());
        };
        let name = self.next_name();
        let body = json!({ "email": format!("{name}@example.com"), "role": role.slug() });
        let request = caller
            .request("POST", &format!("{}/invitations", self.path))
            .json(&body);
        if let Some(sent) = self.expect(request, self.managing(actor, None, false)).await? {
            self.people.push(Person::invited(name, role, &sent)?);
        }
        Ok(())
    }

    async fn resend(&mut self, by: u8, whom: u8) -> Outcome {
        let (Some((actor, caller)), Some(whom)) = (self.actor(by), self.one(whom, &[Standing::Invited])) else {
            return Ok(());
        };
        let path = format!("{}/invitations/{}/delivery", self.path, self.people[whom].invitation);
        let request = caller.request("POST", &path);
        if let Some(sent) = self.expect(request, self.managing(actor, None, false)).await? {
            let link = secret(&sent["link"])?;
            let old = std::mem::replace(&mut self.people[whom].link, link);
            self.people[whom].old_link = Some(old);
        }
        Ok(())
    }

    async fn revoke(&mut self, by: u8, whom: u8) -> Outcome {
        let (Some((actor, caller)), Some(whom)) = (self.actor(by), self.one(whom, &[Standing::Invited])) else {
            return Ok(());
        };
        let path = format!("{}/invitations/{}/revocation", self.path, self.people[whom].invitation);
        let request = caller.request("POST", &path);
        if self.expect(request, self.managing(actor, None, false)).await?.is_some() {
            let person = &mut self.people[whom];
            person.standing = Standing::Revoked;
            person.old_link = Some(person.link.clone());
        }
        Ok(())
    }

    fn acceptance(&self, whom: usize, link: &str) -> RequestBuilder {
        let name = &self.people[whom].name;
        let body = json!({ "token": link, "name": name, "username": name, "password": PASSWORD });
        let anyone = self.superuser.with("");
        anyone.request("POST", "/api/v1/invitation-acceptances").json(&body)
    }

    async fn accept(&mut self, whom: usize) -> Outcome {
        let expected = if self.is_full() {
            Refused("member_limit_reached")
        } else {
            Done
        };
        let request = self.acceptance(whom, &self.people[whom].link);
        if let Some(accepted) = self.expect(request, expected).await? {
            let person = &mut self.people[whom];
            person.standing = Standing::Active;
            person.member = text(&accepted["member"]["id"])?;
            person.sessions.push(text(&accepted["token"])?);
            person.old_link = Some(person.link.clone());
        }
        Ok(())
    }

    async fn accept_by_old_link(&mut self, whom: u8) -> Outcome {
        let all = [
            Standing::Invited,
            Standing::Revoked,
            Standing::Active,
            Standing::Disabled,
            Standing::Removed,
        ];
        let Some(whom) = self.one(whom, &all) else {
            return Ok(());
        };
        let Some(link) = self.people[whom].old_link.clone() else {
            return Ok(());
        };
        self.expect(self.acceptance(whom, &link), Closed).await?;
        Ok(())
    }

    fn member(&self, whom: usize, rest: &str) -> String {
        format!("{}/members/{}{rest}", self.path, self.people[whom].member)
    }

    async fn change_role(&mut self, by: u8, whom: u8, role: Role) -> Outcome {
        let (Some((actor, caller)), Some(whom)) = (self.actor(by), self.one(whom, &[Standing::Active])) else {
            return Ok(());
        };
        let body = json!({ "role": role.slug() });
        let request = caller.request("PUT", &self.member(whom, "/role")).json(&body);
        if self
            .expect(request, self.managing(actor, Some(whom), false))
            .await?
            .is_some()
        {
            self.people[whom].role = role;
        }
        Ok(())
    }

    async fn disable(&mut self, by: u8, whom: u8) -> Outcome {
        let (Some((actor, caller)), Some(whom)) = (self.actor(by), self.one(whom, &[Standing::Active])) else {
            return Ok(());
        };
        let request = caller
            .request("PUT", &self.member(whom, "/disablement"))
            .json(&json!({}));
        if self
            .expect(request, self.managing(actor, Some(whom), true))
            .await?
            .is_some()
        {
            let person = &mut self.people[whom];
            person.standing = Standing::Disabled;
            // They belong nowhere else. Enabled again, they sign in anew.
            person.ended.append(&mut person.sessions);
        }
        Ok(())
    }

    async fn enable(&mut self, by: u8, whom: u8) -> Outcome {
        let (Some((actor, caller)), Some(whom)) = (self.actor(by), self.one(whom, &[Standing::Disabled])) else {
            return Ok(());
        };
        let expected = match self.managing(actor, Some(whom), true) {
            Done if self.is_full() => Refused("member_limit_reached"),
            expected => expected,
        };
        let request = caller.request("DELETE", &self.member(whom, "/disablement"));
        if self.expect(request, expected).await?.is_some() {
            self.people[whom].standing = Standing::Active;
        }
        Ok(())
    }

    async fn remove(&mut self, by: u8, whom: u8) -> Outcome {
        let some = [Standing::Active, Standing::Disabled];
        let (Some((actor, caller)), Some(whom)) = (self.actor(by), self.one(whom, &some)) else {
            return Ok(());
        };
        let request = caller.request("DELETE", &self.member(whom, ""));
        if self
            .expect(request, self.managing(actor, Some(whom), true))
            .await?
            .is_some()
        {
            self.people[whom].standing = Standing::Removed;
        }
        Ok(())
    }

    async fn make_owner(&mut self, by: u8, whom: u8) -> Outcome {
        let (Some((actor, caller)), Some(whom)) = (self.actor(by), self.one(whom, &[Standing::Active])) else {
            return Ok(());
        };
        let expected = match (self.people[actor].standing, self.people[actor].role) {
            (Standing::Active, Role::Owner) => Done,
            (Standing::Active, _) => Refused("permission_required"),
            _ => Closed,
        };
        let path = format!("{}/owners/{}", self.path, self.people[whom].member);
        if self.expect(caller.request("PUT", &path), expected).await?.is_some() {
            self.people[whom].role = Role::Owner;
        }
        Ok(())
    }

    async fn give_up(&mut self, by: u8) -> Outcome {
        let Some((actor, caller)) = self.actor(by) else {
            return Ok(());
        };
        let expected = match (self.people[actor].standing, self.people[actor].role) {
            (Standing::Active, Role::Owner) if self.owners() > 1 => Done,
            (Standing::Active, Role::Owner) => Refused("last_owner"),
            (Standing::Active, _) => Refused("permission_required"),
            _ => Closed,
        };
        let path = format!("{}/owners/{}", self.path, self.people[actor].member);
        if self.expect(caller.request("DELETE", &path), expected).await?.is_some() {
            self.people[actor].role = Role::Admin;
        }
        Ok(())
    }

    async fn sign_in(&mut self, whom: u8) -> Outcome {
        let Some(whom) = self.one(whom, &[Standing::Active, Standing::Disabled]) else {
            return Ok(());
        };
        let body = json!({ "login": self.people[whom].name, "password": PASSWORD });
        let request = self.superuser.with("").request("POST", "/api/v1/sessions").json(&body);
        let signed_in = self.done(request).await?;
        let session = text(&signed_in["token"])?;
        self.people[whom].sessions.push(session);
        Ok(())
    }

    async fn sign_out(&mut self, whom: u8) -> Outcome {
        let Some((place, caller)) = self.actor(whom) else {
            return Ok(());
        };
        // Whether a disablement or a removal has ended it already is no matter: it is dead afterwards.
        let _gone = answer(caller.request("DELETE", "/api/v1/sessions/current")).await;
        let person = &mut self.people[place];
        let ended = person.sessions.remove(0);
        person.ended.push(ended);
        Ok(())
    }

    async fn set_limit(&mut self, free: Option<u8>) -> Outcome {
        let limit = free.map(|free| self.taken() + usize::from(free));
        let request = self.superuser.request("PATCH", &format!("{}/policies", self.path));
        self.done(request.json(&json!({ "member_limit": limit }))).await?;
        self.limit = limit;
        Ok(())
    }

    /// Whether the real organization is as the model says.
    pub async fn agrees(&self) -> Outcome {
        let members = self.superuser.all(&format!("{}/members", self.path)).await;
        let invitations = self
            .superuser
            .all(&format!("{}/invitations?status=pending", self.path))
            .await;
        let count = |standings: &[Standing]| {
            let some = self.people.iter().filter(|person| standings.contains(&person.standing));
            some.count()
        };
        same("members", members.len(), count(&[Standing::Active, Standing::Disabled]))?;
        same("open invitations", invitations.len(), count(&[Standing::Invited]))?;
        let limits = self
            .done(self.superuser.request("GET", &format!("{}/limits", self.path)))
            .await?;
        same(
            "slots",
            limits["members"]["used"].as_u64(),
            u64::try_from(self.taken()).ok(),
        )?;
        for person in &self.people {
            person.agrees(&members)?;
            self.sessions_agree(person).await?;
        }
        Ok(())
    }

    async fn sessions_agree(&self, person: &Person) -> Outcome {
        for session in &person.sessions {
            let (status, _) = self.superuser.with(session).get(&self.path).await;
            same(&person.name, status == 200, person.standing == Standing::Active)?;
        }
        for session in &person.ended {
            let (status, _) = self.superuser.with(session).get("/api/v1/me").await;
            same(&format!("an ended session of {}", person.name), status, 401)?;
        }
        Ok(())
    }
}

impl Person {
    fn invited(name: String, role: Role, sent: &Value) -> Outcome<Self> {
        Ok(Self {
            name,
            role,
            standing: Standing::Invited,
            invitation: text(&sent["invitation"]["id"])?,
            link: secret(&sent["link"])?,
            old_link: None,
            member: String::new(),
            sessions: Vec::new(),
            ended: Vec::new(),
        })
    }

    fn agrees(&self, members: &[Value]) -> Outcome {
        let email = format!("{}@example.com", self.name);
        let found = members.iter().find(|member| member["email"] == email.as_str());
        let found = found.map(|member| (text(&member["role"]["slug"]), text(&member["status"])));
        let expected = match self.standing {
            Standing::Active => Some("active"),
            Standing::Disabled => Some("disabled"),
            Standing::Invited | Standing::Revoked | Standing::Removed => None,
        };
        let expected = expected.map(|status| (Ok(self.role.slug().to_owned()), Ok(status.to_owned())));
        same(&self.name, found, expected)
    }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: T, expected: T) -> Outcome {
    if found == expected {
        return Ok(());
    }
    Err(format!("{what}: {found:?} was found, {expected:?} expected"))
}

fn text(value: &Value) -> Outcome<String> {
    value
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| format!("{value} is no text"))
}

/// The last segment of a link.
fn secret(link: &Value) -> Outcome<String> {
    let link = text(link)?;
    Ok(link.rsplit('/').next().unwrap_or_default().to_owned())
}
