//! Keys: the keymap says which action, and here is what each action does where.

mod lists;

use crossterm::event::{KeyCode, KeyEvent};

pub(super) use lists::{select, step};

use super::{
    chat::{Scroll, State as Chats},
    command::{self, Line, Text},
    effect::Effect,
    keymap::Action,
    model::{Connection, Model, Pane},
    overlay::{Confirm, Overlay, Prompt, Question, Wanted},
    update,
};
use crate::{
    domain::{ConversationId, GroupName, MessageId, UserId},
    protocol::Command,
};

/// A paste with more lines asks first.
const PASTED_UNASKED: usize = 20;

pub(super) fn pressed(model: &mut Model, event: KeyEvent, effects: &mut Vec<Effect>) {
    let context = model.context();
    let action = model.keymap.action(context, &event);
    if matches!(model.overlay, Some(Overlay::Confirm(_))) {
        return lists::answered(model, event, action, effects);
    }
    match action {
        Some(action) => act(model, action, event, effects),
        None => typed(model, event),
    }
}

/// A key that is no action goes to where text is written.
fn typed(model: &mut Model, event: KeyEvent) {
    let now = model.now;
    match &mut model.overlay {
        Some(Overlay::Prompt(prompt)) => {
            prompt.composer.key(event);
            prompt.check(&model.peer);
        }
        None if model.focus == Pane::Chat => {
            if let Some(tab) = model.chats.active_tab_mut() {
                let is_writing = !tab.composer.is_empty();
                match event.code {
                    KeyCode::Home if !is_writing => tab.scroll = Scroll::At { seq: tab.window.first(), rows: 0 },
                    KeyCode::End if !is_writing => to_newest(&mut model.chats),
                    _ if tab.composer.key(event) => tab.touched(now),
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

pub(super) fn pasted(model: &mut Model, text: &str) {
    match &mut model.overlay {
        Some(Overlay::Prompt(prompt)) => {
            prompt.composer.insert(text.lines().next().unwrap_or_default());
            prompt.check(&model.peer);
        }
        None if model.focus == Pane::Chat => {
            if text.lines().count() > PASTED_UNASKED {
                ask(model, Question::Paste(text.to_owned()));
            } else {
                insert(model, text);
            }
        }
        _ => {}
    }
}

pub(super) fn insert(model: &mut Model, text: &str) {
    let now = model.now;
    if let Some(tab) = model.chats.active_tab_mut() {
        tab.composer.insert(text);
        tab.touched(now);
    }
}

pub(super) fn ask(model: &mut Model, question: Question) {
    model.overlay = Some(Overlay::Confirm(Confirm { question }));
}

pub(super) fn prompt(model: &mut Model, wanted: Wanted) {
    model.overlay = Some(Overlay::Prompt(Prompt::new(wanted, "")));
}

fn act(model: &mut Model, action: Action, event: KeyEvent, effects: &mut Vec<Effect>) {
    match action {
        Action::NextPane | Action::PreviousPane if model.overlay.is_some() => {}
        Action::NextPane => model.focus = neighbour(model.focus, 1),
        Action::PreviousPane => model.focus = neighbour(model.focus, 3),
        Action::FocusUsers => focus(model, Pane::Users),
        Action::FocusGroups => focus(model, Pane::Groups),
        Action::FocusInbox => focus(model, Pane::Inbox),
        Action::FocusChat => focus(model, Pane::Chat),
        Action::NextTab => turn(model, 1),
        Action::PreviousTab => turn(model, -1),
        Action::CloseTab => close_tab(model, effects),
        Action::NextUnread => next_unread(model),
        Action::PageUp => page(model, 1, effects),
        Action::PageDown => page(model, -1, effects),
        Action::Oldest => oldest(model),
        Action::Newest => to_newest(&mut model.chats),
        Action::Help => toggle_help(model),
        Action::Redraw => effects.push(Effect::Redraw),
        Action::Suspend => effects.push(Effect::Suspend),
        Action::Interrupt => interrupt(model),
        Action::Cancel => cancel(model),
        Action::Quit => ask_to_quit(model, effects),
        Action::Send => send(model, effects),
        Action::NewLine => new_line(model),
        _ if action.tab().is_some() => tab(model, action.tab().unwrap_or_default()),
        _ => lists::act(model, action, event, effects),
    }
}

fn neighbour(pane: Pane, steps: usize) -> Pane {
    const ORDER: [Pane; 4] = [Pane::Users, Pane::Groups, Pane::Inbox, Pane::Chat];
    let at = ORDER.iter().position(|known| *known == pane).unwrap_or(0);
    ORDER[(at + steps) % ORDER.len()]
}

fn focus(model: &mut Model, pane: Pane) {
    model.overlay = None;
    model.focus = pane;
}

fn turn(model: &mut Model, by: isize) {
    let count = model.chats.tabs().len();
    if let Some(active) = model.chats.active() {
        tab(model, active.saturating_add_signed(by.rem_euclid(count.cast_signed())) % count);
    }
}

fn tab(model: &mut Model, index: usize) {
    if index < model.chats.tabs().len() {
        update::go_to_tab(model, index);
        focus(model, Pane::Chat);
    }
}

fn close_tab(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Some((conversation, text)) = model.chats.close_active() {
        update::command(model, Command::SaveDraft { conversation, text }, effects);
    }
}

/// The next tab with something unread, else the inbox if something waits there, else any unread talk.
fn next_unread(model: &mut Model) {
    let unread = |id: &ConversationId| model.peer.conversations().get(id).is_some_and(|talk| talk.unread > 0);
    let count = model.chats.tabs().len();
    let from = model.chats.active().unwrap_or(0);
    let next = (1..=count).map(|step| (from + step) % count);
    let next = next.into_iter().find(|index| unread(&model.chats.tabs()[*index].conversation));
    let closed = model.peer.conversations().values().find(|talk| talk.unread > 0).map(|talk| talk.id.clone());
    match (next, closed) {
        (Some(index), _) => tab(model, index),
        (None, Some(conversation)) => update::show(model, &conversation),
        (None, None) if model.waiting_requests() > 0 => focus(model, Pane::Inbox),
        (None, None) => model.info("nothing is unread"),
    }
}

fn page(model: &mut Model, pages: i64, effects: &mut Vec<Effect>) {
    if let Some(Overlay::Help { scroll }) = &mut model.overlay {
        *scroll = help_scroll(*scroll, -pages * 10, model.layout.help_overflow);
        return;
    }
    let rows = i64::from(model.layout.chat.area.height).max(2) - 1;
    scroll(model, pages * rows, effects);
}

/// Scrolls the talk in front by rows, upwards where positive.
pub(super) fn scroll(model: &mut Model, rows: i64, _effects: &mut Vec<Effect>) {
    let at_top = model.layout.chat.at_top;
    if let Some(tab) = model.chats.active_tab_mut() {
        if rows > 0 && at_top && tab.window.first() == 0 {
            return;
        }
        let last = tab.window.end().checked_sub(1);
        tab.scroll = tab.scroll.moved(rows, last);
    }
}

pub(super) fn help_scroll(scroll: u16, rows: i64, overflow: u16) -> u16 {
    let wanted = (i64::from(scroll) + rows).clamp(0, i64::from(overflow));
    u16::try_from(wanted).unwrap_or(overflow)
}

fn oldest(model: &mut Model) {
    if let Some(tab) = model.chats.active_tab_mut() {
        tab.scroll = Scroll::At { seq: tab.window.first(), rows: 0 };
    }
}

fn to_newest(chats: &mut Chats) {
    if let Some(tab) = chats.active_tab_mut() {
        tab.scroll = Scroll::Bottom;
        tab.window.to_end();
    }
}

fn toggle_help(model: &mut Model) {
    model.overlay = match model.overlay {
        Some(Overlay::Help { .. }) => None,
        _ => Some(Overlay::Help { scroll: 0 }),
    };
}

/// Ctrl-C: clears the line; on an empty one it asks whether to leave.
fn interrupt(model: &mut Model) {
    let now = model.now;
    match &mut model.overlay {
        Some(Overlay::Prompt(prompt)) if !prompt.composer.is_empty() => prompt.composer.clear(),
        Some(_) => model.overlay = None,
        None => match model.chats.active_tab_mut() {
            Some(tab) if model.focus == Pane::Chat && !tab.composer.is_empty() => {
                tab.composer.clear();
                tab.touched(now);
            }
            _ => ask(model, Question::Quit),
        },
    }
}

/// Esc: closes what lies over the panes, then the notice, then goes back to the newest message.
fn cancel(model: &mut Model) {
    let scrolled = model.chats.active_tab().is_some_and(|tab| tab.scroll != Scroll::Bottom);
    if model.overlay.is_some() {
        model.overlay = None;
    } else if model.notice.is_some() {
        model.notice = None;
    } else if scrolled {
        to_newest(&mut model.chats);
    }
}

pub(super) fn ask_to_quit(model: &mut Model, effects: &mut Vec<Effect>) {
    let others = model.peer.users().values().filter(|user| user.is_online()).count();
    let asked = matches!(&model.overlay, Some(Overlay::Confirm(Confirm { question: Question::QuitHosting(_) })));
    if model.is_hosting && others > 0 && !asked {
        ask(model, Question::QuitHosting(others));
    } else {
        update::quit(model, effects);
    }
}

fn new_line(model: &mut Model) {
    let now = model.now;
    if let (None, Some(tab)) = (&model.overlay, model.chats.active_tab_mut()) {
        tab.composer.new_line();
        tab.touched(now);
    }
}

/// Enter where text is written.
fn send(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Some(Overlay::Prompt(prompt)) = &mut model.overlay {
        match prompt.command(&model.peer) {
            Ok(command) => {
                model.overlay = None;
                update::command(model, command, effects);
            }
            Err(error) => prompt.error = Some(error),
        }
        return;
    }
    let text = model.chats.active_tab().map(|tab| tab.composer.text()).unwrap_or_default();
    if text.trim().is_empty() {
        return;
    }
    match command::read(&text) {
        Err(why) => model.warn(why),
        Ok(Text::Message(text)) => write(model, text, effects),
        Ok(Text::Command(line)) => {
            take(model, effects);
            run(model, line, effects);
        }
    }
}

/// Sends the composer's text; what cannot be sent stays there.
fn write(model: &mut Model, text: String, effects: &mut Vec<Effect>) {
    let Some(conversation) = model.active().cloned() else { return };
    let sent = |model: &Model| model.peer.conversations().get(&conversation).map_or(0, |talk| talk.len);
    let before = sent(model);
    update::command(model, Command::Send { conversation: conversation.clone(), text }, effects);
    if sent(model) > before {
        take(model, effects);
    }
}

/// Empties the composer, and the draft that was kept of it.
fn take(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Some(tab) = model.chats.active_tab_mut() {
        tab.composer.take();
        let conversation = tab.conversation.clone();
        update::command(model, Command::SaveDraft { conversation, text: String::new() }, effects);
    }
}

fn run(model: &mut Model, line: Line, effects: &mut Vec<Effect>) {
    let command = match line {
        Line::Message(user, text) => return message(model, &user, text, effects),
        Line::Request(user) => Some(Command::RequestTalk(user)),
        Line::Accept(user) => waiting(model, user.as_ref()).map(Command::Accept),
        Line::Deny(user) => waiting(model, user.as_ref()).map(Command::Deny),
        Line::NewGroup(group) => Some(Command::CreateGroup(group)),
        Line::Invite(group, user) => group_or_front(model, group).map(|group| Command::Invite { group, user }),
        Line::Kick(group, user) => group_or_front(model, group).map(|group| Command::RemoveMember { group, user }),
        Line::Lead(group, user) => group_or_front(model, group).map(|group| Command::HandOver { group, user }),
        Line::Leave(group) => group_or_front(model, group).map(Command::LeaveGroup),
        Line::Disband(group) => {
            if let Some(group) = group_or_front(model, group) {
                ask(model, Question::Disband(group));
            }
            None
        }
        Line::Join(group) => Some(Command::JoinGroup(group)),
        Line::End => end(model),
        Line::Close => {
            close_tab(model, effects);
            None
        }
        Line::Reconnect => {
            model.connection = Connection::Connecting;
            effects.push(Effect::Reconnect);
            None
        }
        Line::Help => {
            toggle_help(model);
            None
        }
        Line::Quit => {
            ask_to_quit(model, effects);
            None
        }
    };
    if let Some(command) = command {
        update::command(model, command, effects);
    }
}

fn message(model: &mut Model, user: &UserId, text: String, effects: &mut Vec<Effect>) {
    match super::users::open_session(&model.peer, user) {
        Some(conversation) => {
            update::show(model, &conversation);
            update::command(model, Command::Send { conversation, text: text.trim_start().to_owned() }, effects);
        }
        None => model.warn(format!("there is no open talk with {user}; /request {user} asks for one")),
    }
}

fn end(model: &mut Model) -> Option<Command> {
    match model.active() {
        Some(ConversationId::Session(session)) => Some(Command::End(session.clone())),
        _ => {
            model.warn("/end is for a talk of two; a group is left with /leave");
            None
        }
    }
}

/// The oldest request that waits for an answer, or that of `user`.
fn waiting(model: &mut Model, user: Option<&UserId>) -> Option<MessageId> {
    let fits = |peer: Option<&UserId>| user.is_none_or(|user| peer == Some(user));
    let found = model.peer.requests().find(|request| request.waits_for_me() && fits(request.peer.as_ref()));
    let id = found.map(|request| request.id);
    if id.is_none() {
        model.warn("no such request waits for an answer");
    }
    id
}

/// The group that was named, or the one in front.
fn group_or_front(model: &mut Model, group: Option<GroupName>) -> Option<GroupName> {
    let front = match model.active() {
        Some(ConversationId::Group(group)) => Some(group.clone()),
        _ => None,
    };
    let group = group.or(front);
    if group.is_none() {
        model.warn("which group? name it, or bring its tab to the front");
    }
    group
}
