//! User actions in papo. Only this file knows their keys; tests that are not about keys call these methods.
#![allow(dead_code, reason = "each test binary uses what it needs")]
#![allow(clippy::disallowed_methods, reason = "a test waits in real time")]

use std::{thread, time::Duration};

use crate::terminal::Terminal;

/// Ctrl-Q.
const QUIT: &str = "\x11";
/// Alt-I: opens the inbox.
pub const INBOX: &str = "\x1bi";
/// Accepts the selected request in the inbox.
pub const ACCEPT: &str = "a";
/// How long papo shows a question before it takes an answer.
const QUESTION_READ: Duration = Duration::from_millis(400);
/// How long after a chat came to the front by itself papo asks before it sends a line that is begun there.
pub const TITLE_READ: Duration = Duration::from_secs(2);
/// Longer than papo takes what is typed after a letter that was a key for a text.
const KEY_READ: Duration = Duration::from_millis(700);
/// Alt-A: shows the next chat with unread messages.
pub const NEXT_UNREAD: &str = "\x1ba";

/// Quits papo, and waits until it has ended.
#[track_caller]
pub fn quit(mut papo: Terminal) {
    papo.quits();
}

fn header(screen: &str) -> &str {
    screen.lines().next().unwrap_or_default()
}

impl Terminal {
    /// Presses the key that quits.
    pub fn presses_quit(&mut self) -> &mut Self {
        self.keys(QUIT)
    }

    /// Quits, and waits until papo has ended.
    #[track_caller]
    pub fn quits(&mut self) {
        self.presses_quit();
        assert_eq!(self.ends(), 0);
    }

    pub fn opens_users(&mut self) -> &mut Self {
        self.keys("\x1bu")
    }

    pub fn opens_groups(&mut self) -> &mut Self {
        self.keys("\x1bg")
    }

    pub fn opens_inbox(&mut self) -> &mut Self {
        self.keys(INBOX)
    }

    pub fn opens_composer(&mut self) -> &mut Self {
        self.keys("\x1bc")
    }

    /// Shows the tab with this number.
    pub fn opens_tab(&mut self, number: u8) -> &mut Self {
        self.keys(&format!("\x1b{number}"))
    }

    /// Shows the next chat with unread messages.
    pub fn opens_unread(&mut self) -> &mut Self {
        self.keys(NEXT_UNREAD)
    }

    /// Lists the members of the selected group.
    #[track_caller]
    pub fn opens_members(&mut self) -> &mut Self {
        self.opens_groups().keys("m").shows("leads");
        self
    }

    /// Lists the requests that were sent.
    pub fn opens_sent_requests(&mut self) -> &mut Self {
        self.opens_inbox().keys("c")
    }

    pub fn opens_outbox(&mut self) -> &mut Self {
        self.keys("\x1bo")
    }

    pub fn opens_chat_list(&mut self) -> &mut Self {
        self.keys("\x1bt")
    }

    /// Lists papo's notices.
    pub fn opens_log(&mut self) -> &mut Self {
        self.keys("\x1bl")
    }

    /// Focuses the composer, types a message or a command, and presses Enter.
    pub fn composes(&mut self, text: &str) -> &mut Self {
        self.opens_composer().types_line(text)
    }

    /// Deletes what is written so far in the composer.
    pub fn clears_composer(&mut self) -> &mut Self {
        self.keys("\x15")
    }

    /// Waits for a question that asks for a name, reads it, and confirms it.
    #[track_caller]
    pub fn types_name(&mut self, question: &str) -> &mut Self {
        self.reads(question);
        let words = self.screen().split_whitespace().collect::<Vec<_>>().join(" ");
        let asked = words.rsplit_once(", then Enter").and_then(|(before, _)| before.rsplit_once(" Type "));
        let (_, name) = asked.unwrap_or_else(|| panic!("no question asks for a name:\n{}", self.screen()));
        self.types_line(name)
    }

    /// Waits for a question, reads it, and confirms it with Enter.
    #[track_caller]
    pub fn confirms(&mut self, question: &str) -> &mut Self {
        self.reads(question).keys("\r")
    }

    /// Waits for a question, and reads it.
    #[track_caller]
    fn reads(&mut self, question: &str) -> &mut Self {
        self.shows(question);
        thread::sleep(QUESTION_READ);
        self
    }

