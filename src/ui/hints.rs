//! The line at the bottom of the screen: hints at the most useful keys.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{layout::cells, row::Row, screen::Screen, text, theme::Role};
use crate::{
    app::{Action, Context, InboxView, Model, Overlay, Question, open_session, word},
    domain::{Body, RequestKind},
};

/// Draws as many hints as fit without being cut. Returns the action and the area of each. While a question is open, the
/// hints say how to answer it.
pub fn draw(screen: Screen<'_>, area: Rect, buf: &mut Buffer) -> Vec<(Action, Rect)> {
    let mut hints = Hints { screen, area, row: Row::default(), areas: Vec::new() };
    match &screen.model.notices.question {
        Some(pinned) => hints.push_answers(&pinned.question),
        None => hints.push_keys(),
    }
    hints.row.draw(area, screen.style(Role::Text), buf);
    hints.areas
}

/// The hints so far.
struct Hints<'a> {
    screen: Screen<'a>,
    area: Rect,
    row: Row,
    areas: Vec<(Action, Rect)>,
}

impl Hints<'_> {
    /// Adds a hint. Returns false if there is no room for it.
    fn push(&mut self, action: Action, key: &str, does: &str) -> bool {
        let (row, screen) = (&mut self.row, self.screen);
        let gap = if row.left_width() == 0 { " " } else { "   " };
        if row.left_width() + gap.len() + text::width(key) + 1 + text::width(does) > usize::from(self.area.width) {
            return false;
        }
        let x = self.area.x + cells(row.push(gap, screen.style(Role::Hint)).left_width());
        row.push(key, screen.style(Role::Key)).push(format!(" {does}"), screen.style(Role::Hint));
        let width = self.area.x + cells(row.left_width()) - x;
        self.areas.push((action, Rect { x, width, ..self.area }));
        true
    }

    /// Adds what confirms and cancels a question. These keys do so whatever else they are bound to.
    fn push_answers(&mut self, question: &Question) {
        let screen = self.screen;
        let confirm = screen.translate(match question {
            Question::Send(..) | Question::Literal(..) => Action::Send.text(),
            Question::Run(..) => "hint-run",
            _ => "hint-confirm",
        });
        let word = word(question, screen.clock.language);
        // Enter alone does not confirm a question that needs a word.
        let keys = word.map_or_else(|| "Enter".to_owned(), |word| format!("{word} Enter"));
        self.push(Action::Send, &keys, &confirm);
        self.push(Action::Cancel, "Esc", &screen.translate("hint-cancel"));
    }

    /// Adds the most useful keys.
    fn push_keys(&mut self) {
        let screen = self.screen;
        let context = screen.model.context();
        let is_searching = screen.model.searches_sent_lines();
        for action in actions(screen, context).iter().filter(|action| applies(screen, context, **action)) {
            // In a list, the key that works in every pane, not the one that works in lists only.
            let place = match action {
                Action::FocusChat if context != Context::Messages => Context::Global,
                // What the key does in an empty composer, it also does on an untouched draft.
                Action::NextPane if context == Context::Composer => Context::Empty,
                _ => context,
            };
            let Some(key) = screen.model.keymap.key_for(place, *action) else { continue };
            let closes_overlay = *action == Action::Cancel && screen.model.overlay.is_some();
            let does = screen.translate(match action {
                _ if closes_overlay => "hint-close",
                Action::Send if is_searching => "hint-take-line",
                Action::SearchSent if is_searching => "hint-older",
                Action::Cancel if is_searching => "hint-cancel",
                Action::Deny if is_lead_selected(screen, context) => "hint-hand-back",
                _ => action.text(),
            });
            if !self.push(*action, &key.to_string(), &does) {
                break;
            }
        }
    }
}

/// Returns whether the selected request hands the lead of a group to me.
fn is_lead_selected(screen: Screen<'_>, context: Context) -> bool {
    let selected = screen.model.inbox.selected(screen.peer).filter(|_| context == Context::Inbox);
    selected.is_some_and(|request| matches!(request.kind, RequestKind::Lead(_)))
}

