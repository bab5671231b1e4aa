use super::{super::rows::*, *};
use crate::store::CodecError;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

/// The rows that this state makes in a new file, as text.
fn rows(saved: &Saved) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    save(folder.path(), changes(saved));
    let database = file::open(&file::path(folder.path())).unwrap();
    let transaction = database.begin_read().unwrap();
    let mut rows = Vec::new();
    macro_rules! add {
        ($name:literal, $table:expr, $text:expr) => {
            for row in redb::ReadableTable::iter(&transaction.open_table($table).unwrap()).unwrap() {
                let (key, value) = row.unwrap();
                rows.push(format!("{} {:?} {}", $name, key.value(), $text(value.value())));
            }
        };
    }
    add!("meta", META, |number: u64| number.to_string());
    add!("sessions", SESSIONS.definition(), hex);
    add!("queues", QUEUES.definition(), hex);
    add!("messages", MESSAGES, hex);
    add!("retained", RETAINED, |id: u64| id.to_string());
    add!("groups", GROUPS.definition(), hex);
    rows
}

/// The state of every user stays readable: a changed type needs the next version and an upgrade.
#[test]
fn rows_match_their_golden_bytes() {
    let saved = Saved {
        since: Duration::ZERO,
        sessions: BTreeMap::from([("a".into(), session(1))]),
        queues: BTreeMap::from([((1, 2), entry(2))]),
        messages: BTreeMap::from([(2, message(2, 6))]),
        retained: BTreeMap::from([("GROUPS/g2".into(), 2)]),
        groups: BTreeMap::from([("devs".parse().unwrap(), group())]),
    };
    let rows = rows(&saved);
    let golden: Vec<_> = include_str!("rows.txt").lines().collect();
    assert_eq!(rows, golden, "\n{}", rows.join("\n"));
}

#[test]
fn chunks_are_full_up_to_the_last_one() {
    let saved = Saved {
        messages: BTreeMap::from([(2, message(2, 2500))]),
        retained: BTreeMap::from([("GROUPS/g2".into(), 2)]),
        ..Saved::default()
    };
    let rows = rows(&saved);
    let chunks: Vec<_> = rows.iter().filter_map(|row| row.strip_prefix("messages ")).collect();
    let lens: Vec<_> = chunks.iter().map(|row| row.rsplit(' ').next().unwrap().len() / 2).collect();
    assert!(matches!(lens[..], [CHUNK, CHUNK, 501..CHUNK]), "{lens:?}");
}

#[test]
fn damaged_message_is_never_misread() {
    let message = message(7, 40);
    let row = encode_message(&message).unwrap();
    assert_eq!(decode_message(7, row.clone()).as_ref(), Ok(&*message));
    assert_eq!(decode_message(8, row.clone()), Err(CodecError::Checksum), "the row of another message");
    for bit in 0..row.len() * 8 {
        let mut flipped = row.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(decode_message(7, flipped).is_err(), "bit {bit}");
    }
    for len in 0..row.len() {
        assert!(decode_message(7, row[..len].to_vec()).is_err(), "{len} bytes");
    }
    assert!(decode_message(7, [&row[..], b"x"].concat()).is_err());
}
