//! Keys in the groups pane, and commands about groups.

use crate::{
    app::{
        event::{Event, ModelRef, OpenOverlay, PromptKind, Question, info},
        keymap::{Action, Context},
        localized,
        rejection::Rejection,
        state::{
            LineModeList,
            groups::{self, Groups},
        },
    },
    domain::{ChatId, GroupName, NameError, UserId},
    protocol::Refusal,
};

/// Carries out an action on the selected group.
pub fn act(action: Action, groups: &Groups, model: &ModelRef<'_>) -> Vec<Event> {
    let Some(group) = groups.selected(model.peer) else { return vec![info("groups-none")] };
    let events = match action {
        Action::Open => return open(group, model),
        Action::Members => return vec![Event::Open(OpenOverlay::Members(group))],
        Action::Invite => return vec![Event::Open(OpenOverlay::Prompt(PromptKind::InviteTo(group)))],
        Action::Join if groups::is_joined(model.peer, &group) => {
            let key = model.keymap.name_of_key(Context::Groups, &[Action::Open]);
            return vec![info(localized!("join-in-already-here", group, key))];
        }
        Action::Join => join(group, model),
        Action::Leave => confirm(Question::Leave(group), model),
        Action::Disband => confirm(Question::Disband(group), model),
        _ => return Vec::new(),
    };
    events.unwrap_or_else(|why| vec![Event::Reject(why)])
}

/// Shows a group that I am a member of, or else asks whether to join it.
pub fn open(group: GroupName, model: &ModelRef<'_>) -> Vec<Event> {
    if groups::is_joined(model.peer, &group) {
        vec![Event::Show(ChatId::Group(group))]
    } else {
        join(group, model).unwrap_or_else(|why| vec![Event::Reject(why)])
    }
}

/// Asks whether to join a group. If I am in it already, shows it and says so.
pub fn join(group: GroupName, model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    if groups::is_joined(model.peer, &group) {
        let notice = info(Refusal::AlreadyJoined(group.clone()));
        return Ok(vec![Event::Show(ChatId::Group(group)), notice]);
    }
    model.peer.may_join(&group).map_err(|why| match why {
        Refusal::NoGroup(group) => Rejection::NoGroupToJoin(group),
        why => why.into(),
    })?;
    Ok(vec![Event::Ask(Question::Join(group))])
}

/// Shows the members of a group. Without a name, those of the active chat.
pub fn members(group: Option<GroupName>, model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    let group = named_or_active(group, model)?;
    if !model.peer.groups().contains_key(&group) {
        return Err(Refusal::NoGroup(group).into());
    }
    Ok(vec![model.open(OpenOverlay::Members(group.clone()), LineModeList::Whois(ChatId::Group(group)))])
}

/// The words of a command about a user and a group, such as `#devs bob`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberWords {
    pub names: Vec<String>,
    /// The command, with a space after its name.
    pub command: String,
    pub usage: String,
    /// Whether other programs take a reason after the user.
    pub takes_reason: bool,
}

