//! Tests of the composer.

use unicode_segmentation::UnicodeSegmentation as _;

use super::*;

fn press(composer: &mut Composer, code: KeyCode) {
    composer.key(KeyEvent::new(code, NONE));
}

#[test]
fn history_keeps_sent_lines_and_the_unsent_one() {
    let mut composer = Composer::new("one");
    assert_eq!(composer.take(), "one");
    composer.set("two");
    composer.take();
    composer.set("half");
    press(&mut composer, KeyCode::Up);
    assert_eq!(composer.text(), "two");
    press(&mut composer, KeyCode::Up);
    press(&mut composer, KeyCode::Up);
    assert_eq!(composer.text(), "one");
    press(&mut composer, KeyCode::Down);
    press(&mut composer, KeyCode::Down);
    assert_eq!(composer.text(), "half");
}

#[test]
fn up_moves_through_all_lines_before_it_browses_the_history() {
    let mut composer = Composer::new("sent");
    composer.take();
    composer.insert("a\r\nb");
    press(&mut composer, KeyCode::Up);
    assert_eq!(composer.text(), "a\nb");
    press(&mut composer, KeyCode::Up);
    assert_eq!(composer.text(), "sent");
}

#[test]
fn edited_history_line_is_kept_until_a_line_is_sent() {
    let mut composer = Composer::new("");
    for line in ["one", "two"] {
        composer.set(line);
        composer.take();
    }
    composer.set("half");
    press(&mut composer, KeyCode::Up);
    press(&mut composer, KeyCode::Char('!'));
    press(&mut composer, KeyCode::Down);
    press(&mut composer, KeyCode::Char('?'));
    assert_eq!(composer.text(), "half?");
    press(&mut composer, KeyCode::Up);
    assert_eq!(composer.text(), "two!");
    press(&mut composer, KeyCode::Up);
    press(&mut composer, KeyCode::Down);
    assert_eq!(composer.take(), "two!", "the shown line is sent");
    for earlier in ["two!", "half?", "two", "one"] {
        press(&mut composer, KeyCode::Up);
        assert_eq!(composer.text(), earlier, "earlier sent lines are unchanged");
    }
}

/// Clusters of several `char`s: a flag, a family, a skin tone, two keycaps, a heart with a variation selector,
/// combining marks, and Hangul from its parts.
const CLUSTERS: [&str; 8] = ["🇧🇷", "👨‍👩‍👧‍👦", "👍🏽", "1️⃣", "#️⃣", "❤️", "e\u{301}\u{323}", "\u{1112}\u{1161}\u{11ab}"];

#[test]
fn cursor_and_deletion_treat_a_cluster_as_one_character() {
    for cluster in CLUSTERS {
        let text = format!("a{cluster}{cluster}b\n{cluster}");
        let long = cluster.len();
        let expected = [2 * long + 3, 2 * long + 2, 2 * long + 1, long + 1, 1, 0];
        for (left, right) in [
            (KeyEvent::new(KeyCode::Left, NONE), KeyEvent::new(KeyCode::Right, NONE)),
            (KeyEvent::new(KeyCode::Char('b'), CONTROL), KeyEvent::new(KeyCode::Char('f'), CONTROL)),
        ] {
            let mut composer = Composer::new(&text);
            for position in expected {
                assert!(!composer.key(left));
                assert_eq!(composer.cursor(), position, "{cluster}");
            }
            for position in expected.into_iter().rev().skip(1).chain([text.len()]) {
                composer.key(right);
                assert_eq!(composer.cursor(), position, "{cluster}");
            }
        }
        for (back, forward) in [
            (KeyEvent::new(KeyCode::Backspace, NONE), KeyEvent::new(KeyCode::Delete, NONE)),
            (KeyEvent::new(KeyCode::Char('h'), CONTROL), KeyEvent::new(KeyCode::Char('d'), CONTROL)),
        ] {
            let mut composer = Composer::new(&text);
            for left in ["a**b\n", "a**b", "a**", "a*"] {
                assert!(composer.key(back));
                assert_eq!(composer.text(), left.replace('*', cluster));
            }
            let mut composer = Composer::new(&text);
            composer.buffer.go_to(1);
            for left in ["a*b\n*", "ab\n*", "a\n*"] {
                assert!(composer.key(forward));
                assert_eq!(composer.text(), left.replace('*', cluster));
            }
        }
    }
}

