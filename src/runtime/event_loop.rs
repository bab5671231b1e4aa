//! The event loop: it turns events into messages, updates the model with them, and draws the model.
//!
//! The loop blocks until it receives an event: a key, a store or broker message, a model deadline, or a due frame. It
//! drains everything that is pending, then draws once: immediately after a key, otherwise every 16 ms at most, with
//! short bursts. It draws nothing if nothing has changed.

mod effects;
mod piped_input;

use std::{future, io, process::ExitStatus, time::Duration};

use color_eyre::eyre::{Result, eyre};
use crossterm::event::Event as TerminalEvent;
use jiff::tz::TimeZone;
use tokio::{
    sync::mpsc::{Receiver, Sender},
    time::{Instant, timeout_at},
};

use super::{
    clock::{self, SleepWatch, wait_until},
    commit_gate::CommitGate,
    display::Display,
    editor::Editor,
    events,
    hosting::Hosting,
    ipc::{IpcConnection, IpcEvent, IpcFormatter, IpcMessage, IpcServer, StoreJobs},
    keyboard::Keyboard,
    signals::{SignalAction, Signals},
    startup::ConfigFiles,
    suspension::Suspension,
};
use crate::{
    app::{self, Connection, Effect, LocalizedText, Message, Model, localized},
    domain::{DisconnectReason, NotifyBy},
    mqtt::{self, BrokerUrl},
    protocol::Input,
    store,
    ui::theme::Theme,
};

/// The pause before the loop retries to send to a full channel.
const RETRY_INTERVAL: Duration = Duration::from_millis(20);
/// The time limit for quitting. It applies if a job of another program, the broker or the disk hangs.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(5);
/// The part of [`SHUTDOWN_LIMIT`] that is reserved for closing the store.
const STORE_CLOSE_RESERVE: Duration = Duration::from_secs(1);
/// The shortest time between two checks for changed configuration files. Only input from the terminal triggers a check,
/// so an idle papo does not access the disk.
const CONFIG_CHECK_INTERVAL: Duration = Duration::from_secs(2);
/// The average time between two frames, except after a key. [`FRAME_BURST`] allows short bursts.
const FRAME_INTERVAL: Duration = Duration::from_millis(16);
/// The number of frames that may be drawn without [`FRAME_INTERVAL`] between them after a pause. Otherwise the lists
/// that arrive just after the first frame would be shown 16 ms late.
const FRAME_BURST: u32 = 3;
/// How long the loop handles pending events before it draws: half of [`FRAME_INTERVAL`], so that a flood of events
/// cannot delay the screen.
const DRAIN_LIMIT: Duration = Duration::from_millis(8);

/// The event loop and its state.
pub(super) struct EventLoop {
    pub(super) model: Model,
    /// The brokers of the configuration when papo started.
    pub(super) brokers: Vec<BrokerUrl>,
    pub(super) theme: Theme,
    pub(super) zone: TimeZone,
    pub(super) display: Display,
    pub(super) keyboard: Keyboard,
    pub(super) signals: Signals,
    pub(super) gate: CommitGate,
    pub(super) store_events: Receiver<store::Event>,
    pub(super) mqtt_events: Receiver<mqtt::Event>,
    pub(super) hosting: Hosting,
    pub(super) notify_by: NotifyBy,
    /// When the last notification was sent.
    pub(super) last_notified: Option<Instant>,
    pub(super) sleep_watch: SleepWatch,
    pub(super) suspension: Option<Suspension>,
    /// The running editor. While it runs, it has the terminal, and papo does not draw.
    pub(super) editor: Option<Editor>,
    pub(super) config_files: ConfigFiles,
    /// When the configuration files were last checked for changes.
    pub(super) config_checked: Instant,
    /// The channel for results from background threads and tasks.
    pub(super) background: (Sender<Message>, Receiver<Message>),
    /// Requests from other programs.
    pub(super) ipc: IpcServer,
    pub(super) store_jobs: StoreJobs,
    pub(super) redraw: RedrawState,
    /// After the end of a pipe: when papo stops waiting for the broker to accept what was written.
    pub(super) ends_by: Option<Instant>,
    /// Set by [`Effect::Quit`] to end the loop. Quitting cancels a suspension.
    pub(super) is_quitting: bool,
}

