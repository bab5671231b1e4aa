//! Tests of what the screen shows. Each draws a model, and most compare the text with a snapshot.

mod changes;
mod chat;
mod counts;
mod disbanded;
mod hidden;
mod injection;
mod key_sequences;
mod login;
mod outbox;
mod portuguese;
mod redraw;
mod sessions;
mod split;
mod world;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use papo::{
    app::{
        Connection, Help, InboxView, Keymap, Language, LocalizedText, Message, OpenOverlay, Outbox, Overlay, Pane,
        PinnedQuestion, Question, Scroll, setup,
    },
    domain::{
        ChatId, ChatMessage, Direction, EarlierText, GroupName, Hit, KeymapName, Relation, RequestKind, RequestState,
        SearchEnd, SearchProgress, Tick,
    },
    protocol::Saved,
    ui::{
        setup_view,
        theme::{Role, Theme, Variant},
    },
};
use ratatui::{
    buffer::{Buffer, Cell},
    layout::Rect,
    style::Modifier,
};

use self::world::*;
use crate::inbound::inbound;

#[test]
fn screen_of_80_by_24() {
    insta::assert_snapshot!(World::new().picture(80, 24));
}

#[test]
fn screen_of_100_by_16_with_inbox_focused() {
    let mut world = World::new();
    world.model.focus = Pane::Inbox;
    insta::assert_snapshot!(world.picture(100, 16));
}

#[test]
fn large_screen_while_reconnecting() {
    let mut world = World::with_messages(hostile());
    let why = LocalizedText::quoted("connection refused");
    let at = Tick::from_millis(NOW + 8_000);
    world.update(Message::Connection(Connection::Reconnecting { at, why }));
    insta::assert_snapshot!(world.picture(120, 40));
}

#[test]
fn medium_screen_shows_focused_list_beside_chat() {
    let mut world = World::new();
    world.model.focus = Pane::Users;
    insta::assert_snapshot!(world.picture(64, 12));
}

#[test]
fn tiny_screen_with_chat_focused() {
    insta::assert_snapshot!(World::with_messages(hostile()).picture(30, 8));
}

#[test]
fn tiny_screen_with_inbox_focused() {
    let mut world = World::new();
    world.model.focus = Pane::Inbox;
    insta::assert_snapshot!(world.picture(30, 8));
}

#[test]
fn empty_screen_hints_at_keys() {
    let mut world = World::restored(Saved::default());
    world.update(Message::Connection(Connection::Connecting));
    world.model.focus = Pane::Users;
    insta::assert_snapshot!(world.picture(80, 24));
}

#[test]
fn selected_confirmation_shows_the_new_topic() {
    let mut world = World::new();
    world.model.focus = Pane::Inbox;
    world.press(KeyCode::Char('c'), KeyModifiers::NONE);
    assert_eq!(world.model.inbox.view, InboxView::Confirmations);
    world.press(KeyCode::Down, KeyModifiers::NONE);
    insta::assert_snapshot!(world.picture(80, 24));
}

#[test]
fn history_shows_answered_requests() {
    let mut world = World::new();
    world.model.focus = Pane::Inbox;
    world.press(KeyCode::Char('h'), KeyModifiers::NONE);
    let picture = world.picture(80, 24);
    assert!(picture.contains(" ✗ denied: chat with carol │"), "{picture}");
}

#[test]
fn composer_grows_with_its_text() {
    let mut world = World::new();
    world.update(Message::Paste("one\ntwo\nthree 日本語\na\u{1b}[31mb".to_owned()));
    let drawn = world.draw(80, 18);
    let cursor = drawn.cursor.unwrap();
    assert_eq!(drawn.buffer[(cursor.x - 1, cursor.y)].symbol(), "b");
    insta::assert_snapshot!(picture(&drawn.buffer));
}

#[test]
fn help_shows_keymap_and_commands() {
    let mut world = World::with_messages(hostile());
    world.press(KeyCode::F(1), KeyModifiers::NONE);
    let drawn = world.draw(80, 24);
    assert!(drawn.layout.overflow > 0);
    insta::assert_snapshot!(picture(&drawn.buffer));
    world.model.overlay = Some(Overlay::Help(Help { scroll: u16::MAX, ..Help::default() }));
    assert!(world.picture(80, 24).contains("//TEXT"), "the last command can be reached");
}

