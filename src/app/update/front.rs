//! Which chat is in front, and which pane has the focus, after a chat was opened.

use std::mem::discriminant;

use super::turn::{Cause, Landing, Turn};
use crate::{
    app::{
        LocalizedText,
        actions::inbox::how_to_answer,
        command::{self, Line},
        event::{Event, Question},
        keymap::{Action, Context},
        localized,
        model::Model,
        state::{
            About, Connection, JournalEntry, Level, NoticeLabel, Pane, Scroll, Settling, View,
            attention::{Doubt, Switch},
            inbox::asks,
            question::WhySend,
        },
    },
    domain::{ChatId, ConversationId, Direction, MessageId, Request, RequestState},
};

/// The most characters of a word that may be meant as yes or no.
const SHORT_WORD: usize = 4;

impl Turn<'_> {
    /// Handles a conversation that opened. `mine`: because of a command. What the user asked for comes to the front if
    /// they have pressed nothing since; else they may be about to write to the active chat, and a notice names the key
    /// that goes to the other one.
    pub fn conversation_opened(&mut self, conversation: ConversationId, mine: bool) {
        let asked = self.asked_for(&conversation);
        let Some(chat) = conversation.chat(self.model.peer.me()) else { return };
        let is_writing = self.is_writing();
        if mine && self.cause == Cause::User {
            if is_writing {
                return self.wait_to_show(chat);
            }
            let notice = opened_notice(&chat);
            self.apply(vec![Event::Show(chat.clone())]);
            self.show_notice(Level::Info, notice);
            return self.model.notices.about(About::Open(chat));
        }
        match asked {
            Some(_) if is_writing || self.is_occupied() => self.wait_to_show(chat),
            Some(false) if self.model.chats.active().is_some() => self.wait_to_show(chat),
            Some(is_idle) => {
                let model = &mut *self.model;
                let index = model.chats.open(&model.peer, &chat);
                self.activate(index);
                if is_idle {
                    self.model.focus = Pane::Chat;
                    self.landing = self.landing.max(Landing::Chat);
                }
            }
            None => {
                let had_chat = self.model.chats.active().is_some();
                self.open_tab(&chat);
                if had_chat && self.model.chats.active_chat() != Some(&chat) {
                    self.model.notices.journal.note(JournalEntry::Opened(chat));
                }
            }
        }
    }

    /// Opens a tab for a chat. While no chat is active, the chat comes to the front unless the user is writing.
    pub fn open_tab(&mut self, chat: &ChatId) {
        let is_writing = self.is_writing();
        let model = &mut *self.model;
        let (count, has_chat) = (model.chats.tabs().len(), model.chats.active().is_some());
        let index = model.chats.open(&model.peer, chat);
        let is_new = index == count;
        match (has_chat, is_writing) {
            (false, false) => self.activate(index),
            (false, true) if is_new => self.wait_to_show(chat.clone()),
            _ => {}
        }
    }

    /// Returns whether the user is writing. The line that is just sent or run does not count.
    fn is_writing(&self) -> bool {
        let chats = &self.model.chats;
        if self.runs_line { chats.has_begun() } else { chats.is_writing() }
    }

    /// Whether the user made the request whose acceptance opened a conversation just now on this screen, and has
    /// pressed nothing since; `None` if there is no such request.
    fn asked_for(&self, conversation: &ConversationId) -> Option<bool> {
        let model = &*self.model;
        let mut requests = model.peer.requests().rev().filter(|request| {
            request.direction == Direction::Outgoing
                && request.answered_at == Some(model.now.wall)
                && matches!(request.state, RequestState::Accepted(_))
        });
        let request = requests.find(|request| match conversation {
            ConversationId::Session(session) => request.session() == Some(session),
            ConversationId::Group(group) => request.kind.group() == Some(group),
        });
        let is_idle = |request: &Request| {
            model.attention.asked.contains(&request.id) && model.attention.is_idle_since(request.at)
        };
        request.map(is_idle)
    }

    /// Returns whether the user answers a question, reads back, or has chosen a message.
    fn is_occupied(&self) -> bool {
        let model = &*self.model;
        let is_reading = model.chats.active_tab().is_some_and(|tab| tab.scroll != Scroll::Bottom);
        // In normal mode, a message is chosen where the cursor of vim is.
        let has_chosen = model.chats.chosen().is_some() && !model.is_normal_mode();
        model.overlay.is_some() || model.notices.question.is_some() || has_chosen || is_reading
    }

    /// The chat with the line that the user left with a key of the tabs, if the line is still there.
    fn left_line(&self) -> Option<&ChatId> {
        let model = &*self.model;
        model.attention.left().filter(|left| model.chats.has_draft(&model.peer, left))
    }

    /// The question before a line, which was typed as `text`, if it may not be meant for the active chat.
    pub fn question_about_chat(&self, text: &str, line: &Line<'_>) -> Option<Question> {
        let model = &*self.model;
        let chat = model.chats.active_chat()?.clone();
        let (attention, now) = (&model.attention, model.now.tick);
        let is_new = attention.is_title_new(now) || attention.doubt() == Some(Doubt::UnseenTitle);
        match line {
            Line::Message(_) => {
                let why = match attention.doubt() {
                    Some(Doubt::TypedIn(place)) => WhySend::TypedIn(place),
                    _ if is_new || attention.may_be_answer(text) => WhySend::NewTitle,
                    Some(Doubt::Begun { key, is_edit }) => WhySend::Begun { key, is_edit },
                    Some(Doubt::Answered { needed_name })
                        if is_single_word(text) && (needed_name || text.trim().chars().count() <= SHORT_WORD) =>
                    {
                        WhySend::Answered(text.trim().to_owned())
                    }
                    _ => match self.left_line().filter(|left| **left != chat) {
                        Some(left) => WhySend::Left(left.clone()),
                        None => WhySend::Named(attention.named_instead_of(&chat, now)?.to_owned()),
                    },
                };
                Some(Question::Send(chat, why))
            }
            Line::Command(command, arguments) => {
                let asks = is_new && command.acts_here(arguments);
                asks.then(|| Question::Run(chat, command::typed_name(text, arguments).to_owned()))
            }
        }
    }

    /// Records that the user wants to go to the selected user or group, if that is what an action does.
    pub fn name_selected(&mut self, action: Action) {
        let model = &mut *self.model;
        let chat = match (model.focus, action) {
            (Pane::Users, Action::Open | Action::Request) => model.users.selected(&model.peer).map(ChatId::User),
            (Pane::Groups, Action::Open | Action::Join) => model.groups.selected(&model.peer).map(ChatId::Group),
            _ => None,
        };
        if let Some(chat) = chat.filter(|chat| chat.user() != Some(model.peer.me())) {
            model.attention.named(chat.to_string(), model.now.tick);
        }
    }

    /// Opens a tab for a chat without going there, and says which key does. Line mode prints the command instead.
    fn wait_to_show(&mut self, chat: ChatId) {
        let model = &mut *self.model;
        model.chats.open(&model.peer, &chat);
        if model.chats.active_chat() == Some(&chat) {
            return;
        }
        model.attention.waiting = Some(chat.clone());
        model.notices.journal.note(JournalEntry::Opened(chat.clone()));
        if model.view == View::Lines {
            return;
        }
        let key = model.keymap.key_or_name(Context::Global, Action::NextUnread);
        let name = chat.to_string();
        self.show_outcome(NoticeLabel::Done, Level::Info, localized!("opened-waits", name, key));
        self.model.notices.about(About::Waiting(chat));
    }

    /// Notes a changed phase, so that line mode prints it.
    pub fn phase_changed(&mut self, conversation: &ConversationId) {
        if let Some(chat) = conversation.chat(self.model.peer.me()) {
            self.model.notices.journal.note(JournalEntry::Changed(chat));
        }
    }

    /// The user sent or ran a line: the answer to an earlier one is over.
    pub fn end_earlier_answer(&mut self) {
        let model = &mut *self.model;
        if model.notices.count() == self.notices_before {
            model.notices.end_answer(model.now.tick);
        }
    }

    /// After every message: removes what is settled, brings back drafts, and notes whether the active chat changed.
    pub fn settle(&mut self, active_before: Option<&ChatId>) {
        let model = &mut *self.model;
        let now = model.now.tick;
        let has_focus = model.focus == Pane::Chat && model.overlay.is_none();
        model.chats.restore_left_drafts(has_focus, now);
        let is_other_chat = model.chats.active_chat() != active_before;
        if is_other_chat {
            if active_before.is_none() {
                model.chats.bring_text_along(now);
            }
            model.completion = None;
            model.attention.chat_changed(self.switch, active_before.is_none(), now);
            if matches!(self.switch, Switch::Chosen | Switch::Opened) {
                model.attention.forget_left();
            }
        }
        let active = model.chats.active_chat();
        model.attention.waiting.take_if(|waiting| active == Some(&*waiting));
        let is_at_named = active.is_some_and(|chat| model.attention.named_instead_of(chat, now).is_none());
        if is_at_named {
            model.attention.forget_named();
        }
        if is_other_chat && self.cause == Cause::User {
            model.attention.knows_chat();
        }
        let is_other_overlay = model.overlay.as_ref().map(discriminant) != self.overlay_before;
        let is_moved = self.cause == Cause::User && (is_other_chat || is_other_overlay);
        let settling = Settling {
            is_in_composer: model.is_in_composer(),
            is_connecting: model.connection == Connection::Connecting,
            has_left: is_moved && model.notices.count() == self.notices_before,
            at: now,
        };
        let mut notices = std::mem::take(&mut model.notices);
        notices.settle((&model.peer, &model.chats), settling, |requests| requests_notice(requests, model));
        model.notices = notices;
        self.settle_question();
    }
}