/// Whether a frame is requested, and when it may be drawn.
#[derive(Debug, Default)]
pub(super) struct RedrawState {
    is_requested: bool,
    /// Whether to draw at once, because the user waits to see the effect of a key.
    is_urgent: bool,
    /// When the next frame would be due at a constant rate of one frame per [`FRAME_INTERVAL`] (generic cell rate
    /// algorithm).
    scheduled: Option<Instant>,
}

impl RedrawState {
    pub(super) fn request_redraw(&mut self) {
        self.is_requested = true;
    }

    /// When the next frame is due; `None` if none is requested.
    fn due(&self, now: Instant) -> Option<Instant> {
        let scheduled = self.scheduled.filter(|_| !self.is_urgent);
        let next = scheduled.map_or(now, |scheduled| scheduled - FRAME_INTERVAL * (FRAME_BURST - 1));
        self.is_requested.then_some(next)
    }

    /// Called after a frame was drawn that changed the screen. Urgent frames may be closer together, but delay the next
    /// frame by at most [`FRAME_INTERVAL`].
    fn drawn(&mut self, now: Instant) {
        let next = self.scheduled.map_or(now, |scheduled| scheduled.max(now)) + FRAME_INTERVAL;
        self.scheduled = Some(next.min(now + FRAME_INTERVAL * FRAME_BURST));
    }
}

/// What the loop reacts to.
enum LoopEvent {
    Terminal(io::Result<TerminalEvent>),
    /// `None`: the thread of the store has ended.
    Store(Option<store::Event>),
    /// `None`: the task of the connection has ended.
    Mqtt(Option<mqtt::Event>),
    /// An attempt to start the embedded broker has ended. True if the broker runs.
    BrokerStarted(bool),
    /// Another program requests a job on the store.
    StoreJob(IpcConnection),
    /// A message from a background thread or task, or from another program.
    Background(Message),
    EditorExited(io::Result<ExitStatus>),
    Signal(SignalAction),
    /// A deadline of the model has passed, or it is time to retry a full channel.
    Timeout,
    /// A frame or a commit is due.
    Flush,
}

impl EventLoop {
    /// Runs until the user quits. Restores the terminal first and disconnects afterwards, because that may take
    /// seconds.
    pub(super) async fn run(mut self) -> Result<()> {
        let outcome = self.process_events().await;
        if outcome.is_err() {
            // The terminal is lost, but the shutdown still saves everything and publishes "offline".
            let _ = self.update(Message::Quit);
        }
        if let Some(editor) = self.editor.take() {
            editor.stop();
        }
        drop(self.display);
        let deadline = clock::instant() + SHUTDOWN_LIMIT;
        self.ipc.close();
        self.store_jobs.cancel();
        // Closes the channel, so that senders get an error and do not block.
        drop(self.background);
        let closing = async {
            shutdown(self.gate, self.store_events, self.mqtt_events, deadline).await;
            // Cancelled jobs still reply to their clients.
            timeout_at(deadline, self.store_jobs.ended()).await
        };
        tokio::select! {
            ended = closing => {
                if ended.is_err() {
                    tracing::warn!("a job of another program did not end in time");
                }
            }
            () = second_quit_signal(&mut self.signals) => {
                return Err(eyre!("stopped by a second signal; what was saved is kept"));
            }
        }
        self.hosting.stop();
        outcome
    }

    /// The sender for requests from this process, and the sender for messages to the model.
    pub(super) fn senders(&self) -> (Sender<IpcMessage>, Sender<Message>) {
        (self.ipc.sender(), self.background.0.clone())
    }

    /// The formatter for answers to requests.
    pub(super) fn formatter(&self) -> IpcFormatter {
        IpcFormatter {
            me: self.model.peer.me().clone(),
            language: self.model.language.clone(),
            brokers: self.brokers.clone(),
            zone: self.zone.clone(),
            has_user: !matches!(self.display, Display::Nothing),
        }
    }

