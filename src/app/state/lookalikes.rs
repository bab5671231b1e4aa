//! Lookalikes: IDs that look like a known ID, perhaps chosen to impersonate its owner.
//!
//! Two IDs look alike if their skeletons (UTS 39, section 4) are equal. papo does not mark the better known of the two,
//! because it is probably genuine.

use std::collections::{BTreeMap, BTreeSet};

use unicode_security::confusable_detection::skeleton;

use crate::{
    app::language::{LocalizedText, localized},
    domain::{ConversationId, Group, UserId},
    protocol::Peer,
};

/// How well papo knows an ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Known {
    /// The ID of a member of one of my groups.
    GroupMember,
    /// The ID of a user with whom I have a session, or my own ID.
    Contact,
}

/// The known IDs, and which of them look alike.
#[derive(Debug, Clone, Default)]
pub struct Lookalikes {
    /// The known IDs by their skeletons.
    known: BTreeMap<String, Vec<(Known, UserId)>>,
    /// The known IDs that look like no other known ID. Most authors on the screen are among them, which saves the
    /// computation of their skeletons.
    distinct: BTreeSet<UserId>,
    /// The number of conversations at the last refresh, or `None` to refresh in any case. Conversations are never
    /// removed, so an equal number means no change.
    conversation_count: Option<usize>,
}

impl Lookalikes {
    /// Collects the known IDs, if conversations were added or [`Self::mark_outdated`] was called.
    pub fn refresh(&mut self, peer: &Peer) {
        let conversation_count = Some(peer.conversations().len());
        if self.conversation_count == conversation_count {
            return;
        }
        let contacts = peer.conversations().keys().filter_map(|id| id.peer_of(peer.me())).chain([peer.me()]);
        let members = peer.conversations().keys().filter_map(|id| group(peer, id)).flat_map(Group::everyone);
        let mut all: BTreeMap<&UserId, Known> = members.map(|id| (id, Known::GroupMember)).collect();
        all.extend(contacts.map(|id| (id, Known::Contact)));
        let mut known: BTreeMap<String, Vec<(Known, UserId)>> = BTreeMap::new();
        for (id, how) in all {
            known.entry(skeleton(id.as_str()).collect()).or_default().push((how, id.clone()));
        }
        let alone = known.values().filter(|alike| alike.len() == 1).flatten();
        self.distinct = alone.map(|(_, id)| id.clone()).collect();
        (self.known, self.conversation_count) = (known, conversation_count);
    }

    /// Makes the next [`Self::refresh`] collect the IDs again. Called when one of my groups changed.
    pub fn mark_outdated(&mut self) {
        self.conversation_count = None;
    }

    /// The known ID that `id` may be mistaken for.
    pub fn of(&self, id: &UserId) -> Option<&UserId> {
        if self.distinct.contains(id) {
            return None;
        }
        let alike = self.known.get(&skeleton(id.as_str()).collect::<String>())?;
        let itself = alike.iter().find(|(_, known)| known == id).map(|(how, _)| *how);
        let others = alike.iter().filter(|(how, known)| known != id && Some(*how) >= itself);
        others.max_by_key(|(how, _)| *how).map(|(_, known)| known)
    }

    /// The ID, with a remark if it looks like a known ID.
    pub fn display_name(&self, id: &UserId) -> LocalizedText {
        match self.of(id) {
            Some(known) => localized!("user-looks-like", id, known),
            None => LocalizedText::quoted(id.as_str()),
        }
    }
}

fn group<'a>(peer: &'a Peer, id: &ConversationId) -> Option<&'a Group> {
    match id {
        ConversationId::Session(_) => None,
        ConversationId::Group(name) => peer.groups().get(name).filter(|group| group.includes(peer.me())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{Conversation, Timestamp},
        protocol::{Identity, Saved},
    };

    fn id(text: &str) -> UserId {
        text.parse().unwrap()
    }

    fn alices_lookalikes() -> Lookalikes {
        let at = Timestamp::from_millis(1);
        let conversations =
            ["bob_alice_1", "modern_alice_1", "#devs"].map(|id| Conversation::new(id.parse().unwrap(), at)).to_vec();
        let group = Group {
            name: "devs".parse().unwrap(),
            leader: Some(id("carol")),
            members: vec![id("alice"), id("b\u{43e}b"), id("z0e")],
            rev: 1,
            born: at,
            since: None,
        };
        let saved = Saved { conversations, groups: vec![group], ..Saved::default() };
        let mut lookalikes = Lookalikes::default();
        lookalikes.refresh(&Peer::restore(Identity::new(id("alice"), "d", 7), saved));
        lookalikes
    }

    #[test]
    fn unknown_id_that_looks_like_a_known_one_is_marked() {
        let lookalikes = alices_lookalikes();
        let cases = [
            // Cyrillic letters, digits and letters that look alike, and two letters that look like one.
            ("b\u{43e}b", "bob"),
            ("\u{430}lice", "alice"),
            ("a1ice", "alice"),
            ("modem", "modern"),
            ("zOe", "z0e"),
        ];
        for (stranger, known) in cases {
            assert_eq!(lookalikes.of(&id(stranger)), Some(&id(known)), "{stranger}");
        }
    }

    #[test]
    fn better_known_id_is_not_marked() {
        let lookalikes = alices_lookalikes();
        for plain in ["alice", "bob", "modern", "carol", "z0e", "tom", "20261234"] {
            assert_eq!(lookalikes.of(&id(plain)), None, "{plain}");
        }
    }
}
