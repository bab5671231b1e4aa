//! A real papo in a real pseudo-terminal, read through a terminal emulator.
#![allow(dead_code, reason = "each test file uses what it needs")]
#![expect(clippy::disallowed_methods, reason = "a test waits in real time")]

use std::{
    io::{Read, Write},
    num::NonZeroU16,
    path::Path,
    sync::{Arc, Condvar, Mutex},
    thread,
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::wait::{PATIENCE, poll_for, until};

/// The output so far, and the screen that it makes.
struct Seen {
    parser: vt100::Parser,
    /// All output; `None` if it is not recorded.
    raw: Option<Vec<u8>>,
    /// The time of each read, and the length of `raw` after it.
    times: Vec<(Instant, usize)>,
    /// The number of reads.
    changes: u64,
    /// Whether the program has closed the terminal.
    ended: bool,
}

/// A papo, or another program, in a pseudo-terminal. Dropping it kills the program.
pub struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
    seen: Arc<(Mutex<Seen>, Condvar)>,
}

impl Terminal {
    /// Starts papo with the home folder `home` and a screen of `size`, in columns and rows. An ID at the start of
    /// `args` is passed in the environment.
    pub fn start(home: &Path, args: &[&str], size: (u16, u16)) -> Self {
        Self::run(papo(home, args, "papo=debug"), size)
    }

    /// Starts papo for a long run: only the current screen is kept, not all output. `log` is papo's log filter.
    pub fn start_unrecorded(home: &Path, args: &[&str], size: (u16, u16), log: &str) -> Self {
        Self::spawn(papo(home, args, log), size, None)
    }

    /// Starts papo with exactly these arguments; an ID stays on the command line.
    pub fn start_with_exact_args(home: &Path, words: &[&str], size: (u16, u16)) -> Self {
        let mut command = papo(home, &[], "papo=debug");
        command.args(words);
        Self::run(command, size)
    }

    /// Like [`Self::start`], with additional environment variables.
    pub fn start_with(home: &Path, args: &[&str], environment: &[(&str, &str)], size: (u16, u16)) -> Self {
        let mut command = papo(home, args, "papo=debug");
        for (name, value) in environment {
            command.env(name, value);
        }
        Self::run(command, size)
    }

    /// Starts papo in a terminal that the program `script` creates, under a shell that ignores SIGHUP.
    pub fn start_below_shell(home: &Path, args: &[&str], size: (u16, u16)) -> Self {
        let direct = papo(home, args, "papo=debug");
        let mut command = CommandBuilder::new("script");
        let words: Vec<&str> = direct.get_argv().iter().filter_map(|word| word.to_str()).collect();
        command.args(["-qec", &format!("trap '' HUP; {}; true", words.join(" ")), "/dev/null"]);
        command.env_clear();
        for (name, value) in direct.iter_full_env_as_str() {
            command.env(name, value);
        }
        command.cwd(home);
        Self::run(command, size)
    }

    /// Starts any command with a screen of `size`, in columns and rows.
    pub fn run(command: CommandBuilder, size: (u16, u16)) -> Self {
        Self::spawn(command, size, Some(Vec::new()))
    }

    fn spawn(command: CommandBuilder, (cols, rows): (u16, u16), raw: Option<Vec<u8>>) -> Self {
        let pair = native_pty_system().openpty(size(cols, rows)).expect("a pseudo-terminal");
        let child = pair.slave.spawn_command(command).expect("the command starts");
        drop(pair.slave);
        let parser = vt100::Parser::new(non_zero(rows), non_zero(cols), 0);
        let seen = Seen { parser, raw, times: Vec::new(), changes: 0, ended: false };
        let seen = Arc::new((Mutex::new(seen), Condvar::new()));
        let mut reader = pair.master.try_clone_reader().expect("the terminal can be read");
        let shared = Arc::clone(&seen);
        thread::spawn(move || {
            let mut buffer = [0; 8192];
            loop {
                let count = reader.read(&mut buffer).unwrap_or(0);
                let at = Instant::now();
                let (seen, changed) = &*shared;
                let mut seen = seen.lock().expect("the emulator did not panic");
                if count == 0 {
                    seen.ended = true;
                } else {
                    seen.parser.process(&buffer[..count]);
                    let Seen { raw, times, .. } = &mut *seen;
                    if let Some(raw) = raw {
                        raw.extend_from_slice(&buffer[..count]);
                        times.push((at, raw.len()));
                    }
                }
                seen.changes += 1;
                changed.notify_all();
                if seen.ended {
                    return;
                }
            }
        });
        let writer = pair.master.take_writer().expect("the terminal can be written to");
        Self { child, master: pair.master, writer, seen }
    }

