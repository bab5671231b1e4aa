//! The state tables in the protocol's document match the peer: each cell is tried. `make docs-update`
//! rewrites them.

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

/// Alice, connected, and bob, who uses papo.
struct Alice {
    peer: Peer,
    now: Now,
    /// Whether a command was refused.
    refused: bool,
}

/// Something that happens.
type Deed = fn(&mut Alice);

/// States and the deeds that lead to each, the events in them, and a function that names the current state.
struct Machine {
    name: &'static str,
    states: &'static [(&'static str, &'static [Deed])],
    events: &'static [(&'static str, Deed)],
    state: fn(&Alice) -> &'static str,
}

impl Alice {
    fn new() -> Self {
        let identity = Identity::new(id("alice"), "hers", 7);
        let peer = Peer::restore(identity, Saved::default());
        let mut alice = Self { peer, now: Now::from_millis(1_700_000_000_000), refused: false };
        alice.meets(Input::Connected { session_present: false });
        alice.meets(Input::Subscribed);
        alice.hears("USERS/bob", "bob online", &[]);
        alice
    }

    fn meets(&mut self, input: Input) {
        self.now = self.now + Duration::from_millis(10);
        self.peer.handle_input(self.now, input);
        self.peer.take_batch();
    }

    fn does(&mut self, command: Command) {
        self.now = self.now + Duration::from_millis(10);
        self.refused |= self.peer.command(self.now, command).is_err();
        self.peer.take_batch();
    }

    /// Receives a publication of bob's papo.
    fn hears(&mut self, topic: &str, payload: &str, properties: &[(&str, &str)]) {
        let properties = [&[("papo", "1"), ("from", "bob"), ("device", "his")], properties].concat();
        self.meets(received(inbound(topic, payload, &properties)));
    }

    /// Receives the record of the group that bob has created.
    fn reads(&mut self, members: &str, rev: u64) {
        let born = [("rev", rev.to_string()), ("born", "1".to_owned())];
        let properties: Vec<(&str, &str)> = born.iter().map(|(key, value)| (*key, value.as_str())).collect();
        self.hears("GROUPS/devs", &format!("devs {members}"), &properties);
    }

    fn first(&self) -> papo::domain::MessageId {
        self.peer.requests().next().expect("there is one").id
    }
}

fn session() -> papo::domain::SessionId {
    SESSION.parse().unwrap()
}

fn group() -> papo::domain::GroupName {
    "devs".parse().unwrap()
}

fn phase(alice: &Alice, conversation: &ConversationId) -> Option<Phase> {
    alice.peer.conversations().get(conversation).map(|talk| talk.phase)
}

fn first_request(alice: &Alice) -> &'static str {
    match alice.peer.requests().next().expect("there is one").state {
        RequestState::Pending => "pending",
        RequestState::Accepted(_) => "accepted",
        RequestState::Denied => "denied",
        RequestState::Withdrawn => "cancelled",
        RequestState::Ignored => "ignored",
    }
}

const ASKS: Deed = |alice| alice.does(Command::RequestChat(id("bob")));
const YES: Deed = |alice| alice.hears("alice_Control", "1700000000000 bob", &[]);
const NO: Deed = |alice| alice.hears("alice_Control", "DENIED bob", &[]);
const TAKES_BACK: Deed = |alice| alice.does(Command::Withdraw(alice.first()));

const MINE: Machine = Machine {
    name: "a request of mine is",
    states: &[
        ("pending", &[ASKS]),
        ("accepted", &[ASKS, YES]),
        ("denied", &[ASKS, NO]),
        ("cancelled", &[ASKS, TAKES_BACK]),
    ],
    events: &[("the other accepts", YES), ("the other denies", NO), ("I cancel it", TAKES_BACK)],
    state: first_request,
};

const IS_ASKED: Deed =
    |alice| alice.hears("alice_Control", "REQUEST bob", &[("id", "0190a0b0c0d070008000000000000001")]);
const ACCEPTS: Deed = |alice| alice.does(Command::Accept(alice.first()));
const DENIES: Deed = |alice| alice.does(Command::Deny(alice.first()));
const IS_TAKEN_BACK: Deed =
    |alice| alice.hears("alice_Control", "DENIED bob", &[("re", "0190a0b0c0d070008000000000000001")]);
const BLOCKS: Deed = |alice| alice.does(Command::Block(id("bob")));

const THEIRS: Machine = Machine {
    name: "a request to me is",
    states: &[
        ("pending", &[IS_ASKED]),
        ("accepted", &[IS_ASKED, ACCEPTS]),
        ("denied", &[IS_ASKED, DENIES]),
        ("cancelled", &[IS_ASKED, IS_TAKEN_BACK]),
        ("ignored", &[IS_ASKED, BLOCKS]),
    ],
    events: &[
        ("I accept", ACCEPTS),
        ("I deny", DENIES),
        ("it is repeated", IS_ASKED),
        ("its sender cancels it", IS_TAKEN_BACK),
        ("I block its sender", BLOCKS),
    ],
    state: first_request,
};

