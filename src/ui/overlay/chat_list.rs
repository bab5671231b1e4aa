//! The list of all chats: `bob     ended         21 Nov  12 messages`.

use super::{
    draw::{Draw, Surface},
    finder::Finder,
};
use crate::{
    app::{ChatList, localized},
    protocol::Chat,
    ui::{row::Row, screen::Screen, tabs, theme::Role},
};

/// The widest name, in columns, after which the next column is aligned.
const NAME_LIMIT: usize = 12;

impl Draw for ChatList {
    fn draw(&self, surface: &mut Surface<'_>) {
        let screen = surface.screen;
        let listed = self.list(screen.peer);
        let selected = self.selected_index(&listed);
        let finder = Finder {
            title: screen.translate("chats-title"),
            composer: &self.composer,
            placeholder: "chats-placeholder",
            foot: match listed.len() {
                0 => screen.translate("chats-none"),
                count => screen.translate(localized!("chats-count", count)),
            },
        };
        finder.draw(surface, &listed, selected, |chat| chat_row(screen, chat));
    }
}

fn chat_row(screen: Screen<'_>, chat: &Chat<'_>) -> Row {
    let mut row = Row::of(chat.id().to_string(), screen.style(Role::Text));
    if chat.unread() > 0 {
        row.push(format!(" {}", chat.unread()), screen.style(Role::Unread));
    }
    let padding = (NAME_LIMIT + 2).saturating_sub(row.left_width()).max(1);
    let state = tabs::note(chat.phase()).map_or_else(String::new, |note| screen.translate(note));
    row.push(" ".repeat(padding), screen.style(Role::Text)).push(state, screen.style(Role::Dim));
    let messages = screen.translate(localized!("messages-count", count = chat.written()));
    row.push_right(format!("{messages}  {:>11}", screen.clock.time_or_date(chat.active())), screen.style(Role::Dim));
    row
}
