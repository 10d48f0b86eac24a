//! A name server that knows the text records it is told, and no other name: enough of DNS (RFC 1035) for one question.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::net::UdpSocket;
use tokio::task::JoinHandle;

const TXT: u16 = 16;
const NO_SUCH_NAME: u8 = 3;
const HEADER: usize = 12;

type Records = Arc<Mutex<HashMap<String, Vec<String>>>>;

#[derive(Debug)]
pub struct NameServer {
    address: SocketAddr,
    records: Records,
    task: JoinHandle<()>,
}

impl NameServer {
    /// # Panics
    /// This machine lends no port.
    pub async fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0")
            .await
            .unwrap_or_else(|error| panic!("no port for a name server: {error}"));
        let address = socket
            .local_addr()
            .unwrap_or_else(|error| panic!("a port without address: {error}"));
        let records = Records::default();
        let known = Arc::clone(&records);
        let task = tokio::spawn(async move {
            let mut question = [0; 512];
            while let Ok((length, asker)) = socket.recv_from(&mut question).await {
                let question = question.get(..length).unwrap_or_default();
                if let Some(answer) = answer(question, &known) {
                    let _ = socket.send_to(&answer, asker).await;
                }
            }
        });
        Self { address, records, task }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Puts a record to those of the name.
    pub fn publish(&self, name: &str, text: &str) {
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        records.entry(name.to_lowercase()).or_default().push(text.to_owned());
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn answer(question: &[u8], records: &Records) -> Option<Vec<u8>> {
    let (name, end) = name(question)?;
    let kind = u16::from_be_bytes([*question.get(end)?, *question.get(end + 1)?]);
    let asked = question.get(HEADER..end + 4)?;
    let records = records.lock().unwrap_or_else(PoisonError::into_inner);
    let known = records.get(&name);
    let texts = known.filter(|_| kind == TXT).map(Vec::as_slice).unwrap_or_default();
    let code = if known.is_some() { 0 } else { NO_SUCH_NAME };

    let mut out = question.get(..2)?.to_vec();
    // An answer, recursion asked for and available.
    out.extend([0x81, 0x80 | code]);
    for count in [1, u16::try_from(texts.len()).ok()?, 0, 0] {
        out.extend(count.to_be_bytes());
    }
    out.extend(asked);
    for text in texts {
        let parts: Vec<&[u8]> = text.as_bytes().chunks(255).collect();
        let length = parts.iter().map(|part| part.len() + 1).sum::<usize>();
        // The name of the question, a text of the internet's, for no time at all.
        out.extend([0xc0, u8::try_from(HEADER).ok()?, 0, 16, 0, 1, 0, 0, 0, 0]);
        out.extend(u16::try_from(length).ok()?.to_be_bytes());
        for part in parts {
            out.push(u8::try_from(part.len()).ok()?);
            out.extend(part);
        }
    }
    Some(out)
}

/// The name that is asked for, and where it ends.
fn name(question: &[u8]) -> Option<(String, usize)> {
    let (mut labels, mut at) = (Vec::new(), HEADER);
    loop {
        let length = usize::from(*question.get(at)?);
        at += 1;
        if length == 0 {
            return Some((labels.join("."), at));
        }
        let label = question.get(at..at + length)?;
        labels.push(String::from_utf8_lossy(label).to_lowercase());
        at += length;
    }
}
