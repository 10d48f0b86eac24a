//! Which sockets are open on this node, and what is being tried.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use domain::listener::{Listener, Trial};

type Later<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Whoever holds the sockets.
pub trait Host: Send + Sync {
    /// Listens, and serves from now on. An error says why it cannot.
    fn open(&self, socket: SocketAddr, tls: bool) -> Later<'_, std::result::Result<(), String>>;

    /// Listens no more; requests that run may finish.
    fn close(&self, socket: SocketAddr) -> Later<'_, ()>;
}

#[derive(Default)]
pub struct Stage {
    pub host: Option<Arc<dyn Host>>,
    pub open: BTreeMap<SocketAddr, bool>,
    /// Of those that were confirmed and cannot be listened on.
    pub failed: BTreeMap<SocketAddr, String>,
    pub trial: Option<Trial>,
}

impl Stage {
    pub async fn open(&mut self, listener: &Listener) -> std::result::Result<(), String> {
        let socket = listener.socket();
        if self.open.get(&socket) == Some(&listener.tls) {
            return Ok(());
        }
        self.close(socket).await;
        let host = self.host.clone().ok_or("this program does not listen by itself")?;
        host.open(socket, listener.tls).await?;
        self.open.insert(socket, listener.tls);
        Ok(())
    }

    pub async fn close(&mut self, socket: SocketAddr) {
        if self.open.remove(&socket).is_some()
            && let Some(host) = self.host.clone()
        {
            host.close(socket).await;
        }
    }

    pub async fn close_all_but(&mut self, kept: &BTreeSet<SocketAddr>) {
        let gone: Vec<SocketAddr> = self
            .open
            .keys()
            .copied()
            .filter(|socket| !kept.contains(socket))
            .collect();
        for socket in gone {
            self.close(socket).await;
        }
    }
}
