//! The outbox shows why each message is in it.

use crossterm::event::{KeyCode, KeyModifiers};
use papo::{
    app::Message,
    domain::DeliveryFailure,
    protocol::{Command, Input, PubOutcome},
};

use super::world::*;

const REASONS: [DeliveryFailure; 6] = [
    DeliveryFailure::NotAllowed,
    DeliveryFailure::TopicRefused,
    DeliveryFailure::ContentRefused,
    DeliveryFailure::TooLarge,
    DeliveryFailure::Quota,
    DeliveryFailure::NotInGroup,
];

#[test]
fn each_reason_is_shown_whole() {
    let mut world = World::new();
    // Bob has acknowledged the number of the first one.
    for _ in 0..=REASONS.len() {
        let text = "a text that has as many words as a line of the outbox holds, and some more".to_owned();
        world.update(Message::Command(Command::Send { conversation: with_bob(), text, relation: None }));
    }
    let messages = world.model.peer.outbox().filter(|waiting| waiting.message.is_some());
    let rows: Vec<_> = messages.skip(1).map(|waiting| waiting.row).collect();
    for (row, why) in rows.into_iter().zip(REASONS) {
        world.update(Message::Peer(Input::Published { row, outcome: PubOutcome::Refused(why) }));
    }
    world.press(KeyCode::Char('o'), KeyModifiers::ALT);
    for width in [40, 60, 80, 100] {
        let picture = world.picture(width, 40);
        let words: Vec<&str> = picture.split([' ', '\n', '│']).filter(|word| !word.is_empty()).collect();
        let shown = words.join(" ");
        for why in REASONS {
            let why = world.model.language.translate(&why);
            assert!(shown.contains(&format!("✗ {why}")), "{why} at {width}:\n{picture}");
        }
    }
}