    async fn process_events(&mut self) -> Result<()> {
        self.redraw.request_redraw();
        while !self.is_quitting {
            self.gate.flush();
            let now = clock::instant();
            let frame = self.redraw.due(now).filter(|_| self.editor.is_none());
            if frame.is_some_and(|due| due <= now) {
                // Reset before drawing: handling `Message::Drawn` may request another frame.
                (self.redraw.is_requested, self.redraw.is_urgent) = (false, false);
                self.draw()?;
                continue;
            }
            let event = self.next_event(frame).await;
            if self.sleep_watch.has_slept(clock::wall(), clock::instant())
                && self.model.connection == Connection::Online
            {
                self.gate.request(mqtt::Request::Reconnect);
            }
            self.drain(event)?;
            self.advance_suspension()?;
            self.quit_when_sent()?;
        }
        Ok(())
    }

    /// Waits for the next event; `frame` is when the requested frame is due.
    async fn next_event(&mut self, frame: Option<Instant>) -> LoopEvent {
        let retry = self.gate.is_backed_up().then(|| clock::instant() + RETRY_INTERVAL);
        let flush = frame.into_iter().chain(self.gate.due()).min();
        // Back-pressure: while the store is behind, messages stay at the broker, and the timeouts of the model wait.
        let is_receiving = !self.gate.is_overrun();
        let model = self.model.next_timeout().map(clock::at).filter(|_| is_receiving);
        let accepts_input = self.accepts_input();
        let suspended = self.suspension.map(|suspension| suspension.deadline);
        let due = retry.into_iter().chain(model).chain(suspended).chain(self.ends_by).chain(self.read_by()).min();
        tokio::select! {
            biased;
            // Signals come first, so that endless input cannot keep papo from quitting.
            action = self.signals.next() => LoopEvent::Signal(action),
            event = self.keyboard.next(), if accepts_input => LoopEvent::Terminal(event),
            // Before MQTT, so that `papo tail` gets every message that arrives after it connects.
            event = self.ipc.next() => match event {
                IpcEvent::Message(message) => LoopEvent::Background(message),
                IpcEvent::StoreJob(connection) => LoopEvent::StoreJob(connection),
            },
            () = wait_until(flush) => LoopEvent::Flush,
            event = self.store_events.recv() => LoopEvent::Store(event),
            event = self.mqtt_events.recv(), if is_receiving => LoopEvent::Mqtt(event),
            ended = editor_exit(self.editor.as_mut()) => LoopEvent::EditorExited(ended),
            is_running = self.hosting.started() => LoopEvent::BrokerStarted(is_running),
            Some(message) = self.background.1.recv() => LoopEvent::Background(message),
            () = wait_until(due) => LoopEvent::Timeout,
        }
    }

    /// The next pending event of the terminal, the store or the MQTT connection, which may send many at once. Does not
    /// wait.
    fn try_next_event(&mut self) -> Option<LoopEvent> {
        if let Some(event) = self.keyboard.try_next() {
            return Some(LoopEvent::Terminal(Ok(event)));
        }
        if let Ok(event) = self.store_events.try_recv() {
            return Some(LoopEvent::Store(Some(event)));
        }
        if self.gate.is_overrun() {
            return None;
        }
        self.mqtt_events.try_recv().ok().map(|event| LoopEvent::Mqtt(Some(event)))
    }

    /// Handles `first` and the pending events, until it is time to draw.
    fn drain(&mut self, first: LoopEvent) -> Result<()> {
        let deadline = clock::instant() + DRAIN_LIMIT;
        let mut next = Some(first);
        while let Some(event) = next {
            self.handle(event)?;
            // Draws once after the last of several keys that arrive together, as in a paste or a key repeat.
            let shows_key = self.redraw.is_urgent && !self.keyboard.has_more();
            let ends = self.is_quitting || shows_key || deadline <= clock::instant();
            next = if ends { None } else { self.try_next_event() };
        }
        Ok(())
    }

