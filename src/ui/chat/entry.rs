//! One message as rows: time, author, text, and delivery.

use std::{iter, time::Duration};

use ratatui::style::Style;

use crate::{
    app::{ChatLayout, localized},
    domain::{
        Body, ChatMessage, Delivery, DeliveryFailure, Phase, Query, Relation, Timestamp, UserId, link_uri, tokens,
    },
    ui::{chat::sessions, markup, row::Row, screen::Screen, text, theme::Role},
};

/// The maximum width of the column of authors; longer names are cut.
const AUTHOR_LIMIT: usize = 12;
/// The longest time between two messages of an author of which the second does not name the author again.
const RUN_GAP: Duration = Duration::from_secs(5 * 60);
/// The width of `09:12 `.
const TIME_WIDTH: usize = 6;
/// The width of ` ✓✓` after the text.
const TICK_WIDTH: usize = 3;
/// In a pane narrower than this, the text is below the author, not beside it.
const STACKED_BELOW: usize = 40;

/// The widths of the columns, the same for all messages of a chat.
#[derive(Debug, Clone, Copy)]
pub struct Columns {
    width: usize,
    author: usize,
    tick: usize,
}

/// What a message has in common with the one above it, and therefore does not show again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Repeats {
    /// The minute.
    pub time: bool,
    /// The author, if both messages were written within a few minutes.
    pub author: bool,
}

impl Repeats {
    /// Of a message below `before`, with nothing between them. The line of a change of the group has no author.
    pub fn of(before: &ChatMessage, message: &ChatMessage) -> Self {
        let is_text = |message: &ChatMessage| !matches!(message.body, Body::End | Body::Membership(_));
        let apart = message.at.as_millis().abs_diff(before.at.as_millis());
        let author = message.author == before.author
            && u128::from(apart) <= RUN_GAP.as_millis()
            && is_text(message)
            && is_text(before);
        Self { time: is_same_minute(before.at, message.at), author }
    }
}

/// Whether two times are written alike.
pub fn is_same_minute(one: Timestamp, other: Timestamp) -> bool {
    one.as_millis() / 60_000 == other.as_millis() / 60_000
}

/// Everything that rendering a message needs, the same for all messages of a chat.
#[derive(Debug, Clone, Copy)]
pub struct RenderContext<'a> {
    pub screen: Screen<'a>,
    /// The layout of the columns.
    pub columns: Columns,
    /// The search whose matches are highlighted.
    pub query: Option<&'a Query>,
    /// The layout so far: which messages are one line.
    pub drawn: &'a ChatLayout,
}

impl Columns {
    /// For a pane of `width` columns and these participants.
    pub fn new<'a>(width: usize, is_group: bool, participants: impl Iterator<Item = &'a UserId> + Clone) -> Self {
        let longest = participants.clone().map(|id| text::width(id.as_str())).max().unwrap_or(0);
        // In a group, the column has room for ` 99/99`, with as many digits as needed.
        let digits = participants.count().to_string().len();
        let tick = if is_group { (2 * digits + 2).max(TICK_WIDTH) } else { TICK_WIDTH };
        Self { width, author: longest.clamp(3, AUTHOR_LIMIT), tick }
    }

    /// Whether the text is below the time and the author, not beside them.
    pub fn is_stacked(self) -> bool {
        self.width < STACKED_BELOW
    }

    /// The column where the text starts.
    fn indent(self) -> usize {
        if self.is_stacked() { 1 } else { TIME_WIDTH + self.author + 2 }
    }

    /// The width of the text.
    fn text(self) -> usize {
        let end = if self.is_stacked() { 0 } else { self.tick };
        self.width.saturating_sub(self.indent() + end).max(1)
    }
}

