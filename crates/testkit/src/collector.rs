//! A collector of traces, as OpenTelemetry has them: it takes what is posted to it, reads it by the standard's own types, and
//! can be told to refuse, or not to answer at all.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
pub use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
pub use opentelemetry_proto::tonic::trace::v1::Span;
pub use prost::Message;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::AbortHandle;

pub struct Collector {
    pub address: SocketAddr,
    shared: Arc<Shared>,
    serving: AbortHandle,
}

#[derive(Default)]
struct Shared {
    spans: Mutex<Vec<Collected>>,
    asked: AtomicUsize,
    /// The status it answers with; 0 is none at all.
    answers: AtomicU16,
    came: Notify,
}

/// A span, who sent it, and by which headers.
#[derive(Clone, Debug)]
pub struct Collected {
    pub span: Span,
    pub resource: HashMap<String, String>,
    pub headers: HeaderMap,
}

impl Collector {
    pub async fn start() -> Self {
        crate::tls::ready();
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.unwrap_or_else(|error| panic!("no port: {error}"));
        let address = listener
            .local_addr()
            .unwrap_or_else(|error| panic!("no address: {error}"));
        let shared = Arc::new(Shared {
            answers: AtomicU16::new(200),
            ..Shared::default()
        });
        let router = Router::new()
            .route("/v1/traces", post(take))
            .with_state(Arc::clone(&shared));
        let serving = tokio::spawn(async move {
            let _ended_with_the_test = axum::serve(listener, router).await;
        });
        Self {
            address,
            shared,
            serving: serving.abort_handle(),
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it answers from now on; 0: nothing, however long somebody waits.
    pub fn answer(&self, status: u16) {
        self.shared.answers.store(status, Ordering::SeqCst);
    }

    /// How often it was asked.
    pub fn asked(&self) -> usize {
        self.shared.asked.load(Ordering::SeqCst)
    }

    pub fn spans(&self) -> Vec<Collected> {
        let spans = self.shared.spans.lock();
        spans.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// All that it has, once there is one like that among them.
    pub async fn until(&self, wanted: impl Fn(&Collected) -> bool) -> Vec<Collected> {
        loop {
            let came = self.shared.came.notified();
            let spans = self.spans();
            if spans.iter().any(&wanted) {
                return spans;
            }
            came.await;
        }
    }
}

impl Collected {
    pub fn attribute(&self, name: &str) -> Option<String> {
        attribute(&self.span.attributes, name)
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// What an attribute says, as a text.
pub fn attribute(attributes: &[KeyValue], name: &str) -> Option<String> {
    let found = attributes.iter().find(|attribute| attribute.key == name)?;
    Some(match found.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => text.clone(),
        Value::IntValue(number) => number.to_string(),
        Value::BoolValue(truth) => truth.to_string(),
        other => panic!("{name} is {other:?}"),
    })
}

async fn take(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    shared.asked.fetch_add(1, Ordering::SeqCst);
    let status = shared.answers.load(Ordering::SeqCst);
    if status == 0 {
        shared.came.notify_waiters();
        std::future::pending::<()>().await;
    }
    if status == 200 {
        let Ok(read) = ExportTraceServiceRequest::decode(body) else {
            return StatusCode::BAD_REQUEST;
        };
        let mut spans = shared.spans.lock().unwrap_or_else(PoisonError::into_inner);
        for of_resource in read.resource_spans {
            let told = of_resource.resource.unwrap_or_default().attributes;
            let value = |key: &String| attribute(&told, key).unwrap_or_default();
            let keys = told.iter().map(|attribute| attribute.key.clone());
            let resource: HashMap<_, _> = keys.map(|key| (key.clone(), value(&key))).collect();
            spans.extend(
                of_resource
                    .scope_spans
                    .into_iter()
                    .flat_map(|of_scope| of_scope.spans)
                    .map(|span| Collected {
                        span,
                        resource: resource.clone(),
                        headers: headers.clone(),
                    }),
            );
        }
    }
    shared.came.notify_waiters();
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
