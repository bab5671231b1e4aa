//! A broker that requires a login: what a refused one costs, and what the probe of the presence does with one.

use papo::{
    domain::DisconnectReason,
    mqtt::{Credentials, Event, Options, Request},
};

use super::{
    Client,
    retrying::{answer_probe, disconnected, presence, probing_options, stopped},
};
use crate::scripted_broker::{Connection, ScriptedBroker};

/// Reason codes of CONNACK.
const CLIENT_ID_NOT_VALID: u8 = 0x85;
const BAD_USER_NAME_OR_PASSWORD: u8 = 0x86;
const NOT_AUTHORIZED: u8 = 0x87;
const CONNECTION_RATE_EXCEEDED: u8 = 0x9F;
/// The user property of CONNACK by which a broker says that it names senders.
const NAMES_SENDERS: &[u8] = b"\x26\0\x14x-mqtt-names-senders\0\x011";

/// [`probing_options`] with a login.
fn login_options(port: u16) -> Options {
    let credentials = Some(Credentials { user: "ann".into(), password: "hidden".into() });
    Options { credentials, ..probing_options(port, "work") }
}

/// Refuses the next connection, which has the client ID `client_id`.
async fn refuse(broker: &ScriptedBroker, client_id: &str, code: u8) {
    let mut connection = broker.connection().await;
    assert_eq!(connection.client_id, client_id);
    connection.refuse(code).await;
}

async fn next_connection(broker: &ScriptedBroker, client_id: &str) -> Connection {
    let connection = broker.connection().await;
    assert_eq!(connection.client_id, client_id);
    connection
}

#[tokio::test]
async fn refused_login_costs_one_connect() {
    for (has_login, code, reason) in [
        (true, BAD_USER_NAME_OR_PASSWORD, DisconnectReason::BadCredentials),
        (false, BAD_USER_NAME_OR_PASSWORD, DisconnectReason::LoginRequired),
        (false, NOT_AUTHORIZED, DisconnectReason::LoginRequired),
    ] {
        let broker = ScriptedBroker::start().await;
        let port = broker.port();
        let mut ann = Client::new(if has_login { login_options(port) } else { probing_options(port, "work") });
        refuse(&broker, "", code).await;
        assert_eq!(stopped(&mut ann).await, (reason, false));
        // The next connection is the one that the user asks for, and begins with a probe again.
        ann.send(Request::Reconnect);
        let mut probe = next_connection(&broker, "").await;
        answer_probe(&mut probe, None).await;
        next_connection(&broker, "ann").await;
    }
}

#[tokio::test]
async fn typed_login_is_used_from_then_on() {
    let broker = ScriptedBroker::start().await;
    let mut ann = Client::new(probing_options(broker.port(), "work"));
    refuse(&broker, "", BAD_USER_NAME_OR_PASSWORD).await;
    assert_eq!(stopped(&mut ann).await, (DisconnectReason::LoginRequired, false));
    ann.send(Request::LogIn(Credentials { user: "ann".into(), password: "hidden".into() }));
    let mut probe = next_connection(&broker, "").await;
    assert_eq!(probe.user.as_deref(), Some("ann"));
    answer_probe(&mut probe, None).await;
    let mut connection = next_connection(&broker, "ann").await;
    assert_eq!(connection.user.as_deref(), Some("ann"));
    // A login on a connection replaces it, too.
    connection.accept(&[]).await;
    ann.connected().await;
    ann.send(Request::LogIn(Credentials { user: "bob".into(), password: "hidden".into() }));
    assert_eq!(next_connection(&broker, "ann").await.user.as_deref(), Some("bob"));
}

/// Some brokers allow a login only with a certain client ID, and say no more than *not authorized*.
#[tokio::test]
async fn user_may_connect_without_a_probe_that_is_not_authorized() {
    let broker = ScriptedBroker::start().await;
    let mut ann = Client::new(login_options(broker.port()));
    refuse(&broker, "", NOT_AUTHORIZED).await;
    assert_eq!(stopped(&mut ann).await, (DisconnectReason::NotAuthorized, false));
    ann.send(Request::Reconnect);
    next_connection(&broker, "ann").await;
}

