use proptest::prelude::*;

use super::*;
use crate::domain::{Body, ChatMessage, Conversation, DeliveryProgress, DeviceHash, MessageId, Phase, Timestamp};

fn message(text: String) -> ChatMessage {
    let (id, at) = (MessageId::from_bytes([7; 16]), Timestamp::from_millis(1_763_900_000_000));
    ChatMessage { sequence_number: Some(3), ..ChatMessage::new(id, "bob".parse().unwrap(), at, Body::Text(text)) }
}

const HERE: Location = Location { table: "t", key: b"k" };

/// A frame with a valid checksum.
fn framed(version: u8, flags: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = [&[version, flags], content].concat();
    let sum = checksum((flags & COVERS_LOCATION != 0).then_some(HERE), &bytes);
    bytes.extend(sum.to_le_bytes());
    bytes
}

#[test]
fn any_flipped_bit_fails_the_checksum() {
    let bytes = encode(HERE, &message("hi".to_owned())).unwrap();
    for at in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[at / 8] ^= 1 << (at % 8);
        assert_eq!(decode::<ChatMessage>(HERE, &flipped), Err(CodecError::Checksum));
    }
}

#[test]
fn value_at_another_location_fails_the_checksum() {
    let bytes = encode(HERE, &message("hi".to_owned())).unwrap();
    for elsewhere in
        [Location { key: b"l", ..HERE }, Location { table: "u", ..HERE }, Location { table: "tk", key: b"" }]
    {
        assert_eq!(decode::<ChatMessage>(elsewhere, &bytes), Err(CodecError::Checksum), "{elsewhere:?}");
    }
}

#[test]
fn later_layout_and_unknown_flags_are_refused() {
    let content = encode(HERE, &message("hi".to_owned())).unwrap();
    let content = &content[HEADER_LEN..content.len() - CHECKSUM_LEN];
    let (known, later) = (ChatMessage::VERSION, ChatMessage::VERSION + 1);
    assert!(decode::<ChatMessage>(HERE, &framed(known, COVERS_LOCATION, content)).is_ok());
    assert_eq!(decode::<ChatMessage>(HERE, &framed(later, COVERS_LOCATION, content)), Err(CodecError::Unknown(later)));
    assert_eq!(decode::<ChatMessage>(HERE, &framed(known, 4, content)), Err(CodecError::Unknown(4)));
}

/// A type that gained a field in its second layout.
#[derive(Debug, PartialEq, Serialize, serde::Deserialize)]
struct Grown {
    name: String,
    size: Option<u8>,
}

impl Stored for Grown {
    const VERSION: u8 = 2;

    fn upgrade(version: u8, content: &[u8]) -> Result<Self, CodecError> {
        match version {
            1 => Ok(Self { name: decode_body(content)?, size: None }),
            _ => Err(CodecError::Unknown(version)),
        }
    }
}

#[test]
fn earlier_layout_is_upgraded() {
    let now = Grown { name: "a".into(), size: Some(3) };
    let bytes = encode(HERE, &now).unwrap();
    assert_eq!((bytes[0], decode(HERE, &bytes)), (2, Ok(now)));
    let then = Grown { name: "a".into(), size: None };
    assert_eq!(decode(HERE, &framed(1, COVERS_LOCATION, b"\x01a")), Ok(then));
    assert_eq!(decode::<Grown>(HERE, &framed(1, 0, b"\x05a")), Err(CodecError::Content));
    assert_eq!(decode::<Grown>(HERE, &framed(0, 0, b"\x01a")), Err(CodecError::Unknown(0)));
}

proptest! {
    #[test]
    fn decode_reverses_encode(text in "(?s).{0,300}") {
        let message = message(text);
        prop_assert_eq!(decode(HERE, &encode(HERE, &message).unwrap()), Ok(message));
    }

    /// With a valid checksum, so that the decoder itself sees the bytes.
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        for version in 1..=ChatMessage::VERSION {
            let _ = decode::<ChatMessage>(HERE, &framed(version, COVERS_LOCATION, &bytes));
        }
    }
}

/// The golden bytes of a type, oldest layout first.
fn golden(name: &str) -> Vec<Vec<u8>> {
    let files = [
        include_str!("../../../tests/machine/golden/store.txt"),
        include_str!("../../../tests/machine/golden/placed.txt"),
    ];
    let lines = files.into_iter().flat_map(str::lines).filter_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    lines.map(|hex| hex.as_bytes().chunks(2).map(byte).collect()).collect()
}

/// Asserts that today's encoding of `value` is the last golden line, and that all earlier lines decode.
fn assert_golden<T: Stored>(name: &str, value: &T) {
    let location = Location { table: "golden", key: name.as_bytes() };
    let written = encode(location, value).unwrap();
    let hex = written.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    let golden = golden(name);
    assert!(golden.last() == Some(&written), "a layout has changed:\n{name} {hex}");
    for bytes in golden {
        let value: T = decode(location, &bytes).unwrap();
        let is_identical = encode(location, &value).as_ref() == Ok(&written);
        assert!(is_identical || bytes[0] < T::VERSION, "{name}");
    }
}

/// Asserts that every golden line of the first layout decodes to `value`.
fn assert_first_layout<T: Stored + PartialEq + std::fmt::Debug>(name: &str, value: &T) {
    let location = Location { table: "golden", key: name.as_bytes() };
    let first: Vec<Vec<u8>> = golden(name).into_iter().filter(|bytes| bytes[0] == 1).collect();
    assert!(!first.is_empty());
    for bytes in first {
        assert_eq!(decode::<T>(location, &bytes).as_ref(), Ok(value));
    }
}

