//! Reading, searching, selecting and copying messages.

use super::*;

#[test]
fn messages_are_read_only_when_they_are_seen() {
    let mut screen = Screen::talking();
    let unread = |screen: &Screen| screen.model.unread();
    screen.hears("bob_alice_1", "bob seen at once");
    assert_eq!((unread(&screen), screen.model.chats.active_tab().unwrap().unread_marker), (0, None));

    screen.does(Message::FocusChanged(false)).hears("bob_alice_1", "bob one").hears("bob_alice_1", "bob two");
    let fresh = screen.model.chats.active_tab().unwrap().unread_marker.unwrap();
    assert_eq!((unread(&screen), fresh.from, fresh.count), (2, 1, 2));
    screen.does(Message::FocusChanged(true));
    assert_eq!(unread(&screen), 0);

    // A second absence has a separator of its own.
    screen.does(Message::FocusChanged(false)).hears("bob_alice_1", "bob three");
    let fresh = screen.model.chats.active_tab().unwrap().unread_marker.unwrap();
    assert_eq!((fresh.from, fresh.count), (3, 1));
    screen.does(Message::FocusChanged(true)).types("yes").key("enter");
    assert_eq!(screen.model.chats.active_tab().unwrap().unread_marker, None);

    // Reading back, nothing is read and nothing moves.
    screen.does(Message::Drawn(layout(Scroll::At { seq: 0, rows: 0 }))).hears("bob_alice_1", "bob four");
    assert_eq!((unread(&screen), screen.model.chats.active_tab().unwrap().scroll), (1, Scroll::At { seq: 0, rows: 0 }));
    screen.key("alt-a");
    assert_eq!((unread(&screen), screen.model.chats.active_tab().unwrap().scroll), (0, Scroll::Bottom));
}

#[test]
fn a_frame_without_messages_does_not_move_them() {
    let mut screen = Screen::talking();
    screen.hears("bob_alice_1", "bob hi").does(Message::Drawn(layout(Scroll::At { seq: 0, rows: 0 })));
    screen.does(Message::Drawn(Layout::default()));
    assert_eq!(screen.model.chats.active_tab().unwrap().scroll, Scroll::At { seq: 0, rows: 0 });
    screen.hears("bob_alice_1", "bob unseen");
    assert_eq!(screen.model.unread(), 1);
}

#[test]
fn pages_are_asked_for_once() {
    let id: ConversationId = "bob_alice_1".parse().unwrap();
    let conversations = vec![Conversation { len: 250, ..Conversation::new(id.clone(), Timestamp::from_millis(1)) }];
    let mut screen = Screen::new(Saved { conversations, ..Saved::default() });
    let loads = |screen: &Screen| {
        let load = |effect: &Effect| match effect {
            Effect::Lookup(Lookup::Page { before, .. }) => Some(*before),
            _ => None,
        };
        screen.effects.iter().filter_map(load).collect::<Vec<_>>()
    };
    screen.does(Message::Drawn(layout(Scroll::Bottom))).does(Message::Drawn(layout(Scroll::Bottom)));
    assert_eq!(loads(&screen), [250]);
    screen.does(Message::Page(Page { conversation: id, before: 250, messages: vec![] }));
    screen.key("alt-c").key("pgup").does(Message::Drawn(layout(Scroll::At { seq: 155, rows: 0 })));
    assert_eq!(loads(&screen), [250, 150]);
}

