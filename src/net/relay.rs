//! Standing between two ends: every byte goes on, and so does how it ended. A reset that became a clean end
//! would make half a body look whole.

use std::io::ErrorKind;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, split};
use tokio::net::TcpStream;

use super::Speak;
use crate::model::Direction;

/// Read at once. More saves little, and each connection has it twice.
const SIZE: usize = 32 * 1024;
/// How long a client may say nothing before it is dialled for without knowing what it speaks.
const SILENCE: Duration = Duration::from_secs(1);

/// Who broke the connection off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Broken {
    /// Whoever had called.
    Client,
    /// Whoever was called.
    Server,
}

/// Carries bytes both ways until both have ended, one perhaps long before the other. `seen` has them before they go
/// on, and holds them back while it takes its time.
///
/// # Errors
/// Who broke off, once all is passed on that the other can still take.
pub async fn relay<C, S, F>(
    client: C,
    server: S,
    seen: impl Fn(Direction, Bytes) -> F,
) -> Result<(), Broken>
where
    C: AsyncRead + AsyncWrite,
    S: AsyncRead + AsyncWrite,
    F: Future<Output = ()>,
{
    let (from_client, to_client) = split(client);
    let (from_server, to_server) = split(server);
    let there = async {
        let end = carry(from_client, to_server, |bytes| seen(Direction::Sent, bytes));
        end.await.ok_or(Broken::Client)
    };
    let back = async {
        let end = carry(from_server, to_client, |bytes| seen(Direction::Received, bytes));
        end.await.ok_or(Broken::Server)
    };
    match tokio::try_join!(there, back)? {
        (End::Refused, _) => Err(Broken::Server),
        (_, End::Refused) => Err(Broken::Client),
        (End::Passed, End::Passed) => Ok(()),
    }
}

/// How one way ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// It was said to the other side, which may have left before.
    Passed,
    /// The other side was reset before it had ended its own way. What it had said until then is still to be read.
    Refused,
}

/// `None` when the source broke off.
async fn carry<F: Future<Output = ()>>(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    seen: impl Fn(Bytes) -> F,
) -> Option<End> {
    let mut buffer = BytesMut::with_capacity(SIZE);
    loop {
        buffer.reserve(SIZE / 4);
        if from.read_buf(&mut buffer).await.ok()? == 0 {
            // Who has left already need not be told.
            to.shutdown().await.ok();
            return Some(End::Passed);
        }
        let bytes = buffer.split().freeze();
        seen(bytes.clone()).await;
        let pass = async {
            to.write_all(&bytes).await?;
            // TLS holds back what it could not send at once.
            to.flush().await
        };
        match pass.await {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return Some(End::Refused),
            // A broken pipe: the other side had ended its way before it left.
            Err(_) => return Some(End::Passed),
        }
    }
}

