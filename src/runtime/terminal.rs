//! The terminal: taken over, and given back whatever happens.
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

/// How the terminal is taken over, if it is; the panic hook has nothing else to go by.
static TAKEN: Mutex<Option<Before>> = Mutex::new(None);

/// Asks for keys that differ only in their modifiers to be told apart: xterm's modifyOtherKeys, and the protocol of kitty
/// with what the keys say without modifiers. Each is left out by a terminal that has it not, or taken for a look by some
/// that are wrong about it.
const ASK_FOR_KEYS: &str = "\x1b[>4;1m\x1b[m\x1b[>5u";
/// As before that.
const ASK_NO_MORE: &str = "\x1b[<1u\x1b[>4m\x1b[m";

/// What is to be put right when the terminal is given back.
struct Before {
    /// What the terminal has been told so far.
    told: Manner,
    /// How it treated what is typed; none where it is none.
    modes: Option<Termios>,
}

/// In which manner the terminal is taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// The whole screen, with or without the mouse.
    Screen { mouse: bool },
    /// Keys alone: what is printed stays.
    Lines,
    /// The same on a terminal that understands no sequences.
    Dumb,
}

/// The terminal, which is given back when this is dropped.
pub(super) struct Taken(Manner);

impl Taken {
    /// Takes the terminal over.
    pub(super) fn take(manner: Manner) -> io::Result<Self> {
        enter(manner)?;
        Ok(Self(manner))
    }

    /// In which manner it is taken over.
    pub(super) fn manner(&self) -> Manner {
        self.0
    }

    /// Gives the terminal back, stops the process until somebody continues it, and takes it over again.
    #[cfg(unix)]
    pub(super) fn suspend(&mut self) -> io::Result<()> {
        give_back();
        signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP)?;
        self.take_again()
    }

    /// Takes the terminal over as if nothing were known of it: others have had it meanwhile.
    pub(super) fn take_again(&self) -> io::Result<()> {
        enter(self.0)
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        give_back();
    }
}

/// The terminal while papo draws on all of it.
pub(super) struct Screen {
    canvas: Canvas<Stdout>,
    taken: Taken,
    /// Whether the terminal has been told so.
    is_told: bool,
    has_links: bool,
    /// Whether what the terminal shows cannot be relied on.
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

    /// Draws one frame, with the links that `view` says are in it; says where things are, and whether anything is seen
    /// otherwise than before. The terminal shows it all at once, where it can.
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

    /// Forgets what the terminal shows, so that the next frame is drawn whole.
    pub(super) fn forget(&mut self) {
        self.stale = true;
    }

    /// Hands text to the terminal for its clipboard (OSC 52).
    pub(super) fn copy(&mut self, text: &str) -> io::Result<()> {
        if term().is_old() {
            return Ok(());
        }
        let mut sequence = Vec::new();
        queue!(sequence, CopyToClipboard::to_clipboard_from(text))?;
        self.canvas.send(&sequence)
    }

    /// Sends what is not drawn.
    pub(super) fn send(&mut self, sequence: &str) -> io::Result<()> {
        self.canvas.send(sequence.as_bytes())
    }

    /// Gives the terminal back until somebody continues papo, and draws everything anew then.
    pub(super) fn suspend(&mut self) -> io::Result<()> {
        self.taken.suspend()?;
        self.is_told = false;
        self.forget();
        Ok(())
    }

    /// Takes the terminal over as if nothing were known of it.
    pub(super) fn take_again(&mut self) -> io::Result<()> {
        self.taken.take_again()?;
        self.is_told = false;
        self.forget();
        Ok(())
    }
}

/// The keys are papo's from here on. What else is wanted of a whole screen it is told with the first frame, so that it has
/// that to show at once. All of this may be so already: others may have changed it, as a shell does to what was stopped.
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

/// Where keys come from.
pub(super) fn keys() -> io::Result<OwnedFd> {
    let stdin = stdin();
    if stdin.is_terminal() { stdin.as_fd().try_clone_to_owned() } else { Ok(File::open("/dev/tty")?.into()) }
}

/// Has each key come by itself, whatever the terminal does at the moment. `before` is how it treated them at first.
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

/// What a terminal is told that is taken over, and may have been told the same before.
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
        // What is asked twice would have to be taken back twice.
        queue!(out, Print(if is_again { ASK_NO_MORE } else { "" }), Print(ASK_FOR_KEYS))?;
    }
    Ok(out)
}

/// How the terminal is taken over.
fn taken() -> MutexGuard<'static, Option<Before>> {
    // Whoever panicked while it was set has set it.
    TAKEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Restores what [`enter`] changed, once. Errors are of no use here: the terminal may be gone.
pub(super) fn give_back() {
    let Some(Before { told, modes }) = taken().take() else { return };
    let mut out = stdout();
    // Before the alternate screen is left: each screen has its own.
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
        // What comes next does not stand behind what was being written.
        Manner::Lines => execute!(out, DisableBracketedPaste, Print("\r\n")),
        Manner::Dumb => execute!(out, Print("\r\n")),
    };
    let _ = modes.map(|modes| set_modes(&modes));
    let _ = out.flush();
}

/// Has panics give the terminal back before they are reported.
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

    /// Says whether something is drawn before.
    const DRAWN: &str = "PAPO_TEST_DRAWN";

    /// Only for [`a_panic_gives_the_terminal_back_before_it_is_reported`], which runs it on a terminal of its own.
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

    /// What a terminal is sent by it.
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
            // A terminal whose last process has gone is an error to read from.
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
