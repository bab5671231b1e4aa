//! Connections, sessions and wills.

use super::Site;
use crate::{
    packet::{
        ASSIGNED_ID, Connect, DISCONNECT, Properties, Publish, SESSION_EXPIRY, Value, Version, WILL_DELAY, packet,
        subscribe,
    },
    raw::{CLOSED, Client, open},
};

super::rows! {
    both: [
        session_is_present_only_if_it_was_kept,
        clean_start_ends_the_session,
        session_without_expiry_ends_with_the_connection,
        disconnect_may_end_the_session,
        plain_session_is_kept_unless_clean,
        client_without_id_gets_one,
        plain_client_without_id_must_be_clean,
        first_packet_must_be_connect,
        second_connect_ends_the_connection,
        unknown_protocol_is_refused,
        silent_client_ends_after_its_keep_alive,
        will_follows_a_lost_connection,
        disconnect_discards_the_will,
        disconnect_with_will_publishes_it,
        delayed_will_waits_for_the_client,
        delayed_will_comes_when_the_client_stays_away,
        takeover_ends_the_older_connection,
    ],
    papo: [
        session_that_ends_publishes_its_will_before_the_delay: "mosquitto 2.0.11 waits for the delay.",
        older_connection_is_told_of_the_takeover: "mosquitto 2.0.11 sends no DISCONNECT.",
    ]
}

fn session_is_present_only_if_it_was_kept(site: &Site) {
    let alice = site.lasting("alice");
    assert!(!alice.session_present);
    alice.leave();
    let alice = site.lasting("alice");
    assert!(alice.session_present);
    // A connection that is cut keeps it as well.
    alice.cut();
    assert!(site.lasting("alice").session_present);
    assert!(!site.lasting("bob").session_present);
}

fn clean_start_ends_the_session(site: &Site) {
    let mut alice = site.lasting("alice");
    alice.subscribe("a", 1);
    alice.leave();
    let mut bob = site.v5("bob");
    bob.says("a", "while away");
    let mut alice = site.v5("alice");
    assert!(!alice.session_present);
    bob.says("a", "nobody listens");
    alice.subscribe("a", 1);
    bob.says("a", "end");
    assert!(alice.hears_until("end").is_empty());
}

fn session_without_expiry_ends_with_the_connection(site: &Site) {
    let mut connect = Connect::v5("alice");
    connect.clean = false;
    site.client(&connect).leave();
    assert!(!site.client(&connect).session_present);
}

fn disconnect_may_end_the_session(site: &Site) {
    let mut alice = site.lasting("alice");
    let expiry = Properties::default().number(SESSION_EXPIRY, 0).0;
    alice.send(&packet(DISCONNECT << 4, &[&[0, 5], &expiry[..]].concat()));
    assert_eq!(alice.ended(), CLOSED);
    assert!(!site.lasting("alice").session_present);
}

fn plain_session_is_kept_unless_clean(site: &Site) {
    let mut alice = site.client(&Connect::v3("alice").lasting());
    assert!(!alice.session_present);
    alice.subscribe("a", 1);
    alice.leave();
    site.v5("bob").says("a", "while away");
    let mut alice = site.client(&Connect::v3("alice").lasting());
    assert!(alice.session_present);
    assert_eq!(alice.receive().text(), "while away");
    alice.leave();
    assert!(!site.client(&Connect::v3("alice")).session_present);
    assert!(!site.client(&Connect::v3("alice").lasting()).session_present);
}

fn client_without_id_gets_one(site: &Site) {
    let assigned = |client: &Client| {
        let text = |(id, value)| match value {
            Value::Text(text) if id == ASSIGNED_ID => Some(text),
            _ => None,
        };
        client.granted.all().into_iter().find_map(text).expect("CONNACK has the assigned ID")
    };
    let (one, other) = (site.v5(""), site.v5(""));
    assert!(!assigned(&one).is_empty());
    assert_ne!(assigned(&one), assigned(&other));
    site.client(&Connect::v3(""));
}

fn plain_client_without_id_must_be_clean(site: &Site) {
    // 0x02: identifier rejected (MQTT 3.1.1 §3.2.2.3).
    assert_eq!(Client::try_connect(site.port(), &Connect::v3("").lasting()).map(|_| ()), Err(2));
}

fn first_packet_must_be_connect(site: &Site) {
    let mut client = Client::over(open(site.port()), Version::V5);
    client.send(&subscribe(Version::V5, 1, &[("#", 0)], &Properties::default()));
    assert!(client.ended() >= 0x80);
}

fn second_connect_ends_the_connection(site: &Site) {
    let mut alice = site.v5("alice");
    alice.send(&Connect::v5("alice").bytes());
    assert!(alice.ended() >= 0x80);
    site.v5("alice");
}

