//! The messages of a conversation: days, what is new, who said what, and how far it has come.
//!
//! Only what is seen is laid out, upwards from the row that stands at the bottom.

mod entry;
mod window;

use ratatui::{buffer::Buffer, layout::Rect};

use self::entry::{Columns, Pen};
pub use self::window::{Blocks, Spot, Window};
use super::{layout, list, row::Row, scene::Reading, screen::Screen, theme::Role};
use crate::domain::{ChatMessage, ConversationId, Delivery, Group, Phase, UserId};

/// What an empty conversation says.
const EMPTY: &str = "Nothing has been said yet. Write below and press Enter.";

/// What is said where no conversation is open.
pub const NO_TALK: &str = "No conversation is open. Choose a user or a group and press Enter.";

/// A conversation as far as it is at hand.
#[derive(Clone, Copy)]
pub struct Talk<'a> {
    /// Which.
    pub id: &'a ConversationId,
    /// The place of the first message at hand.
    pub first: u64,
    /// One more than the place of the last.
    pub len: u64,
    /// The message at a place.
    pub message: &'a dyn Fn(u64) -> Option<&'a ChatMessage>,
    /// The place of the first message that was new when the conversation was opened.
    pub new_from: Option<u64>,
    /// The message that is selected.
    pub selected: Option<u64>,
}

impl Talk<'_> {
    fn pen<'a>(&self, screen: Screen<'a>, width: u16) -> Pen<'a> {
        let me = screen.peer.me();
        let others: Vec<&UserId> = match self.id {
            ConversationId::Session(session) => session.peer_of(me).into_iter().collect(),
            ConversationId::Group(group) => {
                screen.peer.groups().get(group).into_iter().flat_map(Group::everyone).collect()
            }
        };
        let is_group = matches!(self.id, ConversationId::Group(_));
        let columns = Columns::new(usize::from(width), is_group, others.into_iter().chain([me]));
        Pen { me, theme: screen.theme, clock: screen.clock, columns }
    }

    fn block(&self, screen: Screen<'_>, pen: Pen<'_>, seq: u64) -> Vec<Row> {
        let Some(message) = (self.message)(seq) else {
            return vec![pen.separator("not at hand", Role::Separator)];
        };
        let mut rows = Vec::new();
        let before = seq.checked_sub(1).and_then(|seq| (self.message)(seq));
        let day = screen.clock.date(message.at);
        if before.is_none_or(|before| screen.clock.date(before.at) != day) {
            rows.push(pen.separator(&screen.clock.day(message.at), Role::Separator));
        }
        if self.new_from == Some(seq) {
            rows.push(pen.separator(&format!("{} new", self.len - seq), Role::SeparatorNew));
        }
        let delivery = (message.author == *pen.me).then(|| self.delivery(screen, message)).flatten();
        rows.extend(pen.rows(message, delivery.as_ref()));
        rows
    }

    fn delivery(&self, screen: Screen<'_>, message: &ChatMessage) -> Option<Delivery> {
        match (&message.failure, message.n) {
            (Some(why), _) => Some(Delivery::Failed(why.clone())),
            (None, Some(n)) => Some(screen.peer.delivery(self.id, n)),
            (None, None) => None,
        }
    }
}

/// Draws the rows that `reading` asks for; returns what is seen.
pub fn draw(screen: Screen<'_>, talk: &Talk<'_>, reading: Reading, area: Rect, buf: &mut Buffer) -> Window {
    let pen = talk.pen(screen, area.width);
    let mut blocks = Blocks::new(talk.first, talk.len, |seq| talk.block(screen, pen, seq));
    let window = blocks.moved_window(reading.bottom, reading.by, usize::from(area.height));
    if talk.len == 0 && area.height > 0 {
        list::draw_empty(area, EMPTY, screen.theme, buf);
    }
    for (place, (spot, row)) in (0..area.height).zip(&window.rows) {
        let role = if talk.selected == Some(spot.seq) { Role::Selected } else { Role::Text };
        row.clone().draw(layout::row(area, place), screen.style(role), buf);
    }
    window
}

/// Why nothing can be written, in words for the composer's place.
pub const fn closed_because(phase: Phase) -> Option<&'static str> {
    match phase {
        Phase::Open { .. } => None,
        Phase::Closed => Some("Both of you have ended this talk."),
        Phase::Left => Some("You have left this group."),
        Phase::Removed => Some("The leader has removed you from this group."),
        Phase::Disbanded => Some("This group has been disbanded."),
    }
}