#[test]
fn help_lists_the_keys_and_commands_of_vim() {
    let mut world = World::new();
    world.press(KeyCode::F(1), KeyModifiers::NONE);
    assert!(!world.picture(130, 140).contains(":noh"));
    world.model.keymap = Keymap::named(KeymapName::Vim);
    let picture = world.picture(130, 140);
    for part in ["i a A o I O s", "S C cc", "y yy", ":q :q!", ":n :next", ":N :Next", ":2 ", ":w :w!", ":noh"] {
        assert!(picture.contains(part), "{part}:\n{picture}");
    }
}

#[test]
fn help_fits_a_large_screen() {
    let mut world = World::new();
    world.press(KeyCode::F(1), KeyModifiers::NONE);
    let drawn = world.draw(130, 140);
    assert_eq!(drawn.layout.overflow, 0);
    insta::assert_snapshot!(picture(&drawn.buffer));
}

#[test]
fn prompt_shows_why_input_is_invalid() {
    let mut world = World::with_messages(hostile());
    world.model.focus = Pane::Users;
    world.type_in("t");
    world.type_in("a_b");
    let drawn = world.draw(80, 24);
    let cursor = drawn.cursor.unwrap();
    assert_eq!(drawn.buffer[(cursor.x - 1, cursor.y)].symbol(), "b");
    insta::assert_snapshot!(picture(&drawn.buffer));
}

#[test]
fn members_are_listed_in_a_popup() {
    let mut world = World::with_messages(hostile());
    world.model.focus = Pane::Groups;
    world.type_in("m");
    insta::assert_snapshot!(world.picture(80, 24));
}

#[test]
fn disbanding_asks_for_confirmation() {
    let mut world = World::with_messages(hostile());
    world.model.focus = Pane::Groups;
    world.type_in("D");
    insta::assert_snapshot!(world.picture(80, 24));
}

#[test]
fn question_that_needs_a_word_is_whole_on_a_narrow_screen() {
    let mut world = World::with_messages(vec![]);
    world.model.focus = Pane::Groups;
    world.type_in("D");
    let PinnedQuestion { text, typed, .. } = world.model.notices.question.as_mut().unwrap();
    (*text, *typed) = (text.replace("#devs", "#development-team-of-the-north"), "devel".to_owned());
    let rows = world.picture(40, 24);
    assert!(rows.lines().any(|row| row.trim().ends_with("devel")), "{rows}");
}

#[test]
fn question_is_shown_where_nothing_else_has_room() {
    let mut world = World::new();
    world.update(Message::Key(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL)));
    for height in 1..24 {
        let rows = world.picture(60, height);
        let row = rows.lines().find(|row| row.contains("Quit papo?")).unwrap_or_else(|| panic!("{rows}"));
        assert_eq!(row.trim(), "Quit papo? Enter again", "{height}");
    }
}

#[test]
fn setup_asks_for_an_id() {
    let mut state = setup::SetupForm::new(None, None, Language::english());
    for c in "a_b".chars() {
        state.key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE));
    }
    let theme = Theme::builtin(Variant::Dark);
    let mut buffer = Buffer::empty(Rect::new(0, 0, 80, 24));
    let cursor = setup_view(&state, &theme, &mut buffer).0.unwrap();
    assert_eq!(buffer[(cursor.x - 1, cursor.y)].symbol(), "b");
    insta::assert_snapshot!(picture(&buffer));
    for (width, height) in [(0, 0), (1, 1), (5, 3), (20, 6), (200, 2)] {
        setup_view(&state, &theme, &mut Buffer::empty(Rect::new(0, 0, width, height)));
    }
}

