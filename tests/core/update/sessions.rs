//! Several sessions with one person are one chat.

use papo::{
    app::Question,
    domain::{ChatId, ChatRange, Relation},
    protocol::{Command, Run},
};

use super::*;

fn bob() -> ChatId {
    "bob".parse().unwrap()
}

/// Online, with two open sessions with bob, in which nothing was said yet.
fn with_two_sessions() -> Screen {
    with_sessions([1, 2].map(|n| session(n, 0)).to_vec())
}

/// Session number `n` with bob, which began at the time `n`.
fn session(n: u64, len: u64) -> Conversation {
    Conversation { len, ..Conversation::new(format!("bob_alice_{n}").parse().unwrap(), Timestamp::from_millis(n)) }
}

fn with_sessions(conversations: Vec<Conversation>) -> Screen {
    online(Saved { conversations, ..Saved::default() })
}

fn online(saved: Saved) -> Screen {
    let mut screen = Screen::new(saved);
    screen.connect(false).key("alt-c").update(Message::Drawn(layout(Scroll::Bottom)));
    screen.effects.clear();
    screen
}

/// The texts of the loaded messages of the active chat.
fn texts(screen: &Screen) -> Vec<&str> {
    let Some(tab) = screen.model.chats.active_tab() else { return Vec::new() };
    tab.window.messages().map(|message| message.body.words()).collect()
}

fn order(screen: &Screen) -> ChatRange {
    let chat = screen.model.peer.chat(&bob()).unwrap();
    chat.whole()
}

/// What the store has after the committed operations: the conversations, the runs and the drafts.
fn stored(screen: &Screen) -> Saved {
    let mut saved =
        Saved { conversations: screen.model.peer.conversations().values().cloned().collect(), ..Saved::default() };
    for operation in screen.commits().flat_map(|(operations, _)| operations) {
        match operation {
            Operation::PutRun(run) => saved.runs.push(run.clone()),
            Operation::ClearRuns(user) => saved.runs.retain(|run: &Run| run.user != *user),
            Operation::PutDraft { conversation, text } => {
                saved.drafts.retain(|(known, _)| known != conversation);
                saved.drafts.extend((!text.is_empty()).then(|| (conversation.clone(), text.clone())));
            }
            _ => {}
        }
    }
    saved
}

#[test]
fn messages_of_two_open_sessions_stand_in_one_tab_in_order_of_arrival() {
    let mut screen = with_two_sessions();
    screen.receive("bob_alice_2", "bob one").receive("bob_alice_1", "bob two");
    screen.enter("three").receive("bob_alice_1", "bob four");
    assert_eq!(texts(&screen), ["one", "two", "three", "four"]);
    assert_eq!(screen.model.chats.tabs().len(), 1);
    assert_eq!(screen.published().last().unwrap(), "bob_alice_2 alice three", "the session opened last is used");
}

#[test]
fn restart_keeps_the_order_of_arrival() {
    let mut screen = with_two_sessions();
    screen.receive("bob_alice_2", "bob one").receive("bob_alice_1", "bob two").receive("bob_alice_2", "bob three");
    let before = order(&screen);
    let sessions: Vec<_> = before.pieces.iter().map(|piece| piece.conversation.to_string()).collect();
    assert_eq!(sessions, ["bob_alice_2", "bob_alice_1", "bob_alice_2"]);
    assert_eq!(order(&online(stored(&screen))), before);
}

