//! Runs a peer with any inputs in any run_command, and checks its invariants after each.

mod input;
mod invariants;

use std::time::Duration;

use arbitrary::Arbitrary;
use papo::{
    app::Language,
    domain::{ConversationId, Now, UserId},
    protocol::{AckToken, Batch, Command, Identity, Input, Operation, Output, Peer, Publication, RowId},
};

use self::{
    input::{CommandChoice, Step},
    invariants::{check_outbox, check_output, check_restored, check_state, probe},
};
use crate::{
    choices::{Context, ConversationChoice, START_TIME, SessionTime, TestGroup, TestUser, TextChoice, TimeChoice},
    codec_check::check_text,
    incoming::{IncomingPublication, PropertyStyle, PublicationKind},
    store::Store,
};

/// The maximum number of steps. Longer scenarios are slow and find no new faults.
const MAX_STEPS: usize = 200;
/// How many timeouts in a row may be due at the same time.
const MAX_TIMEOUTS: usize = 4;

/// All steps of harness peer, in run_command, each after a change of the clock.
#[derive(Debug, Arbitrary)]
pub struct Scenario {
    has_prefix: bool,
    start: InitialState,
    steps: Vec<(ClockChange, Step)>,
}

/// The state of the peer before the first step.
#[derive(Debug, Clone, Copy, Arbitrary)]
enum InitialState {
    Offline,
    /// Connected.
    Online,
    /// Connected, in a session with bob, and the leader of a group with bob and carol.
    WithSessionAndGroup,
}

/// The change of the clock before a step.
#[derive(Debug, Clone, Copy, Arbitrary)]
enum ClockChange {
    None,
    Millis(u8),
    Seconds(u8),
    Hours(u8),
    Days(u8),
    /// The clock advances to the peer's next timeout.
    Due,
    /// The wall clock is set back by this many seconds.
    Back(u8),
}

impl Scenario {
    /// Runs all steps. Panics if an invariant is broken.
    pub fn run(&self) {
        let mut harness = Harness::new(if self.has_prefix { "site/a/" } else { "" });
        harness.start(self.start);
        for (clock_change, step) in self.steps.iter().take(MAX_STEPS) {
            harness.advance_clock(*clock_change);
            harness.apply(step);
        }
        harness.run_timeouts();
        check_outbox(&harness.peer);
        let mut restored = harness.restored();
        check_restored(&harness.peer, &restored);
        probe(&mut restored, harness.now).assert_equal(&probe(&mut harness.peer, harness.now));
    }
}

/// A peer with a model of its store, and the state that the checks need.
struct Harness {
    prefix: &'static str,
    peer: Peer,
    store: Store,
    now: Now,
    step: u64,
    restarts: u64,
    is_connected: bool,
    last_row: RowId,
    /// The rows that are stored but not published yet: they wait for a connection.
    held: Vec<RowId>,
    fetches: Vec<(ConversationId, u64, u64)>,
    id_fetches: Vec<(ConversationId, UserId)>,
    unacknowledged: Vec<AckToken>,
}

impl Harness {
    fn new(prefix: &'static str) -> Self {
        let store = Store::new(TestUser::Alice.id());
        Self {
            prefix,
            peer: Peer::restore(identity(prefix, 0), store.saved()),
            store,
            now: Now::from_millis(START_TIME.as_millis()),
            step: 0,
            restarts: 0,
            is_connected: false,
            last_row: RowId(0),
            held: Vec::new(),
            fetches: Vec::new(),
            id_fetches: Vec::new(),
            unacknowledged: Vec::new(),
        }
    }

