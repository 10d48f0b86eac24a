//! A server that answers what a test tells it to, and remembers what it was asked.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

pub struct Request {
    pub line: String,
    pub headers: Vec<String>,
    pub body: Value,
}

pub struct Server {
    pub address: String,
    pub requests: Arc<Mutex<Vec<Request>>>,
}

/// An answer to one request; the request must begin with `line`.
pub struct Answer {
    pub line: &'static str,
    pub status: u16,
    pub kind: &'static str,
    pub body: String,
}

pub fn answer(line: &'static str, status: u16, body: Value) -> Answer {
    let kind = if status < 400 {
        "application/json"
    } else {
        "application/problem+json"
    };
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    Answer {
        line,
        status,
        kind,
        body,
    }
}

/// Answers the listed requests in their order; a status of 0 breaks the connection instead.
pub fn server(answers: Vec<Answer>) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let requests = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&requests);
    std::thread::spawn(move || {
        let mut answers = VecDeque::from(answers);
        while let Some(answer) = answers.pop_front() {
            let (mut stream, _) = listener.accept().expect("a caller");
            let request = read(&stream);
            let is_expected = request.line.starts_with(answer.line);
            let line = request.line.clone();
            seen.lock().expect("unpoisoned").push(request);
            if answer.status == 0 {
                continue;
            }
            let Answer { status, kind, body, .. } = if is_expected {
                answer
            } else {
                self::answer(
                    "",
                    500,
                    json!({"title": format!("expected {}, got {line}", answer.line)}),
                )
            };
            let length = body.len();
            write!(
                stream,
                "HTTP/1.1 {status} x\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            )
            .expect("written");
        }
    });
    Server { address, requests }
}

fn read(stream: &TcpStream) -> Request {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).expect("a request line");
    let mut headers = Vec::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).expect("a header");
        if header.trim().is_empty() {
            break;
        }
        headers.push(header.trim().to_ascii_lowercase());
    }
    let length = headers
        .iter()
        .find_map(|header| header.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse::<usize>().expect("a length"));
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    let body = if body.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(&body).expect("JSON")
    };
    Request {
        line: line.trim().to_owned(),
        headers,
        body,
    }
}
