//! Every ignored publication is reported with its reason.

use std::collections::BTreeSet;

use papo::{
    domain::{Conversation, ConversationId, Group, Progress, Timestamp, User},
    protocol::{Event, Identity, IgnoredReason, Inbound, Saved},
};

use crate::{
    alice::{Alice, id, identity},
    inbound::inbound,
    outcomes,
};

const BEFORE: Timestamp = Timestamp::from_millis(1_763_850_000_000);
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

/// Publications, one after the other, and why each is ignored.
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

fn group(name: &str, leader: &str, member: &str) -> Group {
    Group {
        name: name.parse().unwrap(),
        leader: Some(id(leader)),
        members: vec![id(member)],
        rev: 3,
        born: Timestamp::from_millis(BORN.parse().unwrap()),
    }
}

/// Alice has a session with bob, leads #ops with bob in it, and knows #far; she has blocked carol.
fn alice() -> Alice {
    let talks: Vec<ConversationId> = ["bob_alice_7", "#ops"].map(|talk| talk.parse().unwrap()).into();
    let saved = Saved {
        conversations: talks.iter().map(|talk| Conversation::new(talk.clone(), BEFORE)).collect(),
        progress: talks.into_iter().map(|talk| (talk, id("bob"), Progress::default())).collect(),
        groups: vec![group("ops", "alice", "bob"), group("far", "zoe", "yan")],
        users: vec![
            User { is_papo: true, ..User::new(id("bob"), BEFORE) },
            User { is_papo: true, ..User::new(id("zoe"), BEFORE) },
            User { is_blocked: true, ..User::new(id("carol"), BEFORE) },
        ],
        ..Saved::default()
    };
    let mut alice = Alice::with(Identity { names_senders: true, ..identity() }, saved);
    alice.connects();
    alice
}

/// The kinds of reasons for which it ignores a publication.
fn ignored(alice: &mut Alice, inbound: Inbound) -> Vec<String> {
    let kind = |event| match event {
        Event::Suspicious(ignored) | Event::Overlooked(ignored) => Some(ignored.reason.kind().to_owned()),
        _ => None,
    };
    alice.receives(inbound).events.into_iter().filter_map(kind).collect()
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

/// A retained publication comes again with each connection.
#[test]
fn repeated_retained_publication_is_reported() {
    let mut alice = alice();
    let kept = Inbound { retained: true, ..inbound("alice_Control", "REQUEST dan", PLAIN) };
    assert_eq!(ignored(&mut alice, kept.clone()), ["retained"]);
    assert_eq!(ignored(&mut alice, kept), ["repeated"]);
}

#[test]
fn table_has_every_reason() {
    // `bounds` tests full lists, `protocol::wire` invalid publications.
    let is_tried_elsewhere = |reason: &IgnoredReason| {
        matches!(
            reason,
            IgnoredReason::Invalid(_)
                | IgnoredReason::GroupListFull(_)
                | IgnoredReason::UserListFull(_)
                | IgnoredReason::InboxFull(_)
                | IgnoredReason::SenderLimitReached { .. }
                | IgnoredReason::Retained(_)
        )
    };
    let all = outcomes::ignored_reasons().into_iter().filter(|reason| !is_tried_elsewhere(reason));
    let kinds: BTreeSet<&str> = all.map(|reason| reason.kind()).collect();
    let shown: BTreeSet<&str> = TABLE.iter().filter_map(|(.., why)| *why).collect();
    assert_eq!(shown, kinds);
}
