//! Conversions between papo's plain data and rumqttc's packets.

use std::time::Duration;

use rumqttc::{
    NetworkOptions, TlsConfiguration, Transport as RumqttTransport,
    v5::{
        MqttOptions,
        mqttbytes::{
            QoS,
            v5::{
                ConnectProperties, Filter, LastWill, LastWillProperties, PubAckReason, Publish, PublishProperties,
                RetainForwardRule,
            },
        },
    },
};

use super::Options;
use crate::{
    domain::{DeliveryFailure, Transport},
    protocol::{Inbound, PubOutcome, Publication, Qos, Subscription},
};

/// The maximum packet size announced in CONNECT, in bytes: the broker drops larger publications.
const MAX_INBOUND_PACKET: u32 = 1024 * 1024;
/// The receive maximum announced in CONNECT: how many deliveries may be unacknowledged.
pub(crate) const RECEIVE_MAXIMUM: u16 = 32;
/// The highest packet id that rumqttc uses. It allocates an array of that length; its default of 65,535 takes 14 MB.
const HIGHEST_PACKET_ID: u16 = 100;
/// The session expiry of a probe that may have taken over papo's own session: longer than it takes to settle who uses
/// the id.
const PROBE_SESSION_EXPIRY: Duration = Duration::from_secs(60 * 60);
/// MQTT strings carry a 16-bit length (MQTT 5 §1.5.4).
const MAX_STRING: usize = u16::MAX as usize;
/// The largest packet by MQTT's own limit (§2.1.4): the highest remaining length, and five bytes of fixed header.
const MAX_PACKET: usize = 268_435_455 + 5;
/// The most bytes of a SUBSCRIBE besides its filters (§3.8): fixed header, packet id and the empty property length.
const SUBSCRIBE_HEADER: usize = 5 + 2 + 1;
/// The most filters in a SUBSCRIBE packet. Some brokers accept no more.
const MAX_FILTERS: usize = 100;

pub(super) fn mqtt_options(options: &Options) -> MqttOptions {
    let mut mqtt = connect_options(options, &options.client_id, options.session_expiry);
    mqtt.set_clean_start(false);
    mqtt.set_last_will(last_will(options));
    mqtt
}

/// Options for a presence probe: the broker assigns a client id, and keeps no session. With a login the broker may use
/// the user name as the client id, as mosquitto does with `use_username_as_clientid`. Then the probe takes over papo's
/// own session, whose queued messages must survive. So with a login there is no clean start, and the session has an
/// expiry.
pub(super) fn probe_options(options: &Options) -> MqttOptions {
    let has_login = options.has_login();
    let mut mqtt = connect_options(options, "", if has_login { PROBE_SESSION_EXPIRY } else { Duration::ZERO });
    mqtt.set_clean_start(!has_login);
    mqtt
}

/// Options for a connection with a clean start and without a will.
pub(super) fn connect_options(options: &Options, client_id: &str, session_expiry: Duration) -> MqttOptions {
    let broker = &options.broker;
    // As the host, rumqttc expects the whole URL for a websocket, and the path for a Unix socket.
    let host = match broker.transport() {
        Transport::Tcp => broker.name_to_look_up(),
        Transport::Tls => broker.host().to_owned(),
        Transport::Ws | Transport::Wss => broker.endpoint(),
        Transport::Unix => broker.socket().unwrap_or_default().to_owned(),
    };
    let mut mqtt = MqttOptions::new(client_id, host, broker.port());
    mqtt.set_clean_start(true);
    mqtt.set_transport(transport(options));
    mqtt.set_connect_properties(ConnectProperties {
        session_expiry_interval: Some(seconds(session_expiry)),
        receive_maximum: Some(RECEIVE_MAXIMUM),
        max_packet_size: Some(MAX_INBOUND_PACKET),
        ..ConnectProperties::new()
    });
    mqtt.set_keep_alive(options.keep_alive());
    // In effect no timeout: the actor has its own timeout, which is not limited to whole seconds.
    mqtt.set_connection_timeout(3600);
    mqtt.set_manual_acks(true);
    mqtt.set_outgoing_inflight_upper_limit(HIGHEST_PACKET_ID);
    if let Some(credentials) = options.login() {
        mqtt.set_credentials(credentials.user.clone(), credentials.password.clone());
    }
    let mut network = NetworkOptions::new();
    network.set_tcp_nodelay(true);
    // A certificate names an address without the zone (RFC 6874 §4), but rumqttc uses one name for certificate and
    // connection. So the zone is given by binding the socket to the interface.
    #[cfg(any(target_os = "android", target_os = "linux"))]
    if broker.transport() != Transport::Tcp
        && let Some(zone) = broker.zone()
    {
        network.set_bind_device(zone);
    }
    mqtt.set_network_options(network);
    mqtt
}

