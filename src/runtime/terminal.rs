//! Claims the terminal, and always restores it: when [`ClaimedTerminal`] is dropped, before a panic is reported, and
//! while papo is suspended.

use std::{
    fs::File,
    io::{self, IsTerminal as _, Stdout, Write, stdin, stdout},
    os::fd::{AsFd as _, OwnedFd},
    panic,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crossterm::{
    clipboard::CopyToClipboard,
    cursor::Show,
    event::{
        DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste, EnableFocusChange,
        EnableMouseCapture,
    },
    execute, queue,
    style::Print,
    terminal::{self, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, SetTitle},
};
use ratatui::{buffer::Buffer, layout::Position};
use rustix::{
    io::retry_on_intr,
    termios::{OptionalActions, Termios, tcgetattr, tcsetattr},
};

use super::{links, term::term};
use crate::{app::Layout, ui::canvas::Canvas};

/// What to restore; `None` if the terminal is not claimed. Global, because the panic hook has no other access to it.
static CLAIMED: Mutex<Option<Restore>> = Mutex::new(None);

/// Enables the protocols that distinguish keys by their modifiers: xterm's modifyOtherKeys, and kitty's keyboard
/// protocol with alternate keys. A terminal that does not support a protocol ignores its sequence. Some terminals
/// mistake the first sequence for a style; the second one, `CSI m`, resets the style.
const ENABLE_KEY_PROTOCOLS: &str = "\x1b[>4;1m\x1b[m\x1b[>5u";
/// Undoes [`ENABLE_KEY_PROTOCOLS`].
const DISABLE_KEY_PROTOCOLS: &str = "\x1b[<1u\x1b[>4m\x1b[m";

/// Saves the title of the window on the terminal's stack, as xterm does.
const PUSH_TITLE: &str = "\x1b[22;2t";
/// Undoes [`PUSH_TITLE`].
const POP_TITLE: &str = "\x1b[23;2t";

/// The state to restore.
struct Restore {
    /// The mode whose sequences the terminal has received so far.
    entered: TerminalMode,
    /// The terminal attributes before papo changed them; `None` without a terminal.
    attributes: Option<Termios>,
}

/// How papo uses the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TerminalMode {
    /// Full screen, with or without the mouse.
    Screen { mouse: bool },
    /// Line mode: papo changes only the keyboard settings, and never clears the screen.
    Lines,
    /// Line mode on a terminal that understands no escape sequences.
    Dumb,
}

/// The claimed terminal. Dropping it restores the terminal.
pub(super) struct ClaimedTerminal(TerminalMode);

impl ClaimedTerminal {
    /// Claims the terminal.
    pub(super) fn claim(mode: TerminalMode) -> io::Result<Self> {
        enter(mode)?;
        Ok(Self(mode))
    }

    /// How papo uses the terminal.
    pub(super) fn mode(&self) -> TerminalMode {
        self.0
    }

    /// Claims the terminal again, after other programs may have changed it.
    pub(super) fn reclaim(&self) -> io::Result<()> {
        enter(self.0)
    }
}

impl Drop for ClaimedTerminal {
    fn drop(&mut self) {
        restore();
    }
}

/// The terminal in full-screen mode.
pub(super) struct Screen {
    canvas: Canvas<Stdout>,
    terminal: ClaimedTerminal,
    /// Whether the terminal has received the sequences that enter full-screen mode.
    is_entered: bool,
    has_links: bool,
    /// Whether the content of the screen is unknown, so that papo must draw the next frame in full.
    is_stale: bool,
    /// The title of the window; empty if it is not papo's.
    title: String,
}

impl Screen {
    /// Claims the terminal.
    pub(super) fn claim(mouse: bool) -> io::Result<Self> {
        let canvas = Canvas::new(stdout());
        let terminal = ClaimedTerminal::claim(TerminalMode::Screen { mouse: mouse && !term().is_old() })?;
        let has_links = term().ignores_unknown();
        Ok(Self { canvas, terminal, is_entered: false, has_links, is_stale: true, title: String::new() })
    }

