//! Message info: when it was written, and who has received it.

use super::draw::{Draw, Surface};
use crate::{
    app::{Details, Tab},
    domain::{ChatMessage, DeliveryProgress, Relation},
    ui::{row::Row, screen::Screen, text, theme::Role},
};

const WIDTH: u16 = 48;
/// The text keys of the labels. Their column is as wide as the widest.
const LABELS: [&str; 5] = ["details-by", "details-on", "details-answers", "details-edits", "details-failed"];

impl Draw for Details {
    fn draw(&self, surface: &mut Surface<'_>) {
        let screen = surface.screen;
        let Some(tab) = screen.model.chats.active_tab() else { return };
        if let Some(message) = tab.window.get(self.seq) {
            surface.open_rows(&screen.translate("details-title"), WIDTH, rows(screen, tab, message), |_| 0);
        }
    }
}

fn rows(screen: Screen<'_>, tab: &Tab, message: &ChatMessage) -> Vec<Row> {
    let label_width = LABELS.iter().map(|label| text::width(&screen.translate(*label))).max().unwrap_or(0) + 2;
    let line = |label: &str, words: &str, role| line(screen, label_width, label, words, role);
    let when = format!("{} {}", screen.clock.day(message.at), screen.clock.time(message.at));
    let author = screen.translate(screen.model.lookalikes.display_name(&message.author));
    let mut rows = vec![
        line(&screen.translate("details-by"), &author, Role::Text),
        line(&screen.translate("details-on"), &when, Role::Text),
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
    if let Some(n) = message.sequence_number.filter(|_| message.author == *screen.peer.me()) {
        let mut recipients: Vec<_> = screen.peer.recipients(&tab.conversation, n).collect();
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
    rows
}

/// A row with a label, or a tick, in a column of this width.
fn line(screen: Screen<'_>, label_width: usize, label: &str, words: &str, role: Role) -> Row {
    let label_role = if label.starts_with('✓') { role } else { Role::Dim };
    Row::of(text::fit(label, label_width), screen.style(label_role))
        .with(text::safe_line(text::first_line(words)), screen.style(role))
}
