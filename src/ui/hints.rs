//! The line at the bottom of the screen: hints at the most useful keys, or a notice.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{row::Row, screen::Screen, text, theme::Role};
use crate::app::{Action, Context, InboxView, Level};

/// Draws the current notice. Without one, draws as many hints as fit without being cut.
pub fn draw(screen: Screen<'_>, area: Rect, buf: &mut Buffer) {
    let row = match &screen.model.notices.current {
        Some(notice) => {
            let role = match notice.level {
                Level::Info => Role::Success,
                Level::Warning => Role::Warning,
                Level::Error => Role::Error,
            };
            Row::of(format!(" {}", notice.text), screen.style(role))
        }
        None => hints(screen, usize::from(area.width)),
    };
    row.draw(area, screen.style(Role::Text), buf);
}

fn hints(screen: Screen<'_>, columns: usize) -> Row {
    let context = screen.model.context();
    let mut row = Row::default();
    for action in actions(screen, context) {
        let Some(key) = screen.model.keymap.key_for(context, *action) else { continue };
        let (key, does) = (key.to_string(), screen.translate(action.text()));
        let gap = if row.left_width() == 0 { " " } else { "   " };
        if row.left_width() + gap.len() + text::width(&key) + 1 + text::width(&does) > columns {
            break;
        }
        row.push(gap, screen.style(Role::Hint)).push(key, screen.style(Role::Key));
        row.push(format!(" {does}"), screen.style(Role::Hint));
    }
    row
}

/// The actions to hint at in a context, the most useful first.
fn actions(screen: Screen<'_>, context: Context) -> &'static [Action] {
    use Action::{
        Accept, Cancel, Complete, Confirmations, Copy, Deny, Details, Edit, GoTo, Help, History, Invite, Join, Leave,
        Members, NewGroup, NewLine, NextFound, NextPane, NextUnread, Open, OpenLink, PreviousFound, Reply, Request,
        Search, Send, StartChat, Up, Waiting, Withdraw,
    };
    if let Some(overlay) = &screen.model.overlay {
        return overlay.component().hints();
    }
    match context {
        Context::Users => &[NextPane, Open, StartChat, GoTo, Request, Invite, Help],
        Context::Groups => &[NextPane, Open, NewGroup, Join, Members, Invite, Leave, Help],
        Context::Inbox => match screen.model.inbox.view {
            InboxView::Waiting => &[NextPane, Accept, Deny, Open, History, Confirmations, Help],
            InboxView::History => &[NextPane, Open, Waiting, Confirmations, Help],
            InboxView::Confirmations => &[NextPane, Open, Withdraw, Waiting, History, Help],
        },
        Context::Messages if screen.model.search.is_highlighted => {
            &[Cancel, NextFound, PreviousFound, Up, Copy, OpenLink]
        }
        Context::Messages => &[Cancel, Up, Reply, Edit, Copy, OpenLink, Details, Search],
        Context::Empty | Context::Composer => &[Complete, Send, NewLine, GoTo, NextUnread, Help],
        _ => &[NextPane, Help],
    }
}
