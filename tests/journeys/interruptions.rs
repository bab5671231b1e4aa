//! Power cuts, closed terminals and IDs in use: nothing is lost, duplicated or reordered.

use std::fs;

use crate::{World, broker::free_port, on_both_brokers, terminal::Terminal};

on_both_brokers! {
    cuts_lose_and_duplicate_nothing
    request_waits_for_the_broker
    reconnect_takes_the_id_from_another_client
    closed_terminal_disconnects_cleanly
    vanished_terminal_disconnects_cleanly
}

fn cuts_lose_and_duplicate_nothing(mut world: World) {
    let (mut alice, mut bob, wire, topic) = world.talking();
    bob.opens_composer();
    let say = |bob: &mut Terminal, numbers: std::ops::Range<u32>| {
        for n in numbers {
            bob.types_line(&format!("flood {n:02}"));
        }
    };
    say(&mut bob, 0..20);
    // During the flood.
    alice.shows("flood 03");
    alice.kill();
    say(&mut bob, 20..30);
    bob.shows("flood 29");
    drop(wire);
    world.kill_broker();
    bob.shows("retrying");
    say(&mut bob, 30..40);
    bob.shows("flood 39");
    world.restart_broker();
    let wire = world.wire();
    bob.composes("/reconnect");
    bob.shows("● online");
    say(&mut bob, 40..50);
    wire.has(&format!("{topic} bob flood 49"));
    bob.kill();

    let mut alice = world.start("alice");
    alice.resize(100, 90);
    alice.shows("○ bob");
    let bob = world.start_online("bob");
    alice.shows("flood 49");
    bob.has_sent_all();
    let expected: Vec<_> = (0..50).map(|n| format!("flood {n:02}")).collect();
    assert_eq!(flood(&alice), expected);
    alice.opens_composer();
    alice.has_read_all();
    bob.until("knows that alice has everything", |screen| {
        let rows = screen.lines().filter(|line| line.contains("flood")).collect::<Vec<_>>();
        !rows.is_empty() && rows.iter().all(|row| row.contains("✓✓"))
    });
    assert_eq!(flood(&alice), expected);
}

/// The messages of the flood on the screen, in order.
fn flood(papo: &Terminal) -> Vec<String> {
    let screen = papo.screen();
    screen.lines().filter_map(|line| line.find("flood ").map(|at| line[at..at + "flood 00".len()].to_owned())).collect()
}

fn request_waits_for_the_broker(mut world: World) {
    world.kill_broker();
    let mut alice = world.start("alice");
    alice.shows("nothing listens on");
    alice.shows("retrying in");
    alice.asks("bob");
    alice.shows("Asked bob to chat");
    world.restart_broker();
    alice.shows("● online");
    alice.has_sent_all();
    let bob = world.start_online("bob");
    bob.shows("? alice wants to chat");
}

fn reconnect_takes_the_id_from_another_client(world: World) {
    let wire = world.wire();
    let bob = world.start_online("bob");
    let mut first = world.start_online("alice");
    bob.shows("● alice");
    let other_home = tempfile::tempdir().unwrap();
    let url = format!("mqtt://127.0.0.1:{}", world.port());
    let mut second = Terminal::start(other_home.path(), &["alice", "-b", &url], (100, 30));
    // papo checks whether the ID is in use before it connects, and leaves the choice to the user.
    second.shows("in use on another device (/reconnect takes the ID back");
    assert!(first.screen().contains("● online"), "{}", first.screen());
    second.composes("/reconnect");
    second.shows("● online");
    first.shows("in use on another device");
    wire.publish("alice_Control", "REQUEST carol");
    second.shows("? carol wants to chat");
    first.composes("/reconnect");
    first.shows("● online");
    second.shows("in use on another device");
    bob.shows("● alice");
    // Only the client that has the ID receives a request.
    wire.publish("alice_Control", "REQUEST dave");
    first.shows("? dave wants to chat");
    assert!(!second.screen().contains("dave"), "{}", second.screen());
}

fn closed_terminal_disconnects_cleanly(world: World) {
    let (mut alice, bob, wire, _) = world.talking();
    alice.keys("half a sentence");
    alice.shows("half a sentence");
    alice.signal("HUP");
    assert_eq!(alice.ends(), 0);
    bob.shows("○ alice");
    wire.has("USERS alice offline");
    let alice = world.start_online("alice");
    alice.shows("half a sentence");
}

/// The hang-up signal goes to the shell, which ignores it. papo gets none.
fn vanished_terminal_disconnects_cleanly(world: World) {
    let bob = world.start_online("bob");
    let alice = world.start_below_shell("alice");
    bob.shows("● alice");
    alice.shows("● bob");
    let wire = world.wire();
    alice.signal("KILL");
    bob.shows("○ alice");
    wire.has("USERS alice offline");
}

#[test]
fn another_papo_takes_over_a_killed_broker() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(".config/papo");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("config.toml"), "embedded_broker = \"always\"\n").unwrap();
    let url = format!("mqtt://127.0.0.1:{}", free_port());
    let start = |id| Terminal::start(home.path(), &[id, "-b", &url], (100, 30));
    let mut alice = start("alice");
    alice.shows("● online");
    let mut bob = start("bob");
    bob.opens_chat("bob", &mut alice, "alice");
    alice.kill();
    bob.composes("are you still there?");
    // The broker that takes it is bob's.
    bob.until("shows that it was sent", |screen| {
        screen.lines().any(|row| row.contains("are you still there?") && row.contains('✓'))
    });
    let mut carol = start("carol");
    carol.shows("● bob");
    let mut alice = start("alice");
    alice.shows("are you still there?");
    alice.composes("here I am");
    bob.shows("here I am");
    bob.shows("✓✓");
    // Bob's papo runs the broker now, so bob is asked.
    carol.quits();
    bob.presses_quit();
    bob.shows("Quit and stop it?");
    bob.keys("\x1b");
    bob.hides("Quit and stop it?");
    bob.types_line("I stay");
    alice.shows("I stay");
}
