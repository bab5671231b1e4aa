//! The users pane: its list and its selection.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

use super::selection::{ListPane, Selection};
use crate::{
    domain::{ChatId, ConversationId, Presence, User, UserId, compare_names},
    protocol::Peer,
};

/// The selected user, and the order of the list while it has the focus.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Users {
    selection: Selection<UserId>,
    /// The order that does not change while the list has the focus; `None` while it has not.
    held: Option<Vec<UserId>>,
}

impl Users {
    /// The other users: unread ones first, then those with an open session, then online ones; each by name.
    pub fn list(peer: &Peer) -> Vec<&User> {
        ranked(peer).into_iter().map(|(_, user)| user).collect()
    }

    /// The users of the pane in their order: those of [`Self::list`], and I. While the order is held, new users are at
    /// the end.
    pub fn ids<'p>(&'p self, peer: &'p Peer) -> Vec<&'p UserId> {
        let Some(held) = &self.held else { return with_me(peer) };
        let is_known = |id: &&UserId| peer.users().contains_key(*id) || *id == peer.me();
        let mut ids: Vec<&UserId> = held.iter().filter(is_known).collect();
        if ids.len() <= peer.users().len() {
            let listed: BTreeSet<&UserId> = ids.iter().copied().collect();
            ids.extend(with_me(peer).into_iter().filter(|id| !listed.contains(id)));
        }
        ids
    }

    /// Holds the order while the list has the focus, so that no row moves just as the user acts on it.
    pub fn hold(&mut self, peer: &Peer, has_focus: bool) {
        if !has_focus {
            self.held = None;
        } else if self.held.is_none() {
            self.held = Some(with_me(peer).into_iter().cloned().collect());
        }
    }

    /// The selected user.
    pub fn selected(&self, peer: &Peer) -> Option<UserId> {
        let ids = self.ids(peer);
        self.index(peer, &ids).map(|index| ids[index].clone())
    }

    /// The index of the selected user; without a selection, that of the first other user.
    fn index(&self, peer: &Peer, ids: &[&UserId]) -> Option<usize> {
        let other = ids.iter().position(|id| *id != peer.me());
        if self.is_selection_listed(peer) { self.selection.index(ids.iter().copied()) } else { other.or(Some(0)) }
    }
}

impl ListPane for Users {
    fn selected_index(&self, peer: &Peer) -> Option<usize> {
        self.index(peer, &self.ids(peer))
    }

    fn select(&mut self, peer: &Peer, index: usize) {
        let ids: Vec<UserId> = self.ids(peer).into_iter().cloned().collect();
        self.selection.select(ids.iter(), index);
    }

    fn step(&mut self, peer: &Peer, by: isize) {
        // Only a key selects my own row, so that the first user who appears is selected until then.
        let is_left_open = by == 0 && peer.users().is_empty();
        if let Some(index) = self.selected_index(peer).filter(|_| !is_left_open) {
            self.select(peer, index.saturating_add_signed(by));
        }
    }

    fn is_selection_listed(&self, peer: &Peer) -> bool {
        self.selection.key().is_some_and(|id| peer.users().contains_key(id) || id == peer.me())
    }
}

/// What decides the order of two users before their names do. The smallest is first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    is_read: bool,
    has_no_session: bool,
    presence: u8,
}

impl Rank {
    /// Mine: I am online.
    const ME: Self = Self { is_read: true, has_no_session: true, presence: 0 };

    /// `chat` says whether there are unread messages, and an open session.
    fn of(user: &User, chat: Option<&(bool, bool)>) -> Self {
        let (is_unread, is_open) = chat.copied().unwrap_or_default();
        let presence = match user.presence {
            Presence::Online => 0,
            Presence::Offline => 1,
            Presence::Unknown => 2,
        };
        Self { is_read: !is_unread, has_no_session: !is_open, presence }
    }
}

fn order((rank, id): (Rank, &UserId), (other_rank, other): (Rank, &UserId)) -> Ordering {
    rank.cmp(&other_rank).then_with(|| compare_names(id.as_str(), other.as_str()))
}

/// For each user with whom there is a chat, whether it has unread messages, and whether a session is open.
fn ranks(peer: &Peer) -> BTreeMap<&UserId, (bool, bool)> {
    let mut ranks: BTreeMap<&UserId, (bool, bool)> = BTreeMap::new();
    for conversation in peer.conversations().values() {
        if let Some(user) = conversation.id.peer_of(peer.me()) {
            let (is_unread, is_open) = ranks.entry(user).or_default();
            *is_unread |= conversation.unread > 0;
            *is_open |= conversation.phase.is_open();
        }
    }
    ranks
}

/// The other users in order, each with its rank.
fn ranked(peer: &Peer) -> Vec<(Rank, &User)> {
    let ranks = ranks(peer);
    let mut users: Vec<(Rank, &User)> =
        peer.users().values().map(|user| (Rank::of(user, ranks.get(&user.id)), user)).collect();
    users.sort_by(|(rank, user), (other_rank, other)| order((*rank, &user.id), (*other_rank, &other.id)));
    users
}

/// The IDs of all users in order, with mine among them.
fn with_me(peer: &Peer) -> Vec<&UserId> {
    let users = ranked(peer);
    let mine = users.partition_point(|(rank, user)| order((*rank, &user.id), (Rank::ME, peer.me())) == Ordering::Less);
    let mut ids: Vec<&UserId> = users.into_iter().map(|(_, user)| &user.id).collect();
    ids.insert(mine, peer.me());
    ids
}

/// The open session with a user. If several are open, the one that this machine learnt of last.
pub fn open_session(peer: &Peer, user: &UserId) -> Option<ConversationId> {
    let chat = peer.chat(&ChatId::User(user.clone()))?;
    chat.is_open().then(|| chat.current().id.clone())
}
