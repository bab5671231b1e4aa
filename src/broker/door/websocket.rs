//! MQTT over WebSocket (MQTT 5 §6): the handshake.

use std::io;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::{
    accept_hdr_async_with_config,
    tungstenite::{
        self,
        handshake::server::{ErrorResponse, Request, Response},
        http::{HeaderValue, StatusCode, header::SEC_WEBSOCKET_PROTOCOL},
        protocol::WebSocketConfig,
    },
};

use super::{frames::Frames, origin};

/// Answers a client's handshake. `has_users`: whether clients have to log in.
///
/// Clients should offer the subprotocol `mqtt`; those that do not are let in, too.
pub async fn accept<S: AsyncRead + AsyncWrite + Unpin>(stream: S, has_users: bool) -> io::Result<Frames<S>> {
    // tungstenite reads nothing after the request, so its buffer is not needed.
    let config = WebSocketConfig::default().read_buffer_size(0);
    #[expect(clippy::result_large_err, reason = "tungstenite wants it")]
    let answer = |request: &Request, response| answer(request, response, has_users);
    match accept_hdr_async_with_config(stream, answer, Some(config)).await {
        Ok(socket) => Ok(Frames::new(socket.into_inner())),
        Err(tungstenite::Error::Io(error)) => Err(error),
        Err(error) => Err(io::Error::new(io::ErrorKind::InvalidData, error)),
    }
}

#[expect(clippy::result_large_err, reason = "tungstenite wants it")]
fn answer(request: &Request, mut response: Response, has_users: bool) -> Result<Response, ErrorResponse> {
    if !origin::is_allowed(request.headers(), has_users) {
        let mut refusal = ErrorResponse::new(None);
        *refusal.status_mut() = StatusCode::FORBIDDEN;
        return Err(refusal);
    }
    let mut offers = request.headers().get_all(SEC_WEBSOCKET_PROTOCOL).iter().filter_map(|offer| offer.to_str().ok());
    if offers.any(|offer| offer.split(',').any(|name| name.trim() == "mqtt")) {
        response.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static("mqtt"));
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    /// The status line and the subprotocol of the answer to a request with these headers.
    async fn status(headers: &str) -> (String, bool) {
        let (mut client, server) = duplex(4096);
        let request = format!(
            "GET /mqtt HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
        );
        client.write_all(request.as_bytes()).await.unwrap();
        let accepted = accept(server, false).await.is_ok();
        let mut answer = vec![0; 4096];
        let length = client.read(&mut answer).await.unwrap();
        let answer = String::from_utf8(answer[..length].to_vec()).unwrap().to_lowercase();
        let status = answer.lines().next().unwrap().to_owned();
        assert_eq!(accepted, status.contains("101"), "{answer}");
        (status, answer.contains("sec-websocket-protocol: mqtt\r\n"))
    }

    #[tokio::test]
    async fn subprotocol_mqtt_is_chosen_where_it_is_offered() {
        let accepted = "http/1.1 101 switching protocols".to_owned();
        for (headers, is_chosen) in [
            ("Sec-WebSocket-Protocol: mqtt\r\n", true),
            ("Sec-WebSocket-Protocol: mqttv3.1, mqtt\r\n", true),
            ("Sec-WebSocket-Protocol: x\r\nSec-WebSocket-Protocol: mqtt\r\n", true),
            ("Sec-WebSocket-Protocol: mqttv3.1\r\n", false),
            ("", false),
        ] {
            assert_eq!(status(headers).await, (accepted.clone(), is_chosen), "{headers}");
        }
    }

    #[tokio::test]
    async fn foreign_page_is_refused() {
        assert_eq!(status("Origin: http://127.0.0.1:8080\r\n").await.0, "http/1.1 101 switching protocols");
        assert_eq!(status("Origin: http://example.org\r\n").await.0, "http/1.1 403 forbidden");
        assert_eq!(status("Origin: null\r\n").await.0, "http/1.1 403 forbidden");
    }
}
