//! The invariants of a peer, and the comparison of a peer with one restored from the store.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use papo::{
    domain::{
        Conversation, ConversationId, DeliveryProgress, Group, GroupName, Now, Presence, Request, Timestamp, User,
        UserId,
    },
    protocol::{AckToken, Command, Inbound, Input, Output, Peer, Publication, Qos, Subscription},
};

use crate::{
    choices::TestUser,
    codec_check::check_topic,
    protocol::{
        topic::Topic,
        wire::{Content, TypedPublication, decode},
    },
    store::Store,
};

/// Checks an output of the peer.
pub fn check_output(prefix: &str, me: &UserId, output: &Output) {
    match output {
        Output::Publish { publication, .. } => check_publication(prefix, me, publication),
        Output::Subscribe(subscriptions) => {
            subscriptions.iter().for_each(|subscription| check_filter(prefix, subscription))
        }
        Output::Unsubscribe(filters) => {
            for filter in filters {
                assert!(Topic::parse(prefix, filter).is_ok(), "papo never subscribes to {filter}");
            }
        }
        Output::Fetch { from, upto, .. } => assert!((1..=*upto).contains(from), "{output:?} fetches an empty range"),
        Output::Forget(_) | Output::Ack(_) | Output::FetchIds { .. } => {}
    }
}

fn check_publication(prefix: &str, me: &UserId, publication: &Publication) {
    check_topic(publication);
    let decoded = decode(prefix, &publication.to_inbound(false));
    let Ok(TypedPublication { topic, content, properties }) = decoded else { panic!("{decoded:?} of {publication:?}") };
    let is_retained = matches!(topic, Topic::Presence(_) | Topic::GroupRecord(_));
    assert_eq!(publication.retain, is_retained, "{publication:?}");
    assert_eq!(publication.qos, Qos::AtLeastOnce);
    if matches!(topic, Topic::GroupRecord(_)) && publication.payload.is_empty() && !properties.is_papo {
        // When a leader without papo disbands a group, papo clears its record for them, without papo's properties.
        return;
    }
    assert!(
        properties.is_papo && properties.from.as_ref() == Some(me),
        "{publication:?} does not name this user as the sender"
    );
    assert!(properties.id.is_some(), "{publication:?} has no message ID");
    match (&topic, content) {
        (_, Content::Cleared(user)) => assert_ne!(user, *me, "the peer clears its own presence"),
        (Topic::Presence(user), _) => assert_eq!(user, me, "the peer publishes another user's presence"),
        _ => {}
    }
}

fn check_filter(prefix: &str, subscription: &Subscription) {
    let wildcards = ["USERS/#", "GROUPS/#"].map(|wildcard| format!("{prefix}{wildcard}"));
    let is_wildcard = wildcards.contains(&subscription.filter);
    assert!(is_wildcard || Topic::parse(prefix, &subscription.filter).is_ok(), "{subscription:?}");
}

/// Checks the state of the peer against the store.
pub fn check_state(peer: &Peer, store: &Store) {
    let me = peer.me();
    assert!(!peer.users().contains_key(me), "the user list contains the own user");
    let ids: BTreeSet<_> = peer.requests().map(|request| request.id).collect();
    assert_eq!(ids.len(), peer.requests().count(), "two requests have the same ID");
    for group in peer.groups().values() {
        let users: BTreeSet<_> = group.everyone().collect();
        assert_eq!(users.len(), group.everyone().count(), "a user is twice in {group:?}");
    }
    for (id, conversation) in peer.conversations() {
        let messages = store.messages(id);
        let count_of_others = messages.iter().filter(|message| message.author != *me).count();
        assert!(
            conversation.broker_acked <= conversation.sent && conversation.unread <= count_of_others as u64,
            "{conversation:?}"
        );
        let own_numbers: Vec<u64> =
            messages.iter().filter(|m| m.author == *me).map(|m| m.sequence_number.unwrap_or(0)).collect();
        assert!(
            own_numbers.iter().copied().eq(1..=conversation.sent),
            "own messages have the numbers {own_numbers:?} in {conversation:?}"
        );
        for (user, progress) in peer.progress(id) {
            let DeliveryProgress { joined, acked, read, .. } = *progress;
            // A user who left before the group ended has joined after their last acknowledged message: papo sends them
            // no more.
            assert!(
                acked <= conversation.sent && joined <= conversation.sent && read <= acked,
                "{user} in {conversation:?}: {progress:?}"
            );
        }
        for n in 0..=conversation.sent + 1 {
            let _ = peer.delivery(id, n);
        }
    }
}

/// Checks that every row of the outbox can be decoded.
pub fn check_outbox(peer: &Peer) {
    for row in peer.outbox() {
        assert!(row.content().is_ok(), "{row:?} cannot be decoded");
        assert_eq!(row.decoded_message().is_some(), row.message.is_some(), "{row:?}");
    }
}

/// Checks that a peer equals one restored from its committed state.
pub fn check_restored(peer: &Peer, restored: &Peer) {
    assert_eq!(peer.conversations(), restored.conversations(), "conversations");
    let order = |peer: &Peer| peer.chats().map(|chat| chat.whole()).collect::<Vec<_>>();
    assert_eq!(order(peer), order(restored), "order of the messages");
    assert_eq!(peer.groups(), restored.groups(), "groups");
    let requests = |peer: &Peer| peer.requests().map(|r| (r.id, r.clone())).collect::<BTreeMap<_, _>>();
    assert_eq!(requests(peer), requests(restored), "requests");
    assert_eq!(restored_users(peer), restored_users(restored), "users");
    assert!(peer.outbox().eq(restored.outbox()), "outbox");
    for id in peer.conversations().keys() {
        assert!(peer.progress(id).eq(restored.progress(id)), "progress in {id}");
        assert_eq!(peer.draft(id), restored.draft(id), "draft in {id}");
    }
}

