//! The model: everything that the view draws.

use std::collections::BTreeMap;

use crossterm::event::KeyEvent;

use super::{
    actions::questions,
    completion::Completion,
    event::ModelRef,
    keymap::{Action, Context, Keymap},
    language::{Language, LocalizedText},
    overlay::Overlay,
    setting::Aliases,
    state::{
        Attention, Chats, ComposeTarget, Composer, Connection, Groups, Inbox, Layout, Letters, Login, Lookalikes,
        NoticeBoard, Notifications, Pane, Reported, Scripts, Scroll, Search, Tab, Users, View, attention::read_by,
    },
};
use crate::{
    domain::{ChatId, NotifySettings, Now, Tick, UiSettings},
    protocol::Peer,
};

/// The settings that the model starts with.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "the docs are at the types or at the fields of the model")]
pub struct Options {
    pub broker: String,
    pub keymap: Keymap,
    pub language: Language,
    pub ui: UiSettings,
    pub notify: NotifySettings,
    pub aliases: Aliases,
    pub configured: BTreeMap<String, String>,
    pub view: View,
}

/// What a letter changes that is an action: which part of the screen has the keys, the text in the composer, and the
/// list that the inbox shows.
#[derive(Debug, Clone)]
pub(super) struct BeforeLetter {
    pub overlay: Option<Overlay>,
    pub focus: Pane,
    pub chat: Option<ChatId>,
    pub chosen: Option<u64>,
    pub composer: Composer,
    pub target: Option<ComposeTarget>,
    pub named: Option<(String, Tick)>,
    pub inbox: Inbox,
}

/// Where a command was begun with the keys of vim: papo returns there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NormalMode {
    pub focus: Pane,
    pub chat: Option<ChatId>,
    pub chosen: Option<u64>,
    /// Whether a window was open. The command has closed it.
    pub had_overlay: bool,
}

/// Everything that the view draws: the peer, which holds the state of the protocol, and the states of the screen.
#[derive(Debug)]
#[expect(missing_docs, reason = "the docs of a state are at its type")]
pub struct Model {
    pub peer: Peer,
    /// The time of the last update.
    pub now: Now,
    /// The address of the broker in use, as the header shows it.
    pub broker: String,
    pub keymap: Keymap,
    pub language: Language,
    pub view: View,
    pub connection: Connection,
    /// True if papo has the terminal's focus, as far as the terminal reports it. False while the user's editor runs,
    /// and if papo runs without a screen.
    pub in_front: bool,
    /// True if papo is connected to its own embedded broker.
    pub is_hosting: bool,
    pub login: Login,
    /// True if the last update may have changed the visible screen, so that it must be redrawn.
    pub is_stale: bool,
    /// Why the store cannot write; `None` while it can.
    pub store_failure: Option<String>,
    pub ui: UiSettings,
    pub aliases: Aliases,
    /// The values of the settings that the configuration sets, by key.
    pub configured: BTreeMap<String, String>,
    /// The pane that receives the keys.
    pub focus: Pane,
    pub attention: Attention,
    pub letters: Letters,
    /// The screen before the letter after which the user may type on; see [`Self::letters`].
    pub(super) before_letter: Option<Box<BeforeLetter>>,
    /// Where the command in the composer was begun, if that was in the normal mode of vim's keys.
    pub(super) command_from: Option<NormalMode>,
    pub users: Users,
    pub groups: Groups,
    pub inbox: Inbox,
    pub chats: Chats,
    pub search: Search,
    pub completion: Option<Completion>,
    /// The text that was killed last in a composer or a field.
    pub killed: String,
    pub overlay: Option<Overlay>,
    pub notices: NoticeBoard,
    pub notifications: Notifications,
    pub lookalikes: Lookalikes,
    /// Where everything was drawn in the last frame.
    pub layout: Layout,
    /// While the user drags the rule between the lists and the chat: its column and the width of the lists when the
    /// drag began.
    pub dragged_from: Option<(u16, u16)>,
    pub scripts: Scripts,
    pub(super) reported: Reported,
}