impl MemberWords {
    /// The group and the user. A word with `#` is the group, and so is a word that names a group and no user; without
    /// any, the group is the active chat. What follows both is a reason, which papo does not send.
    fn resolved(&self, model: &ModelRef<'_>) -> Result<(GroupName, UserId), Rejection> {
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        let (id, group, reason) = match names[..] {
            [name] if is_group(name, model) => return Err(Rejection::Usage(self.usage.clone())),
            [id] => (id, None, &[][..]),
            [first, second, ref reason @ ..] => match (rank(first, model), rank(second, model)) {
                (None, None) if !is_user(first, model) && is_user(second, model) => (second, Some(first), reason),
                (None, None) => (first, None, &names[1..]),
                (of_first, of_second) if of_first >= of_second => (second, Some(first), reason),
                _ => (first, Some(second), reason),
            },
            [] => return Err(Rejection::Usage(self.usage.clone())),
        };
        let user = UserId::from_input(id.trim_start_matches('@'))?;
        let chosen = group.map(group_name).transpose()?;
        // An invitation has no reason: a second word can only be a group, or another user.
        if !self.takes_reason && reason.first().is_some_and(|word| is_user(word, model)) {
            let marked = || reason.iter().find_map(|word| group_name(word).ok().filter(|_| word.starts_with('#')));
            let group = match chosen.or_else(marked) {
                Some(group) => format!("#{group} "),
                None if named_or_active(None, model).is_ok() => String::new(),
                None => "#GROUP ".to_owned(),
            };
            return Err(Rejection::OneUser(format!("{}{group}{user}", self.command)));
        }
        if let ([word], None, false) = (reason, &chosen, self.takes_reason) {
            return Err(Refusal::NoGroup(group_name(word)?).into());
        }
        if !reason.is_empty() {
            if chosen.is_none() && !is_user(id, model) {
                let group = named_or_active(None, model)?;
                return Err(Refusal::NotMember { group, user }.into());
            }
            named_or_active(chosen.clone(), model)?;
            let group = chosen.map_or_else(String::new, |group| format!("#{group} "));
            return Err(Rejection::NoReason(format!("{}{group}{user}", self.command)));
        }
        Ok((named_or_active(chosen, model)?, user))
    }
}

fn group_name(word: &str) -> Result<GroupName, NameError> {
    GroupName::from_input(word.trim_start_matches('#'))
}

fn is_user(word: &str, model: &ModelRef<'_>) -> bool {
    let user = UserId::from_input(word.trim_start_matches('@'));
    user.is_ok_and(|user| user == *model.peer.me() || model.peer.users().contains_key(&user))
}

fn is_group(word: &str, model: &ModelRef<'_>) -> bool {
    rank(word, model) > Some(Rank::AlsoUser)
}

/// How likely a word is meant as the name of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// A group has this name, and a user, too.
    AlsoUser,
    /// A group has this name, and no user.
    Known,
    /// The word begins with `#`.
    Marked,
}

/// How likely the word is meant as a group; `None` if no group has this name.
fn rank(word: &str, model: &ModelRef<'_>) -> Option<Rank> {
    if word.starts_with('#') {
        return Some(Rank::Marked);
    }
    group_name(word).ok().filter(|group| model.peer.groups().contains_key(group))?;
    Some(if is_user(word, model) { Rank::AlsoUser } else { Rank::Known })
}

/// Asks the user to confirm an action on a group and a user.
pub fn confirm_with_user(
    words: &MemberWords,
    model: &ModelRef<'_>,
    question: impl FnOnce(GroupName, UserId) -> Question,
) -> Result<Vec<Event>, Rejection> {
    let (group, user) = words.resolved(model)?;
    confirm(question(group, user), model)
}

/// Asks the user to confirm an action on a group, if it is possible.
pub fn confirm(question: Question, model: &ModelRef<'_>) -> Result<Vec<Event>, Rejection> {
    let peer = model.peer;
    match &question {
        Question::Leave(group) => peer.may_leave(group)?,
        Question::Disband(group) => peer.may_disband(group)?,
        Question::Remove(group, user) => peer.may_remove(group, user)?,
        Question::HandOver(group, user) => peer.may_hand_over(group, user)?,
        Question::Invite(group, user) => peer.may_invite(group, user).map(drop)?,
        _ => {}
    }
    Ok(vec![Event::Ask(question)])
}

/// The named group, or else the group of the active chat.
pub fn named_or_active(group: Option<GroupName>, model: &ModelRef<'_>) -> Result<GroupName, Rejection> {
    match (group, model.chats.active_chat()) {
        (Some(group), _) => Ok(group),
        (None, Some(ChatId::Group(group))) => Ok(group.clone()),
        (None, _) => Err(Rejection::NoGroupNamed),
    }
}