    fn start(&mut self, start: InitialState) {
        let receive = |kind, style| Step::Received { incoming: IncomingPublication::valid(kind, style), packet: 1 };
        let ops = TestGroup::Ops;
        let connect = [Step::Connected { session_present: false, names_senders: false }, Step::Subscribed];
        let open_session_and_group = [
            Step::Command(CommandChoice::RequestChat(TestUser::Bob)),
            receive(
                PublicationKind::Accepted(SessionTime::At(TimeChoice::Small(17)), TestUser::Bob),
                PropertyStyle::Answer(0),
            ),
            receive(
                PublicationKind::Text(ConversationChoice::Known(0), TestUser::Bob, TextChoice::Short(1)),
                PropertyStyle::Papo,
            ),
            Step::Command(CommandChoice::Send(ConversationChoice::Known(0), TextChoice::Short(2))),
            Step::Command(CommandChoice::CreateGroup(ops)),
            receive(PublicationKind::Enter(ops, TestUser::Bob), PropertyStyle::Papo),
            Step::Command(CommandChoice::Accept(0)),
            receive(PublicationKind::Enter(ops, TestUser::Carol), PropertyStyle::Plain),
            Step::Command(CommandChoice::Accept(0)),
            Step::Command(CommandChoice::Send(ConversationChoice::Group(ops), TextChoice::Short(3))),
        ];
        if !matches!(start, InitialState::Offline) {
            connect.iter().for_each(|step| self.apply(step));
        }
        if matches!(start, InitialState::WithSessionAndGroup) {
            open_session_and_group.iter().for_each(|step| self.apply(step));
            assert_eq!(self.peer.conversations().len(), 2, "the session and the group exist");
            let ops = &self.peer.groups()[&ops.text().parse().expect("a valid group name")];
            assert_eq!(ops.members.len(), 2, "bob and carol are members");
        }
    }

    fn restored(&self) -> Peer {
        Peer::restore(identity(self.prefix, self.restarts + 1), self.store.saved())
    }

