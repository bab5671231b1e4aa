use proptest::prelude::*;

use super::*;
use crate::domain::{Body, ChatMessage, MessageId, Timestamp};

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
