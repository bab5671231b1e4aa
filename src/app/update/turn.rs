//! A turn: one update of the model, which applies events and collects effects.

use std::mem::{Discriminant, discriminant};

use crate::{
    app::{
        LocalizedText,
        actions::{line_mode, lists},
        effect::Effect,
        event::{Event, ExitKind, Question},
        keymap::{Action, Context},
        localized,
        model::Model,
        overlay::Overlay,
        rejection::Rejection,
        setting::Checked,
        state::{
            About, ChatLayout, Connection, JournalEntry, Level, NoticeLabel, Pane, Priority, ShownNotice, View,
            attention::Switch,
        },
    },
    protocol::Command,
};

/// The model, and the effects that this update has caused so far.
pub struct Turn<'m> {
    pub model: &'m mut Model,
    pub effects: Vec<Effect>,
    pub cause: Cause,
    /// True while the line in the composer is sent or run.
    pub runs_line: bool,
    /// How another chat becomes active in this turn, if it does.
    pub switch: Switch,
    /// The number of notices before this update.
    pub notices_before: u64,
    /// The overlay that was open before this update.
    pub overlay_before: Option<Discriminant<Overlay>>,
    /// Whether papo was in the normal mode of vim's keys before this update, or in a command that was begun there.
    pub was_normal: bool,
    /// Where this update leads.
    pub landing: Landing,
}

/// Where an update leads; the last of these that applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Landing {
    /// Not to a chat.
    Elsewhere,
    /// To a chat, as a key for it does.
    Chat,
    /// To a text that was put into the composer, such as that of an edit, or a reply.
    Text,
}

/// Why the model is updated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The user pressed a key, pasted text, used the mouse or piped a line.
    User,
    /// The runtime reports on what the user requested before.
    Answer,
    /// Anything else.
    Event,
}

impl<'m> Turn<'m> {
    pub fn new(model: &'m mut Model, cause: Cause) -> Self {
        let switch = if cause == Cause::User { Switch::Chosen } else { Switch::ByItself };
        let notices_before = model.notices.count();
        let overlay_before = model.overlay.as_ref().map(discriminant);
        let was_normal = model.command_from.is_some() || model.is_normal_mode();
        Self {
            model,
            effects: Vec::new(),
            cause,
            runs_line: false,
            switch,
            notices_before,
            overlay_before,
            was_normal,
            landing: Landing::Elsewhere,
        }
    }
}

