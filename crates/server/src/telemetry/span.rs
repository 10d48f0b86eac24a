//! Takes the spans that the floors make: whose trace they belong to, when they began and ended, what they say. Only what
//! happens in a request is taken; work beside requests has no trace.

use std::fmt::Debug;

use domain::Timestamp;
use service::ambient::{Clock, entropy};
use service::metrics::spans_dropped;
use tokio::sync::mpsc::Sender;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// A span that has ended.
#[derive(Clone, Debug)]
pub struct Span {
    pub place: Place,
    pub parent: Option<[u8; 8]>,
    pub name: String,
    pub kind: Kind,
    pub began: Timestamp,
    pub ended: Timestamp,
    pub failed: bool,
    pub attributes: Vec<(&'static str, Value)>,
}

/// Which trace, and which span of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub trace: [u8; 16],
    pub span: [u8; 8],
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    #[default]
    Internal,
    Server,
    Client,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Text(String),
    Number(i64),
    Truth(bool),
}

/// Which traces are sent: those of callers who send theirs, or a share of all.
#[derive(Clone, Copy, Debug)]
pub struct Sampler {
    pub asks_parent: bool,
    pub share: Share,
}

/// A share of all traces, by their ids, so that every server decides alike.
#[derive(Clone, Copy, Debug)]
pub struct Share(u64);

impl Share {
    pub const ALL: Self = Self(1 << 63);
    pub const NONE: Self = Self(0);

    pub fn of(ratio: f64) -> Self {
        Self((ratio.clamp(0.0, 1.0) * (1u64 << 63) as f64) as u64)
    }

    fn has(self, trace: [u8; 16]) -> bool {
        let [.., a, b, c, d, e, f, g, h] = trace;
        u64::from_be_bytes([a, b, c, d, e, f, g, h]) >> 1 < self.0
    }
}

impl Sampler {
    fn wants(self, trace: [u8; 16], caller: Option<&Caller>) -> bool {
        match caller {
            Some(caller) if self.asks_parent => caller.sampled,
            _ => self.share.has(trace),
        }
    }
}

/// Where a caller's trace stands (W3C Trace Context).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Caller {
    place: Place,
    sampled: bool,
}

impl Caller {
    /// None where it is not written as it must be: then the trace begins here.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let [version] = bytes(version)?;
        if version == 0xff || (version == 0 && parts.next().is_some()) {
            return None;
        }
        let place = Place {
            trace: bytes(trace).filter(|id| *id != [0; 16])?,
            span: bytes(span).filter(|id| *id != [0; 8])?,
        };
        let [flags] = bytes(flags)?;
        Some(Self {
            place,
            sampled: flags & 1 == 1,
        })
    }
}

