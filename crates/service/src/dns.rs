//! What the public records of a domain say. Asked anew each time: whoever has just written a record does not want to hear of
//! yesterday's.

use std::net::SocketAddr;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig, ResolverOpts};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::RData;

/// How long a name server may take, each of two times.
const PATIENCE: Duration = Duration::from_secs(4);
/// More text than any proof needs.
const MOST_RECORDS: usize = 64;

/// The texts at a name, each record's parts put together.
///
/// # Errors
/// Why there is none, in words.
pub async fn text_records(server: Option<SocketAddr>, name: &str) -> Result<Vec<String>, String> {
    let resolver = resolver(server).map_err(|error| format!("The name server cannot be asked: {error}."))?;
    let lookup = match resolver.txt_lookup(format!("{name}.")).await {
        Ok(lookup) => lookup,
        Err(error) if error.is_no_records_found() => return Ok(Vec::new()),
        Err(error) => return Err(format!("The name server did not answer as asked: {error}.")),
    };
    let texts = lookup.answers().iter().filter_map(|record| match &record.data {
        RData::TXT(text) => Some(
            text.txt_data
                .iter()
                .map(|part| String::from_utf8_lossy(part))
                .collect::<String>(),
        ),
        _ => None,
    });
    Ok(texts.take(MOST_RECORDS).collect())
}

fn resolver(server: Option<SocketAddr>) -> Result<TokioResolver, String> {
    let builder = match server {
        Some(address) => {
            let at = |mut connection: ConnectionConfig| {
                connection.port = address.port();
                connection
            };
            let connections = vec![at(ConnectionConfig::udp()), at(ConnectionConfig::tcp())];
            let server = NameServerConfig::new(address.ip(), true, connections);
            let config = ResolverConfig::from_name_servers(vec![server]);
            TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
        }
        None => TokioResolver::builder_tokio().map_err(|error| error.to_string())?,
    };
    let mut options = ResolverOpts::default();
    options.timeout = PATIENCE;
    options.attempts = 1;
    options.cache_size = 0;
    builder.with_options(options).build().map_err(|error| error.to_string())
}
