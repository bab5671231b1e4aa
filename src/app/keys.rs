//! Keys: the keymap says which action, and here is what each action does where.

mod commands;
mod fields;
mod lists;
mod messages;
mod over;

use crossterm::event::KeyEvent;

pub(super) use fields::{insert, pasted};
pub(super) use lists::{select, step};
pub(super) use over::{clicked_over, step_over};

use super::{
    arranging,
    chat::{Scroll, State as Chats, Tab},
    completion, editor,
    effect::Effect,
    front,
    journal::List,
    keymap::Action,
    leave, line_mode, log,
    model::{Model, Pane},
    outbox,
    overlay::{Confirm, Overlay, Prompt, Question, Wanted},
    palette, peer, search, talks,
};
use crate::{domain::ConversationId, protocol::Command};

/// What a page is in a list over the panes.
const PAGE_OF_LIST: isize = 10;

pub(super) fn pressed(model: &mut Model, event: KeyEvent, effects: &mut Vec<Effect>) {
    let context = model.context();
    let action = model.keymap.action(context, &event);
    if !matches!(action, Some(Action::Complete | Action::CompleteBack)) {
        // The word that stands there is the one that was meant.
        model.completion = None;
    }
    if matches!(model.overlay, Some(Overlay::Confirm(_))) {
        return lists::answered(model, event, action, effects);
    }
    if let Some(action) = action {
        return act(model, action, effects);
    }
    fields::typed(model, event, effects);
}

pub(super) fn ask(model: &mut Model, question: Question) {
    model.overlay = Some(Overlay::Confirm(Confirm { question }));
}

pub(super) fn prompt(model: &mut Model, wanted: Wanted) {
    model.overlay = Some(Overlay::Prompt(Box::new(Prompt::new(wanted, ""))));
}

/// What is done while something lies over the panes: the rest would happen unseen behind it.
fn works_over(overlay: &Overlay, action: Action) -> bool {
    let is_list = matches!(action, Action::Up | Action::Down | Action::First | Action::Last | Action::Open);
    let is_scroll = matches!(action, Action::PageUp | Action::PageDown);
    let everywhere = [Action::Cancel, Action::Interrupt, Action::Quit, Action::Redraw, Action::Suspend];
    everywhere.contains(&action)
        || match overlay {
            Overlay::Log { .. } => is_list || is_scroll || action == Action::Log,
            Overlay::Help { .. } | Overlay::Welcome { .. } => is_list || is_scroll || action == Action::Help,
            Overlay::Members { .. } => is_list || matches!(action, Action::Remove | Action::HandOver | Action::Invite),
            Overlay::Outbox { .. } => {
                is_list || matches!(action, Action::SendAgain | Action::Edit | Action::Drop | Action::Outbox)
            }
            Overlay::Talks(_) => is_list || is_scroll || action == Action::Talks,
            Overlay::Palette(_) => is_list || is_scroll || action == Action::GoTo,
            Overlay::Search => is_list || is_scroll || matches!(action, Action::ChangeScope | Action::Search),
            Overlay::Details(_) => matches!(action, Action::Open | Action::Details),
            Overlay::Prompt(_) => action == Action::Send,
            Overlay::Confirm(_) => false,
        }
}

