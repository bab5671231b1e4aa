//! Commands of other programs that papo has no counterpart for. papo says so, and what comes nearest.
//!
//! The words are those that the manuals of `WeeChat`, irssi, iamb, siggy and vim list. Words that papo has a command
//! for are aliases in the table of commands instead.

use crate::app::rejection::Rejection;

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

impl Missing {
    /// Why a line that begins with `word`, as the user typed it, is no command.
    pub fn rejection(self, word: String) -> Rejection {
        Rejection::Missing { text: self.text, word, nearest: self.nearest }
    }
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
    "missing-actions": "me" "action" "describe" "emote" "slap" "ame" "shrug";
    "missing-topics": "topic" "t" "subject";
    "missing-reactions" near "/reply": "react" "unreact" "reaction" "poll" "vote";
    "missing-away": "away" "back" "afk" "allaway" "presence" "ison" "userhost";
    "missing-watching" near "/users": "monitor" "watch";
    "missing-nick": "nick" "rename" "setname" "displayname" "profile" "avatar" "group rename";
    "missing-files": "upload" "file" "image" "attach" "a" "download" "dcc" "xfer" "preview" "cd";
    "missing-paste" near "/editor": "paste" "pa";
    "missing-threads" near "/reply": "thread" "threads" "replied";
    "missing-rooms" near "/group new": "room" "space" "spaces" "tag" "group set" "group topic";
    "missing-invite-links" near "/group invite": "invite-link" "invitelink" "share";
    "missing-servers" near "/set": "server" "servers" "connect" "network" "networks" "disconnect" "disc" "autojoin" "proxy";
    "missing-accounts": "login" "logout" "register" "account" "auth";
    "missing-passwords" near "/settings": "secure" "password" "passwd";
    "missing-encryption" near "/whois": "verify" "v" "keys" "otr" "lock" "lock-reset";
    "missing-modes" near "/members": "mode" "op" "deop" "voice" "devoice" "halfop" "dehalfop" "quiet" "unquiet";
    "missing-bans": "ban" "unban" "kickban" "kb" "silence";
    "missing-deletion" near "/edit": "d" "redact" "delete" "unsend" "undo" "remove";
    "missing-disappearing": "disappearing" "ephemeral";
    "missing-archive" near "/chats": "archive" "unarchive";
    "missing-forwarding" near "/copy": "forward";
    "missing-pins" near "/search": "pin" "unpin" "star" "mentions";
    "missing-sending" near "/chat": "send" "target";
    "missing-status": "status" "ping" "stats" "lusers" "trace";
    "missing-scripts" near "/alias": "script" "scripts" "plugin" "perl" "python" "ruby" "lua" "tcl" "guile" "javascript"
        "php" "load" "unload" "exec" "run" "eval" "trigger" "triggers" "repeat" "wait" "foreach" "fifo" "relay" "remote"
        "print" "echo" "input" "command" "debug";
    "missing-keys" near "/help": "bind" "key" "cursor";
    "missing-layout" near "/settings": "layout" "bar" "item" "zoom" "buflist" "statusbar" "format" "custom" "resize"
        "window zoom" "window balance" "window resize" "window grow" "window shrink" "window swap" "window bare"
        "window stick" "window move" "buffer move" "buffer swap" "buffer zoom" "buffer renumber" "buffer merge"
        "buffer unmerge" "buffer set" "buffer get" "buffer localvar" "buffer notify";
    "missing-halves" near "/split": "window splith" "window new" "window hide" "window show" "buffer cycle";
    "missing-hiding" near "/hide": "buffer hide" "buffer unhide";
    "missing-jumps" near "/unread": "buffer jump";
    "missing-scrolling": "window scroll" "window page_up" "window page_down" "window scroll_up" "window scroll_down"
        "window scroll_top" "window scroll_bottom" "window scroll_unread" "scroll";
    "missing-colors" near "/theme": "color" "colour" "colors";
    "missing-switches" near "/settings": "mouse" "typing";
    "missing-lists" near "/hide": "sidebar" "sb" "filter";
    "missing-highlights" near "/notify": "hilight" "dehilight" "highlight" "bell" "beep" "hotlist";
    "missing-logger" near "/export": "logger" "cat";
    "missing-history" near "/search": "history";
    "missing-spelling": "spell" "aspell" "charset" "recode";
    "missing-writing": "wq" "wq!" "wqa" "x" "x!" "xa" "q!" "qa!" "qall";
    "missing-opening" near "/go": "e" "enew" "vi" "vim";
    "missing-saving" near "/set": "save" "toggle";
    "missing-upgrade": "upgrade" "version" "uptime" "sysinfo" "doc" "pipe";
    "missing-rejoining": "cycle" "hop" "rejoin" "rmreconns" "rmrejoins";
    "missing-broadcast" near "/msg": "allchan" "allpv" "allserv" "amsg" "notice" "squery" "wallops" "wallchops" "wall";
    "missing-irc": "admin" "ctcp" "die" "kill" "kline" "links" "map" "motd" "nickserv" "chanserv" "oper" "quote" "raw"
        "restart" "samode" "sajoin" "service" "servlist" "squit" "summon" "time" "cap" "netsplit";
    "missing-about" near "/welcome": "license" "credits";
}

/// The feature with this word.
pub fn find(word: &str) -> Option<&'static Missing> {
    MISSING.iter().find(|missing| missing.words.contains(&word))
}
