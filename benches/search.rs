//! Measures the time until the first hits and until all hits of a search in a million messages, and for comparison the
//! time to read all messages.
//!
//! `make bench` runs this program. It measures only; it checks no limits.
#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]

use std::time::{Duration, Instant};

use papo::{
    domain::{Body, ChatMessage, ChatRange, Conversation, ConversationId, MessageId, Piece, Query, Timestamp, UserId},
    protocol::Operation,
    store::Store,
};

const MESSAGES: u64 = 1_000_000;
/// One message in this many contains the rare word.
const RARE_INTERVAL: u64 = 250_000;
/// Messages per commit.
const PER_COMMIT: u64 = 10_000;

fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let me: UserId = "alice".parse().expect("an id");
    let session: ConversationId = "bob_alice_1763900000000".parse().expect("a session");
    let mut store = Store::open(folder.path(), &me, "bench").expect("a store").store;
    for first in (0..MESSAGES).step_by(usize::try_from(PER_COMMIT).expect("the number fits")) {
        let mut operations: Vec<Operation> = (first..first + PER_COMMIT).map(|seq| append(&session, seq)).collect();
        let len = first + PER_COMMIT;
        let record = Conversation { len, ..Conversation::new(session.clone(), Timestamp::from_millis(len)) };
        operations.push(Operation::PutConversation(record));
        store.commit(&operations).expect("the commit succeeds");
    }
    for (kind, words) in [("frequent", "pump"), ("rare", "manometer"), ("missing", "xylophone")] {
        let query = Query::new(words).expect("a query");
        // The first search fills the disk cache.
        search(&store, &session, &query);
        let (first, all, hits) = search(&store, &session, &query);
        let first = first.map_or("-".to_owned(), |first| format!("{first:.1?}"));
        println!("{kind} word: first hits in {first}, all {hits} in {all:.1?}");
    }
    let since = Instant::now();
    let mut bytes = 0;
    let mut before = MESSAGES;
    while before > 0 {
        let page = store.page(&session, before, 10_000).expect("the page is read");
        bytes += page.messages.iter().map(|(_, message)| message.body.words().len()).sum::<usize>();
        before -= 10_000;
    }
    println!("all messages read and decoded: {bytes} bytes of text in {:.1?}", since.elapsed());
}

fn append(session: &ConversationId, seq: u64) -> Operation {
    let mut id = [0; 16];
    id[8..].copy_from_slice(&seq.to_be_bytes());
    let words = match seq {
        _ if seq % RARE_INTERVAL == 7 => "the manometer says nothing",
        _ if seq.is_multiple_of(3) => "shall we look at the pump tomorrow, before it is too late for that?",
        _ => "yes, I will be there at nine, and bring what is needed",
    };
    let message = ChatMessage {
        id: MessageId::from_bytes(id),
        author: "bob".parse().expect("an id"),
        sequence_number: Some(seq + 1),
        at: Timestamp::from_millis(1_763_900_000_000 + seq * 1000),
        body: Body::Text(format!("{words} ({seq})")),
        failure: None,
        relation: None,
        is_edited: false,
        clock_is_off: false,
        earlier: Vec::new(),
        is_hidden: false,
    };
    Operation::Append { conversation: session.clone(), seq, message }
}

/// All messages of the chat.
fn whole(session: &ConversationId) -> ChatRange {
    let pieces = vec![Piece { conversation: session.clone(), positions: 0..MESSAGES }];
    ChatRange { chat: "bob".parse().expect("a user"), start: 0, pieces }
}

/// Searches, and returns the time until the first hits, the time until the end, and the number of hits. The first is
/// `None` without hits.
fn search(store: &Store, session: &ConversationId, query: &Query) -> (Option<Duration>, Duration, usize) {
    let since = Instant::now();
    let (mut first, mut hits) = (None, 0);
    store.snapshot(vec![whole(session)]).expect("a snapshot").search(query, |found| {
        if !found.hits.is_empty() {
            first.get_or_insert(since.elapsed());
        }
        hits += found.hits.len();
        true
    });
    (first, since.elapsed(), hits)
}