#[test]
fn word_commands_never_split_a_cluster() {
    for cluster in CLUSTERS {
        for (code, modifiers) in [
            (KeyCode::Char('w'), CONTROL),
            (KeyCode::Backspace, CONTROL),
            (KeyCode::Backspace, ALT),
            (KeyCode::Delete, CONTROL),
            (KeyCode::Char('d'), ALT),
            (KeyCode::Left, CONTROL),
            (KeyCode::Right, CONTROL),
        ] {
            let line = format!("{cluster}.{cluster} {cluster}{cluster}a");
            for (position, _) in line.grapheme_indices(true) {
                let mut composer = Composer::new(&line);
                composer.buffer.go_to(position);
                composer.key(KeyEvent::new(code, modifiers));
                let left = composer.text();
                let edges: Vec<usize> = left.grapheme_indices(true).map(|(at, _)| at).chain([left.len()]).collect();
                assert!(edges.contains(&composer.cursor()), "{left:?}");
                let rest = left.replace(cluster, "");
                assert!(rest.chars().all(|c| ". a".contains(c)), "{line:?} {position} {code:?}: {left:?}");
                if left != line {
                    composer.key(KeyEvent::new(KeyCode::Char('y'), CONTROL));
                    assert_eq!(composer.text(), line, "Ctrl-Y restores everything that was killed");
                }
            }
        }
    }
}

/// Presses keys with Ctrl (`^a`) or Alt (`~b`), and types all other characters.
fn press_all(composer: &mut Composer, keys: &str) {
    let mut modifiers = NONE;
    for c in keys.chars() {
        match c {
            '^' => modifiers = CONTROL,
            '~' => modifiers = ALT,
            c => {
                composer.key(KeyEvent::new(KeyCode::Char(c), modifiers));
                modifiers = NONE;
            }
        }
    }
}

#[test]
fn keys_of_readline_edit_the_text() {
    for (keys, text) in [
        ("two^aone ^e!", "one two!"),
        ("ac^bb^f!", "abc!"),
        ("one two~b~bx~fy", "xoney two"),
        ("one two-three^w", "one "),
        ("one two^b^b^k", "one t"),
        ("one two^b^b^u", "wo"),
        ("one two^w^yx^y", "one twoxtwo"),
        ("one two three^w^w^y", "one two three"),
        ("one two^a~d~d^y", "one two"),
        ("one two^a^k^y^y", "one twoone two"),
        ("one^wtwo^w^y", "two"),
        ("ab^t", "ba"),
        ("abc^b^tx", "acbx"),
        ("a^t", "a"),
        ("abc^a^t", "abc"),
        ("a🇧🇷^t", "🇧🇷a"),
        ("abc^b^d", "ab"),
        ("^d^w^u^k^y^t", ""),
    ] {
        let mut composer = Composer::default();
        press_all(&mut composer, keys);
        assert_eq!(composer.as_str(), text, "{keys}");
    }
}

#[test]
fn kills_at_the_edge_of_a_line_take_the_line_feed() {
    for (keys, text) in [("^u", "one\n"), ("^u^u", "one"), ("^a^b^k", "onetwo"), ("^u^u^y", "one\ntwo")] {
        let mut composer = Composer::new("one\ntwo");
        press_all(&mut composer, keys);
        assert_eq!(composer.as_str(), text, "{keys}");
    }
}

#[test]
fn undo_takes_back_one_word_or_one_command() {
    let mut composer = Composer::new("draft");
    press_all(&mut composer, " one two^w^a^t^f^t");
    for text in ["draft one ", "draft one two", "draft one", "draft", "draft"] {
        press_all(&mut composer, if text == "draft one " { "^_" } else { "^/" });
        assert_eq!(composer.as_str(), text);
    }
    composer.clear();
    press_all(&mut composer, "^7");
    assert_eq!(composer.as_str(), "draft", "clearing can be undone");
    composer.take();
    assert!(!composer.key(KeyEvent::new(KeyCode::Char('_'), CONTROL)), "sending cannot");
}

#[test]
fn up_and_down_move_through_wrapped_rows_before_the_history() {
    let mut composer = Composer::new("sent");
    composer.take();
    composer.set("a long first row and a short\none");
    let mut places = Vec::new();
    for code in [KeyCode::Up, KeyCode::Up, KeyCode::Down, KeyCode::Down, KeyCode::Up, KeyCode::Up] {
        composer.key_in_rows(KeyEvent::new(code, NONE), 18);
        places.push(composer.rows(18).place(composer.cursor()));
    }
    assert_eq!(
        places,
        [(3, 1), (3, 0), (3, 1), (3, 2), (3, 1), (3, 0)],
        "the rows: a long first row | and a short | one"
    );
    press_all(&mut composer, "^e");
    composer.key_in_rows(KeyEvent::new(KeyCode::Up, NONE), 18);
    composer.key_in_rows(KeyEvent::new(KeyCode::Up, NONE), 18);
    assert_eq!(composer.as_str(), "sent");
}

#[test]
fn cursor_keeps_its_column_across_a_shorter_row() {
    let mut composer = Composer::new("longer\na\nlonger");
    press_all(&mut composer, "^b");
    for place in [(1, 1), (5, 0)] {
        press(&mut composer, KeyCode::Up);
        assert_eq!(composer.rows(20).place(composer.cursor()), place);
    }
}