    fn context(&self) -> Context<'_> {
        Context { peer: Some(&self.peer), now: self.now.wall, step: self.step }
    }

    fn advance_clock(&mut self, clock_change: ClockChange) {
        let span = |seconds: u64| Duration::from_secs(seconds);
        self.now = match clock_change {
            ClockChange::None => self.now,
            ClockChange::Millis(n) => self.now + Duration::from_millis(n.into()),
            ClockChange::Seconds(n) => self.now + span(n.into()),
            ClockChange::Hours(n) => self.now + span(3600 * u64::from(n)),
            ClockChange::Days(n) => self.now + span(86_400 * u64::from(n)),
            ClockChange::Due => {
                let wait = self.peer.next_timeout().map_or(Duration::ZERO, |due| due.since(self.now.tick));
                self.now + wait
            }
            ClockChange::Back(n) => Now { wall: self.now.wall - span(n.into()), ..self.now },
        };
    }

    fn apply(&mut self, step: &Step) {
        match step {
            Step::Timeout => self.run_timeouts(),
            Step::Restart => {
                let restored = self.restored();
                check_restored(&self.peer, &restored);
                self.peer = restored;
                self.restarts += 1;
                self.is_connected = false;
                self.fetches.clear();
                self.id_fetches.clear();
                self.unacknowledged.clear();
                self.held.clear();
                self.last_row = self.peer.outbox().next_back().map_or(RowId(0), |waiting| waiting.row);
            }
            Step::FetchedIds { whole } => {
                if self.id_fetches.is_empty() {
                    return;
                }
                let (conversation, author) = self.id_fetches.remove(0);
                let messages =
                    if *whole { self.store.numbered(&conversation, &author, 1, u64::MAX) } else { Vec::new() };
                let ids =
                    messages.into_iter().filter_map(|message| Some((message.sequence_number?, message.id))).collect();
                self.handle_input(Input::FetchedIds { conversation, author, ids });
            }
            Step::Command(choice) => {
                if let Some(command) = choice.command(&self.context()) {
                    self.run_command(command);
                }
            }
            _ => {
                let mut fetches = std::mem::take(&mut self.fetches);
                let input = step.input(self.prefix, &self.context(), &self.store, &mut fetches);
                self.fetches = fetches;
                if let Some(input) = input {
                    self.handle_input(input);
                }
            }
        }
    }

    /// Handles timeouts until none is due.
    fn run_timeouts(&mut self) {
        for _ in 0..MAX_TIMEOUTS {
            self.handle_input(Input::Timeout);
            if self.peer.next_timeout().is_none_or(|due| due > self.now.tick) {
                return;
            }
        }
        panic!("a timeout is still due");
    }

    fn run_command(&mut self, command: Command) {
        self.step += 1;
        let was_connected = self.is_connected;
        if command == Command::GoOffline {
            self.is_connected = false;
        }
        // The peer may refuse the command; its state must stay valid.
        drop(self.peer.command(self.now, command));
        self.check_batch(was_connected);
    }

    fn handle_input(&mut self, input: Input) {
        self.step += 1;
        let was_connected = self.is_connected;
        let token = match &input {
            Input::Received { token, .. } if token.packet != 0 => Some(*token),
            _ => None,
        };
        match &input {
            Input::Connected { .. } => self.is_connected = true,
            Input::Disconnected => self.is_connected = false,
            _ => {}
        }
        // A delivery may have to wait for message IDs from the store. The peer acknowledges it after the answer, unless
        // the connection ends first.
        if matches!(input, Input::Connected { .. } | Input::Disconnected) {
            self.unacknowledged.clear();
            self.id_fetches.clear();
        }
        self.unacknowledged.extend(token);
        self.peer.handle_input(self.now, input);
        self.check_batch(was_connected);
    }

    /// Checks the batch after an input or a command, and commits it to the store.
    fn check_batch(&mut self, was_connected: bool) {
        let may_publish = was_connected || self.is_connected;
        let mut batch = self.peer.take_batch();
        assert_eq!(self.peer.take_batch(), Batch::default(), "take_batch leaves an empty batch");

        let mut acks = Vec::new();
        let mut rows = Vec::new();
        for output in &batch.outputs {
            check_output(self.prefix, self.peer.me(), output);
            match output {
                // The publication that clears a presence has a row, but the store does not commit it.
                Output::Publish { row: Some(_), publication } if self.clears_presence(publication) => {
                    assert!(may_publish, "a publication without a connection: {output:?}");
                }
                Output::Publish { row: Some(row), .. } => rows.push(*row),
                Output::Ack(token) => acks.push(*token),
                Output::Forget(_) => {}
                Output::Fetch { conversation, from, upto } => {
                    assert!(may_publish, "the peer reads messages back without a connection");
                    self.fetches.push((conversation.clone(), *from, *upto));
                }
                Output::FetchIds { conversation, author } => {
                    assert!(may_publish, "the peer reads messages back without a connection");
                    self.id_fetches.push((conversation.clone(), author.clone()));
                }
                Output::Publish { row: None, .. } | Output::Subscribe(_) | Output::Unsubscribe(_) => {
                    assert!(may_publish, "a publication without a connection: {output:?}");
                }
            }
        }
        for ack in acks {
            let position = self.unacknowledged.iter().position(|token| *token == ack);
            self.unacknowledged.remove(position.expect("the peer acknowledges each delivery once"));
        }
        assert!(
            self.unacknowledged.is_empty() || !self.id_fetches.is_empty(),
            "the peer has not acknowledged a delivery that does not wait for IDs"
        );
        for event in &batch.events {
            if let papo::protocol::Event::Suspicious(text) = event {
                check_text(&Language::english().translate(text.reason.clone()));
            }
        }
        self.commit(&mut batch.operations, &rows);
        check_state(&self.peer, &self.store);
    }

    fn clears_presence(&self, publication: &Publication) -> bool {
        publication.payload.is_empty() && publication.topic.starts_with(&format!("{}USERS/", self.prefix))
    }

    /// Commits the operations to the model, which checks them, and compares the new rows of the outbox with
    /// `published`.
    fn commit(&mut self, operations: &mut Vec<Operation>, published: &[RowId]) {
        for operation in operations.iter_mut() {
            match operation {
                // A message that was not published yet may be rewritten.
                Operation::PutOutbox(kept) if self.held.contains(&kept.row) => {}
                Operation::PutOutbox(kept) => {
                    assert!(kept.row > self.last_row, "{:?} does not follow {:?}", kept.row, self.last_row);
                    self.last_row = kept.row;
                    self.held.push(kept.row);
                }
                Operation::RemoveOutbox(row) => self.held.retain(|held| held != row),
                // The model requires unique message IDs, and fuzzed publications may repeat them.
                Operation::Append { message, seq, .. } if message.author != *self.peer.me() => {
                    let unique = u128::from(self.step) << 64 | u128::from(*seq);
                    message.id = papo::domain::MessageId::from_bytes(unique.to_be_bytes());
                }
                _ => {}
            }
        }
        let in_order = self.held.starts_with(published);
        assert!(in_order, "the published rows are those stored in the outbox, in the same order");
        self.held.drain(..published.len());
        self.store.commit(std::mem::take(operations));
    }
}

/// alice's identity. The seed must differ after each restart, because message IDs derive from it.
fn identity(prefix: &str, seed: u64) -> Identity {
    Identity { prefix: prefix.to_owned(), ..Identity::new(TestUser::Alice.id(), "the device", seed) }
}
