//! `libpam`, opened when it is needed: so building Roster takes none of its headers, and running it without PAM takes no
//! library. The numbers are those of Linux-PAM and OpenPAM, which differ.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr;

use secrecy::{ExposeSecret, SecretString};

use super::Verdict;
use super::conversation::{Answers, Conversation, talk};

const SUCCESS: c_int = 0;
const USER: c_int = 2;
const RHOST: c_int = 4;
const SILENT: c_int = 0x8000;

#[cfg(target_os = "linux")]
mod number {
    use std::ffi::c_int;

    pub const NAMES: &[&str] = &["libpam.so.0"];
    pub const DISALLOW_NULL: c_int = 1;
    pub const FAIL_DELAY: Option<c_int> = Some(10);
    pub const PERM_DENIED: c_int = 6;
    pub const AUTH_ERR: c_int = 7;
    pub const USER_UNKNOWN: c_int = 10;
    pub const MAXTRIES: c_int = 11;
    pub const NEW_AUTHTOK_REQD: c_int = 12;
    pub const ACCT_EXPIRED: c_int = 13;
    pub const CRED_INSUFFICIENT: c_int = 8;
    pub const AUTHTOK_EXPIRED: c_int = 27;
}

#[cfg(not(target_os = "linux"))]
mod number {
    use std::ffi::c_int;

    pub const NAMES: &[&str] = &["libpam.2.dylib", "libpam.so.6", "libpam.so"];
    pub const DISALLOW_NULL: c_int = 1;
    pub const FAIL_DELAY: Option<c_int> = None;
    pub const PERM_DENIED: c_int = 7;
    pub const AUTH_ERR: c_int = 9;
    pub const USER_UNKNOWN: c_int = 13;
    pub const MAXTRIES: c_int = 8;
    pub const NEW_AUTHTOK_REQD: c_int = 10;
    pub const ACCT_EXPIRED: c_int = 17;
    pub const CRED_INSUFFICIENT: c_int = 11;
    pub const AUTHTOK_EXPIRED: c_int = 18;
}

/// PAM's own; only pointers to it are handed about.
#[repr(C)]
struct Handle {
    opaque: [u8; 0],
}

type Start = unsafe extern "C" fn(*const c_char, *const c_char, *const Conversation, *mut *mut Handle) -> c_int;
type SetItem = unsafe extern "C" fn(*mut Handle, c_int, *const c_void) -> c_int;
type GetItem = unsafe extern "C" fn(*const Handle, c_int, *mut *const c_void) -> c_int;
type Phase = unsafe extern "C" fn(*mut Handle, c_int) -> c_int;
type StrError = unsafe extern "C" fn(*mut Handle, c_int) -> *const c_char;

pub struct Library {
    start: Start,
    set_item: SetItem,
    get_item: GetItem,
    authenticate: Phase,
    account: Phase,
    end: Phase,
    strerror: StrError,
    /// Last, and so dropped last: the functions above are its own.
    _library: libloading::Library,
}

impl Library {
    pub fn open() -> Result<Self, String> {
        // One that is in the process already goes first: whoever preloads a library wants it to be used.
        let here = libloading::os::unix::Library::this().into();
        if let Ok(library) = Self::from_library(here) {
            return Ok(library);
        }
        for name in number::NAMES {
            // SAFETY: `libpam` runs no code of its own when it is opened.
            let Ok(library) = (unsafe { libloading::Library::new(*name) }) else {
                continue;
            };
            return Self::from_library(library).map_err(|error| format!("{name} is no PAM library: {error}"));
        }
        Err(format!(
            "the library {} is not on this machine. Install PAM (on Debian: libpam0g), or take pam out of roster.toml.",
            number::NAMES.join(" or ")
        ))
    }

    fn from_library(library: libloading::Library) -> Result<Self, libloading::Error> {
        // SAFETY: the types are those of PAM's documented interface.
        unsafe {
            Ok(Self {
                start: *library.get::<Start>(c"pam_start")?,
                set_item: *library.get::<SetItem>(c"pam_set_item")?,
                get_item: *library.get::<GetItem>(c"pam_get_item")?,
                authenticate: *library.get::<Phase>(c"pam_authenticate")?,
                account: *library.get::<Phase>(c"pam_acct_mgmt")?,
                end: *library.get::<Phase>(c"pam_end")?,
                strerror: *library.get::<StrError>(c"pam_strerror")?,
                _library: library,
            })
        }
    }

