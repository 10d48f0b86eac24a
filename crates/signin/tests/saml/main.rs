//! What an identity provider says is believed when all fits, and in no other case. Every attack that has worked somewhere
//! is tried here against a provider that signs with a key of its own.

mod hostile;
mod metadata;
mod provider;
mod sincere;
