//! The chat column: the tabs, the messages of the active chat, and its composer.
//!
//! Only the visible messages are laid out, upwards from the lowest row.

mod entry;
mod runs;
pub mod sessions;
mod window;
mod writing;

use std::{collections::BTreeSet, ops::RangeInclusive};

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use self::{
    entry::{Columns, RenderContext, Repeats, is_same_minute},
    window::{Blocks, Spot},
};
use super::{
    completion,
    composer::Field,
    frame,
    layout::{self, Half, Regions},
    list,
    row::Row,
    screen::Screen,
    tabs,
    theme::Role,
};
use crate::{
    app::{Action, ChatLayout, Context, Layout, Pane, Scroll, Tab, changes_text, localized},
    domain::{ChatId, ChatMessage, ConversationId, Delivery, Group, Phase, Relation, UserId},
    protocol::Chat,
};

/// Draws the column, and records positions in `layout`. Returns the cursor's position if the chat has the focus.
pub fn draw(screen: Screen<'_>, regions: &Regions, layout: &mut Layout, buf: &mut Buffer) -> Option<Position> {
    let chats = &screen.model.chats;
    let tab = chats.active_tab();
    layout.can_split = regions.can_split;
    if let (Some(half), Some(tab)) = (regions.beside, chats.beside_tab()) {
        draw_beside(screen, tab, &half, regions.taken, layout, buf);
    }
    // The row that has the day while the user reads back: that of the title, or else that of the tabs.
    let day_row = regions.title.or(regions.tabs);
    let mut day = None;
    if let Some(area) = regions.messages {
        let area = under_notice(tab, area, regions.taken);
        match tab {
            Some(tab) => (layout.chat, day) = draw_messages(screen, tab, area, buf),
            None => list::draw_empty(area, &no_chat(screen), screen.theme, buf),
        }
    }
    // After the messages, whose lowest row they cover while a notice takes room.
    for rule in day_row.into_iter().chain(regions.divider) {
        frame::rule(rule, screen.frame(Pane::Chat), buf);
    }
    let rest = day_row.map(|row| day.map_or(row, |day| draw_day(screen, &day, row, buf)));
    if let (Some(_), Some(rest), Some(tab)) = (regions.title, rest, tab) {
        draw_title(screen, tab, screen.title_role(Pane::Chat), rest, buf);
    }
    if let Some(area) = if regions.title.is_some() { regions.tabs } else { rest } {
        layout.tabs = tabs::draw(screen, area, buf);
    }
    if let Some(divider) = regions.divider {
        let reads_back = layout.chat.scroll != Scroll::Bottom;
        layout.chat.newest = writing::draw(screen, tab, reads_back, divider, buf);
    }
    let area = regions.composer?;
    let field = composer(screen, area.width);
    let first = field.first_row(area.height, screen.model.layout.composer_first_row);
    (layout.composer, layout.composer_first_row) = (area, first);
    let cursor = field.draw(|| placeholder(screen, tab), first, area, screen.theme, buf);
    if let Some(completion) = screen.model.completion.as_ref().filter(|_| screen.model.focus == Pane::Chat) {
        completion::draw(screen, completion, area, buf);
        // The candidates may cover links.
        layout.chat.links.clear();
    }
    cursor.filter(|_| screen.model.focus == Pane::Chat)
}

/// What to do while no chat is in front: the key that goes to a chat that has a tab. The lists may be hidden, so it names
/// the keys that go there.
fn no_chat(screen: Screen<'_>) -> String {
    let tab = || screen.model.chats.tabs().first().map(|tab| (&tab.chat, Action::Tab1));
    let waiting = screen.model.attention.waiting.as_ref().map(|chat| (chat, Action::NextUnread));
    if let Some((chat, action)) = waiting.or_else(tab) {
        let (key, name) = (screen.key(Context::Global, action), chat.to_string());
        return screen.translate(localized!("chat-none-in-front", key, name));
    }
    let [users, groups] = [Action::FocusUsers, Action::FocusGroups].map(|it| screen.key(Context::Global, it));
    screen.translate(localized!("chat-none", users, groups))
}

