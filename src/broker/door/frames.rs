//! A stream of bytes in the binary frames of a WebSocket (RFC 6455), on the server's side.
//!
//! Frames carry no meaning in MQTT (MQTT 5 §6), so their payload is passed on as it arrives and nothing is buffered,
//! however long a frame is. Only the payload of a control frame, at most 125 bytes, is kept for the answer.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

const CONTINUATION: u8 = 0x0;
const BINARY: u8 = 0x2;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xA;
const FINAL: u8 = 0x80;
const MASKED: u8 = 0x80;
/// The longest payload of a control frame.
const MAX_CONTROL: usize = 125;
/// The longest header from a client: two bytes, a length of eight bytes and the mask.
const MAX_HEADER: usize = 14;

/// The payload of a client's binary frames as a stream. Answers pings and the client's close frame.
#[derive(Debug)]
pub struct Frames<S> {
    inner: S,
    /// The header that is being read.
    header: [u8; MAX_HEADER],
    header_len: usize,
    /// What is being read after the header; [`None`] while the header is being read.
    reading: Option<Frame>,
    /// Whether a message is unfinished: the next data frame continues it.
    is_continued: bool,
    /// The payload of a control frame so far.
    control: Vec<u8>,
    has_ended: bool,
    /// Bytes to write before anything else: a frame's header, or a whole control frame.
    out: Vec<u8>,
    out_written: usize,
    /// How much of the payload of the frame that is being written is missing.
    unwritten: usize,
    /// A control frame to write once the current frame is complete.
    answer: Option<Vec<u8>>,
}

/// A frame of which the payload is being read.
#[derive(Debug)]
struct Frame {
    opcode: u8,
    mask: [u8; 4],
    /// The position in the mask.
    position: usize,
    left: u64,
}

impl Frame {
    fn unmask(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            *byte ^= self.mask[self.position];
            self.position = (self.position + 1) % 4;
            self.left -= 1;
        }
    }
}

impl<S> Frames<S> {
    /// The frames on a stream after the handshake.
    pub fn new(inner: S) -> Self {
        Self {
            inner,
            header: [0; MAX_HEADER],
            header_len: 0,
            reading: None,
            is_continued: false,
            control: Vec::new(),
            has_ended: false,
            out: Vec::new(),
            out_written: 0,
            unwritten: 0,
            answer: None,
        }
    }
}

fn invalid(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

fn control_frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).expect("the payload of a control frame is short");
    [&[FINAL | opcode, length], payload].concat()
}

/// The header of a frame with all of a message, which is not masked.
fn data_header(length: usize) -> Vec<u8> {
    let mut header = vec![FINAL | BINARY];
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(length @ ..126), _) => header.push(length),
        (_, Ok(length)) => {
            header.push(126);
            header.extend(length.to_be_bytes());
        }
        _ => {
            header.push(127);
            header.extend((length as u64).to_be_bytes());
        }
    }
    header
}

/// The length of a header that begins with these two bytes.
const fn header_len(second: u8) -> usize {
    MAX_HEADER
        - match second & !MASKED {
            126 => 6,
            127 => 0,
            _ => 8,
        }
}

/// Parses a complete header (§5.2).
fn parse_header(header: &[u8]) -> (u8, Frame) {
    let (lengths, mask) = header[1..].split_at(header.len() - 5);
    let left = match &lengths[1..] {
        [] => u64::from(lengths[0] & !MASKED),
        extended => extended.iter().fold(0, |length, &byte| length << 8 | u64::from(byte)),
    };
    let mask = [mask[0], mask[1], mask[2], mask[3]];
    (header[0], Frame { opcode: header[0] & 0x0F, mask, position: 0, left })
}