/// Returns whether an action has something to act on.
fn applies(screen: Screen<'_>, context: Context, action: Action) -> bool {
    let model = screen.model;
    match action {
        Action::NextUnread => {
            model.unread() > 0 || model.peer.waiting_requests() > 0 || model.attention.waiting.is_some()
        }
        // Esc leads back to the composer, unless it is bound to another action.
        Action::FocusChat if context == Context::Messages => model.keymap.key_for(context, Action::Cancel).is_none(),
        Action::Edit | Action::Copy if context == Context::Messages => {
            let tab = model.chats.active_tab();
            let message = tab.and_then(|tab| tab.window.get(tab.chosen?));
            message.is_some_and(|message| {
                let is_mine = message.author == *screen.peer.me();
                matches!(message.body, Body::Text(_)) && (is_mine || action == Action::Copy)
            })
        }
        // Only members may invite, and only the leader may do the rest.
        Action::Invite | Action::Remove | Action::HandOver if context == Context::Members => {
            let Some(Overlay::Members(members)) = &model.overlay else { return false };
            members.group(screen.peer).is_some_and(|group| {
                group.is_led_by(screen.peer.me()) || action == Action::Invite && group.includes(screen.peer.me())
            })
        }
        Action::Choose => model.chats.active_tab().is_some_and(|tab| !tab.window.is_empty()),
        _ => true,
    }
}

/// Whether the chosen line is a change of the group, and so no message.
fn is_change_chosen(model: &Model) -> bool {
    let tab = model.chats.active_tab();
    let message = tab.and_then(|tab| tab.window.get(tab.chosen?));
    message.is_some_and(|message| message.as_change().is_some())
}

/// The actions to hint at in a context, the most useful first.
fn actions(screen: Screen<'_>, context: Context) -> &'static [Action] {
    use Action::{
        Accept, Cancel, Choose, Complete, Confirmations, Copy, Deny, Details, Disband, Edit, FocusChat, GoTo, Help,
        History, Invite, Join, Leave, Members, NewGroup, NewLine, NextFound, NextPane, NextUnread, Open, OpenLink,
        PreviousFound, Reply, Request, Search, SearchSent, Send, StartChat, Up, Waiting, Withdraw,
    };
    let (model, peer) = (screen.model, screen.peer);
    if let Some(overlay) = &model.overlay {
        return overlay.component().hints();
    }
    match context {
        Context::Users => match model.users.selected(peer) {
            None => &[FocusChat, StartChat, NextPane, GoTo, Help],
            Some(user) if user == *peer.me() => &[FocusChat, StartChat, NextPane, GoTo, Help],
            Some(user) if open_session(peer, &user).is_some() => {
                &[FocusChat, Open, Invite, StartChat, NextPane, GoTo, Help]
            }
            Some(_) => &[FocusChat, Request, Invite, StartChat, NextPane, GoTo, Help],
        },
        Context::Groups => match model.groups.selected(peer).and_then(|group| peer.groups().get(&group)) {
            None => &[FocusChat, NewGroup, NextPane, GoTo, Help],
            Some(group) if !group.includes(peer.me()) => &[FocusChat, Join, Members, NewGroup, NextPane, Help],
            Some(group) if group.is_led_by(peer.me()) => {
                &[FocusChat, Open, Members, Invite, Disband, NewGroup, NextPane, Help]
            }
            Some(_) => &[FocusChat, Open, Members, Invite, Leave, NewGroup, NextPane, Help],
        },
        Context::Inbox => match (model.inbox.view, model.inbox.selected(peer)) {
            (InboxView::Waiting, Some(_)) => &[FocusChat, Accept, Deny, Open, History, Confirmations, NextPane, Help],
            (InboxView::Waiting, None) => &[FocusChat, History, Confirmations, NextPane, Help],
            (InboxView::History, Some(_)) => &[FocusChat, Open, Waiting, Confirmations, NextPane, Help],
            (InboxView::History, None) => &[FocusChat, Waiting, Confirmations, NextPane, Help],
            (InboxView::Confirmations, Some(request)) if request.is_pending() => {
                &[FocusChat, Withdraw, Waiting, History, NextPane, Help]
            }
            (InboxView::Confirmations, Some(_)) => &[FocusChat, Open, Waiting, History, NextPane, Help],
            (InboxView::Confirmations, None) => &[FocusChat, Waiting, History, NextPane, Help],
        },
        Context::Messages if is_change_chosen(model) => &[Cancel, FocusChat, Up, Details, Search],
        Context::Messages if model.search.is_highlighted => {
            &[Cancel, FocusChat, NextFound, PreviousFound, Up, Copy, OpenLink]
        }
        Context::Messages => &[Cancel, FocusChat, Up, Reply, Edit, Copy, OpenLink, Details, Search],
        Context::Empty | Context::Composer if model.searches_sent_lines() => &[Send, SearchSent, Cancel],
        Context::Empty => &[NextPane, Choose, NextUnread, GoTo, Help, NewLine],
        Context::Composer if model.is_at_untouched_draft() => &[Send, NewLine, NextPane, Choose, NextUnread, Help],
        Context::Composer => &[Send, NewLine, Complete, Choose, NextUnread, Help],
        _ => &[NextPane, Help],
    }
}
