//! A prompt for one line: a user, or the name of a group.

use super::component::Component;
use crate::{
    app::{
        LocalizedText,
        actions::users,
        event::{Event, ModelRef, PromptKind, Question},
        keymap::{Action, Context},
        localized,
        rejection::Rejection,
        state::Composer,
    },
    domain::{GroupName, UserId},
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
        Self { kind, composer: Box::default(), error: None }
    }

    /// The title, which asks for the line.
    pub fn title(&self) -> LocalizedText {
        match &self.kind {
            PromptKind::ChatWith => localized!("prompt-chat-with"),
            PromptKind::NewGroup => localized!("prompt-new-group"),
            PromptKind::InviteTo(group) => localized!("prompt-invite-to", group),
            PromptKind::InviteUser(user) => localized!("prompt-invite-user", user),
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
        }])
    }
}

impl Component for Prompt {
    fn context(&self) -> Context {
        Context::Composer
    }

    /// The prompt closes only if its event is carried out. Otherwise it stays open and shows the reason.
    fn act(&mut self, action: Action, model: &ModelRef<'_>) -> Vec<Event> {
        match (action, self.answer(model)) {
            (Action::Send, Ok(events)) => events.into_iter().chain([Event::Close]).collect(),
            (Action::Send, Err(why)) => vec![Event::Reject(why)],
            _ => Vec::new(),
        }
    }

    fn field(&mut self) -> Option<&mut Composer> {
        Some(&mut self.composer)
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
