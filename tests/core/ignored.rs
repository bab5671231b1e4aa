//! Whatever is ignored is reported with its reason: nothing that comes from the wire disappears in silence.

use std::collections::BTreeSet;

use papo::{
    domain::{Conversation, ConversationId, Group, Now, Progress, Timestamp, User, UserId},
    protocol::{AckToken, Event, Identity, IgnoredReason, Inbound, Input, Peer, Saved},
};

use crate::{inbound::inbound, outcomes};

const NOW: Now = Now::from_millis(1_763_900_000_000);
const BORN: &str = "1763800000000";
const ID: &str = "00e8d4a5100070000000000000000001";

type Properties = &'static [(&'static str, &'static str)];

const PLAIN: Properties = &[];
const BOB: Properties = &[("papo", "1"), ("from", "bob")];
const DAN: Properties = &[("papo", "1"), ("from", "dan"), ("id", ID)];
const EVE: Properties = &[("papo", "1"), ("from", "eve"), ("rev", "4"), ("born", BORN)];
const ZOE: Properties = &[("papo", "1"), ("from", "zoe"), ("rev", "3"), ("born", BORN)];
const ZOE_BEFORE: Properties = &[("papo", "1"), ("from", "zoe"), ("rev", "2"), ("born", BORN)];
const ZOE_EARLIER: Properties = &[("papo", "1"), ("from", "zoe"), ("rev", "4"), ("born", "7")];
const OTHER_DEVICE: Properties = &[("papo", "1"), ("from", "bob"), ("store", "0000000000000000")];
const FORGED: Properties = &[("papo", "1"), ("from", "bob"), ("x-mqtt-sender", "eve")];

/// What comes, one after the other, and why it is ignored.
const TABLE: &[(&str, &str, Properties, Option<&str>)] = &[
    ("alice_Control", "REQUEST carol", PLAIN, Some("blocked")),
    ("groups/ops/leader", "carol ENTER", PLAIN, Some("blocked")),
    ("bob_Control", "REQUEST dan", PLAIN, Some("other-owner")),
    ("alice_Control", "REQUEST dan", DAN, None),
    ("alice_Control", "REQUEST dan", DAN, Some("repeated")),
    ("alice_Control", "7 bob", PLAIN, Some("repeated")),
    ("alice_Control", "DENIED bob", PLAIN, Some("unasked")),
    ("alice_Control", "DENIED bob ops", BOB, Some("unasked")),
    ("alice_Control", "GI ops", BOB, Some("already-joined")),
    ("alice_Control", "ACK bob_alice_7 1", PLAIN, Some("nameless")),
    ("alice_Control", "TYPING bob_alice_7", PLAIN, Some("nameless")),
    ("alice_Control", "TYPING bob_alice_7", BOB, None),
    ("alice_Control", "TYPING bob_alice_8", BOB, Some("no-chat")),
    ("alice_Control", "TYPING #far", BOB, Some("no-chat")),
    ("alice_Control", "ACK bob_alice_8 1", BOB, Some("no-chat")),
    ("alice_Control", "RESEND zoe_alice_7 1", BOB, Some("no-chat")),
    ("alice_Control", "READ bob_alice_7 1", BOB, Some("unwritten")),
    ("alice_Control", "ACK bob_alice_7 1", OTHER_DEVICE, Some("other-device")),
    ("alice_Control", "RESEND #none 1", BOB, Some("no-group")),
    ("alice_Control", "RESEND #none 1", BOB, Some("paced")),
    ("alice_Control", "REQUEST alice", PLAIN, Some("own-control")),
    ("alice_Control", "GI devs", FORGED, Some("forged-sender")),
    ("bob_alice_7", "eve hi", PLAIN, Some("stranger")),
    ("bob_alice_7", "bob hi", PLAIN, None),
    ("groups/far/messages", "zoe hi", ZOE, Some("chat-over")),
    ("groups/ops/leader", "alice ENTER", PLAIN, Some("own")),
    ("groups/ops/leader", "bob ENTER", PLAIN, None),
    ("groups/ops/leader", "bob ENTER", PLAIN, Some("paced")),
    ("groups/ops/leader", "dan LEAVE", PLAIN, Some("no-member")),
    ("groups/far/leader", "dan ENTER", PLAIN, Some("not-led")),
    ("groups/far/leader", "dan LEAVE", PLAIN, Some("not-led")),
    ("groups/ops/members", "dan", PLAIN, Some("no-member")),
    ("groups/ops/members", "alice", PLAIN, Some("own")),
    ("groups/none/members", "dan", PLAIN, Some("no-group")),
    ("GROUPS", "none DISBAND", PLAIN, Some("no-group")),
    ("GROUPS", "far CREATE", PLAIN, Some("created")),
    ("groups/info", "far zoe yan", ZOE, Some("copy")),
    ("GROUPS/far", "far zoe yan", ZOE, None),
    ("GROUPS/far", "far zoe", ZOE_BEFORE, Some("outdated")),
    ("GROUPS/far", "", ZOE_EARLIER, Some("outdated")),
    ("GROUPS/far", "far eve", EVE, Some("forbidden-record")),
    ("GROUPS", "far DISBAND", EVE, Some("forbidden-disband")),
];

