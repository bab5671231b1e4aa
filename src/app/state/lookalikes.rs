//! Lookalikes: ids that look like a known id, perhaps made up to be mistaken for it.
//!
//! Two ids look alike where their skeletons (UTS 39, section 4) are the same. Of two, the better known one is not
//! marked: it is not its owner's fault.

use std::collections::{BTreeMap, BTreeSet};

use unicode_security::confusable_detection::skeleton;

use crate::{
    app::language::{LocalizedText, localized},
    domain::{ConversationId, Group, UserId},
    protocol::Peer,
};

/// How well an id is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Known {
    /// In a group that I am in.
    Fellow,
    /// Has a session with me, or is me.
    Contact,
}

/// The known ids by their skeletons.
#[derive(Debug, Clone, Default)]
pub struct Lookalikes {
    known: BTreeMap<String, Vec<(Known, UserId)>>,
    /// The known ids that look like no other known id. Most authors on the screen are, and need no skeleton.
    distinct: BTreeSet<UserId>,
    /// The number of conversations when they were learnt; conversations are never removed.
    seen: Option<usize>,
}

impl Lookalikes {
    /// Learns the ids that are known by now.
    pub fn follow(&mut self, peer: &Peer) {
        let seen = Some(peer.conversations().len());
        if self.seen == seen {
            return;
        }
        let contacts = peer.conversations().keys().filter_map(|id| id.peer_of(peer.me())).chain([peer.me()]);
        let fellows = peer.conversations().keys().filter_map(|id| group(peer, id)).flat_map(Group::everyone);
        let mut all: BTreeMap<&UserId, Known> = fellows.map(|id| (id, Known::Fellow)).collect();
        all.extend(contacts.map(|id| (id, Known::Contact)));
        let mut known: BTreeMap<String, Vec<(Known, UserId)>> = BTreeMap::new();
        for (id, how) in all {
            known.entry(skeleton(id.as_str()).collect()).or_default().push((how, id.clone()));
        }
        let alone = known.values().filter(|alike| alike.len() == 1).flatten();
        self.distinct = alone.map(|(_, id)| id.clone()).collect();
        (self.known, self.seen) = (known, seen);
    }

    /// A group that I am in has changed: [`Self::follow`] starts again.
    pub fn forget(&mut self) {
        self.seen = None;
    }

    /// The known id that `id` may be taken for.
    pub fn of(&self, id: &UserId) -> Option<&UserId> {
        if self.distinct.contains(id) {
            return None;
        }
        let alike = self.known.get(&skeleton(id.as_str()).collect::<String>())?;
        let itself = alike.iter().find(|(_, known)| known == id).map(|(how, _)| *how);
        let others = alike.iter().filter(|(how, known)| known != id && Some(*how) >= itself);
        others.max_by_key(|(how, _)| *how).map(|(_, known)| known)
    }

    /// The id, with a remark if it looks like another.
    pub fn called(&self, id: &UserId) -> LocalizedText {
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

    fn of_alice() -> Lookalikes {
        let at = Timestamp::from_millis(1);
        let conversations =
            ["bob_alice_1", "modern_alice_1", "#devs"].map(|id| Conversation::new(id.parse().unwrap(), at)).to_vec();
        let group = Group {
            name: "devs".parse().unwrap(),
            leader: Some(id("carol")),
            members: vec![id("alice"), id("b\u{43e}b"), id("z0e")],
            rev: 1,
            born: at,
        };
        let saved = Saved { conversations, groups: vec![group], ..Saved::default() };
        let mut lookalikes = Lookalikes::default();
        lookalikes.follow(&Peer::restore(Identity::new(id("alice"), "d", 7), saved));
        lookalikes
    }

    #[test]
    fn unknown_id_that_looks_like_a_known_one_is_marked() {
        let lookalikes = of_alice();
        let cases = [
            // Cyrillic, Latin digits and letters that look alike, and two letters like one.
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
        let lookalikes = of_alice();
        for plain in ["alice", "bob", "modern", "carol", "z0e", "tom", "20261234"] {
            assert_eq!(lookalikes.of(&id(plain)), None, "{plain}");
        }
    }
}
