//! Enter where text is written: a prompt's answer, a message, or a command.

use super::{ask, ask_to_quit, close_tab, messages, toggle_help};
use crate::{
    app::{
        arranging,
        command::{self, CommandHelp, Line, Text},
        effect::Effect,
        front,
        journal::List,
        line_mode, log,
        model::{Connection, Model, Pane},
        notices,
        outbox::{self, Deed},
        overlay::{Overlay, Prompt, Question, Wanted},
        peer, search, talks, users,
    },
    domain::{ConversationId, Direction, GroupName, LocalizedText, MessageId, Notices, Request, UserId, localized},
    protocol::Command,
};

pub(super) fn enter(model: &mut Model, effects: &mut Vec<Effect>) {
    if matches!(model.overlay, Some(Overlay::Prompt(_))) {
        if let Some(Overlay::Prompt(prompt)) = model.overlay.take() {
            answer(model, prompt, effects);
        }
        return;
    }
    // What was pasted often ends in a line end that nobody meant to send.
    let text = model.chats.composer().text().trim_end_matches('\n').to_owned();
    if text.is_empty() {
        return;
    }
    let origin = model.active().cloned();
    let is_done = match command::read(&text) {
        Err(why) => {
            model.warn(why);
            false
        }
        Ok(Text::Message(text)) => send(model, text, effects),
        // The tab, or papo, may be gone afterwards, and what stood in it must not be kept as a draft; or it is
        // written to.
        Ok(Text::Command(line @ (Line::Close | Line::Quit | Line::Waiting(Deed::Edit, _)))) => {
            clear(model, origin.as_ref(), effects);
            run(model, line, effects);
            return;
        }
        Ok(Text::Command(line)) => run(model, line, effects),
    };
    // What was not done stays where it was typed, to be mended.
    if is_done {
        clear(model, origin.as_ref(), effects);
    }
}

/// Runs a command that needs nothing more; of another its beginning is written where it is to be completed.
pub(super) fn start(model: &mut Model, command: CommandHelp, effects: &mut Vec<Effect>) {
    let beginning = command.beginning();
    if let (false, Ok(Text::Command(line))) = (command.needs_more(), command::read(beginning.trim_end())) {
        run(model, line, effects);
        return;
    }
    model.focus = Pane::Chat;
    if !model.chats.composer().is_empty() {
        return model.warn("writing-already");
    }
    let now = model.now.tick;
    model.chats.write(now, |composer| {
        composer.insert(&beginning);
        true
    });
}

/// Does what the prompt was for; opens it again, with the reason, if that cannot be done.
fn answer(model: &mut Model, mut prompt: Box<Prompt>, effects: &mut Vec<Effect>) {
    let error = match prompt.command(&model.peer) {
        Ok(Command::RequestTalk(user)) if prompt.wanted == Wanted::TalkTo => {
            match users::open_session(&model.peer, &user) {
                Some(conversation) => return front::show(model, &conversation),
                None => peer::execute(model, Command::RequestTalk(user), effects).err().map(LocalizedText::from),
            }
        }
        Ok(command) => peer::execute(model, command, effects).err().map(LocalizedText::from),
        Err(error) => Some(error),
    };
    if error.is_some() {
        prompt.error = error;
        model.overlay = Some(Overlay::Prompt(prompt));
    }
}

fn send(model: &mut Model, text: String, effects: &mut Vec<Effect>) -> bool {
    if let Some(conversation) = model.active().cloned() {
        let relation =
            model.chats.active_tab().and_then(|tab| tab.compose_target.as_ref()).map(|earlier| earlier.relation);
        let is_done = peer::attempt(model, Command::Send { conversation, text, relation }, effects);
        if let Some(tab) = model.chats.active_tab_mut().filter(|_| is_done) {
            tab.compose_target = None;
        }
        return is_done;
    }
    model.warn("talk-none-to-send");
    false
}

