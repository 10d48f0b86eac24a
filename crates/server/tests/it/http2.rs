//! HTTP/2 over TLS: chosen by whoever connects, within limits that no single client can push; HTTP/1.1 stays.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use h2::client::{SendRequest, handshake};
use http::{Request, StatusCode};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use testkit::certificate::Authority;
use testkit::tls;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::house::{House, Node};
use crate::tls::{HOST, write};

const PATIENCE: Duration = Duration::from_secs(30);

struct Served {
    node: Node,
    root: Authority,
    _house: House,
}

async fn served() -> Served {
    let house = House::new();
    let root = Authority::new("Root");
    let [certificate, key] = write(&house, &root.issue(HOST), &root);
    let node = house
        .serve(&["--tls-certificate", &certificate, "--tls-key", &key])
        .await;
    Served {
        node,
        root,
        _house: house,
    }
}

impl Served {
    fn address(&self) -> &str {
        self.node.url.strip_prefix("https://").unwrap()
    }

    /// A connection by somebody who speaks these.
    async fn connect(&self, speaks: &[&str]) -> TlsStream<TcpStream> {
        tls::ready();
        let mut roots = rustls::RootCertStore::empty();
        let root = CertificateDer::from_pem_slice(self.root.pem().as_bytes()).unwrap();
        roots.add(root).unwrap();
        let mut config = rustls::ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = speaks.iter().map(|name| name.as_bytes().to_vec()).collect();
        let stream = TcpStream::connect(self.address()).await.unwrap();
        let connector = TlsConnector::from(Arc::new(config));
        let host = ServerName::try_from(HOST).unwrap();
        connector.connect(host, stream).await.unwrap()
    }

    /// A client of HTTP/2, and the task that tells how its connection ended.
    async fn client(&self) -> (SendRequest<Bytes>, tokio::task::JoinHandle<Result<(), h2::Error>>) {
        let (client, connection) = handshake(self.connect(&["h2", "http/1.1"]).await).await.unwrap();
        (client, tokio::spawn(connection))
    }

    fn request(&self, path: &str) -> http::request::Builder {
        Request::get(format!("{}{path}", self.node.url))
    }
}

async fn status(client: &SendRequest<Bytes>, request: Request<()>) -> Result<StatusCode, h2::Error> {
    let mut ready = client.clone().ready().await?;
    let (answer, _) = ready.send_request(request, true)?;
    Ok(timeout(PATIENCE, answer).await.unwrap()?.status())
}

#[tokio::test]
async fn whoever_speaks_it_is_answered_by_http_2_and_others_as_before() {
    let served = served().await;
    let chosen = |stream: &TlsStream<TcpStream>| stream.get_ref().1.alpn_protocol().map(<[u8]>::to_vec);
    let both = served.connect(&["http/1.1", "h2"]).await;
    assert_eq!(chosen(&both).as_deref(), Some(&b"h2"[..]));
    let (client, _) = served.client().await;
    assert_eq!(
        status(&client, served.request("/healthz").body(()).unwrap())
            .await
            .unwrap(),
        200
    );
    // The name asked for stands where HTTP/1.1 has its Host.
    assert_eq!(
        status(&client, served.request("/metrics").body(()).unwrap())
            .await
            .unwrap(),
        200
    );
    for speaks in [&["http/1.1"][..], &[]] {
        let mut stream = served.connect(speaks).await;
        assert_eq!(chosen(&stream), speaks.first().map(|name| name.as_bytes().to_vec()));
        let asked = format!("GET /healthz HTTP/1.1\r\nhost: {HOST}\r\nconnection: close\r\n\r\n");
        stream.write_all(asked.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        timeout(PATIENCE, stream.read_to_end(&mut answer))
            .await
            .unwrap()
            .unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 200"), "{answer:?}");
    }
    served.node.stop().await;
}

#[tokio::test]
async fn a_head_without_end_is_refused() {
    let served = served().await;
    let (client, _) = served.client().await;
    let long = "x".repeat(40_000);
    let request = served.request("/healthz").header("x-long", long).body(()).unwrap();
    assert_eq!(status(&client, request).await.unwrap(), 431);
    let request = served.request("/healthz").body(()).unwrap();
    assert_eq!(status(&client, request).await.unwrap(), 200, "the connection goes on");
}

#[tokio::test]
async fn whoever_takes_back_requests_without_end_loses_the_connection_and_nobody_else_does() {
    let served = served().await;
    let (client, connection) = served.client().await;
    let (other, _) = served.client().await;
    let flood = async {
        for _ in 0..200_000 {
            let Ok(mut ready) = client.clone().ready().await else {
                return;
            };
            let Ok((answer, mut stream)) = ready.send_request(served.request("/healthz").body(()).unwrap(), true)
            else {
                return;
            };
            stream.send_reset(h2::Reason::CANCEL);
            drop(answer);
        }
    };
    timeout(PATIENCE, flood).await.unwrap();
    let ended = timeout(PATIENCE, connection).await.expect("it is ended").unwrap();
    // Its reason may be lost with the connection, for more was on its way.
    let error = ended.unwrap_err();
    assert!(
        error.is_io() || error.reason() == Some(h2::Reason::ENHANCE_YOUR_CALM),
        "{error:?}"
    );
    let request = served.request("/healthz").body(()).unwrap();
    assert_eq!(status(&other, request).await.unwrap(), 200);
}

#[tokio::test]
async fn in_the_clear_only_http_1_is_spoken() {
    let house = House::new();
    let node = house.serve(&[]).await;
    let mut stream = TcpStream::connect(node.url.strip_prefix("http://").unwrap())
        .await
        .unwrap();
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    let _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.unwrap();
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 4"), "{answer:?}");
    node.stop().await;
}
