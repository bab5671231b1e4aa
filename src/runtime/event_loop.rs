//! The event loop: every event becomes a message, messages change the model, and the model is drawn.
//!
//! The loop blocks until it receives an event: a key, a store or broker message, a model deadline, or a due frame. It
//! drains everything that is pending, then draws once: immediately after a key, otherwise at most every 16 ms. It draws
//! nothing if nothing has changed.

mod effects;

use std::{future, io, process::ExitStatus, time::Duration};

use color_eyre::eyre::{Result, eyre};
use crossterm::event::Event as TerminalEvent;
use jiff::tz::TimeZone;
use tokio::{
    sync::mpsc::{Receiver, Sender},
    time::{Instant, timeout_at},
};

use super::{
    clock::{self, SleepWatch, until},
    commit_gate::CommitGate,
    display::Display,
    editor::Editor,
    events,
    hosting::Hosting,
    ipc::{IpcConnection, IpcEvent, IpcMessage, IpcServer, StoreJobs},
    keyboard::Keyboard,
    plan::ConfigFiles,
    signals::{Asked, Signals},
    suspension::Suspension,
};
use crate::{
    app::{self, Connection, Effect, Message, Model},
    domain::{DisconnectReason, LocalizedText, NotifyBy, localized},
    mqtt,
    protocol::Input,
    store,
    ui::theme::Theme,
};

/// The interval at which a full channel is retried.
const OFFER_AGAIN: Duration = Duration::from_millis(20);
/// The time limit for quitting, whatever hangs: jobs of other programs, the broker, the disk.
const SHUTDOWN: Duration = Duration::from_secs(5);
/// The part of it reserved for closing the store.
const CLOSING: Duration = Duration::from_secs(1);
/// How often papo checks whether the configuration files have changed, while the user is active.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// The shortest time between two frames without a key.
const FRAME: Duration = Duration::from_millis(16);
/// How long events are handled before a due frame is drawn.
const DRAIN: Duration = Duration::from_millis(8);

/// The state of the loop.
pub(super) struct Session {
    pub(super) model: Model,
    pub(super) theme: Theme,
    pub(super) zone: TimeZone,
    pub(super) display: Display,
    pub(super) keys: Keyboard,
    pub(super) signals: Signals,
    pub(super) gate: CommitGate,
    pub(super) stored: Receiver<store::Event>,
    pub(super) network: Receiver<mqtt::Event>,
    pub(super) hosting: Hosting,
    pub(super) notify_by: NotifyBy,
    /// The time of the last notification.
    pub(super) rang: Option<Instant>,
    pub(super) sleep: SleepWatch,
    pub(super) suspension: Option<Suspension>,
    /// The program that has the terminal.
    pub(super) editor: Option<Editor>,
    pub(super) files: ConfigFiles,
    /// The time of the last check of the files.
    pub(super) looked: Instant,
    /// Results of tasks beside the loop.
    pub(super) aside: (Sender<Message>, Receiver<Message>),
    /// Requests from other programs.
    pub(super) ipc: IpcServer,
    pub(super) store_jobs: StoreJobs,
    pub(super) redraw: RedrawState,
}

/// Whether a frame is wanted, and when it may be drawn.
#[derive(Debug, Default)]
pub(super) struct RedrawState {
    is_requested: bool,
    /// The user waits to see the effect of a key.
    is_urgent: bool,
    /// The time of the last frame that changed the screen.
    drawn: Option<Instant>,
}

impl RedrawState {
    pub(super) fn request_redraw(&mut self) {
        self.is_requested = true;
    }

    /// When the frame is due; `None` if none is wanted.
    fn due(&self, now: Instant) -> Option<Instant> {
        let next = self.drawn.filter(|_| !self.is_urgent).map_or(now, |drawn| drawn + FRAME);
        self.is_requested.then_some(next)
    }
}

/// What the loop reacts to.
enum LoopEvent {
    Terminal(io::Result<TerminalEvent>),
    Stored(Option<store::Event>),
    Network(Option<mqtt::Event>),
    Hosted(bool),
    /// A program asked for a job on the store.
    StoreJob(IpcConnection),
    /// From a task or thread beside the loop.
    Aside(Message),
    /// The editor has ended.
    Edited(io::Result<ExitStatus>),
    Signal(Asked),
    /// A deadline of the model has passed, or it is time to retry a full channel.
    Due,
    /// A frame or a commit is due.
    Flush,
}

