use mqtt5_protocol::{
    QoS,
    packet::{MqttPacket, connect::ConnectPacket, publish::PublishPacket, subscribe::SubscribePacket},
    types::ConnectOptions,
};
use proptest::prelude::*;

use super::*;

const LIMIT: usize = 1 << 20;

fn encoded(packet: &impl MqttPacket) -> Vec<u8> {
    let mut bytes = Vec::new();
    packet.encode(&mut bytes).unwrap();
    bytes
}

/// Decodes the first packet in the bytes.
fn decode(mut bytes: &[u8], level: u8) -> Result<Packet, PacketError> {
    Splitter::default().next(&mut bytes, LIMIT)?.expect("complete").decode(level)
}

/// A packet with this first byte and body.
fn packet(first: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    mqtt5_protocol::encoding::encode_variable_int(&mut bytes, u32::try_from(body.len()).unwrap()).unwrap();
    [&bytes, body].concat()
}

#[test]
fn packets_are_split_wherever_the_bytes_are_cut() {
    let first = PublishPacket::new("a/b", vec![7; 300], QoS::AtLeastOnce).with_packet_id(5);
    let second = SubscribePacket::new(6).add_filter("a/#", QoS::AtMostOnce);
    let stream = [encoded(&first), encoded(&second), vec![0xC0, 0]].concat();
    for size in 1..=stream.len() {
        let mut splitter = Splitter::default();
        let mut kinds = Vec::new();
        for mut part in stream.chunks(size) {
            while let Some(raw) = splitter.next(&mut part, LIMIT).unwrap() {
                let packet = raw.decode(5).unwrap();
                if let Packet::Publish(publish) = &packet {
                    assert_eq!(publish.payload, vec![7; 300]);
                }
                kinds.push(packet.packet_type_name());
            }
            assert!(part.is_empty());
        }
        assert_eq!(kinds, ["PUBLISH", "SUBSCRIBE", "PINGREQ"], "{size} at a time");
        assert_eq!((splitter.missing(), splitter.header_len), (0, 0));
    }
}

#[test]
fn large_packet_is_refused_at_its_header_and_takes_memory_as_it_arrives() {
    let mut splitter = Splitter::default();
    let mut header = &[0x30, 0x80, 0x80, 0x80, 0x04][..];
    assert_eq!(splitter.next(&mut header, 8 << 20), Err(PacketError::TooLarge), "8 MB and a header");
    let mut splitter = Splitter::default();
    let mut start = &[0x30, 0x80, 0x80, 0x80, 0x01, 0, 1, b'a'][..];
    assert_eq!(splitter.next(&mut start, 8 << 20), Ok(None));
    assert_eq!(splitter.missing(), (2 << 20) - 3);
    assert!(splitter.incomplete.unwrap().body.capacity() < 100);
    for (first, most) in [(0x82, 256 << 10), (0xA2, 256 << 10), (0x40, 65 << 10), (0xE0, 65 << 10), (0x10, LIMIT)] {
        let length = u32::try_from(most).unwrap();
        for (length, is_allowed) in [(length - 4, true), (length - 3, false)] {
            let mut header = vec![first];
            mqtt5_protocol::encoding::encode_variable_int(&mut header, length).unwrap();
            let split = Splitter::default().next(&mut header.as_slice(), LIMIT);
            assert_eq!(split.is_ok(), is_allowed, "{first:#x} {length}");
        }
    }
}