impl<S: AsyncRead + AsyncWrite + Unpin> Frames<S> {
    /// Reads the rest of a frame's header.
    fn poll_header(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            let wanted = if self.header_len < 2 { 2 } else { header_len(self.header[1]) };
            if self.header_len == wanted {
                break;
            }
            let mut buffer = ReadBuf::new(&mut self.header[self.header_len..wanted]);
            ready!(Pin::new(&mut self.inner).poll_read(cx, &mut buffer))?;
            match buffer.filled().len() {
                0 => return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
                read => self.header_len += read,
            }
            if self.header_len == 2 && self.header[1] & MASKED == 0 {
                return Poll::Ready(Err(invalid("a frame is not masked")));
            }
        }
        let (first, frame) = parse_header(&self.header[..self.header_len]);
        self.header_len = 0;
        let is_final = first & FINAL != 0;
        let is_valid = match frame.opcode {
            BINARY => !std::mem::replace(&mut self.is_continued, !is_final),
            CONTINUATION => std::mem::replace(&mut self.is_continued, !is_final),
            CLOSE | PING | PONG => is_final && frame.left <= MAX_CONTROL as u64,
            _ => false,
        };
        if !is_valid || first & 0x70 != 0 {
            return Poll::Ready(Err(invalid("a frame is not binary, or is out of order")));
        }
        self.reading = Some(frame);
        Poll::Ready(Ok(()))
    }

    /// Answers a control frame that has been read to its end.
    fn finish_control(&mut self, opcode: u8) {
        let payload = std::mem::take(&mut self.control);
        match opcode {
            // Only the last ping needs an answer (§5.5.3).
            PING => self.answer = Some(control_frame(PONG, &payload)),
            CLOSE => {
                self.answer = Some(control_frame(CLOSE, &payload[..payload.len().min(2)]));
                self.has_ended = true;
            }
            _ => {}
        }
    }

    /// Writes what must be written before more payload.
    fn poll_out(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            while self.out_written < self.out.len() {
                let written = ready!(Pin::new(&mut self.inner).poll_write(cx, &self.out[self.out_written..]))?;
                if written == 0 {
                    return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
                }
                self.out_written += written;
            }
            if self.unwritten > 0 {
                return Poll::Ready(Ok(()));
            }
            self.out_written = 0;
            self.out = self.answer.take().unwrap_or_default();
            if self.out.is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }

    /// Sends the answer to a control frame, as far as it goes without waiting.
    fn send_answer(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        if let Poll::Ready(written) = self.poll_out(cx) {
            written?;
            if let Poll::Ready(flushed) = Pin::new(&mut self.inner).poll_flush(cx) {
                flushed?;
            }
        }
        Ok(())
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Frames<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.unwritten == 0 && !(this.out.is_empty() && this.answer.is_none()) {
            this.send_answer(cx)?;
        }
        loop {
            if this.has_ended || buffer.remaining() == 0 {
                return Poll::Ready(Ok(()));
            }
            let Some(frame) = &mut this.reading else {
                ready!(this.poll_header(cx))?;
                continue;
            };
            let is_data = matches!(frame.opcode, BINARY | CONTINUATION);
            if frame.left == 0 {
                let opcode = frame.opcode;
                this.reading = None;
                if !is_data {
                    this.finish_control(opcode);
                    this.send_answer(cx)?;
                }
                continue;
            }
            let left = usize::try_from(frame.left).unwrap_or(usize::MAX);
            if is_data {
                let mut part = ReadBuf::new(buffer.initialize_unfilled_to(left.min(buffer.remaining())));
                ready!(poll_payload(&mut this.inner, cx, frame, &mut part))?;
                let read = part.filled().len();
                buffer.advance(read);
                return Poll::Ready(Ok(()));
            }
            let mut payload = [0; MAX_CONTROL];
            let mut part = ReadBuf::new(&mut payload[..left]);
            ready!(poll_payload(&mut this.inner, cx, frame, &mut part))?;
            this.control.extend_from_slice(part.filled());
        }
    }
}

/// Reads and unmasks payload of a frame, at most as much as is missing.
fn poll_payload<S: AsyncRead + Unpin>(
    inner: &mut S,
    cx: &mut Context<'_>,
    frame: &mut Frame,
    part: &mut ReadBuf<'_>,
) -> Poll<io::Result<()>> {
    ready!(Pin::new(inner).poll_read(cx, part))?;
    if part.filled().is_empty() {
        return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
    }
    frame.unmask(part.filled_mut());
    Poll::Ready(Ok(()))
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Frames<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    /// All the slices go into one frame. If it is written only in part, the next bytes that are written belong to it.
    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.unwritten == 0 {
            ready!(this.poll_out(cx))?;
            this.unwritten = slices.iter().map(|slice| slice.len()).sum();
            if this.unwritten > 0 {
                this.out = data_header(this.unwritten);
            }
        }
        while this.unwritten > 0 {
            let mut parts = vec![IoSlice::new(&this.out[this.out_written..])];
            let mut left = this.unwritten;
            for slice in slices {
                let length = slice.len().min(left);
                parts.push(IoSlice::new(&slice[..length]));
                left -= length;
            }
            let written = ready!(Pin::new(&mut this.inner).poll_write_vectored(cx, &parts))?;
            let header = written.min(this.out.len() - this.out_written);
            this.out_written += header;
            let payload = written - header;
            this.unwritten -= payload;
            if payload > 0 || written == 0 {
                return Poll::Ready(Ok(payload));
            }
        }
        Poll::Ready(Ok(0))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_out(cx))?;
        Pin::new(&mut this.inner).poll_flush(cx)
    }

    /// Sends a close frame, unless the client has sent one, and shuts down the stream below.
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !std::mem::replace(&mut this.has_ended, true) && this.unwritten == 0 {
            // 1000: normal closure.
            this.answer = Some(control_frame(CLOSE, &1000_u16.to_be_bytes()));
        }
        ready!(this.poll_out(cx))?;
        Pin::new(&mut this.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests;