const TALKS: Deed = |alice| {
    ASKS(alice);
    YES(alice);
};
const ENDS: Deed = |alice| alice.does(Command::End(session()));
const SAYS: Deed = |alice| {
    alice.does(Command::Send {
        conversation: ConversationId::Session(session()),
        text: "hello".to_owned(),
        relation: None,
    });
};

/// bob writes a message with the next number.
fn writes(alice: &mut Alice, payload: &str) {
    let talk = ConversationId::Session(session());
    let known = alice.peer.progress(&talk).find_map(|(_, progress)| progress.received).unwrap_or(0);
    let (n, message) = ((known + 1).to_string(), format!("0190a0b0c0d0700080000000000001{:02}", known + 1));
    alice.hears(SESSION, payload, &[("n", n.as_str()), ("id", message.as_str())]);
}

const BOB_ENDS: Deed = |alice| writes(alice, "END");
const BOB_SAYS: Deed = |alice| writes(alice, "bob hello");

const SESSIONS: Machine = Machine {
    name: "a session is",
    states: &[
        ("open", &[TALKS]),
        ("ended by me", &[TALKS, ENDS]),
        ("ended by the other", &[TALKS, BOB_ENDS]),
        ("closed", &[TALKS, ENDS, BOB_ENDS]),
    ],
    events: &[
        ("`END` by me", ENDS),
        ("message by me", SAYS),
        ("`END` by the other", BOB_ENDS),
        ("message by the other", BOB_SAYS),
    ],
    state: |alice| match phase(alice, &ConversationId::Session(session())) {
        Some(Phase::Open { ended_by_me: true, .. }) => "ended by me",
        Some(Phase::Open { ended_by_peer: true, .. }) => "ended by the other",
        Some(Phase::Open { .. }) => "open",
        Some(Phase::Closed) => "closed",
        other => panic!("a session cannot be {other:?}"),
    },
};

const STANDS: Deed = |alice| alice.reads("bob carol", 2);
const JOINS: Deed = |alice| alice.does(Command::JoinGroup(group()));
const HAS_ME: Deed = |alice| alice.reads("bob carol alice", 3);
const COMES_IN: Deed = |alice| {
    STANDS(alice);
    JOINS(alice);
    HAS_ME(alice);
};
const NAMES_ME: Deed = |alice| alice.reads("alice carol bob", 4);
const LEAVES: Deed = |alice| alice.does(Command::LeaveGroup(group()));
const HAS_ME_NOT: Deed = |alice| alice.reads("bob carol", 5);
const IS_DISBANDED: Deed = |alice| alice.hears("GROUPS/devs", "", &[("born", "1")]);
/// Accepts the newest request.
const SAYS_YES: Deed = |alice| {
    let newest = alice.peer.requests().next_back().map(|request| request.id);
    alice.refused |= newest.is_none();
    if let Some(newest) = newest {
        alice.does(Command::Accept(newest));
    }
};

const GROUPS: Machine = Machine {
    name: "in a group I am",
    states: &[
        ("outside", &[STANDS]),
        ("asking", &[STANDS, JOINS]),
        ("invited", &[STANDS, HAS_ME]),
        ("a member", &[COMES_IN]),
        ("the leader", &[COMES_IN, NAMES_ME]),
        ("left", &[COMES_IN, LEAVES]),
        ("removed", &[COMES_IN, HAS_ME_NOT]),
    ],
    events: &[
        ("I ask to join", JOINS),
        ("I accept", SAYS_YES),
        ("a record lists me", |alice| alice.reads("bob carol alice", 6)),
        ("a record names me leader", |alice| alice.reads("alice carol bob", 6)),
        ("a record omits me", |alice| alice.reads("bob carol", 6)),
        ("I leave", LEAVES),
        ("it is disbanded", IS_DISBANDED),
    ],
    state: |alice| {
        let talk = phase(alice, &ConversationId::Group(group()));
        let Some(record) = alice.peer.groups().get(&group()) else {
            return match talk {
                Some(Phase::Disbanded) => "disbanded",
                _ => "no such group",
            };
        };
        let waits = |direction| alice.peer.requests().any(|it| it.is_pending() && it.direction == direction);
        match talk {
            Some(Phase::Open { .. }) if record.is_led_by(&id("alice")) => "the leader",
            Some(Phase::Open { .. }) => "a member",
            _ if waits(papo::domain::Direction::Outgoing) => "asking",
            _ if waits(papo::domain::Direction::Incoming) => "invited",
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
            for (_, happens) in self.events {
                let mut alice = Alice::new();
                before.iter().for_each(|happened| happened(&mut alice));
                assert_eq!((self.state)(&alice), *state, "{}", self.name);
                alice.refused = false;
                happens(&mut alice);
                let becomes = (self.state)(&alice);
                let cell = match (becomes == *state, alice.refused) {
                    (_, true) => "refused",
                    (true, _) => "–",
                    _ => becomes,
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
    for (place, machines) in [("requests", &[MINE, THEIRS][..]), ("sessions", &[SESSIONS]), ("groups", &[GROUPS])] {
        let start = format!("<!-- states of {place}: made by `make docs-update` -->\n");
        let end = format!("<!-- end of states of {place} -->\n");
        let (before, rest) = document.split_once(&start).expect("the document has a place for them");
        let (written, after) = rest.split_once(&end).expect("the place has an end");
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
