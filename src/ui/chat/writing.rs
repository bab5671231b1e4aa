//! The texts over the rule above the composer: the message that the user replies to or edits, or what they search the
//! sent lines for; who is typing; and while the user reads back, that newer messages are below.

use std::collections::BTreeSet;

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    app::{Action, Context, Tab, localized},
    domain::{Relation, UserId},
    protocol::Chat,
    ui::{layout::cells, row::Row, screen::Screen, text, theme::Role},
};

/// The maximum width of the quoted message, in columns.
const TARGET_WIDTH: usize = 48;

/// Draws the texts. Returns the area of the mark of newer messages, a click on which goes to them; empty unless the
/// user reads back.
pub(super) fn draw(screen: Screen<'_>, tab: Option<&Tab>, reads_back: bool, rule: Rect, buf: &mut Buffer) -> Rect {
    let inner = Rect { x: rule.x + 1, width: rule.width.saturating_sub(2), ..rule };
    let mut left = inner;
    let below_area = tab.filter(|_| reads_back).map_or(Rect::ZERO, |tab| {
        let (words, below_role) = below(screen, tab);
        draw_right(screen, &words, below_role, &mut left, buf)
    });
    let typing = tab.map_or_else(String::new, |tab| typing(screen, tab));
    draw_right(screen, &typing, Role::Dim, &mut left, buf);
    let is_active = screen.model.chats.active_tab().map(|tab| &tab.chat) == tab.map(|tab| &tab.chat);
    if is_active && screen.model.is_normal_mode() && screen.model.overlay.is_none() {
        let word = format!(" {} ", screen.translate("mode-normal"));
        let width = cells(text::width(&word)).min(left.width);
        Row::of(word, screen.style(Role::Key)).draw(Rect { width, ..left }, screen.style(Role::Text), buf);
        let taken = (width + 1).min(left.width);
        left = Rect { x: left.x + taken, width: left.width - taken, ..left };
    }
    let composer = tab.map_or(screen.model.chats.composer(), |tab| &tab.composer);
    let purpose = if let Some(search) = composer.search() {
        let words = text::safe_line(&screen.translate(search.text()));
        format!(" {} ", text::truncate(&words, usize::from(left.width).saturating_sub(2)))
    } else {
        tab.map_or_else(String::new, |tab| compose_target(screen, tab, left.width.into()))
    };
    let width = cells(text::width(&purpose));
    if width <= left.width {
        Row::of(purpose, screen.style(Role::Dim)).draw(Rect { width, ..left }, screen.style(Role::Text), buf);
    }
    below_area
}

/// Draws `words` at the right end of `left`, if there is room, and takes them off. Returns their area.
fn draw_right(screen: Screen<'_>, words: &str, role: Role, left: &mut Rect, buf: &mut Buffer) -> Rect {
    let width = cells(text::width(words));
    if width == 0 || width > left.width {
        return Rect::ZERO;
    }
    let area = Rect { x: left.right() - width, width, ..*left };
    Row::of(words, screen.style(role)).draw(area, screen.style(Role::Text), buf);
    // A piece of the rule stays between two texts.
    left.width = left.width.saturating_sub(width + 1);
    area
}

/// ` ↓ 3 new `, or without unread messages ` ↓ newest `.
fn below(screen: Screen<'_>, tab: &Tab) -> (String, Role) {
    match screen.peer.chat(&tab.chat).map_or(0, |chat| chat.unread()) {
        0 => (format!(" {} ", screen.translate("messages-below")), Role::Dim),
        count => (format!(" ↓ {} ", screen.translate(localized!("messages-new", count))), Role::Unread),
    }
}

/// ` reply to bob: morning! (Esc) `
fn compose_target(screen: Screen<'_>, tab: &Tab, room: usize) -> String {
    let Some(target) = &tab.compose_target else { return String::new() };
    let what = match target.relation {
        Relation::Answers(_) => screen.translate(localized!("writing-reply", author = target.author)),
        Relation::Replaces(_) => screen.translate("writing-edit"),
    };
    let key = screen.model.keymap.name_of_key(Context::Composer, &[Action::Cancel, Action::Interrupt]);
    let cancel = if key.is_empty() { key } else { format!(" {}", screen.translate(localized!("writing-stops", key))) };
    let words = text::truncate(
        &format!("{what}: {}", text::safe_line(text::first_line(&target.words))),
        TARGET_WIDTH.min(room.saturating_sub(2)),
    );
    let has_room = text::width(&words) + text::width(&cancel) + 2 <= room;
    format!(" {words}{} ", if has_room { &cancel } else { "" })
}

/// ` bob is writing… `
fn typing(screen: Screen<'_>, tab: &Tab) -> String {
    let chat = screen.peer.chat(&tab.chat);
    let conversations = chat.iter().flat_map(Chat::conversations);
    let who: BTreeSet<&str> =
        conversations.flat_map(|known| screen.peer.typing(&known.id)).map(UserId::as_str).collect();
    let who: Vec<&str> = who.into_iter().collect();
    let text = match who.as_slice() {
        [] => return String::new(),
        [who] => localized!("typing-one", who = *who),
        [who, other] => localized!("typing-two", who = *who, other = *other),
        several => localized!("typing-several", count = several.len()),
    };
    format!(" {} ", text::safe_line(&screen.translate(text)))
}
