//! The contents of the chat pane, without snapshots.

use super::*;

#[test]
fn topic_longer_than_the_pane_wraps() {
    let session = session("a-rather-long-name", "alice");
    let accepted = RequestState::Accepted(Some(session.clone()));
    let request = request(1, Direction::Outgoing, RequestKind::Chat, "a-rather-long-name", accepted, 5);
    let mut world = World::restored(Saved { requests: vec![request], ..Saved::default() });
    world.model.focus = Pane::Inbox;
    world.press(KeyCode::Char('c'), KeyModifiers::NONE);
    let drawn = world.draw(80, 24);
    let (_, area) = drawn.layout.inbox.items[0];
    let row = |y| (area.left()..area.right()).map(|x| drawn.buffer[(x, y)].symbol()).collect::<String>();
    let shown: String = (area.top()..area.bottom()).map(|y| row(y).trim().to_owned()).collect();
    assert_eq!(shown, format!("✓ accepted: chat witha-rather-long-nametopic {session}"));
}

#[test]
fn ended_session_is_explained_above_the_composer() {
    let mut world = World::new();
    while world.model.chats.active_chat().is_some_and(|id| !id.to_string().starts_with("carol")) {
        world.press(KeyCode::Right, KeyModifiers::ALT);
    }
    let drawn = world.draw(80, 24);
    let picture = picture(&drawn.buffer);
    let row = picture.lines().nth(21).unwrap();
    assert!(row.contains("│ No open session. A message asks carol to chat"), "{row}");
    // Commands can still be written.
    assert!(drawn.cursor.is_some());
}

#[test]
fn proposal_of_the_other_says_how_to_answer_until_it_is_settled() {
    let mut world = World::new();
    let (topic, has_hint) = (session("bob", "alice").to_string(), |world: &World| {
        let picture = world.picture(140, 30);
        assert!(picture.contains("— bob proposed to end this session"), "{picture}");
        picture.contains("session. /end bob agrees; you can also write on —")
    });
    world.receive(&topic, "END");
    assert!(has_hint(&world));
    world.receive(&topic, "bob or rather not");
    assert!(!has_hint(&world), "bob took it back");
    world.receive(&topic, "END");
    assert!(has_hint(&world));
    world.type_in("/end");
    world.press(KeyCode::Enter, KeyModifiers::NONE);
    assert!(!has_hint(&world), "both have ended it");
}

/// The rows of the chat that show messages.
fn messages(drawn: &Drawn) -> Vec<String> {
    let area = drawn.layout.chat.area;
    let row = |y| (area.left()..area.right()).map(|x| drawn.buffer[(x, y)].symbol()).collect();
    (area.top()..area.bottom()).map(row).collect()
}

#[test]
fn scrolled_back_chat_stays_when_messages_arrive() {
    let mut world = World::with_messages((1..=60).map(|n| said("bob", n, 60 - n + 1, &format!("line {n}"))).collect());
    let layout = world.draw(80, 24).layout;
    assert_eq!(layout.chat.scroll, Scroll::Bottom);
    world.update(Message::Drawn(layout));
    world.press(KeyCode::PageUp, KeyModifiers::NONE);
    let before = world.draw(80, 24);
    assert!(matches!(before.layout.chat.scroll, Scroll::At { .. }));
    world.update(Message::Drawn(before.layout.clone()));
    world.receive(&session("bob", "alice").to_string(), "bob look at me");
    assert_eq!(world.model.chats.active_tab().unwrap().window.len(), 61, "the new message is in the window");
    let after = world.draw(80, 24);
    assert_eq!(messages(&before), messages(&after));
    assert_eq!(before.layout.chat, after.layout.chat);
}

#[test]
fn chosen_message_stays_in_sight_when_messages_arrive() {
    let mut world = World::with_messages((1..=60).map(|n| said("bob", n, 60 - n + 1, &format!("line {n}"))).collect());
    let draw = |world: &mut World| {
        let drawn = world.draw(80, 24);
        world.update(Message::Drawn(drawn.layout.clone()));
        world.update(Message::Drawn(world.draw(80, 24).layout));
        world.draw(80, 24)
    };
    world.update(Message::FocusChanged(true));
    draw(&mut world);
    // Without the line above the messages that were unread.
    world.press(KeyCode::Char('2'), KeyModifiers::ALT);
    world.press(KeyCode::Char('3'), KeyModifiers::ALT);
    draw(&mut world);
    world.press(KeyCode::Up, KeyModifiers::ALT);
    let before = draw(&mut world);
    let chosen = world.model.chats.chosen();
    let topic = session("bob", "alice").to_string();
    for n in 1..=30 {
        world.receive(&topic, &format!("bob another {n}"));
        draw(&mut world);
    }
    let after = draw(&mut world);
    assert_eq!((messages(&after), world.model.chats.chosen()), (messages(&before), chosen));
    assert!(picture(&after.buffer).contains("─ ↓ 30 new ─"), "{}", picture(&after.buffer));
    assert_eq!(world.model.peer.conversations()[&with_bob()].unread, 30);
    // When nothing is chosen any more, the end of the chat is on the screen again.
    world.press(KeyCode::Esc, KeyModifiers::NONE);
    let ended = draw(&mut world);
    assert!(messages(&ended).last().unwrap().contains("another 30"), "{}", picture(&ended.buffer));
    assert_eq!((ended.layout.chat.scroll, world.model.peer.conversations()[&with_bob()].unread), (Scroll::Bottom, 0));
}

