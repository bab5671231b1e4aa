use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, protocol::Role},
};

use super::*;

/// A client, and the server's side of a stream that takes `size` bytes.
async fn connected(size: usize) -> (WebSocketStream<DuplexStream>, Frames<DuplexStream>) {
    let (client, server) = duplex(size);
    (WebSocketStream::from_raw_socket(client, Role::Client, None).await, Frames::new(server))
}

fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [1, 2, 3, 4];
    let masked = payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask);
    [first, MASKED | u8::try_from(payload.len()).unwrap()].into_iter().chain(mask).chain(masked).collect()
}

#[tokio::test]
async fn payload_arrives_in_both_directions_whatever_the_length() {
    for size in [7, 1000, 100_000] {
        let (mut client, mut server) = connected(size).await;
        for length in [1, 125, 126, 127, 65_535, 65_536, 70_000] {
            let sent: Vec<u8> = (0..=250).cycle().take(length).collect();
            let mut read = vec![0; length];
            let (_, arrived) = tokio::join!(client.send(Message::binary(sent.clone())), server.read_exact(&mut read));
            arrived.unwrap();
            assert!(read == sent, "{length} bytes from the client, {size} at a time");
            let mut answered = Vec::new();
            tokio::join!(
                async {
                    server.write_all(&sent).await.unwrap();
                    server.flush().await.unwrap();
                },
                async {
                    while answered.len() < length {
                        answered.extend_from_slice(&client.next().await.unwrap().unwrap().into_data());
                    }
                }
            );
            assert!(answered == sent, "{length} bytes from the server, {size} at a time");
        }
    }
}

#[tokio::test]
async fn ping_is_answered_between_fragments() {
    let (client, mut server) = duplex(1000);
    let mut client = client;
    let bytes = [frame(0x02, b"ab"), frame(0x89, b"hi"), frame(0x80, b"cd"), frame(0x8A, b"")].concat();
    client.write_all(&bytes).await.unwrap();
    let mut frames = Frames::new(&mut server);
    let mut read = [0; 4];
    frames.read_exact(&mut read).await.unwrap();
    assert_eq!(&read, b"abcd");
    let mut pong = [0; 4];
    client.read_exact(&mut pong).await.unwrap();
    assert_eq!(pong, [0x8A, 2, b'h', b'i']);
}

#[tokio::test]
async fn close_frame_ends_the_stream_and_is_answered() {
    let (mut client, mut server) = connected(1000).await;
    let mut buffer = [0; 8];
    let (closed, read) = tokio::join!(client.close(None), server.read(&mut buffer));
    closed.unwrap();
    assert_eq!(read.unwrap(), 0);
    server.shutdown().await.unwrap();
    assert!(client.next().await.unwrap().unwrap().is_close());
    let (mut client, mut server) = connected(1000).await;
    server.shutdown().await.unwrap();
    assert!(client.next().await.unwrap().unwrap().is_close());
}

#[tokio::test]
async fn invalid_frames_are_errors() {
    for (what, bytes) in [
        ("text", frame(0x81, b"a")),
        ("not masked", vec![0x82, 1, b'a']),
        ("continues nothing", frame(0x80, b"a")),
        ("begins within a message", [frame(0x02, b""), frame(0x82, b"a")].concat()),
        ("reserved bit", frame(0xC2, b"a")),
        ("reserved opcode", frame(0x83, b"a")),
        ("fragmented ping", frame(0x09, b"a")),
        ("long ping", [vec![0x89, 0xFE, 0, 126, 0, 0, 0, 0], vec![0; 126]].concat()),
    ] {
        let (mut client, server) = duplex(1000);
        client.write_all(&bytes).await.unwrap();
        let error = Frames::new(server).read(&mut [0; 8]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{what}");
    }
}

#[tokio::test]
async fn any_bytes_never_panic() {
    let mut seed = 1_u64;
    for _ in 0..2000 {
        let mut bytes = [0; 64];
        for byte in &mut bytes {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = seed.to_be_bytes()[0];
        }
        bytes[0] = [0x82, 0x89, 0x88, 0x02][usize::from(bytes[0] % 4)];
        bytes[1] |= MASKED;
        let (mut client, server) = duplex(1000);
        client.write_all(&bytes).await.unwrap();
        client.shutdown().await.unwrap();
        let mut read = Vec::new();
        // Any end is fine.
        let _ = Frames::new(server).read_to_end(&mut read).await;
        assert!(read.len() <= 58);
    }
}