#[test]
fn sent_lines_are_searched_while_typing() {
    let mut composer = Composer::default();
    let lines = ["the pump stands", "the Pump runs", "valve"].map(str::to_owned);
    composer.set("half");
    let search = |composer: &mut Composer, keys: &str| {
        for c in keys.chars() {
            match c {
                '^' => composer.search_older(&lines),
                c => assert!(composer.search_key(KeyEvent::new(KeyCode::Char(c), NONE))),
            }
        }
        (composer.text(), composer.search().is_some_and(|search| search.is_found))
    };
    assert_eq!(search(&mut composer, "^"), ("half".into(), true));
    assert_eq!(search(&mut composer, "pump"), ("the Pump runs".into(), true));
    assert_eq!(search(&mut composer, "^"), ("the pump stands".into(), true));
    assert_eq!(composer.cursor(), 4, "the cursor is where the words are");
    assert_eq!(search(&mut composer, "^"), ("the pump stands".into(), false));
    assert!(composer.search_key(KeyEvent::new(KeyCode::Esc, NONE)));
    assert_eq!((composer.as_str(), composer.cursor()), ("half", 4));
    assert_eq!(search(&mut composer, "^vx"), ("half".into(), false), "no line is shown that does not match");
    composer.search_key(KeyEvent::new(KeyCode::Backspace, NONE));
    assert!(composer.search_key(KeyEvent::new(KeyCode::Enter, NONE)), "Enter takes the line, but does not send it");
    assert_eq!((composer.as_str(), composer.search().is_none()), ("valve", true));
    composer.search_older(&lines);
    assert!(!composer.search_key(KeyEvent::new(KeyCode::Char('a'), CONTROL)), "other keys do what they always do");
    assert!(composer.search().is_none());
}

#[test]
fn search_starts_over_after_all_its_letters_are_deleted() {
    let mut composer = Composer::default();
    composer.search_older(&["the pump stands", "valve"].map(str::to_owned));
    for (code, found) in [
        (KeyCode::Char('t'), "the pump stands"),
        (KeyCode::Backspace, "the pump stands"),
        (KeyCode::Char('v'), "valve"),
    ] {
        composer.search_key(KeyEvent::new(code, NONE));
        assert_eq!(composer.as_str(), found);
    }
}

/// A composer that holds a line.
fn holding(line: &str) -> Composer {
    let mut composer = Composer::new(line);
    composer.hold();
    composer
}

#[test]
fn character_or_paste_replaces_a_held_line_and_undo_brings_it_back() {
    let mut composer = holding("/qiut now");
    press_all(&mut composer, "hi");
    assert_eq!(composer.as_str(), "hi");
    press(&mut composer, KeyCode::Up);
    assert_eq!(composer.as_str(), "/qiut now", "it is among the sent lines");
    let mut composer = holding("/qiut now");
    press_all(&mut composer, "hi^_");
    assert_eq!((composer.as_str(), composer.is_held()), ("/qiut now", false));
    let mut composer = holding("/qiut now");
    composer.insert("pasted");
    assert_eq!(composer.as_str(), "pasted");
    press_all(&mut composer, "^_");
    assert_eq!(composer.as_str(), "/qiut now");
}

#[test]
fn other_keys_keep_a_held_line_and_end_the_hold() {
    for (keys, text) in
        [("^b!", "one tw!o"), ("^a!", "!one two"), ("^h!", "one tw!"), ("^w!", "one !"), ("~b!", "one !two")]
    {
        let mut composer = holding("one two");
        press_all(&mut composer, keys);
        assert_eq!(composer.as_str(), text, "{keys}");
    }
}

#[test]
fn shell_keys_walk_through_sent_lines_and_words() {
    let mut composer = Composer::new("sent");
    composer.take();
    press_all(&mut composer, "half^p");
    assert_eq!(composer.as_str(), "sent");
    press_all(&mut composer, "^n");
    assert_eq!(composer.as_str(), "half");
    press_all(&mut composer, " a word");
    composer.key(KeyEvent::new(KeyCode::Left, ALT));
    assert_eq!(composer.cursor(), 7);
    composer.key(KeyEvent::new(KeyCode::Right, ALT));
    assert_eq!(composer.cursor(), 11);
}

#[test]
fn shift_does_not_select_text() {
    let mut composer = Composer::new("ab");
    composer.key(KeyEvent::new(KeyCode::Left, KeyModifiers::SHIFT));
    composer.key(KeyEvent::new(KeyCode::Home, KeyModifiers::SHIFT));
    press(&mut composer, KeyCode::Char('x'));
    assert_eq!(composer.text(), "xab");
}

#[test]
fn very_long_line_can_be_edited() {
    let mut composer = Composer::new(&"é".repeat(70_000));
    press(&mut composer, KeyCode::Left);
    press(&mut composer, KeyCode::Backspace);
    press(&mut composer, KeyCode::Delete);
    assert_eq!((composer.text().chars().count(), composer.cursor()), (69_998, 2 * 69_998));
}

#[test]
fn imported_removes_byte_order_mark_and_carriage_returns() {
    assert_eq!(imported("\u{feff}one\r\ntwo\rthree\n\u{feff}"), "one\ntwo\nthree\n\u{feff}");
}