    /// Types keys.
    pub fn keys(&mut self, keys: &str) -> &mut Self {
        self.writer.write_all(keys.as_bytes()).expect("the terminal takes keys");
        self.writer.flush().expect("the terminal takes keys");
        self
    }

    /// Types a line where the cursor is, and presses Enter.
    pub fn types_line(&mut self, text: &str) -> &mut Self {
        self.keys(text).keys("\r")
    }

    /// Changes the size of the terminal.
    pub fn resize(&mut self, cols: u16, rows: u16) {
        let (seen, _) = &*self.seen;
        seen.lock().expect("the emulator did not panic").parser.screen_mut().set_size(non_zero(rows), non_zero(cols));
        self.master.resize(size(cols, rows)).expect("the terminal can be resized");
    }

    /// The text on the screen, by lines.
    pub fn screen(&self) -> String {
        let (seen, _) = &*self.seen;
        text_of(&seen.lock().expect("the emulator did not panic"))
    }

    /// Calls `look` with the emulator's screen, and returns its result.
    pub fn with_screen<T>(&self, look: impl FnOnce(&vt100::Screen) -> T) -> T {
        look(self.seen.0.lock().expect("the emulator did not panic").parser.screen())
    }

    /// All output so far.
    pub fn raw(&self) -> Vec<u8> {
        self.seen.0.lock().expect("the emulator did not panic").raw.clone().expect("the output is recorded")
    }

    /// The length of all output so far, in bytes.
    pub fn written(&self) -> usize {
        self.seen.0.lock().expect("the emulator did not panic").raw.as_ref().expect("the output is recorded").len()
    }

    /// All output as it was read: each chunk with the time since the first one.
    pub fn recorded(&self) -> Vec<(Duration, Vec<u8>)> {
        let seen = self.seen.0.lock().expect("the emulator did not panic");
        let (raw, times) = (seen.raw.as_ref().expect("the output is recorded"), &seen.times);
        let begins = std::iter::once(0).chain(times.iter().map(|(_, end)| *end));
        let chunks =
            begins.zip(times).map(|(begin, (at, end))| (at.duration_since(times[0].0), raw[begin..*end].to_vec()));
        chunks.collect()
    }

    /// The text on the screen if there was output since the last call with this counter; otherwise `None`.
    pub fn changed(&self, changes: &mut u64) -> Option<String> {
        let seen = self.seen.0.lock().expect("the emulator did not panic");
        (seen.changes != *changes).then(|| {
            *changes = seen.changes;
            text_of(&seen)
        })
    }

    /// Whether papo has ended.
    pub fn has_ended(&self) -> bool {
        self.seen.0.lock().expect("the emulator did not panic").ended
    }

    /// papo's process ID.
    pub fn pid(&self) -> u32 {
        self.child.process_id().expect("papo runs")
    }

    /// Waits until the screen shows `text`.
    #[track_caller]
    pub fn shows(&self, text: &str) -> String {
        self.until(&format!("shows {text:?}"), |screen| screen.contains(text))
    }

    /// Waits until the screen no longer shows `text`.
    #[track_caller]
    pub fn hides(&self, text: &str) -> String {
        self.until(&format!("hides {text:?}"), |screen| !screen.contains(text))
    }

    /// Waits until `wanted` returns true for the text on the screen, and returns the text. `what` completes the panic
    /// message: "the screen never …".
    #[track_caller]
    pub fn until(&self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        self.until_seen(what, |seen| Some(text_of(seen)).filter(|screen| wanted(screen)))
    }

    /// Waits until `wanted` returns true for the cells of the screen. `what` is as in [`Self::until`].
    #[track_caller]
    pub fn until_screen(&self, what: &str, wanted: impl Fn(&vt100::Screen) -> bool) {
        self.until_seen(what, |seen| wanted(seen.parser.screen()).then_some(()));
    }

