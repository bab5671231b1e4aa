//! What comes from others never reaches the terminal raw, wherever it is shown.

use crossterm::event::{KeyCode, KeyModifiers};
use papo::{
    app::{Effect, InboxView, LocalizedText, Message, Pane},
    domain::{Body, ChatMessage, Relation},
};

use super::world::*;
use crate::inbound::inbound;

/// What terminals have been made to do by text: each line of the corpus is one attempt, with Rust's escapes.
const CORPUS: &str = include_str!("injection.txt");

fn corpus() -> impl Iterator<Item = String> {
    CORPUS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(unescaped)
}

fn unescaped(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some(at) = rest.find("\\u{") {
        text.push_str(&rest[..at]);
        let end = rest[at..].find('}').expect("an escape ends") + at;
        let code = u32::from_str_radix(&rest[at + 3..end], 16).expect("an escape is hexadecimal");
        text.push(char::from_u32(code).expect("an escape is a character"));
        rest = &rest[end + 1..];
    }
    text + rest
}

/// Whether a terminal would do something else with it than show it, or show it elsewhere.
fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200c}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e001f}')
}

fn assert_safe(world: &World, where_: &str, attempt: &str) {
    for (width, height) in [(100, 30), (40, 12)] {
        for cell in &world.draw(width, height).buffer.content {
            let odd = cell.symbol().chars().find(|c| is_harmful(*c));
            assert_eq!(odd, None, "{where_} shows {:?} of {attempt:?}", cell.symbol());
        }
    }
}

#[test]
fn nothing_that_others_write_reaches_the_terminal_raw() {
    let mut count = 0;
    for attempt in corpus() {
        count += 1;
        assert!(attempt.chars().any(is_harmful), "{attempt:?} would do nothing");
        let mut messages = vec![
            said("bob", 1, 20, &attempt),
            ChatMessage { relation: Some(Relation::Answers(message_id(1))), ..said("alice", 2, 18, "so?") },
            ChatMessage { relation: Some(Relation::Replaces(message_id(1))), ..said("bob", 3, 17, &attempt) },
            ChatMessage { failure: Some(attempt.clone().into()), ..said("alice", 4, 16, &attempt) },
        ];
        let other = Body::Other { content_type: attempt.clone(), content: attempt.clone().into_bytes() };
        messages.push(ChatMessage { body: other, ..said("bob", 5, 15, "") });
        let mut world = World::with_messages(messages);
        world.model.focus = Pane::Chat;
        assert_safe(&world, "a talk", &attempt);

        // A notice of what comes is told in words to the terminal itself.
        for effect in world.deliver(inbound(&with_bob().to_string(), &format!("bob {attempt}"), &[])) {
            if let Effect::Notify { title, body } = effect {
                let odd = title.chars().chain(body.chars()).find(|c| is_harmful(*c));
                assert_eq!(odd, None, "a notice of {attempt:?}");
            }
        }
        // Names, groups and topics that are none, wherever something is said of them.
        for (topic, payload) in [
            ("USERS/eve".to_owned(), format!("{attempt} online")),
            (format!("USERS/{attempt}"), format!("{attempt} online")),
            ("alice_Control".to_owned(), format!("REQUEST {attempt}")),
            ("alice_Control".to_owned(), format!("GI {attempt}")),
            ("GROUPS/devs".to_owned(), format!("devs alice {attempt}")),
            ("groups/devs/messages".to_owned(), format!("{attempt} hi")),
        ] {
            world.deliver(inbound(&topic, &payload, &[]));
            world.deliver(inbound(&topic, &payload, &[("papo", "1"), ("from", &attempt), ("device", &attempt)]));
            assert_safe(&world, &topic, &attempt);
        }
        for pane in [Pane::Users, Pane::Groups, Pane::Inbox] {
            world.model.focus = pane;
            assert_safe(&world, "a list", &attempt);
        }
        world.model.inbox.view = InboxView::History;
        assert_safe(&world, "the history", &attempt);
        world.model.focus = Pane::Chat;
        world.update(Message::Warned(LocalizedText::quoted(attempt.clone())));
        assert_safe(&world, "a warning", &attempt);
        // Lists over the panes, the composer with an edit, and what was found.
        world.press(KeyCode::Up, KeyModifiers::ALT);
        world.type_in("kkk");
        for key in ['i', 'r', 'e'] {
            world.type_in(&key.to_string());
            assert_safe(&world, &format!("key {key}"), &attempt);
            world.press(KeyCode::Esc, KeyModifiers::NONE);
        }
        for key in ['o', 't'] {
            world.press(KeyCode::Char(key), KeyModifiers::ALT);
            assert_safe(&world, &format!("alt-{key}"), &attempt);
            world.press(KeyCode::Esc, KeyModifiers::NONE);
        }
        // What one pastes oneself is no better.
        world.update(Message::Paste(attempt.clone()));
        assert_safe(&world, "the composer", &attempt);
    }
    assert!(count >= 40, "the corpus is read");
}