#[test]
fn talks_that_have_ended_are_listed_narrowed_and_read() {
    let mut screen = Screen::new(archive());
    assert_eq!(screen.model.chats.tabs().len(), 1, "only what is open has a tab at the start");
    screen.key("alt-t");
    let listed = |screen: &Screen| {
        let Some(Overlay::Chats(talks)) = &screen.model.overlay else { panic!("no list") };
        talks.list(&screen.model.peer).iter().map(|talk| talk.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(listed(&screen), ["bob_alice_2", "#devs", "bob_alice_1"]);
    screen.types("bo");
    assert_eq!(listed(&screen), ["bob_alice_2", "bob_alice_1"]);
    screen.effects.clear();
    screen.key("down").key("enter");
    assert_eq!(screen.model.chats.active_chat().map(ToString::to_string).as_deref(), Some("bob_alice_1"));
    screen.does(Message::Drawn(layout(Scroll::Bottom)));
    let wanted = |effect: &Effect| matches!(effect, Effect::Lookup(Lookup::Page { before: 1000, .. }));
    assert!(screen.effects.iter().any(wanted), "{:?}", screen.effects);
}

fn searches(screen: &Screen) -> Vec<(String, Vec<String>)> {
    let searches = screen.effects.iter().filter_map(|effect| match effect {
        Effect::Lookup(Lookup::Search { query, conversations, .. }) => {
            Some((query.to_string(), conversations.iter().map(ToString::to_string).collect()))
        }
        _ => None,
    });
    searches.collect()
}

#[test]
fn words_are_looked_for_here_then_everywhere_and_what_is_found_is_gone_through() {
    let mut screen = Screen::new(archive());
    screen.effects.clear();
    screen.key("alt-c").key("ctrl-f").types("pu").key("tab");
    let all = ["bob_alice_2", "#devs", "bob_alice_1"].map(str::to_owned).to_vec();
    let here = || vec!["bob_alice_2".to_owned()];
    assert_eq!(searches(&screen), [("p".into(), here()), ("pu".into(), here()), ("pu".into(), all)]);
    let hits = vec![hit("#devs", 1), hit("bob_alice_1", 500), hit("bob_alice_1", 20)];
    // What an earlier search still had to say is of no interest.
    screen.does(Message::Found { number: 2, found: SearchProgress { hits: vec![hit("#devs", 2)], end: None } });
    screen.does(Message::Found { number: 4, found: SearchProgress { hits: hits[..1].to_vec(), end: None } });
    screen.does(Message::Found {
        number: 4,
        found: SearchProgress { hits: hits[1..].to_vec(), end: Some(SearchEnd::Complete) },
    });
    assert_eq!(screen.model.search.hits, hits);
    let at = |screen: &Screen| {
        (screen.model.chats.active_chat().map(ToString::to_string).unwrap(), screen.model.chats.chosen())
    };
    screen.key("down").key("enter");
    assert_eq!(at(&screen), ("bob_alice_1".into(), Some(500)));
    screen.does(Message::Drawn(layout(Scroll::At { seq: 500, rows: -10 })));
    let around = |effect: &Effect| matches!(effect, Effect::Lookup(Lookup::Page { before: 550, .. }));
    assert!(screen.effects.iter().any(around), "{:?}", screen.effects);
    screen.key("n");
    assert_eq!(at(&screen), ("bob_alice_1".into(), Some(20)));
    screen.key("n");
    assert_eq!(at(&screen), ("bob_alice_1".into(), Some(20)), "there is no further one");
    screen.key("N").key("N");
    assert_eq!(at(&screen), ("#devs".into(), Some(1)));
    // Letters are keys here, and are written again behind Esc.
    screen.types("xyz");
    assert_eq!(screen.composer(), "");
    screen.key("esc").key("esc").types("xyz");
    assert_eq!((screen.model.chats.chosen(), screen.composer()), (None, "xyz".into()));
}

#[test]
fn messages_are_chosen_by_keys_and_below_the_last_one_writes() {
    let mut screen = Screen::talking();
    for n in ["one", "two", "three"] {
        screen.types(n).key("enter");
    }
    screen.key("alt-up");
    assert_eq!(screen.model.chats.chosen(), Some(2));
    screen.key("k").key("k").key("k");
    assert_eq!(screen.model.chats.chosen(), Some(0));
    screen.key("j").key("j").key("j").types("on");
    assert_eq!((screen.model.chats.chosen(), screen.composer()), (None, "on".into()));
}

#[test]
fn a_chosen_message_is_copied_and_its_link_opened() {
    let mut screen = Screen::talking();
    screen.types("see https://example.org/a.").key("enter").key("alt-up");
    screen.effects.clear();
    screen.key("y").key("o");
    let wanted = [Effect::Copy("see https://example.org/a.".into()), Effect::OpenLink("https://example.org/a".into())];
    assert_eq!(screen.effects, wanted);
    screen.key("esc").key("esc").types("no link").key("enter").key("alt-up");
    screen.effects.clear();
    screen.key("o");
    assert_eq!((screen.effects.len(), screen.notice()), (0, "No link in this message"));
}

#[test]
fn the_last_message_is_copied_and_the_last_link_opened_by_commands() {
    let mut screen = Screen::talking();
    screen.line("/copy");
    assert_eq!(screen.notice(), "No text here to copy");
    screen.key("ctrl-c").line("see https://example.org/a.").line("well?");
    screen.effects.clear();
    screen.line("/copy").line("/open");
    let asked = |effect: &&Effect| matches!(effect, Effect::Copy(_) | Effect::OpenLink(_));
    let asked: Vec<Effect> = screen.effects.iter().filter(asked).cloned().collect();
    assert_eq!(asked, [Effect::Copy("well?".into()), Effect::OpenLink("https://example.org/a".into())]);
    assert_eq!(screen.notice(), "Opening https://example.org/a from an earlier message by alice");
    screen.line("and https://münchen.de/straße").line("/open");
    assert_eq!(screen.effects.last(), Some(&Effect::OpenLink("https://xn--mnchen-3ya.de/stra%C3%9Fe".into())));
    assert_eq!(screen.notice(), "Opening https://xn--mnchen-3ya.de/stra%C3%9Fe");
}