/// Empties a composer, and the draft that was kept of it.
fn clear(model: &mut Model, origin: Option<&ConversationId>, effects: &mut Vec<Effect>) {
    if let Some(composer) = model.chats.composer_of(origin) {
        composer.take();
    }
    if let Some(conversation) = origin.cloned() {
        peer::command(model, Command::SaveDraft { conversation, text: String::new() }, effects);
    }
}

/// Asks about the requests that wait now: what comes while the question is open is not denied with them.
fn ask_to_clear_inbox(model: &mut Model) -> bool {
    let waiting = model.peer.requests().filter(|request| request.waits_for_me());
    let waiting: Vec<MessageId> = waiting.map(|request| request.id).collect();
    if waiting.is_empty() {
        model.warn("request-none-waits");
        return false;
    }
    ask(model, Question::DenyAll(waiting));
    true
}

/// Asks before a presence is cleared for everybody.
fn ask_to_forget(model: &mut Model, user: UserId) -> bool {
    if let Err(why) = model.peer.may_forget(&user) {
        model.warn(why);
        return false;
    }
    ask(model, Question::Forget(user));
    true
}

/// Runs a command; says whether it could be done.
fn run(model: &mut Model, line: Line, effects: &mut Vec<Effect>) -> bool {
    let command = match line {
        Line::Message(user, text) => return message(model, &user, &text, effects),
        Line::Reply(text) => return messages::reply_to_last(model, text, effects),
        Line::Request(user) => Some(Command::RequestTalk(user)),
        Line::Accept(user) => waiting(model, user.as_ref()).map(Command::Accept),
        Line::Deny(user) => waiting(model, user.as_ref()).map(Command::Deny),
        Line::Withdraw(user) => asked(model, user.as_ref()).map(Command::Withdraw),
        Line::ClearInbox => return ask_to_clear_inbox(model),
        Line::NewGroup(group) => Some(Command::CreateGroup(group)),
        Line::Invite(group, user) => group_or_front(model, group).map(|group| Command::Invite { group, user }),
        Line::Kick(group, user) => group_or_front(model, group).map(|group| Command::RemoveMember { group, user }),
        Line::Lead(group, user) => group_or_front(model, group).map(|group| Command::HandOver { group, user }),
        Line::Leave(group) => {
            return group_or_front(model, group).map(|group| ask(model, Question::Leave(group))).is_some();
        }
        Line::Disband(group) => {
            return group_or_front(model, group).map(|group| ask(model, Question::Disband(group))).is_some();
        }
        Line::Claim(group) => group_or_front(model, group).map(Command::ClaimLead),
        Line::Block(user) => Some(Command::Block(user)),
        Line::Unblock(user) => Some(Command::Unblock(user)),
        Line::Forget(user) => return ask_to_forget(model, user),
        Line::Join(group) => Some(Command::JoinGroup(group)),
        Line::End => end(model),
        Line::Copy => return messages::copy_last(model, effects),
        Line::OpenLink => return messages::open_last_link(model, effects),
        Line::Export(format, file) => return export(model, format, file, effects),
        Line::Log => {
            log::open(model);
            return true;
        }
        Line::Outbox => {
            outbox::open(model);
            return true;
        }
        Line::Notices => return say_notices(model),
        Line::Notify(notices) => return notify(model, notices, effects),
        Line::Talks(name) => {
            talks::open(model, &name);
            return true;
        }
        Line::Search(words) => {
            search::open(model, (!words.is_empty()).then_some(&words), effects);
            return true;
        }
        Line::Waiting(deed, number) => {
            let Some(row) = outbox::meant(model, number, deed) else {
                if deed == Deed::Edit && number.is_none() {
                    return messages::edit_last(model, effects);
                }
                model.warn("waiting-none");
                return false;
            };
            return outbox::act(model, row, deed, effects);
        }
        Line::Reconnect => {
            model.connection = Connection::Connecting;
            effects.push(Effect::Reconnect);
            return true;
        }
        Line::Reload => {
            effects.push(Effect::Reload);
            return true;
        }
        Line::Hide(list) => {
            arranging::change(model, list, true, effects);
            return true;
        }
        Line::Show(list) => {
            arranging::change(model, list, false, effects);
            return true;
        }
        Line::Set(key, value) => {
            effects.push(Effect::Set { key, value });
            return true;
        }
        Line::Welcome => {
            if line_mode::prints(model, List::Help) {
                return true;
            }
            model.overlay = Some(Overlay::Welcome { scroll: 0 });
            return true;
        }
        Line::Help => {
            toggle_help(model);
            return true;
        }
        Line::Quit => {
            ask_to_quit(model, effects);
            return true;
        }
        Line::Close => {
            close_tab(model, effects);
            return true;
        }
    };
    command.is_some_and(|command| peer::attempt(model, command, effects))
}

