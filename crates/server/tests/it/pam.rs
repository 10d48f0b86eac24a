//! Asking PAM for somebody's password: the program as its own helper, against PAM's own library and modules.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use signin::pam::{Pam, Unavailable, Verdict};
use testkit::pam::{HANGING, SERVICE, System};

const PASSWORD: &str = "the system's own password";

fn pam(system: &System, service: &str) -> Pam {
    let pam = Pam::new(service, PathBuf::from(env!("CARGO_BIN_EXE_roster")));
    system
        .variables()
        .into_iter()
        .fold(pam, |pam, (name, value)| pam.with_variable(name, value))
}

async fn judge(pam: &Pam, user: &str, password: &str) -> Verdict {
    pam.check(user, &SecretString::from(password), "192.0.2.1")
        .await
        .unwrap()
}

#[tokio::test]
async fn the_system_decides_whose_password_is_right_and_who_may_come_in() {
    let Some(system) = System::with_password(PASSWORD) else {
        return;
    };
    let pam = pam(&system, SERVICE);
    assert_eq!(pam.probe().await, Ok(()));
    for (user, password, verdict) in [
        ("mia", PASSWORD, Verdict::Accepted),
        ("mia", "another password", Verdict::Wrong),
        ("mia", "", Verdict::Wrong),
        ("MIA", PASSWORD, Verdict::NotAPerson),
        // The account phase: the right password alone lets nobody in.
        ("expired", PASSWORD, Verdict::Refused),
        ("expired", "another password", Verdict::Wrong),
        ("robot", PASSWORD, Verdict::NotAPerson),
        ("root", PASSWORD, Verdict::NotAPerson),
        ("nobody-of-that-name", PASSWORD, Verdict::NotAPerson),
    ] {
        assert_eq!(judge(&pam, user, password).await, verdict, "{user} with {password:?}");
    }
    let cut = SecretString::from(format!("{PASSWORD}\0and more"));
    assert!(matches!(pam.check("mia", &cut, "").await, Err(Unavailable::Failed(_))));
}

#[tokio::test]
async fn a_module_that_never_comes_back_is_not_waited_for() {
    let Some(system) = System::with_password(PASSWORD) else {
        return;
    };
    let pam = pam(&system, HANGING).with_patience(Duration::from_millis(300));
    let password = SecretString::from(PASSWORD);
    // More of them than there are places for: each is given up, and gives its place back.
    let tries = (0..20).map(|_| pam.check("mia", &password, "192.0.2.1"));
    for result in futures_util::future::join_all(tries).await {
        assert_eq!(result, Err(Unavailable::TimedOut));
    }
    let other = self::pam(&system, SERVICE);
    assert_eq!(judge(&other, "mia", PASSWORD).await, Verdict::Accepted);
}

#[tokio::test]
async fn a_service_that_is_not_set_up_is_an_error_and_no_verdict() {
    let Some(system) = System::with_password(PASSWORD) else {
        return;
    };
    let pam = pam(&system, "no-such-service");
    let told = pam.check("mia", &SecretString::from(PASSWORD), "").await;
    assert!(!matches!(told, Ok(Verdict::Accepted)), "{told:?}");
}

#[tokio::test]
async fn a_helper_that_cannot_start_is_told_so() {
    let pam = Pam::new(SERVICE, PathBuf::from("/nonexistent/roster"));
    assert!(matches!(pam.probe().await, Err(Unavailable::Failed(_))));
    // One that is not the helper answers nothing that counts.
    let pam = Pam::new(SERVICE, PathBuf::from("/bin/true"));
    let told = pam.check("mia", &SecretString::from(PASSWORD), "").await;
    assert!(matches!(told, Err(Unavailable::Failed(_))), "{told:?}");
}