/// Small hexadecimal digits, exactly as many as it takes.
fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digit = |letter: u8| match letter {
        b'0'..=b'9' => Some(letter - b'0'),
        b'a'..=b'f' => Some(letter - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; N];
    if text.len() != 2 * N {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

/// What the fields of a span or event say.
#[derive(Default)]
struct Said {
    name: Option<String>,
    kind: Option<Kind>,
    failed: bool,
    traceparent: Option<String>,
    attributes: Vec<(&'static str, Value)>,
}

impl Said {
    fn add(&mut self, field: &Field, value: Value) {
        match (field.name(), value) {
            ("otel.name", Value::Text(name)) => self.name = Some(name),
            ("otel.kind", Value::Text(kind)) => {
                self.kind = Some(if kind == "server" { Kind::Server } else { Kind::Client });
            }
            ("otel.status", _) => self.failed = true,
            ("traceparent", Value::Text(text)) => self.traceparent = Some(text),
            (name, value) => self.attributes.push((name, value)),
        }
    }
}

impl Visit for Said {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.add(field, Value::Text(format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, Value::Text(value.to_owned()));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, Value::Number(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, Value::Number(i64::try_from(value).unwrap_or(i64::MAX)));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, Value::Truth(value));
    }
}

/// The layer that takes them.
pub struct Spans {
    queue: Sender<Span>,
    sampler: Sampler,
}

impl Spans {
    pub fn new(queue: Sender<Span>, sampler: Sampler) -> Self {
        Self { queue, sampler }
    }

    /// Where a request's span stands: in its caller's trace, or in one of its own; none where it is not wanted.
    fn begin(&self, traceparent: Option<&str>) -> Option<(Place, Option<[u8; 8]>)> {
        let caller = traceparent.and_then(Caller::parse);
        let trace = caller.map_or_else(entropy, |caller| caller.place.trace);
        let wanted = self.sampler.wants(trace, caller.as_ref());
        let span = wanted.then(entropy)?;
        Some((Place { trace, span }, caller.map(|caller| caller.place.span)))
    }
}

impl<S> Layer<S> for Spans
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut said = Said::default();
        attributes.record(&mut said);
        let around = span
            .scope()
            .skip(1)
            .find_map(|around| around.extensions().get::<Span>().map(|around| around.place));
        let kind = said.kind.unwrap_or_default();
        let placed = match (around, kind) {
            (Some(around), _) => {
                let trace = around.trace;
                Some((Place { trace, span: entropy() }, Some(around.span)))
            }
            (None, Kind::Server) => self.begin(said.traceparent.as_deref()),
            (None, _) => None,
        };
        let Some((place, parent)) = placed else { return };
        let now = Clock::System.now();
        span.extensions_mut().insert(Span {
            place,
            parent,
            name: said.name.unwrap_or_else(|| span.name().to_owned()),
            kind,
            began: now,
            ended: now,
            failed: said.failed,
            attributes: said.attributes,
        });
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(open) = span.extensions_mut().get_mut::<Span>() {
            let mut said = Said::default();
            values.record(&mut said);
            open.failed |= said.failed;
            open.attributes.extend(said.attributes);
        }
    }

    /// What is told of a request while it runs is said by its own span.
    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        for span in context.event_scope(event).into_iter().flatten() {
            let mut extensions = span.extensions_mut();
            if let Some(open) = extensions.get_mut::<Span>().filter(|open| open.kind == Kind::Server) {
                let mut said = Said::default();
                event.record(&mut said);
                open.attributes
                    .retain(|(name, _)| !said.attributes.iter().any(|(new, _)| new == name));
                open.attributes.extend(said.attributes);
                return;
            }
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let Some(mut open) = span.extensions_mut().remove::<Span>() else {
            return;
        };
        open.ended = Clock::System.now();
        if self.queue.try_send(open).is_err() {
            spans_dropped(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callers_trace_is_gone_on_with_only_if_it_is_written_as_it_must_be() {
        let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let caller = Caller::parse(good).unwrap();
        assert_eq!(caller.place.span, [0xb7, 0xad, 0x6b, 0x71, 0x69, 0x20, 0x33, 0x31]);
        assert!(caller.sampled);
        assert!(!Caller::parse(&good.replace("-01", "-00")).unwrap().sampled);
        assert!(
            Caller::parse(&format!("01{}-more", &good[2..])).is_some(),
            "a later version"
        );
        for bad in [
            "",
            "00",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
            "00-é0af7651916cd43dd8448eb211c8031-b7ad6b7169203331-01",
        ] {
            assert_eq!(Caller::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_share_of_traces_is_chosen_by_their_ids() {
        let trace = |number: u64| {
            let mut trace = [7; 16];
            trace[8..].copy_from_slice(&number.to_be_bytes());
            trace
        };
        for number in [0, 1, u64::MAX / 2, u64::MAX] {
            assert!(Share::ALL.has(trace(number)) && Share::of(1.0).has(trace(number)));
            assert!(!Share::NONE.has(trace(number)) && !Share::of(0.0).has(trace(number)));
        }
        let half = Share::of(0.5);
        assert!(half.has(trace(u64::MAX / 4)) && !half.has(trace(u64::MAX / 4 * 3)));
    }

    #[test]
    fn a_caller_decides_where_callers_are_asked() {
        let place = Place {
            trace: [1; 16],
            span: [1; 8],
        };
        let caller = |sampled| Caller { place, sampled };
        let asks = Sampler {
            asks_parent: true,
            share: Share::NONE,
        };
        assert!(asks.wants(place.trace, Some(&caller(true))));
        assert!(!asks.wants(place.trace, None));
        let all = Sampler {
            asks_parent: false,
            share: Share::ALL,
        };
        assert!(all.wants(place.trace, Some(&caller(false))));
    }
}