impl Turn<'_> {
    pub fn show_notice(&mut self, level: Level, text: impl Into<LocalizedText>) {
        self.show_labelled(level.into(), level, text);
    }

    /// Shows a notice. Line mode prints it with this label.
    pub fn show_labelled(&mut self, label: NoticeLabel, level: Level, text: impl Into<LocalizedText>) {
        let may_be_missed = self.cause == Cause::Event && level == Level::Info;
        self.show(label, level, text, if may_be_missed { Priority::Ordinary } else { Priority::Important });
    }

    /// Shows the outcome of what the user did earlier, or what else they must not overlook.
    pub fn show_outcome(&mut self, label: NoticeLabel, level: Level, text: impl Into<LocalizedText>) {
        self.show(label, level, text, Priority::Important);
    }

    /// Shows a remark about what the user typed.
    pub fn show_remark(&mut self, text: impl Into<LocalizedText>) {
        let text = self.model.language.translate(text);
        self.model.notices.remark(text, self.model.now);
    }

    /// Shows a notice. What follows at once from an input of the user is the answer to that.
    fn show(&mut self, label: NoticeLabel, level: Level, text: impl Into<LocalizedText>, priority: Priority) {
        let text = self.model.language.translate(text);
        let priority = match self.cause {
            Cause::User => Priority::Answer,
            Cause::Answer => Priority::Report,
            Cause::Event => priority,
        };
        let notices = &mut self.model.notices;
        if self.cause == Cause::Event && notices.count() > self.notices_before {
            notices.supersede(self.model.now.tick);
        }
        notices.show(label, level, text, priority, None, self.model.now);
    }

    /// Applies events. The open overlay shows a rejection; if it does not, a notice does.
    pub fn apply(&mut self, events: Vec<Event>) {
        let Err(why) = self.try_apply(events) else { return };
        let why = match &mut self.model.overlay {
            Some(overlay) => overlay.component_mut().rejected(why),
            None => Some(why),
        };
        if let Some(why) = why {
            self.show_rejection(why);
        }
    }

    /// Shows why papo rejects what the user requested.
    pub fn show_rejection(&mut self, why: Rejection) {
        if matches!(why, Rejection::NoGroupToJoin(_)) {
            // It may be new. The user may try again.
            self.read_directory();
        }
        let is_about_draft = matches!(why, Rejection::ComposerNotEmpty);
        let why = self.names_waiting_chat(why);
        self.show_notice(Level::Warning, why);
        if is_about_draft {
            self.model.notices.about(About::Draft);
        }
    }

    /// If a line or a key needs a chat and none is in front, but one waits, names that one and the way to it.
    fn names_waiting_chat(&self, why: Rejection) -> Rejection {
        use Rejection::{
            NoActiveChat, NoChatToSendTo, NoLink, NotInSession, NothingToCopy, NothingToEdit, NothingToReplyTo,
        };
        let model = &*self.model;
        let needs_chat = matches!(
            why,
            NoActiveChat | NoChatToSendTo | NotInSession | NothingToReplyTo | NothingToEdit | NothingToCopy | NoLink
        );
        let is_without = model.chats.active().is_none() && needs_chat;
        let Some(chat) = model.attention.waiting.as_ref().filter(|_| is_without) else { return why };
        let way = match model.view {
            View::Panes => model.keymap.key_or_name(Context::Global, Action::NextUnread),
            View::Lines => "/unread".to_owned(),
        };
        Rejection::ChatWaits { way, name: chat.to_string() }
    }

    /// Applies events until one is rejected. Returns that rejection.
    pub fn try_apply(&mut self, events: Vec<Event>) -> Result<(), Rejection> {
        events.into_iter().try_for_each(|event| self.try_apply_one(event))
    }

    fn try_apply_one(&mut self, event: Event) -> Result<(), Rejection> {
        let model = &mut *self.model;
        let now = model.now.tick;
        match event {
            Event::Command(command) => return self.answered_command(command),
            Event::Reject(why) => return Err(why),
            Event::Effect(effect) => self.effects.push(effect),
            Event::Notice(level, text) => self.show_notice(level, text),
            Event::Ask(question) => self.ask(question),
            Event::BeginCommand => self.begin_command(),
            Event::Open(open) => {
                let looks_for_name = open.looks_for_name();
                model.overlay = Some(Overlay::open(open, &model.read_only()));
                if looks_for_name {
                    self.read_directory();
                }
            }
            Event::Close => model.overlay = None,
            Event::Print(list) => model.notices.journal.note(JournalEntry::List(list)),
            Event::Focus(pane) => self.focus(pane),
            Event::HideLists(hidden) => {
                let Checked { shown, toml } = Checked::several(hidden.iter().map(|list| list.name()));
                model.configured.insert("ui.hide".to_owned(), shown);
                model.ui.hide = hidden;
                if model.focus.is_in(&model.ui.hide) {
                    model.focus = Pane::Chat;
                }
                let notice = lists::hidden_notice(&model.ui.hide, &model.language);
                self.effects.push(Effect::Keep { key: "ui.hide".to_owned(), value: toml });
                self.show_notice(Level::Info, notice);
            }
            Event::Show(chat) => {
                let index = model.chats.open(&model.peer, &chat);
                self.go_to_tab(index);
            }
            Event::Tab(index) if index < model.chats.tabs().len() => {
                model.overlay = None;
                self.go_to_tab(index);
            }
            Event::Tab(_) => {}
            Event::CloseTab(index) => {
                self.switch = Switch::ByItself;
                let index = index.or_else(|| model.chats.active());
                if let Some((chat, text)) = index.and_then(|index| model.chats.close(index)) {
                    self.save_draft(&chat, text);
                }
            }
            Event::Split(chat) => {
                let tab = model.chats.open(&model.peer, &chat);
                model.chats.split(&model.peer, tab);
            }
            Event::Unsplit => model.chats.unsplit(),
            Event::Choose(seq) => model.chats.choose(seq, &model.layout.chat),
            Event::Unchoose => {
                model.search.is_highlighted = false;
                if let Some(tab) = model.chats.active_tab_mut() {
                    tab.chosen = None;
                }
            }
            Event::Newest => model.chats.go_to_newest(),
            Event::Insert(text) => {
                self.landing = Landing::Text;
                model.chats.insert(&text, now);
            }
            Event::Target(target) => {
                if target.is_some() {
                    self.landing = Landing::Text;
                }
                if let Some(tab) = model.chats.active_tab_mut() {
                    tab.compose_target = target;
                }
            }
            Event::Search(change) => {
                self.effects.extend(model.search.update(change, &model.peer, model.chats.active_chat()));
            }
            Event::Clear => model.chats.clear(),
            Event::Act(action) => self.act(action),
            // The user may have mended the configuration.
            Event::Reconnect if model.login.refusal.is_some() => self.effects.push(Effect::RereadLogin),
            Event::Reconnect => self.reconnect(Effect::Reconnect),
            Event::LogIn(credentials) => {
                model.login.typed = Some(credentials.user.clone());
                self.reconnect(Effect::LogIn(credentials));
            }
            Event::DeclineLogin => self.decline_login(),
            Event::ConfirmExit(how) => {
                let others = model.peer.users().values().filter(|user| user.is_online()).count();
                if !model.is_hosting || others == 0 {
                    self.exit(how);
                } else {
                    self.ask(Question::ExitWhileHosting(how, others));
                }
            }
            Event::Exit(how) => self.exit(how),
        }
        Ok(())
    }

    /// Gives a pane the focus; in line mode, prints its list. A list of users or groups is then read from the broker.
    fn focus(&mut self, pane: Pane) {
        let model = &mut *self.model;
        if let Some(list) = line_mode::printed_list(pane).filter(|_| model.view == View::Lines) {
            model.notices.journal.note(JournalEntry::List(list));
        } else {
            (model.overlay, model.focus) = (None, pane);
            if pane == Pane::Inbox {
                let wanted = model.notices.current.as_ref().and_then(ShownNotice::request);
                model.inbox.go_to(wanted, &model.peer);
            }
        }
        if pane.shows_directory() {
            self.read_directory();
        }
    }

    fn decline_login(&mut self) {
        self.model.login.declined();
        self.show_notice(Level::Info, "login-declined");
    }

    pub fn reconnect(&mut self, how: Effect) {
        self.model.connection = Connection::Connecting;
        self.model.login.user_acted();
        self.model.notices.log.expect_connection();
        self.model.notices.journal.note(JournalEntry::Reconnecting);
        self.effects.push(how);
        self.show_notice(Level::Info, localized!("reconnecting", broker = self.model.broker));
        self.model.notices.about(About::Connecting);
    }

    /// Makes a tab the active one. What the last frame showed of another chat says nothing about this one.
    pub fn activate(&mut self, index: usize) {
        let model = &mut *self.model;
        let before = model.chats.active();
        model.chats.activate(&model.peer, index);
        if model.chats.active() != before {
            let area = model.layout.chat.area;
            model.layout.chat = ChatLayout { area, ..ChatLayout::default() };
        }
    }

    /// Goes to the composer of a tab.
    fn go_to_tab(&mut self, index: usize) {
        self.activate(index);
        if self.cause == Cause::User {
            self.model.attention.knows_chat();
        }
        if let Some(tab) = self.model.chats.active_tab_mut() {
            tab.chosen = None;
        }
        self.model.focus = Pane::Chat;
        self.landing = self.landing.max(Landing::Chat);
    }

    /// Saves the drafts and the tabs, publishes that I am offline, and quits or suspends papo.
    pub fn exit(&mut self, how: ExitKind) {
        self.save_drafts(None);
        self.save_tabs(true);
        if matches!(how, ExitKind::Quit) {
            self.carry_out_answers();
        }
        self.command_or_warn(Command::GoOffline);
        let model = &mut *self.model;
        match how {
            ExitKind::Quit => {
                self.effects.extend(model.scripts.answer_before_exit(
                    &model.peer,
                    &model.connection,
                    &model.broker,
                    model.store_failure.is_none(),
                ));
                self.effects.push(Effect::Quit);
            }
            ExitKind::Suspend => self.effects.push(Effect::Suspend),
        }
    }
}