fn unknown_protocol_is_refused(site: &Site) {
    let mut bytes = Connect::v3("alice").bytes();
    assert_eq!(bytes[8], 4, "the protocol's version");
    bytes[8] = 9;
    let mut client = Client::over(open(site.port()), Version::V3);
    client.send(&bytes);
    let refused = client.next();
    let is_refused = match &refused {
        Some(crate::packet::Reply::Connack { reason, .. }) => matches!(reason, 1 | 0x84),
        other => other.is_none(),
    };
    assert!(is_refused, "{refused:?}");
}

fn silent_client_ends_after_its_keep_alive(site: &Site) {
    let mut connect = Connect::v5("alice");
    connect.keep_alive = 1;
    let mut alice = site.client(&connect);
    let mut other = site.v5("bob");
    // 0x8D: keep alive timeout.
    assert!(matches!(alice.ended(), 0x8D | CLOSED));
    assert!(other.pings(), "a client with a longer keep alive stays");
}

fn will(payload: &str) -> Publish {
    Publish::new("will", payload)
}

fn will_follows_a_lost_connection(site: &Site) {
    let mut bob = site.v5("bob");
    bob.subscribe("will", 1);
    let retained = Publish { retain: true, ..will("gone") };
    site.client(&Connect::v5("alice").will(retained, Properties::default().pair("why", "cut"))).cut();
    let heard = bob.receive();
    assert_eq!((heard.text(), heard.qos, heard.retain), ("gone".into(), 1, false));
    assert_eq!(heard.properties.user("why"), ["cut"]);
    let mut carol = site.v5("carol");
    carol.subscribe("will", 1);
    assert!(carol.receive().retain);
}

fn disconnect_discards_the_will(site: &Site) {
    let mut bob = site.v5("bob");
    bob.subscribe("will", 1);
    site.client(&Connect::v5("alice").will(will("gone"), Properties::default())).leave();
    bob.says("will", "end");
    assert!(bob.hears_until("end").is_empty());
}

fn disconnect_with_will_publishes_it(site: &Site) {
    let mut bob = site.v5("bob");
    bob.subscribe("will", 1);
    let mut alice = site.client(&Connect::v5("alice").will(will("gone"), Properties::default()));
    alice.send(&packet(DISCONNECT << 4, &[4]));
    assert_eq!(bob.receive().text(), "gone");
}

fn delayed_will(payload: &str, seconds: u32) -> Connect {
    Connect::v5("alice").lasting().will(will(payload), Properties::default().number(WILL_DELAY, seconds))
}

fn delayed_will_waits_for_the_client(site: &Site) {
    let mut bob = site.v5("bob");
    bob.subscribe("will", 1);
    site.client(&delayed_will("first", 2)).cut();
    // She is back in time; so only the will of another client comes, whose delay is as long and begins later.
    let _alice = site.client(&delayed_will("second", 2));
    let mut other = delayed_will("other", 2);
    other.id = "carol".into();
    site.client(&other).cut();
    assert!(bob.hears_until("other").is_empty());
}

fn delayed_will_comes_when_the_client_stays_away(site: &Site) {
    let mut bob = site.v5("bob");
    bob.subscribe("will", 1);
    site.client(&delayed_will("gone", 1)).cut();
    bob.says("will", "before");
    assert_eq!(bob.hears_until("gone"), ["before"]);
}

/// MQTT 5 §3.1.3.2.2: the will is published at the end of the session, if that is earlier.
fn session_that_ends_publishes_its_will_before_the_delay(site: &Site) {
    let mut bob = site.v5("bob");
    bob.subscribe("will", 1);
    let connect = Connect::v5("alice").will(will("gone"), Properties::default().number(WILL_DELAY, 3600));
    site.client(&connect).cut();
    assert_eq!(bob.receive().text(), "gone");
}

fn takeover_ends_the_older_connection(site: &Site) {
    let mut older = site.lasting("alice");
    older.subscribe("a", 1);
    let mut newer = site.lasting("alice");
    assert!(newer.session_present);
    assert!(matches!(older.ended(), 0x8E | CLOSED));
    site.v5("bob").says("a", "hello");
    assert_eq!(newer.receive().text(), "hello");
    // A clean start takes over as well, and gets nothing of the session.
    let newest = site.v5("alice");
    assert!(!newest.session_present);
    assert!(newer.ended() != 0);
}

fn older_connection_is_told_of_the_takeover(site: &Site) {
    let mut older = site.lasting("alice");
    let _newer = site.lasting("alice");
    assert_eq!(older.ended(), 0x8E);
    // A plain client's connection just ends: MQTT 3.1.1 has no DISCONNECT for it.
    let mut older = site.client(&Connect::v3("bob"));
    let _newer = site.client(&Connect::v3("bob"));
    assert_eq!(older.ended(), CLOSED);
}
