//! Forged senders are detected on a broker that names senders.

use papo::protocol::{Event, Identity, IgnoredReason, Inbound, Saved};

use crate::{
    alice::{Alice, identity},
    inbound::inbound,
};

/// Returns false if alice reports the publication as forged. `names_senders`: whether the broker adds the sender's
/// login to each publication.
fn accepts(names_senders: bool, inbound: Inbound) -> bool {
    let mut alice = Alice::with(Identity { names_senders, ..identity() }, Saved::default());
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

#[cfg(feature = "broker")]
#[tokio::test]
async fn embedded_broker_overwrites_claimed_senders() {
    use std::time::Duration;

    use papo::{
        broker::{self, Settings, Users},
        mqtt::{self, Credentials, Event as Link, Options, Request},
        protocol::{Publication, RowId, Subscription},
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
                    let own = Subscription { filter: "alice_Control".into(), no_local: false };
                    alice_in.try_send(Request::Subscribe(vec![own])).unwrap();
                }
                Link::Subscribed { .. } => {
                    let forged = [("papo", "1"), ("from", "bob"), ("x-mqtt-sender", "bob")];
                    let publication = publication("alice_Control", "ACK bob_alice_7 3", &forged);
                    eve_in.try_send(Request::Publish { row: Some(RowId(1)), publication }).unwrap();
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
    assert!(!accepts(true, inbound));
}
