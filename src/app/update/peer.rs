//! Passes commands and inputs to the peer, and handles the operations, outputs and events that the peer returns.

use std::time::Duration;

use super::{
    front::request_notice,
    turn::{Cause, Turn},
};
use crate::{
    app::{
        LocalizedText,
        effect::Effect,
        language::not_forgotten_text,
        localized,
        rejection::Rejection,
        scripts::Item,
        state::{
            About, Connection, JournalEntry, Level, NoticeLabel, Priority, Tab,
            inbox::{self, answer, asks},
            outbox,
        },
    },
    domain::{
        Body, ChatMessage, ConversationId, DeliveryFailure, Direction, DisconnectReason, GroupName, MessageId, UserId,
    },
    protocol::{Command, Event as PeerEvent, Ignored, Input, Notice, Operation, OutboxRow, RowId},
};

/// How old the list of all users and groups may be when the user looks at it.
const DIRECTORY_AGE: Duration = Duration::from_secs(60);

impl Turn<'_> {
    /// Lets the peer read the list of all users and groups because the user looks at it, or looks for a name.
    pub fn read_directory(&mut self) {
        self.command_or_warn(Command::ReadDirectory { max_age: DIRECTORY_AGE });
    }

    /// Passes a command of the user or of a program to the peer. Returns the peer's refusal, if any.
    pub fn command(&mut self, command: Command) -> Result<(), Rejection> {
        let outcome = self.model.peer.command(self.model.now, command);
        if self.cause == Cause::User {
            let model = &mut *self.model;
            let mut mine = model.peer.requests().rev().filter(|request| request.direction == Direction::Outgoing);
            model.attention.asked.extend(mine.next().filter(|it| it.at == model.now.wall).map(|it| it.id));
        }
        self.take_batch();
        Ok(outcome?)
    }

    /// Passes a command to the peer that papo issues by itself. If the peer refuses it, the user sees a warning.
    pub fn command_or_warn(&mut self, command: Command) {
        if let Err(why) = self.command(command) {
            self.show_notice(Level::Warning, why);
        }
    }

    /// Passes an input to the peer.
    pub fn input(&mut self, input: Input) {
        self.model.peer.handle_input(self.model.now, input);
        self.take_batch();
    }

    /// Handles the results of the peer's last input or command.
    fn take_batch(&mut self) {
        let model = &mut *self.model;
        let batch = model.peer.take_batch();
        let changes_my_group =
            |operation: &Operation| matches!(operation, Operation::PutGroup(group) if group.includes(model.peer.me()));
        if batch.operations.iter().any(changes_my_group) {
            model.lookalikes.mark_outdated();
        }
        model.lookalikes.refresh(&model.peer);
        if !batch.operations.is_empty() || !batch.outputs.is_empty() {
            self.effects.push(Effect::Commit { operations: batch.operations, outputs: batch.outputs });
        }
        for event in batch.events {
            self.handle_event(event);
        }
    }

    fn handle_event(&mut self, event: PeerEvent) {
        let model = &mut *self.model;
        match event {
            PeerEvent::Message { conversation, seq, message } => self.message(conversation, seq, message),
            PeerEvent::Edited { conversation, edit } => {
                if let Some(tab) = self.tab_of(&conversation) {
                    tab.edited(edit);
                }
            }
            PeerEvent::FailureChanged { conversation, n, failure } => self.not_delivered(&conversation, n, &failure),
            PeerEvent::TextChanged { conversation, n, text } => {
                self.change_mine(&conversation, n, |message| message.body = Body::Text(text));
                self.show_notice(Level::Info, "edited-in-place");
            }
            PeerEvent::Hidden { conversation, n } => {
                self.change_mine(&conversation, n, |message| message.is_hidden = true);
            }
            PeerEvent::RequestArrived(id) => self.request_arrived(id),
            PeerEvent::RequestAnswered(id) => self.request_answered(id),
            PeerEvent::ConversationOpened { conversation, mine } => self.conversation_opened(conversation, mine),
            PeerEvent::ConversationChanged(conversation) => self.phase_changed(&conversation),
            PeerEvent::ReadBack(conversation) => {
                let chat = conversation.chat(model.peer.me());
                if let Some(tab) = chat.and_then(|chat| model.chats.tab_mut(&chat)) {
                    tab.reload(&model.peer);
                }
                model.search.forget();
            }
            PeerEvent::TypingChanged => {}
            PeerEvent::TakenOver => {
                self.show_notice(Level::Error, localized!("id-elsewhere", me = self.model.peer.me()));
                self.model.connection = Connection::stopped(&DisconnectReason::InUse, true);
                self.effects.push(Effect::Disconnect);
            }
            PeerEvent::ControlRefused(topic) => {
                let why = localized!("control-refused", topic);
                self.connection_changed(Connection::ControlRefused { why }, None);
            }
            PeerEvent::Forgotten(user) => self.forgotten(&user),
            PeerEvent::NotForgotten { user, why } => {
                let why = not_forgotten_text(&user, why);
                model.scripts.forgotten(&user, Err(why.clone()));
                self.show_outcome(NoticeLabel::Warning, Level::Warning, why);
            }
            PeerEvent::RowRefused { row, why } => self.row_refused(&row, &why),
            PeerEvent::GroupRefused { group, row, why } => self.group_refused(&group, row, &why),
            PeerEvent::Notice(notice) => {
                let about = inbox::asked_by(&notice, &model.peer).map(About::Request);
                match notice {
                    Notice::LeadReceived(_) => self.show_outcome(NoticeLabel::Done, Level::Info, notice),
                    _ if notice.is_warning() => self.show_notice(Level::Warning, notice),
                    _ => self.show_notice(Level::Info, notice),
                }
                if let Some(about) = about {
                    self.model.notices.about(about);
                }
            }
            PeerEvent::Suspicious(ignored) => {
                let is_first = model.reported.is_first(&ignored);
                model.notices.ignored(ignored.reason.clone().into(), &model.language, model.now);
                self.log_ignored(ignored, is_first);
            }
            PeerEvent::Overlooked(ignored) => self.log_ignored(ignored, false),
        }
    }

    fn log_ignored(&mut self, ignored: Ignored, is_first: bool) {
        let reason = self.model.language.translate(ignored.reason.clone());
        self.effects.push(Effect::LogIgnored { ignored, reason, is_first });
    }

    /// The tab of the chat that a conversation belongs to.
    fn tab_of(&mut self, conversation: &ConversationId) -> Option<&mut Tab> {
        let chat = conversation.chat(self.model.peer.me())?;
        self.model.chats.tab_mut(&chat)
    }

    fn message(&mut self, conversation: ConversationId, seq: u64, message: ChatMessage) {
        let Some(id) = conversation.chat(self.model.peer.me()) else { return };
        let model = &mut *self.model;
        // The view does not move while a message is chosen.
        let is_seen = model.is_seen(&id) && model.chats.tab_mut(&id).is_none_or(|tab| tab.chosen.is_none());
        let is_mine = message.author == *model.peer.me();
        let asks_for_attention = message.asks_for_attention();
        if !is_mine && asks_for_attention {
            let (peer, language, now) = (&model.peer, &model.language, model.now.tick);
            let came = (&id, &message);
            self.effects.extend(model.notifications.message_arrived(came, is_seen, peer, language, now));
        }
        model.scripts.notify(|| Item::Message(conversation.clone(), message.clone()));
        model
            .notices
            .journal
            .note(JournalEntry::Message { conversation: conversation.clone(), message: message.clone() });
        // An edit or a change of a group does not open a tab that the user has closed.
        if asks_for_attention {
            self.open_tab(&id);
        }
        let model = &mut *self.model;
        let is_sent = is_mine && message.as_change().is_none();
        let Some(chat) = model.peer.chat(&id) else { return };
        let unread = chat.unread();
        if let (Some(tab), Some(position)) = (model.chats.tab_mut(&id), chat.position(&conversation, seq)) {
            if is_sent {
                tab.sent(position, message);
            } else {
                // What arrives before the first key counts as new: the user may not be there yet, and it may have
                // waited at the broker since papo ran last.
                let before_input = || model.attention.is_untouched().then(|| tab.count_new() + 1);
                let unread = if is_seen { before_input().unwrap_or(0) } else { unread };
                tab.arrived(position, message, unread);
            }
        }
    }

    fn request_arrived(&mut self, id: MessageId) {
        let model = &mut *self.model;
        let Some(request) = model.peer.request(id) else { return };
        model.scripts.notify(|| Item::Request(request.clone()));
        let words = model.language.translate(asks(&model.lookalikes, request));
        let text = model.language.translate(request_notice(request, model));
        let about = Some(About::Incoming(vec![id]));
        model.notices.show(NoticeLabel::Request, Level::Info, text, Priority::Important, about, model.now);
        self.effects.push(Effect::Notify { title: "papo".to_owned(), body: words });
    }

    fn request_answered(&mut self, id: MessageId) {
        let model = &mut *self.model;
        let Some(request) = model.peer.request(id) else { return };
        model.scripts.notify(|| Item::Request(request.clone()));
        if let Some(words) = answer(request) {
            let body = model.language.translate(words.clone());
            self.effects.push(Effect::Notify { title: "papo".to_owned(), body });
            self.show_outcome(NoticeLabel::Answer, Level::Info, words);
        }
    }

    /// Changes my message number `n`, if it is loaded.
    fn change_mine(&mut self, conversation: &ConversationId, n: u64, change: impl FnOnce(&mut ChatMessage)) {
        let model = &mut *self.model;
        if let Some(chat) = model.peer.chat_of(conversation)
            && let Some(tab) = model.chats.tab_mut(chat.id())
        {
            // Each session counts my messages from 1.
            let is_in = |position| chat.locate(position).is_some_and(|(id, _)| id == conversation);
            let me = model.peer.me();
            let is_meant = |position, message: &ChatMessage| {
                message.sequence_number == Some(n) && message.author == *me && is_in(position)
            };
            if let Some(message) = tab.window.latest_mut(is_meant) {
                change(message);
            }
        }
    }

    /// Handles the failed delivery of my message number `n`.
    fn not_delivered(&mut self, conversation: &ConversationId, n: u64, failure: &DeliveryFailure) {
        self.change_mine(conversation, n, |message| message.failure = Some(failure.clone()));
        self.model.scripts.not_delivered(conversation, n, failure);
        if *failure != DeliveryFailure::Dropped {
            let text = localized!("not-sent", failure = LocalizedText::from(failure));
            self.show_outcome(NoticeLabel::Error, Level::Error, text);
        }
    }

    /// Handles the broker's refusal of an outbox row that is not a chat message.
    fn row_refused(&mut self, row: &OutboxRow, why: &DeliveryFailure) {
        self.model.scripts.row_refused(row.row, &LocalizedText::from(why));
        let (to, what) = outbox::words(&self.model.peer, row);
        let text = localized!("publication-refused", what, to, why = LocalizedText::from(why));
        self.show_outcome(NoticeLabel::Error, Level::Error, text);
    }

    /// The broker does not take a group of mine.
    fn group_refused(&mut self, group: &GroupName, row: RowId, why: &DeliveryFailure) {
        let text = match why {
            DeliveryFailure::NotAllowed => localized!("group-not-allowed", group),
            _ => localized!("group-refused", group, why = LocalizedText::from(why)),
        };
        self.model.scripts.row_refused(row, &text);
        self.show_outcome(NoticeLabel::Error, Level::Error, text);
    }

    /// Called after the broker cleared the presence of `user`.
    fn forgotten(&mut self, user: &UserId) {
        self.model.scripts.forgotten(user, Ok(()));
        let stays = self.model.peer.users().contains_key(user);
        self.show_outcome(
            NoticeLabel::Done,
            Level::Info,
            if stays { localized!("forgotten-stays", user) } else { localized!("forgotten", user) },
        );
    }
}
