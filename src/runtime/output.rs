//! What commands print. `println!` panics where a disk is full or a reader has gone; this does not.

use std::{
    fmt::Display,
    io::{self, Write},
};

/// Standard output for what a command has to say. One who has closed the pipe has read enough: the rest is dropped.
pub(super) struct Output(io::Stdout);

/// See [`Output`].
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

/// Prints a line to standard output at once. Says whether anybody still reads.
pub(super) fn print(line: impl Display) -> io::Result<bool> {
    let mut out = io::stdout().lock();
    is_read(writeln!(out, "{line}").and_then(|()| out.flush()))
}

/// Writes out what is left for standard output: what was printed may not have reached its file until then.
pub(super) fn finish() -> io::Result<()> {
    is_read(io::stdout().flush()).map(|_| ())
}

/// Prints a line to standard error. Where that fails there is no place left to say so.
pub fn complain(line: impl Display) {
    let _ = writeln!(io::stderr(), "{line}");
}

fn is_read(written: io::Result<()>) -> io::Result<bool> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        written => written.map(|()| true),
    }
}