#[test]
fn setup_scrolls_on_a_small_screen() {
    let mut state = setup::SetupForm::new(Some("mqtt://127.0.0.1:1883"), None, Language::english());
    let theme = Theme::builtin(Variant::Dark);
    let draw = |state: &setup::SetupForm| {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 60, 12));
        let (cursor, overflow) = setup_view(state, &theme, &mut buffer);
        (picture(&buffer), cursor.unwrap(), overflow)
    };
    let (end, cursor, overflow) = draw(&state);
    assert!(!end.contains("papo is a messenger") && end.contains("Your ID:") && end.contains("PgUp for more"), "{end}");
    state.key(KeyEvent::new(KeyCode::PageUp, KeyModifiers::NONE));
    state.key(KeyEvent::new(KeyCode::PageUp, KeyModifiers::NONE));
    let (start, still, _) = draw(&state);
    assert!(start.contains("papo is a messenger") && start.contains("Enter: next"), "{start}");
    assert_eq!(still, cursor, "scrolling does not move the field");
    state.scroll = state.scroll.min(overflow);
    state.key(KeyEvent::new(KeyCode::PageDown, KeyModifiers::NONE));
    state.key(KeyEvent::new(KeyCode::PageDown, KeyModifiers::NONE));
    assert_eq!(draw(&state).0, end);
}

#[test]
fn setup_shows_both_fields_and_the_keys_on_a_tiny_screen() {
    for (language, keys) in
        [("en", ["Your ID:", "Enter: next", "Tab", "Broker"]), ("pt-BR", ["Seu ID:", "Enter", "Tab", "Broker"])]
    {
        let mut state = setup::SetupForm::new(Some("mqtt://127.0.0.1:1883"), None, Language::builtin(language));
        let theme = Theme::builtin(Variant::Dark);
        let draw = |state: &setup::SetupForm| {
            let mut buffer = Buffer::empty(Rect::new(0, 0, 40, 12));
            setup_view(state, &theme, &mut buffer);
            picture(&buffer)
        };
        let drawn = draw(&state);
        assert!(keys.iter().all(|key| drawn.contains(key)) && drawn.contains("mqtt://127.0.0.1:1883"), "{drawn}");
        state.refuse_broker(LocalizedText::quoted(
            "\"a b\" is not a host; put an IPv6 address in brackets, as in mqtt://[::1]:1883",
        ));
        let drawn = draw(&state);
        let has_all = ["mqtt://127.0.0.1:1883", "[::1]:1883", "Esc"].iter().all(|text| drawn.contains(text));
        assert!(has_all && !drawn.contains("Enter: next"), "{drawn}");
    }
}

#[test]
fn layout_matches_what_is_drawn() {
    let drawn = World::new().draw(80, 24);
    let row = |(_, rect): &(usize, ratatui::layout::Rect)| -> String {
        (rect.left()..rect.right()).map(|x| drawn.buffer[(x, rect.y)].symbol()).collect()
    };
    let layout = &drawn.layout;
    assert!(row(&layout.users.items[0]).contains("bob"));
    assert!(row(&layout.groups.items[1]).contains("#ops"));
    assert!(row(&layout.inbox.items[1]).contains("mallory"));
    assert!(layout.tabs.iter().any(|tab| row(tab).starts_with(" 3 bob 2 ")));
    assert!(layout.chat.at_top, "the whole chat is on the screen");
    assert_eq!((layout.composer.y, layout.composer.height), (21, 1));
}

#[test]
fn theme_roles_colour_the_screen() {
    let mut world = World::new();
    world.model.focus = Pane::Users;
    let drawn = world.draw(80, 24);
    let fg = |x, y| drawn.buffer[(x, y)].fg;
    let colour_of = |role| world.theme.style(role).fg.unwrap();
    let (_, first) = drawn.layout.users.items[0];
    assert_eq!(fg(first.x + 1, first.y), colour_of(Role::Online), "bob's mark");
    let title = |x| drawn.buffer[(x, drawn.layout.users.area.y)].fg;
    assert_eq!((title(1), title(25)), (colour_of(Role::TitleFocused), colour_of(Role::FrameFocused)));
    assert_eq!(fg(79, drawn.layout.tabs[0].1.y), colour_of(Role::Frame));
    assert!(drawn.buffer[(first.x, first.y)].modifier.contains(Modifier::REVERSED), "selected");
}

#[test]
fn outbox_is_listed_in_a_popup() {
    let mut world = World::new();
    world.fill_outbox();
    world.press(KeyCode::Char('o'), KeyModifiers::ALT);
    insta::assert_snapshot!(world.picture(80, 16));
}

#[test]
fn chat_list_is_filtered_while_typing() {
    let mut world = World::new();
    world.press(KeyCode::Char('t'), KeyModifiers::ALT);
    insta::assert_snapshot!(world.picture(80, 24));
    world.type_in("zzz");
    insta::assert_snapshot!(world.picture(60, 12));
}

