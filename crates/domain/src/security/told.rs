//! A change of a security policy in words: each value that changes has a sentence of its own, so that none is saved for another.

use super::SecurityPolicy;
use crate::session::Method;

/// What changes from one policy to the next. `least_password` is what the instance asks of every password.
pub fn changes(before: &SecurityPolicy, after: &SecurityPolicy, least_password: usize) -> Vec<String> {
    let mut told = Vec::new();
    if before.methods != after.methods {
        told.push(methods(after.methods.as_deref()));
    }
    if before.mfa_required != after.mfa_required {
        told.push(requirement(after));
    } else if before.mfa_grace_days != after.mfa_grace_days {
        told.push(grace(after));
    }
    if before.session_idle_minutes != after.session_idle_minutes {
        told.push(after.session_idle_minutes.map_or_else(
            || "A session may rest for as long as the instance lets it.".to_owned(),
            |minutes| {
                format!(
                    "A session has to be proved again after {} without use.",
                    unit(minutes, "minute")
                )
            },
        ));
    }
    if before.session_lifetime_minutes != after.session_lifetime_minutes {
        told.push(after.session_lifetime_minutes.map_or_else(
            || "A session lasts for as long as the instance lets it.".to_owned(),
            |minutes| {
                format!(
                    "A session has to be proved again {} after signing in, used or not.",
                    unit(minutes, "minute")
                )
            },
        ));
    }
    if before.sign_in_attempts != after.sign_in_attempts {
        told.push(attempts(after));
    }
    if before.lock_out_minutes != after.lock_out_minutes {
        told.push(lock_out(after));
    }
    if before.password_length != after.password_length {
        told.push(password_length(after.password_length, least_password));
    }
    told
}

fn methods(allowed: Option<&[Method]>) -> String {
    let Some(allowed) = allowed else {
        return "Every way to sign in counts.".to_owned();
    };
    let labels: Vec<_> = allowed.iter().map(|method| method.label()).collect();
    match labels.as_slice() {
        [only] => format!("One way to sign in counts: {only}."),
        several => format!("These ways to sign in count: {}.", several.join(", ")),
    }
}

fn requirement(after: &SecurityPolicy) -> String {
    match (after.mfa_required, after.mfa_grace_days) {
        (false, _) => "A second factor is no longer needed.".to_owned(),
        (true, 0) => "Everybody needs a second factor, from now on.".to_owned(),
        (true, days) => format!(
            "Everybody needs a second factor, and has {} to set it up.",
            unit(days, "day")
        ),
    }
}

fn grace(after: &SecurityPolicy) -> String {
    let days = unit(after.mfa_grace_days, "day");
    match (after.mfa_required, after.mfa_grace_days) {
        (true, 0) => "Nobody has time any more to set up the second factor.".to_owned(),
        (true, _) => {
            format!("There are {days} to set up the second factor, from when it was required or from joining.")
        }
        (false, _) => format!("If a second factor is required one day, there will be {days} to set it up."),
    }
}

fn attempts(after: &SecurityPolicy) -> String {
    after.sign_in_attempts.map_or_else(
        || "Failed tries close an account only as the instance has it.".to_owned(),
        |tries| format!("After {} in a row an account is closed for a while.", tried(tries)),
    )
}

fn lock_out(after: &SecurityPolicy) -> String {
    match (after.lock_out_minutes, after.sign_in_attempts) {
        (Some(minutes), Some(_)) => format!(
            "An account closed by failed tries opens again after {}.",
            unit(minutes, "minute")
        ),
        (Some(_), None) => {
            "The minutes an account stays closed count once there is a number of failed tries.".to_owned()
        }
        (None, _) => "An account closed by failed tries opens again after the usual time.".to_owned(),
    }
}

fn password_length(length: Option<u32>, least: usize) -> String {
    let beyond = length.filter(|length| usize::try_from(*length).unwrap_or(usize::MAX) > least);
    match (beyond, length) {
        (Some(length), _) => {
            format!("A new password needs at least {length} characters. Passwords of today stay good.")
        }
        (None, Some(length)) => {
            format!("A least length of {length} changes nothing: the instance asks for {least} characters at least.")
        }
        (None, None) => format!("A new password needs at least {least} characters, as everywhere on the instance."),
    }
}

fn tried(number: u32) -> String {
    if number == 1 {
        "1 failed try".to_owned()
    } else {
        format!("{number} failed tries")
    }
}

fn unit(number: u32, one: &str) -> String {
    if number == 1 {
        format!("1 {one}")
    } else {
        format!("{number} {one}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(after: &SecurityPolicy) -> Vec<String> {
        changes(&SecurityPolicy::default(), after, 15)
    }

    #[test]
    fn each_value_that_changes_has_its_own_sentence() {
        let everything = SecurityPolicy {
            methods: Some(vec![Method::Passkey]),
            mfa_required: true,
            mfa_grace_days: 7,
            mfa_required_since: None,
            session_idle_minutes: Some(30),
            session_lifetime_minutes: Some(480),
            sign_in_attempts: Some(5),
            lock_out_minutes: Some(1),
            password_length: Some(20),
        };
        assert_eq!(
            told(&everything),
            [
                "One way to sign in counts: Passkey.",
                "Everybody needs a second factor, and has 7 days to set it up.",
                "A session has to be proved again after 30 minutes without use.",
                "A session has to be proved again 480 minutes after signing in, used or not.",
                "After 5 failed tries in a row an account is closed for a while.",
                "An account closed by failed tries opens again after 1 minute.",
                "A new password needs at least 20 characters. Passwords of today stay good.",
            ]
        );
        assert_eq!(told(&SecurityPolicy::default()), Vec::<String>::new());
        let back = changes(&everything, &SecurityPolicy::default(), 15);
        assert_eq!(back.len(), 7, "{back:?}");
    }

    #[test]
    fn a_length_that_the_instance_asks_for_anyway_is_said_to_change_nothing() {
        let short = SecurityPolicy {
            password_length: Some(8),
            ..SecurityPolicy::default()
        };
        assert_eq!(
            told(&short),
            ["A least length of 8 changes nothing: the instance asks for 15 characters at least."]
        );
    }

    #[test]
    fn days_of_grace_without_a_requirement_are_said_to_wait_for_one() {
        let waiting = SecurityPolicy {
            mfa_grace_days: 3,
            ..SecurityPolicy::default()
        };
        assert_eq!(
            told(&waiting),
            ["If a second factor is required one day, there will be 3 days to set it up."]
        );
    }
}
