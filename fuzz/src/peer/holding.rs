//! What must hold.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use papo::{
    domain::{
        Conversation, ConversationId, Group, GroupName, Now, Presence, Progress, Request, Timestamp, User, UserId,
    },
    protocol::{AckToken, Command, Inbound, Input, Output, Peer, Publication, Qos, Subscription},
};

use crate::{
    heard::Who,
    protocol::{
        topic::Topic,
        wire::{Content, TypedPublication, decode},
    },
    store::Store,
    understood::check_topic,
};

/// Of what leaves.
pub fn check_output(prefix: &str, me: &UserId, output: &Output) {
    match output {
        Output::Publish { publication, .. } => check_publication(prefix, me, publication),
        Output::Subscribe(wanted) => wanted.iter().for_each(|wanted| check_filter(prefix, wanted)),
        Output::Unsubscribe(filters) => {
            for filter in filters {
                assert!(Topic::parse(prefix, filter).is_ok(), "{filter} is never subscribed to");
            }
        }
        Output::Fetch { from, upto, .. } => assert!((1..=*upto).contains(from), "{output:?} asks for nothing"),
        Output::Forget(_) | Output::Ack(_) | Output::FetchIds { .. } => {}
    }
}

fn check_publication(prefix: &str, me: &UserId, publication: &Publication) {
    check_topic(publication);
    let understood = decode(prefix, &publication.to_inbound(false));
    let Ok(TypedPublication { topic, content, properties }) = understood else {
        panic!("{understood:?} of {publication:?}")
    };
    let is_kept = matches!(topic, Topic::Presence(_) | Topic::GroupRecord(_));
    assert_eq!(publication.retain, is_kept, "{publication:?}");
    assert_eq!(publication.qos, Qos::AtLeastOnce);
    if matches!(topic, Topic::GroupRecord(_)) && publication.payload.is_empty() && !properties.is_papo {
        // The record of a group that its plain leader has disbanded is erased for it, in its own words.
        return;
    }
    assert!(properties.is_papo && properties.from.as_ref() == Some(me), "{publication:?} is not by me");
    assert!(properties.id.is_some(), "{publication:?} has no id");
    match (&topic, content) {
        (_, Content::Cleared(whose)) => assert_ne!(whose, *me, "I do not forget myself"),
        (Topic::Presence(whose), _) => assert_eq!(whose, me, "I speak for myself"),
        _ => {}
    }
}

fn check_filter(prefix: &str, wanted: &Subscription) {
    let trees = ["USERS/#", "GROUPS/#"].map(|tree| format!("{prefix}{tree}"));
    let is_tree = trees.contains(&wanted.filter);
    assert!(is_tree || Topic::parse(prefix, &wanted.filter).is_ok(), "{wanted:?}");
}

/// Of what the peer knows.
pub fn check_state(peer: &Peer, store: &Store) {
    let me = peer.me();
    assert!(!peer.users().contains_key(me), "I am no other");
    let ids: BTreeSet<_> = peer.requests().map(|request| request.id).collect();
    assert_eq!(ids.len(), peer.requests().count(), "requests have ids of their own");
    for group in peer.groups().values() {
        let everyone: BTreeSet<_> = group.everyone().collect();
        assert_eq!(everyone.len(), group.everyone().count(), "somebody is twice in {group:?}");
    }
    for (id, talk) in peer.conversations() {
        let messages = store.messages(id);
        let of_others = messages.iter().filter(|message| message.author != *me).count();
        assert!(talk.at_broker <= talk.sent && talk.unread <= of_others as u64, "{talk:?}");
        let mine: Vec<u64> = messages.iter().filter(|m| m.author == *me).map(|m| m.sequence_number.unwrap_or(0)).collect();
        assert!(mine.iter().copied().eq(1..=talk.sent), "mine are numbered {mine:?} in {talk:?}");
        for (user, progress) in peer.progress(id) {
            let Progress { joined, acked, read, .. } = *progress;
            // One who had left before the group ended has joined behind what they have: nothing more is owed to them.
            assert!(acked <= talk.sent && joined <= talk.sent && read <= acked, "{user} in {talk:?}: {progress:?}");
        }
        for n in 0..=talk.sent + 1 {
            let _ = peer.delivery(id, n);
        }
    }
}

/// Of what waits for the broker.
pub fn check_outbox(peer: &Peer) {
    for waiting in peer.outbox() {
        assert!(waiting.content().is_ok(), "{waiting:?} cannot be read");
        assert_eq!(waiting.written().is_some(), waiting.message.is_some(), "{waiting:?}");
    }
}

/// Of a peer and one that was started with what the other has committed.
pub fn check_twin(peer: &Peer, twin: &Peer) {
    assert_eq!(peer.conversations(), twin.conversations(), "conversations");
    assert_eq!(peer.groups(), twin.groups(), "groups");
    let requests = |peer: &Peer| peer.requests().map(|r| (r.id, r.clone())).collect::<BTreeMap<_, _>>();
    assert_eq!(requests(peer), requests(twin), "requests");
    assert_eq!(users(peer), users(twin), "users");
    assert!(peer.outbox().eq(twin.outbox()), "outbox");
    for id in peer.conversations().keys() {
        assert!(peer.progress(id).eq(twin.progress(id)), "progress in {id}");
        assert_eq!(peer.draft(id), twin.draft(id), "draft in {id}");
    }
}

