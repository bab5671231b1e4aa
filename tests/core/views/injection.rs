//! Text from others never reaches the terminal raw, wherever papo shows it.

use crossterm::event::{KeyCode, KeyModifiers};
use papo::{
    app::{Effect, InboxView, LocalizedText, Message, Pane},
    domain::{Body, ChatMessage, Relation},
};

use super::world::*;
use crate::inbound::inbound;

/// Texts that have attacked terminals, one on each line, with Rust's Unicode escapes.
const CORPUS: &str = include_str!("injection.txt");

fn corpus() -> impl Iterator<Item = String> {
    CORPUS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(unescaped)
}

/// Replaces each `\u{…}` with its character.
fn unescaped(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some(at) = rest.find("\\u{") {
        text.push_str(&rest[..at]);
        let end = rest[at..].find('}').expect("an escape ends with }") + at;
        let code = u32::from_str_radix(&rest[at + 3..end], 16).expect("an escape is hexadecimal");
        text.push(char::from_u32(code).expect("an escape is a code point"));
        rest = &rest[end + 1..];
    }
    text + rest
}

/// Whether the character may control the terminal, be invisible or reorder text.
fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200c}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e001f}')
}

fn assert_safe(world: &World, place: &str, attempt: &str) {
    for (width, height) in [(100, 30), (40, 12)] {
        for cell in &world.draw(width, height).buffer.content {
            let harmful = cell.symbol().chars().find(|c| is_harmful(*c));
            assert_eq!(harmful, None, "{place} shows {:?} of {attempt:?}", cell.symbol());
        }
    }
}

#[test]
fn text_from_others_never_reaches_the_terminal_raw() {
    let mut count = 0;
    for attempt in corpus() {
        count += 1;
        assert!(attempt.chars().any(is_harmful), "{attempt:?} is harmless");
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
        assert_safe(&world, "a chat", &attempt);

        // A notification is text in an escape sequence to the terminal.
        for effect in world.deliver(inbound(&with_bob().to_string(), &format!("bob {attempt}"), &[])) {
            if let Effect::Notify { title, body } = effect {
                let harmful = title.chars().chain(body.chars()).find(|c| is_harmful(*c));
                assert_eq!(harmful, None, "a notification of {attempt:?}");
            }
        }
        // Invalid names, groups and topics, which papo may show in warnings.
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
        // The message info, a reply and an edit in the composer, the outbox and the list of chats.
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
        // Pasted text may be harmful, too.
        world.update(Message::Paste(attempt.clone()));
        assert_safe(&world, "the composer", &attempt);
    }
    assert!(count >= 40, "the corpus has only {count} texts");
}