impl Model {
    /// The model after a start. Chats that are open or have unread messages get a tab.
    pub fn new(peer: Peer, options: Options, now: Now) -> Self {
        let mut lookalikes = Lookalikes::default();
        lookalikes.refresh(&peer);
        Self {
            chats: Chats::restore(&peer),
            peer,
            now,
            broker: options.broker,
            keymap: options.keymap,
            language: options.language,
            view: options.view,
            connection: Connection::Connecting,
            in_front: true,
            is_hosting: false,
            login: Login::default(),
            is_stale: true,
            store_failure: None,
            focus: Pane::default(),
            attention: Attention::new(now),
            letters: Letters::default(),
            before_letter: None,
            command_from: None,
            users: Users::default(),
            groups: Groups::default(),
            inbox: Inbox::new(options.ui.inbox),
            ui: options.ui,
            aliases: options.aliases,
            configured: options.configured,
            search: Search::default(),
            completion: None,
            killed: String::new(),
            overlay: None,
            notices: NoticeBoard::new(options.view),
            notifications: Notifications::new(options.notify),
            lookalikes,
            layout: Layout::default(),
            dragged_from: None,
            scripts: Scripts::default(),
            reported: Reported::default(),
        }
    }

    /// The number of unread messages in all conversations.
    pub fn unread(&self) -> u64 {
        self.peer.conversations().values().map(|conversation| conversation.unread).sum()
    }

    /// Whether the broker sent all users and groups that papo follows, or cannot send them.
    pub fn has_all_records(&self) -> bool {
        !self.connection.is_online_or_connecting() || self.scripts.has_retained()
    }

    /// The text of the open question.
    pub fn question(&self) -> Option<LocalizedText> {
        let pinned = self.notices.question.as_ref()?;
        Some(questions::text(&pinned.question, &self.peer, &self.lookalikes))
    }

    /// When the user has read what came up last: a question, or the title of a chat that came to the front by itself.
    /// Before that, Enter does not answer or send.
    pub fn read_by(&self) -> Option<Tick> {
        let question = self.notices.question.as_ref().map(|pinned| read_by(pinned.asked));
        question.into_iter().chain(self.attention.title_read_by()).max()
    }

    /// The context in which keys are looked up: that of the open overlay, or else of the focused pane.
    pub fn context(&self) -> Context {
        match (&self.overlay, self.focus) {
            (Some(overlay), _) => overlay.component().context(),
            (None, Pane::Users) => Context::Users,
            (None, Pane::Groups) => Context::Groups,
            (None, Pane::Inbox) => Context::Inbox,
            (None, Pane::Chat) if self.chats.chosen().is_some() => Context::Messages,
            (None, Pane::Chat) if self.chats.composer().is_empty() => Context::Empty,
            (None, Pane::Chat) => Context::Composer,
        }
    }

    /// The action of a key. In an untouched draft, the keys that go to another pane do so as in an empty composer.
    pub fn action(&self, key: KeyEvent) -> Option<Action> {
        let goes_to_pane = |action: &Action| matches!(action, Action::NextPane | Action::PreviousPane);
        let of_draft = || self.keymap.action(Context::Empty, &key).filter(goes_to_pane);
        let is_at_draft = self.view == View::Panes && self.is_at_untouched_draft();
        let of_draft = is_at_draft.then(of_draft).flatten();
        of_draft.or_else(|| self.keymap.action(self.context(), &key))
    }

    /// Returns whether the keys go to a search through the sent lines.
    pub fn searches_sent_lines(&self) -> bool {
        self.overlay.is_none() && self.focus == Pane::Chat && self.chats.composer().search().is_some()
    }

    /// Returns whether the keys go to a draft that the user has not touched since they came to its chat.
    pub fn is_at_untouched_draft(&self) -> bool {
        let composer = self.chats.composer();
        let is_composer = self.context() == Context::Composer && self.overlay.is_none();
        is_composer && composer.is_untouched_draft() && composer.search().is_none()
    }

