//! Searches of the store.

use papo::{
    domain::{Body, ChatMessage, ConversationId, HistoryLookup, Query, SearchEnd, SearchProgress},
    protocol::Operation,
    store::{self, Event, Job},
};

use super::{append, message, open, part_of, range, session};

#[test]
fn search_finds_newest_first_in_conversation_order() {
    let folder = tempfile::tempdir().unwrap();
    let mut opened = open(folder.path());
    let group: ConversationId = "#devs".parse().unwrap();
    let append = |conversation: &ConversationId, seq, text: &str| Operation::Append {
        conversation: conversation.clone(),
        seq,
        message: ChatMessage { body: Body::Text(text.into()), ..message(seq, "bob") },
    };
    let operations: Vec<Operation> = ["a Pump", "nothing", "the PUMPs", "püre"]
        .into_iter()
        .zip(0..)
        .flat_map(|(text, seq)| [append(&session(), seq, text), append(&group, seq, text)])
        .collect();
    opened.store.commit(&operations).unwrap();
    let search = |words: &str| {
        let snapshot = opened
            .store
            .snapshot([&group, &session(), &"#none".parse().unwrap()].map(|of| part_of(of, 0..4)).to_vec())
            .unwrap();
        let mut all = Vec::new();
        snapshot.search(&Query::new(words).unwrap(), |found| {
            all.push(found);
            true
        });
        let end = all.last().unwrap().end.clone();
        let places = |found: SearchProgress| {
            found.hits.into_iter().map(|hit| (hit.chat.to_string(), hit.position)).collect::<Vec<_>>()
        };
        (all.into_iter().flat_map(places).collect::<Vec<_>>(), end)
    };
    let place = |chat: &str, position| (chat.to_owned(), position);
    let found = vec![place("#devs", 2), place("#devs", 0), place("bob", 2), place("bob", 0)];
    assert_eq!(search("pump"), (found, Some(SearchEnd::Complete)));
    for words in ["PÜRE", "pure", "\"Püre\""] {
        assert_eq!(search(words).0, [place("#devs", 3), place("bob", 3)], "{words}");
    }
    assert_eq!(search("\"pure\"").0, []);
    assert_eq!(search("bob"), (vec![], Some(SearchEnd::Complete)), "search does not match authors");
}

#[tokio::test]
async fn search_runs_beside_commits_and_can_be_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let mut opened = open(folder.path());
    let operations: Vec<Operation> = (0..5_000).flat_map(|seq| append(seq, "bob")).collect();
    opened.store.commit(&operations).unwrap();
    let (sender, mut events) = tokio::sync::mpsc::channel(1);
    let mut handle = store::Handle::new(opened.store, sender);
    let job = |number| {
        let query = Query::new("message").unwrap();
        Job::Lookup(HistoryLookup::Search { number, query, chats: vec![range(0..5_000)] })
    };
    handle.try_send(job(1)).unwrap();
    handle.try_send(job(2)).unwrap();
    handle.try_send(Job::Commit { ticket: 1, operations: append(5_000, "bob").to_vec() }).unwrap();
    let (mut hits, mut is_committed, mut end) = (Vec::new(), false, None);
    while end.is_none() || !is_committed {
        match events.recv().await.unwrap() {
            Event::Found { number: 2, found } => {
                hits.extend(found.hits.into_iter().map(|hit| hit.position));
                end = end.or(found.end);
            }
            Event::Found { number, .. } => {
                assert!(number == 1 && hits.is_empty(), "search 1 reported a hit after search 2");
            }
            Event::Committed { ticket: 1 } => is_committed = true,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((hits, end), ((4_000..5_000).rev().collect(), Some(SearchEnd::TooMuch)));
    handle.try_send(job(3)).unwrap();
    handle.try_send(Job::Lookup(HistoryLookup::StopSearch)).unwrap();
    drop(handle);
    while let Some(event) = events.recv().await {
        assert!(matches!(event, Event::Found { number: 3, .. }), "{event:?}");
    }
}
