//! The terminal: taken over, and always given back.
//!
//! It is restored when [`Taken`] is dropped, before a panic is reported, and while papo is suspended.

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

/// How the terminal is taken over, if it is; the panic hook has no other source for this.
static TAKEN: Mutex<Option<Before>> = Mutex::new(None);

/// Turns on distinct codes for keys with modifiers: xterm's modifyOtherKeys, and the kitty protocol with the keys'
/// text. A terminal that lacks one of them ignores it; some wrongly read one as a style.
const ASK_FOR_KEYS: &str = "\x1b[>4;1m\x1b[m\x1b[>5u";
/// Turns both off.
const ASK_NO_MORE: &str = "\x1b[<1u\x1b[>4m\x1b[m";

/// What to restore.
struct Before {
    /// What was sent to the terminal.
    told: Manner,
    /// The original input mode; `None` if it is not a terminal.
    modes: Option<Termios>,
}

/// A mode of the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// The whole screen, with or without the mouse.
    Screen { mouse: bool },
    /// Raw input only: printed lines stay.
    Lines,
    /// The same on a terminal that understands no sequences.
    Dumb,
}

/// The terminal, given back on drop.
pub(super) struct Taken(Manner);

impl Taken {
    /// Takes the terminal over.
    pub(super) fn take(manner: Manner) -> io::Result<Self> {
        enter(manner)?;
        Ok(Self(manner))
    }

    /// The mode.
    pub(super) fn manner(&self) -> Manner {
        self.0
    }

    /// Gives the terminal back, stops the process until it is continued, and takes the terminal over again.
    #[cfg(unix)]
    pub(super) fn suspend(&mut self) -> io::Result<()> {
        give_back();
        signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP)?;
        self.take_again()
    }

    /// Takes the terminal over without any assumptions: other programs have used it.
    pub(super) fn take_again(&self) -> io::Result<()> {
        enter(self.0)
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        give_back();
    }
}

/// The terminal in full-screen mode.
pub(super) struct Screen {
    canvas: Canvas<Stdout>,
    taken: Taken,
    /// Whether the mouse mode was sent.
    is_told: bool,
    has_links: bool,
    /// Whether the terminal's content is unknown.
    stale: bool,
}

impl Screen {
    /// Takes the terminal over.
    pub(super) fn take(mouse: bool) -> io::Result<Self> {
        let canvas = Canvas::new(stdout());
        let taken = Taken::take(Manner::Screen { mouse: mouse && !term().is_old() })?;
        let has_links = term().is_lenient();
        Ok(Self { canvas, taken, is_told: false, has_links, stale: true })
    }

    /// Draws one frame with its links. Returns the layout, and whether anything on the screen has changed. A terminal
    /// that supports it shows the frame atomically.
    pub(super) fn draw(
        &mut self,
        view: impl FnOnce(&mut Buffer) -> (Layout, Option<Position>),
    ) -> io::Result<(Layout, bool)> {
        let is_told = std::mem::replace(&mut self.is_told, true);
        if !is_told {
            let is_again = taken().as_ref().is_some_and(|before| before.told == self.taken.0);
            self.canvas.begin_with(&opening(self.taken.0, is_again)?);
        }
        if std::mem::take(&mut self.stale) {
            self.canvas.clear(terminal::size()?.into())?;
        }
        let has_links = self.has_links;
        let drawn = self.canvas.draw(|buf| {
            let (layout, cursor) = view(buf);
            if has_links {
                links::lay(&layout.chat.links, buf);
            }
            (layout, cursor)
        });
        if !is_told && let Some(before) = &mut *taken() {
            before.told = self.taken.0;
        }
        drawn
    }

    /// Forgets the terminal's content, so that the next frame is drawn whole.
    pub(super) fn forget(&mut self) {
        self.stale = true;
    }

    /// Copies text to the clipboard through the terminal (OSC 52).
    pub(super) fn copy(&mut self, text: &str) -> io::Result<()> {
        if term().is_old() {
            return Ok(());
        }
        let mut sequence = Vec::new();
        queue!(sequence, CopyToClipboard::to_clipboard_from(text))?;
        self.canvas.send(&sequence)
    }

    /// Writes sequences that draw nothing.
    pub(super) fn send(&mut self, sequence: &str) -> io::Result<()> {
        self.canvas.send(sequence.as_bytes())
    }

    /// Gives the terminal back until papo is continued, then redraws.
    pub(super) fn suspend(&mut self) -> io::Result<()> {
        self.taken.suspend()?;
        self.is_told = false;
        self.forget();
        Ok(())
    }

    /// Takes the terminal over without any assumptions.
    pub(super) fn take_again(&mut self) -> io::Result<()> {
        self.taken.take_again()?;
        self.is_told = false;
        self.forget();
        Ok(())
    }
}

/// Turns on raw input. The other modes of a full screen are sent with the first frame, so that the terminal has
/// something to show at once. Any of this may be set already: others may have changed it, as a shell does after a stop.
fn enter(manner: Manner) -> io::Result<()> {
    let mut taken = taken();
    let is_again = taken.is_some();
    let told = if let Manner::Screen { .. } = manner { Manner::Dumb } else { manner };
    let before = match taken.take() {
        Some(before) => before,
        None => Before { told, modes: keys().and_then(|keys| modes(&keys)).ok() },
    };
    let raw = set_raw(before.modes.as_ref());
    *taken = Some(before);
    drop(taken);
    let mut out = stdout().lock();
    let told = match manner {
        _ if raw.is_err() => raw,
        Manner::Lines => out.write_all(&opening(manner, is_again)?).and_then(|()| out.flush()),
        Manner::Screen { .. } | Manner::Dumb => Ok(()),
    };
    drop(out);
    told.inspect_err(|_| give_back())
}

