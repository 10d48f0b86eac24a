//! The doctor's look at files: the configuration, who may read what is secret, room on the disk.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};
use service::Database;
use service::ambient::Clock;

use super::setting::Patient;
use super::{Doctor, Findings, reach, setting};
use crate::backup::draft::free_space;
use crate::configuration::{File, PasswordRules, Place, given};
use crate::tls::Files;

/// Less than this, and the next hours are in danger.
const LITTLE: u64 = 1 << 30;
/// Less than this, and the next commit is.
const NOTHING: u64 = 64 << 20;

/// As the server would read it; nothing of it where it cannot be read.
pub fn configuration(place: &Place, findings: &mut Findings) -> File {
    const CHECK: &str = "configuration";
    let path = place.config.clone().unwrap_or_else(|| place.data.join("roster.toml"));
    match place.file() {
        Err(refused) => {
            findings.wrong(CHECK, refused.0, "Roster does not start with it. The line says where.");
            File::default()
        }
        Ok(file) => {
            if path.exists() {
                findings.ok(
                    CHECK,
                    format!("{} can be read and has no unknown keys.", path.display()),
                );
                kept_from_others(CHECK, &path, findings);
            } else {
                findings.ok(CHECK, "There is no file; flags, environment and defaults hold.");
            }
            file
        }
    }
}

/// The list of stolen passwords, where one is used.
pub fn breached(rules: &PasswordRules, file: &File, findings: &mut Findings) {
    const CHECK: &str = "passwords";
    match rules.breached(file) {
        Ok(Some(list)) => findings.ok(
            CHECK,
            format!("New passwords are looked up in {}.", list.path().display()),
        ),
        Ok(None) => findings.ok(
            CHECK,
            "No list of breached passwords is given; the common ones are refused anyway.",
        ),
        Err(refused) => findings.wrong(
            CHECK,
            refused.0,
            "Give another by --password-breached-list, or none. Roster does not start with it.",
        ),
    }
}

/// The data folder, where there is need of one.
pub fn folder(place: &Place, file: &File, findings: &mut Findings) {
    const CHECK: &str = "files";
    let data = &place.data;
    if !data.exists() {
        return;
    }
    let is_used = matches!(place.database(file), Ok(Database::Sqlite(_)));
    if is_used && access(data, Access::WRITE_OK | Access::EXEC_OK).is_err() {
        findings.wrong(
            CHECK,
            format!("{} cannot be written by whoever runs this.", data.display()),
            "Run Roster as the folder's owner, or give the folder to the user that it runs as (chown).",
        );
    }
    kept_from_others(CHECK, data, findings);
    for name in ["roster.db", "roster.key"] {
        kept_from_others(CHECK, &data.join(name), findings);
    }
    if is_used {
        room(data, findings);
    }
}

fn kept_from_others(check: &'static str, path: &Path, findings: &mut Findings) {
    let Ok(about) = fs::metadata(path) else { return };
    let mode = about.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        return;
    }
    let wanted = if about.is_dir() { "700" } else { "600" };
    // What stands in a closed folder is closed too.
    let closed = path.parent().and_then(|folder| fs::metadata(folder).ok());
    if !about.is_dir() && closed.is_some_and(|folder| folder.permissions().mode() & 0o011 == 0) {
        return;
    }
    findings.warning(
        check,
        format!(
            "{} is open to other users of this machine (mode {mode:o}).",
            path.display()
        ),
        &format!("chmod {wanted} {}", path.display()),
    );
}

fn room(data: &Path, findings: &mut Findings) {
    const CHECK: &str = "disk";
    let free = match free_space(data) {
        Ok(free) => free,
        Err(refused) => return findings.warning(CHECK, refused.0, "Check the file system by hand."),
    };
    let size: u64 = fs::read_dir(data)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.metadata().ok())
        .map(|about| about.len())
        .sum();
    let told = format!("{} MiB are free, the data takes {} MiB.", free >> 20, size >> 20);
    if free < NOTHING {
        findings.wrong(
            CHECK,
            told,
            "Free some room at once: without it nothing can be committed.",
        );
    } else if free < LITTLE.max(size) {
        findings.warning(
            CHECK,
            told,
            "Free some room: a backup beside it takes twice the data, and the log grows.",
        );
    } else {
        findings.ok(CHECK, told);
    }
}

/// The certificate in the operator's files, which goes before one that superusers have set.
pub fn certificate(doctor: &Doctor, file: &File, findings: &mut Findings) {
    const CHECK: &str = "certificates";
    findings.has_certificate = findings.set.identity.is_some();
    let of = |flag: Option<&PathBuf>, file: Option<&PathBuf>| given(flag, None, file);
    let files = Files::named(
        of(doctor.tls_certificate.as_ref(), file.tls_certificate.as_ref()),
        of(doctor.tls_key.as_ref(), file.tls_key.as_ref()),
    );
    let read = match files {
        Ok(None) => return,
        Ok(Some(files)) => files.read(),
        Err(refused) => Err(refused.0),
    };
    match read {
        Err(problem) => findings.wrong(CHECK, problem, "Roster does not start with it."),
        Ok(identity) => {
            findings.has_certificate = true;
            let public_url = reach::public_url(doctor, file);
            let patient = Patient {
                key: None,
                public_url: public_url.as_deref(),
                now: Clock::System.now(),
            };
            setting::certificate(
                "The one in the operator's files",
                &identity,
                patient,
                "the same paths",
                findings,
            );
        }
    }
}

/// Whether there is no SQLite database. Where there was one, that is wrong.
pub fn nothing_yet(database: &Database, findings: &mut Findings) -> bool {
    const CHECK: &str = "database";
    let Database::Sqlite(path) = database else { return false };
    let mark: PathBuf = path.with_extension("instance");
    if path.exists() {
        return false;
    }
    if mark.exists() {
        findings.wrong(
            CHECK,
            format!(
                "{} is missing, though {} says that there was one.",
                path.display(),
                mark.display()
            ),
            "Bring it back: roster restore FILE into another folder. Roster does not start without it.",
        );
    } else {
        findings.warning(
            CHECK,
            format!("There is none at {} yet.", path.display()),
            "The first start makes one and prints the link to set it up. If there should be one, check --data.",
        );
    }
    true
}