#[test]
fn chosen_message_of_a_short_chat_does_not_hide_new_ones() {
    let mut world = World::new();
    world.update(Message::FocusChanged(true));
    world.update(Message::Drawn(world.draw(80, 24).layout));
    world.press(KeyCode::Up, KeyModifiers::ALT);
    world.receive(&session("bob", "alice").to_string(), "bob and here?");
    let drawn = world.draw(80, 24);
    assert!(picture(&drawn.buffer).contains("and here?"), "{}", picture(&drawn.buffer));
    world.update(Message::Drawn(drawn.layout));
    assert_eq!(world.model.peer.conversations()[&with_bob()].unread, 0);
}

#[test]
fn tenth_tab_has_the_number_of_its_key() {
    let mut world = World::new();
    for name in ["dave", "eve", "fay", "gus", "hal", "ida", "jon", "kim", "leo"] {
        world.deliver(inbound("alice_Control", &format!("REQUEST {name}"), &[]));
        world.accept(name);
    }
    let count = world.model.chats.tabs().len();
    let row = world.picture(200, 12).lines().nth(1).unwrap().to_owned();
    let tenth = world.model.chats.tabs()[9].chat.to_string();
    assert!(count > 10 && row.contains(&format!("│ 0 {tenth} ")), "{row}");
    assert!(!row.contains(" 1 leo"), "the eleventh has no key: {row}");
}

#[test]
fn ticks_and_failures_show_delivery() {
    let failed = ChatMessage { failure: Some("refused".into()), ..said("alice", 4, 6, "four") };
    let mine = [said("alice", 1, 9, "one"), said("alice", 2, 8, "two"), said("alice", 3, 7, "three"), failed];
    let world = World::with_messages(mine.to_vec());
    let drawn = world.draw(80, 24);
    let rows = messages(&drawn);
    let words_in_row_of =
        |word: &str| -> Vec<&str> { rows.iter().find(|row| row.contains(word)).unwrap().split_whitespace().collect() };
    assert_eq!(words_in_row_of("one"), ["09:21", "alice", "one", "✓✓"]);
    assert_eq!(words_in_row_of("two"), ["09:22", "two", "✓✓"]);
    assert_eq!(words_in_row_of("three"), ["09:23", "alice", "three", "✓"]);
    assert_eq!(words_in_row_of("✗"), ["✗", "not", "delivered:", "refused"]);
    let read = world.theme.style(Role::TickRead).fg.unwrap();
    // The ticks are in the last column.
    let end = drawn.layout.chat.area.right() - 1;
    let fg = |word: &str| {
        let row = u16::try_from(rows.iter().position(|row| row.contains(word)).unwrap()).unwrap();
        drawn.buffer[(end, drawn.layout.chat.area.y + row)].fg
    };
    assert_eq!(fg("one"), read, "bob has read the first");
    assert_ne!(fg("two"), read, "bob has only received the second");
}

#[test]
fn code_emphasis_links_and_mentions_are_styled() {
    let world =
        World::with_messages(vec![said("bob", 1, 18, "alice: run `make all` *now*, see https://example.org/pump")]);
    let drawn = world.draw(100, 24);
    let styled = |role| {
        let style = world.theme.style(role);
        let has_style = |cell: &&Cell| style.fg.is_none_or(|fg| cell.fg == fg) && cell.modifier == style.add_modifier;
        drawn.buffer.content.iter().filter(has_style).map(Cell::symbol).collect::<String>()
    };
    assert!(styled(Role::Mention).contains("alice"));
    assert_eq!(styled(Role::Link), "https://example.org/pump");
    assert!(styled(Role::Emphasis).contains("*now*"));
    assert!(styled(Role::Code).contains("`make all`"), "{}", styled(Role::Code));
}