fn transport(options: &Options) -> RumqttTransport {
    let tls = || {
        let tls = options.tls.as_ref().expect("options for a TLS broker have a TLS configuration");
        TlsConfiguration::Rustls(tls.config())
    };
    match options.broker.transport() {
        Transport::Tcp => RumqttTransport::Tcp,
        Transport::Tls => RumqttTransport::Tls(tls()),
        Transport::Ws => RumqttTransport::Ws,
        Transport::Wss => RumqttTransport::Wss(tls()),
        Transport::Unix => RumqttTransport::Unix,
    }
}

fn last_will(options: &Options) -> LastWill {
    let will = &options.will;
    let properties = LastWillProperties {
        delay_interval: Some(seconds(options.will_delay)),
        payload_format_indicator: None,
        message_expiry_interval: will.expiry,
        content_type: will.content_type.clone(),
        response_topic: None,
        correlation_data: None,
        user_properties: will.properties.clone(),
    };
    LastWill::new(will.topic.clone(), will.payload.clone(), qos(will.qos), will.retain, Some(properties))
}

fn seconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_secs()).unwrap_or(u32::MAX)
}

fn qos(qos: Qos) -> QoS {
    match qos {
        Qos::AtMostOnce => QoS::AtMostOnce,
        Qos::AtLeastOnce => QoS::AtLeastOnce,
    }
}

/// The PUBLISH packet of a publication, without a packet id.
pub(super) fn publish(publication: &Publication) -> Publish {
    let properties = PublishProperties {
        message_expiry_interval: publication.expiry,
        content_type: publication.content_type.clone(),
        user_properties: publication.properties.clone(),
        ..PublishProperties::default()
    };
    let mut publish =
        Publish::new(publication.topic.clone(), qos(publication.qos), publication.payload.clone(), Some(properties));
    publish.retain = publication.retain;
    publish
}

/// Why a publication can never be sent to a broker with this packet limit in bytes; [`None`] if it can. To be checked
/// before it is submitted: otherwise the broker would close every connection because of it.
pub(super) fn unsendable(publication: &Publication, max_packet: Option<u32>) -> Option<String> {
    let topic = &publication.topic;
    if topic.is_empty() || topic.contains(['+', '#', '\0']) {
        return Some(format!("{topic:?} is not a topic to publish to"));
    }
    let strings = publication.properties.iter().flat_map(|(name, value)| [name, value]);
    if strings.chain(&publication.content_type).chain([topic]).any(|string| string.len() > MAX_STRING) {
        return Some("the topic or a property is longer than MQTT allows".into());
    }
    let mut packet = publish(publication);
    packet.pkid = 1;
    let max_packet = max_packet.map_or(MAX_PACKET, |max_packet| usize::try_from(max_packet).unwrap_or(usize::MAX));
    let size = packet.size();
    (size > max_packet).then(|| format!("too large: {size} bytes; the broker accepts at most {max_packet}"))
}

/// Splits subscriptions so that the SUBSCRIBE packet of each part has at most [`MAX_FILTERS`], and stays within the
/// broker's packet limit.
pub(super) fn split_subscriptions(subscriptions: Vec<Subscription>, max_packet: Option<u32>) -> Vec<Vec<Subscription>> {
    let max_packet = max_packet.map_or(MAX_PACKET, |max_packet| usize::try_from(max_packet).unwrap_or(usize::MAX));
    let mut parts: Vec<Vec<Subscription>> = Vec::new();
    let mut size = usize::MAX;
    for subscription in subscriptions {
        // The filter's length in two bytes, and a byte of options.
        let more = subscription.filter.len() + 3;
        size = size.saturating_add(more);
        if let Some(part) = parts.last_mut().filter(|part| size <= max_packet && part.len() < MAX_FILTERS) {
            part.push(subscription);
        } else {
            size = SUBSCRIBE_HEADER + more;
            parts.push(vec![subscription]);
        }
    }
    parts
}

/// The filter of a subscription. The broker sends retained publications on every SUBSCRIBE, even if the resumed session
/// already has the subscription.
pub(super) fn filter(subscription: &Subscription) -> Filter {
    let mut filter = Filter::new(subscription.filter.clone(), qos(subscription.qos));
    filter.nolocal = subscription.no_local;
    filter.retain_forward_rule = RetainForwardRule::OnEverySubscribe;
    filter
}