#[test]
fn lookups_search_and_export_cover_all_sessions() {
    let mut screen = with_sessions(vec![session(1, 150), session(2, 30)]);
    let pieces = |screen: &Screen| {
        let piece = |range: &ChatRange| {
            range
                .pieces
                .iter()
                .map(|piece| (piece.conversation.to_string(), piece.positions.clone()))
                .collect::<Vec<_>>()
        };
        let found = screen.effects.iter().rev().find_map(|effect| match effect {
            Effect::Lookup(HistoryLookup::Page(range)) | Effect::Export { range, .. } => Some(piece(range)),
            Effect::Lookup(HistoryLookup::Search { chats, .. }) => Some(chats.iter().flat_map(piece).collect()),
            _ => None,
        });
        found.unwrap()
    };
    let (first, second) = ("bob_alice_1".to_owned(), "bob_alice_2".to_owned());
    let whole = [(first.clone(), 0..150), (second.clone(), 0..30)];
    screen.update(Message::Page(Page { chat: bob(), before: 180, messages: vec![] }));
    screen.key("pgup").update(Message::Drawn(layout(Scroll::At { seq: 81, rows: 0 })));
    assert_eq!(pieces(&screen), [(first, 0..80)], "the page before the one that has messages of both sessions");
    screen.enter("/export");
    assert_eq!(pieces(&screen), whole);
    screen.update(Message::Asked(1, ScriptRequest::History(Some("bob".into()))));
    let streamed = screen.effects.iter().find_map(|effect| match effect {
        Effect::StreamHistory(1, pieces) => Some(pieces.len()),
        _ => None,
    });
    assert_eq!(streamed, Some(2));
    screen.enter("/search pump");
    assert_eq!(pieces(&screen), whole);
    let end = Some(SearchEnd::Complete);
    screen.update(Message::Found { number: 1, found: SearchProgress { hits: vec![hit("bob", 160)], end } });
    screen.key("enter");
    assert_eq!((screen.model.chats.tabs().len(), screen.model.chats.chosen()), (1, Some(160)));
}

#[test]
fn unread_messages_of_all_sessions_are_counted_and_read_together() {
    let mut screen = with_two_sessions();
    screen.update(Message::FocusChanged(false)).receive("bob_alice_1", "bob one").receive("bob_alice_2", "bob two");
    let unread = |screen: &Screen| screen.model.peer.chat(&bob()).unwrap().unread();
    let marker = screen.model.chats.active_tab().unwrap().unread_marker.unwrap();
    assert_eq!((unread(&screen), marker.from, marker.count), (2, 0, 2));
    screen.update(Message::FocusChanged(true));
    assert_eq!((unread(&screen), screen.model.unread()), (0, 0));
}

#[test]
fn draft_belongs_to_the_person() {
    let mut screen = with_sessions(vec![session(1, 0)]);
    screen.types("hel").wait(2_000);
    screen.receive("alice_Control", "REQUEST bob");
    let id = screen.model.peer.requests().next_back().unwrap().id;
    screen.update(Message::Command(Command::Accept(id)));
    assert_eq!((screen.composer(), screen.model.chats.tabs().len()), ("hel".to_owned(), 1));
    screen.types("lo").wait(2_000);
    let saved = stored(&screen);
    let current = screen.model.peer.chat(&bob()).unwrap().current().id.clone();
    assert_eq!(saved.drafts, [(current, "hello".to_owned())]);
    assert_eq!(online(saved).composer(), "hello");
}

#[test]
fn accepted_session_opens_in_the_tab_of_the_person() {
    let mut screen = with_sessions(vec![Conversation { phase: Phase::Closed, unread: 1, ..session(1, 1) }]);
    screen.receive("alice_Control", "REQUEST bob").enter("/accept");
    assert_eq!((screen.model.chats.tabs().len(), screen.model.chats.active_chat()), (1, Some(&bob())));
    let topic = screen.model.peer.chat(&bob()).unwrap().current().id.to_string();
    screen.enter("hi");
    assert_eq!(screen.published().last().unwrap(), &format!("{topic} alice hi"));
}

#[test]
fn end_ends_all_open_sessions() {
    let mut screen = with_two_sessions();
    screen.enter("/end");
    assert_eq!(screen.published(), ["bob_alice_1 END", "bob_alice_2 END"]);
    screen.effects.clear();
    screen.enter("/end");
    assert_eq!((screen.published(), screen.notice().contains("You proposed to end")), (vec![], true));
}

#[test]
fn without_open_session_a_line_offers_a_request() {
    let mut screen = with_sessions(vec![Conversation { phase: Phase::Closed, unread: 1, ..session(1, 1) }]);
    screen.enter("are you there?");
    let question = screen.model.notices.question.as_ref().map(|pinned| pinned.question.clone());
    assert_eq!(question, Some(Question::Request("bob".parse().unwrap())));
    assert_eq!((screen.published(), screen.composer().as_str()), (vec![], "are you there?"));
    screen.wait(500).key("enter");
    assert_eq!(screen.published(), ["bob_Control REQUEST alice"]);
    screen.receive("alice_Control", "7 bob");
    assert_eq!((screen.composer().as_str(), screen.model.chats.tabs().len()), ("are you there?", 1));
    screen.wait(1_000).key("enter");
    assert_eq!(screen.published().last().unwrap(), "bob_alice_7 alice are you there?");
}

