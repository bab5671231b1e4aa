//! TLS and WebSocket for raw clients.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    path::Path,
    sync::Arc,
};

use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};

/// TLS to `localhost`, trusting this CA. The handshake happens with the first write.
pub fn tls<S: Read + Write>(stream: S, authority: &Path) -> StreamOwned<ClientConnection, S> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(authority).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connection = ClientConnection::new(Arc::new(config), ServerName::try_from("localhost").unwrap()).unwrap();
    StreamOwned::new(connection, stream)
}

/// A WebSocket: each write is one binary message.
pub struct WebSocket<S> {
    stream: BufReader<S>,
    /// What is left of the current frame.
    left: usize,
}

/// The request that opens a WebSocket, with these further header lines.
pub fn upgrade(host: &str, lines: &str) -> String {
    format!(
        "GET /mqtt HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Protocol: mqtt\r\n{lines}\r\n"
    )
}

impl<S: Read + Write> WebSocket<S> {
    /// Opens a WebSocket with this request. `Err`: the HTTP status, or 0 if the connection is closed.
    pub fn open(mut stream: S, request: &str) -> Result<Self, u16> {
        stream.write_all(request.as_bytes()).and_then(|()| stream.flush()).map_err(|_| 0_u16)?;
        let mut stream = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if stream.read_line(&mut head).map_err(|_| 0_u16)? == 0 {
                break;
            }
        }
        match head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0) {
            101 => Ok(Self { stream, left: 0 }),
            status => Err(status),
        }
    }
}

impl<S: Read> Read for WebSocket<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.left == 0 {
            let mut head = [0; 2];
            if self.stream.read(&mut head[..1])? == 0 {
                return Ok(0);
            }
            self.stream.read_exact(&mut head[1..])?;
            self.left = match head[1] & 127 {
                126 => {
                    let mut length = [0; 2];
                    self.stream.read_exact(&mut length)?;
                    u16::from_be_bytes(length).into()
                }
                127 => {
                    let mut length = [0; 8];
                    self.stream.read_exact(&mut length)?;
                    usize::try_from(u64::from_be_bytes(length)).unwrap()
                }
                length => length.into(),
            };
            // Everything but data: a close, or a ping, which tests do not wait for.
            if head[0] & 15 > 2 {
                io::copy(&mut self.stream.by_ref().take(self.left as u64), &mut io::sink())?;
                self.left = 0;
            }
            if head[0] & 15 == 8 {
                return Ok(0);
            }
        }
        let length = self.left.min(buffer.len());
        let count = self.stream.read(&mut buffer[..length])?;
        self.left -= count;
        Ok(count)
    }
}

impl<S: Write> Write for WebSocket<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // The mask is zero, so the payload is as it is.
        let mut frame = vec![0x82];
        match u16::try_from(bytes.len()) {
            Ok(length @ ..126) => frame.push(0x80 | length.to_be_bytes()[1]),
            Ok(length) => {
                frame.push(0x80 | 0x7E);
                frame.extend(length.to_be_bytes());
            }
            Err(_) => {
                frame.push(0x80 | 0x7F);
                frame.extend((bytes.len() as u64).to_be_bytes());
            }
        }
        frame.extend([0; 4]);
        frame.extend(bytes);
        self.stream.get_mut().write_all(&frame)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.get_mut().flush()
    }
}
