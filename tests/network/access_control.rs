//! Attacks on the embedded broker's access control, over real connections.
#![cfg(feature = "broker")]

use std::path::Path;

use papo::broker::{self, Running, Settings, Users};
use rumqttc::v5::{
    AsyncClient, ConnectionError, MqttOptions,
    mqttbytes::{
        QoS,
        v5::{ConnectReturnCode, LastWill},
    },
};

use crate::attacker::{Client, next};

/// A broker with the users alice, bob and eve, each with the name as the password.
fn start(state: &Path) -> Running {
    let users = Users::of(state);
    for user in ["alice", "bob", "eve"] {
        // Fails after a restart, when the users exist already.
        let _ = users.add(user, user);
    }
    broker::start(Settings::plain_tcp("127.0.0.1:0".parse().unwrap(), state.to_owned())).unwrap()
}

fn port(broker: &Running) -> u16 {
    broker.address().port()
}

#[tokio::test]
async fn client_id_must_be_the_login() {
    use ConnectReturnCode::{BadUserNamePassword, ClientIdentifierNotValid};

    let state = tempfile::tempdir().unwrap();
    let broker = start(state.path());
    let connect_error = async |id: &str, change: fn(&mut MqttOptions)| {
        Client::try_connect(port(&broker), id, change).await.map(|_| "let in").unwrap_err()
    };
    assert_eq!(connect_error("mallory", |_| ()).await, BadUserNamePassword);
    assert_eq!(connect_error("eve", |options| _ = options.set_credentials("eve", "guess")).await, BadUserNamePassword);
    assert_eq!(
        connect_error("alice", |options| _ = options.set_credentials("eve", "eve")).await,
        ClientIdentifierNotValid
    );
    // After too many failed logins, the broker refuses the address for a while.
    let mut tries = 0;
    while connect_error("eve", |options| _ = options.set_credentials("eve", "guess")).await == BadUserNamePassword {
        tries += 1;
        assert!(tries < 10, "the broker allows unlimited guesses");
    }
}

#[tokio::test]
async fn will_of_another_user_is_refused() {
    let state = tempfile::tempdir().unwrap();
    let broker = start(state.path());
    let will = |topic, text| LastWill::new(topic, text, QoS::AtLeastOnce, true, None);
    for (topic, text) in [("USERS/alice", "alice offline"), ("USERS", "alice offline"), ("GROUPS/devs", "devs eve")] {
        let result =
            Client::try_connect(port(&broker), "eve", |options| _ = options.set_last_will(will(topic, text))).await;
        assert_eq!(result.map(|_| "let in").unwrap_err(), ConnectReturnCode::NotAuthorized, "{topic}");
    }
    let own = will("USERS/eve", "eve offline");
    Client::try_connect(port(&broker), "eve", |options| _ = options.set_last_will(own)).await.unwrap();
}

#[tokio::test]
async fn login_is_required() {
    let state = tempfile::tempdir().unwrap();
    let broker = start(state.path());
    let options = MqttOptions::new("eve", "127.0.0.1", broker.address().port());
    let (_sender, mut events) = AsyncClient::new(options, 8);
    let connect_error = next(&mut events).await.unwrap_err();
    assert!(
        matches!(connect_error, ConnectionError::ConnectionRefused(ConnectReturnCode::BadUserNamePassword)),
        "{connect_error}"
    );
}

#[tokio::test]
async fn users_read_only_their_own_topics() {
    let state = tempfile::tempdir().unwrap();
    let broker = start(state.path());
    let mut alice = Client::connect(port(&broker), "alice").await;
    assert!(alice.may_subscribe("groups/devs/messages").await, "the leader subscribes before the group exists");
    assert!(alice.may_publish("GROUPS/devs", true, "devs alice").await);
    let mut eve = Client::connect(port(&broker), "eve").await;
    for filter in [
        "#",
        "+",
        "+/#",
        "$SYS/#",
        "alice_Control",
        "clients/alice",
        "clients/#",
        "clients/+",
        "groups/#",
        "groups/+/messages",
        "alice_bob_1763900000000",
        "$share/x/alice_Control",
        "$share/x/USERS/#",
    ] {
        assert!(!eve.may_subscribe(filter).await, "eve reads {filter}");
    }
    for filter in ["USERS/#", "GROUPS/#", "groups/info", "eve_Control", "clients/eve", "alice_eve_1763900000000"] {
        assert!(eve.may_subscribe(filter).await, "eve does not read {filter}");
    }
    // Whom a group names may change, so the broker decides about each delivery.
    for (topic, text) in [("messages", "alice hello"), ("members", "alice"), ("leader", "alice ENTER")] {
        let topic = format!("groups/devs/{topic}");
        assert!(eve.may_subscribe(&topic).await, "eve does not subscribe to {topic}");
        assert!(alice.may_publish(&topic, false, text).await);
    }
    assert!(alice.may_publish("eve_Control", false, "REQUEST alice").await);
    assert_eq!(eve.receive().await, "devs alice", "the record");
    assert_eq!(eve.receive().await, "REQUEST alice", "eve reads what only members may read");
}