/// Draws the chat beside the active one.
fn draw_beside(screen: Screen<'_>, tab: &Tab, half: &Half, taken: u16, layout: &mut Layout, buf: &mut Buffer) {
    let (chat, day) = draw_messages(screen, tab, under_notice(Some(tab), half.messages, taken), buf);
    for rule in [half.title, half.divider] {
        frame::rule(rule, screen.style(Role::Frame), buf);
    }
    (*layout.beside, layout.beside_half) = (chat, half.area);
    let rest = day.map_or(half.title, |day| draw_day(screen, &day, half.title, buf));
    draw_title(screen, tab, Role::Title, rest, buf);
    let reads_back = layout.beside.scroll != Scroll::Bottom;
    layout.beside.newest = writing::draw(screen, Some(tab), reads_back, half.divider, buf);
    let field = Field::new(&tab.composer, half.composer.width).in_role(Role::Dim);
    let first = field.first_row(half.composer.height, 0);
    field.draw(|| way_there(screen, tab), first, half.composer, screen.theme, buf);
}

/// Draws the name of a chat over the rule above its messages.
fn draw_title(screen: Screen<'_>, tab: &Tab, role: Role, area: Rect, buf: &mut Buffer) {
    let name = tab.chat.to_string();
    frame::title(area, 0, Row::of(format!(" {name} "), screen.style(role)), buf);
}

/// The rows for messages. While the user reads back, a notice covers the lowest row instead of moving all others.
fn under_notice(tab: Option<&Tab>, area: Rect, taken: u16) -> Rect {
    let is_reading = tab.is_some_and(|tab| tab.scroll != Scroll::Bottom);
    Rect { height: area.height + if is_reading { taken } else { 0 }, ..area }
}

/// The text of the empty composer of a chat that keys do not go to: which key goes there.
fn way_there(screen: Screen<'_>, tab: &Tab) -> String {
    closed_because(screen, tab).unwrap_or_else(|| {
        let key = screen.model.keymap.key_for(Context::Global, Action::OtherChat);
        let name = tab.chat.to_string();
        key.map_or_else(String::new, |key| {
            screen.translate(localized!("chat-write-beside", key = key.to_string(), name))
        })
    })
}

/// The text of an empty composer.
fn placeholder(screen: Screen<'_>, tab: Option<&Tab>) -> String {
    match tab {
        None => screen.translate("chat-ask"),
        Some(tab) => closed_because(screen, tab).unwrap_or_else(|| invitation(screen, tab)),
    }
}