    /// Authentication, then the account phase: who has expired or may not come in today has the right password all the
    /// same.
    pub fn check(&self, service: &str, user: &str, password: SecretString, from: &str) -> Result<Verdict, String> {
        let text = |text: &str| CString::new(text).map_err(|_| "a NUL cannot be handed on".to_owned());
        let (service, name, from) = (text(service)?, text(user)?, text(from)?);
        let mut answers = Answers {
            password: Some(text(password.expose_secret())?),
        };
        drop(password);
        let conversation = Conversation {
            talk,
            data: (&raw mut answers).cast(),
        };
        let mut handle = ptr::null_mut();
        // SAFETY: all texts end in NUL; the conversation and its answers outlive the handle, which ends below.
        let status = unsafe {
            (self.start)(
                service.as_ptr(),
                name.as_ptr(),
                &raw const conversation,
                &raw mut handle,
            )
        };
        if status != SUCCESS || handle.is_null() {
            return Err(format!("it did not start for the service (code {status})"));
        }
        let judged = self.phases(handle, &name, &from);
        // SAFETY: the handle is the one that was started, and used no more after this.
        unsafe { (self.end)(handle, status) };
        judged
    }

    fn phases(&self, handle: *mut Handle, name: &CStr, from: &CStr) -> Result<Verdict, String> {
        // SAFETY: PAM copies the text.
        unsafe { (self.set_item)(handle, RHOST, from.as_ptr().cast()) };
        if let Some(item) = number::FAIL_DELAY {
            let none: extern "C" fn(c_int, u32, *mut c_void) = no_delay;
            // SAFETY: PAM calls it, in place of waiting, with these three arguments.
            unsafe { (self.set_item)(handle, item, none as *const c_void) };
        }
        // SAFETY: the handle is live.
        let status = unsafe { (self.authenticate)(handle, SILENT | number::DISALLOW_NULL) };
        match status {
            SUCCESS => {}
            number::AUTH_ERR | number::USER_UNKNOWN | number::MAXTRIES | number::CRED_INSUFFICIENT => {
                return Ok(Verdict::Wrong);
            }
            number::PERM_DENIED | number::ACCT_EXPIRED => return Ok(Verdict::Refused),
            other => return Err(self.told(handle, other)),
        }
        // SAFETY: as above.
        match unsafe { (self.account)(handle, SILENT | number::DISALLOW_NULL) } {
            SUCCESS if self.is_still(handle, name) => Ok(Verdict::Accepted),
            number::NEW_AUTHTOK_REQD | number::AUTHTOK_EXPIRED => Ok(Verdict::PasswordExpired),
            // Whatever else the account phase says, it does not say yes.
            _ => Ok(Verdict::Refused),
        }
    }

    /// A module may have made somebody else of the user; that somebody is not who signs in here.
    fn is_still(&self, handle: *mut Handle, name: &CStr) -> bool {
        let mut item = ptr::null();
        // SAFETY: the handle is live; the item is PAM's own text, read before the handle ends.
        let status = unsafe { (self.get_item)(handle, USER, &raw mut item) };
        // SAFETY: a user's name ends in NUL.
        status == SUCCESS && !item.is_null() && unsafe { CStr::from_ptr(item.cast()) } == name
    }

    fn told(&self, handle: *mut Handle, status: c_int) -> String {
        // SAFETY: the text is the library's own and lives as long as it.
        let text = unsafe { (self.strerror)(handle, status) };
        if text.is_null() {
            return format!("code {status}");
        }
        // SAFETY: it ends in NUL.
        unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
    }
}

/// Modules like to wait after a failure. Roster counts failures itself, and everybody's helper would be taken meanwhile.
extern "C" fn no_delay(_status: c_int, _micros: u32, _data: *mut c_void) {}