/// Whether to continue.
#[derive(PartialEq, Eq)]
enum Flow {
    Go,
    Leave,
}

impl Session {
    /// Runs until the user quits. Gives the terminal back before it disconnects.
    pub(super) async fn run(mut self) -> Result<()> {
        let outcome = self.attend().await;
        if outcome.is_err() {
            // There is nothing to draw on. State is saved, and the peers are notified.
            let _ = self.update(Message::Quit);
        }
        if let Some(editor) = self.editor.take() {
            editor.stop();
        }
        drop(self.display);
        let deadline = clock::instant() + SHUTDOWN;
        self.ipc.close();
        self.store_jobs.cancel();
        // Nothing waits for the loop any more.
        drop(self.aside);
        let closing = async {
            shutdown(self.gate, self.stored, self.network, deadline).await;
            // They still reply to their clients.
            timeout_at(deadline, self.store_jobs.ended()).await
        };
        tokio::select! {
            ended = closing => {
                if ended.is_err() {
                    tracing::warn!("something did not end in time");
                }
            }
            () = asked_again(&mut self.signals) => return Err(eyre!("stopped by a second signal; what was saved is kept")),
        }
        self.hosting.stop();
        outcome
    }

    /// Senders for requests, and for a message to quit, from within this process.
    pub(super) fn ways_in(&self) -> (Sender<IpcMessage>, Sender<Message>) {
        (self.ipc.way_in(), self.aside.0.clone())
    }

    async fn attend(&mut self) -> Result<()> {
        self.redraw.request_redraw();
        loop {
            self.gate.push();
            let now = clock::instant();
            let frame = self.redraw.due(now).filter(|_| self.editor.is_none());
            if frame.is_some_and(|due| due <= now) {
                // A change from here on is shown by the next frame.
                (self.redraw.is_requested, self.redraw.is_urgent) = (false, false);
                if self.draw()? == Flow::Leave {
                    break;
                }
                continue;
            }
            let event = self.next(frame).await;
            if self.sleep.has_slept(clock::wall(), clock::instant()) && self.model.connection == Connection::Online {
                self.gate.ask(mqtt::Request::Reconnect);
            }
            if self.handle_all(event)? == Flow::Leave {
                break;
            }
            self.go_on_suspending()?;
        }
        Ok(())
    }

    async fn next(&mut self, frame: Option<Instant>) -> LoopEvent {
        let offer = self.gate.is_backed_up().then(|| clock::instant() + OFFER_AGAIN);
        let flush = frame.into_iter().chain(self.gate.due()).min();
        // Back-pressure: while the store is behind, messages stay with the broker, and no time passes for the model.
        let listens = !self.gate.is_overrun();
        let model = self.model.next_timeout().map(clock::at).filter(|_| listens);
        let suspended = self.suspension.map(|suspension| suspension.by);
        let due = offer.into_iter().chain(model).chain(suspended).min();
        tokio::select! {
            biased;
            // Signals first, so that endless keys cannot keep papo from quitting.
            asked = self.signals.next() => LoopEvent::Signal(asked),
            event = self.keys.next() => LoopEvent::Terminal(event),
            // A subscriber gets everything from now on.
            event = self.ipc.next() => match event {
                IpcEvent::Message(message) => LoopEvent::Aside(message),
                IpcEvent::StoreJob(connection) => LoopEvent::StoreJob(connection),
            },
            () = until(flush) => LoopEvent::Flush,
            event = self.stored.recv() => LoopEvent::Stored(event),
            event = self.network.recv(), if listens => LoopEvent::Network(event),
            ended = end_of(self.editor.as_mut()) => LoopEvent::Edited(ended),
            hosted = self.hosting.answered() => LoopEvent::Hosted(hosted),
            Some(message) = self.aside.1.recv() => LoopEvent::Aside(message),
            () = until(due) => LoopEvent::Due,
        }
    }

