//! Behaviour that only a real terminal shows: the mouse, focus, colours, and how papo restores the terminal.

use crate::{World, on_both_brokers, quit, terminal::Terminal};

on_both_brokers! {
    mouse_selects_opens_and_scrolls
    nothing_is_read_without_focus
    colours_are_shown_unless_no_color_is_set
    terminal_modes_are_reset_on_exit
}

/// Clicks with the left button at a position counted from 0 (xterm's SGR mode).
fn click(papo: &mut Terminal, column: u16, row: u16) {
    papo.keys(&format!("\x1b[<0;{};{}M", column + 1, row + 1));
    papo.keys(&format!("\x1b[<0;{};{}m", column + 1, row + 1));
}

/// Waits until a text is shown; returns its column and row, counted from 0.
fn place(papo: &Terminal, words: &str) -> (u16, u16) {
    let screen = papo.shows(words);
    let (row, line) =
        screen.lines().enumerate().find(|(_, line)| line.contains(words)).expect("the text is on the screen");
    let column = line[..line.find(words).expect("the text is in this line")].chars().count();
    (u16::try_from(column).unwrap(), u16::try_from(row).unwrap())
}

fn mouse_selects_opens_and_scrolls(world: World) {
    let (mut alice, bob, wire, topic) = world.talking();
    for n in 1..=60 {
        wire.publish(&topic, &format!("bob line {n}."));
    }
    alice.shows("line 60.");
    alice.keys("\x1b[<64;60;10M");
    alice.hides("line 60.");
    alice.keys("\x1b[<65;60;10M\x1b[<65;60;10M");
    alice.shows("line 60.");
    alice.makes_group("devs");
    let (column, row) = place(&alice, "1 bob │ 2 #devs ");
    assert_eq!(row, 1, "the tabs are at the top");
    click(&mut alice, column + 1, row);
    alice.shows("Write to bob");
    alice.opens_chat_list();
    alice.shows("2 chats");
    let (column, row) = place(&alice, " 0 messages ");
    click(&mut alice, column, row);
    click(&mut alice, column, row);
    alice.shows("Write to #devs");
    quit(alice);
    quit(bob);
}

fn nothing_is_read_without_focus(world: World) {
    let (mut alice, mut bob, _, _) = world.talking();
    alice.keys("\x1b[O");
    // papo treats messages in the first three seconds of a connection as queued, and sends no notification for them.
    // Nothing on the screen shows when that time is over.
    std::thread::sleep(std::time::Duration::from_millis(3500));
    let before = alice.written();
    bob.composes("are you there?");
    alice.shows("1 unread");
    alice.wait_for_bytes(before, b"\x07");
    bob.until("shows that the message is delivered", |screen| screen.contains("✓✓"));
    let (column, row) = place(&bob, "✓✓");
    let is_read = |screen: &vt100::Screen| screen.cell(row, column).is_some_and(vt100::Cell::bold);
    assert!(!bob.with_screen(is_read), "alice has not read the message");
    alice.keys("\x1b[I");
    alice.has_read_all();
    bob.until_screen("shows that the message is read", is_read);
    quit(alice);
    quit(bob);
}

fn colours_are_shown_unless_no_color_is_set(world: World) {
    let url = format!("mqtt://127.0.0.1:{}", world.port());
    let coloured_cells = |papo: &Terminal| {
        papo.with_screen(|screen| {
            let (rows, columns) = screen.size();
            let places = (0..rows.get()).flat_map(|row| (0..columns.get()).map(move |column| (row, column)));
            let cells = places.filter_map(|(row, column)| screen.cell(row, column));
            cells
                .filter(|cell| (cell.fgcolor(), cell.bgcolor()) != (vt100::Color::Default, vt100::Color::Default))
                .count()
        })
    };
    let alice = world.start_online("alice");
    assert!(coloured_cells(&alice) > 100);
    let environment = [("NO_COLOR", "1")];
    let bob = Terminal::start_with(&world.home(), &["bob", "-b", &url], &environment, (100, 30));
    bob.shows("● alice");
    assert_eq!(coloured_cells(&bob), 0);
    quit(alice);
    quit(bob);
}

fn terminal_modes_are_reset_on_exit(world: World) {
    let mut alice = world.start_online("alice");
    for set in ["\x1b[?1049h", "\x1b[?2004h", "\x1b[?1004h", "\x1b[?1006h"] {
        alice.wait_for_bytes(0, set.as_bytes());
    }
    alice.quits();
    for reset in ["\x1b[?1049l", "\x1b[?2004l", "\x1b[?1004l", "\x1b[?1006l", "\x1b[?25h"] {
        alice.wait_for_bytes(0, reset.as_bytes());
    }
}
