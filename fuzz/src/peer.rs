//! A peer's life: any inputs in any order, and what must hold after each of them.

mod holding;
mod input;

use std::time::Duration;

use arbitrary::Arbitrary;
use papo::{
    app::Language,
    domain::{ConversationId, Now, UserId},
    protocol::{AckToken, Batch, Command, Identity, Input, Operation, Output, Peer, Publication, RowId},
};

use self::{
    holding::{check_outbox, check_output, check_state, check_twin, probe},
    input::{What, Wish},
};
use crate::{
    heard::{Circle, Heard, Manner, START, Said, Scene, Started, Talk, Time, Who, Words},
    store::Store,
    understood::check_words,
};

/// Longer lives show nothing new and take long.
const MOST_STEPS: usize = 200;
/// So often may a peer want to be woken without time passing.
const RESTLESS: usize = 4;

/// Everything that happens to one peer.
#[derive(Debug, Arbitrary)]
pub struct Life {
    has_prefix: bool,
    start: Start,
    steps: Vec<(Pace, What)>,
}

/// What has happened before.
#[derive(Debug, Clone, Copy, Arbitrary)]
enum Start {
    Nothing,
    /// It is connected.
    Up,
    /// It talks with one and leads a group with two.
    AmongFriends,
}

/// How time passes before something happens.
#[derive(Debug, Clone, Copy, Arbitrary)]
enum Pace {
    None,
    Millis(u8),
    Seconds(u8),
    Hours(u8),
    Days(u8),
    /// Until the peer wants to be woken.
    Due,
    /// The clock is set back by so many seconds.
    Back(u8),
}

impl Life {
    /// Lives it; panics where something does not hold.
    pub fn live(&self) {
        let mut one = One::new(if self.has_prefix { "site/a/" } else { "" });
        one.start(self.start);
        for (pace, what) in self.steps.iter().take(MOST_STEPS) {
            one.pass(*pace);
            one.meet(what);
        }
        one.rest();
        check_outbox(&one.peer);
        let mut twin = one.twin();
        check_twin(&one.peer, &twin);
        probe(&mut twin, one.now).check_like(&probe(&mut one.peer, one.now));
    }
}

/// The peer and what is around it.
struct One {
    prefix: &'static str,
    peer: Peer,
    store: Store,
    now: Now,
    step: u64,
    starts: u64,
    is_linked: bool,
    last_row: RowId,
    fetches: Vec<(ConversationId, u64, u64)>,
    id_fetches: Vec<(ConversationId, UserId)>,
    unacknowledged: Vec<AckToken>,
}

impl One {
    fn new(prefix: &'static str) -> Self {
        let store = Store::new(Who::Alice.id());
        Self {
            prefix,
            peer: Peer::restore(identity(prefix, 0), store.saved()),
            store,
            now: Now::from_millis(START.as_millis()),
            step: 0,
            starts: 0,
            is_linked: false,
            last_row: RowId(0),
            fetches: Vec::new(),
            id_fetches: Vec::new(),
            unacknowledged: Vec::new(),
        }
    }

    fn start(&mut self, start: Start) {
        let hear = |said, manner| What::Received { heard: Heard::proper(said, manner), packet: 1 };
        let ops = Circle::Ops;
        let up = [What::Connected { session_present: false }, What::Subscribed];
        let friends = [
            What::Command(Wish::RequestChat(Who::Bob)),
            hear(Said::Accepted(Started::At(Time::Small(17)), Who::Bob), Manner::Answer(0)),
            hear(Said::Text(Talk::Known(0), Who::Bob, Words::Short(1)), Manner::Papo),
            What::Command(Wish::Send(Talk::Known(0), Words::Short(2))),
            What::Command(Wish::CreateGroup(ops)),
            hear(Said::Enter(ops, Who::Bob), Manner::Papo),
            What::Command(Wish::Accept(0)),
            hear(Said::Enter(ops, Who::Carol), Manner::Plain),
            What::Command(Wish::Accept(0)),
            What::Command(Wish::Send(Talk::Circle(ops), Words::Short(3))),
        ];
        if !matches!(start, Start::Nothing) {
            up.iter().for_each(|what| self.meet(what));
        }
        if matches!(start, Start::AmongFriends) {
            friends.iter().for_each(|what| self.meet(what));
            assert_eq!(self.peer.conversations().len(), 2, "all that was to happen has");
            let ops = &self.peer.groups()[&ops.text().parse().expect("it is valid")];
            assert_eq!(ops.members.len(), 2, "both are in");
        }
    }