    fn handle(&mut self, event: LoopEvent) -> Result<()> {
        match event {
            LoopEvent::Terminal(Ok(_))
                if self.config_checked + CONFIG_CHECK_INTERVAL <= clock::instant() && self.config_has_changed() =>
            {
                self.reload("reloaded".into())?;
                self.handle(event)
            }
            LoopEvent::Terminal(Ok(event)) => {
                let convert = if self.keyboard.is_piped() { events::from_pipe } else { events::from_terminal };
                self.update(convert(event))?;
                self.redraw.is_urgent = true;
                self.gate.mark_urgent();
                Ok(())
            }
            LoopEvent::Terminal(Err(error)) => self.input_failed(&error),
            LoopEvent::Signal(SignalAction::Quit | SignalAction::HangUp) => self.update(Message::Quit),
            LoopEvent::Signal(action) if self.editor.is_some() => signal_during_editor(action),
            LoopEvent::Signal(SignalAction::Interrupt) => self.update(Message::Quit),
            LoopEvent::EditorExited(ended) => self.editor_exited(ended),
            LoopEvent::Signal(SignalAction::Suspend) => self.update(Message::Suspend),
            LoopEvent::Signal(SignalAction::Continue) => {
                // A terminal that closes sends SIGCONT to stopped processes, so it may be gone.
                if self.display.reclaim().is_err() {
                    return self.update(Message::Quit);
                }
                self.redraw.request_redraw();
                Ok(())
            }
            LoopEvent::Store(event) => self.handle_store(event),
            LoopEvent::Mqtt(event) => self.handle_mqtt(event),
            LoopEvent::BrokerStarted(is_running) => {
                if is_running {
                    self.gate.request(mqtt::Request::Reconnect);
                }
                self.update(Message::Hosting(is_running))
            }
            LoopEvent::Background(message) => {
                self.gate.mark_urgent();
                self.update(message)
            }
            LoopEvent::StoreJob(connection) => {
                let user = (self.model.peer.me().clone(), self.model.language.clone());
                self.store_jobs.start(connection, user, self.gate.reader(), self.background.0.clone());
                Ok(())
            }
            LoopEvent::Timeout => self.update(Message::Timeout),
            LoopEvent::Flush => Ok(()),
        }
    }

    fn handle_store(&mut self, event: Option<store::Event>) -> Result<()> {
        match event {
            Some(store::Event::Committed { ticket }) => {
                self.gate.committed(ticket);
                if self.model.store_failure.is_some() { self.update(Message::StoreRecovered) } else { Ok(()) }
            }
            Some(store::Event::Failed { error }) => self.update(Message::StoreFailed(error)),
            Some(store::Event::Page { chat, before, page }) => {
                self.update(Message::Page(app::Page { chat, before, messages: page.messages }))?;
                self.warn_of_damage(page.damage.len(), localized!("damaged-unseen", count = page.damage.len()))
            }
            Some(store::Event::Fetched { conversation, from, upto, page }) => {
                let messages = page.messages.into_iter().map(|(_, message)| message).collect();
                self.update(Message::Peer(Input::Fetched { conversation, from, upto, messages }))?;
                self.warn_of_damage(page.damage.len(), localized!("damaged-unsent", count = page.damage.len()))
            }
            Some(store::Event::FetchedIds { conversation, author, ids }) => {
                self.update(Message::Peer(Input::FetchedIds { conversation, author, ids }))
            }
            Some(store::Event::Quoted { chat, id, found }) => self.update(Message::Quoted { chat, id, found }),
            Some(store::Event::Found { number, found }) => self.update(Message::Found { number, found }),
            None => Err(eyre!("the store has stopped; what was saved is kept")),
        }
    }

    /// Shows `warning` if `damaged`, the number of damaged messages, is not 0.
    fn warn_of_damage(&mut self, damaged: usize, warning: LocalizedText) -> Result<()> {
        if damaged == 0 { Ok(()) } else { self.update(Message::Warned(warning)) }
    }

    fn handle_mqtt(&mut self, event: Option<mqtt::Event>) -> Result<()> {
        let Some(event) = event else {
            return Err(eyre!("the connection task has stopped; what was saved is kept"));
        };
        if let (mqtt::Event::Stopped { reason: DisconnectReason::PapoSuspended, .. }, Some(suspension)) =
            (&event, &mut self.suspension)
        {
            suspension.connection_closed();
        }
        if let mqtt::Event::Disconnected { reason: DisconnectReason::ConnectionRefused(_), .. } = &event {
            self.hosting.start();
        }
        for message in events::from_mqtt(event, &self.model.connection, &self.model.broker, clock::tick()) {
            self.update(message)?;
        }
        self.gate.set_known_users(self.model.peer.users().len());
        Ok(())
    }