#[test]
fn lookalike_id_is_marked() {
    let mut world = World::new();
    world.deliver(inbound("USERS/b\u{43e}b", "online", &[]));
    world.deliver(inbound("alice_Control", "REQUEST b\u{43e}b", &[]));
    let picture = world.picture(120, 40);
    assert!(picture.contains("●!b\u{43e}b (looks like bob)"), "{picture}");
    assert!(picture.contains("?!b\u{43e}b (looks like bob)"), "{picture}");
    assert!(!picture.contains("!bob"), "{picture}");
    // A narrow list has room only for the mark.
    let small = world.picture(80, 24);
    assert!(small.contains("●!b\u{43e}b"), "{small}");
    world.accept("b\u{43e}b");
    world.press(KeyCode::Right, KeyModifiers::ALT);
    let chat = world.model.peer.chat(world.model.chats.active_chat().unwrap()).unwrap();
    let topic = chat.current().id.to_string();
    world.deliver(inbound(&topic, "b\u{43e}b hi", &[]));
    world.deliver(inbound(&topic, "b\u{43e}b it is me", &[]));
    let picture = world.picture(120, 40);
    let rows: Vec<_> = picture.lines().filter(|row| row.contains(':') && row.contains("!b\u{43e}b  ")).collect();
    assert_eq!(rows.len(), 1, "the author is shown once: {picture}");
    assert_eq!(picture.matches("        (looks like bob)").count(), 1, "{picture}");
}

#[test]
fn empty_texts_and_wrong_clocks_are_marked() {
    let mut world = World::with_messages(vec![
        said("bob", 1, 20, ""),
        said("bob", 2, 19, " \n"),
        ChatMessage { clock_is_off: true, ..said("bob", 3, 18, "when?") },
    ]);
    world.model.focus = Pane::Chat;
    let picture = world.picture(100, 20);
    assert_eq!(picture.matches("(empty message)").count(), 2, "{picture}");
    assert!(picture.contains("09:12~"), "{picture}");
    world.press(KeyCode::Up, KeyModifiers::ALT);
    world.type_in("i");
    let details = world.picture(100, 20);
    assert!(details.contains("~ time of arrival: the sender's") && details.contains("clock is off"), "{details}");
}

#[test]
fn message_info_has_every_line_of_earlier_texts_and_scrolls() {
    let earlier = (1..=30).map(|n| format!("line {n}")).collect::<Vec<_>>().join("\n");
    let earlier = vec![EarlierText { text: earlier, replaced_by: message_id(2), replaced_at: ago(10) }];
    let mut world = World::with_messages(vec![ChatMessage { is_edited: true, earlier, ..said("bob", 1, 20, "short") }]);
    world.press(KeyCode::Up, KeyModifiers::ALT);
    world.type_in("i");
    let tall = world.picture(100, 50);
    assert!((1..=30).all(|n| tall.contains(&format!("line {n} "))), "{tall}");
    let drawn = world.draw(100, 20);
    assert!(!picture(&drawn.buffer).contains("line 30 "));
    world.update(Message::Drawn(drawn.layout));
    world.press(KeyCode::End, KeyModifiers::NONE);
    let end = world.picture(100, 20);
    assert!(end.contains("line 30 ") && !end.contains("line 1 "), "{end}");
}

#[test]
fn author_and_minute_are_shown_once_per_run() {
    let world = World::with_messages(vec![
        said("bob", 1, 20, "one"),
        said("bob", 2, 20, "two"),
        said("bob", 3, 17, "three"),
        said("bob", 4, 11, "after six minutes"),
        said("carol", 1, 11, "another author"),
        said("bob", 5, 10, "unread"),
        said("bob", 6, 10, "unread, too"),
    ]);
    let drawn = world.draw(80, 24);
    let rows: Vec<String> = messages(&drawn).into_iter().map(|row| row.trim_end().to_owned()).collect();
    let expected = [
        "09:10 bob    one",
        "             two",
        "09:13        three",
        "09:19 bob    after six minutes",
        "      carol  another author",
        &rows[6],
        "09:20 bob    unread",
        "             unread, too",
    ];
    assert!(rows[0].contains("Mon 23 Nov") && rows[6].contains("2 new"), "{rows:#?}");
    assert_eq!(rows[1..9], expected);
}

#[test]
fn chosen_message_and_the_one_at_the_top_show_their_author() {
    let mut world = World::with_messages((1..=60).map(|n| said("bob", n, 1, &format!("line {n}"))).collect());
    world.update(Message::Drawn(world.draw(80, 24).layout));
    world.press(KeyCode::Up, KeyModifiers::ALT);
    world.press(KeyCode::Up, KeyModifiers::NONE);
    let rows = messages(&world.draw(80, 24));
    let row = |words: &str| rows.iter().find(|row| row.trim_end().ends_with(words)).unwrap();
    assert!(rows[0].starts_with("09:29 bob"), "{rows:#?}");
    assert_eq!(row("line 57").trim(), "line 57");
    assert!(row("line 60").starts_with("      "), "{rows:#?}");
    let chosen = world.model.chats.chosen().unwrap();
    assert!(row(&format!("line {}", chosen + 1)).starts_with("09:29 bob"), "{rows:#?}");
}

