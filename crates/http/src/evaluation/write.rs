//! Answers as JSON, written straight into the bytes that are sent: most of them are alike, and none needs a tree.

use std::io::Write;

use domain::actor::Identity;
use service::evaluation::{Answer, Who};

use crate::problem::Problem;

pub fn answer(out: &mut Vec<u8>, answer: &Answer) {
    out.extend_from_slice(match answer.denied {
        None => b"{\"decision\":true,\"context\":{",
        Some(_) => b"{\"decision\":false,\"context\":{".as_slice(),
    });
    let mut between = b"".as_slice();
    if let Some(reason) = answer.denied {
        out.extend_from_slice(b"\"reason\":\"");
        out.extend_from_slice(reason.code().as_bytes());
        out.push(b'"');
        between = b",";
    }
    if let Some(revision) = answer.revision {
        out.extend_from_slice(between);
        // Writing into a vector does not fail.
        let _ = write!(out, "\"revision\":{revision}");
        between = b",";
    }
    if let Some(who) = &answer.who {
        out.extend_from_slice(between);
        subject(out, who);
    }
    out.extend_from_slice(b"}}");
}

fn subject(out: &mut Vec<u8>, who: &Who) {
    let _ = match who.identity {
        Identity::Account(id) => write!(out, "\"subject\":{{\"type\":\"account\",\"id\":\"{id}\",\"name\":"),
        Identity::ServiceAccount(id) => {
            write!(
                out,
                "\"subject\":{{\"type\":\"service_account\",\"id\":\"{id}\",\"name\":"
            )
        }
        Identity::Project(id) => write!(out, "\"subject\":{{\"type\":\"project\",\"id\":\"{id}\",\"name\":"),
    };
    let _ = serde_json::to_writer(&mut *out, who.name.as_str());
    out.push(b'}');
}

/// A question that could not be answered, among others that could.
pub fn problem(out: &mut Vec<u8>, problem: &Problem) {
    let _ = write!(
        out,
        "{{\"decision\":false,\"context\":{{\"reason\":\"{}\",\"error\":",
        problem.code
    );
    let _ = serde_json::to_writer(&mut *out, &problem.body());
    out.extend_from_slice(b"}}");
}
