//! A member's line, read into what is to be done about it before anything is asked of the database.

use std::collections::BTreeSet;

use domain::Timestamp;
use domain::account::AuthenticationMethod;
use domain::group::BY_HAND;
use domain::moving::{Belonging, Ended, Fault, Member, State};
use domain::role::MEMBER;
use domain::text::{EmailAddress, Malformed, PersonName, Phone, Username, remark};

use super::told;
use crate::account::own_address_only;
use crate::error::Check;
use crate::locality;
use crate::{Error, PasswordHash};

/// Somebody as their line has them, each field what its name says.
pub(super) struct Plan {
    pub line: u64,
    /// What later lines call them by.
    pub login: String,
    pub username: Option<Username>,
    pub email: Option<EmailAddress>,
    pub email_verified: bool,
    pub name: Option<PersonName>,
    pub phone: Option<Phone>,
    pub time_zone: Option<String>,
    pub locale: Option<String>,
    pub method: AuthenticationMethod,
    pub role: String,
    pub until: Option<Timestamp>,
    pub state: State,
    pub suspended: Option<Ended>,
    pub joined_at: Timestamp,
    pub created_at: Timestamp,
    pub groups: Vec<Belonging>,
    pub hash: Option<String>,
    pub left_out: Vec<&'static str>,
}

impl Plan {
    /// Only a `trusted` file says what an account is opened by, and that its address was verified.
    pub fn of(line: u64, member: Member, trusted: bool, now: Timestamp) -> Result<Self, Fault> {
        let login = member.login().to_owned();
        let mut check = Check::default();
        let email = check.optional("email", member.email.as_deref(), EmailAddress::parse);
        let username = check.optional("username", member.username.as_deref(), Username::parse);
        let name = check.optional("name", member.name.as_deref(), PersonName::parse);
        let phone = check.optional("phone", member.phone.as_deref(), Phone::parse);
        let time_zone = check.optional("time_zone", member.time_zone.as_deref(), locality::time_zone);
        let locale = check.optional("locale", member.locale.as_deref(), locality::locale);
        if login.trim().is_empty() {
            check.wrong("email", "or a username is needed");
        }
        let state = match member.state {
            State::Disabled(disablement) => State::Disabled(ended(&mut check, disablement, now)),
            state => state,
        };
        let suspended = member.suspended.map(|suspension| ended(&mut check, suspension, now));
        let mut left_out = BTreeSet::new();
        let hash = member
            .password_hash
            .filter(|_| trusted || !left_out.insert("password_hash"));
        if let Some(Err(problem)) = hash.as_deref().map(PasswordHash::imported) {
            check.wrong("password_hash", problem.to_string());
        }
        let email_verified = member.email_verified && (trusted || !left_out.insert("email_verified"));
        let method = member.authentication_method.unwrap_or(AuthenticationMethod::Password);
        let method = Some(method).filter(|method| {
            *method == AuthenticationMethod::Password || trusted || !left_out.insert("authentication_method")
        });
        let mut groups = member.groups;
        for belonging in &mut groups {
            belonging.origin = Some(origin(&mut check, belonging.origin.as_deref()));
        }
        groups.sort_by(|left, right| left.group.cmp(&right.group));
        groups.dedup_by(|left, right| left.group == right.group);
        let own = own_address_only(username.as_ref(), email.as_ref().map(EmailAddress::as_str));
        for problem in [check.done(), own] {
            problem.map_err(as_fault)?;
        }
        let past = |time: Option<Timestamp>| time.filter(|time| *time < now && time.micros() > 0);
        Ok(Self {
            line,
            login,
            username,
            email,
            email_verified,
            name,
            phone,
            time_zone,
            locale,
            method: method.unwrap_or(AuthenticationMethod::Password),
            role: member
                .role
                .filter(|role| !role.is_empty())
                .unwrap_or_else(|| MEMBER.to_owned()),
            until: member.until,
            state,
            suspended,
            joined_at: past(member.joined_at).unwrap_or(now),
            created_at: past(member.created_at).unwrap_or(now),
            groups,
            hash,
            left_out: left_out.into_iter().collect(),
        })
    }

    /// The texts by which two lines are known to mean one account.
    pub fn keys(&self) -> impl Iterator<Item = String> {
        let email = self.email.as_ref().map(EmailAddress::key);
        let username = self.username.as_ref().map(Username::key);
        email.into_iter().chain(username)
    }
}

fn as_fault(error: Error) -> Fault {
    told(error).unwrap_or_else(|error| Fault::new("invalid", error.to_string()))
}

fn ended(check: &mut Check, ended: Ended, now: Timestamp) -> Ended {
    Ended {
        at: Some(ended.at.filter(|at| *at < now).unwrap_or(now)),
        by: check.optional("by", ended.by.as_deref(), short),
        reason: check.optional("reason", ended.reason.as_deref(), remark),
    }
}

fn short(text: &str) -> Result<String, Malformed> {
    PersonName::parse(text).map(String::from)
}

fn origin(check: &mut Check, origin: Option<&str>) -> String {
    let word = |text: &str| {
        let fits = text.len() <= 63 && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        if fits {
            Ok(text.to_owned())
        } else {
            Err(Malformed("must be a word such as hand".to_owned()))
        }
    };
    check
        .optional("groups/origin", origin, word)
        .unwrap_or_else(|| BY_HAND.to_owned())
}