fn act(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    if model.overlay.as_ref().is_some_and(|overlay| !works_over(overlay, action)) {
        return;
    }
    if line_mode::lacks(model, action) {
        return;
    }
    match action {
        Action::Complete if completion::complete(model, 1) => {}
        Action::CompleteBack if completion::complete(model, -1) => {}
        Action::NextPane | Action::Complete => model.focus = neighbour(model.focus, 1),
        Action::PreviousPane | Action::CompleteBack => model.focus = neighbour(model.focus, 3),
        Action::FocusUsers => focus(model, Pane::Users),
        Action::FocusGroups => focus(model, Pane::Groups),
        Action::FocusInbox => focus(model, Pane::Inbox),
        Action::FocusChat => focus(model, Pane::Chat),
        Action::NextTab => turn(model, 1),
        Action::PreviousTab => turn(model, -1),
        Action::CloseTab => close_tab(model, effects),
        Action::NextUnread => next_unread(model),
        Action::PageUp => page(model, 1),
        Action::PageDown => page(model, -1),
        Action::Oldest => oldest(model),
        Action::Newest => to_newest(&mut model.chats),
        Action::Help => toggle_help(model),
        Action::ToggleLists => arranging::toggle(model, effects),
        Action::Log if matches!(model.overlay, Some(Overlay::Log { .. })) => model.overlay = None,
        Action::Log => log::open(model),
        Action::Outbox if matches!(model.overlay, Some(Overlay::Outbox { .. })) => model.overlay = None,
        Action::Outbox => outbox::open(model),
        Action::Talks if matches!(model.overlay, Some(Overlay::Talks(_))) => model.overlay = None,
        Action::Talks => talks::open(model, ""),
        Action::GoTo if matches!(model.overlay, Some(Overlay::Palette(_))) => model.overlay = None,
        Action::GoTo => palette::open(model),
        Action::Search if matches!(model.overlay, Some(Overlay::Search)) => search::change_scope(model, effects),
        Action::Search => search::open(model, None, effects),
        Action::ChangeScope => search::change_scope(model, effects),
        Action::Choose => messages::choose_last(model),
        Action::Redraw => effects.push(Effect::Redraw),
        Action::Suspend => ask_to_leave(model, Question::SuspendHosting, Effect::Suspend, effects),
        Action::Interrupt => interrupt(model, effects),
        Action::Cancel => cancel(model),
        Action::Quit => ask_to_quit(model, effects),
        Action::Editor => editor::open(model, effects),
        Action::Send => commands::enter(model, effects),
        Action::NewLine => new_line(model),
        _ if action.tab().is_some() => tab(model, action.tab().unwrap_or_default()),
        _ => lists::act(model, action, effects),
    }
}

fn neighbour(pane: Pane, steps: usize) -> Pane {
    const ORDER: [Pane; 4] = [Pane::Users, Pane::Groups, Pane::Inbox, Pane::Chat];
    let at = ORDER.iter().position(|known| *known == pane).unwrap_or(0);
    ORDER[(at + steps) % ORDER.len()]
}

fn focus(model: &mut Model, pane: Pane) {
    if !line_mode::prints_pane(model, pane) {
        model.overlay = None;
        model.focus = pane;
    }
}

fn turn(model: &mut Model, by: isize) {
    let count = model.chats.tabs().len();
    if let Some(active) = model.chats.active() {
        tab(model, active.saturating_add_signed(by.rem_euclid(count.cast_signed())) % count);
    }
}

fn tab(model: &mut Model, index: usize) {
    if index < model.chats.tabs().len() {
        front::go_to_tab(model, index);
        focus(model, Pane::Chat);
    }
}

fn close_tab(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Some((conversation, text)) = model.chats.close_active() {
        peer::command(model, Command::SaveDraft { conversation, text }, effects);
    }
}

/// The next tab with something unread, the one in front last; else the inbox if something waits there; else a talk
/// without a tab.
fn next_unread(model: &mut Model) {
    let unread = |id: &ConversationId| model.peer.conversations().get(id).is_some_and(|talk| talk.unread > 0);
    let count = model.chats.tabs().len();
    let from = model.chats.active().unwrap_or(0);
    let mut next = (1..=count).map(|step| (from + step) % count);
    let next = next.find(|index| unread(&model.chats.tabs()[*index].conversation));
    let closed = model.peer.conversations().values().find(|talk| talk.unread > 0).map(|talk| talk.id.clone());
    match (next, closed) {
        (Some(index), _) => {
            tab(model, index);
            to_newest(&mut model.chats);
        }
        (None, _) if model.waiting_requests() > 0 => focus(model, Pane::Inbox),
        (None, Some(conversation)) => front::show(model, &conversation),
        (None, None) => model.info("unread-none"),
    }
}

fn page(model: &mut Model, pages: i64) {
    if scroll_over(model, pages * 10) {
        return;
    }
    if model.overlay.is_some() {
        let by = PAGE_OF_LIST * if pages > 0 { -1 } else { 1 };
        return step_over(model, by);
    }
    let rows = i64::from(model.layout.chat.area.height).max(2) - 1;
    // The same place by its own name: the page that is left need not be laid out once more to find it.
    let above = model.chats.active_tab().filter(|_| pages == 1).and_then(Tab::above);
    scroll_to(model, pages * rows, above);
}

