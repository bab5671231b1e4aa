//! What is known of a user or a group, as labels and values. The overlay and line mode show the same.

use super::clock::Clock;
use crate::{
    app::{Model, localized},
    domain::{ChatId, Conversation, ConversationId, Group, Presence, User, UserId},
};

/// The most sessions with a user that are listed, the latest first.
const SESSION_LIMIT: usize = 5;

/// A label and a value.
pub type Line = (String, String);

/// What is known.
pub fn lines(model: &Model, clock: Clock<'_>, subject: &ChatId) -> Vec<Line> {
    match subject {
        ChatId::User(user) if user == model.peer.me() => of_me(model, clock),
        ChatId::User(user) => model.peer.users().get(user).map_or_else(Vec::new, |user| of_user(model, clock, user)),
        ChatId::Group(group) => {
            model.peer.groups().get(group).map_or_else(Vec::new, |group| of_group(model, clock, group))
        }
    }
}

fn of_me(model: &Model, clock: Clock<'_>) -> Vec<Line> {
    let say = |key: &'static str| clock.language.translate(key);
    vec![(say("whois-state"), say("whois-me")), (say("whois-groups"), common_groups(model, clock, model.peer.me()))]
}

fn of_user(model: &Model, clock: Clock<'_>, user: &User) -> Vec<Line> {
    let say = |key: &'static str| clock.language.translate(key);
    let mut state = clock.language.translate(user.presence);
    if let Some(since) = user.since {
        state = format!("{state}, {}", clock.ago(since));
    }
    let mut lines = vec![(say("whois-state"), state)];
    if user.presence != Presence::Unknown {
        let client = if user.is_plain() { "whois-client-plain" } else { "whois-client-papo" };
        lines.push((say("whois-client"), say(client)));
    }
    if !user.is_online() {
        lines.push((say("whois-seen"), clock.day_and_time(user.seen)));
    }
    if user.is_blocked {
        let how = clock.language.translate(localized!("whois-blocked-yes", user = user.id));
        lines.push((say("whois-blocked"), how));
    }
    if let Some(known) = model.lookalikes.of(&user.id) {
        lines.push(("!".to_owned(), clock.language.translate(localized!("looks-like", known))));
    }
    lines.push((say("whois-groups"), common_groups(model, clock, &user.id)));
    let conversations = model.peer.conversations().values();
    let mut sessions: Vec<&Conversation> =
        conversations.filter(|chat| chat.id.peer_of(model.peer.me()) == Some(&user.id)).collect();
    sessions.sort_by_key(|session| std::cmp::Reverse(session.since));
    lines.extend(sessions.into_iter().take(SESSION_LIMIT).map(|session| {
        let (topic, at) = (session.id.to_string(), clock.day_and_time(session.since));
        let text = if session.phase.is_open() {
            localized!("whois-session-open", topic, at)
        } else {
            localized!("whois-session-ended", topic, at)
        };
        (say("whois-session"), clock.language.translate(text))
    }));
    lines
}

/// The groups that both I and a user are in.
fn common_groups(model: &Model, clock: Clock<'_>, user: &UserId) -> String {
    let is_common = |group: &&Group| group.includes(model.peer.me()) && group.includes(user);
    let groups: Vec<String> =
        model.peer.groups().values().filter(is_common).map(|group| format!("#{}", group.name)).collect();
    if groups.is_empty() { clock.language.translate("whois-none") } else { groups.join(", ") }
}

fn of_group(model: &Model, clock: Clock<'_>, group: &Group) -> Vec<Line> {
    let say = |key: &'static str| clock.language.translate(key);
    let called = |user: &UserId| {
        let is_me = user == model.peer.me();
        let presence = model.peer.users().get(user).map_or(Presence::Unknown, |user| user.presence);
        let about = if is_me { say("you") } else { clock.language.translate(presence) };
        format!("{user} ({about})")
    };
    let leader = group.leader.as_ref().map_or_else(|| say("whois-none"), called);
    let members: Vec<String> = group.members.iter().map(called).collect();
    let members = if members.is_empty() { say("whois-none") } else { members.join(", ") };
    let topic = ConversationId::Group(group.name.clone()).to_string();
    vec![(say("whois-leader"), leader), (say("whois-members"), members), (say("whois-topic"), topic)]
}