#[test]
fn completions_are_listed_above_the_composer() {
    let mut world = World::new();
    world.type_in("/group l");
    world.press(KeyCode::Tab, KeyModifiers::NONE);
    insta::assert_snapshot!(world.picture(80, 24));
}

#[test]
fn palette_lists_everything_that_matches() {
    let mut world = World::new();
    world.press(KeyCode::Char('k'), KeyModifiers::CONTROL);
    insta::assert_snapshot!(world.picture(80, 24));
    world.type_in("da");
    insta::assert_snapshot!(world.picture(60, 16));
}

#[test]
fn search_hits_are_listed_and_marked_in_the_chat() {
    let mut world = World::new();
    world.press(KeyCode::Char('f'), KeyModifiers::CONTROL);
    world.press(KeyCode::Tab, KeyModifiers::NONE);
    world.type_in("PUMP");
    let long = "nobody knows what is the matter with it, and it is always the same with that old pump of theirs";
    let hits = vec![
        Hit {
            chat: ChatId::User(id("bob")),
            position: 2,
            message: said("alice", 1, 17, "hi, shall we look at the pump?"),
        },
        Hit {
            chat: ChatId::Group(GroupName::new("devs").unwrap()),
            position: 7,
            message: said("carol", 5, 60 * 24 * 400, long),
        },
    ];
    // Each change of the query or the scope starts a search; this is the number of the last one.
    world.update(Message::Found { number: 6, found: SearchProgress { hits, end: Some(SearchEnd::Complete) } });
    insta::assert_snapshot!(world.picture(80, 24));
    world.press(KeyCode::Enter, KeyModifiers::NONE);
    insta::assert_snapshot!(world.picture(80, 24));
    let drawn = world.draw(80, 24);
    let marked = |cell: &&Cell| Some(cell.bg) == world.theme.style(Role::Match).bg;
    let words: String = drawn.buffer.content.iter().filter(marked).map(Cell::symbol).collect();
    assert_eq!(words, "pump");
    assert!(drawn.buffer.content.iter().filter(marked).all(|cell| cell.modifier.contains(Modifier::REVERSED)));
}

#[test]
fn every_size_draws_without_panic_or_control_characters() {
    let mut world = World::with_messages(hostile());
    let panes = [Pane::Users, Pane::Groups, Pane::Inbox, Pane::Chat];
    let devs = GroupName::new("devs").unwrap();
    world.fill_outbox();
    for width in 0..=130_u16 {
        for height in (0..=50_u16).step_by(if width > 12 { 3 } else { 1 }) {
            // Goes through the panes and overlays, so that each is drawn at many sizes.
            let turn = usize::from(width) + usize::from(height);
            world.model.focus = panes[turn % panes.len()];
            world.model.notices.question = (turn % 3 == 0).then(|| PinnedQuestion {
                question: Question::Disband(devs.clone()),
                text: "Disband #devs for all its members? Type devs, then Enter".to_owned(),
                typed: "de".to_owned(),
                asked: Tick::from_millis(0),
            });
            world.model.overlay = match turn % 10 {
                0 => Some(Overlay::Help(Help { scroll: height, ..Help::default() })),
                2 => Some(Overlay::open(OpenOverlay::Members(devs.clone()), &world.model.read_only())),
                3 => Some(Overlay::Outbox(Outbox::default())),
                4 => Some(Overlay::open(OpenOverlay::Settings(Some("ui.hide")), &world.model.read_only())),
                5 => {
                    let bob = ChatId::User("bob".parse().unwrap());
                    Some(Overlay::open(OpenOverlay::Whois(bob), &world.model.read_only()))
                }
                _ => None,
            };
            for cell in &world.draw(width, height).buffer.content {
                assert!(!cell.symbol().contains(char::is_control), "{width}×{height}");
            }
        }
    }
}

