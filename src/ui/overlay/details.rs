//! Message info: when it was written, and who has received it. For changes of a group, each with its time.

use std::iter;

use super::draw::{Draw, Surface};
use crate::{
    app::{Details, Tab, changes_text, localized},
    domain::{ChatMessage, ConversationId, DeliveryProgress, Relation},
    ui::{popup, row::Row, screen::Screen, tabs, text, theme::Role},
};

const WIDTH: u16 = 48;
/// The text keys of the labels. Their column is as wide as the widest.
const LABELS: [&str; 6] =
    ["details-by", "details-on", "details-answers", "details-edits", "details-failed", "details-session"];

impl Draw for Details {
    fn draw(&self, surface: &mut Surface<'_>) {
        let screen = surface.screen;
        let Some(tab) = screen.model.chats.active_tab() else { return };
        let Some(message) = tab.window.get(self.seq) else { return };
        let (title, rows) = if message.as_change().is_some() {
            let columns = popup::columns(WIDTH, surface.area).into();
            ("details-changes", changes(screen, tab, self.seq, columns))
        } else {
            ("details-title", rows(screen, tab, self.seq, message))
        };
        surface.open_rows(&screen.translate(title), WIDTH, rows, |overflow| self.scroll.min(overflow));
    }
}

/// The changes of a group that are one line in the chat: `09:12 bob joined`.
fn changes(screen: Screen<'_>, tab: &Tab, seq: u64, columns: usize) -> Vec<Row> {
    let run = screen.model.layout.chat.run_of(seq).cloned().unwrap_or(seq..=seq);
    let rows = |message: &ChatMessage| {
        let words = changes_text(message.as_change(), |user| screen.model.lookalikes.display_name(user));
        let time = format!("{} ", screen.clock.time(message.at));
        let indent = text::width(&time);
        let lines = text::wrap(&text::safe(&screen.translate(words)), columns.saturating_sub(indent).max(1));
        let heads = iter::once(time).chain(iter::repeat(String::new()));
        let row = |(head, line): (String, &String)| {
            Row::of(text::fit(&head, indent), screen.style(Role::Dim)).with(line, screen.style(Role::Text))
        };
        heads.zip(&lines).map(row).collect::<Vec<_>>()
    };
    run.filter_map(|seq| tab.window.get(seq)).filter(|message| message.as_change().is_some()).flat_map(rows).collect()
}

fn rows(screen: Screen<'_>, tab: &Tab, seq: u64, message: &ChatMessage) -> Vec<Row> {
    let label_width = LABELS.iter().map(|label| text::width(&screen.translate(*label))).max().unwrap_or(0) + 2;
    let line = |label: &str, words: &str, role| line(screen, label_width, label, words, role);
    let author = screen.translate(screen.model.lookalikes.display_name(&message.author));
    let mut rows = vec![
        line(&screen.translate("details-by"), &author, Role::Text),
        line(&screen.translate("details-on"), &screen.clock.day_and_time(message.at), Role::Text),
    ];
    if message.clock_is_off {
        let room = usize::from(WIDTH).saturating_sub(label_width + 4);
        let words = text::wrap(&screen.translate("details-clock"), room);
        rows.extend(words.iter().map(|words| line("", words, Role::Warning)));
    }
    if message.is_edited {
        let heading = if message.earlier.is_empty() { "details-edited" } else { "details-earlier" };
        rows.push(line("", &screen.translate(heading), Role::Dim));
    }
    for earlier in &message.earlier {
        let until = format!("→ {}", screen.clock.time(earlier.replaced_at));
        rows.push(line(&until, &earlier.text, Role::Text));
    }
    if let Some(relation) = message.relation {
        let is_reply = matches!(relation, Relation::Answers(_));
        let what = screen.translate(if is_reply { "details-answers" } else { "details-edits" });
        let earlier = tab
            .quoted(relation.id())
            .map_or_else(|| screen.translate("earlier-message"), |(_, earlier)| screen.translate(&earlier.body));
        rows.push(line(&what, &earlier, Role::Dim));
    }
    if let Some(failure) = &message.failure {
        rows.push(line(&screen.translate("details-failed"), &screen.translate(failure), Role::Error));
    }
    let chat = screen.peer.chat(&tab.chat);
    let conversation = chat.as_ref().and_then(|chat| chat.locate(seq)).map(|(conversation, _)| conversation);
    let number = message.sequence_number.filter(|_| message.author == *screen.peer.me());
    if let (Some(conversation), Some(n)) = (conversation, number) {
        let mut recipients: Vec<_> = screen.peer.recipients(conversation, n).collect();
        let acked_and_read = |progress: &DeliveryProgress| (progress.has(n), progress.has_read(n));
        recipients.sort_by_key(|(_, progress)| std::cmp::Reverse(acked_and_read(progress)));
        if recipients.is_empty() && message.failure.is_none() {
            rows.push(line("", &screen.translate("details-plain"), Role::Dim));
        }
        for (user, progress) in recipients {
            let (tick, words, role) = match acked_and_read(progress) {
                (_, true) => ("✓✓", screen.translate("details-read"), Role::TickRead),
                (true, false) => ("✓✓", screen.translate("details-has"), Role::Tick),
                (false, false) => ("…", screen.translate("details-has-not"), Role::Dim),
            };
            rows.push(line(tick, &format!("{user} {words}"), role));
        }
    }
    let sessions = conversation.into_iter().flat_map(|id| session(screen, id, label_width));
    rows.extend(sessions.map(|(label, words)| line(&label, &words, Role::Dim)));
    rows
}

/// The session that the message is from: its topic, when it began, and whether it is open. Nothing for a group.
fn session(screen: Screen<'_>, id: &ConversationId, label_width: usize) -> Vec<(String, String)> {
    let (ConversationId::Session(session), Some(known)) = (id, screen.peer.conversations().get(id)) else {
        return Vec::new();
    };
    let topic = text::wrap_anywhere(&id.to_string(), usize::from(WIDTH).saturating_sub(label_width + 4));
    let labels = iter::once(screen.translate("details-session")).chain(iter::repeat(String::new()));
    let mut lines: Vec<(String, String)> = labels.zip(topic).collect();
    let began = screen.clock.day_and_time(session.started.millis().unwrap_or(known.since));
    let state = screen.translate(tabs::note(known.phase).unwrap_or("phase-open"));
    lines.push((String::new(), screen.translate(localized!("details-session-began", began, state))));
    lines
}

/// A row with a label, or a tick, in a column of this width.
fn line(screen: Screen<'_>, label_width: usize, label: &str, words: &str, role: Role) -> Row {
    let label_role = if label.starts_with('✓') { role } else { Role::Dim };
    Row::of(text::fit(label, label_width), screen.style(label_role))
        .with(text::safe_line(text::first_line(words)), screen.style(role))
}
