//! The program itself, started as its operator starts it: what it prints, refuses, logs, survives and leaves behind.

mod bulk;
mod client;
mod demo;
mod end;
mod house;
mod log;
mod place;
mod refusal;
mod start;
