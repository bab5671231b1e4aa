//! Forged senders are detected on a broker that names senders.

use papo::{
    domain::{Conversation, ConversationId, Group, Timestamp},
    protocol::{Batch, Command, Event, IgnoredReason, Inbound, Saved},
};

use crate::{
    alice::{Alice, id},
    inbound::inbound,
};

/// Returns false if alice reports the publication as forged. `names_senders`: whether the broker adds the sender's
/// login to each publication.
fn accepts(names_senders: bool, inbound: Inbound) -> bool {
    let mut alice = Alice::restored(Saved::default());
    if names_senders {
        alice.connects_to_naming_broker();
    } else {
        alice.connects();
    }
    let batch = alice.receives(inbound);
    assert!(!batch.outputs.is_empty(), "each publication is acknowledged");
    let is_forged =
        |event: &Event| matches!(event, Event::Suspicious(ignored) if ignored.reason == IgnoredReason::ForgedSender);
    !batch.events.iter().any(is_forged)
}

fn request(from: &str, sender: Option<&str>) -> Inbound {
    let stamp = sender.map(|sender| ("x-mqtt-sender", sender));
    let properties: Vec<_> = [("papo", "1"), ("from", from)].into_iter().chain(stamp).collect();
    inbound("alice_Control", "GI devs", &properties)
}

#[test]
fn publication_with_a_forged_sender_is_ignored() {
    assert!(!accepts(true, request("bob", Some("eve"))));
    assert!(accepts(true, request("bob", Some("bob"))));
    // A publication of the broker itself has no sender. A retained one was checked when it was published.
    assert!(accepts(true, request("bob", None)));
    assert!(accepts(true, Inbound { retained: true, ..request("bob", Some("eve")) }));
    // On other brokers anyone can set the property.
    assert!(accepts(false, request("bob", Some("eve"))));
}

/// alice, in a session with bob, and a member of #ops, which bob leads.
fn alice_with_bob(names_senders: bool) -> Alice {
    let chats: Vec<ConversationId> = ["bob_alice_7", "#ops"].map(|chat| chat.parse().unwrap()).into();
    let ops = Group {
        members: vec![id("alice"), id("eve")],
        rev: 3,
        ..Group::new("ops".parse().unwrap(), Some(id("bob")), Timestamp::from_millis(1))
    };
    let saved = Saved {
        conversations: chats.into_iter().map(|chat| Conversation::new(chat, Timestamp::default())).collect(),
        groups: vec![ops],
        ..Saved::default()
    };
    let mut alice = Alice::restored(saved);
    if names_senders {
        alice.connects_to_naming_broker();
    } else {
        alice.connects();
    }
    alice
}

/// The messages that alice stores, each with its author, and the kinds of the reasons for which she ignores something.
fn results(batch: Batch) -> Vec<String> {
    let result = |event| match event {
        Event::Message { message, .. } => Some(format!("{} {:?}", message.author, message.body)),
        Event::Suspicious(ignored) => Some(ignored.reason.kind()),
        _ => None,
    };
    batch.events.into_iter().filter_map(result).collect()
}

/// A picture in the name of bob with the highest possible number; `sender` is the login that the broker names.
fn picture(topic: &str, sender: Option<&str>) -> Inbound {
    let mut properties = vec![("papo", "1"), ("from", "bob"), ("n", "9007199254740991")];
    properties.push(("id", "00e8d4a5100070000000000000000001"));
    properties.extend(sender.map(|sender| ("x-mqtt-sender", sender)));
    Inbound { content_type: Some("image/png".to_owned()), ..inbound(topic, "\u{89}PNG", &properties) }
}

fn text_of_bob(n: &str, sender: Option<&str>) -> Inbound {
    let mut properties = vec![("papo", "1"), ("from", "bob"), ("n", n), ("id", "00e8d4a5100070000000000000000002")];
    properties.extend(sender.map(|sender| ("x-mqtt-sender", sender)));
    inbound("groups/ops/messages", "bob hello", &properties)
}

#[test]
fn payload_without_author_has_the_author_that_the_broker_names() {
    for (names_senders, sender, expected) in [
        (false, None, "NoAuthor"),
        // On other brokers anyone can set the property.
        (false, Some("bob"), "NoAuthor"),
        (true, None, "NoAuthor"),
        (true, Some("eve"), "ForgedSender"),
    ] {
        let mut alice = alice_with_bob(names_senders);
        assert_eq!(results(alice.receives(picture("groups/ops/messages", sender))), [expected], "{sender:?}");
        let retained = Inbound { retained: true, ..picture("groups/ops/messages", sender) };
        assert_eq!(results(alice.receives(retained)), ["NoAuthor"], "{sender:?}");
        let next = text_of_bob("1", names_senders.then_some("bob"));
        assert_eq!(results(alice.receives(next)), ["bob Text(\"hello\")"], "the number was not used up");
    }
    let stored = results(alice_with_bob(true).receives(picture("groups/ops/messages", Some("bob"))));
    assert!(matches!(stored.as_slice(), [one] if one.starts_with("bob Other")), "{stored:?}");
}

