//! Filters, options of subscriptions and retained messages.

use super::Site;
use crate::packet::{
    Connect, MESSAGE_EXPIRY, NO_LOCAL, NO_RETAINED, ONLY_IF_NEW, Properties, Publish, RETAIN_AS_PUBLISHED,
    SUBSCRIPTION_ID,
};

super::rows! {
    both: [
        wildcards_match_whole_levels,
        wildcards_do_not_match_dollar_topics,
        invalid_filters_are_refused,
        wildcards_in_a_topic_are_refused,
        own_publications_are_left_out_with_no_local,
        retained_messages_follow_the_retain_handling,
        retain_flag_is_kept_as_published,
        empty_payload_clears_a_retained_message,
        retained_message_is_replaced,
        retained_messages_come_with_the_granted_qos,
        subscription_identifier_is_echoed,
        new_options_replace_a_subscription,
        unsubscribed_topics_are_not_delivered,
        expired_messages_are_not_delivered,
        plain_and_mqtt_5_clients_hear_each_other,
    ],
    papo: [
        overlapping_subscriptions_deliver_once: "mosquitto 2.0.11 delivers a message once for each subscription.",
        shared_subscriptions_are_refused: "mosquitto has shared subscriptions.",
    ]
}

const NONE: Properties = Properties(Vec::new());

/// From the standard, §4.7, and from attacks.
fn wildcards_match_whole_levels(site: &Site) {
    let mut sender = site.v5("sender");
    for (filter, topic, matches) in [
        ("sport/tennis/#", "sport/tennis", true),
        ("sport/tennis/#", "sport/tennis/one/two", true),
        ("sport/tennis/#", "sport/tennis2", false),
        ("sport/+", "sport/tennis", true),
        ("sport/+", "sport/", true),
        ("sport/+", "sport", false),
        ("sport/+", "sport/tennis/one", false),
        ("+/+", "/finance", true),
        ("/+", "/finance", true),
        ("+", "/finance", false),
        ("+/b/#", "a/b", true),
        ("+/b/#", "a/b/c", true),
        ("+/b/#", "a/c", false),
        ("#", "a/b", true),
        ("a//b", "a//b", true),
        ("a/+/b", "a//b", true),
        ("A", "a", false),
        ("é/ü", "é/ü", true),
    ] {
        let mut client = site.v5("client");
        client.subscribe(filter, 1);
        client.subscribe("the/end", 1);
        sender.says(topic, "matched");
        sender.says("the/end", "end");
        // The filter `#` matches the end as well, so it may come twice.
        let heard = client.hears_until("end");
        assert_eq!(heard == ["matched"], matches, "{filter} {topic}: {heard:?}");
        client.leave();
    }
}

fn wildcards_do_not_match_dollar_topics(site: &Site) {
    let mut client = site.v5("client");
    for filter in ["#", "+/x", "+/+"] {
        client.subscribe(filter, 0);
    }
    let mut sender = site.v5("sender");
    // Whether the broker takes it is its own decision.
    sender.publish(&Publish::new("$private/x", "hidden"));
    sender.says("end/of/it", "end");
    assert!(client.hears_until("end").is_empty());
}

fn invalid_filters_are_refused(site: &Site) {
    for filter in ["a/#/b", "a#", "a+", "+a/b", "#/a", ""] {
        assert!(site.v5("client").try_subscribe(filter, 1, &NONE) >= 0x80, "{filter:?}");
    }
}

fn wildcards_in_a_topic_are_refused(site: &Site) {
    for topic in ["a/#", "+", "a/+/b"] {
        assert!(site.v5("client").publish(&Publish::new(topic, "x")) >= 0x80, "{topic}");
    }
}

fn own_publications_are_left_out_with_no_local(site: &Site) {
    let mut alice = site.v5("alice");
    alice.subscribe("a", 1 | NO_LOCAL);
    alice.subscribe("b", 1);
    alice.says("a", "mine");
    site.v5("bob").says("a", "yours");
    alice.says("b", "end");
    assert_eq!(alice.hears_until("end"), ["yours"]);
}