fn conversation() -> Conversation {
    // `since` is the time in the id, as the upgrade of earlier layouts assumes.
    Conversation {
        phase: Phase::Open { ended_by_me: true, ended_by_peer: false },
        len: 4,
        sent: 2,
        broker_acked: 1,
        unread: 2,
        ..Conversation::new("bob_alice_1763900000000".parse().unwrap(), Timestamp::from_millis(1_763_900_000_000))
    }
}

#[test]
fn later_fields_of_first_layouts_have_their_defaults() {
    let first = DeliveryProgress { joined: 1, acked: 3, read: 2, received: Some(5), ..DeliveryProgress::default() };
    assert_first_layout("progress", &first);
    assert_first_layout("message", &message("olá".to_owned()));
    assert_first_layout("conversation", &conversation());
}

/// Users' files stay readable: a changed layout needs the next version, an [`upgrade`](Stored::upgrade) and one more
/// golden line. `store.txt` has values whose checksum does not cover the location.
#[test]
fn stored_types_match_their_golden_bytes() {
    use crate::{
        domain::{
            ChatId, ControlTopic, Direction, EarlierText, Group, Membership, OpenTabs, Presence, Request, RequestKind,
            RequestState, Stay, User,
        },
        protocol::Publication,
        store::tables::{OutboxRecord, RunRecord, SeenRecord},
    };
    let at = Timestamp::from_millis(1_763_900_000_000);
    let request = Request {
        id: MessageId::from_bytes([7; 16]),
        direction: Direction::Incoming,
        kind: RequestKind::Join("devs".parse().unwrap()),
        peer: Some("bob".parse().unwrap()),
        at,
        answered_at: Some(at),
        state: RequestState::Accepted(Some("bob_alice_6".parse().unwrap())),
        control_topic: ControlTopic::Clients,
        times: 2,
    };
    let group = Group {
        name: "devs".parse().unwrap(),
        leader: Some("bob".parse().unwrap()),
        members: vec!["alice".parse().unwrap()],
        rev: 3,
        born: at,
        since: Some(at),
    };
    let user = User {
        presence: Presence::Offline,
        since: Some(at),
        is_papo: true,
        is_blocked: true,
        ..User::new("bob".parse().unwrap(), at)
    };
    let progress = DeliveryProgress { joined: 1, acked: 3, read: 2, received: Some(5), ..DeliveryProgress::default() };
    let progress = DeliveryProgress { received: Some(6), ..progress.in_store(Some(DeviceHash::of("a"))) };
    let progress = DeliveryProgress { received: Some(5), ..progress.in_store(Some(DeviceHash::of("b"))) };
    let stay = Stay { joined: 0, acked: 1, read: 1 };
    let progress = DeliveryProgress { stays: [Some(stay), None, None], ..progress.with_skipped(2, 4) };
    let record = OutboxRecord {
        publication: Publication {
            retain: true,
            content_type: Some("t".into()),
            expiry: Some(5),
            properties: vec![("n".into(), "1".into())],
            ..Publication::new("#", [1])
        },
        message: Some(("#devs".parse().unwrap(), 3)),
    };
    let message_to_bob = Some(("bob_alice_2026-11-29T11:04:00Z".parse().unwrap(), 3));
    let session_record = OutboxRecord { publication: record.publication.clone(), message: message_to_bob };
    let end = ChatMessage { body: Body::End, failure: Some("no".into()), ..message(String::new()) };
    let other = Body::Other { content_type: "a/b".into(), content: vec![0, 255] };
    let other = ChatMessage { sequence_number: None, body: other, ..message(String::new()) };
    assert_golden("message", &message("olá".to_owned()));
    assert_golden("end", &end);
    assert_golden("other", &other);
    let edited = Body::Text("hi".to_owned());
    let earlier = EarlierText { text: "h".to_owned(), replaced_by: MessageId::from_bytes([8; 16]), replaced_at: at };
    let edited = ChatMessage {
        body: edited,
        is_edited: true,
        is_hidden: true,
        earlier: vec![earlier],
        ..message(String::new())
    };
    let left =
        ChatMessage { body: Body::Membership(Membership::Left("bob".parse().unwrap())), ..message(String::new()) };
    let joined = Membership::Joined(vec!["bob".parse().unwrap()]);
    let joined = ChatMessage { body: Body::Membership(joined), sequence_number: None, ..message(String::new()) };
    assert_golden("edited", &edited);
    assert_golden("left", &left);
    assert_golden("joined", &joined);
    assert_golden("conversation", &conversation());
    assert_golden("request", &request);
    assert_golden("group", &group);
    assert_golden("user", &user);
    assert_golden("progress", &progress);
    assert_golden("outbox", &record);
    assert_golden("outbox-session", &session_record);
    assert_golden("draft", &"half".to_owned());
    assert_golden("run", &RunRecord { session: 3, from: 300 });
    let chats: [ChatId; 2] = ["bob", "#devs"].map(|chat| chat.parse().unwrap());
    let (active, beside) = (Some(chats[1].clone()), Some((chats[0].clone(), true)));
    assert_golden("tabs", &OpenTabs { chats: chats.to_vec(), active, beside });
    assert_golden("seen", &SeenRecord { order: 300, hash: 0xcbf2_9ce4_8422_2325 });
}