#[test]
fn reading_back_shows_the_day_and_what_is_new_below() {
    let mut world = World::with_messages((1..=60).map(|n| said("bob", n, 60 - n + 1, &format!("line {n}"))).collect());
    let draw = |world: &mut World| {
        let layout = world.draw(80, 24).layout;
        world.update(Message::Drawn(layout.clone()));
        layout
    };
    world.model.in_front = true;
    let layout = draw(&mut world);
    assert_eq!(layout.chat.newest, Rect::ZERO);
    assert!(!world.picture(80, 24).contains('↓'));
    world.press(KeyCode::PageUp, KeyModifiers::NONE);
    draw(&mut world);
    let picture = world.picture(80, 24);
    assert!(picture.lines().nth(1).unwrap().ends_with("─ Mon 23 Nov "), "{picture}");
    assert!(picture.lines().nth(20).unwrap().ends_with("─ ↓ newest ─"), "{picture}");
    for text in ["look", "at", "me"] {
        world.receive(&session("bob", "alice").to_string(), &format!("bob {text}"));
    }
    let layout = draw(&mut world);
    let picture = world.picture(80, 24);
    assert!(picture.lines().nth(20).unwrap().ends_with("─ ↓ 3 new ─"), "{picture}");
    world.click(layout.chat.newest.x, layout.chat.newest.y);
    assert_eq!(draw(&mut world).chat.scroll, Scroll::Bottom);
    assert!(!world.picture(80, 24).contains('↓'));
}

#[test]
fn counts_of_zero_are_not_shown() {
    let mut world = World::restored(Saved::default());
    let header = |world: &World| world.picture(80, 24).lines().next().unwrap().trim_end().to_owned();
    assert_eq!(header(&world), " papo  alice @ localhost:1883  ● online");
    world.deliver(inbound("alice_Control", "REQUEST eve", &[]));
    assert!(header(&world).ends_with("● online                               1 request"), "{}", header(&world));
}

#[test]
fn tabs_that_do_not_fit_show_how_much_is_unread_in_them() {
    let mut world = World::new();
    for name in ["dave", "eve", "mallory"] {
        world.deliver(inbound("alice_Control", &format!("REQUEST {name}"), &[]));
        world.accept(name);
    }
    world.press(KeyCode::Char('4'), KeyModifiers::ALT);
    let drawn = world.draw(20, 12);
    let row = picture(&drawn.buffer).lines().nth(1).unwrap().to_owned();
    assert!(row.starts_with("‹3● 4 dave "), "{row}");
    // A click on the count goes to the nearest unread chat among those that it stands for.
    assert_eq!(drawn.layout.tabs[0].0, 2);
}

#[test]
fn presence_of_others_is_unknown_while_i_am_offline() {
    let mut world = World::new();
    let why = LocalizedText::quoted("connection refused, because nothing listens on that port of that machine");
    world.update(Message::Connection(Connection::Reconnecting { at: Tick::from_millis(NOW), why }));
    let picture = world.picture(80, 24);
    for row in
        [" Users 6 ─", " ? bob                   2 │", " ? dave                    │", " ○ alice               you │"]
    {
        assert!(picture.contains(row), "{row}: {picture}");
    }
    let header = picture.lines().next().unwrap();
    assert!(header.starts_with(" papo  alice  ○ retrying in 0 s  "), "{header}");
    assert!(header.ends_with(" 2 requests  3 unread "), "{header}");
    // The header has no room for the reason.
    let whole = "\n Not connected: connection refused, because nothing listens on that port of     \n that machine ";
    assert!(picture.contains(whole), "{picture}");
}

#[test]
fn members_of_the_group_in_front_are_beside_its_messages() {
    let mut world = World::new();
    world.press(KeyCode::Char('2'), KeyModifiers::ALT);
    insta::assert_snapshot!(world.picture(120, 20));
    assert!(!world.picture(109, 20).contains("Members"), "only a wide screen has room for them");
    world.press(KeyCode::Char('3'), KeyModifiers::ALT);
    assert!(!world.picture(120, 20).contains("Members"), "a session has no members");
}

#[test]
fn window_title_counts_unread_messages() {
    assert_eq!(papo::ui::window_title(&World::new().model), "(3) papo — alice");
    assert_eq!(papo::ui::window_title(&World::restored(Saved::default()).model), "papo — alice");
}
