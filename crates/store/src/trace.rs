//! The part of a request's trace that is spent with the database: from asking for a connection until it is given back.

use domain::trace::TARGET;
use tracing::{Span, trace_span};

pub fn reading(sqlite: bool) -> Span {
    trace_span!(target: TARGET, "database read", otel.kind = "client", db.system.name = system(sqlite))
}

pub fn writing(sqlite: bool) -> Span {
    trace_span!(target: TARGET, "database write", otel.kind = "client", db.system.name = system(sqlite))
}

const fn system(sqlite: bool) -> &'static str {
    if sqlite { "sqlite" } else { "postgresql" }
}
