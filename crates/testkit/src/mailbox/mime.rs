//! Decoding of messages (RFC 5322, 2045–2047), as far as the mails of one program go: UTF-8 only, first text and first
//! HTML part, nested multiparts.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

#[derive(Debug, Default)]
pub struct Message {
    pub headers: Vec<(String, String)>,
    pub text: String,
    pub html: String,
}

pub fn parse(raw: &[u8]) -> Message {
    let (headers, body) = split(raw);
    let mut message = Message {
        headers,
        ..Message::default()
    };
    let headers = std::mem::take(&mut message.headers);
    collect(&headers, body, &mut message);
    message.headers = headers;
    message
}

fn collect(headers: &[(String, String)], body: &[u8], message: &mut Message) {
    let kind = value(headers, "Content-Type").unwrap_or("text/plain");
    let is = |wanted: &str| {
        kind.trim_start()
            .get(..wanted.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(wanted))
    };
    if let Some(boundary) = is("multipart/").then(|| parameter(kind, "boundary")).flatten() {
        for part in parts(body, &boundary) {
            let (headers, body) = split(part);
            collect(&headers, body, message);
        }
    } else if is("text/html") && message.html.is_empty() {
        message.html = decode(headers, body);
    } else if is("text/plain") && message.text.is_empty() {
        message.text = decode(headers, body);
    }
}

/// The headers, unfolded and decoded, and what comes after the empty line.
fn split(raw: &[u8]) -> (Vec<(String, String)>, &[u8]) {
    let mut headers: Vec<(String, String)> = Vec::new();
    let mut rest = raw;
    while !rest.is_empty() {
        let end = rest
            .iter()
            .position(|byte| *byte == b'\n')
            .map_or(rest.len(), |end| end + 1);
        let (line, after) = rest.split_at(end);
        rest = after;
        let line = String::from_utf8_lossy(line);
        let line = line.trim_end_matches(['\r', '\n']);
        if line.is_empty() {
            break;
        }
        if let (true, Some((_, value))) = (line.starts_with([' ', '\t']), headers.last_mut()) {
            value.push_str(line);
        } else if let Some((name, value)) = line.split_once(':') {
            headers.push((name.to_owned(), value.trim().to_owned()));
        }
    }
    for (_, value) in &mut headers {
        *value = words(value);
    }
    (headers, rest)
}

fn parts<'a>(body: &'a [u8], boundary: &str) -> Vec<&'a [u8]> {
    let delimiter = format!("--{boundary}");
    let mut parts = Vec::new();
    let (mut start, mut place) = (None, 0);
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(delimiter.as_bytes()) {
            // The line end before a delimiter belongs to the delimiter.
            let part = start.map(|start| &body[start..place]);
            parts.extend(part.map(|part| part.strip_suffix(b"\r\n").or(part.strip_suffix(b"\n")).unwrap_or(part)));
            if line[delimiter.len()..].starts_with(b"--") {
                return parts;
            }
            start = Some(place + line.len());
        }
        place += line.len();
    }
    parts.extend(start.map(|start| &body[start..]));
    parts
}

fn decode(headers: &[(String, String)], body: &[u8]) -> String {
    let encoding = value(headers, "Content-Transfer-Encoding")
        .unwrap_or_default()
        .to_ascii_lowercase();
    let bytes = match encoding.trim() {
        "base64" => unbase64(body),
        "quoted-printable" => unquote(body),
        _ => body.to_vec(),
    };
    String::from_utf8_lossy(&bytes).replace("\r\n", "\n")
}

fn unbase64(text: &[u8]) -> Vec<u8> {
    let text: Vec<u8> = text
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    BASE64
        .decode(text)
        .unwrap_or_else(|error| panic!("a mail's base64 is wrong: {error}"))
}

fn unquote(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, after)) = rest.split_first() {
        rest = match (first, after) {
            (b'=', [b'\r', b'\n', after @ ..] | [b'\n', after @ ..]) => after,
            (b'=', [high, low, after @ ..]) => {
                let digit = |byte: &u8| {
                    char::from(*byte)
                        .to_digit(16)
                        .and_then(|digit| u8::try_from(digit).ok())
                };
                match (digit(high), digit(low)) {
                    (Some(high), Some(low)) => bytes.push(high * 16 + low),
                    _ => bytes.extend([b'=', *high, *low]),
                }
                after
            }
            _ => {
                bytes.push(first);
                after
            }
        };
    }
    bytes
}

/// `=?utf-8?Q?Ren=C3=A9?=` and its base64 sister; spaces between two of them are no part of the text.
fn words(value: &str) -> String {
    let mut text = String::new();
    let mut rest = value;
    let mut after_word = false;
    while let Some(start) = rest.find("=?") {
        let between = &rest[..start];
        let Some((word, after)) = word(&rest[start + 2..]) else {
            break;
        };
        if !(after_word && between.trim().is_empty()) {
            text.push_str(between);
        }
        text.push_str(&word);
        (rest, after_word) = (after, true);
    }
    text + rest
}

fn word(rest: &str) -> Option<(String, &str)> {
    let (_charset, rest) = rest.split_once('?')?;
    let (encoding, rest) = rest.split_once('?')?;
    let (content, rest) = rest.split_once("?=")?;
    let bytes = match encoding {
        "B" | "b" => unbase64(content.as_bytes()),
        "Q" | "q" => unquote(content.replace('_', " ").as_bytes()),
        _ => return None,
    };
    Some((String::from_utf8_lossy(&bytes).into_owned(), rest))
}

fn value<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers
        .iter()
        .find(|(header, _)| header.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
}

fn parameter(value: &str, name: &str) -> Option<String> {
    value.split(';').skip(1).find_map(|parameter| {
        let (key, value) = parameter.split_once('=')?;
        key.trim()
            .eq_ignore_ascii_case(name)
            .then(|| value.trim().trim_matches('"').to_owned())
    })
}

#[cfg(test)]
mod test {
    use super::parse;

    #[test]
    fn both_alternatives_and_every_encoding_are_read() {
        let raw = "Subject: =?utf-8?B?SW52aXRhdGlvbiBm?=\r\n =?utf-8?Q?=C3=BCr_Ren=C3=A9?= to Acme\r\n\
            Content-Type: multipart/alternative;\r\n boundary=\"a-b\"\r\n\r\nignored\r\n\
            --a-b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
            Gr=C3=BC=\r\n=C3=9Fe 1 =3D 1\r\n\
            --a-b\r\nContent-Type: multipart/related; boundary=inner\r\n\r\n\
            --inner\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\nPHA+R3LD\r\nvMOfZTwvcD4=\r\n\
            --inner--\r\n--a-b--\r\n";
        let message = parse(raw.as_bytes());
        assert_eq!(
            message.headers[0],
            ("Subject".to_owned(), "Invitation für René to Acme".to_owned())
        );
        assert_eq!(message.text, "Grüße 1 = 1");
        assert_eq!(message.html, "<p>Grüße</p>");
    }

    #[test]
    fn a_message_without_headers_of_mime_is_text() {
        let message = parse(b"Subject: Hello\n\nOne line\n");
        assert_eq!((message.text.as_str(), message.html.as_str()), ("One line\n", ""));
    }
}
