//! Words that users of a shell or of IRC type alone, where papo has a command for them.

/// What users of a shell type to leave, or to get help, and the command of papo that does it.
const SHELL: &[(&str, &str)] = &[
    ("exit", "/quit"),
    ("quit", "/quit"),
    ("logout", "/quit"),
    ("help", "/help"),
    ("clear", "/clear"),
    ("ls", "/chats"),
];

/// What else users of a shell and of IRC type alone. A script may send these words.
const LONE_WORDS: &[(&str, Option<&str>)] = &[
    ("q", Some("/quit")),
    ("bye", Some("/quit")),
    ("names", Some("/members")),
    ("close", Some("/close")),
    ("part", Some("/leave")),
    ("man", Some("/help")),
    ("history", Some("/search")),
    ("pwd", None),
    ("inbox", Some("/inbox")),
    ("outbox", Some("/outbox")),
    ("users", Some("/users")),
    ("groups", Some("/groups")),
    ("accept", Some("/accept")),
    ("deny", Some("/deny")),
    ("withdraw", Some("/withdraw")),
    ("whois", Some("/whois")),
    ("reconnect", Some("/reconnect")),
];

/// Returns whether a message is one of the words of a shell that are no message even in a script.
pub fn is_shell_word(text: &str) -> bool {
    SHELL.iter().any(|(word, _)| *word == text.trim())
}

/// Returns whether a message is a word that users of a shell or of IRC type as a command.
pub fn is_lone_word(text: &str) -> bool {
    is_shell_word(text) || LONE_WORDS.iter().any(|(word, _)| *word == text.trim())
}

/// The command of papo that a message of this one word is most likely meant as.
pub fn lone_word(text: &str) -> Option<&'static str> {
    let shell = SHELL.iter().map(|(word, command)| (*word, Some(*command)));
    shell.chain(LONE_WORDS.iter().copied()).find(|(word, _)| *word == text.trim())?.1
}