    /// Updates the model and performs the effects.
    fn update(&mut self, message: Message) -> Result<()> {
        let effects = app::update(&mut self.model, message, clock::now());
        if self.model.is_stale {
            self.redraw.request_redraw();
        }
        self.display.print_journal(&mut self.model, &self.zone);
        if effects.contains(&Effect::Quit) || effects.contains(&Effect::Suspend) {
            self.gate.begin_shutdown();
        }
        for effect in effects {
            self.perform(effect)?;
        }
        Ok(())
    }

    /// Draws a frame, and passes its layout to the model.
    fn draw(&mut self) -> Result<()> {
        let (layout, is_changed) = self.display.draw(&self.model, &self.theme, &self.zone)?;
        if is_changed {
            self.redraw.drawn(clock::instant());
        }
        self.update(Message::Drawn(layout))
    }
}

/// Handles a signal while an editor has the terminal. papo only stops with the editor; the editor handles the other
/// signals and restores the terminal itself.
fn signal_during_editor(action: SignalAction) -> Result<()> {
    if action == SignalAction::Suspend {
        signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP)?;
    }
    Ok(())
}

async fn editor_exit(editor: Option<&mut Editor>) -> io::Result<ExitStatus> {
    match editor {
        Some(editor) => editor.end().await,
        None => future::pending().await,
    }
}

/// Waits for a second signal to quit, which ends the shutdown early. Ignores hang-ups: SIGHUP comes with the loss of
/// the terminal, which is often the reason why papo is quitting.
async fn second_quit_signal(signals: &mut Signals) {
    while !matches!(signals.next().await, SignalAction::Quit | SignalAction::Interrupt) {}
}

/// Commits everything, then sends the final publications and disconnects, then closes the store. Stops waiting at
/// `deadline`.
async fn shutdown(
    mut gate: CommitGate,
    mut store_events: Receiver<store::Event>,
    mut mqtt_events: Receiver<mqtt::Event>,
    deadline: Instant,
) {
    let disconnect_deadline = deadline - STORE_CLOSE_RESERVE;
    gate.flush();
    while !gate.is_settled() {
        match timeout_at(disconnect_deadline, store_events.recv()).await {
            Ok(Some(store::Event::Committed { ticket })) => gate.committed(ticket),
            Ok(Some(_)) => {}
            Ok(None) | Err(_) => break,
        }
        gate.flush();
    }
    gate.disconnect();
    gate.flush();
    while let Ok(Some(event)) = timeout_at(disconnect_deadline, mqtt_events.recv()).await {
        gate.flush();
        if event == mqtt::Event::Closed {
            break;
        }
    }
    gate.close_store();
    gate.flush();
    // The channel of events closes when the store has closed. Each event may mean that the channel to the store has
    // room again, so the gate sends the rest.
    while let Ok(Some(_)) = timeout_at(deadline, store_events.recv()).await {
        gate.flush();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_16_ms_apart_after_a_burst_except_after_a_key() {
        let now = clock::instant();
        let mut redraw = RedrawState::default();
        assert_eq!(redraw.due(now), None, "no frame is requested");
        redraw.request_redraw();
        assert_eq!(redraw.due(now), Some(now), "the first frame is due at once");
        for _ in 0..FRAME_BURST {
            assert!(redraw.due(now).is_some_and(|due| due <= now), "a burst of frames is allowed");
            redraw.drawn(now);
        }
        assert_eq!(redraw.due(now), Some(now + FRAME_INTERVAL));
        redraw.is_urgent = true;
        assert_eq!(redraw.due(now), Some(now));
        for _ in 0..100 {
            redraw.drawn(now);
        }
        redraw.is_urgent = false;
        assert_eq!(redraw.due(now), Some(now + FRAME_INTERVAL), "many keys delay later frames no more than one");
    }
}