/// The text of the notice about these pending requests.
fn requests_notice(requests: &[MessageId], model: &Model) -> String {
    let text = match requests {
        [only] => model.peer.request(*only).map(|request| request_notice(request, model)),
        _ if model.focus == Pane::Inbox => Some(localized!("header-requests", count = requests.len())),
        _ => {
            let key = model.keymap.key_or_name(Context::Global, Action::FocusInbox);
            Some(localized!("requests-several", count = requests.len(), key))
        }
    };
    text.map(|text| model.language.translate(text)).unwrap_or_default()
}

/// A request to me, and how to answer it.
pub fn request_notice(request: &Request, model: &Model) -> LocalizedText {
    let is_selected =
        model.focus == Pane::Inbox && model.inbox.selected(&model.peer).is_some_and(|it| it.id == request.id);
    let answer = how_to_answer(request, &model.keymap, is_selected, model.view);
    let [words, answer] = [asks(&model.lookalikes, request), answer].map(|text| model.language.translate(text));
    LocalizedText::quoted(format!("{words}{answer}"))
}

fn is_single_word(line: &str) -> bool {
    !line.trim().contains(char::is_whitespace)
}

fn opened_notice(chat: &ChatId) -> LocalizedText {
    match chat {
        ChatId::Group(group) => localized!("answer-join-yes", group),
        ChatId::User(user) => localized!("chat-opened", name = user),
    }
}
