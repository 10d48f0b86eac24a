//! Every way in, from the list of all there are: whoever has a second factor is asked for it, by whatever first one they come.
//! Who vouches for them is real where this machine has it: issuers of OpenID Connect, an identity provider that speaks SAML,
//! and PAM, which the program asks as its own helper.

use std::path::PathBuf;

use domain::account::AuthenticationMethod;
use domain::permission::{MemberManage, OrganizationManage, SecurityManage};
use domain::policy::PolicyChange;
use domain::session::Method;
use secrecy::{ExposeSecret, SecretString};
use service::ambient::Clock;
use service::member::edit::{MemberEdit, edit};
use service::mfa::giving::Given;
use service::sign_in::saml::{Finished, Purpose, Taken, Way};
use service::sign_in::{Arrived, Errand, Next, SignedIn};
use service::single_sign_on::{self, NewSettings};
use service::{Error, Pam, Request, Roster};
use testkit::app::{Start, origin, secret};
use testkit::elsewhere::{Elsewhere, WithIssuers};
use testkit::identity_provider::IdentityProvider;
use testkit::pam::{SERVICE, System};
use testkit::persona::{PASSWORD, create, done, request, sign_in};
use testkit::{Authenticator, Issuer, On, Persona, Phone, on_both_databases};

on_both_databases! {
    every_way_in_asks_for_the_second_factor,
}

/// What mia types at the system's own console.
const SYSTEM: &str = "what mia types at the console";
const SITE: &str = "https://roster.example";

/// An instance that people can come into by every method that there is.
struct Doors {
    world: Elsewhere,
    issuer: Option<Issuer>,
    provider: Option<IdentityProvider>,
    system: Option<System>,
}

/// Somebody's way in, which they can take again and again.
enum Door {
    Password(String),
    Passkey(Box<Authenticator>),
    Pam,
    Saml,
    /// The provider, and what they are called there.
    Elsewhere(&'static str, String),
}

impl Start for Doors {
    async fn start(on: On) -> Option<Self> {
        let (mut world, issuer) = match WithIssuers::start(on).await {
            Some(WithIssuers { elsewhere, issuer }) => (elsewhere, Some(issuer)),
            None => (Elsewhere::start(on).await?, None),
        };
        let system = System::with_password(SYSTEM);
        let providers = world.app.roster.settings().providers.clone();
        let pam = system.as_ref().map(|system| {
            let pam = Pam::new(SERVICE, PathBuf::from(env!("CARGO_BIN_EXE_roster")));
            let variables = system.variables().into_iter();
            variables.fold(pam, |pam, (name, value)| pam.with_variable(name, value))
        });
        world.app.roster = world
            .app
            .node(|settings| {
                settings.providers = providers;
                settings.pam = pam;
            })
            .await;
        Some(Self {
            world,
            issuer,
            provider: IdentityProvider::start(),
            system,
        })
    }
}

async fn every_way_in_asks_for_the_second_factor(doors: Doors) {
    for method in Method::ALL {
        doors.by_the_machines_clock();
        let Some(mut door) = doors.open(method).await else {
            continue;
        };
        let first = doors.come(&mut door).await;
        assert_eq!(first.next, Next::Done, "{method:?}");
        let by_them = request(doors.roster(), first.token.expose()).await;
        assert_eq!(by_them.caller.visitor.proof.unwrap().method, method);
        let code = doors.enrol(&by_them).await;

        let second = doors.come(&mut door).await;
        if counts_as_two(method) {
            assert_eq!(second.next, Next::Done, "{method:?}");
            let by_them = request(doors.roster(), second.token.expose()).await;
            assert!(by_them.caller.visitor.proof.unwrap().second_factor_at.is_some());
            continue;
        }
        assert_eq!(second.next, Next::Mfa, "{method:?}");
        let token = second.token.expose();
        let outside = doors.roster().authenticate(token, &origin()).await;
        assert!(matches!(outside, Err(Error::MfaRequired)), "{method:?}");
        doors.give(token, code.unwrap()).await;
        request(doors.roster(), token).await;
    }
}

/// A passkey is held and unlocked by its owner.
fn counts_as_two(method: Method) -> bool {
    method == Method::Passkey
}

impl Doors {
    fn roster(&self) -> &Roster {
        &self.world.app.roster
    }

