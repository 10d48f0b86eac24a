//! Spans as OTLP has them: the message `ExportTraceServiceRequest` in Protocol Buffers. It is written here because it is six
//! messages that never change; that they are read as they are meant is tested with the standard's own types.

use domain::Timestamp;

use super::span::{Kind, Span, Value};

const SCOPE: &str = "roster";

/// The kinds of values on the wire.
const VARINT: u64 = 0;
const FIXED64: u64 = 1;
const LENGTH: u64 = 2;

/// All of them as one request. `resource` is of whom they tell.
pub fn request(resource: &[(String, String)], spans: &[Span]) -> Vec<u8> {
    let mut out = Message::default();
    out.message(1, |of_resource| {
        of_resource.message(1, |told| {
            for (key, value) in resource {
                told.attribute(1, key, &Value::Text(value.clone()));
            }
        });
        of_resource.message(2, |of_scope| {
            of_scope.message(1, |scope| {
                scope.text(1, SCOPE);
                scope.text(2, env!("CARGO_PKG_VERSION"));
            });
            for span in spans {
                of_scope.message(2, |message| write(message, span));
            }
        });
    });
    out.0
}

fn write(out: &mut Message, span: &Span) {
    out.bytes(1, &span.place.trace);
    out.bytes(2, &span.place.span);
    if let Some(parent) = &span.parent {
        out.bytes(4, parent);
    }
    out.text(5, &span.name);
    out.number(
        6,
        match span.kind {
            Kind::Internal => 1,
            Kind::Server => 2,
            Kind::Client => 3,
        },
    );
    out.fixed(7, nanoseconds(span.began));
    out.fixed(8, nanoseconds(span.ended));
    for (key, value) in &span.attributes {
        out.attribute(9, key, value);
    }
    if span.failed {
        out.message(15, |status| status.number(3, 2));
    }
}

fn nanoseconds(at: Timestamp) -> u64 {
    u64::try_from(at.micros()).unwrap_or_default().saturating_mul(1_000)
}

#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    fn key(&mut self, field: u64, kind: u64) {
        self.varint(field << 3 | kind);
    }

    fn number(&mut self, field: u64, number: u64) {
        self.key(field, VARINT);
        self.varint(number);
    }

    fn fixed(&mut self, field: u64, number: u64) {
        self.key(field, FIXED64);
        self.0.extend(number.to_le_bytes());
    }

    fn bytes(&mut self, field: u64, bytes: &[u8]) {
        self.key(field, LENGTH);
        self.varint(bytes.len() as u64);
        self.0.extend(bytes);
    }

    fn text(&mut self, field: u64, text: &str) {
        self.bytes(field, text.as_bytes());
    }

    fn message(&mut self, field: u64, fill: impl FnOnce(&mut Self)) {
        let mut inner = Self::default();
        fill(&mut inner);
        self.bytes(field, &inner.0);
    }

    fn attribute(&mut self, field: u64, key: &str, value: &Value) {
        self.message(field, |pair| {
            pair.text(1, key);
            pair.message(2, |any| match value {
                Value::Text(text) => any.text(1, text),
                Value::Truth(truth) => any.number(2, u64::from(*truth)),
                Value::Number(number) => any.number(3, number.cast_unsigned()),
            });
        });
    }
}

#[cfg(test)]
mod tests {
    use testkit::collector::{ExportTraceServiceRequest, Message as _, attribute};

    use super::super::span::Place;
    use super::*;

    #[test]
    fn what_is_written_is_read_by_the_standards_own_types() {
        let span = Span {
            place: Place {
                trace: [1; 16],
                span: [2; 8],
            },
            parent: Some([3; 8]),
            name: "GET /people/é".to_owned(),
            kind: Kind::Server,
            began: Timestamp::from_micros(1_700_000_000_000_000),
            ended: Timestamp::from_micros(1_700_000_000_000_250),
            failed: true,
            attributes: vec![
                ("text", Value::Text("x".repeat(300))),
                ("number", Value::Number(-5)),
                ("truth", Value::Truth(true)),
            ],
        };
        let other = Span {
            parent: None,
            kind: Kind::Client,
            failed: false,
            ..span.clone()
        };
        let resource = [("service.name".to_owned(), "roster".to_owned())];
        let read = ExportTraceServiceRequest::decode(request(&resource, &[span, other]).as_slice()).unwrap();
        let [of_resource] = &read.resource_spans[..] else {
            panic!("{read:?}");
        };
        let told = &of_resource.resource.as_ref().unwrap().attributes;
        assert_eq!(attribute(told, "service.name").as_deref(), Some("roster"));
        let [first, second] = &of_resource.scope_spans[0].spans[..] else {
            panic!("{read:?}");
        };
        assert_eq!(
            (first.trace_id.as_slice(), first.span_id.as_slice()),
            (&[1; 16][..], &[2; 8][..])
        );
        assert_eq!(first.parent_span_id, [3; 8]);
        assert_eq!(first.name, "GET /people/é");
        assert_eq!((first.kind, second.kind), (2, 3));
        assert_eq!(first.end_time_unix_nano - first.start_time_unix_nano, 250_000);
        assert_eq!(first.start_time_unix_nano, 1_700_000_000_000_000_000);
        assert_eq!(first.status.as_ref().unwrap().code, 2);
        assert_eq!(attribute(&first.attributes, "text").unwrap().len(), 300);
        assert_eq!(attribute(&first.attributes, "number").as_deref(), Some("-5"));
        assert_eq!(attribute(&first.attributes, "truth").as_deref(), Some("true"));
        assert!(second.parent_span_id.is_empty() && second.status.is_none());
    }
}
