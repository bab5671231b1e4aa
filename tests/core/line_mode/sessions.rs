//! What line mode prints about the ends of sessions.

use papo::domain::Phase;

use super::*;

#[test]
fn end_of_a_session_is_printed_once_after_the_proposals() {
    let mut reader = Reader::with_messages(&["hello"]);
    reader.receive(&with_bob().to_string(), "END");
    let proposed = "09:30 — bob proposed to end this session. /end bob agrees; you can also write on —";
    assert_eq!(reader.take_lines().last().map(String::as_str), Some(proposed));
    reader.enter("/end");
    let lines = reader.take_lines();
    let at = |text: &str| lines.iter().position(|line| line.contains(text));
    assert!(at("you proposed to end this session") < at("the session has ended"), "{lines:?}");
    assert_eq!(lines.iter().filter(|line| line.contains("the session has ended")).count(), 1, "{lines:?}");
}

#[test]
fn end_printed_from_another_chat_is_about_its_own_session() {
    let session =
        |id: &str, len| Conversation { len, ..Conversation::new(id.parse().unwrap(), Timestamp::from_millis(1)) };
    let conversations = vec![session("bob_alice_1", 0), session("bob_alice_2", 0), session("carol_alice_3", 1)];
    let mut reader = Reader::new(Saved { conversations, ..Saved::default() });
    reader.enter("/go carol").take_lines();
    let waits = "bob 09:30 — bob proposed to end this session. /end bob agrees; you can also write on —";
    for session in ["bob_alice_1", "bob_alice_2"] {
        reader.receive(session, "END");
        assert_eq!(reader.take_lines().last().map(String::as_str), Some(waits), "{session}");
    }
}

#[test]
fn found_end_is_about_its_own_session() {
    let session = |id: &str, phase| Conversation {
        len: 1,
        phase,
        ..Conversation::new(id.parse().unwrap(), Timestamp::from_millis(1))
    };
    let waiting = Phase::Open { ended_by_me: false, ended_by_peer: true };
    let conversations = vec![session("bob_alice_1", Phase::Closed), session("bob_alice_2", waiting)];
    let mut reader = Reader::new(Saved { conversations, ..Saved::default() });
    reader.enter("/search end").take_lines();
    let number = reader.effects.iter().find_map(|effect| match effect {
        Effect::Lookup(HistoryLookup::Search { number, .. }) => Some(*number),
        _ => None,
    });
    let hits = [0, 1].map(|position| Hit {
        chat: "bob".parse().unwrap(),
        position,
        message: ChatMessage { body: Body::End, ..message("bob", "") },
    });
    let found = SearchProgress { hits: hits.into(), end: Some(SearchEnd::Complete) };
    reader.handle(Message::Found { number: number.unwrap(), found });
    let lines = reader.take_lines();
    let waits = "found: bob 09:29 — bob proposed to end this session. /end bob agrees; you can also write on —";
    assert_eq!(lines[..2], [waits, "found: bob 09:29 — bob proposed to end this session —"]);
}
