//! The inbox: what waits for an answer, what came, and what became of what was asked.

use super::lookalikes::Lookalikes;
use crate::{
    domain::{Direction, InboxOrder, LocalizedText, MessageId, Request, RequestKind, localized},
    protocol::Peer,
};

/// Which of the three lists is seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum InboxView {
    /// What waits for my answer.
    #[default]
    Waiting,
    /// All that ever came.
    History,
    /// All that I ever asked, and what became of it.
    Confirmations,
}

/// What the pane remembers: a request, not a row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inbox {
    /// Which list.
    pub view: InboxView,
    order: InboxOrder,
    selected: Option<MessageId>,
}

impl Inbox {
    pub(super) fn new(order: InboxOrder) -> Self {
        Self { order, ..Self::default() }
    }

    pub(super) fn reorder(&mut self, order: InboxOrder) {
        self.order = order;
    }

    /// The requests of the list, in its order.
    pub fn list<'a>(&self, peer: &'a Peer) -> Vec<&'a Request> {
        let is_meant = |request: &&Request| match self.view {
            InboxView::Waiting => request.waits_for_me(),
            InboxView::History => request.direction == Direction::Incoming,
            InboxView::Confirmations => request.direction == Direction::Outgoing,
        };
        let oldest_first = match self.order {
            InboxOrder::Usual => self.view == InboxView::Waiting,
            InboxOrder::Oldest => true,
            InboxOrder::Newest => false,
        };
        let meant = peer.requests().filter(is_meant);
        if oldest_first { meant.collect() } else { meant.rev().collect() }
    }

    /// The index of the selected request; of the first where none was chosen.
    pub fn index(&self, peer: &Peer) -> Option<usize> {
        let requests = self.list(peer);
        let chosen = self.selected.and_then(|id| requests.iter().position(|request| request.id == id));
        chosen.or_else(|| (!requests.is_empty()).then_some(0))
    }

    /// The selected request.
    pub fn selected<'a>(&self, peer: &'a Peer) -> Option<&'a Request> {
        let index = self.index(peer)?;
        self.list(peer).get(index).copied()
    }

    /// Whether a request was chosen that is still listed.
    pub(super) fn is_chosen(&self, peer: &Peer) -> bool {
        self.selected.is_some_and(|id| self.list(peer).iter().any(|request| request.id == id))
    }

    pub(super) fn select(&mut self, peer: &Peer, index: usize) {
        let requests = self.list(peer);
        let index = index.min(requests.len().saturating_sub(1));
        self.selected = requests.get(index).map(|request| request.id);
    }

    pub(super) fn show(&mut self, view: InboxView) {
        self.view = view;
        self.selected = None;
    }
}

/// What a request asks.
pub fn asks(lookalikes: &Lookalikes, request: &Request) -> LocalizedText {
    let who = request.peer.as_ref().map_or_else(|| localized!("somebody"), |peer| lookalikes.called(peer));
    match &request.kind {
        RequestKind::Talk => localized!("asks-talk", who),
        RequestKind::Join(group) => localized!("asks-join", who, group),
        RequestKind::Invite(group) => localized!("asks-invite", who, group),
        RequestKind::Lead(group) => localized!("asks-lead", who, group),
        RequestKind::Session(_) => localized!("asks-session", who),
    }
}

/// Who asks, as far as it is said.
pub(super) fn who(request: &Request) -> LocalizedText {
    request.peer.as_ref().map_or_else(|| localized!("somebody"), |peer| LocalizedText::quoted(peer.as_str()))
}

/// What a request of mine asks for.
pub fn asked(lookalikes: &Lookalikes, request: &Request) -> LocalizedText {
    let who = request.peer.as_ref().map_or_else(|| localized!("somebody"), |peer| lookalikes.called(peer));
    match &request.kind {
        RequestKind::Talk | RequestKind::Session(_) => localized!("list-asked-talk", who),
        RequestKind::Join(group) => localized!("list-asked-join", who, group),
        RequestKind::Invite(group) => localized!("list-asked-invite", who, group),
        RequestKind::Lead(group) => localized!("list-asked-lead", who, group),
    }
}

/// The commands that answer a request. Where it does not say who asks, they are for the oldest.
pub fn answers(request: &Request) -> LocalizedText {
    let who = request.peer.as_ref().map_or_else(String::new, |peer| format!(" {peer}"));
    localized!("answers-with-commands", who)
}
