//! The palette, a list of everything that the user can go to: `bob     chat, ended`.

use super::{
    draw::{Draw, Surface},
    finder::Finder,
};
use crate::{
    app::{Palette, PaletteEntry, shown_value},
    domain::Presence,
    ui::{row::Row, screen::Screen, tabs, theme::Role},
};

impl Draw for Palette {
    fn draw(&self, surface: &mut Surface<'_>) {
        let screen = surface.screen;
        let selected = (!self.entries.is_empty()).then_some(self.selected);
        let finder = Finder {
            title: screen.translate("palette-title"),
            composer: &self.composer,
            placeholder: "palette-placeholder",
            foot: screen.translate(if self.entries.is_empty() { "palette-none" } else { "palette-what" }),
        };
        finder.draw(surface, &self.entries, selected, |entry| entry_row(screen, entry));
    }
}

fn entry_row(screen: Screen<'_>, entry: &PaletteEntry) -> Row {
    let mut row = Row::of(entry.name(&screen.model.language), screen.style(Role::Text));
    let about = match entry {
        PaletteEntry::Chat(id) => {
            let chat = screen.peer.chat(id);
            if let Some(chat) = chat.as_ref().filter(|chat| chat.unread() > 0) {
                row.push(format!(" {}", chat.unread()), screen.style(Role::Unread));
            }
            chat.and_then(|chat| tabs::note(chat.phase())).unwrap_or("palette-chat")
        }
        PaletteEntry::User(user) => match screen.peer.users().get(user).map(|user| user.presence) {
            Some(Presence::Online) => "palette-online",
            _ => "palette-user",
        },
        PaletteEntry::Group(_) => "palette-group",
        PaletteEntry::Action(action) => {
            let key = screen.model.keymap.any_key_for(*action).map(|key| key.to_string()).unwrap_or_default();
            row.push_right(key, screen.style(Role::Key));
            return row;
        }
        PaletteEntry::Setting(setting) => {
            let value = screen.translate(shown_value(setting.value(&screen.model.configured)));
            row.push(format!(" = {value}"), screen.style(Role::Dim));
            setting.description
        }
        PaletteEntry::Command(command, alias) => {
            if let Some(alias) = alias {
                row.push(format!("  /{alias}"), screen.style(Role::Dim));
            }
            command.description
        }
    };
    row.push_right(screen.translate(about), screen.style(Role::Dim));
    row
}
