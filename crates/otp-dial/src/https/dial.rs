//! A connection to a host that may have several addresses.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use tokio::time::sleep;

use super::origin::Origin;

/// How long the first family of addresses is tried before the other is tried too (RFC 8305: 250 ms). IPv6 that leads nowhere
/// would use up the time to connect otherwise.
const HEAD_START: Duration = Duration::from_millis(250);

/// Connects to a host by IPv6 or IPv4.
pub(super) async fn tcp(to: &Origin) -> io::Result<TcpStream> {
    let addresses: Vec<_> = lookup_host((to.host(), to.port())).await?.collect();
    let is_first = |address: &SocketAddr| Some(address.is_ipv6()) == addresses.first().map(SocketAddr::is_ipv6);
    let (first, other): (Vec<_>, Vec<_>) = addresses.iter().copied().partition(is_first);
    race(&first, &other).await
}

async fn race(first: &[SocketAddr], other: &[SocketAddr]) -> io::Result<TcpStream> {
    if other.is_empty() {
        return TcpStream::connect(first).await;
    }
    let later = async {
        sleep(HEAD_START).await;
        TcpStream::connect(other).await
    };
    tokio::select! {
        Ok(stream) = TcpStream::connect(first) => Ok(stream),
        Ok(stream) = later => Ok(stream),
        else => Err(io::ErrorKind::ConnectionRefused.into()),
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn the_other_family_is_tried_if_the_first_fails() {
        let there = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let address = there.local_addr().unwrap();
        for (first, other) in [(vec![gone], vec![address]), (vec![address], vec![gone]), (vec![address], vec![])] {
            assert_eq!(race(&first, &other).await.unwrap().peer_addr().unwrap(), address, "{first:?}, {other:?}");
        }
        assert!(race(&[gone], &[gone]).await.is_err());
        assert!(race(&[gone], &[]).await.is_err());
    }
}