    #[track_caller]
    fn until_seen<T>(&self, what: &str, find: impl Fn(&Seen) -> Option<T>) -> T {
        let (seen, changed) = &*self.seen;
        let deadline = Instant::now() + PATIENCE;
        let mut guard = seen.lock().expect("the emulator did not panic");
        loop {
            if let Some(found) = find(&guard) {
                return found;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if guard.ended || left.is_zero() {
                let (ended, screen) = (if guard.ended { " (papo ended)" } else { "" }, text_of(&guard));
                // Release the lock first: the panic would poison it for the clean-up.
                drop(guard);
                panic!("the screen never {what}{ended}:\n{screen}");
            }
            guard = changed.wait_timeout(guard, left).expect("the emulator did not panic").0;
        }
    }

    /// Waits until papo has written `wanted` after its first `from` bytes; returns the time of that output.
    #[track_caller]
    pub fn wait_for_bytes(&self, from: usize, wanted: &[u8]) -> Instant {
        let (seen, changed) = &*self.seen;
        let deadline = Instant::now() + PATIENCE;
        let mut guard = seen.lock().expect("the emulator did not panic");
        // Each search begins a little before the new output, because a read may split `wanted`.
        let mut searched = from;
        loop {
            let Seen { raw, times, .. } = &*guard;
            let raw = raw.as_ref().expect("the output is recorded");
            if let Some(at) = raw[searched..].windows(wanted.len()).position(|bytes| bytes == wanted) {
                let end = searched + at + wanted.len();
                return times
                    .iter()
                    .rev()
                    .take_while(|(_, written)| *written >= end)
                    .last()
                    .expect("the output has a time")
                    .0;
            }
            searched = raw.len().saturating_sub(wanted.len()).max(searched);
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let screen = text_of(&guard);
                drop(guard);
                panic!("papo never wrote {:?}:\n{screen}", String::from_utf8_lossy(wanted));
            }
            guard = changed.wait_timeout(guard, left).expect("the emulator did not panic").0;
        }
    }

    /// Waits until nothing was written for `quiet` after output beyond the first `from` bytes; returns the time of the
    /// last write.
    #[track_caller]
    pub fn last_written(&self, from: usize, quiet: Duration) -> Instant {
        let (seen, changed) = &*self.seen;
        let mut guard = seen.lock().expect("the emulator did not panic");
        let deadline = Instant::now() + PATIENCE;
        while guard.times.last().is_none_or(|(at, written)| *written <= from || at.elapsed() < quiet) {
            assert!(Instant::now() < deadline, "papo wrote nothing");
            guard = changed.wait_timeout(guard, quiet).expect("the emulator did not panic").0;
        }
        guard.times.last().expect("something was written").0
    }

    /// Waits until papo has exited, and returns its exit code.
    #[track_caller]
    pub fn ends(&mut self) -> u32 {
        let status = poll_for(PATIENCE, || self.child.try_wait().expect("the child can be waited for"));
        status.unwrap_or_else(|| panic!("papo does not exit:\n{}", self.screen())).exit_code()
    }

    /// Waits until papo is stopped: a SIGCONT before that has no effect.
    #[track_caller]
    pub fn stops(&self) {
        let pid = self.pid().to_string();
        until("papo is stopped", || {
            let listed = std::process::Command::new("ps").args(["-o", "stat=", "-p", &pid]).output().expect("ps runs");
            listed.stdout.trim_ascii_start().starts_with(b"T")
        });
    }

    /// Kills papo with SIGKILL, like a power cut.
    pub fn kill(&mut self) {
        let pid = self.pid().to_string();
        let killed = std::process::Command::new("kill").args(["-9", &pid]).status().expect("kill runs");
        assert!(killed.success());
        let _ = self.child.wait();
    }

    /// Sends papo a signal by its name without SIG, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let pid = self.pid().to_string();
        let sent = std::process::Command::new("kill").args([&format!("-{name}"), &pid]).status().expect("kill runs");
        assert!(sent.success());
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn papo(home: &Path, args: &[&str], log: &str) -> CommandBuilder {
    // `make bench` measures the release build.
    let papo = std::env::var_os("PAPO_BUILT").unwrap_or_else(|| env!("CARGO_BIN_EXE_papo").into());
    let mut command = CommandBuilder::new(papo);
    command.env_clear();
    // papo asks about a new ID on the command line, but not about one in the environment.
    let args = match args {
        [id, rest @ ..] if !id.starts_with('-') => {
            command.env("PAPO_ID", id);
            rest
        }
        args => args,
    };
    command.args(args);
    command.env("HOME", home);
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("TERM", "xterm-256color");
    command.env("LANG", "C.UTF-8");
    command.env("TZ", "UTC");
    command.env("PAPO_LOG", log);
    command.cwd(home);
    command
}

fn size(cols: u16, rows: u16) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}

fn non_zero(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).expect("a screen has rows and columns")
}

fn text_of(seen: &Seen) -> String {
    let (_, cols) = seen.parser.screen().size();
    seen.parser.screen().rows(0, cols.get()).map(|row| row.trim_end().to_owned() + "\n").collect()
}