    /// Returns whether the composer has the focus, even if an overlay covers it.
    pub fn is_in_composer(&self) -> bool {
        self.focus == Pane::Chat && self.chats.chosen().is_none()
    }

    /// Returns whether the keys are those of vim, and letters are keys in the focused pane, even if an overlay covers
    /// it.
    pub fn is_normal_mode(&self) -> bool {
        self.view == View::Panes && !self.is_in_composer() && self.keymap.is_modal()
    }

    /// The actions that lead to the composer, the one to name first.
    pub(super) fn ways_to_composer(&self) -> &'static [Action] {
        // With the keys of vim, Esc stays in normal mode.
        let is_vim = self.overlay.is_none() && self.keymap.is_modal();
        if is_vim { &[Action::FocusChat] } else { &[Action::Cancel, Action::FocusChat] }
    }

    /// The part of the model that keys, commands and overlays may read.
    pub fn read_only(&self) -> ModelRef<'_> {
        ModelRef {
            peer: &self.peer,
            chats: &self.chats,
            search: &self.search,
            hidden: &self.ui.hide,
            notifications: &self.notifications,
            layout: &self.layout,
            language: &self.language,
            keymap: &self.keymap,
            aliases: &self.aliases,
            configured: &self.configured,
            lookalikes: &self.lookalikes,
            view: self.view,
            connection: &self.connection,
            login_refusal: self.login.refusal,
            waiting: self.attention.waiting.as_ref(),
            now: self.now.tick,
        }
    }

    /// Returns whether the user sees the newest message of a chat: it is on the screen, the terminal has the focus, no
    /// overlay covers the chat, and the chat is scrolled to its end.
    pub fn is_seen(&self, chat: &ChatId) -> bool {
        let active = self.chats.active_tab().filter(|_| !self.layout.chat.area.is_empty());
        let beside = self.chats.beside_tab().filter(|_| !self.layout.beside.area.is_empty());
        let is_at_end = |tab: &Tab| tab.chat == *chat && tab.scroll == Scroll::Bottom;
        self.in_front && self.overlay.is_none() && active.into_iter().chain(beside).any(is_at_end)
    }

    /// When papo may ask for the login; `None` if it need not, or if the prompt would be in the way of what the user
    /// does: of a line that they write, or of an answer. Nobody is asked behind a pipe: its next line may be a command.
    pub(super) fn login_prompt_due(&self) -> Option<Tick> {
        let composer = self.chats.composer();
        let is_writing = self.is_in_composer() && !composer.is_empty() && !composer.is_untouched_draft();
        let has_question = self.notices.question.is_some();
        let is_covered = !matches!(self.overlay, None | Some(Overlay::Welcome(_)));
        let may_ask = self.login.is_due && !self.login.is_piped;
        (may_ask && !is_writing && !has_question && !is_covered).then(|| self.attention.paused_by(self.now.tick))
    }

    /// The time at which the model changes without any input, or `None` if there is no such time.
    pub fn next_timeout(&self) -> Option<Tick> {
        let deadlines = [
            self.notices.next_timeout(),
            self.connection.next_countdown(self.now.tick),
            self.next_stale(),
            self.peer.next_timeout(),
            self.chats.next_save(),
            self.scripts.next_timeout(),
            self.letters.lone_letter_due(),
            self.login_prompt_due(),
        ];
        deadlines.into_iter().flatten().min()
    }

    /// When a time on the screen, such as "2 min ago", becomes outdated. `None` if it is outdated already: only the
    /// next frame corrects it, and no frame is drawn while another program uses the terminal.
    fn next_stale(&self) -> Option<Tick> {
        let at = self.layout.stale_at.filter(|at| *at > self.now.wall)?;
        Some(self.now.tick + at.since(self.now.wall))
    }
}
