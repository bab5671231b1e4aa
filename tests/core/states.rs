//! The state tables in the protocol's document match the peer: the test tries each cell. `make docs-update`
//! rewrites the tables.

use std::{fmt::Write as _, fs, time::Duration};

use papo::{
    domain::{ConversationId, Now, Phase, RequestState},
    protocol::{Command, Identity, Input, Peer, Saved},
};

use crate::{
    alice::id,
    inbound::{inbound, received},
};

const DOCUMENT: &str = "src/protocol/README.md";
const SESSION: &str = "bob_alice_1700000000000";

/// Alice's peer, which is connected. Bob is online and uses papo.
struct Alice {
    peer: Peer,
    now: Now,
    /// Whether a command was refused.
    refused: bool,
}

/// A command of alice's, or a publication that she receives.
type Step = fn(&mut Alice);

/// A table of state transitions.
struct Machine {
    /// The heading of the column of states.
    name: &'static str,
    /// The name of each state, and the steps that lead to it.
    states: &'static [(&'static str, &'static [Step])],
    /// The name of each event, and the step that causes it.
    events: &'static [(&'static str, Step)],
    /// Returns the name of the current state.
    state: fn(&Alice) -> &'static str,
}

impl Alice {
    fn new() -> Self {
        let identity = Identity::new(id("alice"), "hers", 7);
        let peer = Peer::restore(identity, Saved::default());
        let mut alice = Self { peer, now: Now::from_millis(1_700_000_000_000), refused: false };
        alice.handle(Input::Connected { session_present: false, names_senders: false });
        alice.handle(Input::Subscribed);
        alice.receive("USERS/bob", "bob online", &[]);
        alice
    }

    fn handle(&mut self, input: Input) {
        self.now = self.now + Duration::from_millis(10);
        self.peer.handle_input(self.now, input);
        self.peer.take_batch();
    }

    fn command(&mut self, command: Command) {
        self.now = self.now + Duration::from_millis(10);
        self.refused |= self.peer.command(self.now, command).is_err();
        self.peer.take_batch();
    }

    /// Receives a publication of bob's papo.
    fn receive(&mut self, topic: &str, payload: &str, properties: &[(&str, &str)]) {
        let properties = [&[("papo", "1"), ("from", "bob"), ("device", "his")], properties].concat();
        self.handle(received(inbound(topic, payload, &properties)));
    }

    /// Receives a record of the group #devs. `members`: the leader, then the members.
    fn receive_record(&mut self, members: &str, rev: u64) {
        let born = [("rev", rev.to_string()), ("born", "1".to_owned())];
        let properties: Vec<(&str, &str)> = born.iter().map(|(key, value)| (*key, value.as_str())).collect();
        self.receive("GROUPS/devs", &format!("devs {members}"), &properties);
    }

    fn first_request(&self) -> papo::domain::MessageId {
        self.peer.requests().next().expect("there is a request").id
    }
}

fn session() -> papo::domain::SessionId {
    SESSION.parse().unwrap()
}

fn group() -> papo::domain::GroupName {
    "devs".parse().unwrap()
}

fn phase(alice: &Alice, conversation: &ConversationId) -> Option<Phase> {
    alice.peer.conversations().get(conversation).map(|chat| chat.phase)
}

fn state_of_first_request(alice: &Alice) -> &'static str {
    match alice.peer.requests().next().expect("there is a request").state {
        RequestState::Pending => "pending",
        RequestState::Accepted(_) => "accepted",
        RequestState::Denied => "denied",
        RequestState::Withdrawn => "cancelled",
        RequestState::Ignored => "ignored",
    }
}

const REQUEST_BOB: Step = |alice| alice.command(Command::RequestChat(id("bob")));
const BOB_ACCEPTS: Step = |alice| alice.receive("alice_Control", "1700000000000 bob", &[]);
const BOB_DENIES: Step = |alice| alice.receive("alice_Control", "DENIED bob", &[]);
const CANCEL: Step = |alice| alice.command(Command::Withdraw(alice.first_request()));

const OUTGOING_REQUEST: Machine = Machine {
    name: "a request of mine is",
    states: &[
        ("pending", &[REQUEST_BOB]),
        ("accepted", &[REQUEST_BOB, BOB_ACCEPTS]),
        ("denied", &[REQUEST_BOB, BOB_DENIES]),
        ("cancelled", &[REQUEST_BOB, CANCEL]),
    ],
    events: &[("the other accepts", BOB_ACCEPTS), ("the other denies", BOB_DENIES), ("I cancel it", CANCEL)],
    state: state_of_first_request,
};