/// Scrolls the talk in front by rows, upwards where positive.
pub(super) fn scroll(model: &mut Model, rows: i64) {
    scroll_to(model, rows, None);
}

/// The same, to a place that is known already.
fn scroll_to(model: &mut Model, rows: i64, place: Option<Scroll>) {
    let at_top = model.layout.chat.at_top;
    if let Some(tab) = model.chats.active_tab_mut() {
        if rows > 0 && at_top && tab.window.first() == 0 {
            return;
        }
        let last = tab.window.end().checked_sub(1);
        tab.scroll = place.unwrap_or_else(|| tab.scroll.moved(rows, last));
    }
}

/// Scrolls what lies over the panes by rows, upwards where positive; whether that is something to be scrolled.
pub(in crate::app) fn scroll_over(model: &mut Model, rows: i64) -> bool {
    let overflow = model.layout.overflow;
    match &mut model.overlay {
        Some(Overlay::Help { scroll } | Overlay::Welcome { scroll }) => {
            *scroll = moved_by(*scroll, rows.saturating_neg(), overflow);
        }
        Some(Overlay::Log { scroll }) => *scroll = moved_by(*scroll, rows, overflow),
        _ => return false,
    }
    true
}

fn moved_by(scroll: u16, rows: i64, overflow: u16) -> u16 {
    let wanted = i64::from(scroll).saturating_add(rows).clamp(0, i64::from(overflow));
    u16::try_from(wanted).unwrap_or(overflow)
}

fn oldest(model: &mut Model) {
    if let Some(tab) = model.chats.active_tab_mut() {
        tab.window.go_to_start();
        tab.scroll = Scroll::At { seq: 0, rows: 0 };
    }
}

fn to_newest(chats: &mut Chats) {
    if let Some(tab) = chats.active_tab_mut() {
        tab.scroll = Scroll::Bottom;
        tab.window.go_to_end();
    }
}

fn toggle_help(model: &mut Model) {
    if line_mode::prints(model, List::Help) {
        return;
    }
    model.overlay = match model.overlay {
        Some(Overlay::Help { .. }) => None,
        _ => Some(Overlay::Help { scroll: 0 }),
    };
}

/// Ctrl-C: clears the line; on an empty one it asks whether to leave.
fn interrupt(model: &mut Model, effects: &mut Vec<Effect>) {
    let now = model.now.tick;
    if fields::field(model).is_some_and(|field| !field.is_empty()) {
        return fields::change(model, effects, |field| {
            field.clear();
            true
        });
    }
    if model.overlay.is_none() && model.focus == Pane::Chat && messages::clear_compose_target(model) {
        return;
    }
    match &model.overlay {
        Some(_) => model.overlay = None,
        None if model.focus == Pane::Chat && !model.chats.composer().is_empty() => {
            model.chats.write(now, |composer| {
                composer.clear();
                true
            });
        }
        None => ask(model, Question::Quit),
    }
}

/// Esc: closes what lies over the panes, then the notice, lets go of the chosen message, then goes back to the newest.
fn cancel(model: &mut Model) {
    let scrolled = model.chats.active_tab().is_some_and(|tab| tab.scroll != Scroll::Bottom);
    if model.overlay.is_some() {
        model.overlay = None;
    } else if model.notice.is_some() {
        model.notice = None;
    } else if model.chosen().is_some() {
        messages::let_go(model);
    } else if messages::clear_compose_target(model) {
        // Nothing is answered any more.
    } else if scrolled {
        to_newest(&mut model.chats);
    }
}

pub(super) fn ask_to_quit(model: &mut Model, effects: &mut Vec<Effect>) {
    ask_to_leave(model, Question::QuitHosting, Effect::Quit, effects);
}

/// Leaves as in `how`; where that takes the broker from others it asks first.
fn ask_to_leave(model: &mut Model, hosting: fn(usize) -> Question, how: Effect, effects: &mut Vec<Effect>) {
    let others = model.peer.users().values().filter(|user| user.is_online()).count();
    if model.is_hosting && others > 0 {
        ask(model, hosting(others));
    } else {
        leave::leave(model, how, effects);
    }
}

fn new_line(model: &mut Model) {
    let now = model.now.tick;
    if model.overlay.is_none() {
        model.chats.write(now, |composer| {
            composer.new_line();
            true
        });
    }
}
