//! The screen in Portuguese: all texts are translated and fit.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use papo::{
    app::{Help, Language, Message, Overlay, Pane, Question, setup},
    ui::{
        setup_view,
        theme::{Theme, Variant},
    },
};
use ratatui::{buffer::Buffer, layout::Rect};

use super::world::*;
use crate::keys::key;

fn portuguese(mut world: World) -> World {
    world.model.language = Language::builtin("pt-BR");
    world
}

#[test]
fn the_screen_speaks_portuguese() {
    let mut world = portuguese(World::with_messages(hostile()));
    let mut seen = world.picture(120, 40) + "\n";
    for pane in [Pane::Groups, Pane::Inbox] {
        world.model.focus = pane;
        seen += &(world.picture(80, 24) + "\n");
    }
    insta::assert_snapshot!(seen);
}

#[test]
fn what_lies_over_the_panes_speaks_portuguese() {
    let mut world = portuguese(World::new());
    world.update(Message::Welcome);
    let mut seen = world.picture(80, 24) + "\n";
    world.model.overlay = Some(Overlay::Help(Help::default()));
    seen += &(world.picture(130, 76) + "\n");
    world.model.overlay = None;
    world.model.focus = Pane::Groups;
    world.type_in("D");
    seen += &(world.picture(80, 24) + "\n");
    let question = |world: &World| world.model.notices.question.as_ref().map(|pinned| pinned.question.clone());
    assert!(matches!(question(&world), Some(Question::Disband(_))));
    world.wait();
    world.type_in("não");
    world.update(Message::Key(key("enter")));
    assert_eq!(question(&world), None);
    assert!(world.model.peer.groups().contains_key(&"devs".parse().unwrap()));
    world.type_in("D");
    world.wait();
    world.type_in("devs");
    world.update(Message::Key(key("enter")));
    assert_eq!(question(&world), None);
    seen += &world.picture(80, 24);
    insta::assert_snapshot!(seen);
}

#[test]
fn the_first_screen_speaks_portuguese() {
    let mut state = setup::SetupForm::new(Some("mqtt://127.0.0.1:1883"), None, Language::builtin("pt-BR"));
    for c in "a_b".chars() {
        state.key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE));
    }
    let mut buffer = Buffer::empty(Rect::new(0, 0, 80, 24));
    setup_view(&state, &Theme::builtin(Variant::Dark), &mut buffer);
    insta::assert_snapshot!(picture(&buffer));
}