    /// Handles whatever else is pending, without waiting.
    fn waiting(&mut self) -> Option<LoopEvent> {
        if let Some(event) = self.keys.waiting() {
            return Some(LoopEvent::Terminal(Ok(event)));
        }
        if let Ok(event) = self.stored.try_recv() {
            return Some(LoopEvent::Stored(Some(event)));
        }
        if self.gate.is_overrun() {
            return None;
        }
        self.network.try_recv().ok().map(|event| LoopEvent::Network(Some(event)))
    }

    fn handle_all(&mut self, first: LoopEvent) -> Result<Flow> {
        let until = clock::instant() + DRAIN;
        let mut next = Some(first);
        while let Some(event) = next {
            if self.handle(event)? == Flow::Leave {
                return Ok(Flow::Leave);
            }
            let has_waited = self.redraw.is_urgent && !self.keys.has_more();
            next = if has_waited || until <= clock::instant() { None } else { self.waiting() };
        }
        Ok(Flow::Go)
    }

    fn handle(&mut self, event: LoopEvent) -> Result<Flow> {
        match event {
            LoopEvent::Terminal(Ok(_)) if self.looked + LOOK_EVERY <= clock::instant() && self.has_new_files() => {
                self.reload()?;
                self.handle(event)
            }
            LoopEvent::Terminal(Ok(event)) => {
                let flow = self.update(events::terminal(event));
                self.redraw.is_urgent = true;
                self.gate.hurry();
                flow
            }
            // The terminal is gone.
            LoopEvent::Terminal(Err(_)) | LoopEvent::Signal(Asked::Quit | Asked::HangUp) => self.update(Message::Quit),
            LoopEvent::Signal(asked) if self.editor.is_some() => stand_by(asked),
            LoopEvent::Signal(Asked::Interrupt) => self.update(Message::Quit),
            LoopEvent::Edited(ended) => self.edited(ended),
            LoopEvent::Signal(Asked::Suspend) => self.update(Message::Suspend),
            LoopEvent::Signal(Asked::Continue) => {
                // A terminal that closes continues stopped processes.
                if self.display.take_again().is_err() {
                    return self.update(Message::Quit);
                }
                self.redraw.request_redraw();
                Ok(Flow::Go)
            }
            LoopEvent::Stored(event) => self.stored(event),
            LoopEvent::Network(event) => self.network(event),
            LoopEvent::Hosted(hosting) => {
                if hosting {
                    self.gate.ask(mqtt::Request::Reconnect);
                }
                self.update(Message::Hosting(hosting))
            }
            LoopEvent::Aside(message) => {
                self.gate.hurry();
                self.update(message)
            }
            LoopEvent::StoreJob(connection) => {
                let (me, reader, tell) = (self.model.me().clone(), self.gate.reader(), self.aside.0.clone());
                self.store_jobs.begin(connection, me, reader, tell);
                Ok(Flow::Go)
            }
            LoopEvent::Due => self.update(Message::Timeout),
            LoopEvent::Flush => Ok(Flow::Go),
        }
    }

    fn stored(&mut self, event: Option<store::Event>) -> Result<Flow> {
        match event {
            Some(store::Event::Committed { ticket }) => {
                self.gate.committed(ticket);
                if self.model.store_failure.is_some() { self.update(Message::StoreRecovered) } else { Ok(Flow::Go) }
            }
            Some(store::Event::Failed { error }) => self.update(Message::StoreFailed(error)),
            Some(store::Event::Page { conversation, before, page }) => {
                self.update(Message::Page(app::Page { conversation, before, messages: page.messages }))?;
                self.warn_of(page.damage.len(), localized!("damaged-unseen", count = page.damage.len()))
            }
            Some(store::Event::Fetched { conversation, from, upto, page }) => {
                let messages = page.messages.into_iter().map(|(_, message)| message).collect();
                self.update(Message::Peer(Input::Fetched { conversation, from, upto, messages }))?;
                self.warn_of(page.damage.len(), localized!("damaged-unsent", count = page.damage.len()))
            }
            Some(store::Event::FetchedIds { conversation, author, ids }) => {
                self.update(Message::Peer(Input::FetchedIds { conversation, author, ids }))
            }
            Some(store::Event::Quoted { conversation, id, found }) => {
                self.update(Message::Quoted { conversation, id, found })
            }
            Some(store::Event::Found { number, found }) => self.update(Message::Found { number, found }),
            None => Err(eyre!("the store has stopped; what was saved is kept")),
        }
    }