    fn twin(&self) -> Peer {
        Peer::restore(identity(self.prefix, self.starts + 1), self.store.saved())
    }

    fn scene(&self) -> Scene<'_> {
        Scene { peer: Some(&self.peer), now: self.now.wall, step: self.step }
    }

    fn pass(&mut self, pace: Pace) {
        let span = |seconds: u64| Duration::from_secs(seconds);
        self.now = match pace {
            Pace::None => self.now,
            Pace::Millis(n) => self.now + Duration::from_millis(n.into()),
            Pace::Seconds(n) => self.now + span(n.into()),
            Pace::Hours(n) => self.now + span(3600 * u64::from(n)),
            Pace::Days(n) => self.now + span(86_400 * u64::from(n)),
            Pace::Due => {
                let wait = self.peer.next_timeout().map_or(Duration::ZERO, |due| due.since(self.now.tick));
                self.now + wait
            }
            Pace::Back(n) => Now { wall: self.now.wall - span(n.into()), ..self.now },
        };
    }

    fn meet(&mut self, what: &What) {
        match what {
            What::Timeout => self.rest(),
            What::Restart => {
                let twin = self.twin();
                check_twin(&self.peer, &twin);
                self.peer = twin;
                self.starts += 1;
                self.is_linked = false;
                self.fetches.clear();
                self.id_fetches.clear();
                self.unacknowledged.clear();
                self.last_row = self.peer.outbox().next_back().map_or(RowId(0), |waiting| waiting.row);
            }
            What::FetchedIds { whole } => {
                if self.id_fetches.is_empty() {
                    return;
                }
                let (conversation, author) = self.id_fetches.remove(0);
                let messages =
                    if *whole { self.store.numbered(&conversation, &author, 1, u64::MAX) } else { Vec::new() };
                let ids =
                    messages.into_iter().filter_map(|message| Some((message.sequence_number?, message.id))).collect();
                self.take(Input::FetchedIds { conversation, author, ids });
            }
            What::Command(wish) => {
                if let Some(command) = wish.command(&self.scene()) {
                    self.order(command);
                }
            }
            _ => {
                let mut fetches = std::mem::take(&mut self.fetches);
                let input = what.input(self.prefix, &self.scene(), &self.store, &mut fetches);
                self.fetches = fetches;
                if let Some(input) = input {
                    self.take(input);
                }
            }
        }
    }

    /// It is woken until it wants to sleep.
    fn rest(&mut self) {
        for _ in 0..RESTLESS {
            self.take(Input::Timeout);
            if self.peer.next_timeout().is_none_or(|due| due > self.now.tick) {
                return;
            }
        }
        panic!("the timeouts do not come to rest");
    }

    fn order(&mut self, command: Command) {
        self.step += 1;
        let was_linked = self.is_linked;
        if command == Command::GoOffline {
            self.is_linked = false;
        }
        // Who may not do that is refused, and goes on.
        drop(self.peer.command(self.now, command));
        self.check_batch(was_linked);
    }

    fn take(&mut self, input: Input) {
        self.step += 1;
        let was_linked = self.is_linked;
        let token = match &input {
            Input::Received { token, .. } if token.packet != 0 => Some(*token),
            _ => None,
        };
        match &input {
            Input::Connected { .. } => self.is_linked = true,
            Input::Disconnected => self.is_linked = false,
            _ => {}
        }
        // A delivery may have to wait for ids; then it is acknowledged with the answer, or forgotten with the connection.
        if matches!(input, Input::Connected { .. } | Input::Disconnected) {
            self.unacknowledged.clear();
            self.id_fetches.clear();
        }
        self.unacknowledged.extend(token);
        self.peer.handle_input(self.now, input);
        self.check_batch(was_linked);
    }

    /// Checks and commits what came of an input or a command.
    fn check_batch(&mut self, was_linked: bool) {
        let may_speak = was_linked || self.is_linked;
        let mut batch = self.peer.take_batch();
        assert_eq!(self.peer.take_batch(), Batch::default(), "a batch is taken once");

        let mut acks = Vec::new();
        let mut rows = Vec::new();
        for output in &batch.outputs {
            check_output(self.prefix, self.peer.me(), output);
            match output {
                // Whose presence is cleared is not kept: it is for this connection only.
                Output::Publish { row: Some(_), publication } if self.clears_presence(publication) => {
                    assert!(may_speak, "without a connection: {output:?}");
                }
                Output::Publish { row: Some(row), .. } => rows.push(*row),
                Output::Ack(token) => acks.push(*token),
                Output::Forget(_) => {}
                Output::Fetch { conversation, from, upto } => {
                    assert!(may_speak, "nothing is read back for nobody");
                    self.fetches.push((conversation.clone(), *from, *upto));
                }
                Output::FetchIds { conversation, author } => {
                    assert!(may_speak, "nothing is read back for nobody");
                    self.id_fetches.push((conversation.clone(), author.clone()));
                }
                Output::Publish { row: None, .. } | Output::Subscribe(_) | Output::Unsubscribe(_) => {
                    assert!(may_speak, "without a connection: {output:?}");
                }
            }
        }
        for ack in acks {
            let waiting = self.unacknowledged.iter().position(|token| *token == ack);
            self.unacknowledged.remove(waiting.expect("each delivery is acknowledged once"));
        }
        assert!(
            self.unacknowledged.is_empty() || !self.id_fetches.is_empty(),
            "a delivery that waits for nothing is acknowledged"
        );
        for event in &batch.events {
            if let papo::protocol::Event::Suspicious(text) = event {
                check_words(&Language::english().translate(text.reason.clone()));
            }
        }
        self.keep(&mut batch.operations, &rows);
        check_state(&self.peer, &self.store);
    }

    fn clears_presence(&self, publication: &Publication) -> bool {
        publication.payload.is_empty() && publication.topic.starts_with(&format!("{}USERS/", self.prefix))
    }

    /// Commits the operations; the model checks that what is appended has its place.
    fn keep(&mut self, operations: &mut Vec<Operation>, published: &[RowId]) {
        let mut posted = Vec::new();
        for operation in operations.iter_mut() {
            match operation {
                Operation::PutOutbox(kept) => {
                    assert!(kept.row > self.last_row, "{:?} does not follow {:?}", kept.row, self.last_row);
                    self.last_row = kept.row;
                    posted.push(kept.row);
                }
                // The model holds ids to be unique; what is heard may repeat them.
                Operation::Append { message, seq, .. } if message.author != *self.peer.me() => {
                    let name = u128::from(self.step) << 64 | u128::from(*seq);
                    message.id = papo::domain::MessageId::from_bytes(name.to_be_bytes());
                }
                _ => {}
            }
        }
        assert_eq!(published, posted, "what is kept for the broker leaves, in its order");
        self.store.commit(std::mem::take(operations));
    }
}

/// Each start has ids of its own.
fn identity(prefix: &str, seed: u64) -> Identity {
    Identity {
        me: Who::Alice.id(),
        device: "the device".to_owned(),
        prefix: prefix.to_owned(),
        seed,
        leader_gone_after: Duration::from_secs(14 * 24 * 3600),
        names_senders: false,
    }
}