#[test]
fn refused_message_is_not_mistaken_for_one_of_another_session() {
    let mut screen = with_sessions(vec![session(1, 0)]);
    screen.enter("one").receive("alice_Control", "REQUEST bob").enter("/accept");
    screen.enter("two");
    let row = screen.last_row();
    screen.broker_refuses(row);
    let tab = screen.model.chats.active_tab().unwrap();
    let failed: Vec<_> = tab.window.messages().filter(|message| message.failure.is_some()).collect();
    assert_eq!(failed.iter().map(|message| message.body.words()).collect::<Vec<_>>(), ["two"]);
    assert!(failed[0].sequence_number == Some(1), "both messages have this number");
}

#[test]
fn edit_goes_to_the_session_of_the_edited_message() {
    let mut screen = with_sessions(vec![session(1, 0)]);
    screen.enter("helo");
    let row = screen.last_row();
    screen.broker_accepts(row);
    screen.receive("alice_Control", "REQUEST bob").enter("/accept").enter("/edit");
    assert_eq!(screen.composer(), "helo");
    screen.types("!").key("enter");
    let sent = screen.model.peer.outbox().last().unwrap();
    let (conversation, _, relation) = sent.decoded_message().unwrap();
    assert_eq!(conversation.to_string(), "bob_alice_1");
    assert!(matches!(relation, Some(Relation::Replaces(_))));
}

#[test]
fn new_session_keeps_the_level_of_notifications() {
    let mut screen = with_sessions(vec![session(1, 0)]);
    screen.enter("/notify none").receive("alice_Control", "REQUEST bob").enter("/accept");
    let level = screen.model.notifications.level(&screen.model.peer, &bob());
    assert_eq!(level, papo::domain::NotifyLevel::Never);
}

#[test]
fn edit_goes_to_the_session_of_its_message_although_it_is_not_in_memory_any_more() {
    let mut screen = with_two_sessions();
    let conversation: ConversationId = "bob_alice_1".parse().unwrap();
    let send = Command::Send { conversation, text: "min".into(), relation: None };
    screen.update(Message::Command(send));
    let row = screen.model.peer.outbox().last().unwrap().row;
    screen.broker_accepts(row);
    screen.key("alt-up").key("e");
    assert_eq!(screen.composer(), "min");
    let Model { chats, peer, .. } = &mut screen.model;
    chats.tab_mut(&bob()).unwrap().reload(peer);
    screen.pause().types("e").key("enter");
    assert_eq!(screen.published().last().unwrap(), "bob_alice_1 alice mine");
}

#[test]
fn reply_goes_to_the_session_of_its_message_if_that_is_open() {
    let mut screen = with_two_sessions();
    screen.update(from_papo("bob_alice_1", "bob shall we?", 1, "0123456789abcdef0123456789abcdef"));
    screen.key("alt-up").key("r").pause().types("yes").key("enter");
    assert_eq!(screen.published().last().unwrap(), "bob_alice_1 alice yes");
    screen.enter("/reply really").key("enter");
    assert_eq!(screen.published().last().unwrap(), "bob_alice_1 alice really");
}

#[test]
fn latest_of_the_drafts_from_before_chats_is_shown() {
    let drafts = [1, 2].map(|n| (format!("bob_alice_{n}").parse().unwrap(), format!("draft {n}"))).to_vec();
    let conversations = [1, 2].map(|n| session(n, 0)).to_vec();
    assert_eq!(online(Saved { conversations, drafts, ..Saved::default() }).composer(), "draft 2");
}

#[test]
fn refused_message_is_not_sent_again_to_a_blocked_user() {
    let mut screen = with_two_sessions();
    screen.enter("one");
    let row = screen.last_row();
    screen.broker_refuses(row);
    screen.update(Message::Command(Command::Block("bob".parse().unwrap())));
    screen.effects.clear();
    screen.update(Message::Command(Command::SendAgain(row)));
    assert_eq!((screen.published(), screen.model.peer.outbox().len()), (Vec::<String>::new(), 1));
}