fn id(name: &str) -> UserId {
    name.parse().unwrap()
}

fn group(name: &str, leader: &str, member: &str) -> Group {
    Group {
        name: name.parse().unwrap(),
        leader: Some(id(leader)),
        members: vec![id(member)],
        rev: 3,
        born: Timestamp::from_millis(BORN.parse().unwrap()),
    }
}

/// Alice talks with bob, leads #ops, which he is in, and knows #far; she has blocked carol.
fn alice() -> Peer {
    let talks: Vec<ConversationId> = ["bob_alice_7", "#ops"].map(|talk| talk.parse().unwrap()).into();
    let saved = Saved {
        conversations: talks.iter().map(|talk| Conversation::new(talk.clone(), NOW.wall)).collect(),
        progress: talks.into_iter().map(|talk| (talk, id("bob"), Progress::default())).collect(),
        groups: vec![group("ops", "alice", "bob"), group("far", "zoe", "yan")],
        users: vec![
            User { is_papo: true, ..User::new(id("bob"), NOW.wall) },
            User { is_papo: true, ..User::new(id("zoe"), NOW.wall) },
            User { is_blocked: true, ..User::new(id("carol"), NOW.wall) },
        ],
        ..Saved::default()
    };
    let identity = Identity { names_senders: true, ..Identity::new(id("alice"), "d", 7) };
    let mut alice = Peer::restore(identity, saved);
    alice.handle_input(NOW, Input::Connected { session_present: true });
    alice.handle_input(NOW, Input::Subscribed);
    alice.take_batch();
    alice
}

/// The kinds of reasons for which it ignores a publication.
fn ignored(peer: &mut Peer, inbound: Inbound) -> Vec<String> {
    peer.handle_input(NOW, Input::Received { inbound, token: AckToken { epoch: 1, packet: 1 } });
    let kind = |event| match event {
        Event::Suspicious(ignored) | Event::Overlooked(ignored) => Some(ignored.reason.kind().to_owned()),
        _ => None,
    };
    peer.take_batch().events.into_iter().filter_map(kind).collect()
}

#[test]
fn each_ignored_publication_has_its_reason() {
    let mut alice = alice();
    for (topic, payload, properties, why) in TABLE {
        let why: Vec<String> = why.iter().map(ToString::to_string).collect();
        let inbound = inbound(topic, payload, properties);
        assert_eq!(ignored(&mut alice, inbound), why, "{topic}: {payload:?} {properties:?}");
    }
}

/// One that the broker keeps comes with each connection.
#[test]
fn a_retained_publication_that_has_come_before_is_reported() {
    let mut alice = alice();
    let kept = Inbound { retained: true, ..inbound("alice_Control", "REQUEST dan", PLAIN) };
    assert_eq!(ignored(&mut alice, kept.clone()), ["retained"]);
    assert_eq!(ignored(&mut alice, kept), ["repeated"]);
}

#[test]
fn the_table_has_all_reasons() {
    // Full lists are tried in `bounds`, invalid publications in `protocol::wire`.
    let is_tried_elsewhere = |reason: &IgnoredReason| {
        matches!(
            reason,
            IgnoredReason::Invalid(_)
                | IgnoredReason::GroupListFull(_)
                | IgnoredReason::UserListFull(_)
                | IgnoredReason::InboxFull(_)
                | IgnoredReason::InboxFullOfOne { .. }
                | IgnoredReason::Retained(_)
        )
    };
    let all = outcomes::ignored_reasons().into_iter().filter(|reason| !is_tried_elsewhere(reason));
    let kinds: BTreeSet<&str> = all.map(|reason| reason.kind()).collect();
    let shown: BTreeSet<&str> = TABLE.iter().filter_map(|(.., why)| *why).collect();
    assert_eq!(shown, kinds);
}