/// The content of a PUBLISH; [`None`] if its topic is empty or not UTF-8, which MQTT forbids.
pub(super) fn inbound(publish: Publish) -> Option<Inbound> {
    let topic = String::from_utf8(publish.topic.to_vec()).ok().filter(|topic| !topic.is_empty())?;
    let PublishProperties { content_type, message_expiry_interval: expiry, user_properties: properties, .. } =
        publish.properties.unwrap_or_default();
    let payload = publish.payload.to_vec();
    Some(Inbound { topic, payload, retained: publish.retain, content_type, expiry, properties })
}

/// The outcome of a row by the reason code of its PUBACK; [`None`] if the broker may accept the row later.
pub(super) fn outcome(reason: PubAckReason) -> Option<PubOutcome> {
    match reason {
        PubAckReason::Success => Some(PubOutcome::Taken),
        PubAckReason::NoMatchingSubscribers => Some(PubOutcome::NobodyListens),
        PubAckReason::NotAuthorized => Some(PubOutcome::Refused(DeliveryFailure::NotAllowed)),
        PubAckReason::TopicNameInvalid => Some(PubOutcome::Refused(DeliveryFailure::TopicRefused)),
        PubAckReason::PayloadFormatInvalid => Some(PubOutcome::Refused(DeliveryFailure::ContentRefused)),
        // Another publication may be within the limit, so the row must not hold up those behind it.
        PubAckReason::QuotaExceeded => Some(PubOutcome::Refused(DeliveryFailure::Quota)),
        PubAckReason::UnspecifiedError
        | PubAckReason::ImplementationSpecificError
        | PubAckReason::PacketIdentifierInUse => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn publication(topic: &str, payload: usize) -> Publication {
        Publication {
            retain: true,
            content_type: Some("text/plain".into()),
            expiry: Some(900),
            properties: vec![("a".into(), "b".into()), ("a".into(), "c".into())],
            ..Publication::new(topic, vec![b'x'; payload])
        }
    }

    #[test]
    fn used_up_quota_refuses_one_row_and_holds_up_no_other() {
        assert_eq!(outcome(PubAckReason::QuotaExceeded), Some(PubOutcome::Refused(DeliveryFailure::Quota)));
        assert_eq!(outcome(PubAckReason::UnspecifiedError), None);
    }

    #[test]
    fn publication_survives_the_round_trip() {
        let sent = publication("papo/x", 3);
        let received = inbound(publish(&sent)).unwrap();
        assert_eq!(received.topic, sent.topic);
        assert_eq!(received.payload, sent.payload);
        assert_eq!(received.content_type, sent.content_type);
        assert_eq!((received.expiry, received.properties), (sent.expiry, sent.properties));
        assert!(received.retained);
    }

    #[test]
    fn packet_limit_counts_the_whole_packet() {
        let sent = publication("papo/x", 100);
        let mut packet = publish(&sent);
        packet.pkid = 1;
        let mut bytes = bytes::BytesMut::new();
        let size = u32::try_from(packet.write(&mut bytes).unwrap()).unwrap();
        assert_eq!(usize::try_from(size).unwrap(), bytes.len());
        assert_eq!(unsendable(&sent, Some(size)), None);
        assert!(unsendable(&sent, Some(size - 1)).unwrap().starts_with("too large"));
    }

    #[test]
    fn subscriptions_are_split_by_the_packet_limit() {
        use rumqttc::v5::mqttbytes::v5::Subscribe;
        let subscription = |n| Subscription { filter: format!("bob_alice_{n}"), no_local: true, qos: Qos::AtLeastOnce };
        let wanted: Vec<_> = (0..100).map(subscription).collect();
        let parts = split_subscriptions(wanted.clone(), Some(200));
        assert_eq!(parts.concat(), wanted);
        for part in &parts {
            let size = Subscribe::new_many(part.iter().map(filter), None).size();
            assert!(size <= 200, "{size} bytes");
        }
        assert!(parts.len() < 12, "{} packets for {} bytes", parts.len(), 100 * "..bob_alice_10.".len());
        let parts = split_subscriptions([&wanted[..], &wanted[..], &wanted[..1]].concat(), None);
        assert_eq!(parts.iter().map(Vec::len).collect::<Vec<_>>(), [100, 100, 1]);
        assert_eq!(split_subscriptions(wanted.clone(), None), [wanted]);
    }

    #[test]
    fn topics_that_would_end_the_connection_are_unsendable() {
        for topic in ["", "a/+", "a/#", "a\0"] {
            assert!(unsendable(&publication(topic, 1), None).is_some(), "{topic:?}");
        }
        assert!(unsendable(&publication(&"t".repeat(65_536), 1), None).is_some());
    }
}