const BOB_REQUESTS: Step =
    |alice| alice.receive("alice_Control", "REQUEST bob", &[("id", "0190a0b0c0d070008000000000000001")]);
const ACCEPT: Step = |alice| alice.command(Command::Accept(alice.first_request()));
const DENY: Step = |alice| alice.command(Command::Deny(alice.first_request()));
const BOB_CANCELS: Step =
    |alice| alice.receive("alice_Control", "DENIED bob", &[("re", "0190a0b0c0d070008000000000000001")]);
const BLOCK_BOB: Step = |alice| alice.command(Command::Block(id("bob")));

const INCOMING_REQUEST: Machine = Machine {
    name: "a request to me is",
    states: &[
        ("pending", &[BOB_REQUESTS]),
        ("accepted", &[BOB_REQUESTS, ACCEPT]),
        ("denied", &[BOB_REQUESTS, DENY]),
        ("cancelled", &[BOB_REQUESTS, BOB_CANCELS]),
        ("ignored", &[BOB_REQUESTS, BLOCK_BOB]),
    ],
    events: &[
        ("I accept", ACCEPT),
        ("I deny", DENY),
        ("it is repeated", BOB_REQUESTS),
        ("its sender cancels it", BOB_CANCELS),
        ("I block its sender", BLOCK_BOB),
    ],
    state: state_of_first_request,
};

const OPEN_SESSION: Step = |alice| {
    REQUEST_BOB(alice);
    BOB_ACCEPTS(alice);
};
const END_SESSION: Step = |alice| alice.command(Command::End(session()));
const SEND: Step = |alice| {
    alice.command(Command::Send {
        conversation: ConversationId::Session(session()),
        text: "hello".to_owned(),
        relation: None,
    });
};

/// Receives bob's message with the next sequence number.
fn receive_next(alice: &mut Alice, payload: &str) {
    let chat = ConversationId::Session(session());
    let received = alice.peer.progress(&chat).find_map(|(_, progress)| progress.received).unwrap_or(0);
    let (n, message) = ((received + 1).to_string(), format!("0190a0b0c0d0700080000000000001{:02}", received + 1));
    alice.receive(SESSION, payload, &[("n", n.as_str()), ("id", message.as_str())]);
}

const BOB_ENDS: Step = |alice| receive_next(alice, "END");
const BOB_SENDS: Step = |alice| receive_next(alice, "bob hello");

const SESSIONS: Machine = Machine {
    name: "a session is",
    states: &[
        ("open", &[OPEN_SESSION]),
        ("ended by me", &[OPEN_SESSION, END_SESSION]),
        ("ended by the other", &[OPEN_SESSION, BOB_ENDS]),
        ("closed", &[OPEN_SESSION, END_SESSION, BOB_ENDS]),
    ],
    events: &[
        ("`END` by me", END_SESSION),
        ("message by me", SEND),
        ("`END` by the other", BOB_ENDS),
        ("message by the other", BOB_SENDS),
    ],
    state: |alice| match phase(alice, &ConversationId::Session(session())) {
        Some(Phase::Open { ended_by_me: true, .. }) => "ended by me",
        Some(Phase::Open { ended_by_peer: true, .. }) => "ended by the other",
        Some(Phase::Open { .. }) => "open",
        Some(Phase::Closed) => "closed",
        other => panic!("a session cannot be {other:?}"),
    },
};

const BOB_LEADS_GROUP: Step = |alice| alice.receive_record("bob carol", 2);
const ASK_TO_JOIN: Step = |alice| alice.command(Command::JoinGroup(group()));
const RECORD_LISTS_ME: Step = |alice| alice.receive_record("bob carol alice", 3);
const JOIN_GROUP: Step = |alice| {
    BOB_LEADS_GROUP(alice);
    ASK_TO_JOIN(alice);
    RECORD_LISTS_ME(alice);
};
const RECORD_NAMES_ME_LEADER: Step = |alice| alice.receive_record("alice carol bob", 4);
const LEAVE_GROUP: Step = |alice| alice.command(Command::LeaveGroup(group()));
const RECORD_OMITS_ME: Step = |alice| alice.receive_record("bob carol", 5);
const GROUP_IS_DISBANDED: Step = |alice| alice.receive("GROUPS/devs", "", &[("born", "1")]);
/// Accepts the newest request.
const ACCEPT_NEWEST: Step = |alice| {
    let newest = alice.peer.requests().next_back().map(|request| request.id);
    alice.refused |= newest.is_none();
    if let Some(newest) = newest {
        alice.command(Command::Accept(newest));
    }
};