/// The input file.
pub(super) fn keys() -> io::Result<OwnedFd> {
    let stdin = stdin();
    if stdin.is_terminal() { stdin.as_fd().try_clone_to_owned() } else { Ok(File::open("/dev/tty")?.into()) }
}

/// Sets raw input, whatever the current mode; `before` is the original one.
fn set_raw(before: Option<&Termios>) -> io::Result<()> {
    let mut raw = before.cloned().map_or_else(|| modes(&keys()?), Ok)?;
    raw.make_raw();
    set_modes(&raw)
}

fn modes(keys: &OwnedFd) -> io::Result<Termios> {
    Ok(tcgetattr(keys)?)
}

fn set_modes(modes: &Termios) -> io::Result<()> {
    let keys = keys()?;
    Ok(retry_on_intr(|| tcsetattr(&keys, OptionalActions::Now, modes))?)
}

/// The sequences for a terminal that may have got them before.
fn opening(manner: Manner, is_again: bool) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    match manner {
        Manner::Screen { mouse } => {
            queue!(out, EnterAlternateScreen, EnableBracketedPaste, EnableFocusChange)?;
            if !term().is_old() {
                queue!(out, SetTitle("papo"))?;
            }
            if mouse {
                queue!(out, EnableMouseCapture)?;
            }
        }
        Manner::Lines => queue!(out, EnableBracketedPaste)?,
        Manner::Dumb => {}
    }
    if manner != Manner::Dumb && term().is_lenient() {
        // A mode that is pushed twice would have to be popped twice.
        queue!(out, Print(if is_again { ASK_NO_MORE } else { "" }), Print(ASK_FOR_KEYS))?;
    }
    Ok(out)
}

/// The current mode.
fn taken() -> MutexGuard<'static, Option<Before>> {
    // A panic while it was being set has left it set.
    TAKEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Restores what [`enter`] changed, once. Errors are ignored: the terminal may be gone.
pub(super) fn give_back() {
    let Some(Before { told, modes }) = taken().take() else { return };
    let mut out = stdout();
    // Before leaving the alternate screen: each screen has its own.
    let _ = if told != Manner::Dumb && term().is_lenient() { queue!(out, Print(ASK_NO_MORE)) } else { Ok(()) };
    let _ = match told {
        Manner::Screen { .. } => execute!(
            out,
            EndSynchronizedUpdate,
            DisableMouseCapture,
            DisableFocusChange,
            DisableBracketedPaste,
            LeaveAlternateScreen,
            Show
        ),
        // Later output starts on a new line, not after the prompt.
        Manner::Lines => execute!(out, DisableBracketedPaste, Print("\r\n")),
        Manner::Dumb => execute!(out, Print("\r\n")),
    };
    let _ = modes.map(|modes| set_modes(&modes));
    let _ = out.flush();
}

/// Installs a panic hook that gives the terminal back first.
pub(super) fn restore_on_panic() {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        give_back();
        report(info);
    }));
}

#[cfg(test)]
mod tests {
    use std::{env, io::Read, thread};

    use portable_pty::{CommandBuilder, PtySize, native_pty_system};

    use super::*;

    /// Selects whether something is drawn before.
    const DRAWN: &str = "PAPO_TEST_DRAWN";

    /// Only for [`a_panic_gives_the_terminal_back_before_it_is_reported`], which runs it on its own terminal.
    #[test]
    #[ignore = "it panics"]
    fn panics_on_the_screen() {
        restore_on_panic();
        let mut screen = Screen::take(true).unwrap();
        if env::var_os(DRAWN).is_some() {
            screen.draw(|_| (Layout::default(), None)).unwrap();
        }
        screen.draw(|_| panic!("something is wrong")).unwrap();
    }

    /// The bytes that a terminal gets from it.
    fn said(is_drawn: bool) -> String {
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
        let said = thread::spawn(move || {
            let mut said = Vec::new();
            // Reading a terminal whose last process has ended is an error.
            let _ = reader.read_to_end(&mut said);
            String::from_utf8_lossy(&said).into_owned()
        });
        assert!(!child.wait().unwrap().success());
        said.join().unwrap()
    }

    #[test]
    fn a_panic_gives_the_terminal_back_before_it_is_reported() {
        let said = said(true);
        let place = |what: &str| said.find(what).unwrap_or_else(|| panic!("{what:?} is in {said:?}"));
        let [taken, given_back, reported] = ["\x1b[?1049h", "\x1b[?1049l", "something is wrong"].map(place);
        assert!(taken < given_back && given_back < reported, "{said:?}");
        assert!(place("\x1b[?1006l") < reported && place("\x1b[?25h") < reported);
    }

    #[test]
    fn a_panic_before_anything_is_seen_leaves_the_screen_alone() {
        let said = said(false);
        assert!(said.contains("something is wrong") && !said.contains("1049"), "{said:?}");
    }
}
