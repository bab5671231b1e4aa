//! Reading, searching, selecting and copying messages.

use super::*;

#[test]
fn messages_are_read_only_when_they_are_seen() {
    let mut screen = Screen::with_bob();
    let unread = |screen: &Screen| screen.model.unread();
    screen.receive("bob_alice_1", "bob seen at once");
    assert_eq!((unread(&screen), screen.model.chats.active_tab().unwrap().unread_marker), (0, None));

    screen.update(Message::FocusChanged(false)).receive("bob_alice_1", "bob one").receive("bob_alice_1", "bob two");
    let marker = screen.model.chats.active_tab().unwrap().unread_marker.unwrap();
    assert_eq!((unread(&screen), marker.from, marker.count), (2, 1, 2));
    screen.update(Message::FocusChanged(true));
    assert_eq!(unread(&screen), 0);

    // When the terminal loses the focus again, a new separator marks the unread messages.
    screen.update(Message::FocusChanged(false)).receive("bob_alice_1", "bob three");
    let marker = screen.model.chats.active_tab().unwrap().unread_marker.unwrap();
    assert_eq!((marker.from, marker.count), (3, 1));
    screen.update(Message::FocusChanged(true)).types("yes").key("enter");
    assert_eq!(screen.model.chats.active_tab().unwrap().unread_marker, None);

    // While the chat is scrolled back, new messages stay unread and the view does not move.
    screen.update(Message::Drawn(layout(Scroll::At { seq: 0, rows: 0 }))).receive("bob_alice_1", "bob four");
    assert_eq!((unread(&screen), screen.model.chats.active_tab().unwrap().scroll), (1, Scroll::At { seq: 0, rows: 0 }));
    screen.key("alt-a");
    assert_eq!((unread(&screen), screen.model.chats.active_tab().unwrap().scroll), (0, Scroll::Bottom));
}

#[test]
fn frame_without_messages_keeps_the_scroll_position() {
    let mut screen = Screen::with_bob();
    screen.receive("bob_alice_1", "bob hi").update(Message::Drawn(layout(Scroll::At { seq: 0, rows: 0 })));
    screen.update(Message::Drawn(Layout::default()));
    assert_eq!(screen.model.chats.active_tab().unwrap().scroll, Scroll::At { seq: 0, rows: 0 });
    screen.receive("bob_alice_1", "bob unseen");
    assert_eq!(screen.model.unread(), 1);
}

#[test]
fn each_page_is_loaded_once() {
    let id: ConversationId = "bob_alice_1".parse().unwrap();
    let conversations = vec![Conversation { len: 250, ..Conversation::new(id.clone(), Timestamp::from_millis(1)) }];
    let mut screen = Screen::new(Saved { conversations, ..Saved::default() });
    let loads = |screen: &Screen| {
        let load = |effect: &Effect| match effect {
            Effect::Lookup(HistoryLookup::Page(range)) => Some(range.end()),
            _ => None,
        };
        screen.effects.iter().filter_map(load).collect::<Vec<_>>()
    };
    screen.update(Message::Drawn(layout(Scroll::Bottom))).update(Message::Drawn(layout(Scroll::Bottom)));
    assert_eq!(loads(&screen), [250]);
    screen.update(Message::Page(Page { chat: "bob".parse().unwrap(), before: 250, messages: vec![] }));
    screen.key("alt-c").key("pgup").update(Message::Drawn(layout(Scroll::At { seq: 155, rows: 0 })));
    assert_eq!(loads(&screen), [250, 150]);
}

#[test]
fn ended_chats_are_listed_filtered_and_opened() {
    let mut screen = Screen::new(archive());
    assert_eq!(screen.model.chats.tabs().len(), 1, "only an open chat has a tab at the start");
    screen.key("alt-t");
    let listed = |screen: &Screen| {
        let Some(Overlay::Chats(chats)) = &screen.model.overlay else { panic!("no list") };
        chats.list(&screen.model.peer).iter().map(|chat| chat.id().to_string()).collect::<Vec<_>>()
    };
    assert_eq!(listed(&screen), ["bob", "#devs"], "all sessions with bob are one chat");
    screen.types("alice_1");
    assert_eq!(listed(&screen), ["bob"], "a chat is found by the topic of an ended session");
    screen.key("ctrl-u").types("de");
    assert_eq!(listed(&screen), ["#devs"]);
    screen.effects.clear();
    screen.key("enter");
    assert_eq!(screen.active_chat(), "#devs");
    screen.update(Message::Drawn(layout(Scroll::Bottom)));
    let wanted = |effect: &Effect| matches!(effect, Effect::Lookup(HistoryLookup::Page(range)) if range.end() == 3);
    assert!(screen.effects.iter().any(wanted), "{:?}", screen.effects);
}

fn searches(screen: &Screen) -> Vec<(String, Vec<String>)> {
    let searches = screen.effects.iter().filter_map(|effect| match effect {
        Effect::Lookup(HistoryLookup::Search { query, chats, .. }) => {
            Some((query.to_string(), chats.iter().map(|range| range.chat.to_string()).collect()))
        }
        _ => None,
    });
    searches.collect()
}