    /// Reports that messages needed now are damaged.
    fn warn_of(&mut self, damaged: usize, words: LocalizedText) -> Result<Flow> {
        if damaged == 0 { Ok(Flow::Go) } else { self.update(Message::Warned(words)) }
    }

    fn network(&mut self, event: Option<mqtt::Event>) -> Result<Flow> {
        let Some(event) = event else {
            return Err(eyre!("the connection task has stopped; what was saved is kept"));
        };
        if let (mqtt::Event::Stopped { reason: DisconnectReason::Suspended, .. }, Some(suspension)) =
            (&event, &mut self.suspension)
        {
            suspension.closed();
        }
        if let mqtt::Event::Disconnected { reason: DisconnectReason::ConnectionRefused(_), .. } = &event {
            self.hosting.start();
        }
        for message in events::network(event, &self.model.connection, clock::tick()) {
            if self.update(message)? == Flow::Leave {
                return Ok(Flow::Leave);
            }
        }
        Ok(Flow::Go)
    }

    fn update(&mut self, message: Message) -> Result<Flow> {
        let effects = app::update(&mut self.model, message, clock::now());
        if self.model.is_stale {
            self.redraw.request_redraw();
        }
        self.display.follow(&mut self.model, &self.zone);
        if effects.contains(&Effect::Quit) || effects.contains(&Effect::Suspend) {
            self.gate.start_leaving();
        }
        for effect in effects {
            if self.perform(effect)? == Flow::Leave {
                return Ok(Flow::Leave);
            }
        }
        Ok(Flow::Go)
    }

    /// Draws, and passes the layout to the model.
    fn draw(&mut self) -> Result<Flow> {
        let (layout, is_changed) = self.display.draw(&self.model, &self.theme, &self.zone)?;
        if is_changed {
            self.redraw.drawn = Some(clock::instant());
        }
        self.update(Message::Drawn(layout))
    }
}

/// Handles a signal while another program has the terminal: that program gets it too, and restores the terminal.
fn stand_by(asked: Asked) -> Result<Flow> {
    if asked == Asked::Suspend {
        signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP)?;
    }
    Ok(Flow::Go)
}

async fn end_of(editor: Option<&mut Editor>) -> io::Result<ExitStatus> {
    match editor {
        Some(editor) => editor.end().await,
        None => future::pending().await,
    }
}

/// Waits for a signal to end at once, while papo quits. A hang-up is not one, because it comes with the end of the
/// terminal, which is why papo quits.
async fn asked_again(signals: &mut Signals) {
    while !matches!(signals.next().await, Asked::Quit | Asked::Interrupt) {}
}

/// Commits everything, then publishes the last publications and disconnects, then closes the store, all before the
/// deadline.
async fn shutdown(
    mut gate: CommitGate,
    mut stored: Receiver<store::Event>,
    mut network: Receiver<mqtt::Event>,
    deadline: Instant,
) {
    let before = deadline - CLOSING;
    gate.push();
    while !gate.is_settled() {
        match timeout_at(before, stored.recv()).await {
            Ok(Some(store::Event::Committed { ticket })) => gate.committed(ticket),
            Ok(Some(_)) => {}
            Ok(None) | Err(_) => break,
        }
        gate.push();
    }
    gate.leave();
    gate.push();
    while let Ok(Some(event)) = timeout_at(before, network.recv()).await {
        gate.push();
        if event == mqtt::Event::Closed {
            break;
        }
    }
    gate.close_store();
    gate.push();
    // If the channel is full, the thread receives it in a moment, or the disk hangs.
    while let Ok(Some(_)) = timeout_at(deadline, stored.recv()).await {
        gate.push();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_at_least_16_ms_apart_except_after_a_key() {
        let now = clock::instant();
        let mut redraw = RedrawState::default();
        assert_eq!(redraw.due(now), None, "nothing has changed");
        redraw.request_redraw();
        assert_eq!(redraw.due(now), Some(now), "the first is drawn at once");
        redraw.drawn = Some(now);
        assert_eq!(redraw.due(now), Some(now + FRAME));
        redraw.is_urgent = true;
        assert_eq!(redraw.due(now), Some(now));
    }
}
