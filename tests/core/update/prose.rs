//! Sentences typed in any place, at any speed, by somebody who takes it for the composer: others get the whole sentence
//! in the chat in front, or nothing.

use super::*;

/// Keys that go to a place where letters are keys, or that leave a question open.
const PLACES: [&[&str]; 17] = [
    &["alt-c"],
    &["alt-u"],
    &["alt-u", "down"],
    &["alt-g"],
    &["alt-g", "down"],
    &["alt-i"],
    &["alt-i", "down"],
    &["alt-i", "down", "down"],
    &["alt-up"],
    &["alt-up", "up"],
    &["f1"],
    &["f10"],
    &["ctrl-c"],
    &["alt-c", "/names #devs", "enter"],
    &["alt-c", "/whois bob", "enter"],
    &["alt-c", "/outbox", "enter"],
    &["alt-c", "/log", "enter"],
];

/// Keys that open an overlay with a field.
const FIELDS: [&[&str]; 6] = [
    &["alt-c", "ctrl-k"],
    &["alt-i", "alt-s"],
    &["alt-u", "t"],
    &["alt-u", "end", "i"],
    &["alt-g", "n"],
    &["alt-g", "home", "i"],
];

/// Commands that ask before they act.
const QUESTIONS: [&str; 8] = [
    "/request carol",
    "/join ops",
    "/group kick devs bob",
    "/group lead devs bob",
    "/group invite devs dave",
    "/group leave devs",
    "/group disband devs",
    "/block zoe",
];

/// Each begins with another letter or sign, or has the answers to questions in it.
const SENTENCES: [&str; 54] = [
    "and now?",
    "are you a",
    "be right back",
    "bob?",
    "can you see this",
    "do you see",
    "data",
    "devs is fine",
    "everyone ok?",
    "fine by me",
    "great",
    "h",
    "I agree",
    "just a sec",
    "know what I mean",
    "let us go",
    "maybe",
    "no",
    "now I write",
    "ok",
    "pizza",
    "quite right, dear",
    "right now",
    "really? ok",
    "sure",
    "that is that",
    "to be sure",
    "up to you",
    "very well",
    "what?",
    "x",
    "yes",
    "yes I am back",
    "yeah ok",
    "you there?",
    "zero",
    "A plan",
    "Do you have time now?",
    "Dear Lord",
    "Done with lunch",
    "Hello bob",
    "Just a sec",
    "Lovely weather",
    "Remove it, yes",
    "3 days left, yes",
    "1 of 2, yes",
    "12 pumps",
    "2nd pump",
    "3d ago",
    "4pm",
    "10 pumps",
    "hold on, dear",
    "why not, dear",
    "¿Qué tal, y tú?",
];

/// Each begins with digits that go to a list, or with a letter that changes what the inbox shows.
const KEYS_FIRST: [&str; 14] = [
    "3 pm works",
    "12 pumps",
    "2nd pump",
    "4pm",
    "3d ago",
    "10 pumps",
    "22 of them",
    "1x bigger",
    "2 words",
    "3h left",
    "hold on",
    "can you see this",
    "what now?",
    "how come",
];

/// How somebody types: the gap between keys, and the gaps after a word and before Enter, in milliseconds.
const MANNERS: [(u64, u64, u64); 5] =
    [(60, 60, 60), (120, 120, 500), (150, 600, 150), (350, 350, 1_000), (150, 900, 900)];

/// Alice has chats with bob and of #devs, which she leads, and requests of each kind wait.
fn screen() -> Screen {
    let mut screen = Screen::new(bob_and_devs());
    screen.connect(true);
    screen
        .receive("USERS/bob", "bob online")
        .receive("USERS/carol", "carol online")
        .receive("USERS/dave", "dave online");
    screen.receive("GROUPS", "ops CREATE").receive("GROUPS/ops", "ops dave");
    screen.receive("bob_alice_1", "bob look at https://example.org/a").enter("thanks");
    screen.receive("alice_Control", "REQUEST eve").receive("alice_Control", "GI games frank");
    screen.receive("groups/devs/leader", "grace ENTER");
    screen.update(Message::Drawn(layout(Scroll::Bottom)));
    screen.wait(20_000).effects.clear();
    screen
}

