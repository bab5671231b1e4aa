use proptest::prelude::*;

use super::*;
use crate::domain::{Body, ChatMessage, MessageId, StoreMark, Timestamp};

fn message(text: String) -> ChatMessage {
    ChatMessage {
        id: MessageId::from_bytes([7; 16]),
        author: "bob".parse().unwrap(),
        n: Some(3),
        at: Timestamp::from_millis(1_763_900_000_000),
        body: Body::Text(text),
        failure: None,
    }
}

#[test]
fn a_flipped_bit_is_noticed() {
    let bytes = encode(&message("hi".to_owned())).unwrap();
    for at in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[at] ^= 0x10;
        assert_eq!(decode::<ChatMessage>(&flipped), Err(CodecError::Checksum));
    }
}

#[test]
fn a_later_layout_is_refused_and_not_guessed() {
    let mut bytes = encode(&message("hi".to_owned())).unwrap();
    bytes.truncate(bytes.len() - 4);
    bytes[0] = 2;
    let sum = crc32fast::hash(&bytes);
    bytes.extend(sum.to_le_bytes());
    assert_eq!(decode::<ChatMessage>(&bytes), Err(CodecError::Unknown(2)));
}

proptest! {
    #[test]
    fn what_is_written_is_read(text in "(?s).{0,300}") {
        let message = message(text);
        prop_assert_eq!(decode(&encode(&message).unwrap()), Ok(message));
    }

    /// The checksum is made to fit, so that the decoder itself sees the bytes.
    #[test]
    fn arbitrary_bytes_never_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        let mut framed = vec![VERSION, 0];
        framed.append(&mut bytes);
        let sum = crc32fast::hash(&framed);
        framed.extend(sum.to_le_bytes());
        let _ = decode::<ChatMessage>(&framed);
    }
}

/// The bytes of each stored type in layout 1. Where one changes, what people have on their disks becomes
/// unreadable: that needs a new layout number and a reader for this one.
#[test]
fn the_bytes_of_every_stored_type_stay_as_they_are() {
    use crate::{
        domain::{
            Conversation, Direction, Family, Group, Phase, Presence, Progress, Request, RequestKind, RequestState, User,
        },
        protocol::{Publication, Qos},
        store::database::Kept,
    };
    let at = Timestamp::from_millis(1_763_900_000_000);
    let talk = "bob_alice_1763900000000".parse().unwrap();
    let conversation = Conversation {
        phase: Phase::Open { ended_by_me: true, ended_by_peer: false },
        len: 4,
        sent: 2,
        at_broker: 1,
        unread: 2,
        ..Conversation::new(talk, at)
    };
    let request = Request {
        id: MessageId::from_bytes([7; 16]),
        direction: Direction::Incoming,
        kind: RequestKind::Join("devs".parse().unwrap()),
        peer: Some("bob".parse().unwrap()),
        at,
        answered_at: Some(at),
        state: RequestState::Accepted(Some("bob_alice_6".parse().unwrap())),
        family: Family::Clients,
        times: 2,
    };
    let group = Group {
        name: "devs".parse().unwrap(),
        leader: Some("bob".parse().unwrap()),
        members: vec!["alice".parse().unwrap()],
        rev: 3,
        born: at,
    };
    let user =
        User { presence: Presence::Offline, since: Some(at), is_papo: true, ..User::new("bob".parse().unwrap()) };
    let progress = Progress { joined: 1, acked: 3, read: 2, received: Some(5), store: Some(StoreMark::of("a")) };
    let kept = Kept {
        publication: Publication {
            topic: "#".into(),
            payload: vec![1],
            retain: true,
            qos: Qos::AtLeastOnce,
            content_type: Some("t".into()),
            expiry: Some(5),
            properties: vec![("n".into(), "1".into())],
        },
        message: Some(("#devs".parse().unwrap(), 3)),
    };
    let end = ChatMessage { body: Body::End, failure: Some("no".into()), ..message(String::new()) };
    let other = Body::Other { content_type: "a/b".into(), content: vec![0, 255] };
    let other = ChatMessage { n: None, body: other, ..message(String::new()) };
    let written = [
        ("message", encode(&message("olá".to_owned()))),
        ("end", encode(&end)),
        ("other", encode(&other)),
        ("conversation", encode(&conversation)),
        ("request", encode(&request)),
        ("group", encode(&group)),
        ("user", encode(&user)),
        ("progress", encode(&progress)),
        ("outbox", encode(&kept)),
        ("draft", encode(&"half".to_owned())),
    ];
    let hex = |bytes: Vec<u8>| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    let lines: String = written.map(|(name, bytes)| format!("{name} {}\n", hex(bytes.unwrap()))).concat();
    assert_eq!(lines, include_str!("../../../tests/golden/store.txt"));
}
