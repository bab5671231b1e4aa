//! Regenerates the README's pictures and recording from the running program: `make pictures`.

#[path = "../support/own.rs"]
mod own;
#[path = "../support/people.rs"]
mod people;
#[path = "../support/terminal.rs"]
mod terminal;
#[path = "../support/wait.rs"]
mod wait;

mod cast;
mod film;
mod svg;

use std::{fs, path::Path, thread, time::Duration};

use cast::Cast;
use own::OwnBroker;
use people::{ACCEPT, INBOX};
use svg::{DARK, LIGHT, PictureTheme};
use terminal::Terminal;

const SIZE: (u16, u16) = (100, 26);
/// The pause after each key. The pauses are part of the recording, so a viewer can follow it.
const KEY_PAUSE: Duration = Duration::from_millis(55);
/// The pause before each action.
const ACTION_PAUSE: Duration = Duration::from_millis(700);
/// The allowed length of the recording, in seconds: long enough to show papo, short enough to watch.
const LENGTH: std::ops::Range<f64> = 15.0..25.0;
/// The allowed size of the animated picture, which has to load quickly.
const MAX_BYTES: usize = 600_000;

#[test]
#[ignore = "writes assets/screen.svg; run by `make pictures`"]
fn screen_is_drawn_in_dark_theme() {
    draw_screen("", &DARK, "assets/screen.svg");
}

#[test]
#[ignore = "writes assets/screen-light.svg; run by `make pictures`"]
fn screen_is_drawn_in_light_theme() {
    draw_screen("[ui]\ntheme = \"light\"\n", &LIGHT, "assets/screen-light.svg");
}

fn draw_screen(config: &str, theme: &PictureTheme, file: &str) {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(".config/papo");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("config.toml"), config).unwrap();
    let broker = OwnBroker::start(&home.path().join("broker"));
    let url = format!("mqtt://127.0.0.1:{}", broker.port());
    let papo = |id: &str| Terminal::start(home.path(), &[id, "-b", &url], SIZE);
    let (mut alice, mut bob, mut carol) = (papo("alice"), papo("bob"), papo("carol"));
    let mut dave = papo("dave");
    for user in [&mut alice, &mut bob, &mut carol, &mut dave] {
        user.shows("4 of 4 online");
    }
    dave.makes_group("ops");
    dave.quits();

    alice.makes_group("devs");
    bob.shows("#devs");
    bob.joins("devs");
    alice.accepts("bob");
    alice.shows("★alice bob");
    bob.sees("Write to #devs");
    alice.composes("the new pump is on the wire");
    bob.composes("I see it, 3 bar");

    bob.asks("alice");
    alice.accepts("bob");
    bob.sees("alice accepted your request");
    for (who, text) in [
        (0, "hi, shall we look at the pump?"),
        (1, "bom dia! yes, give me five minutes"),
        (1, "it ran dry last night, the log says so; and nobody was paged because the gateway was down"),
        (0, "the messages were all there when I came in this morning, that at least works"),
        (1, "também em 日本語: ポンプ"),
        (0, "see you there"),
    ] {
        let (speaker, other) = if who == 0 { (&mut alice, &mut bob) } else { (&mut bob, &mut alice) };
        let start: String = text.chars().take(12).collect();
        speaker.opens_tab(2).types_line(text);
        speaker.shows(&start);
        other.opens_tab(2).shows(&start);
    }
    carol.asks("alice");
    alice.shows("carol wants to chat: ");
    alice.until("shows read receipts", |screen| screen.matches("✓✓").count() >= 3);
    fs::write(file, alice.with_screen(|screen| svg::still(screen, theme))).expect("the picture can be written");
}

#[test]
#[ignore = "writes assets/demo.cast and assets/demo.svg; run by `make pictures`"]
fn demo_is_recorded() {
    let home = tempfile::tempdir().unwrap();
    let cast = record(home.path());
    fs::write("assets/demo.cast", cast.to_string()).expect("the recording can be written");
    fs::write("assets/demo.svg", film::svg(&cast, &DARK)).expect("the picture can be written");
}

/// Records the demo, with a user who accepts requests and replies.
fn record(home: &Path) -> Cast {
    let mut papo = Terminal::start(home, &["--demo"], SIZE);
    papo.shows("? ana wants to chat");
    press(&mut papo, INBOX);
    press(&mut papo, ACCEPT);
    press(&mut papo, "\r");
    papo.shows("olá!");
    type_line(&mut papo, "oi ana! is all of this MQTT?");
    papo.shows("plain text on MQTT topics");
    papo.shows("? bruno invites");
    press(&mut papo, INBOX);
    press(&mut papo, ACCEPT);
    press(&mut papo, "\r");
    papo.shows("https://mqtt.org");
    type_line(&mut papo, "tudo bem, I bring the seeds 🌻");
    papo.shows("two ticks in a group");
    thread::sleep(2 * ACTION_PAUSE);
    let cast = Cast::new(SIZE, "papo --demo", &papo.recorded());
    papo.quits();
    cast
}

fn press(papo: &mut Terminal, key: &str) {
    thread::sleep(ACTION_PAUSE);
    papo.keys(key);
}

fn type_line(papo: &mut Terminal, text: &str) {
    thread::sleep(ACTION_PAUSE);
    for letter in text.chars() {
        papo.keys(&letter.to_string());
        thread::sleep(KEY_PAUSE);
    }
    press(papo, "\r");
}

#[test]
fn animated_picture_shows_the_recording() {
    let cast: Cast = fs::read_to_string("assets/demo.cast").unwrap().parse().unwrap();
    assert!(LENGTH.contains(&cast.length()), "the recording takes {} s", cast.length());
    let svg = fs::read_to_string("assets/demo.svg").unwrap();
    assert!(svg.len() < MAX_BYTES, "the picture has {} bytes", svg.len());
    assert!(svg == film::svg(&cast, &DARK), "the picture is outdated: run `make pictures`");
}
