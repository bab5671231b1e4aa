//! Snapshots of the screen before and after some keys are pressed, at several sizes.

use std::fmt::Write;

use papo::{
    app::{Connection, LocalizedText, Message, Pane},
    domain::{ListName, ListSide, Tick},
    protocol::Saved,
    ui::theme::{Theme, Variant},
};
use ratatui::{
    buffer::{Buffer, Cell},
    style::Style,
};

use super::{changes::two_runs, world::*};
use crate::keys::key;

const SIZES: [(u16, u16); 4] = [(80, 24), (120, 40), (60, 20), (24, 8)];

impl World {
    /// Presses keys, which are named as in a keymap, waits until a text does not run on after a key, and types quoted text. Draws after each key and each text.
    fn press_all(&mut self, keys: &str, (width, height): (u16, u16)) {
        let draw = |world: &mut Self| {
            let layout = world.draw(width, height).layout;
            world.update(Message::Drawn(layout));
        };
        draw(self);
        for (place, part) in keys.split('"').enumerate() {
            if place % 2 == 1 {
                self.type_in(part);
                draw(self);
                continue;
            }
            for name in part.split_whitespace() {
                match name {
                    "wait" => self.wait(),
                    name => self.update(Message::Key(key(name))),
                }
                draw(self);
            }
        }
    }
}

/// Pictures of the screen before and after the keys, at every size.
fn before_and_after(start: impl Fn() -> World, keys: &str) -> String {
    let mut pictures = String::new();
    for (width, height) in SIZES {
        let mut world = start();
        world.press_all("", (width, height));
        writeln!(pictures, "at {width}×{height}\n{}", world.picture(width, height)).unwrap();
        world.press_all(keys, (width, height));
        writeln!(pictures, "after {keys}\n{}", world.picture(width, height)).unwrap();
    }
    pictures
}

macro_rules! key_sequences {
    ($($name:ident $start:expr, $keys:literal;)*) => { $(#[test] fn $name() {
        insta::assert_snapshot!(before_and_after($start, $keys));
    })* };
}

key_sequences! {
    users_are_gone_through World::new, "alt-u down down";
    somebody_is_asked_for_a_talk World::new, r#"alt-u t "zoë_""#;
    a_group_is_made World::new, r#"alt-g n "pumps" enter"#;
    members_are_looked_at World::new, "alt-g m down";
    a_request_is_accepted World::new, "alt-i a wait enter";
    a_request_is_asked_about World::new, "alt-i enter";
    confirmations_are_read World::new, "alt-i c";
    the_history_of_requests_is_read World::new, "alt-i h";
    the_next_unread_talk_comes_to_the_front World::new, "alt-a";
    a_tab_is_closed World::new, "alt-w";
    a_command_is_completed World::new, r#""/gr" tab tab"#;
    a_command_is_mistyped World::new, r#""/jion devs" enter"#;
    a_message_is_written World::new, r#""on my way" enter"#;
    several_lines_are_written World::new, r#""one" alt-enter "two" alt-enter "three""#;
    a_message_is_chosen_and_answered World::new, r#"alt-up up r wait "yes""#;
    changes_of_a_group_are_selected two_runs, "alt-up up up up r";
    a_message_of_mine_is_edited World::new, "alt-up up up e";
    it_is_seen_who_has_a_message World::new, "alt-up up up i";
    one_goes_to_a_group_by_its_name World::new, r#"ctrl-k "dvs""#;
    all_talks_are_listed World::new, "alt-t down";
    words_are_looked_for World::new, r#"ctrl-f "pump""#;
    the_outbox_is_looked_at waiting, "alt-o up";
    what_papo_said_is_read talkative, "alt-l pgup";
    the_lists_are_hidden World::new, "alt-h";
    one_list_is_hidden World::new, r#""/hide groups" enter"#;
    a_hidden_list_is_there_while_one_is_in_it hiding, "alt-i";
    the_lists_stand_at_the_right at_the_right, "alt-u";
    help_is_read World::new, "f1 pgup down down";
    one_is_asked_before_one_leaves World::new, "ctrl-c";
}