/// What a client begins to speak, without taking it: a server that may choose would choose HTTP/2, and the client
/// cannot be asked.
pub async fn spoken(client: &TcpStream) -> Speak {
    /// No method of HTTP/1 begins with it.
    const HTTP2: &[u8] = b"PRI ";
    let mut first = [0; HTTP2.len()];
    let look = async {
        loop {
            let Ok(n) = client.peek(&mut first).await else { return Speak::Any };
            match first.get(..n).unwrap_or_default() {
                [] => return Speak::Any,
                HTTP2 => return Speak::Http2,
                seen if !HTTP2.starts_with(seen) => return Speak::Http1,
                _ => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        }
    };
    tokio::time::timeout(SILENCE, look).await.unwrap_or(Speak::Any)
}

/// A handle of an open connection that can make its end a reset.
#[derive(Debug)]
pub struct Resetter(pub(super) Option<std::net::TcpStream>);

impl Resetter {
    /// Whoever drops the connection then resets it.
    pub fn reset(self) {
        let stream = self.0.map(TcpStream::from_std);
        if let Some(Ok(stream)) = stream {
            stream.set_zero_linger().ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::duplex;
    use tokio::net::TcpListener;

    use super::*;

    fn unseen(_: Direction, _: Bytes) -> std::future::Ready<()> {
        std::future::ready(())
    }

    async fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (one, other) = tokio::join!(TcpStream::connect(address), listener.accept());
        (one.unwrap(), other.unwrap().0)
    }

    #[tokio::test]
    async fn one_way_may_end_long_before_the_other() {
        let ((mut client, near), (far, mut server)) = (duplex(10), duplex(10));
        let talk = async {
            client.write_all(b"a question longer than any buffer").await.unwrap();
            client.shutdown().await.unwrap();
            let mut answer = String::new();
            client.read_to_string(&mut answer).await.unwrap();
            answer
        };
        let serve = async {
            let mut asked = String::new();
            server.read_to_string(&mut asked).await.unwrap();
            server.write_all(asked.to_uppercase().as_bytes()).await.unwrap();
            server.shutdown().await.unwrap();
        };
        let passed = parking_lot::Mutex::new([String::new(), String::new()]);
        let seen = |way, bytes: Bytes| {
            let text = &mut passed.lock()[usize::from(way == Direction::Received)];
            text.push_str(std::str::from_utf8(&bytes).unwrap());
            std::future::ready(())
        };
        let (answer, (), relayed) = tokio::join!(talk, serve, relay(near, far, seen));
        assert_eq!(answer, "A QUESTION LONGER THAN ANY BUFFER");
        assert_eq!(*passed.lock(), ["a question longer than any buffer", &answer[..]]);
        assert_eq!(relayed, Ok(()));
    }

    #[tokio::test]
    async fn who_broke_off_is_known() {
        for breaks in [Broken::Client, Broken::Server] {
            let ((client, near), (far, server)) = (pair().await, pair().await);
            let relayed = tokio::spawn(relay(near, far, unseen));
            let (broken, mut kept) = match breaks {
                Broken::Client => (client, server),
                Broken::Server => (server, client),
            };
            broken.set_zero_linger().unwrap();
            drop(broken);
            assert_eq!(relayed.await.unwrap(), Err(breaks));
            let mut rest = Vec::new();
            kept.read_to_end(&mut rest).await.ok();
            assert_eq!(rest, b"");
        }
    }

    #[tokio::test]
    async fn an_answer_comes_through_though_nobody_takes_the_question() {
        let ((mut client, near), (far, mut server)) = (pair().await, pair().await);
        server.write_all(b"no").await.unwrap();
        server.set_zero_linger().unwrap();
        drop(server);
        client.write_all(&[0; 1000]).await.unwrap();
        let relayed = tokio::spawn(relay(near, far, unseen));
        let mut answer = [0; 2];
        client.read_exact(&mut answer).await.unwrap();
        assert_eq!((&answer, relayed.await.unwrap()), (b"no", Err(Broken::Server)));
    }

    #[tokio::test]
    async fn what_a_client_speaks_is_seen_and_left_there() {
        for (pieces, expected) in [
            (vec!["GET / HTTP/1.1\r\n"], Speak::Http1),
            (vec!["PRI * HTTP/2.0\r\n"], Speak::Http2),
            (vec!["P", "RI * HTTP/2.0\r\n"], Speak::Http2),
            (vec!["PR", "OPFIND / HTTP/1.1\r\n"], Speak::Http1),
        ] {
            let (mut client, mut near) = pair().await;
            client.set_nodelay(true).unwrap();
            let say = async {
                for piece in &pieces {
                    client.write_all(piece.as_bytes()).await.unwrap();
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                client.shutdown().await.unwrap();
            };
            let ((), seen) = tokio::join!(say, spoken(&near));
            assert_eq!(seen, expected, "{pieces:?}");
            let mut all = String::new();
            near.read_to_string(&mut all).await.unwrap();
            assert_eq!(all, pieces.concat());
        }
    }
}