fn retained_messages_follow_the_retain_handling(site: &Site) {
    let mut sender = site.v5("sender");
    sender.retains("a/1", "kept");
    let mut client = site.v5("client");
    client.subscribe("end", 1);
    for (options, heard) in [
        // 1: only for a new subscription.
        (ONLY_IF_NEW, &["kept"][..]),
        (ONLY_IF_NEW, &[]),
        // 0: each time.
        (0, &["kept"]),
        // 2: never.
        (NO_RETAINED, &[]),
    ] {
        client.subscribe("a/+", 1 | options);
        sender.says("end", "end");
        assert_eq!(client.hears_until("end"), heard, "retain handling {}", options >> 4);
    }
    client.unsubscribe("a/+");
    client.subscribe("a/+", 1 | NO_RETAINED);
    sender.says("end", "end");
    assert!(client.hears_until("end").is_empty());
}

fn retain_flag_is_kept_as_published(site: &Site) {
    let (mut plain, mut keeping) = (site.v5("plain"), site.v5("keeping"));
    plain.subscribe("a", 1);
    keeping.subscribe("a", 1 | RETAIN_AS_PUBLISHED);
    let mut sender = site.v5("sender");
    sender.retains("a", "retained");
    sender.says("a", "live");
    assert_eq!([plain.receive().retain, plain.receive().retain], [false, false]);
    assert_eq!([keeping.receive().retain, keeping.receive().retain], [true, false]);
    // What is sent because of a subscription always has the flag.
    let mut later = site.v5("later");
    later.subscribe("a", 1);
    assert!(later.receive().retain);
}

fn empty_payload_clears_a_retained_message(site: &Site) {
    let mut sender = site.v5("sender");
    sender.retains("a/1", "one");
    sender.retains("a/2", "two");
    let mut listener = site.v5("listener");
    listener.subscribe("a/1", 1 | NO_RETAINED);
    sender.retains("a/1", "");
    assert_eq!(listener.receive().text(), "", "subscribers get the empty message");
    let mut client = site.v5("client");
    client.subscribe("a/+", 1);
    assert_eq!(client.receive().text(), "two");
    sender.says("a/1", "end");
    assert!(client.hears_until("end").is_empty());
}

fn retained_message_is_replaced(site: &Site) {
    let mut sender = site.v5("sender");
    for qos in 0..3 {
        sender.publish(&Publish::retained("a", format!("{qos}")).qos(qos));
    }
    let mut client = site.v5("client");
    client.subscribe("a", 2);
    let kept = client.receive();
    assert_eq!((kept.text().as_str(), kept.qos, kept.retain), ("2", 2, true));
}

fn retained_messages_come_with_the_granted_qos(site: &Site) {
    let mut sender = site.v5("sender");
    for published in 0..3 {
        sender.publish(&Publish::retained("a", "kept").qos(published));
        for granted in 0..3 {
            let mut client = site.v5("client");
            client.subscribe("a", granted);
            assert_eq!(client.receive().qos, published.min(granted), "published {published}, granted {granted}");
            sender.publish(&Publish::new("a", "live").qos(published));
            // The client answers the first in full before the second is looked at.
            assert_eq!(client.receive().qos, published.min(granted), "published {published}, granted {granted}");
            client.leave();
        }
    }
}

fn subscription_identifier_is_echoed(site: &Site) {
    let mut client = site.v5("client");
    let mut sender = site.v5("sender");
    sender.retains("b", "retained");
    let identifier = |number| Properties::default().number(SUBSCRIPTION_ID, number);
    assert_eq!(client.try_subscribe("a", 1, &identifier(268_435_455)), 1);
    sender.says("a", "one");
    assert_eq!(client.receive().properties.numbers(SUBSCRIPTION_ID), [268_435_455]);
    assert_eq!(client.try_subscribe("b", 1, &identifier(7)), 1);
    assert_eq!(client.receive().properties.numbers(SUBSCRIPTION_ID), [7]);
    // A subscription without one replaces it.
    assert_eq!(client.try_subscribe("a", 1, &NONE), 1);
    sender.says("a", "two");
    assert!(client.receive().properties.numbers(SUBSCRIPTION_ID).is_empty());
}

