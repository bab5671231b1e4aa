//! Suggestions for mistyped words.

/// Words that are never suggested: a user who accepts a suggestion in haste could lose something.
const DESTRUCTIVE: [&str; 17] = [
    "block",
    "clear",
    "close",
    "deny",
    "disband",
    "drop",
    "end",
    "forget",
    "hand_over",
    "interrupt",
    "kick",
    "lead",
    "leave",
    "quit",
    "remove",
    "unalias",
    "unset",
];

/// Returns whether a command or an action may lose or end something. One of several words does if its last word does.
pub fn is_destructive(name: &str) -> bool {
    name.split(' ').next_back().is_some_and(|last| DESTRUCTIVE.contains(&last))
}

/// The candidate that `word` may be meant to be: the only one that starts with it, or else the nearest one by
/// Damerau-Levenshtein distance, which is at most 1, or 2 for words of six letters and more. Never suggests a
/// destructive candidate; one of several words is destructive if its last word is.
pub fn suggestion<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let harmless: Vec<&str> = candidates.into_iter().filter(|candidate| !is_destructive(candidate)).collect();
    let mut completions = harmless.iter().filter(|candidate| !word.is_empty() && candidate.starts_with(&word));
    if let (Some(only), None) = (completions.next(), completions.next()) {
        return Some(only);
    }
    let max_distance = if word.chars().count() < 6 { 1 } else { 2 };
    let distances = harmless.iter().map(|candidate| (strsim::damerau_levenshtein(&word, candidate), *candidate));
    distances.filter(|(distance, _)| *distance <= max_distance).min().map(|(_, candidate)| candidate)
}

/// The suggestion as the end of an error message; empty if there is none.
pub fn did_you_mean(suggestion: Option<&str>) -> String {
    suggestion.map_or_else(String::new, |word| format!("; did you mean {word:?}?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unique_prefix_is_preferred_to_nearest_word() {
        let commands = ["msg", "mute", "notify", "search", "set", "show", "export", "accept"];
        let cases = [
            ("ex", Some("export")),
            ("s", None),
            ("mut", Some("mute")),
            ("acept", Some("accept")),
            ("nofity", Some("notify")),
            ("EXPROT", Some("export")),
            ("sow", Some("show")),
            ("status", None),
            ("", None),
        ];
        for (word, expected) in cases {
            assert_eq!(suggestion(word, commands), expected, "{word}");
        }
    }

    #[test]
    fn destructive_words_are_never_suggested() {
        for word in ["qiut", "dro", "forgte", "disbnd", "lave"] {
            assert_eq!(suggestion(word, DESTRUCTIVE), None, "{word}");
        }
        assert_eq!(suggestion("group leav", ["group leave", "group new"]), None);
    }
}