#[test]
fn malformed_packets_are_refused_with_their_reason() {
    use PacketError::{Malformed, Protocol, TooLarge};
    let properties = |length: usize| {
        let mut bytes = vec![0, 1];
        mqtt5_protocol::encoding::encode_variable_int(&mut bytes, u32::try_from(length).unwrap()).unwrap();
        bytes.resize(bytes.len() + length, 0);
        bytes
    };
    for (what, level, bytes, reason) in [
        ("type 0", 5, packet(0x00, b""), Malformed),
        ("flags of SUBSCRIBE", 5, packet(0x80, b"\0\x01\0\0\x01a\0"), Malformed),
        ("flags of PINGREQ", 5, packet(0xC1, b""), Malformed),
        ("body of PINGREQ", 5, packet(0xC0, b"a"), Malformed),
        ("QoS 3", 5, packet(0x36, b"\0\x01a\0\x01\0"), Malformed),
        ("DUP with QoS 0", 5, packet(0x38, b"\0\x01a\0"), Malformed),
        ("packet identifier 0 of PUBLISH", 5, packet(0x32, b"\0\x01a\0\0\0"), Protocol),
        ("packet identifier 0 of SUBSCRIBE", 5, packet(0x82, b"\0\0\0\0\x01a\0"), Protocol),
        ("packet identifier 0 of PUBACK", 4, packet(0x40, b"\0\0"), Protocol),
        ("topic with NUL", 5, packet(0x30, b"\0\x01\0\0"), Malformed),
        ("topic is not UTF-8", 5, packet(0x30, b"\0\x01\xFF\0"), Malformed),
        ("topic ends early", 5, packet(0x30, b"\0\x09a"), Malformed),
        ("properties end early", 5, packet(0x30, b"\0\x01a\x05"), Malformed),
        ("properties of 64 KB and more", 5, packet(0x82, &properties(65_537)), TooLarge),
        ("unknown property", 5, packet(0x30, b"\0\x01a\x02\x7F\0"), Malformed),
        ("property of another packet", 5, packet(0x30, b"\0\x01a\x05\x11\0\0\0\x01"), Protocol),
        ("property given twice", 5, packet(0x30, b"\0\x01a\x04\x01\x01\x01\x01"), Protocol),
        ("payload format 2", 5, packet(0x30, b"\0\x01a\x02\x01\x02"), Protocol),
        ("subscription identifier of a client", 5, packet(0x30, b"\0\x01a\x02\x0B\x01"), Protocol),
        ("subscription identifier 0", 5, packet(0x82, b"\0\x01\x02\x0B\0\0\x01a\0"), Protocol),
        ("two subscription identifiers", 5, packet(0x82, b"\0\x01\x04\x0B\x01\x0B\x02\0\x01a\0"), Protocol),
        ("no filter", 5, packet(0x82, b"\0\x01\0"), Malformed),
        ("QoS 3 in SUBSCRIBE", 4, packet(0x82, b"\0\x01\0\x01a\x03"), Malformed),
        ("options of MQTT 5 in 3.1.1", 4, packet(0x82, b"\0\x01\0\x01a\x04"), Malformed),
        ("reason code of MQTT 5 in 3.1.1", 4, packet(0x40, b"\0\x01\0"), Malformed),
        ("body of DISCONNECT in 3.1.1", 4, packet(0xE0, b"\0"), Malformed),
        ("bytes after the properties", 5, packet(0x40, b"\0\x01\0\0x"), Malformed),
        ("CONNACK", 5, packet(0x20, b"\0\0\0"), Protocol),
        ("SUBACK", 5, packet(0x90, b"\0\x01\0\0"), Protocol),
        ("PINGRESP", 5, packet(0xD0, b""), Protocol),
        ("AUTH", 5, packet(0xF0, b""), Protocol),
        ("receive maximum 0", 5, packet(0x10, b"\0\x04MQTT\x05\x02\0\0\x03\x21\0\0\0\0"), Protocol),
        ("password alone", 4, packet(0x10, b"\0\x04MQTT\x04\x42\0\0\0\0\0\x01p"), Malformed),
        ("reserved flag of CONNECT", 4, packet(0x10, b"\0\x04MQTT\x04\x03\0\0\0\0"), Malformed),
        ("bytes after CONNECT", 4, packet(0x10, b"\0\x04MQTT\x04\x02\0\0\0\0x"), Malformed),
    ] {
        assert_eq!(decode(&bytes, level).map(|packet| packet.packet_type_name()), Err(reason), "{what}");
    }
    let mut long = &[0xC0, 0x80, 0x80, 0x80, 0x80, 0x00][..];
    assert_eq!(Splitter::default().next(&mut long, LIMIT), Err(Malformed), "a length of five bytes");
    let mut long = &[0x30, 0x84, 0x00][..];
    assert_eq!(Splitter::default().next(&mut long, LIMIT), Err(Malformed), "a length of two bytes where one does");
}

#[test]
fn valid_packets_of_both_versions_are_decoded() {
    for (level, bytes, name) in [
        (5, packet(0x30, b"\0\x01a\x05\x02\0\0\0\x09x"), "PUBLISH"),
        (5, packet(0x3D, b"\0\0\0\x07\x03\x23\0\x01"), "PUBLISH"),
        (4, packet(0x32, b"\0\x01a\0\x01x"), "PUBLISH"),
        (4, packet(0x82, b"\0\x01\0\x01a\x02\0\x01b\0"), "SUBSCRIBE"),
        (5, packet(0x82, b"\0\x01\x02\x0B\x01\0\x01a\x2D"), "SUBSCRIBE"),
        (5, packet(0x40, b"\0\x01"), "PUBACK"),
        (5, packet(0x62, b"\0\x01\x92\0"), "PUBREL"),
        (5, packet(0xE0, b"\x04"), "DISCONNECT"),
        (4, packet(0xE0, b""), "DISCONNECT"),
    ] {
        match decode(&bytes, level) {
            Ok(packet) => assert_eq!(packet.packet_type_name(), name),
            Err(error) => panic!("{name} of level {level}: {error}"),
        }
    }
}

#[test]
fn protocol_level_is_read_before_the_rest() {
    for (level, start) in
        [(Some(5), &b"\0\x04MQTT\x05"[..]), (Some(3), b"\0\x06MQIsdp\x03\x02"), (None, b"\0\x04HTTP\x05"), (None, b"")]
    {
        assert_eq!(protocol_level(start), level);
    }
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes: Vec<u8>, level in 4_u8..=5) {
        let mut splitter = Splitter::default();
        let mut input = bytes.as_slice();
        while let Ok(Some(raw)) = splitter.next(&mut input, LIMIT) {
            let _ = raw.decode(level);
        }
    }

    #[test]
    fn changed_packets_never_panic(position in 0_usize..200, byte: u8, level in 4_u8..=5) {
        let connect = ConnectPacket::new(ConnectOptions::new("anna").with_credentials("anna", "secret"));
        let publish = PublishPacket::new("a/b", "payload", QoS::ExactlyOnce).with_packet_id(9)
            .with_user_property("a".into(), "b".into()).with_topic_alias(3);
        let subscribe = SubscribePacket::new(7).add_filter("a/#", QoS::AtLeastOnce).with_subscription_identifier(8);
        for mut bytes in [encoded(&connect), encoded(&publish), encoded(&subscribe)] {
            let position = position % bytes.len();
            bytes[position] = byte;
            let mut input = bytes.as_slice();
            if let Ok(Some(raw)) = Splitter::default().next(&mut input, LIMIT) {
                let _ = raw.protocol_level();
                let _ = raw.decode(level);
            }
        }
    }
}
