//! The packets of a connection, from the name look-up to the first error.

use std::{net::SocketAddr, pin::Pin};

use futures_util::{Stream, StreamExt, stream};
use rumqttc::v5::{ConnectionError, Event as Packet, EventLoop};

use super::Options;

/// How many addresses of a name are used.
const MAX_ADDRESSES: usize = 16;

/// A step of a connection.
#[expect(clippy::large_enum_variant, reason = "nearly every step is a packet")]
pub(super) enum Step {
    /// The addresses of the broker's name, in the order in which they are tried.
    Resolved(Vec<SocketAddr>),
    Packet(Packet),
}

pub(super) enum StreamError {
    Lookup,
    Protocol(Box<ConnectionError>),
}

pub(super) type Packets = Pin<Box<dyn Stream<Item = Result<Step, StreamError>> + Send>>;

/// The event loop as a stream that ends at its first error. The stream keeps an unfinished poll, so that `select!` may
/// drop the future of `next()`.
///
/// rumqttc reads all available packets. If the read then fails, it returns the error before the packets. The stream
/// yields the packets first: mosquitto 2.0.11 without queue limits closes the connection right after each PUBACK with
/// an error, and papo needs that PUBACK.
pub(super) fn packets(event_loop: EventLoop, options: &Options) -> Packets {
    let broker = &options.broker;
    // A Unix socket has no name to look up.
    let to_look_up = broker.socket().is_none().then(|| (broker.name_to_look_up(), broker.port()));
    let keep_alive = options.keep_alive();
    let polled = stream::unfold(Some((Box::new(event_loop), to_look_up)), move |state| async move {
        let (mut event_loop, to_look_up) = state?;
        if let Some((host, port)) = to_look_up {
            return Some(match tokio::net::lookup_host((host.as_str(), port)).await {
                Ok(found) => {
                    let addresses = found.take(MAX_ADDRESSES).collect();
                    (vec![Ok(Step::Resolved(addresses))], Some((event_loop, None)))
                }
                Err(_) => (vec![Err(StreamError::Lookup)], None),
            });
        }
        match event_loop.poll().await {
            Ok(packet) => {
                // With a server keep-alive of 0 rumqttc would send PINGREQ in a busy loop.
                if event_loop.options.keep_alive().is_zero() {
                    event_loop.options.set_keep_alive(keep_alive);
                }
                Some((vec![Ok(Step::Packet(packet))], Some((event_loop, None))))
            }
            Err(error) => {
                let mut last: Vec<_> =
                    event_loop.state.events.drain(..).map(|packet| Ok(Step::Packet(packet))).collect();
                last.push(Err(StreamError::Protocol(Box::new(error))));
                Some((last, None))
            }
        }
    });
    Box::pin(polled.flat_map(stream::iter))
}