/// Presses a key, or types a command.
fn press(screen: &mut Screen, key: &str) {
    if key.starts_with('/') {
        screen.types(key)
    } else {
        screen.key(key)
    };
    screen.wait(1_000);
}

fn type_sentence(screen: &mut Screen, sentence: &str, (gap, after_word, before_enter): (u64, u64, u64)) {
    for c in sentence.chars() {
        screen.update(Message::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)));
        screen.wait(if c == ' ' { after_word } else { gap });
    }
    screen.wait(before_enter).key("enter").wait(1_000);
}

/// What others got of the sentence that they should not get.
fn astray(screen: &Screen, active: &str, sentence: &str) -> Vec<String> {
    let topic = if active == "bob" { "bob_alice_1" } else { "groups/devs/messages" };
    let whole = format!("{topic} alice {sentence}");
    screen.published().into_iter().filter(|it| *it != whole).collect()
}

fn check(keys: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for sentence in SENTENCES {
        for manner in MANNERS {
            let mut screen = screen();
            for key in keys {
                press(&mut screen, key);
            }
            screen.effects.clear();
            let active = screen.active_chat();
            type_sentence(&mut screen, sentence, manner);
            let astray = astray(&screen, &active, sentence);
            if !astray.is_empty() {
                found.push(format!("{keys:?} {sentence:?} {manner:?}: {astray:?}"));
            }
        }
    }
    found
}

#[test]
fn sentence_typed_in_any_place_does_nothing_to_others() {
    let found: Vec<String> = PLACES.into_iter().flat_map(check).collect();
    assert!(found.is_empty(), "{} of them:\n{}", found.len(), found.join("\n"));
}

#[test]
fn sentence_that_begins_with_keys_arrives_whole_and_leaves_the_inbox_as_it_was() {
    let mut found = Vec::new();
    let lists = PLACES.into_iter().filter(|keys| ["alt-u", "alt-g", "alt-i", "alt-up"].contains(&keys[0]));
    for (keys, sentence, manner) in
        lists.flat_map(|keys| KEYS_FIRST.map(|it| MANNERS.map(|manner| (keys, it, manner)))).flatten()
    {
        let mut screen = screen();
        // The inbox shows the requests that were sent.
        for key in [&["alt-i", "c", "esc"][..], keys].concat() {
            press(&mut screen, key);
        }
        screen.effects.clear();
        let view = screen.model.inbox.view;
        let whole = format!("bob_alice_1 alice {sentence}");
        type_sentence(&mut screen, sentence, manner);
        let is_held_back = screen.published().is_empty() && screen.composer() == sentence;
        screen.key("enter");
        if !is_held_back || screen.published() != [whole] || screen.model.inbox.view != view {
            let seen = (screen.composer(), screen.published(), screen.model.inbox.view);
            found.push(format!("{keys:?} {sentence:?} {manner:?}: {seen:?}"));
        }
    }
    assert!(found.is_empty(), "{} of them:\n{}", found.len(), found.join("\n"));
}

#[test]
fn sentence_typed_in_a_field_does_nothing_to_others() {
    let found: Vec<String> = FIELDS.into_iter().flat_map(check).collect();
    assert!(found.is_empty(), "{} of them:\n{}", found.len(), found.join("\n"));
}

#[test]
fn sentence_typed_at_a_question_does_not_answer_it() {
    let found: Vec<String> = QUESTIONS.into_iter().flat_map(|command| check(&["alt-c", command, "enter"])).collect();
    assert!(found.is_empty(), "{} of them:\n{}", found.len(), found.join("\n"));
}