/// papo asks such a broker once more, because the library drops the reason string of the first answer.
#[tokio::test]
async fn too_many_attempts_are_followed_by_the_wait_that_the_broker_names() {
    for (seconds, at_least) in [(12, 12), (60, 60), (u64::MAX, 300)] {
        let broker = ScriptedBroker::start().await;
        let mut ann = Client::new(login_options(broker.port()));
        for client_id in ["", "ann"] {
            let mut connection = next_connection(&broker, client_id).await;
            connection.throttle(&format!("too many wrong passwords; try again in {seconds} s")).await;
        }
        let (reason, retry_in) = disconnected(&mut ann).await;
        assert_eq!(reason, DisconnectReason::TooManyAttempts);
        assert!((at_least..=at_least + 2).contains(&retry_in.as_secs()), "{retry_in:?} for {seconds} s");
    }
}

#[tokio::test]
async fn too_many_attempts_without_a_wait_are_followed_by_the_longest() {
    let broker = ScriptedBroker::start().await;
    let options = login_options(broker.port());
    let longest = options.timeouts.longest_retry;
    let mut ann = Client::new(options);
    refuse(&broker, "", CONNECTION_RATE_EXCEEDED).await;
    refuse(&broker, "ann", CONNECTION_RATE_EXCEEDED).await;
    let (reason, retry_in) = disconnected(&mut ann).await;
    assert_eq!(reason, DisconnectReason::TooManyAttempts);
    assert!(retry_in <= longest && retry_in >= longest * 3 / 4, "{retry_in:?}");
    next_connection(&broker, "").await;
}

#[tokio::test]
async fn throttled_login_that_was_wrong_is_not_tried_again() {
    let broker = ScriptedBroker::start().await;
    let mut ann = Client::new(login_options(broker.port()));
    refuse(&broker, "", BAD_USER_NAME_OR_PASSWORD).await;
    assert_eq!(stopped(&mut ann).await, (DisconnectReason::BadCredentials, false));
    ann.send(Request::Reconnect);
    refuse(&broker, "", CONNECTION_RATE_EXCEEDED).await;
    assert_eq!(stopped(&mut ann).await, (DisconnectReason::TooManyAttempts, false));
    // Another one is tried, now and after the wait.
    ann.send(Request::LogIn(Credentials { user: "ann".into(), password: "another".into() }));
    refuse(&broker, "", CONNECTION_RATE_EXCEEDED).await;
    refuse(&broker, "ann", CONNECTION_RATE_EXCEEDED).await;
    assert_eq!(disconnected(&mut ann).await.0, DisconnectReason::TooManyAttempts);
    next_connection(&broker, "").await;
}

/// A broker of logins accepts the empty client ID of the probe, and assigns another.
#[tokio::test]
async fn second_device_with_a_login_asks_before_it_takes_over() {
    let broker = ScriptedBroker::start().await;
    let mut ann = Client::new(login_options(broker.port()));
    let mut probe = next_connection(&broker, "").await;
    answer_probe(&mut probe, Some(presence("online", "home"))).await;
    assert_eq!(stopped(&mut ann).await, (DisconnectReason::InUse, true));
}

/// A broker that binds client IDs to logins refuses the probe. Then the ID counts as free.
#[tokio::test]
async fn refused_client_id_of_the_probe_does_not_stop_the_connection() {
    let broker = ScriptedBroker::start().await;
    let _ann = Client::new(login_options(broker.port()));
    refuse(&broker, "", CLIENT_ID_NOT_VALID).await;
    next_connection(&broker, "ann").await;
}

#[tokio::test]
async fn named_senders_are_believed_only_with_a_login() {
    for (has_login, properties, expected) in
        [(true, NAMES_SENDERS, true), (false, NAMES_SENDERS, false), (true, [].as_slice(), false)]
    {
        let broker = ScriptedBroker::start().await;
        let options = login_options(broker.port());
        let credentials = options.credentials.clone().filter(|_| has_login);
        let mut ann = Client::new(Options { own_presence: None, credentials, ..options });
        let mut connection = next_connection(&broker, "ann").await;
        connection.accept(properties).await;
        let names_senders = ann
            .find(|event| match event {
                Event::Connected { names_senders, .. } => Some(names_senders),
                _ => None,
            })
            .await;
        assert_eq!(names_senders, expected, "{has_login} {properties:?}");
    }
}
