//! By which name the floors tell of what may be part of a trace. They make spans of this target and know of nobody who takes
//! them; where nobody does, none is made.

/// Spans of it leave the house, when the operator wants them to: neither people's data nor secrets belong into their fields.
pub const TARGET: &str = "roster::trace";
