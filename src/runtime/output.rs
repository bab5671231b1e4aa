//! Prints the output of commands. Unlike `println!`, these functions do not panic if the disk is full or the reader has
//! closed the pipe.

use std::{
    fmt::Display,
    io::{self, Write},
};

/// Standard output. If the reader has closed the pipe, as `head` does, writing succeeds and drops the bytes.
pub(super) struct Output(io::Stdout);

/// Returns a writer to standard output.
pub(super) fn stdout() -> Output {
    Output(io::stdout())
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        is_read(self.0.write_all(bytes)).map(|_| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        finish()
    }
}

/// Prints a line to standard output and flushes it. Returns false if the reader has closed the pipe.
pub(super) fn print(line: impl Display) -> io::Result<bool> {
    let mut out = io::stdout().lock();
    is_read(writeln!(out, "{line}").and_then(|()| out.flush()))
}

/// Flushes standard output, so that a disk error is reported.
pub(super) fn finish() -> io::Result<()> {
    is_read(io::stdout().flush()).map(|_| ())
}

/// Prints a line to standard error. An error is ignored: there is nowhere left to report it.
pub fn print_error(line: impl Display) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Turns a broken pipe into `Ok(false)`, and success into `Ok(true)`.
fn is_read(written: io::Result<()>) -> io::Result<bool> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        written => written.map(|()| true),
    }
}