#[test]
fn replies_edits_and_typing_are_shown() {
    let mut world = World::with_messages(vec![
        said("bob", 1, 20, "shall we look at the pump tomorrow, or is that too late for you all?"),
        ChatMessage { relation: Some(Relation::Answers(message_id(1))), ..said("alice", 2, 18, "tomorrow is fine") },
        ChatMessage { is_edited: true, ..said("bob", 3, 17, "at nine") },
        ChatMessage { relation: Some(Relation::Answers(message_id(99))), ..said("bob", 4, 16, "and this") },
        ChatMessage { relation: Some(Relation::Replaces(message_id(3))), ..said("bob", 5, 15, "at nine") },
    ]);
    world.model.focus = Pane::Chat;
    let typing = format!("TYPING {}", with_bob());
    world.deliver(inbound("alice_Control", &typing, &[("papo", "1"), ("from", "bob")]));
    world.press(KeyCode::Up, KeyModifiers::ALT);
    world.type_in("kkr");
    world.type_in("yes");
    insta::assert_snapshot!(world.picture(100, 20));
    insta::assert_snapshot!(world.picture(38, 20));
}

#[test]
fn message_info_shows_recipients() {
    let mut world = World::new();
    world.model.focus = Pane::Chat;
    world.press(KeyCode::Up, KeyModifiers::ALT);
    world.type_in("kki");
    insta::assert_snapshot!(world.picture(80, 24));
}

#[test]
fn setup_shows_why_the_broker_is_invalid() {
    let mut state = setup::SetupForm::new(Some("mqtt://127.0.0.1:1883"), None, Language::english());
    state.key(KeyEvent::new(KeyCode::Char('a'), KeyModifiers::NONE));
    state.key(KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE));
    state.refuse_broker(LocalizedText::quoted("no port follows the colon"));
    let theme = Theme::builtin(Variant::Dark);
    let mut buffer = Buffer::empty(Rect::new(0, 0, 80, 24));
    let cursor = setup_view(&state, &theme, &mut buffer).0.unwrap();
    assert_eq!(buffer[(cursor.x - 1, cursor.y)].symbol(), "3");
    insta::assert_snapshot!(picture(&buffer));
}

#[test]
fn welcome_explains_the_screen() {
    let mut world = World::new();
    world.update(Message::Welcome);
    insta::assert_snapshot!(world.picture(80, 24));
    insta::assert_snapshot!(world.picture(60, 20));
    world.press(KeyCode::End, KeyModifiers::NONE);
    insta::assert_snapshot!(world.picture(60, 20));
    world.press(KeyCode::Enter, KeyModifiers::NONE);
    assert!(world.model.overlay.is_none());
}

#[test]
fn groups_show_their_leader_and_all_members() {
    for (width, height) in [(80, 24), (120, 40)] {
        let mut world = World::new();
        world.receive("GROUPS/crew", "crew bob carol dave eve mallory peggy trent victor walter zoe");
        world.receive("GROUPS/a-name-of-thirty-two-characters", "a-name-of-thirty-two-characters dave bob");
        let picture = world.picture(width, height);
        assert!(picture.contains("#devs ★alice bob") && picture.contains("★dave bob"), "{picture}");
        world.press(KeyCode::Char('g'), KeyModifiers::ALT);
        for _ in 0..3 {
            let selected = world.picture(width, height);
            if selected.contains("zoe") {
                let names = ["carol", "dave", "eve", "mallory", "peggy", "trent", "victor", "walter", "zoe"];
                assert!(names.iter().all(|name| selected.contains(name)), "{selected}");
                break;
            }
            world.press(KeyCode::Down, KeyModifiers::NONE);
        }
        assert!(world.picture(width, height).contains("zoe"), "a selected group shows all its members");
    }
}

#[test]
fn unselected_group_counts_hidden_members() {
    let mut world = World::new();
    let members: Vec<String> = (10..40).map(|n| format!("member{n}")).collect();
    world.receive("GROUPS/crew", &format!("crew bob {}", members.join(" ")));
    let picture = world.picture(80, 40);
    assert!(picture.contains("member13 +26"), "{picture}");
}

#[test]
fn inbox_rows_show_whole_names() {
    for width in [80, 120] {
        let mut world = World::new();
        let group = "a-name-of-thirty-two-characters";
        world.receive("alice_Control", &format!("GI {group}"));
        let picture: String = world.picture(width, 40).split(['│', ' ', '\n']).collect();
        assert!(picture.contains(&format!("#{group}")), "{picture}");
    }
}