    /// Presses a letter that leads to a prompt or an overlay, and looks before typing on.
    pub fn looks_after(&mut self, key: &str) -> &mut Self {
        self.keys(key);
        thread::sleep(KEY_READ);
        self
    }

    /// Waits for a question to which a second Enter is the answer, and presses it.
    #[track_caller]
    pub fn presses_enter_again(&mut self) -> &mut Self {
        self.confirms("Enter again")
    }

    /// Requests a chat with a user.
    #[track_caller]
    pub fn asks(&mut self, user: &str) -> &mut Self {
        self.composes(&format!("/request {user}")).presses_enter_again()
    }

    /// Goes to the inbox, and accepts or denies the selected request with this key.
    #[track_caller]
    pub fn answers_in_inbox(&mut self, key: &str) -> &mut Self {
        self.opens_inbox().keys(key).presses_enter_again()
    }

    /// Waits for a request from `user`, accepts it, and looks which chat comes to the front.
    #[track_caller]
    pub fn accepts(&mut self, user: &str) -> &mut Self {
        self.is_asked_by(user).composes(&format!("/accept {user}"));
        // papo asks about a line that is sent within 0.7 s after the chat has come to the front.
        thread::sleep(TITLE_READ / 2);
        self
    }

    /// Waits for a request from `user`, and denies it.
    #[track_caller]
    pub fn denies(&mut self, user: &str) -> &mut Self {
        self.is_asked_by(user).composes(&format!("/deny {user}"))
    }

    /// Waits until a request from `user` is in the inbox.
    #[track_caller]
    fn is_asked_by(&mut self, user: &str) -> &mut Self {
        let rows = ["wants to chat", "invites", "→ #"].map(|what| format!("? {user} {what}"));
        self.until(&format!("shows a request from {user}"), |screen| rows.iter().any(|row| screen.contains(row)));
        self
    }

    /// Waits until the screen shows `text`, then reads the title of the chat that came to the front with it.
    #[track_caller]
    pub fn sees(&mut self, text: &str) -> &mut Self {
        self.shows(text);
        thread::sleep(TITLE_READ);
        self
    }

    /// Waits until everything is sent: the header counts nothing in the outbox.
    #[track_caller]
    pub fn has_sent_all(&self) -> String {
        self.until("shows that everything is sent", |screen| !header(screen).contains("outbox"))
    }

    /// Waits until everything is read: the header counts no unread messages.
    #[track_caller]
    pub fn has_read_all(&self) -> String {
        self.until("shows that everything is read", |screen| !header(screen).contains("unread"))
    }

    /// Opens a chat between `me`, who uses this papo, and `name`, who is online and uses the papo `other`.
    #[track_caller]
    pub fn opens_chat(&mut self, me: &str, other: &mut Self, name: &str) {
        self.shows(&format!("● {name}"));
        self.asks(name);
        other.accepts(me).shows(&format!("Write to {me}"));
        self.sees(&format!("{name} accepted your request"));
    }

    /// Creates a group, and shows its tab.
    #[track_caller]
    pub fn makes_group(&mut self, group: &str) -> &mut Self {
        self.composes(&format!("/group new {group}")).shows(&format!("Write to #{group}"));
        self
    }

    /// Requests to join a group.
    #[track_caller]
    pub fn joins(&mut self, group: &str) -> &mut Self {
        self.composes(&format!("/join {group}")).presses_enter_again()
    }

    #[track_caller]
    pub fn invites(&mut self, user: &str, group: &str) -> &mut Self {
        self.composes(&format!("/group invite {group} {user}")).presses_enter_again()
    }

    /// Hands the lead of a group to a member.
    #[track_caller]
    pub fn hands_over(&mut self, group: &str, member: &str) -> &mut Self {
        let command = format!("/group lead {group} {member}");
        self.composes(&command).types_name(&format!("Hand the lead of #{group} to {member}?"))
    }

    #[track_caller]
    pub fn leaves(&mut self, group: &str) {
        self.composes(&format!("/group leave {group}")).types_name(&format!("Leave #{group}?"));
    }

    #[track_caller]
    pub fn disbands(&mut self, group: &str) {
        self.composes(&format!("/group disband {group}")).types_name(&format!("Disband #{group}"));
    }
}