fn new_options_replace_a_subscription(site: &Site) {
    let mut client = site.v5("client");
    client.subscribe("a", 2);
    client.subscribe("a", 0);
    client.subscribe("end", 1);
    let mut sender = site.v5("sender");
    sender.publish(&Publish::new("a", "once").qos(2));
    sender.says("end", "end");
    assert_eq!(client.receive().qos, 0);
    assert!(client.hears_until("end").is_empty());
}

fn unsubscribed_topics_are_not_delivered(site: &Site) {
    let mut client = site.v5("client");
    for filter in ["a", "+", "b"] {
        client.subscribe(filter, 1);
    }
    client.unsubscribe("a");
    client.unsubscribe("+");
    // One that does not exist is no error.
    client.unsubscribe("never");
    let mut sender = site.v5("sender");
    sender.says("a", "no");
    sender.says("b", "end");
    assert!(client.hears_until("end").is_empty());
}

fn expired_messages_are_not_delivered(site: &Site) {
    let expiry = |seconds| Properties::default().number(MESSAGE_EXPIRY, seconds);
    let mut client = site.lasting("client");
    client.subscribe("a", 1);
    client.leave();
    let mut sender = site.v5("sender");
    sender.publish(&Publish::new("a", "short").with(expiry(1)));
    sender.publish(&Publish::new("a", "long").with(expiry(3600)));
    sender.publish(&Publish::retained("kept", "short").with(expiry(3)));
    // Once the retained one has expired, so has the queued one.
    crate::wait::until("the retained message expires", || {
        let mut probe = site.v5("probe");
        probe.subscribe("kept", 1);
        probe.subscribe("probe", 1);
        probe.says("probe", "end");
        probe.hears_until("end").is_empty()
    });
    let mut client = site.lasting("client");
    let heard = client.receive();
    assert_eq!(heard.text(), "long");
    let left = heard.properties.find(MESSAGE_EXPIRY).expect("what is left of the interval");
    assert!((3000..=3599).contains(&left), "{left}");
}

fn plain_and_mqtt_5_clients_hear_each_other(site: &Site) {
    let (mut old, mut new) = (site.client(&Connect::v3("old")), site.v5("new"));
    old.subscribe("a/#", 2);
    new.subscribe("a/#", 2);
    for (sender, qos) in [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)] {
        let publish = Publish::new("a/b", format!("{sender} {qos}")).qos(qos);
        if sender == 0 {
            old.publish(&publish);
        } else {
            new.publish(&publish.with(Properties::default().pair("name", "value")));
        }
        for client in [&mut old, &mut new] {
            let heard = client.receive();
            assert_eq!((heard.text(), heard.qos), (format!("{sender} {qos}"), qos));
        }
    }
}

fn overlapping_subscriptions_deliver_once(site: &Site) {
    let mut client = site.v5("client");
    for (filter, qos, number) in [("a/b", 0, 1), ("a/#", 2, 2), ("+/b", 1, 3)] {
        let identifier = Properties::default().number(SUBSCRIPTION_ID, number);
        assert_eq!(client.try_subscribe(filter, qos, &identifier), qos);
    }
    let mut sender = site.v5("sender");
    sender.publish(&Publish::new("a/b", "once").qos(2));
    sender.says("a/end", "end");
    let heard = client.receive();
    let mut identifiers = heard.properties.numbers(SUBSCRIPTION_ID);
    identifiers.sort_unstable();
    assert_eq!((heard.qos, identifiers), (2, vec![1, 2, 3]));
    assert!(client.hears_until("end").is_empty());
}

fn shared_subscriptions_are_refused(site: &Site) {
    let mut client = site.v5("client");
    assert_eq!(client.try_subscribe("$share/x/a", 1, &NONE), 0x9E);
}
