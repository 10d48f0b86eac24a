//! What a module of PAM asks, and what it is told: the password, once. A module that asks for more (a second code, a new
//! password) wants a person at a terminal, and there is none.

use std::ffi::{CString, c_char, c_int, c_void};
use std::ptr;

/// The kinds of messages, and the answers to a conversation; the same on every system.
const PROMPT_ECHO_OFF: c_int = 1;
const ERROR_MSG: c_int = 3;
const TEXT_INFO: c_int = 4;
const SUCCESS: c_int = 0;
#[cfg(target_os = "linux")]
const CONV_ERR: c_int = 19;
#[cfg(not(target_os = "linux"))]
const CONV_ERR: c_int = 6;
const MOST_MESSAGES: c_int = 32;

#[repr(C)]
pub struct Message {
    style: c_int,
    text: *const c_char,
}

#[repr(C)]
pub struct Response {
    text: *mut c_char,
    code: c_int,
}

pub type Talk = extern "C" fn(c_int, *mut *const Message, *mut *mut Response, *mut c_void) -> c_int;

#[repr(C)]
pub struct Conversation {
    pub talk: Talk,
    pub data: *mut c_void,
}

/// The password, until it was asked for.
pub struct Answers {
    pub password: Option<CString>,
}

pub extern "C" fn talk(
    count: c_int,
    messages: *mut *const Message,
    responses: *mut *mut Response,
    data: *mut c_void,
) -> c_int {
    let is_whole = !messages.is_null() && !responses.is_null() && !data.is_null();
    let Some(length) = usize::try_from(count)
        .ok()
        .filter(|_| is_whole && count <= MOST_MESSAGES)
    else {
        return CONV_ERR;
    };
    // SAFETY: `data` is what `check` handed to PAM: its `Answers`, which live until `pam_end` and which nobody else
    // reaches meanwhile.
    let answers = unsafe { &mut *data.cast::<Answers>() };
    // SAFETY: an allocation of plain data, zeroed: all texts absent. PAM frees it, so it has to be C's own.
    let replies = unsafe { libc::calloc(length.max(1), size_of::<Response>()) }.cast::<Response>();
    if replies.is_null() {
        return CONV_ERR;
    }
    for index in 0..length {
        // SAFETY: PAM hands in so many messages, as pointers in a row.
        let message = unsafe { *messages.add(index) };
        // SAFETY: each points to a message, or to nothing.
        let Some(message) = (unsafe { message.as_ref() }) else {
            return give_up(replies, length);
        };
        match message.style {
            TEXT_INFO | ERROR_MSG => {}
            PROMPT_ECHO_OFF => {
                let Some(password) = answers.password.take() else {
                    return give_up(replies, length);
                };
                // SAFETY: `index` is within the allocation; the copy is C's own, which PAM wipes and frees.
                unsafe { (*replies.add(index)).text = libc::strdup(password.as_ptr()) };
            }
            _ => return give_up(replies, length),
        }
    }
    // SAFETY: `responses` is where PAM wants the answers.
    unsafe { *responses = replies };
    SUCCESS
}

fn give_up(replies: *mut Response, length: usize) -> c_int {
    for index in 0..length {
        // SAFETY: within the allocation made above; a text is C's own or absent, and `free` takes both.
        unsafe {
            let reply = replies.add(index);
            libc::free((*reply).text.cast());
            (*reply).text = ptr::null_mut();
        }
    }
    // SAFETY: allocated by `calloc` above and handed to nobody.
    unsafe { libc::free(replies.cast()) };
    CONV_ERR
}
