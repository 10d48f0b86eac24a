//! `listener`: where the instance listens; a new set is tried first, and confirmed by way of one of it.

use std::net::SocketAddr;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::Preview;
use super::api::Call;
use super::context::Context;
use super::failure::Failure;
use super::output::{printable, table, text};

#[derive(Subcommand)]
pub enum Verb {
    /// List where the instance listens
    List,
    /// Try a new set, in place of all but the first one; it reverts unless it is confirmed within two minutes
    Set(Set),
    /// Confirm the set that is being tried; --server names one of the new addresses
    Confirm,
}

#[derive(Args)]
pub struct Set {
    /// A listener: NAME=ADDRESS:PORT[,tls][,console][,api][,access][,metrics]; may be repeated; none: the first one alone
    #[arg(value_name = "LISTENER", value_parser = listener)]
    listeners: Vec<Value>,
    #[command(flatten)]
    preview: Preview,
}

const PATH: &str = "/instance/listeners";

pub async fn run(context: &mut Context<'_>, verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::List => {
            let answer = context.api.call(Call::get(PATH)).await?;
            show(context, &answer);
        }
        Verb::Set(set) => {
            let call = Call::put(PATH, json!({ "listeners": set.listeners }));
            if let Some(answer) = context.write(call, set.preview).await? {
                show(context, &answer);
            }
        }
        Verb::Confirm => {
            let call = Call::post(format!("{PATH}/confirmation"), json!({}));
            let answer = context.api.call(call).await?;
            show(context, &answer);
        }
    }
    Ok(())
}

/// `public=0.0.0.0:443,tls,console,api`
fn listener(typed: &str) -> Result<Value, String> {
    let form =
        || "it takes NAME=ADDRESS:PORT and what it serves, such as public=0.0.0.0:443,tls,console,api".to_owned();
    let (name, rest) = typed.split_once('=').ok_or_else(form)?;
    let mut words = rest.split(',');
    let socket: SocketAddr = words.next().unwrap_or_default().parse().map_err(|_| form())?;
    let (tls, serves): (Vec<&str>, Vec<&str>) = words.partition(|word| *word == "tls");
    Ok(json!({
        "name": name,
        "address": socket.ip(),
        "port": socket.port(),
        "tls": !tls.is_empty(),
        "serves": serves,
    }))
}

fn show(context: &mut Context<'_>, answer: &Value) {
    let listeners = answer["listeners"].as_array().into_iter().flatten();
    let rows = listeners.map(|listener| {
        vec![
            text(listener, &["name"]),
            text(listener, &["url"]),
            text(listener, &["serves"]),
            text(listener, &["state"]),
            text(listener, &["problem"]),
        ]
    });
    context.show(
        answer,
        table(&["NAME", "URL", "SERVES", "STATE", "PROBLEM"], rows.collect()),
    );
    let trial = &answer["trial"];
    if trial.is_object() {
        let places = text(trial, &["confirm_at"]);
        context.note(format!(
            "This reverts at {} unless it is confirmed: roster listener confirm --server {}",
            printable(&text(trial, &["until"])),
            printable(&places)
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_is_typed_in_one_word() {
        let typed = listener("public=0.0.0.0:443,tls,console,api").unwrap();
        let expected =
            json!({ "name": "public", "address": "0.0.0.0", "port": 443, "tls": true, "serves": ["console", "api"] });
        assert_eq!(typed, expected);
        for wrong in ["public", "public=443", "public=localhost:443"] {
            assert!(listener(wrong).is_err(), "{wrong}");
        }
    }
}