/// Messages and requests wait in the outbox.
fn waiting() -> World {
    let mut world = World::new();
    world.fill_outbox();
    world
}

/// The log has many notices.
fn talkative() -> World {
    let mut world = World::new();
    let why = "localhost:1883 refused the connection; check that the broker is running and the port is right";
    let why = LocalizedText::quoted(why);
    world.update(Message::Connection(Connection::Reconnecting { at: Tick::from_millis(NOW), why }));
    world.update(Message::Connection(Connection::Online));
    for n in 1..=30 {
        world.update(Message::Warned(LocalizedText::quoted(format!("odd thing number {n}"))));
    }
    world
}

/// The lists are hidden.
fn hiding() -> World {
    let mut world = World::new();
    world.model.ui.hide = ListName::ALL.to_vec();
    world
}

/// The lists are on the right side of the screen.
fn at_the_right() -> World {
    let mut world = World::new();
    world.model.ui.side = ListSide::Right;
    world.model.ui.width = 34;
    world
}

/// One line for each run of cells with the same style: its colours, its text, and its modifiers if it has any.
fn styled(buffer: &Buffer) -> String {
    let style_of = |cell: &Cell| Style { underline_color: None, ..cell.style() };
    let mut lines = String::new();
    for row in buffer.content.chunks(usize::from(buffer.area.width)) {
        for run in row.chunk_by(|one, other| style_of(one) == style_of(other)) {
            let text: String = run.iter().map(Cell::symbol).collect();
            let style = style_of(&run[0]);
            let colours = [style.fg, style.bg].map(|colour| colour.map_or(String::new(), |colour| colour.to_string()));
            let [fg, bg] = colours.map(|colour| if colour == "Reset" { "-".to_owned() } else { colour });
            let modifiers =
                if style.add_modifier.is_empty() { String::new() } else { format!(" {:?}", style.add_modifier) };
            if !text.trim().is_empty() {
                writeln!(lines, "{fg:>14} on {bg:<14}{} {}", text.trim(), modifiers.replace("Modifier", "")).unwrap();
            }
        }
    }
    lines
}

/// A screen with as many theme roles as possible.
fn colourful(variant: Variant) -> Buffer {
    let mut world = World::with_messages(hostile());
    world.theme = Theme::builtin(variant);
    world.model.focus = Pane::Inbox;
    world.update(Message::Warned(LocalizedText::quoted("something is odd")));
    world.draw(100, 40).buffer
}

macro_rules! themes {
    ($($name:ident $variant:ident;)*) => { $(#[test] fn $name() {
        insta::assert_snapshot!(styled(&colourful(Variant::$variant)));
    })* };
}

themes! {
    the_dark_theme Dark;
    the_light_theme Light;
    the_theme_with_high_contrast HighContrast;
    the_theme_for_eyes_that_see_colours_otherwise ColourBlind;
    without_colours Mono;
}

/// Some users cannot distinguish colours, so papo conveys nothing by colour alone.
#[test]
fn text_is_the_same_in_all_themes() {
    let text = |variant| picture(&colourful(variant));
    for variant in [Variant::Light, Variant::HighContrast, Variant::ColourBlind, Variant::Mono] {
        assert_eq!(text(variant), text(Variant::Dark));
    }
    let colours = colourful(Variant::Mono).content.iter().any(|cell| {
        use ratatui::style::Color::Reset;
        (cell.fg, cell.bg) != (Reset, Reset)
    });
    assert!(!colours, "the theme for NO_COLOR has no colours");
}

