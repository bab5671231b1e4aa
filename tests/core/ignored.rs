//! Every ignored publication is reported with its reason.

use std::collections::BTreeSet;

use papo::{
    domain::{Conversation, ConversationId, DeliveryProgress, Group, Timestamp, User},
    protocol::{Event, IgnoredReason, Inbound, Saved},
};

use crate::{
    alice::{Alice, id},
    inbound::inbound,
    outcomes,
};

const CREATED_AT: Timestamp = Timestamp::from_millis(1_763_850_000_000);
const GROUP_BORN: &str = "1763800000000";
const REQUEST_ID: &str = "00e8d4a5100070000000000000000001";

type Properties = &'static [(&'static str, &'static str)];

/// User properties of publications, named after their sender. A plain client sends none.
const PLAIN: Properties = &[];
const BOB: Properties = &[("papo", "1"), ("from", "bob")];
const DAN: Properties = &[("papo", "1"), ("from", "dan"), ("id", REQUEST_ID)];
const EVE: Properties = &[("papo", "1"), ("from", "eve"), ("rev", "4"), ("born", GROUP_BORN)];
const ZOE: Properties = &[("papo", "1"), ("from", "zoe"), ("rev", "3"), ("born", GROUP_BORN)];
const ZOE_OLDER_REVISION: Properties = &[("papo", "1"), ("from", "zoe"), ("rev", "2"), ("born", GROUP_BORN)];
const ZOE_OLDER_GROUP: Properties = &[("papo", "1"), ("from", "zoe"), ("rev", "4"), ("born", "7")];
const OTHER_DEVICE: Properties = &[("papo", "1"), ("from", "bob"), ("store", "0000000000000000")];
const BOB_NOW: Properties = &[("papo", "1"), ("from", "bob"), ("ts", "1763850000002")];
const BOB_BEFORE: Properties = &[("papo", "1"), ("from", "bob"), ("ts", "1763850000001")];
const FORGED: Properties = &[("papo", "1"), ("from", "bob"), ("x-mqtt-sender", "eve")];

/// Publications in the order in which alice receives them, each with the kind of its `IgnoredReason`, or `None` if she
/// accepts it.
const TABLE: &[(&str, &str, Properties, Option<&str>)] = &[
    ("alice_Control", "REQUEST carol", PLAIN, Some("Blocked")),
    ("groups/ops/leader", "carol ENTER", PLAIN, Some("Blocked")),
    ("bob_Control", "REQUEST dan", PLAIN, Some("ControlForOther")),
    ("alice_Control", "REQUEST dan", DAN, None),
    ("alice_Control", "REQUEST dan", DAN, Some("Duplicate")),
    ("alice_Control", "7 bob", PLAIN, Some("Duplicate")),
    ("alice_Control", "DENIED bob", PLAIN, Some("UnmatchedDenial")),
    ("alice_Control", "DENIED bob ops", BOB, Some("UnmatchedDenial")),
    ("alice_Control", "GI ops", BOB, Some("AlreadyJoined")),
    ("alice_Control", "ACK bob_alice_7 1", PLAIN, Some("NoSender")),
    ("alice_Control", "TYPING bob_alice_7", PLAIN, Some("NoSender")),
    ("alice_Control", "TYPING bob_alice_7", BOB, None),
    ("alice_Control", "TYPING bob_alice_8", BOB, Some("NoChat")),
    ("alice_Control", "TYPING #far", BOB, Some("NoChat")),
    ("alice_Control", "ACK bob_alice_8 1", BOB, Some("NoChat")),
    ("alice_Control", "RESEND zoe_alice_7 1", BOB, Some("NoChat")),
    ("alice_Control", "READ bob_alice_7 1", BOB, Some("NotMyMessage")),
    ("alice_Control", "ACK bob_alice_7 1", OTHER_DEVICE, Some("OtherDevice")),
    ("alice_Control", "RESEND #none 1", BOB, Some("NoGroup")),
    ("alice_Control", "RESEND #none 1", BOB, Some("RateLimited")),
    ("alice_Control", "REQUEST alice", PLAIN, Some("ControlFromMyself")),
    ("alice_Control", "GI devs", FORGED, Some("ForgedSender")),
    ("bob_alice_7", "eve hi", PLAIN, Some("Stranger")),
    ("bob_alice_7", "bob hi", PLAIN, None),
    ("bob_alice_7", "END", BOB, Some("NoAuthor")),
    ("groups/far/messages", "zoe hi", ZOE, Some("ChatOver")),
    ("groups/ops/leader", "alice ENTER", PLAIN, Some("FromMyself")),
    ("groups/ops/leader", "bob ENTER", PLAIN, None),
    ("groups/ops/leader", "bob ENTER", PLAIN, Some("RateLimited")),
    ("groups/ops/leader", "dan LEAVE", PLAIN, Some("NotMember")),
    ("groups/far/leader", "dan ENTER", PLAIN, Some("NotLedByMe")),
    ("groups/far/leader", "dan LEAVE", PLAIN, Some("NotLedByMe")),
    ("groups/ops/members", "dan", PLAIN, Some("NotMember")),
    ("groups/ops/members", "alice", PLAIN, Some("FromMyself")),
    ("groups/none/members", "dan", PLAIN, Some("NoGroup")),
    ("GROUPS", "none DISBAND", PLAIN, Some("NoGroup")),
    ("GROUPS", "far CREATE", PLAIN, Some("GroupExists")),
    ("groups/info", "far zoe yan", ZOE, Some("CopyForPlainClients")),
    ("GROUPS/far", "far zoe yan", ZOE, None),
    ("GROUPS/far", "far zoe", ZOE_OLDER_REVISION, Some("Outdated")),
    ("GROUPS/far", "", ZOE_OLDER_GROUP, Some("Outdated")),
    ("GROUPS/far", "far eve", EVE, Some("ForbiddenRecord")),
    ("GROUPS", "far DISBAND", EVE, Some("ForbiddenDisband")),
    ("USERS/bob", "bob offline", BOB_NOW, None),
    ("USERS/bob", "bob online", BOB_BEFORE, Some("OutdatedPresence")),
];