    /// What others sign bears the machine's time.
    fn by_the_machines_clock(&self) {
        let now = Clock::System.now();
        self.world.app.pass(now.since(self.roster().now()).max(1));
    }

    /// A way in of somebody who has no second factor yet; none where this machine lacks who would vouch for them.
    async fn open(&self, method: Method) -> Option<Door> {
        match method {
            Method::Password => Some(Door::Password(self.person(method).await.username)),
            Method::Passkey => Some(self.with_passkey(method).await),
            Method::Pam => self.by_the_system().await,
            Method::Saml => self.by_single_sign_on().await,
            Method::Oidc => self.at_an_issuer(method, "plain").await,
            Method::Google => self.at_an_issuer(method, "google").await,
            Method::Microsoft => self.at_an_issuer(method, "microsoft").await,
            Method::Github => Some(self.at_a_host(method, "github", 7).await),
            Method::Bitbucket => Some(self.at_a_host(method, "bitbucket", 8).await),
        }
    }

    async fn come(&self, door: &mut Door) -> SignedIn {
        match door {
            Door::Password(login) => self.by_password(login, PASSWORD).await,
            Door::Pam => self.by_password("mia", SYSTEM).await,
            Door::Passkey(laptop) => {
                let answer = laptop.answer(&self.roster().ask_for_passkey(None).await.unwrap());
                self.roster().sign_in_with_passkey(answer, &origin()).await.unwrap()
            }
            Door::Saml => self.by_saml().await,
            Door::Elsewhere(provider, login) => {
                let errand = Errand::SignIn { next: String::new() };
                match self.world.travel(provider, login, errand, None).await.unwrap() {
                    Arrived::SignedIn(signed_in) => *signed_in,
                    _ => panic!("{provider} signed nobody in"),
                }
            }
        }
    }

    async fn by_password(&self, login: &str, password: &str) -> SignedIn {
        let signed_in = self.roster().sign_in(login, secret(password), &origin()).await;
        signed_in.unwrap_or_else(|error| panic!("{login}: {error:?}"))
    }

    /// As somebody who has just signed in.
    async fn again(&self, persona: &Persona) -> Request {
        let token = sign_in(self.roster(), &persona.username, PASSWORD).await;
        request(self.roster(), &token).await
    }

    async fn person(&self, method: Method) -> Persona {
        let app = &self.world.app;
        let adam = Persona {
            token: sign_in(self.roster(), "adam", PASSWORD).await,
            ..app.adam.clone()
        };
        create(
            self.roster(),
            &adam,
            &app.acme,
            &format!("by-{}", method.name()),
            "member",
        )
        .await
    }

    async fn with_passkey(&self, method: Method) -> Door {
        let person = self.person(method).await;
        let by_them = self.again(&person).await;
        let options = self.roster().begin_passkey(&by_them).await.unwrap();
        let (laptop, answer) = Authenticator::make(SITE, &options);
        let added = self.roster().finish_passkey(&by_them, Some("Laptop"), answer).await;
        added.unwrap();
        Door::Passkey(Box::new(laptop))
    }

    /// Mia, whom the system knows, and whose password here is none from now on.
    async fn by_the_system(&self) -> Option<Door> {
        self.system.as_ref()?;
        let app = &self.world.app;
        let by_olivia = self.again(&app.olivia).await;
        let policies = self
            .roster()
            .authorize::<OrganizationManage>(&by_olivia, &app.acme)
            .await;
        let change = PolicyChange {
            pam: Some(true),
            ..PolicyChange::default()
        };
        done(service::organization::change_policies(policies.unwrap(), change).await);
        let member = self.roster().authorize::<MemberManage>(&by_olivia, &app.acme).await;
        let change = MemberEdit {
            authentication_method: Some(AuthenticationMethod::Pam),
            ..MemberEdit::default()
        };
        done(edit(member.unwrap(), app.mia.id(), change).await);
        Some(Door::Pam)
    }