/// The composer's text, wrapped at `columns`.
pub fn composer(screen: Screen<'_>, columns: u16) -> Field<'_> {
    Field::new(screen.model.chats.composer(), columns)
}

/// Draws a day at the right end of the line of tabs, if there is room for it. Returns the area for the tabs.
fn draw_day(screen: Screen<'_>, day: &str, area: Rect, buf: &mut Buffer) -> Rect {
    let day = Row::of(format!(" {day} "), screen.style(Role::Separator));
    let width = layout::cells(day.left_width());
    if width > area.width / 2 {
        return area;
    }
    let rest = Rect { width: area.width - width, ..area };
    day.draw(Rect { x: rest.right(), width, ..area }, screen.style(Role::Text), buf);
    rest
}

/// Draws the visible messages. Returns the layout, and while the user reads back, the day of the message at the top.
fn draw_messages(screen: Screen<'_>, tab: &Tab, area: Rect, buf: &mut Buffer) -> (ChatLayout, Option<String>) {
    let window = &tab.window;
    let chat = screen.peer.chat(&tab.chat);
    let first = window.first().max(tab.cleared);
    let mut drawn = ChatLayout { area, runs: runs_of(screen, tab, first), ..ChatLayout::default() };
    let context = context(screen, tab, &drawn);
    let mut blocks = Blocks::new(first, window.end(), |seq| block(context, tab, chat.as_ref(), (seq, false)));
    let mut view = blocks.view(tab.scroll, usize::from(area.height));
    if let Some((Spot { seq, row: 0 }, row)) = view.rows.first_mut()
        && !context.columns.is_stacked()
    {
        // The first message on the screen always has its time and its author.
        *row = block(context, tab, chat.as_ref(), (*seq, true)).swap_remove(0);
    }
    if window.is_empty() {
        list::draw_empty(area, &screen.translate("chat-empty"), screen.theme, buf);
    }
    let start = blocks.start();
    let is_start = |spot: Spot| start.is_some_and(|start| spot.seq == start.seq);
    let at_top = first == window.first() && view.rows.first().is_none_or(|(spot, _)| is_start(*spot));
    let fully_visible = blocks.fully_visible(&view);
    let top = view.rows.first().and_then(|(spot, _)| window.get(spot.seq));
    let chosen = tab.chosen.map(|seq| drawn.line_of(seq));
    for (index, (spot, row)) in (0..area.height).zip(view.rows) {
        let role = if chosen == Some(spot.seq) { Role::Selected } else { Role::Text };
        let line = layout::row(area, index);
        drawn.messages.push((spot.seq, line));
        drawn.links.extend(row.links(line));
        row.draw(line, screen.style(role), buf);
    }
    // If the store has later messages, the end of the loaded messages is not the end of the conversation.
    let has_later = window.end() < window.len() && tab.scroll != Scroll::Bottom;
    drawn.scroll = match (view.scroll, window.end().checked_sub(1)) {
        (Scroll::Bottom, Some(seq)) if has_later => Scroll::At { seq, rows: 0 },
        (scroll, _) => scroll,
    };
    let day = top.filter(|_| drawn.scroll != Scroll::Bottom).map(|top| screen.clock.day(top.at));
    (ChatLayout { page_above: view.above, at_top, fully_visible, ..drawn }, day)
}

/// The changes of a group that are one line, from position `first` on.
fn runs_of(screen: Screen<'_>, tab: &Tab, first: u64) -> Vec<RangeInclusive<u64>> {
    match tab.chat {
        ChatId::User(_) => Vec::new(),
        ChatId::Group(_) => {
            let messages = (first..tab.window.end()).map(|seq| (seq, tab.window.get(seq)));
            runs::runs(messages, tab.unread_marker.map(|marker| marker.from), |at| screen.clock.date(at))
        }
    }
}

fn context<'a>(screen: Screen<'a>, tab: &'a Tab, drawn: &'a ChatLayout) -> RenderContext<'a> {
    let me = screen.peer.me();
    let participants: BTreeSet<&UserId> = match &tab.chat {
        ChatId::User(user) => [user, me].into(),
        ChatId::Group(group) => {
            let record = screen.peer.groups().get(group);
            // The record may be missing, or list only some of the authors.
            let written = tab.window.messages().filter(|message| message.as_change().is_none());
            let authors = written.map(|message| &message.author);
            let is_whole = record.is_some_and(|record| record.rev > 0);
            let authors = authors.filter(|_| !is_whole);
            // Former members may have written messages.
            let id = ConversationId::Group(group.clone());
            let readers: Vec<&UserId> = screen.peer.progress(&id).map(|(user, _)| user).collect();
            let members = record.into_iter().flat_map(Group::everyone);
            members.chain(readers).chain(authors).chain([me]).collect()
        }
    };
    let is_group = matches!(tab.chat, ChatId::Group(_));
    let columns = Columns::new(usize::from(drawn.area.width), is_group, participants.iter().copied());
    let query = screen.model.search.query.as_ref().filter(|_| screen.model.search.is_highlighted);
    RenderContext { screen, columns, query, drawn }
}

/// The placeholder of an empty composer.
fn invitation(screen: Screen<'_>, tab: &Tab) -> String {
    let peer = tab.chat.user().and_then(|peer| screen.peer.users().get(peer));
    let name = tab.chat.to_string();
    if tab.has_aside() {
        return screen.translate(localized!(
            "chat-draft-aside",
            key = screen.model.keymap.name_of_key(Context::Composer, &[Action::Cancel, Action::Interrupt])
        ));
    }
    match peer {
        Some(peer) if peer.is_blocked => screen.translate(localized!("send-blocked", user = peer.id)),
        Some(peer) if peer.is_plain() => screen.translate(localized!("chat-write-plain", name)),
        _ => screen.translate(localized!("chat-write", name)),
    }
}

/// The reason why the user cannot write in the chat; `None` if they can.
fn closed_because(screen: Screen<'_>, tab: &Tab) -> Option<String> {
    let why = match screen.peer.chat(&tab.chat)?.phase() {
        Phase::Open { .. } => return None,
        Phase::Closed => localized!("chat-closed", name = tab.chat.to_string()),
        Phase::Left => "chat-left".into(),
        Phase::Removed => "chat-removed".into(),
        Phase::Disbanded => "chat-disbanded".into(),
    };
    Some(screen.translate(why))
}

