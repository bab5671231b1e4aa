//! A prompt for one line: a user, the name of a group, or a login for the broker.

use std::borrow::Cow;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::component::Component;
use crate::{
    app::{
        LocalizedText,
        actions::users,
        event::{Event, ModelRef, OpenOverlay, PromptKind, Question},
        keymap::{Action, Context},
        localized,
        rejection::Rejection,
        state::{Composer, Connection},
    },
    domain::{Credentials, GroupName, UserId},
    protocol::Refusal,
};

/// An open prompt.
#[derive(Debug, Clone)]
pub struct Prompt {
    /// What the prompt asks for.
    pub kind: PromptKind,
    /// The input field.
    pub composer: Box<Composer>,
    /// Why the typed line is not a valid answer; `None` if it is valid or empty.
    pub error: Option<Rejection>,
}

impl Prompt {
    pub(super) fn open(kind: PromptKind, _: &ModelRef<'_>) -> Self {
        let text = if let PromptKind::LoginName(user) = &kind { user.as_str() } else { "" };
        let composer = Box::new(Composer::new(text));
        Self { kind, composer, error: None }
    }

    /// Whether the prompt asks for a login. Then it stays open until papo is connected.
    pub fn is_login(&self) -> bool {
        matches!(self.kind, PromptKind::LoginName(_) | PromptKind::Password(_))
    }

    /// Whether the line is a password.
    pub fn is_password(&self) -> bool {
        matches!(self.kind, PromptKind::Password(_))
    }

    /// The line as it is shown: a secret as one dot for each character.
    pub fn shown(&self) -> Cow<'_, Composer> {
        if !self.is_password() {
            return Cow::Borrowed(&self.composer);
        }
        let (before, after) = self.composer.as_str().split_at(self.composer.cursor());
        let dots = |text: &str| "•".repeat(text.chars().count());
        let mut shown = Composer::new(&dots(after));
        shown.key(KeyEvent::new(KeyCode::Home, KeyModifiers::NONE));
        shown.insert(&dots(before));
        Cow::Owned(shown)
    }

    /// The title, which asks for the line.
    pub fn title(&self) -> LocalizedText {
        match &self.kind {
            PromptKind::ChatWith => localized!("prompt-chat-with"),
            PromptKind::NewGroup => localized!("prompt-new-group"),
            PromptKind::InviteTo(group) => localized!("prompt-invite-to", group),
            PromptKind::InviteUser(user) => localized!("prompt-invite-user", user),
            PromptKind::LoginName(_) => localized!("prompt-login-name"),
            PromptKind::Password(user) => localized!("prompt-password", user),
        }
    }

    /// The events that carry out the typed line.
    fn answer(&self, model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
        let peer = model.peer;
        let text = self.composer.text();
        let user = || UserId::from_input(text.trim().trim_start_matches('@'));
        let group = || GroupName::from_input(text.trim().trim_start_matches('#'));
        Ok(vec![match &self.kind {
            PromptKind::ChatWith => {
                let user = user()?;
                if user == *peer.me() {
                    return Err(Rejection::ChatWithSelf);
                }
                return Ok(users::open(user, model));
            }
            PromptKind::NewGroup => {
                let group = group()?;
                if peer.groups().contains_key(&group) {
                    return Err(Rejection::GroupExists(group));
                }
                peer.may_create(&group)?;
                Event::Ask(Question::Create(group))
            }
            PromptKind::InviteTo(group) => {
                let user = user()?;
                peer.may_invite(group, &user)?;
                Event::Ask(Question::Invite(group.clone(), user))
            }
            PromptKind::InviteUser(user) => {
                let group = group()?;
                if !peer.groups().get(&group).is_some_and(|group| group.includes(peer.me())) {
                    return Err(Refusal::NotInGroup(group).into());
                }
                peer.may_invite(&group, user)?;
                Event::Ask(Question::Invite(group, user.clone()))
            }
            PromptKind::LoginName(_) if text.trim().is_empty() => return Err(Rejection::NoUserName),
            PromptKind::Password(_) if text.trim().is_empty() => return Err(Rejection::NoPassword),
            PromptKind::LoginName(_) => Event::Open(OpenOverlay::Prompt(PromptKind::Password(text.trim().to_owned()))),
            PromptKind::Password(user) => Event::LogIn(Credentials { user: user.clone(), password: text }),
        }])
    }
}

impl Component for Prompt {
    fn context(&self) -> Context {
        Context::Composer
    }

    /// The prompt closes only if its event is carried out. Otherwise it stays open and shows the reason. That for a login
    /// stays open until the broker accepts it.
    fn act(&mut self, action: Action, model: &ModelRef<'_>) -> Vec<Event> {
        match (action, self.answer(model)) {
            (Action::Send, _) if self.is_login() && model.connection.shows_presence() => vec![Event::Close],
            (Action::Send, Ok(events)) if self.is_login() => {
                if self.is_password() {
                    self.composer.clear();
                }
                events
            }
            (Action::Complete | Action::CompleteBack, answer) => match (&self.kind, answer) {
                (PromptKind::Password(user), _) => {
                    vec![Event::Open(OpenOverlay::Prompt(PromptKind::LoginName(user.clone())))]
                }
                (PromptKind::LoginName(_), Ok(events)) => events,
                _ => Vec::new(),
            },
            (Action::Send, Ok(events)) => events.into_iter().chain([Event::Close]).collect(),
            (Action::Send, Err(why)) => vec![Event::Reject(why)],
            _ => Vec::new(),
        }
    }

    fn field(&mut self) -> Option<&mut Composer> {
        Some(&mut self.composer)
    }

    fn is_secret(&self) -> bool {
        self.is_password()
    }

    fn cancel(&mut self, model: &ModelRef<'_>) -> Vec<Event> {
        let declines = self.is_login() && !model.connection.shows_presence();
        [Event::Close].into_iter().chain(declines.then_some(Event::DeclineLogin)).collect()
    }

    /// The broker has accepted the login, even if it refuses something else. A text that is left keeps the prompt open: the
    /// rest of it must not go to a chat.
    fn is_over(&self, model: &ModelRef<'_>) -> bool {
        let is_accepted = model.connection.shows_presence()
            || (matches!(model.connection, Connection::Stopped { .. }) && model.login_refusal.is_none());
        self.is_login() && is_accepted && self.composer.is_empty()
    }

    /// Shows errors while the user types, but not before the first character.
    fn field_changed(&mut self, model: &ModelRef<'_>) -> Vec<Event> {
        self.error = if self.composer.is_empty() { None } else { self.answer(model).err() };
        Vec::new()
    }

    fn finds_nothing(&self, _: &ModelRef<'_>) -> bool {
        self.error.is_some()
    }

    fn rejected(&mut self, why: Rejection) -> Option<Rejection> {
        self.error = Some(why);
        None
    }
}
