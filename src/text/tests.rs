use proptest::prelude::*;

use super::*;

#[test]
fn ordinary_text_of_any_script_passes_unchanged() {
    for text in [
        "plain, with (signs) & digits 42",
        "Zoë naïve ångström",
        "日本語テキスト",
        "שלום עולם",
        "नमस्ते क्षि",
        "می‌خواهم",
        "👩‍👩‍👧‍👦 👍🏽 ❤️ 🇧🇷 👩‍❤️‍💋‍👨",
        "e\u{301}\u{323}",
    ] {
        assert_eq!(safe(text), text);
    }
}

#[test]
fn fast_path_agrees_with_unicode_tables() {
    let letters: Vec<char> = ('\0'..=char::MAX).filter(|c| is_plain_letter(*c)).collect();
    assert!(letters.len() > 900);
    for letter in letters {
        let text = format!("{letter}{letter}");
        assert!(!is_deceptive(letter) && !is_mark(letter), "{letter:?}");
        let widths: Vec<usize> = text.graphemes(true).map(cluster_width).collect();
        assert_eq!(widths, [1, 1], "{letter:?}");
    }
}

#[test]
fn control_characters_are_shown_as_marks() {
    let cases = [
        ("\u{1b}[2J\u{7}", "␛[2J␇"),
        ("a\0b\u{7f}", "a␀b␡"),
        ("\u{9b}31m", "‹U+009B›31m"),
        ("exe\u{202e}gpj", "exe‹U+202E›gpj"),
        ("\u{2066}x\u{2069}", "‹U+2066›x‹U+2069›"),
        ("\u{200e}\u{200f}\u{61c}", "‹U+200E›‹U+200F›‹U+061C›"),
        ("a\u{2028}b\u{2029}", "a‹U+2028›b‹U+2029›"),
        ("pay\u{200b}pal\u{feff}", "pay‹U+200B›pal‹U+FEFF›"),
        ("a\u{200d}b\u{200c}c", "a‹U+200D›b‹U+200C›c"),
        ("\u{e000}\u{e0041}\u{fdd0}", "‹U+E000›‹U+E0041›‹U+FDD0›"),
        ("a\tb", "a    b"),
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
    ];
    for (raw, shown) in cases {
        assert_eq!(safe(raw), shown, "{raw:?}");
    }
    assert_eq!(safe_line("a\r\nb"), "a␊b");
}

#[test]
fn excess_combining_marks_are_cut_and_counted() {
    let tower = format!("z{}", "\u{301}".repeat(100));
    assert_eq!(safe(&tower), format!("z{}‹+96›", "\u{301}".repeat(4)));
    assert_eq!(safe("\u{301}a"), "◌\u{301}a", "a mark never combines with text before it");
    assert_eq!(wrap(&safe("0 \u{fe0f}"), 1), ["0", "◌\u{fe0f}"], "nor with text before a space");
}

#[test]
fn overlong_emoji_sequences_are_split() {
    let chain = vec!["👩"; 40].join("\u{200d}");
    let shown = safe(&chain);
    assert!(shown.contains("‹U+200D›"));
    assert_eq!(shown.matches('👩').count(), 40);
}

#[test]
fn wide_characters_are_never_split() {
    assert_eq!(truncate("日本語", 6), "日本語");
    assert_eq!(truncate("日本語", 5), "日本…");
    assert_eq!(truncate("日本語", 4), "日…");
    assert_eq!(fit("日本語", 4), "日… ");
    assert_eq!(truncate("ab", 1), "…");
    assert_eq!(truncate("ab", 0), "");
}

#[test]
fn lines_break_at_words_then_anywhere() {
    assert_eq!(wrap("the quick brown fox", 10), ["the quick", "brown fox"]);
    assert_eq!(wrap("a verylongword b", 6), ["a", "verylo", "ngword", "b"]);
    assert_eq!(wrap("日本語テキスト", 5), ["日本", "語テ", "キス", "ト"]);
    assert_eq!(wrap("  indented\n\nlast", 20), ["  indented", "", "last"]);
    assert_eq!(wrap("ภาษาไทย ภาษาไทย", 8), ["ภาษาไทย", "ภาษาไทย"]);
    assert_eq!(wrap("日本", 1), ["…", "…"]);
    assert_eq!(wrap("abc", 0), Vec::<String>::new());
}

proptest! {
    #[test]
    fn any_bytes_become_harmless_rows_that_fit(bytes in any::<Vec<u8>>(), columns in 0_usize..30) {
        check_rows(&String::from_utf8_lossy(&bytes), columns)?;
    }

    #[test]
    fn any_characters_become_harmless_rows_that_fit(text in hostile(), columns in 0_usize..30) {
        check_rows(&text, columns)?;
    }

    #[test]
    fn printable_text_is_kept(text in "[ -~äß日本Ω👍]{0,80}", columns in 2_usize..30) {
        let without_spaces = |text: &str| text.replace(' ', "");
        let rows = wrap(&safe(&text), columns).concat();
        prop_assert_eq!(without_spaces(&rows), without_spaces(&text));
    }

    #[test]
    fn lines_break_where_the_unicode_tables_allow(line in "[a-c1éñß '.,:;!?жΩ]{0,30}") {
        let words = |separator: WordSeparator| separator.find_words(&line).collect::<Vec<_>>();
        let by_tables = words(WordSeparator::UnicodeBreakProperties);
        prop_assert!(!breaks_at_spaces(&line) || words(WordSeparator::AsciiSpace) == by_tables, "{:?}", by_tables);
    }

    #[test]
    fn ascii_lines_break_as_their_words_do(line in "[abc ]{0,40}", columns in 1_usize..12) {
        let (mut rows, mut by_words) = (Vec::new(), Vec::new());
        wrap_ascii(&line, columns, &mut rows);
        wrap_words(&line, WordSeparator::AsciiSpace, columns, &mut by_words);
        prop_assert_eq!(rows, by_words);
    }

    #[test]
    fn fitted_text_has_the_requested_width(text in hostile(), columns in 0_usize..30) {
        let shown = safe_line(&text);
        for row in wrap_anywhere(&shown, columns) {
            prop_assert!(width(&row) <= columns, "{:?}", row);
        }
        prop_assert!(width(&truncate(&shown, columns)) <= columns);
        prop_assert_eq!(width(&fit(&shown, columns)), columns);
    }
}

/// Text with many problematic characters: joiners, combining marks, controls, jamo, flags, wide characters.
fn hostile() -> impl Strategy<Value = String> {
    let troublesome = prop::sample::select(
        "a \u{301}\u{200d}\u{200c}\u{fe0f}👩🏽🇧日\u{1100}\u{1161}\u{11a8}\u{ff9e}\u{202e}\u{1b}\n\r\u{915}\u{94d}\u{937}\u{600}-"
            .chars()
            .collect::<Vec<_>>(),
    );
    prop::collection::vec(prop_oneof![3 => troublesome, 1 => any::<char>()], 0..60)
        .prop_map(|chars| chars.into_iter().collect())
}

fn check_rows(text: &str, columns: usize) -> Result<(), TestCaseError> {
    let shown = safe(text);
    prop_assert!(!shown.chars().any(|c| c.is_control() && c != '\n'), "{shown:?}");
    let is_hidden = shown.contains(['\u{202e}', '\u{2066}', '\u{200e}', '\u{2028}', '\u{feff}']);
    prop_assert!(!is_hidden, "{shown:?}");
    for row in wrap(&shown, columns) {
        prop_assert!(width(&row) <= columns, "{row:?}");
        prop_assert!(!row.contains('\n'));
    }
    Ok(())
}
