//! Who counts as a person of the system. Below 1000 are the accounts of the system itself; a password of root's must not
//! open a web page, nor be tried out there.

use std::ffi::CString;
use std::mem::MaybeUninit;
use std::ptr;

const FIRST_PERSON: u32 = 1000;
/// `nobody`, whom services share.
const NOBODY: u32 = 65_534;

pub fn is_a_person(name: &str) -> bool {
    uid(name).is_some_and(|uid| uid >= FIRST_PERSON && uid != NOBODY)
}

fn uid(name: &str) -> Option<u32> {
    let name = CString::new(name).ok()?;
    let mut buffer = vec![0; 16 * 1024];
    let mut entry = MaybeUninit::<libc::passwd>::uninit();
    let mut found = ptr::null_mut();
    // SAFETY: the name ends in NUL, the buffer is as long as said, and both outlive the call; what was found points into
    // them and is read before they end.
    let status = unsafe {
        libc::getpwnam_r(
            name.as_ptr(),
            entry.as_mut_ptr(),
            buffer.as_mut_ptr(),
            buffer.len(),
            &raw mut found,
        )
    };
    if status != 0 || found.is_null() {
        return None;
    }
    // SAFETY: the call succeeded and found something, so it has filled the entry.
    Some(unsafe { entry.assume_init_ref() }.pw_uid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_and_the_unknown_are_no_persons() {
        assert!(!is_a_person("root"));
        assert!(!is_a_person("nobody"));
        assert!(!is_a_person("somebody-who-is-not-there"));
        assert!(!is_a_person("root\0x"));
        assert!(!is_a_person(""));
    }
}