#[test]
fn search_extends_to_all_chats_and_keys_step_through_the_hits() {
    let mut screen = Screen::new(archive());
    screen.effects.clear();
    screen.key("alt-c").key("ctrl-f").types("pu").key("tab");
    let all = ["bob", "#devs"].map(str::to_owned).to_vec();
    let here = || vec!["bob".to_owned()];
    assert_eq!(searches(&screen), [("p".into(), here()), ("pu".into(), here()), ("pu".into(), all)]);
    let hits = vec![hit("#devs", 1), hit("bob", 500), hit("bob", 20)];
    // Results of an earlier search are ignored.
    screen.update(Message::Found { number: 2, found: SearchProgress { hits: vec![hit("#devs", 2)], end: None } });
    screen.update(Message::Found { number: 4, found: SearchProgress { hits: hits[..1].to_vec(), end: None } });
    screen.update(Message::Found {
        number: 4,
        found: SearchProgress { hits: hits[1..].to_vec(), end: Some(SearchEnd::Complete) },
    });
    assert_eq!(screen.model.search.hits, hits);
    let at = |screen: &Screen| (screen.active_chat(), screen.model.chats.chosen());
    screen.key("down").key("enter");
    assert_eq!(at(&screen), ("bob".into(), Some(500)));
    screen.update(Message::Drawn(layout(Scroll::At { seq: 500, rows: -10 })));
    let around = |effect: &Effect| matches!(effect, Effect::Lookup(HistoryLookup::Page(range)) if range.end() == 550);
    assert!(screen.effects.iter().any(around), "{:?}", screen.effects);
    screen.key("n");
    assert_eq!(at(&screen), ("bob".into(), Some(20)));
    screen.key("n");
    assert_eq!(at(&screen), ("bob".into(), Some(20)), "this is the last hit");
    screen.key("N").key("N");
    assert_eq!(at(&screen), ("#devs".into(), Some(1)));
    // Letters are keys here; after Esc, they are typed again.
    for letter in ["x", "y", "z"] {
        screen.pause().key(letter);
    }
    assert_eq!(screen.composer(), "");
    screen.key("esc").key("esc").types("xyz");
    assert_eq!((screen.model.chats.chosen(), screen.composer()), (None, "xyz".into()));
}

#[test]
fn keys_select_messages_and_down_from_the_last_returns_to_typing() {
    let mut screen = Screen::with_bob();
    for n in ["one", "two", "three"] {
        screen.types(n).key("enter");
    }
    screen.key("alt-up");
    assert_eq!(screen.model.chats.chosen(), Some(2));
    screen.key("k").key("k").key("k");
    assert_eq!(screen.model.chats.chosen(), Some(0));
    screen.key("j").key("j").key("j").key("j");
    assert_eq!(screen.model.chats.chosen(), Some(2), "a letter stays, as it would be typed next");
    screen.key("down").types("on");
    assert_eq!((screen.model.chats.chosen(), screen.composer()), (None, "on".into()));
}

#[test]
fn selected_message_is_copied_and_its_link_opened() {
    let mut screen = Screen::with_bob();
    screen.types("see https://example.org/a.").key("enter").key("alt-up");
    screen.effects.clear();
    screen.key("y").wait(299);
    assert_eq!(screen.effects, [], "another letter would make it a text");
    screen.wait(1);
    screen.pause().key("o").wait(300);
    let wanted = [Effect::Copy("see https://example.org/a.".into()), Effect::OpenLink("https://example.org/a".into())];
    assert_eq!(screen.effects, wanted);
    screen.key("esc").key("esc").types("no link").key("enter").key("alt-up");
    screen.effects.clear();
    screen.key("o").wait(300);
    assert_eq!((screen.effects.len(), screen.notice()), (0, "No link in this message"));
}

#[test]
fn commands_copy_the_last_message_and_open_the_last_link() {
    let mut screen = Screen::with_bob();
    screen.enter("/copy");
    assert_eq!(screen.notice(), "No text here to copy");
    screen.key("ctrl-c").enter("see https://example.org/a.").enter("well?");
    screen.effects.clear();
    screen.enter("/copy").enter("/open");
    let asked = |effect: &&Effect| matches!(effect, Effect::Copy(_) | Effect::OpenLink(_));
    let asked: Vec<Effect> = screen.effects.iter().filter(asked).cloned().collect();
    assert_eq!(asked, [Effect::Copy("well?".into()), Effect::OpenLink("https://example.org/a".into())]);
    assert_eq!(screen.notice(), "Opening https://example.org/a from an earlier message by alice");
    screen.enter("and https://münchen.de/straße").enter("/open");
    assert_eq!(screen.effects.last(), Some(&Effect::OpenLink("https://xn--mnchen-3ya.de/stra%C3%9Fe".into())));
    assert_eq!(screen.notice(), "Opening https://xn--mnchen-3ya.de/stra%C3%9Fe");
}