    /// Draws a frame, with the links of its layout, and sets the title of the window. Returns the layout, and whether
    /// the screen has changed. The frame is a synchronized update, so that the terminal never shows a part of it.
    pub(super) fn draw(
        &mut self,
        title: &str,
        view: impl FnOnce(&mut Buffer) -> (Layout, Option<Position>),
    ) -> io::Result<(Layout, bool)> {
        let is_entered = std::mem::replace(&mut self.is_entered, true);
        if !is_entered {
            let was_entered = claimed().as_ref().is_some_and(|restore| restore.entered == self.terminal.0);
            self.canvas.begin_with(&enter_sequence(self.terminal.0, was_entered)?);
            self.title.clear();
        }
        if std::mem::take(&mut self.is_stale) {
            self.canvas.clear(terminal::size()?.into())?;
        }
        let has_links = self.has_links;
        let drawn = self.canvas.draw(|buf| {
            let (layout, cursor) = view(buf);
            if has_links {
                links::write(&layout.chat.links, buf);
                links::write(&layout.beside.links, buf);
            }
            (layout, cursor)
        });
        if !is_entered && let Some(restore) = &mut *claimed() {
            restore.entered = self.terminal.0;
        }
        if self.title != title && !term().is_old() {
            title.clone_into(&mut self.title);
            let mut sequence = Vec::new();
            queue!(sequence, SetTitle(title))?;
            self.canvas.send(&sequence)?;
        }
        drawn
    }

    /// Makes the next [`Self::draw`] draw the frame in full.
    pub(super) fn invalidate(&mut self) {
        self.is_stale = true;
    }

    /// Copies text to the clipboard of the terminal (OSC 52). Does nothing on an old terminal.
    pub(super) fn copy(&mut self, text: &str) -> io::Result<()> {
        if term().is_old() {
            return Ok(());
        }
        let mut sequence = Vec::new();
        queue!(sequence, CopyToClipboard::to_clipboard_from(text))?;
        self.canvas.send(&sequence)
    }

    /// Sends an escape sequence that changes nothing on the screen.
    pub(super) fn send(&mut self, sequence: &str) -> io::Result<()> {
        self.canvas.send(sequence.as_bytes())
    }

    /// Claims the terminal again, after other programs may have changed it.
    pub(super) fn reclaim(&mut self) -> io::Result<()> {
        self.terminal.reclaim()?;
        self.is_entered = false;
        self.invalidate();
        Ok(())
    }
}

/// Switches the terminal to raw mode, and to `mode`. For full screen, [`Screen::draw`] sends the sequences with the
/// first frame, so that the user never sees an empty screen. May be called again after other programs have changed the
/// terminal, as a shell does while papo is stopped.
fn enter(mode: TerminalMode) -> io::Result<()> {
    let mut claimed = claimed();
    let was_entered = claimed.is_some();
    let entered = if let TerminalMode::Screen { .. } = mode { TerminalMode::Dumb } else { mode };
    let restore_to = match claimed.take() {
        Some(restore_to) => restore_to,
        None => Restore { entered, attributes: open_input().and_then(|input| attributes(&input)).ok() },
    };
    let raw = set_raw(restore_to.attributes.as_ref());
    *claimed = Some(restore_to);
    drop(claimed);
    let mut out = stdout().lock();
    let result = match mode {
        _ if raw.is_err() => raw,
        TerminalMode::Lines => out.write_all(&enter_sequence(mode, was_entered)?).and_then(|()| out.flush()),
        TerminalMode::Screen { .. } | TerminalMode::Dumb => Ok(()),
    };
    drop(out);
    result.inspect_err(|_| restore())
}

/// Opens the terminal for reading: standard input if it is a terminal, else `/dev/tty`.
pub(super) fn open_input() -> io::Result<OwnedFd> {
    let stdin = stdin();
    if stdin.is_terminal() { stdin.as_fd().try_clone_to_owned() } else { Ok(File::open("/dev/tty")?.into()) }
}

/// Switches to raw mode. `original` are the attributes before papo changed them; with `None`, changes the current ones.
fn set_raw(original: Option<&Termios>) -> io::Result<()> {
    let mut raw = original.cloned().map_or_else(|| attributes(&open_input()?), Ok)?;
    raw.make_raw();
    set_attributes(&raw)
}

fn attributes(input: &OwnedFd) -> io::Result<Termios> {
    Ok(tcgetattr(input)?)
}

fn set_attributes(attributes: &Termios) -> io::Result<()> {
    let input = open_input()?;
    Ok(retry_on_intr(|| tcsetattr(&input, OptionalActions::Now, attributes))?)
}