#[test]
fn end_is_by_the_other_user_of_the_session() {
    let end = |properties: &[(&str, &str)]| inbound("bob_alice_7", "END", properties);
    for (names_senders, properties, expected) in [
        (false, [].as_slice(), "bob End"),
        (false, &[("from", "bob")], "bob End"),
        (false, &[("from", "eve")], "Stranger"),
        (true, &[("x-mqtt-sender", "bob")], "bob End"),
        (true, &[("x-mqtt-sender", "eve")], "Stranger"),
        (true, &[("from", "bob"), ("x-mqtt-sender", "eve")], "ForgedSender"),
        (true, &[("from", "bob")], "NoAuthor"),
    ] {
        let results = results(alice_with_bob(names_senders).receives(end(properties)));
        assert_eq!(results, [expected], "{names_senders} {properties:?}");
    }
}

/// A plain client sends no `from`. The broker says who it is.
#[test]
fn plain_client_is_known_by_its_login() {
    let mut alice = Alice::restored(Saved::default());
    alice.connects_to_naming_broker();
    alice.receives(inbound("alice_Control", "GI devs", &[("x-mqtt-sender", "bob")]));
    let invited: Vec<_> = alice.peer.requests().map(|request| request.peer.clone()).collect();
    assert_eq!(invited, [Some(id("bob"))]);
    let forged = alice.receives(inbound("alice_Control", "REQUEST carol", &[("x-mqtt-sender", "eve")]));
    assert_eq!(results(forged), ["ForgedSender"]);
}

#[cfg(feature = "broker")]
#[tokio::test]
async fn embedded_broker_overwrites_claimed_senders() {
    use std::time::Duration;

    use papo::{
        broker::{self, Settings, Users},
        mqtt::{self, Credentials, Event as Link, Options, Request},
        protocol::{Publication, Qos, RowId, Subscription},
    };

    let state = tempfile::tempdir().unwrap();
    for user in ["alice", "eve"] {
        Users::of(state.path()).add(user, user).unwrap();
    }
    let running = broker::start(Settings::plain_tcp("127.0.0.1:0".parse().unwrap(), state.path().to_owned())).unwrap();
    let publication = |topic: &str, text: &str, properties: &[(&str, &str)]| Publication {
        properties: properties.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        ..Publication::new(topic, text)
    };
    let client = |id: &str| {
        let will = publication(&format!("USERS/{id}"), &format!("{id} offline"), &[]);
        let credentials = Some(Credentials { user: id.to_owned(), password: id.to_owned() });
        let url = format!("mqtt://{}", running.address()).parse().unwrap();
        mqtt::spawn(Options { credentials, ..Options::new(url, id, will) }, vec![])
    };
    let (alice_in, mut alice_out) = client("alice");
    let (eve_in, _eve_out) = client("eve");
    let received = async {
        loop {
            match alice_out.recv().await.expect("the client is running") {
                Link::Connected { .. } => {
                    let own = Subscription { filter: "alice_Control".into(), no_local: false, qos: Qos::AtLeastOnce };
                    alice_in.try_send(Request::Subscribe(vec![own])).unwrap();
                }
                Link::Subscribed { .. } => {
                    // The broker refuses the first.
                    for (row, from) in [(1, "bob"), (2, "eve")] {
                        let forged = [("papo", "1"), ("from", from), ("x-mqtt-sender", "bob")];
                        let publication = publication("alice_Control", "GI devs", &forged);
                        eve_in.try_send(Request::Publish { row: Some(RowId(row)), publication }).unwrap();
                    }
                }
                Link::Received { inbound, .. } => return inbound,
                _ => {}
            }
        }
    };
    let inbound =
        tokio::time::timeout(Duration::from_secs(60), received).await.expect("alice receives the publication");
    let senders: Vec<_> = inbound.properties.iter().filter(|(name, _)| name == "x-mqtt-sender").collect();
    assert_eq!(senders, [&("x-mqtt-sender".to_owned(), "eve".to_owned())]);
    assert!(accepts(true, inbound));
}

/// On a broker that names senders, only what alice's login has published counts as returned to her.
#[test]
fn message_with_an_id_of_mine_is_not_mine() {
    for (names_senders, sender, expected) in [
        (true, "eve", vec!["eve Text(\"hidden?\")".to_owned()]),
        (true, "alice", vec![]),
        // Other brokers may return it, and alice has no better sign.
        (false, "eve", vec![]),
    ] {
        let mut alice = alice_with_bob(names_senders);
        let conversation: ConversationId = "bob_alice_7".parse().unwrap();
        let sent = alice.command(Command::Send { conversation, text: "hello".to_owned(), relation: None }).unwrap();
        let id = sent.events.iter().find_map(|event| match event {
            Event::Message { message, .. } => Some(message.id.to_string()),
            _ => None,
        });
        let properties = [("id", id.as_deref().unwrap()), ("x-mqtt-sender", sender)];
        let returned = inbound("groups/ops/messages", &format!("{sender} hidden?"), &properties);
        assert_eq!(results(alice.receives(returned)), expected, "{names_senders} {sender}");
    }
}