#[test]
fn refused_line_looks_selected_until_it_is_edited_even_without_colours() {
    let mut world = World::new();
    world.theme = Theme::builtin(Variant::Mono);
    let is_selected = |world: &World| {
        let styled = styled(&world.draw(80, 24).buffer);
        styled.lines().any(|line| line.contains("/jion devs") && line.contains("REVERSED"))
    };
    world.press_all(r#""/jion devs""#, (80, 24));
    assert!(!is_selected(&world));
    world.press_all("enter", (80, 24));
    assert!(is_selected(&world));
    world.press_all("left", (80, 24));
    assert!(!is_selected(&world));
}

#[test]
fn hints_say_what_the_keys_do_on_a_draft_and_in_a_search() {
    let hints = |world: &World| world.picture(100, 24).lines().last().unwrap().trim().to_owned();
    let mut world = World::new();
    world.update(Message::Key(key("alt-c")));
    world.type_in("half");
    assert!(hints(&world).contains("Enter send   Alt-Enter new line   Tab complete"), "{}", hints(&world));
    world.update(Message::Key(key("alt-1")));
    world.update(Message::Key(key("alt-3")));
    assert!(hints(&world).contains("Enter send   Alt-Enter new line   Tab next pane"), "{}", hints(&world));
    world.update(Message::Key(key("ctrl-r")));
    assert_eq!(hints(&world), "Enter take the line   Ctrl-R older line   Esc cancel");
}

#[test]
fn hints_say_how_to_answer_a_question() {
    let hints = |world: &World| world.picture(80, 24).lines().last().unwrap().trim().to_owned();
    let ask = |keys: &str| {
        let mut world = World::new();
        world.press_all(keys, (80, 24));
        world
    };
    assert_eq!(hints(&ask("ctrl-c")), "Enter confirm   Esc cancel");
    assert_eq!(hints(&ask(r#"alt-c "exit" enter"#)), "Enter send   Esc cancel");
    assert_eq!(hints(&ask("alt-g D")), "devs Enter confirm   Esc cancel");
    let mut world = ask("alt-i a");
    assert_eq!(hints(&world), "Enter confirm   Esc cancel");
    // A click does what the key does.
    let click = |world: &mut World, label: &str| {
        let row = world.picture(80, 24).lines().last().unwrap().to_owned();
        let column = row[..row.find(label).unwrap()].chars().count();
        world.click(u16::try_from(column).unwrap(), 23);
    };
    click(&mut world, "confirm");
    assert!(world.model.notices.question.is_some(), "too early");
    world.wait();
    click(&mut world, "cancel");
    assert_eq!(world.model.notices.current.as_ref().unwrap().text, "Not answered: eve wants to chat");
    assert_eq!(world.model.focus, Pane::Inbox);
    world.press_all("wait a wait", (80, 24));
    click(&mut world, "confirm");
    assert_eq!(world.model.peer.waiting_requests(), 1);
}

#[test]
fn hints_never_offer_enter_alone_for_a_question_that_needs_a_name() {
    let long = group("development-team-of-the-north", "alice", &["bob"]);
    let mut world = World::restored(Saved { groups: vec![long], ..saved(0, 0) });
    world.press_all("alt-g D", (80, 24));
    let hints = |width| world.picture(width, 24).lines().last().unwrap().trim().to_owned();
    assert_eq!(hints(80), "development-team-of-the-north Enter confirm   Esc cancel");
    assert_eq!(hints(50), "development-team-of-the-north Enter confirm");
    assert_eq!(hints(40), "Esc cancel");
}

#[test]
fn hints_offer_to_members_what_they_may_do() {
    let hints = |group: papo::domain::Group| {
        let mut world = World::restored(Saved { groups: vec![group], ..saved(0, 0) });
        world.press_all("alt-g m", (80, 24));
        world.picture(80, 24).lines().last().unwrap().trim().to_owned()
    };
    let all = "Esc close   i invite   x remove member   H hand over the lead";
    assert_eq!(hints(group("devs", "alice", &["bob"])), all);
    assert_eq!(hints(group("devs", "bob", &["alice"])), "Esc close   i invite");
    assert_eq!(hints(group("devs", "bob", &["carol"])), "Esc close");
}