/// The sequences that switch the terminal to `mode`. `was_entered` is true if the terminal may have received them
/// before.
fn enter_sequence(mode: TerminalMode, was_entered: bool) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    match mode {
        TerminalMode::Screen { mouse } => {
            queue!(out, EnterAlternateScreen, EnableBracketedPaste, EnableFocusChange)?;
            if term().ignores_unknown() && !was_entered {
                queue!(out, Print(PUSH_TITLE))?;
            }
            if mouse {
                queue!(out, EnableMouseCapture)?;
            }
        }
        TerminalMode::Lines => queue!(out, EnableBracketedPaste)?,
        TerminalMode::Dumb => {}
    }
    if mode != TerminalMode::Dumb && term().ignores_unknown() {
        // kitty keeps a stack of keyboard modes: a second push would need a second pop.
        queue!(out, Print(if was_entered { DISABLE_KEY_PROTOCOLS } else { "" }), Print(ENABLE_KEY_PROTOCOLS))?;
    }
    Ok(out)
}

/// Locks [`CLAIMED`].
fn claimed() -> MutexGuard<'static, Option<Restore>> {
    // Ignores poisoning: the value is valid even after a panic, and the panic hook needs it.
    CLAIMED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Restores the terminal if it is claimed. Errors are ignored: the terminal may be gone.
pub(super) fn restore() {
    let Some(Restore { entered, attributes }) = claimed().take() else { return };
    let mut out = stdout();
    // Before leaving the alternate screen, because it has its own stack of keyboard modes.
    if entered != TerminalMode::Dumb && term().ignores_unknown() {
        let _ = queue!(out, Print(DISABLE_KEY_PROTOCOLS));
    }
    if matches!(entered, TerminalMode::Screen { .. }) && term().ignores_unknown() {
        let _ = queue!(out, Print(POP_TITLE));
    }
    let _ = match entered {
        TerminalMode::Screen { .. } => execute!(
            out,
            EndSynchronizedUpdate,
            DisableMouseCapture,
            DisableFocusChange,
            DisableBracketedPaste,
            LeaveAlternateScreen,
            Show
        ),
        // The line feed ends the line of the prompt, so that the next output is on a new line.
        TerminalMode::Lines => execute!(out, DisableBracketedPaste, Print("\r\n")),
        TerminalMode::Dumb => execute!(out, Print("\r\n")),
    };
    let _ = attributes.map(|attributes| set_attributes(&attributes));
    let _ = out.flush();
}

/// Installs a panic hook that restores the terminal before the panic is reported.
pub(super) fn restore_on_panic() {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        restore();
        report(info);
    }));
}

#[cfg(test)]
mod tests {
    use std::{env, io::Read, thread};

    use portable_pty::{CommandBuilder, PtySize, native_pty_system};

    use super::*;

    /// The environment variable that makes the test draw a frame before the panic.
    const DRAWN: &str = "PAPO_TEST_DRAWN";

    /// The program that the other tests run in a pseudo-terminal.
    #[test]
    #[ignore = "it panics"]
    fn panics_on_the_screen() {
        restore_on_panic();
        let mut screen = Screen::claim(true).unwrap();
        if env::var_os(DRAWN).is_some() {
            screen.draw("papo", |_| (Layout::default(), None)).unwrap();
        }
        screen.draw("papo", |_| panic!("something is wrong")).unwrap();
    }

    /// The output of [`panics_on_the_screen`] in a pseudo-terminal. `is_drawn` says whether it draws a frame first.
    fn output(is_drawn: bool) -> String {
        let mut command = CommandBuilder::new(env::current_exe().unwrap());
        if is_drawn {
            command.env(DRAWN, "1");
        }
        command.args(["--ignored", "--exact", "runtime::terminal::tests::panics_on_the_screen", "--nocapture"]);
        let size = PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let output = thread::spawn(move || {
            let mut output = Vec::new();
            // On Linux, reading fails with EIO once the last process has closed the terminal.
            let _ = reader.read_to_end(&mut output);
            String::from_utf8_lossy(&output).into_owned()
        });
        assert!(!child.wait().unwrap().success());
        output.join().unwrap()
    }

    #[test]
    fn panic_restores_the_terminal_before_it_is_reported() {
        let output = output(true);
        let place = |what: &str| output.find(what).unwrap_or_else(|| panic!("{what:?} is missing in {output:?}"));
        let [entered, restored, reported] = ["\x1b[?1049h", "\x1b[?1049l", "something is wrong"].map(place);
        assert!(entered < restored && restored < reported, "{output:?}");
        assert!(place("\x1b[?1006l") < reported && place("\x1b[?25h") < reported);
    }

    #[test]
    fn panic_before_the_first_frame_sends_no_screen_sequences() {
        let output = output(false);
        assert!(output.contains("something is wrong") && !output.contains("1049"), "{output:?}");
    }
}
