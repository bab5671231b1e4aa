//! Message info: when it was written, and who has received it. For changes of a group, each with its time.

use super::draw::{Draw, Surface};
use crate::{
    app::{Details, Tab, changes_text, localized},
    domain::{ChatMessage, ConversationId, DeliveryProgress, Relation},
    ui::{popup, row::Row, screen::Screen, tabs, text, theme::Role},
};

const WIDTH: u16 = 48;
/// The width of the time of a change.
const TIME_WIDTH: usize = 6;
/// The text keys of the labels. Their column is as wide as the widest.
const LABELS: [&str; 6] =
    ["details-by", "details-on", "details-answers", "details-edits", "details-failed", "details-session"];

impl Draw for Details {
    fn draw(&self, surface: &mut Surface<'_>) {
        let screen = surface.screen;
        let Some(tab) = screen.model.chats.active_tab() else { return };
        let Some(message) = tab.window.get(self.seq) else { return };
        let columns = popup::columns(WIDTH, surface.area).into();
        let (title, rows) = match message.as_change() {
            Some(_) => ("details-changes", changes(screen, tab, self.seq, columns)),
            None => ("details-title", Lines::new(screen, columns).of_message(tab, self.seq, message)),
        };
        surface.open_rows(&screen.translate(title), WIDTH, rows, |overflow| self.scroll.min(overflow));
    }
}

/// The changes of a group that are one line in the chat: `09:12 bob joined`.
fn changes(screen: Screen<'_>, tab: &Tab, seq: u64, columns: usize) -> Vec<Row> {
    let lines = Lines { screen, label_width: TIME_WIDTH, room: columns.saturating_sub(TIME_WIDTH).max(1) };
    let run = screen.model.layout.chat.run_of(seq).cloned().unwrap_or(seq..=seq);
    let mut rows = Vec::new();
    for message in run.filter_map(|seq| tab.window.get(seq)) {
        let Some(change) = message.as_change() else { continue };
        let words = changes_text([change], |user| screen.model.lookalikes.display_name(user));
        rows.extend(lines.line(&screen.clock.time(message.at), &screen.translate(words), Role::Text));
    }
    rows
}

/// Makes lines with a label, or a tick, at their left.
struct Lines<'s> {
    screen: Screen<'s>,
    label_width: usize,
    /// The columns beside the labels.
    room: usize,
}

impl<'s> Lines<'s> {
    fn new(screen: Screen<'s>, columns: usize) -> Self {
        let label_width = LABELS.iter().map(|label| text::width(&screen.translate(*label))).max().unwrap_or(0) + 2;
        Self { screen, label_width, room: columns.saturating_sub(label_width) }
    }

    /// The rows of a line, wrapped beside its label.
    fn line(&self, label: &str, words: &str, role: Role) -> impl Iterator<Item = Row> {
        let label_role = if label.starts_with('✓') { role } else { Role::Dim };
        let (label_style, style) = (self.screen.style(label_role), self.screen.style(role));
        let labels =
            std::iter::once(text::fit(label, self.label_width)).chain(std::iter::repeat(" ".repeat(self.label_width)));
        let rows = text::wrap(&text::safe(words), self.room);
        labels.zip(rows).map(move |(label, words)| Row::of(label, label_style).with(words, style))
    }

    fn of_message(&self, tab: &Tab, seq: u64, message: &ChatMessage) -> Vec<Row> {
        let screen = self.screen;
        let mut rows = Vec::new();
        let mut add = |label: &str, words: &str, role| rows.extend(self.line(label, words, role));
        let author = screen.translate(screen.model.lookalikes.display_name(&message.author));
        add(&screen.translate("details-by"), &author, Role::Text);
        add(&screen.translate("details-on"), &screen.clock.day_and_time(message.at), Role::Text);
        if message.clock_is_off {
            add("", &screen.translate("details-clock"), Role::Warning);
        }
        if message.is_edited {
            let heading = if message.earlier.is_empty() { "details-edited" } else { "details-earlier" };
            add("", &screen.translate(heading), Role::Dim);
        }
        for earlier in &message.earlier {
            add(&format!("→ {}", screen.clock.time(earlier.replaced_at)), &earlier.text, Role::Text);
        }
        if let Some(relation) = message.relation {
            let is_reply = matches!(relation, Relation::Answers(_));
            let what = screen.translate(if is_reply { "details-answers" } else { "details-edits" });
            let earlier = tab
                .quoted(relation.id())
                .map_or_else(|| screen.translate("earlier-message"), |(_, earlier)| screen.translate(&earlier.body));
            add(&what, text::first_line(&earlier), Role::Dim);
        }
        if let Some(failure) = &message.failure {
            add(&screen.translate("details-failed"), &screen.translate(failure), Role::Error);
        }
        let chat = screen.peer.chat(&tab.chat);
        let conversation = chat.as_ref().and_then(|chat| chat.locate(seq)).map(|(conversation, _)| conversation);
        let number = message.sequence_number.filter(|_| message.author == *screen.peer.me());
        if let (Some(conversation), Some(n)) = (conversation, number) {
            let mut recipients: Vec<_> = screen.peer.recipients(conversation, n).collect();
            let acked_and_read = |progress: &DeliveryProgress| (progress.has(n), progress.has_read(n));
            recipients.sort_by_key(|(_, progress)| std::cmp::Reverse(acked_and_read(progress)));
            if recipients.is_empty() && message.failure.is_none() {
                match screen.peer.reach(conversation, n) {
                    Some(reach) => {
                        let words = localized!("details-reached", count = reach.count, of = reach.of);
                        add("✓✓", &screen.translate(words), Role::Tick);
                    }
                    None => add("", &screen.translate("details-plain"), Role::Dim),
                }
            }
            for (user, progress) in recipients {
                let (tick, words, role) = match acked_and_read(progress) {
                    (_, true) => ("✓✓", screen.translate("details-read"), Role::TickRead),
                    (true, false) => ("✓✓", screen.translate("details-has"), Role::Tick),
                    (false, false) => ("…", screen.translate("details-has-not"), Role::Dim),
                };
                add(tick, &format!("{user} {words}"), role);
            }
        }
        if let Some((topic, state)) = conversation.and_then(|id| session(screen, id)) {
            add(&screen.translate("details-session"), &topic, Role::Dim);
            add("", &state, Role::Dim);
        }
        rows
    }
}

/// The session that the message is from: its topic; when it began and whether it is open. Nothing for a group.
fn session(screen: Screen<'_>, id: &ConversationId) -> Option<(String, String)> {
    let ConversationId::Session(session) = id else { return None };
    let known = screen.peer.conversations().get(id)?;
    let began = screen.clock.day_and_time(session.started.millis().unwrap_or(known.since));
    let state = screen.translate(tabs::note(known.phase).unwrap_or("phase-open"));
    Some((id.to_string(), screen.translate(localized!("details-session-began", began, state))))
}