/// Has what was said in the talk in front written to a file.
fn export(model: &mut Model, format: Option<String>, file: Option<String>, effects: &mut Vec<Effect>) -> bool {
    let talk = model.active().and_then(|conversation| model.peer.conversations().get(conversation));
    let Some(conversation) = talk.map(|talk| (talk.id.clone(), talk.len)) else {
        model.warn("talk-none-in-front");
        return false;
    };
    effects.push(Effect::Export { conversation, format, file });
    true
}

/// Sets what is told of the talk in front.
fn notify(model: &mut Model, notices: Option<Notices>, effects: &mut Vec<Effect>) -> bool {
    if let Some(conversation) = model.active().cloned() {
        peer::command(model, Command::SetNotices { conversation, notices }, effects);
    }
    say_notices(model)
}

/// Says what is told of the talk in front.
fn say_notices(model: &mut Model) -> bool {
    let Some(conversation) = model.active() else {
        model.warn("talk-none-in-front");
        return false;
    };
    model.info(match notices::of(model, conversation) {
        Notices::All => "notices-all",
        Notices::Mentions => "notices-mentions",
        Notices::Never => "notices-never",
    });
    true
}

fn message(model: &mut Model, user: &UserId, text: &str, effects: &mut Vec<Effect>) -> bool {
    let Some(conversation) = users::open_session(&model.peer, user) else {
        model.warn(localized!("talk-none-with", user));
        return false;
    };
    let is_sent = peer::attempt(
        model,
        Command::Send { conversation: conversation.clone(), text: text.trim_start().to_owned(), relation: None },
        effects,
    );
    if is_sent {
        front::show(model, &conversation);
    }
    is_sent
}

fn end(model: &mut Model) -> Option<Command> {
    if let Some(ConversationId::Session(session)) = model.active() {
        return Some(Command::End(session.clone()));
    }
    model.warn("end-is-for-two");
    None
}

/// The oldest request that waits for an answer, or that of `user`.
fn waiting(model: &mut Model, user: Option<&UserId>) -> Option<MessageId> {
    let fits = |peer: Option<&UserId>| user.is_none_or(|user| peer == Some(user));
    let found = model.peer.requests().find(|request| request.waits_for_me() && fits(request.peer.as_ref()));
    let id = found.map(|request| request.id);
    if id.is_none() {
        model.warn("request-none-waits");
    }
    id
}

/// The latest request of mine that has no answer yet, or the latest to `user`.
fn asked(model: &mut Model, user: Option<&UserId>) -> Option<MessageId> {
    let fits = |peer: Option<&UserId>| user.is_none_or(|user| peer == Some(user));
    let is_mine = |request: &&Request| request.direction == Direction::Outgoing && request.is_pending();
    let found = model.peer.requests().filter(is_mine).rfind(|request| fits(request.peer.as_ref()));
    let id = found.map(|request| request.id);
    if id.is_none() {
        model.warn("withdraw-nothing");
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
        model.warn("group-which");
    }
    group
}