/// The rows of the message at `seq`, with the separators above it, and below the last message those of new sessions. A
/// `whole` one shows what it has in common with the message above it, too. A message that is not shown has no rows, and
/// nor has a change of a group that is in the line of an earlier one.
fn block(context: RenderContext<'_>, tab: &Tab, chat: Option<&Chat<'_>>, (seq, whole): (u64, bool)) -> Vec<Row> {
    let screen = context.screen;
    let Some(message) = tab.window.get(seq) else {
        return vec![context.separator(&screen.translate("message-unreadable"), Role::Warning)];
    };
    let mut rows = Vec::new();
    if message.is_hidden || context.drawn.line_of(seq) != seq {
        return rows;
    }
    let clock = screen.clock;
    let before = tab.window.shown_before(seq).and_then(|seq| tab.window.get(seq));
    if before.is_none_or(|before| clock.date(before.at) != clock.date(message.at)) {
        rows.push(context.separator(&clock.day(message.at), Role::Separator));
    }
    let session = chat.and_then(|chat| sessions::beginning_at(chat, seq));
    rows.extend(
        session.map(|session| context.separator(&sessions::label(screen.clock, session, message), Role::Separator)),
    );
    if let Some(marker) = tab.unread_marker.filter(|marker| marker.from == seq) {
        let words = screen.translate(localized!("messages-new", count = marker.count));
        rows.push(context.separator(&words, Role::SeparatorNew));
    }
    let is_alone = whole || !rows.is_empty() || tab.chosen == Some(seq) && !context.columns.is_stacked();
    let above = before.filter(|_| !is_alone);
    if message.as_change().is_some() {
        rows.extend(changes(context, tab, seq, above));
        return rows;
    }
    let repeats = above.map(|before| Repeats::of(before, message)).unwrap_or_default();
    let delivery = (message.author == *screen.peer.me()).then(|| delivery(screen, chat, seq, message)).flatten();
    let answered = message.relation.and_then(Relation::answered);
    let quote = answered.map(|id| context.quote(tab.quoted(id).map(|(_, earlier)| earlier)));
    let phase = chat.and_then(|chat| sessions::phase_at(chat, seq));
    rows.extend(context.rows(message, phase, repeats, quote, delivery.as_ref()));
    // The warning is shown once for consecutive messages of an author.
    if before.is_none_or(|before| before.author != message.author || before.as_change().is_some()) {
        rows.extend(context.lookalike_warning(&message.author));
    }
    if seq + 1 == tab.window.len() {
        let empty = chat.into_iter().flat_map(sessions::without_messages);
        rows.extend(empty.map(|new| context.separator(&sessions::label(screen.clock, new, message), Role::Separator)));
    }
    rows
}

/// The line of the changes of a group that begin at `seq`, with the time of the last one. The line is below `above`,
/// and does not show its time again.
fn changes(context: RenderContext<'_>, tab: &Tab, seq: u64, above: Option<&ChatMessage>) -> Vec<Row> {
    let run = context.drawn.run_of(seq).cloned().unwrap_or(seq..=seq);
    let messages: Vec<&ChatMessage> = run.filter_map(|seq| tab.window.get(seq)).collect();
    let lookalikes = &context.screen.model.lookalikes;
    let changes = messages.iter().filter_map(|message| message.as_change());
    let changes = changes_text(changes, |user| lookalikes.display_name(user));
    let words = context.screen.translate(localized!("changes", changes));
    let at = messages.last().map(|last| last.at);
    let is_repeated = |at| above.is_some_and(|above| is_same_minute(above.at, at));
    context.notice(&words, at.filter(|at| context.columns.is_stacked() || !is_repeated(*at)))
}

/// The delivery state of a message of mine; `None` if it is unknown, as after an import.
fn delivery(screen: Screen<'_>, chat: Option<&Chat<'_>>, seq: u64, message: &ChatMessage) -> Option<Delivery> {
    match (&message.failure, message.sequence_number) {
        (Some(why), _) => Some(Delivery::Failed(why.clone())),
        (None, Some(n)) => chat?.locate(seq).map(|(conversation, _)| screen.peer.delivery(conversation, n)),
        (None, None) => None,
    }
}
