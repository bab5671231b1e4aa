//! Commands of other programs that papo has no counterpart for. papo says so, and what comes nearest.
//!
//! The words are those that the manuals of `WeeChat`, irssi, iamb and siggy list. Words that papo has a command for are
//! aliases in the table of commands instead.

/// A feature that papo does not have.
#[derive(Debug, Clone, Copy)]
pub struct Missing {
    /// The words that other programs have for it.
    pub words: &'static [&'static str],
    /// The language key of the sentence that papo does not have it.
    pub text: &'static str,
    /// The command that comes nearest. Never a destructive one.
    pub nearest: Option<&'static str>,
}

macro_rules! missing {
    ($($text:literal $(near $nearest:literal)?: $($word:literal)*;)*) => {
        /// All features that papo does not have, but other programs do.
        pub const MISSING: &[Missing] = &[$(Missing {
            words: &[$($word),*],
            text: $text,
            nearest: missing!(@nearest $($nearest)?),
        }),*];
    };
    (@nearest) => { None };
    (@nearest $nearest:literal) => { Some($nearest) };
}

missing! {
    "missing-actions": "me" "action" "describe" "emote" "slap" "ame";
    "missing-topics" near "/whois": "topic" "t" "subject";
    "missing-reactions" near "/reply": "react" "unreact" "reaction" "poll" "vote";
    "missing-away" near "/whois": "away" "back" "afk" "allaway" "presence" "ison" "userhost";
    "missing-nick": "nick" "rename" "setname" "displayname" "profile" "avatar";
    "missing-files": "upload" "file" "image" "attach" "a" "download" "dcc" "xfer" "preview";
    "missing-paste" near "/editor": "paste" "pa";
    "missing-threads" near "/reply": "thread" "threads" "replied";
    "missing-rooms" near "/group new": "room" "space" "spaces" "tag";
    "missing-invite-links" near "/group invite": "invite-link" "invitelink" "share" "knock";
    "missing-servers" near "/set": "server" "servers" "connect" "network" "networks" "disconnect" "disc" "autojoin" "proxy";
    "missing-accounts": "login" "logout" "register" "account";
    "missing-encryption" near "/whois": "verify" "v" "keys" "otr" "secure" "lock" "lock-reset";
    "missing-modes" near "/members": "mode" "op" "deop" "voice" "devoice" "halfop" "dehalfop" "ban" "unban" "kickban"
        "kb" "quiet" "unquiet";
    "missing-deletion" near "/edit": "redact" "delete" "unsend" "undo";
    "missing-disappearing": "disappearing" "ephemeral";
    "missing-archive" near "/chats": "archive" "unarchive";
    "missing-scripts" near "/alias": "script" "scripts" "plugin" "perl" "python" "ruby" "lua" "tcl" "guile" "javascript"
        "php" "load" "unload" "exec" "run" "eval" "trigger" "triggers" "repeat" "wait" "foreach" "fifo" "relay" "remote"
        "print" "echo" "input" "command" "debug";
    "missing-keys" near "/help": "bind" "key" "cursor";
    "missing-layout" near "/settings": "layout" "bar" "color" "item" "zoom" "buflist" "statusbar" "format" "custom" "resize"
        "horizontal" "vertical" "only";
    "missing-lists" near "/hide": "sidebar" "sb" "filter";
    "missing-highlights" near "/notify": "hilight" "dehilight" "highlight" "bell" "beep" "hotlist" "silence";
    "missing-logger" near "/export": "logger" "cat";
    "missing-history" near "/search": "history";
    "missing-spelling": "spell" "aspell" "charset" "recode";
    "missing-saving" near "/set": "save" "toggle";
    "missing-upgrade": "upgrade" "version" "uptime" "sysinfo" "doc" "pipe";
    "missing-rejoining" near "/reconnect": "cycle" "hop" "rejoin" "rmreconns" "rmrejoins";
    "missing-broadcast" near "/msg": "allchan" "allpv" "allserv" "amsg" "notice" "squery" "wallops" "wallchops" "wall";
    "missing-irc" near "/log": "admin" "ctcp" "die" "kill" "kline" "links" "lusers" "map" "motd" "nickserv" "chanserv"
        "oper" "ping" "quote" "raw" "restart" "samode" "sajoin" "service" "servlist" "squit" "stats"
        "summon" "time" "trace" "cap" "netsplit";
    "missing-about" near "/welcome": "license" "credits";
}

/// The feature with this word.
pub fn find(word: &str) -> Option<&'static Missing> {
    MISSING.iter().find(|missing| missing.words.contains(&word))
}
