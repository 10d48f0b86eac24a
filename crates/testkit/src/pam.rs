//! A system with people and passwords of its own, for programs that ask PAM: Debian's `libpam-wrapper` and
//! `libnss-wrapper`, preloaded into the helper alone. PAM itself, its configuration and its phases are the real ones.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::left_out::left_out;

/// The service that Roster asks for by default.
pub const SERVICE: &str = "roster";
/// A service whose module never comes back.
pub const HANGING: &str = "hanging";

/// Where `libpam-wrapper` keeps what each process asks by, in one of few folders, and takes away those of processes that have
/// ended; two processes that do so at once take away each other's.
const KEPT: &str = "/tmp";

pub struct System {
    folder: TempDir,
    preload: OsString,
    /// Held, so that no other test has a system of its own meanwhile.
    _alone: File,
}

impl System {
    /// Of whoever this machine lets be wrapped: mia, whose password is right and who may come in; expired, whose is right
    /// and who may not; and robot, an account of the system with the uid 500. All have `password`. Nothing where the
    /// libraries are missing, which the run then says.
    ///
    /// # Panics
    /// Its folder cannot be written.
    pub fn with_password(password: &str) -> Option<Self> {
        let found = (
            library("libpam_wrapper.so"),
            library("libnss_wrapper.so"),
            library("pam_wrapper/pam_matrix.so"),
        );
        let (Some(pam), Some(nss), Some(matrix)) = found else {
            left_out("signing in by PAM. Install libpam-wrapper and libnss-wrapper.");
            return None;
        };
        let alone = alone();
        let folder = TempDir::new().expect("a folder for the system's people");
        let path = folder.path();
        let write = |name: &str, text: String| fs::write(path.join(name), text).expect("a file of the system");
        write(
            "people",
            format!(
                "mia:{password}:{SERVICE}\nexpired:{password}:other\nrobot:{password}:{SERVICE}\nroot:{password}:{SERVICE}\n"
            ),
        );
        let user = |name: &str, id: u32| format!("{name}:x:{id}:{id}:{name}:/nonexistent:/bin/false\n");
        write(
            "passwd",
            [
                user("root", 0),
                user("robot", 500),
                user("mia", 1500),
                user("expired", 1501),
            ]
            .concat(),
        );
        write("group", "root:x:0:\npeople:x:1500:\n".to_owned());
        fs::create_dir(path.join("services")).expect("a folder of services");
        let people = path.join("people");
        let line = |phase: &str| format!("{phase} required {} passdb={}\n", matrix.display(), people.display());
        let all: String = ["auth", "account", "password", "session"].map(line).concat();
        write(&format!("services/{SERVICE}"), all);
        let waits = "auth required pam_exec.so quiet /bin/sleep 600\naccount required pam_permit.so\n";
        write(&format!("services/{HANGING}"), waits.to_owned());
        let mut preload = pam.into_os_string();
        preload.push(":");
        preload.push(nss);
        Some(Self {
            folder,
            preload,
            _alone: alone,
        })
    }

    /// What the helper's environment needs.
    pub fn variables(&self) -> Vec<(OsString, OsString)> {
        let path = self.folder.path();
        [
            ("LD_PRELOAD", self.preload.clone()),
            ("PAM_WRAPPER", "1".into()),
            ("PAM_WRAPPER_SERVICE_DIR", path.join("services").into()),
            ("NSS_WRAPPER_PASSWD", path.join("passwd").into()),
            ("NSS_WRAPPER_GROUP", path.join("group").into()),
        ]
        .map(|(name, value)| (name.into(), value))
        .into()
    }
}

fn alone() -> File {
    let kept = File::open(KEPT).expect("a folder for what is temporary");
    kept.lock().expect("a lock on the folder for what is temporary");
    clear();
    kept
}

/// What helpers that were killed have left: it would be taken for that of a process which has got the same number since, and
/// what was left half made is never taken away by anybody.
fn clear() {
    let ours = |folder: &Path| {
        let mut files = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?.into_iter();
        Ok::<_, std::io::Error>(
            files.all(|file| ["pid", SERVICE, HANGING].iter().any(|name| file.file_name() == *name)),
        )
    };
    for name in ('0'..='9').chain('a'..='z').chain('A'..='Z') {
        let folder = Path::new(KEPT).join(format!("pam.{name}"));
        if ours(&folder).unwrap_or(false) {
            // Where somebody else's cannot be taken away, another name is free.
            let _left = fs::remove_dir_all(&folder);
        }
    }
}

fn library(name: &str) -> Option<PathBuf> {
    let folders = [
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu",
        "/usr/lib64",
        "/usr/lib",
    ];
    folders
        .iter()
        .map(|folder| Path::new(folder).join(name))
        .find(|path| path.is_file())
}