fn group(name: &str, leader: &str, member: &str) -> Group {
    Group {
        name: name.parse().unwrap(),
        leader: Some(id(leader)),
        members: vec![id(member)],
        rev: 3,
        born: Timestamp::from_millis(GROUP_BORN.parse().unwrap()),
        since: None,
    }
}

/// Alice has a session with bob, leads #ops with bob in it, and knows #far; she has blocked carol.
fn alice() -> Alice {
    let chats: Vec<ConversationId> = ["bob_alice_7", "#ops"].map(|chat| chat.parse().unwrap()).into();
    let saved = Saved {
        conversations: chats.iter().map(|chat| Conversation::new(chat.clone(), CREATED_AT)).collect(),
        progress: chats.into_iter().map(|chat| (chat, id("bob"), DeliveryProgress::default())).collect(),
        groups: vec![group("ops", "alice", "bob"), group("far", "zoe", "yan")],
        users: vec![
            User { is_papo: true, ..User::new(id("bob"), CREATED_AT) },
            User { is_papo: true, ..User::new(id("zoe"), CREATED_AT) },
            User { is_blocked: true, ..User::new(id("carol"), CREATED_AT) },
        ],
        ..Saved::default()
    };
    let mut alice = Alice::restored(saved);
    alice.connects_to_naming_broker();
    alice
}

/// Delivers a publication to alice. Returns the kinds of the reasons for which she ignores it.
fn ignored(alice: &mut Alice, inbound: Inbound) -> Vec<String> {
    let kind = |event| match event {
        Event::Suspicious(ignored) | Event::Overlooked(ignored) => Some(ignored.reason.kind()),
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

/// The broker delivers a retained publication again on each connection.
#[test]
fn repeated_retained_publication_is_reported() {
    let mut alice = alice();
    let retained = Inbound { retained: true, ..inbound("alice_Control", "REQUEST dan", PLAIN) };
    assert_eq!(ignored(&mut alice, retained.clone()), ["Retained"]);
    assert_eq!(ignored(&mut alice, retained), ["Duplicate"]);
}

#[test]
fn table_contains_every_reason() {
    // `bounds` tests full lists, `protocol::wire` tests invalid publications, and the test above tests `Retained`.
    let is_tested_elsewhere = |reason: &IgnoredReason| {
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
    let all = outcomes::ignored_reasons().into_iter().filter(|reason| !is_tested_elsewhere(reason));
    let kinds: BTreeSet<String> = all.map(|reason| reason.kind()).collect();
    let in_table: BTreeSet<String> = TABLE.iter().filter_map(|(.., why)| why.map(str::to_owned)).collect();
    assert_eq!(in_table, kinds);
}