const GROUPS: Machine = Machine {
    name: "in a group I am",
    states: &[
        ("outside", &[BOB_LEADS_GROUP]),
        ("asking", &[BOB_LEADS_GROUP, ASK_TO_JOIN]),
        ("invited", &[BOB_LEADS_GROUP, RECORD_LISTS_ME]),
        ("a member", &[JOIN_GROUP]),
        ("the leader", &[JOIN_GROUP, RECORD_NAMES_ME_LEADER]),
        ("left", &[JOIN_GROUP, LEAVE_GROUP]),
        ("removed", &[JOIN_GROUP, RECORD_OMITS_ME]),
    ],
    events: &[
        ("I ask to join", ASK_TO_JOIN),
        ("I accept", ACCEPT_NEWEST),
        ("a record lists me", |alice| alice.receive_record("bob carol alice", 6)),
        ("a record names me leader", |alice| alice.receive_record("alice carol bob", 6)),
        ("a record omits me", |alice| alice.receive_record("bob carol", 6)),
        ("I leave", LEAVE_GROUP),
        ("it is disbanded", GROUP_IS_DISBANDED),
    ],
    state: |alice| {
        let phase = phase(alice, &ConversationId::Group(group()));
        let Some(record) = alice.peer.groups().get(&group()) else {
            return match phase {
                Some(Phase::Disbanded) => "disbanded",
                _ => "no such group",
            };
        };
        let has_pending =
            |direction| alice.peer.requests().any(|request| request.is_pending() && request.direction == direction);
        match phase {
            Some(Phase::Open { .. }) if record.is_led_by(&id("alice")) => "the leader",
            Some(Phase::Open { .. }) => "a member",
            _ if has_pending(papo::domain::Direction::Outgoing) => "asking",
            _ if has_pending(papo::domain::Direction::Incoming) => "invited",
            Some(Phase::Left) => "left",
            Some(Phase::Removed) => "removed",
            _ => "outside",
        }
    },
};

impl Machine {
    fn table(&self) -> String {
        let mut text = format!("\n| {} |", self.name);
        for (event, _) in self.events {
            let _ = write!(text, " {event} |");
        }
        let _ = write!(text, "\n|---|{}\n", "---|".repeat(self.events.len()));
        for (state, before) in self.states {
            let _ = write!(text, "| {state} |");
            for (_, event) in self.events {
                let mut alice = Alice::new();
                before.iter().for_each(|step| step(&mut alice));
                assert_eq!((self.state)(&alice), *state, "{}", self.name);
                alice.refused = false;
                event(&mut alice);
                let after = (self.state)(&alice);
                let cell = match (after == *state, alice.refused) {
                    (_, true) => "refused",
                    (true, _) => "–",
                    _ => after,
                };
                let _ = write!(text, " {cell} |");
            }
            text.push('\n');
        }
        text.push('\n');
        text
    }
}

#[test]
fn state_tables_of_the_protocol_match_the_peer() {
    let mut document = fs::read_to_string(DOCUMENT).unwrap();
    for (place, machines) in
        [("requests", &[OUTGOING_REQUEST, INCOMING_REQUEST][..]), ("sessions", &[SESSIONS]), ("groups", &[GROUPS])]
    {
        let start = format!("<!-- states of {place}: made by `make docs-update` -->\n");
        let end = format!("<!-- end of states of {place} -->\n");
        let (before, rest) = document.split_once(&start).expect("the document has a start marker");
        let (written, after) = rest.split_once(&end).expect("the document has an end marker");
        let expected: String = machines.iter().map(Machine::table).collect::<String>().replace("|\n\n\n|", "|\n\n|");
        if std::env::var_os("PAPO_UPDATE_DOCS").is_some() {
            document = format!("{before}{start}{expected}{end}{after}");
        } else {
            assert_eq!(written, expected, "run `make docs-update`");
        }
    }
    if std::env::var_os("PAPO_UPDATE_DOCS").is_some() {
        fs::write(DOCUMENT, document).unwrap();
    }
}