    /// Acme's own identity provider, which brings whoever it vouches for.
    async fn by_single_sign_on(&self) -> Option<Door> {
        let provider = self.provider.as_ref()?;
        let app = &self.world.app;
        let by_olivia = self.again(&app.olivia).await;
        let settings = NewSettings {
            metadata: Some(provider.metadata().await),
            provisioning: true,
            ..NewSettings::default()
        };
        done(single_sign_on::put(self.roster(), &by_olivia, &app.acme, settings).await);
        let mut seen = self
            .roster()
            .see::<SecurityManage>(&by_olivia, &app.acme)
            .await
            .unwrap();
        let own = single_sign_on::service_metadata(&mut seen).await.unwrap();
        provider.know(own).await;
        Some(Door::Saml)
    }

    async fn by_saml(&self) -> SignedIn {
        let (roster, provider) = (self.roster(), self.provider.as_ref().unwrap());
        let begun = roster
            .begin_saml(&self.world.app.acme, Purpose::SignIn, "/me", false)
            .await
            .unwrap();
        let Way::Link(link) = &begun.way else {
            panic!("the metadata says redirect")
        };
        let answer = provider.answer(link, "ida@example.com").await;
        let place = answer.to.split('/').rev().nth(1).unwrap().parse().unwrap();
        let taken = roster.take_saml_answer(place, answer.response, &answer.state).await;
        let Taken::GoOn(token) = taken.unwrap() else {
            panic!("the answer was not taken")
        };
        let finished = roster
            .finish_saml(token.expose(), begun.state.expose(), None, &origin())
            .await;
        match finished.unwrap() {
            Finished::SignedIn { signed_in, .. } => *signed_in,
            Finished::Failed(failed) => panic!("{}", failed.reason),
            Finished::Lost => panic!("the state was lost"),
        }
    }

    async fn at_an_issuer(&self, method: Method, provider: &'static str) -> Option<Door> {
        self.issuer.as_ref()?;
        let login = format!("{}@elsewhere.example", method.name());
        Some(self.connected(method, provider, login).await)
    }

    async fn at_a_host(&self, method: Method, provider: &'static str, id: u64) -> Door {
        let handle = format!("Codes{id}");
        self.world.host.add(id, &handle, &format!("{handle}@elsewhere.example"));
        self.connected(method, provider, handle).await
    }

    async fn connected(&self, method: Method, provider: &'static str, login: String) -> Door {
        let person = self.person(method).await;
        let by_them = self.again(&person).await;
        let errand = Errand::Link {
            account: person.account,
        };
        let arrived = self.world.travel(provider, &login, errand, Some(&by_them)).await;
        assert!(matches!(arrived.unwrap(), Arrived::Linked(_)), "{provider}");
        Door::Elsewhere(provider, login)
    }

    /// An authenticator app; gives back a recovery code, which takes no waiting for the next code of the app. Whoever had a
    /// passkey before has theirs already.
    async fn enrol(&self, by_them: &Request) -> Option<SecretString> {
        let enrolment = self.roster().begin_totp(by_them).await.unwrap();
        let phone = Phone::with(enrolment.secret.expose_secret());
        let shown = secret(&phone.shows(self.roster().now()));
        let codes = self.roster().confirm_totp(by_them, &shown).await.unwrap();
        codes.into_iter().next()
    }

    async fn give(&self, token: &str, code: SecretString) {
        let (session, caller) = self.roster().authenticate_pending(token).await.unwrap();
        let by_them = Request {
            caller,
            origin: origin(),
            now: self.roster().now(),
            dry_run: false,
            if_match: None,
            idempotency: None,
            undoing: None,
        };
        let given = Given::RecoveryCode(code);
        let next = self.roster().give_second_factor(&by_them, &session, given).await;
        assert_eq!(next.unwrap(), Next::Done);
    }
}