impl RenderContext<'_> {
    /// The rows of `message`, below the `quote` of the message that it replies to. `delivery` is its state if it is
    /// mine; `phase` is that of its conversation.
    pub fn rows(
        self,
        message: &ChatMessage,
        phase: Option<Phase>,
        repeats: Repeats,
        quote: Option<String>,
        delivery: Option<&Delivery>,
    ) -> Vec<Row> {
        let (words, style) = self.words(message, phase);
        let words = text::safe(&words);
        let is_text = matches!(message.body, Body::Text(_));
        let tokens = if is_text { tokens(&words, self.screen.peer.me()) } else { Vec::new() };
        let lines = text::wrap(&words, self.columns.text());
        // In a stacked row, only the head has room for ticks.
        let has_tick = !matches!(delivery, None | Some(Delivery::Failed(_)));
        let is_stacked = self.columns.is_stacked();
        let has_head_row = is_stacked && (has_tick || !repeats.author);
        let mut rows = if has_head_row { vec![self.head(message, Repeats::default())] } else { Vec::new() };
        let start = |rows: &[Row]| {
            if is_stacked || !rows.is_empty() { self.indent() } else { self.head(message, repeats) }
        };
        if let Some(quote) = quote {
            rows.push(start(&rows).with(quote, self.screen.style(Role::Dim)));
        }
        for (line, range) in lines.iter().zip(markup::row_ranges(&words, &lines)) {
            let mut row = start(&rows);
            match range {
                Some(range) => {
                    for (words, style, link) in markup::pieces(&words, range, &tokens, style, self.screen.theme) {
                        if let Some(link) = link.and_then(link_uri) {
                            row.link_next(text::width(words), &link);
                        }
                        self.push(&mut row, words, style);
                    }
                }
                None => self.push(&mut row, line, style),
            }
            rows.push(row);
        }
        if message.is_edited {
            self.mark_edited(&mut rows);
        }
        match delivery {
            Some(Delivery::Failed(why)) => rows.extend(self.failure(why)),
            Some(delivery) => {
                let index = if is_stacked { 0 } else { rows.len() - 1 };
                let (tick, role) = tick(delivery);
                rows[index].push_right(tick, self.screen.style(role));
            }
            None => {}
        }
        rows
    }

    /// The rows of a line without an author, such as changes of a group. `at` is `None` if the time repeats.
    pub fn notice(self, words: &str, at: Option<Timestamp>) -> Vec<Row> {
        let indent = if self.columns.is_stacked() { TIME_WIDTH } else { self.columns.indent() };
        let columns = self.columns.width.saturating_sub(indent).max(1);
        let time = at.map_or_else(String::new, |at| self.screen.clock.time(at));
        let lines = text::wrap(&text::safe(words), columns);
        let heads = iter::once(time).chain(iter::repeat(String::new()));
        let row = |(head, line): (String, &String)| {
            let mut row = Row::of(text::fit(&head, indent), self.screen.style(Role::Dim));
            self.push(&mut row, line, self.screen.style(Role::Notice));
            row
        };
        heads.zip(&lines).map(row).collect()
    }

    /// The quote of a message that another one replies to: `│ bob: morning!`. `earlier` is `None` if the message is not
    /// loaded.
    pub fn quote(self, earlier: Option<&ChatMessage>) -> String {
        let words = match earlier {
            Some(earlier) => {
                format!("{}: {}", earlier.author, text::first_line(&self.screen.translate(&earlier.body)))
            }
            None => self.screen.translate("earlier-message"),
        };
        text::truncate(&format!("│ {}", text::safe_line(&words)), self.columns.text())
    }

    /// Adds the mark of an edited message: after its text if there is room, else in a row below it.
    fn mark_edited(self, rows: &mut Vec<Row>) {
        let mark = format!(" {}", self.screen.translate("message-edited"));
        let end = self.columns.indent() + self.columns.text();
        if rows.last().is_some_and(|row| row.left_width() + text::width(&mark) > end) {
            rows.push(self.indent());
        }
        if let Some(row) = rows.last_mut() {
            row.push(mark, self.screen.style(Role::Dim));
        }
    }

    /// A warning that the author's ID looks like that of another user; `None` if it does not.
    pub fn lookalike_warning(self, author: &UserId) -> Option<Row> {
        let known = self.screen.model.lookalikes.of(author)?;
        let words = format!("({})", self.screen.translate(localized!("looks-like", known)));
        Some(self.indent().with(text::truncate(&words, self.columns.text()), self.screen.style(Role::Warning)))
    }

    /// A horizontal line with `words` in its middle.
    pub fn separator(self, words: &str, role: Role) -> Row {
        let words = text::truncate(&text::safe_line(words), self.columns.width.saturating_sub(4));
        let rest = self.columns.width.saturating_sub(text::width(&words) + 2);
        let before = rest / 2;
        let line = format!("{} {words} {}", "─".repeat(before), "─".repeat(rest - before));
        Row::of(line, self.screen.style(role))
    }

    /// The time and the author, as far as they do not repeat, padded to the column where the text starts.
    fn head(self, message: &ChatMessage, repeats: Repeats) -> Row {
        let author = text::safe_line(message.author.as_str());
        let author = if self.columns.is_stacked() {
            text::truncate(&author, self.columns.width.saturating_sub(TIME_WIDTH + self.columns.tick))
        } else {
            text::fit(&author, self.columns.author) + "  "
        };
        let lookalike = self.screen.model.lookalikes.of(&message.author).filter(|_| !repeats.author);
        // The message info explains the marks.
        let (mark, role) = match (lookalike, message.clock_is_off) {
            (Some(_), _) => ("!", Role::Warning),
            (None, true) => ("~", Role::Warning),
            (None, false) => (" ", Role::Dim),
        };
        let blank = |words: String, repeats| if repeats { " ".repeat(text::width(&words)) } else { words };
        Row::of(blank(self.screen.clock.time(message.at), repeats.time), self.screen.style(Role::Dim))
            .with(mark, self.screen.style(role))
            .with(blank(author, repeats.author), self.screen.theme.author(&message.author, self.screen.peer.me()))
    }

    fn push(self, row: &mut Row, line: &str, style: Style) {
        row.push_marked(line, style, self.query, self.screen.style(Role::Match));
    }

    /// The text to show for a message in a conversation of this phase, and its style.
    fn words(self, message: &ChatMessage, phase: Option<Phase>) -> (String, Style) {
        let notice = self.screen.style(Role::Notice);
        match &message.body {
            Body::Text(_) if message.body.is_blank() => {
                (self.screen.translate("message-empty"), self.screen.style(Role::Dim))
            }
            Body::Text(words) if matches!(message.relation, Some(Relation::Replaces(_))) => {
                (format!("✎ {words}"), self.screen.style(Role::Dim))
            }
            Body::Text(words) => (words.clone(), self.screen.style(Role::Text)),
            Body::End => {
                let end = sessions::end_text(&message.author, self.screen.peer.me(), phase);
                (self.screen.translate(end), notice)
            }
            Body::Membership(change) => (self.screen.translate(change), notice),
            Body::Other { content_type, content } => {
                let size = content.len();
                (self.screen.translate(localized!("message-foreign", content_type, size)), notice)
            }
        }
    }

    fn failure(self, why: &DeliveryFailure) -> impl Iterator<Item = Row> {
        let words = match why {
            DeliveryFailure::Dropped => format!("✗ {}", self.screen.translate("message-dropped")),
            why => {
                self.screen.translate(localized!("message-failed", why = text::safe_line(&self.screen.translate(why))))
            }
        };
        let style = self.screen.style(Role::Error);
        text::wrap(&words, self.columns.text()).into_iter().map(move |line| self.indent().with(line, style))
    }

    fn indent(self) -> Row {
        Row::indented(self.columns.indent())
    }
}

/// The text of the ticks, and its role.
fn tick(delivery: &Delivery) -> (String, Role) {
    match delivery {
        Delivery::Written => ("…".to_owned(), Role::Tick),
        Delivery::AtBroker => ("✓".to_owned(), Role::Tick),
        Delivery::Partly(have, all) => (format!("{have}/{all}"), Role::Tick),
        Delivery::Delivered => ("✓✓".to_owned(), Role::Tick),
        Delivery::Read => ("✓✓".to_owned(), Role::TickRead),
        Delivery::Failed(_) => ("✗".to_owned(), Role::Error),
    }
}