#[tokio::test]
async fn users_publish_only_to_their_own_topics_in_their_own_name() {
    let state = tempfile::tempdir().unwrap();
    let broker = start(state.path());
    let mut alice = Client::connect(port(&broker), "alice").await;
    assert!(alice.may_subscribe("alice_Control").await && alice.may_subscribe("USERS/#").await);
    assert!(alice.may_publish("GROUPS/devs", true, "devs alice").await);
    let mut eve = Client::connect(port(&broker), "eve").await;
    for (topic, text) in [
        ("USERS/alice", "alice offline"),
        ("GROUPS/devs", "devs eve"),
        ("GROUPS/devs", ""),
        ("groups/devs/messages", "eve hello"),
        ("groups/devs/members", "eve"),
        ("alice_bob_1763900000000", "eve hello"),
        ("$SYS/x", "x"),
        ("elsewhere", "x"),
    ] {
        assert!(!eve.may_publish(topic, true, text).await, "eve writes {topic}");
    }
    for (topic, text) in [("alice_Control", "REQUEST bob"), ("USERS", "bob offline")] {
        assert!(!eve.may_publish(topic, false, text).await, "eve writes in bob's name: {text}");
    }
    assert!(eve.may_publish("alice_Control", false, "REQUEST eve").await);
    assert_eq!(alice.receive().await, "REQUEST eve", "the broker delivered a message in bob's name");
}

#[tokio::test]
async fn user_changes_apply_without_a_restart() {
    let state = tempfile::tempdir().unwrap();
    let broker = start(state.path());
    let users = Users::of(state.path());
    users.add("carol", "carol").unwrap();
    Client::connect(port(&broker), "carol").await;
    users.remove("carol").unwrap();
    let result = Client::try_connect(port(&broker), "carol", |_| ()).await.map(|_| "let in");
    assert_eq!(result.unwrap_err(), ConnectReturnCode::BadUserNamePassword);
    std::fs::write(state.path().join("users"), "nonsense\n").unwrap();
    Client::connect(port(&broker), "alice").await;
}

#[tokio::test]
async fn group_members_are_known_after_a_restart() {
    let state = tempfile::tempdir().unwrap();
    let broker = start(state.path());
    let mut alice = Client::connect(port(&broker), "alice").await;
    assert!(alice.may_publish("GROUPS/devs", true, "devs alice bob").await);
    drop(alice);
    broker.stop();
    let broker = start(state.path());
    let mut eve = Client::connect(port(&broker), "eve").await;
    assert!(!eve.may_publish("GROUPS/devs", true, "devs eve").await);
    assert!(eve.may_subscribe("groups/devs/messages").await && eve.may_subscribe("eve_Control").await);
    let mut bob = Client::connect(port(&broker), "bob").await;
    assert!(
        bob.may_subscribe("groups/devs/messages").await
            && bob.may_publish("groups/devs/messages", false, "bob hi").await
            && bob.may_publish("eve_Control", false, "REQUEST bob").await
    );
    assert_eq!(eve.receive().await, "REQUEST bob");
}

#[tokio::test]
async fn removed_member_gets_no_more_group_messages() {
    let state = tempfile::tempdir().unwrap();
    let broker = start(state.path());
    let mut alice = Client::connect(port(&broker), "alice").await;
    assert!(alice.may_publish("GROUPS/devs", true, "devs alice bob eve").await);
    let keep_session = |options: &mut MqttOptions| {
        options.set_clean_start(false).set_session_expiry_interval(Some(3600));
    };
    let mut eve = Client::try_connect(port(&broker), "eve", keep_session).await.unwrap();
    assert!(eve.may_subscribe("groups/devs/messages").await && eve.may_subscribe("eve_Control").await);
    assert!(alice.may_publish("groups/devs/messages", false, "alice all of you").await);
    assert_eq!(eve.receive().await, "alice all of you");
    assert!(alice.may_publish("GROUPS/devs", true, "devs alice bob").await);
    for reconnects in [false, true] {
        if reconnects {
            // eve's session still has the subscription.
            drop(eve);
            eve = Client::try_connect(port(&broker), "eve", keep_session).await.unwrap();
        }
        assert!(alice.may_publish("groups/devs/messages", false, "alice between us").await);
        assert!(alice.may_publish("eve_Control", false, "DENIED alice devs").await);
        assert_eq!(eve.receive().await, "DENIED alice devs", "reconnected: {reconnects}");
    }
}
