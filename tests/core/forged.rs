//! Whoever writes in the name of another is found out where the broker says who has sent what.

use papo::{
    domain::{Now, UserId},
    protocol::{AckToken, Event, Identity, IgnoredReason, Inbound, Input, Peer, Saved},
};

use crate::inbound::inbound;

const NOW: Now = Now::from_millis(1_763_900_000_000);

fn alice(names_senders: bool) -> Peer {
    let identity = Identity::new(UserId::new("alice").unwrap(), "d", 7);
    Peer::restore(Identity { names_senders, ..identity }, Saved::default())
}

/// Whether it counts for something.
fn takes(peer: &mut Peer, inbound: Inbound) -> bool {
    let token = AckToken { epoch: 1, packet: 1 };
    peer.handle_input(NOW, Input::Received { inbound, token });
    let batch = peer.take_batch();
    assert!(!batch.outputs.is_empty(), "it is acknowledged in any case");
    let is_forged =
        |event: &Event| matches!(event, Event::Suspicious(ignored) if ignored.reason == IgnoredReason::Forged);
    !batch.events.iter().any(is_forged)
}

fn request(from: &str, sender: Option<&str>) -> Inbound {
    let stamp = sender.map(|sender| ("x-mqtt-sender", sender));
    let properties: Vec<_> = [("papo", "1"), ("from", from)].into_iter().chain(stamp).collect();
    inbound("alice_Control", "GI devs", &properties)
}

#[test]
fn what_comes_in_the_name_of_another_is_ignored() {
    assert!(!takes(&mut alice(true), request("bob", Some("eve"))));
    assert!(takes(&mut alice(true), request("bob", Some("bob"))));
    // The broker itself has no login, and what it keeps was looked at before.
    assert!(takes(&mut alice(true), request("bob", None)));
    assert!(takes(&mut alice(true), Inbound { retained: true, ..request("bob", Some("eve")) }));
    // Elsewhere anybody could write it.
    assert!(takes(&mut alice(false), request("bob", Some("eve"))));
}

#[cfg(feature = "broker")]
#[tokio::test]
async fn papos_own_broker_says_who_has_sent_what_and_believes_nobody_else() {
    use std::time::Duration;

    use papo::{
        broker::{self, Settings, Users},
        mqtt::{self, Credentials, Event as Link, Options, Request},
        protocol::{Publication, Qos, Row, Subscription},
    };

    let state = tempfile::tempdir().unwrap();
    for user in ["alice", "eve"] {
        Users::of(state.path()).add(user, user).unwrap();
    }
    let running = broker::start(Settings::plain("127.0.0.1:0".parse().unwrap(), state.path().to_owned())).unwrap();
    let publication = |topic: &str, text: &str, properties: &[(&str, &str)]| Publication {
        topic: topic.to_owned(),
        payload: text.as_bytes().to_vec(),
        retain: false,
        qos: Qos::AtLeastOnce,
        content_type: None,
        expiry: None,
        properties: properties.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
    };
    let client = |id: &str| {
        let will = publication(&format!("USERS/{id}"), &format!("{id} offline"), &[]);
        let credentials = Some(Credentials { user: id.to_owned(), password: id.to_owned() });
        let url = format!("mqtt://{}", running.address()).parse().unwrap();
        mqtt::spawn(Options { credentials, ..Options::new(url, id, will) }, vec![])
    };
    let (alice_in, mut alice_out) = client("alice");
    let (eve_in, _eve_out) = client("eve");
    let heard = async {
        loop {
            match alice_out.recv().await.expect("the actor lives") {
                Link::Connected { .. } => {
                    let own = Subscription { filter: "alice_Control".into(), no_local: false };
                    alice_in.try_send(Request::Subscribe(vec![own])).unwrap();
                }
                Link::Subscribed { .. } => {
                    let forged = [("papo", "1"), ("from", "bob"), ("x-mqtt-sender", "bob")];
                    let publication = publication("alice_Control", "ACK bob_alice_7 3", &forged);
                    eve_in.try_send(Request::Publish { row: Some(Row(1)), publication }).unwrap();
                }
                Link::Received { inbound, .. } => return inbound,
                _ => {}
            }
        }
    };
    let inbound = tokio::time::timeout(Duration::from_secs(60), heard).await.expect("it comes");
    let senders: Vec<_> = inbound.properties.iter().filter(|(name, _)| name == "x-mqtt-sender").collect();
    assert_eq!(senders, [&("x-mqtt-sender".to_owned(), "eve".to_owned())]);
    assert!(!takes(&mut alice(true), inbound));
}