/// The users without the state that a restart loses: who is online, and when this peer last saw them online.
fn restored_users(peer: &Peer) -> Vec<User> {
    let restored_user = |user: &User| match user.presence {
        Presence::Offline => user.clone(),
        _ => User { presence: Presence::Unknown, seen: Timestamp::default(), ..user.clone() },
    };
    peer.users().values().map(restored_user).collect()
}

/// The state of a peer after the probe, without random values: the IDs of requests.
pub struct PeerState {
    conversations: BTreeMap<ConversationId, Conversation>,
    progress: Vec<(ConversationId, UserId, DeliveryProgress)>,
    users: Vec<User>,
    groups: BTreeMap<GroupName, Group>,
    requests: Vec<String>,
}

impl PeerState {
    /// Compares the parts separately, to show which one differs.
    pub fn assert_equal(&self, other: &Self) {
        assert_eq!(self.conversations, other.conversations, "conversations after the probe");
        assert_eq!(self.progress, other.progress, "progress after the probe");
        assert_eq!(self.users, other.users, "users after the probe");
        assert_eq!(self.groups, other.groups, "groups after the probe");
        assert_eq!(self.requests, other.requests, "requests after the probe");
    }
}

/// Sends a peer many kinds of inputs and commands user results depend only on stored state, and returns the final
/// state.
pub fn probe(peer: &mut Peer, now: Now) -> PeerState {
    let sender_time = now.wall.to_string();
    let mut now = now;
    let mut tick = || {
        now = now + Duration::from_millis(10);
        now
    };
    handle_input(peer, tick(), Input::Disconnected);
    handle_input(peer, tick(), Input::Connected { session_present: false, names_senders: false });
    handle_input(peer, tick(), Input::Subscribed);
    for user in TestUser::OTHERS {
        let prefix = peer.will().topic.trim_end_matches("USERS/alice").to_owned();
        let id = user.id();
        let receive = |topic: String, text: String| Input::Received {
            inbound: Inbound {
                topic: format!("{prefix}{topic}"),
                payload: text.into_bytes(),
                retained: false,
                content_type: None,
                expiry: None,
                properties: [("papo", "1".to_owned()), ("from", id.to_string()), ("ts", sender_time.clone())]
                    .map(|(name, value)| (name.to_owned(), value))
                    .to_vec(),
            },
            token: AckToken { epoch: 2, packet: 1 },
        };
        handle_input(peer, tick(), receive(format!("USERS/{id}"), format!("{id} online")));
        handle_input(peer, tick(), receive("alice_Control".to_owned(), format!("REQUEST {id}")));
        handle_input(peer, tick(), receive("alice_Control".to_owned(), format!("1 {id}")));
        handle_input(peer, tick(), receive("alice_Control".to_owned(), format!("DENIED {id}")));
        for group in ["ops", "devs", "info"] {
            handle_input(peer, tick(), receive(format!("groups/{group}/leader"), format!("{id} ENTER")));
        }
        run_command(peer, tick(), Command::RequestChat(id));
    }
    let open: Vec<ConversationId> = peer.conversations().keys().cloned().collect();
    for conversation in open {
        run_command(peer, tick(), Command::MarkRead(conversation.clone()));
        run_command(peer, tick(), Command::Send { conversation, text: "probe".to_owned(), relation: None });
    }
    for group in ["ops", "devs", "info"] {
        let group: GroupName = group.parse().expect("a valid group name");
        run_command(peer, tick(), Command::JoinGroup(group.clone()));
        run_command(peer, tick(), Command::CreateGroup(group));
    }
    handle_input(peer, tick(), Input::Timeout);
    peer_state(peer)
}

fn handle_input(peer: &mut Peer, now: Now, input: Input) {
    peer.handle_input(now, input);
    peer.take_batch();
}

fn run_command(peer: &mut Peer, now: Now, command: Command) {
    // Both peers must refuse the same commands, which the comparison of their states shows.
    drop(peer.command(now, command));
    peer.take_batch();
}

fn peer_state(peer: &Peer) -> PeerState {
    let progress_in = |id: &ConversationId| {
        peer.progress(id).map(|(user, progress)| (id.clone(), user.clone(), *progress)).collect::<Vec<_>>()
    };
    let mut requests: Vec<String> = peer.requests().map(without_id).collect();
    requests.sort();
    PeerState {
        conversations: peer.conversations().clone(),
        progress: peer.conversations().keys().flat_map(progress_in).collect(),
        users: restored_users(peer),
        groups: peer.groups().values().map(|group| (group.name.clone(), without_own_revision(peer, group))).collect(),
        requests,
    }
}

/// A leader may publish its record again after a restart, with a higher revision and the same content.
fn without_own_revision(peer: &Peer, group: &Group) -> Group {
    let rev = if group.is_led_by(peer.me()) { 0 } else { group.rev };
    Group { rev, ..group.clone() }
}

fn without_id(request: &Request) -> String {
    let Request { direction, kind, peer, at, answered_at, state, control_topic, times, .. } = request;
    format!("{direction:?} {kind:?} {peer:?} {at} {answered_at:?} {state:?} {control_topic:?} {times}")
}