/// Who was online is not known to be after a start, but to have been here as long as I was.
fn users(peer: &Peer) -> Vec<User> {
    let forgotten = |user: &User| match user.presence {
        Presence::Offline => user.clone(),
        _ => User { presence: Presence::Unknown, seen: Timestamp::default(), ..user.clone() },
    };
    peer.users().values().map(forgotten).collect()
}

/// What a peer knows after the probe, without what is made up: request ids.
pub struct Known {
    conversations: BTreeMap<ConversationId, Conversation>,
    progress: Vec<(ConversationId, UserId, Progress)>,
    users: Vec<User>,
    groups: BTreeMap<GroupName, Group>,
    requests: Vec<String>,
}

impl Known {
    /// Part by part, so that what differs is seen.
    pub fn check_like(&self, other: &Self) {
        assert_eq!(self.conversations, other.conversations, "conversations after the probe");
        assert_eq!(self.progress, other.progress, "progress after the probe");
        assert_eq!(self.users, other.users, "users after the probe");
        assert_eq!(self.groups, other.groups, "groups after the probe");
        assert_eq!(self.requests, other.requests, "requests after the probe");
    }
}

/// Brings a peer through a bit of everything that does not depend on what it has only in its memory.
pub fn probe(peer: &mut Peer, now: Now) -> Known {
    let stated = now.wall.to_string();
    let mut now = now;
    let mut tick = || {
        now = now + Duration::from_millis(10);
        now
    };
    take(peer, tick(), Input::Disconnected);
    take(peer, tick(), Input::Connected { session_present: false });
    take(peer, tick(), Input::Subscribed);
    for who in Who::OTHERS {
        let prefix = peer.will().topic.trim_end_matches("USERS/alice").to_owned();
        let id = who.id();
        let hear = |topic: String, text: String| Input::Received {
            inbound: Inbound {
                topic: format!("{prefix}{topic}"),
                payload: text.into_bytes(),
                retained: false,
                content_type: None,
                properties: [("papo", "1".to_owned()), ("from", id.to_string()), ("ts", stated.clone())]
                    .map(|(name, value)| (name.to_owned(), value))
                    .to_vec(),
            },
            token: AckToken { epoch: 2, packet: 1 },
        };
        take(peer, tick(), hear(format!("USERS/{id}"), format!("{id} online")));
        take(peer, tick(), hear("alice_Control".to_owned(), format!("REQUEST {id}")));
        take(peer, tick(), hear("alice_Control".to_owned(), format!("1 {id}")));
        take(peer, tick(), hear("alice_Control".to_owned(), format!("DENIED {id}")));
        for group in ["ops", "devs", "info"] {
            take(peer, tick(), hear(format!("groups/{group}/leader"), format!("{id} ENTER")));
        }
        order(peer, tick(), Command::RequestChat(id));
    }
    let open: Vec<ConversationId> = peer.conversations().keys().cloned().collect();
    for conversation in open {
        order(peer, tick(), Command::MarkRead(conversation.clone()));
        order(peer, tick(), Command::Send { conversation, text: "probe".to_owned(), relation: None });
    }
    for group in ["ops", "devs", "info"] {
        let group: GroupName = group.parse().expect("it is valid");
        order(peer, tick(), Command::JoinGroup(group.clone()));
        order(peer, tick(), Command::CreateGroup(group));
    }
    take(peer, tick(), Input::Timeout);
    known(peer)
}

fn take(peer: &mut Peer, now: Now, input: Input) {
    peer.handle_input(now, input);
    peer.take_batch();
}

fn order(peer: &mut Peer, now: Now, command: Command) {
    // What is refused is refused alike.
    drop(peer.command(now, command));
    peer.take_batch();
}

fn known(peer: &Peer) -> Known {
    let of = |id: &ConversationId| {
        peer.progress(id).map(|(user, progress)| (id.clone(), user.clone(), *progress)).collect::<Vec<_>>()
    };
    let mut requests: Vec<String> = peer.requests().map(without_id).collect();
    requests.sort();
    Known {
        conversations: peer.conversations().clone(),
        progress: peer.conversations().keys().flat_map(of).collect(),
        users: users(peer),
        groups: peer.groups().values().map(|group| (group.name.clone(), as_signed(peer, group))).collect(),
        requests,
    }
}

/// A leader who has started anew may sign its record once more: what it says stays the same.
fn as_signed(peer: &Peer, group: &Group) -> Group {
    let rev = if group.is_led_by(peer.me()) { 0 } else { group.rev };
    Group { rev, ..group.clone() }
}

fn without_id(request: &Request) -> String {
    let Request { direction, kind, peer, at, answered_at, state, control_topic, times, .. } = request;
    format!("{direction:?} {kind:?} {peer:?} {at} {answered_at:?} {state:?} {control_topic:?} {times}")
}
