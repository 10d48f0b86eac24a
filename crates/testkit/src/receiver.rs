//! A place that entries of the audit log are forwarded to: a syslog server that counts octets, or an address that takes
//! POSTs; in the clear or over TLS by an authority of its own.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;
use tokio_rustls::TlsAcceptor;

/// What came in one piece: a syslog message, or a request.
#[derive(Clone, Debug, Default)]
pub struct Received {
    /// Of a request, its lines before the body.
    pub head: String,
    pub body: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaks {
    Syslog,
    Http,
}

pub struct Receiver {
    pub address: SocketAddr,
    /// The authority that its certificate is by; empty without TLS.
    pub certificate: String,
    shared: Arc<Shared>,
    serving: AbortHandle,
}

struct Shared {
    speaks: Speaks,
    received: Mutex<Vec<Received>>,
    well: AtomicBool,
}

impl Receiver {
    pub async fn start(speaks: Speaks) -> Self {
        Self::listening(speaks, None, String::new()).await
    }

    pub async fn start_with_tls(speaks: Speaks) -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]);
        let made = made.unwrap_or_else(|error| panic!("no certificate: {error}"));
        let key = rustls::pki_types::PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
        crate::tls::ready();
        let server = rustls::ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap_or_else(|error| panic!("no TLS: {error}"));
        let acceptor = TlsAcceptor::from(Arc::new(server));
        Self::listening(speaks, Some(acceptor), made.cert.pem()).await
    }

    async fn listening(speaks: Speaks, tls: Option<TlsAcceptor>, certificate: String) -> Self {
        // Whoever sends over HTTP needs it, too.
        crate::tls::ready();
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.unwrap_or_else(|error| panic!("no port: {error}"));
        let address = listener
            .local_addr()
            .unwrap_or_else(|error| panic!("no address: {error}"));
        let shared = Arc::new(Shared {
            speaks,
            received: Mutex::default(),
            well: AtomicBool::new(true),
        });
        let serving = tokio::spawn(serve(listener, tls, Arc::clone(&shared))).abort_handle();
        Self {
            address,
            certificate,
            shared,
            serving,
        }
    }

    /// Whether it takes what comes. Otherwise it refuses a request, and breaks a connection with something unread.
    pub fn behave(&self, well: bool) {
        self.shared.well.store(well, Ordering::SeqCst);
    }

    /// Everything that it has taken so far.
    pub fn received(&self) -> Vec<Received> {
        self.shared
            .received
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The entries in it, each as a line of an export.
    pub fn entries(&self) -> Vec<String> {
        let received = self.received();
        match self.shared.speaks {
            Speaks::Http => received
                .iter()
                .flat_map(|one| one.body.lines().map(str::to_owned).collect::<Vec<_>>())
                .collect(),
            // Behind the seven words of RFC 5424's header.
            Speaks::Syslog => received
                .iter()
                .map(|one| one.body.splitn(8, ' ').nth(7).unwrap_or_default().to_owned())
                .collect(),
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(listener: TcpListener, tls: Option<TlsAcceptor>, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (tls, shared) = (tls.clone(), Arc::clone(&shared));
        tokio::spawn(async move {
            match tls {
                None => answer(stream, &shared).await,
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        answer(stream, &shared).await;
                    }
                }
            }
        });
    }
}

/// What can be broken off so that the other side notices.
trait Broken {
    fn reset(&self);
}

impl Broken for TcpStream {
    fn reset(&self) {
        let _already_gone = self.set_zero_linger();
    }
}

impl Broken for tokio_rustls::server::TlsStream<TcpStream> {
    fn reset(&self) {
        self.get_ref().0.reset();
    }
}

async fn answer(mut stream: impl AsyncRead + AsyncWrite + Broken + Unpin, shared: &Shared) {
    let well = shared.well.load(Ordering::SeqCst);
    let mut bytes = Vec::new();
    if shared.speaks == Speaks::Syslog && !well {
        let _one = stream.read_u8().await;
        stream.reset();
        return;
    }
    let mut some = [0; 4096];
    loop {
        match stream.read(&mut some).await {
            Ok(0) | Err(_) => break,
            Ok(length) => bytes.extend_from_slice(&some[..length]),
        }
        if shared.speaks == Speaks::Http && request(&bytes).is_some() {
            break;
        }
    }
    let found = match shared.speaks {
        Speaks::Syslog => messages(&bytes),
        Speaks::Http => request(&bytes).into_iter().collect(),
    };
    if shared.speaks == Speaks::Http {
        let status = if well {
            "204 No Content"
        } else {
            "503 Service Unavailable"
        };
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        if well {
            shared
                .received
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .extend(found);
        }
        let _gone = stream.write_all(answer.as_bytes()).await;
    } else {
        shared
            .received
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(found);
    }
    let _gone = stream.shutdown().await;
}

/// A whole request; none where more is to come.
fn request(bytes: &[u8]) -> Option<Received> {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse::<usize>().ok())
            .flatten()
    });
    (body.len() >= length.unwrap_or(0)).then(|| Received {
        head: head.to_owned(),
        body: body.to_owned(),
    })
}

/// RFC 6587, section 3.4.1.
fn messages(mut bytes: &[u8]) -> Vec<Received> {
    let mut found = Vec::new();
    while let Some(place) = bytes.iter().position(|byte| *byte == b' ') {
        let length: usize = String::from_utf8_lossy(&bytes[..place]).parse().unwrap_or(usize::MAX);
        let Some(message) = bytes.get(place + 1..).and_then(|rest| rest.get(..length)) else {
            panic!("a message is shorter than it says");
        };
        found.push(Received {
            head: String::new(),
            body: String::from_utf8_lossy(message).into_owned(),
        });
        bytes = &bytes[place + 1 + length..];
    }
    found
}
