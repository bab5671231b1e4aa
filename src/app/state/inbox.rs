//! The inbox pane: its lists of pending, received and sent requests, and the texts for requests.

use super::{
    attention::is_read,
    lookalikes::Lookalikes,
    selection::{ListPane, Selection},
};
use crate::{
    app::language::{LocalizedText, localized},
    domain::{Direction, InboxOrder, MessageId, Request, RequestKind, RequestState, Tick},
    protocol::{Notice, Peer},
};

/// Which of the three lists the pane shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum InboxView {
    /// Requests that wait for my answer.
    #[default]
    Waiting,
    /// All requests that I received.
    History,
    /// All requests that I sent, with their states.
    Confirmations,
}

/// The shown list, and the selected request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inbox {
    /// The list that the pane shows.
    pub view: InboxView,
    order: InboxOrder,
    selection: Selection<MessageId>,
    /// When the selection last moved by itself, or a key last acted on it.
    moved: Option<Tick>,
    has_focus: bool,
}

impl Inbox {
    /// An inbox whose lists are in this order.
    pub fn new(order: InboxOrder) -> Self {
        Self { order, ..Self::default() }
    }

    /// Changes the order of the lists.
    pub fn reorder(&mut self, order: InboxOrder) {
        self.order = order;
    }

    /// The requests of the shown list, in display order.
    pub fn list<'a>(&self, peer: &'a Peer) -> Vec<&'a Request> {
        let is_listed = |request: &&Request| match self.view {
            InboxView::Waiting => request.waits_for_me(),
            InboxView::History => request.direction == Direction::Incoming,
            InboxView::Confirmations => request.direction == Direction::Outgoing,
        };
        let oldest_first = match self.order {
            InboxOrder::Usual => self.view == InboxView::Waiting,
            InboxOrder::Oldest => true,
            InboxOrder::Newest => false,
        };
        let listed = peer.requests().filter(is_listed);
        if oldest_first { listed.collect() } else { listed.rev().collect() }
    }

    /// The selected request.
    pub fn selected<'a>(&self, peer: &'a Peer) -> Option<&'a Request> {
        let requests = self.list(peer);
        let index = self.selection.index(requests.iter().map(|request| &request.id))?;
        Some(requests[index])
    }

    /// Shows another list, and selects its first request.
    pub fn show(&mut self, view: InboxView, peer: &Peer) {
        self.view = view;
        self.selection.clear();
        self.step(peer, 0);
    }

    /// Shows the pending requests, if there are any, and selects this one if it is pending.
    pub fn go_to(&mut self, wanted: Option<MessageId>, peer: &Peer) {
        if self.view != InboxView::Waiting && peer.waiting_requests() > 0 {
            self.show(InboxView::Waiting, peer);
        }
        if let Some(index) = self.list(peer).iter().position(|request| Some(request.id) == wanted) {
            self.select(peer, index);
        }
    }

    /// Called when a frame was drawn. A selection that is gone moves to another request, or from none to the first.
    pub fn drawn(&mut self, peer: &Peer, now: Tick) {
        if self.has_focus && !self.is_selection_listed(peer) {
            self.step(peer, 0);
            self.moved = Some(now);
        }
    }

    /// Called after every message. Selects a request when the pane gets the focus, and forgets one that is gone without
    /// it.
    pub fn settle(&mut self, peer: &Peer, has_focus: bool) {
        if !std::mem::replace(&mut self.has_focus, has_focus) && has_focus && !self.is_selection_listed(peer) {
            self.step(peer, 0);
        }
        if !has_focus && self.selection.key().is_some() && !self.is_selection_listed(peer) {
            self.selection.clear();
        }
    }

    /// Returns whether the selection stood still long enough for the user to see which request a key acts on. Each such
    /// key needs a pause before the next one.
    pub fn may_act(&mut self, now: Tick) -> bool {
        let is_still = self.moved.is_none_or(|moved| is_read(moved, now));
        self.moved = Some(now);
        is_still
    }

    /// Returns whether the request that the user sees as selected is gone.
    pub fn is_selection_gone(&self, peer: &Peer) -> bool {
        self.selection.key().is_some() && !self.is_selection_listed(peer)
    }

    fn ids<'a>(&self, peer: &'a Peer) -> Vec<&'a MessageId> {
        self.list(peer).into_iter().map(|request| &request.id).collect()
    }
}

impl ListPane for Inbox {
    fn selected_index(&self, peer: &Peer) -> Option<usize> {
        self.selection.index(self.ids(peer))
    }

    fn select(&mut self, peer: &Peer, index: usize) {
        let ids = self.ids(peer);
        self.selection.select(ids.iter().copied(), index);
        self.moved = None;
    }

    fn step(&mut self, peer: &Peer, by: isize) {
        let ids = self.ids(peer);
        self.selection.step(ids.iter().copied(), by);
        self.moved = None;
    }

    fn is_selection_listed(&self, peer: &Peer) -> bool {
        self.selection.key().is_some_and(|id| self.ids(peer).contains(&id))
    }
}

/// The text of an incoming request.
pub fn asks(lookalikes: &Lookalikes, request: &Request) -> LocalizedText {
    let who = request_peer(lookalikes, request);
    match &request.kind {
        RequestKind::Chat => localized!("asks-chat", who),
        RequestKind::Join(group) => localized!("asks-join", who, group),
        RequestKind::Invite(group) => localized!("asks-invite", who, group),
        RequestKind::Lead(group) => localized!("asks-lead", who, group),
        RequestKind::UnknownSession(_) => localized!("asks-session", who),
    }
}

/// The text of a request that I sent.
pub fn asked(lookalikes: &Lookalikes, request: &Request) -> LocalizedText {
    let who = request_peer(lookalikes, request);
    match &request.kind {
        RequestKind::Chat | RequestKind::UnknownSession(_) => localized!("list-asked-chat", who),
        RequestKind::Join(group) => localized!("list-asked-join", who, group),
        RequestKind::Invite(group) => localized!("list-asked-invite", who, group),
        RequestKind::Lead(group) => localized!("list-asked-lead", who, group),
    }
}

/// The text of a request, incoming or outgoing.
pub fn request_words(lookalikes: &Lookalikes, request: &Request) -> LocalizedText {
    match request.direction {
        Direction::Incoming => asks(lookalikes, request),
        Direction::Outgoing => asked(lookalikes, request),
    }
}

/// A text with the commands that answer a request.
pub fn answers(request: &Request) -> LocalizedText {
    let who = request.peer.iter().map(|peer| format!(" {peer}"));
    let group = request.kind.group().map(|group| format!(" #{group}"));
    let who = who.chain(group).collect::<String>();
    match request.kind {
        RequestKind::Lead(_) => localized!("answers-lead-with-commands", who),
        _ => localized!("answers-with-commands", who),
    }
}

/// The text of the answer to a request that I sent; `None` if it has no answer, or is not mine.
pub fn answer(request: &Request) -> Option<LocalizedText> {
    let who = &request.peer;
    let is_accepted = match request.state {
        RequestState::Accepted(_) => true,
        RequestState::Denied => false,
        RequestState::Pending | RequestState::Withdrawn | RequestState::Ignored => return None,
    };
    if request.direction == Direction::Incoming {
        return None;
    }
    Some(match (&request.kind, is_accepted) {
        (RequestKind::Chat, true) => localized!("answer-chat-yes", who),
        (RequestKind::Chat, false) => localized!("answer-chat-no", who),
        (RequestKind::Join(group), true) => localized!("answer-join-yes", group),
        (RequestKind::Join(group), false) => localized!("answer-join-no", who, group),
        (RequestKind::Invite(group), true) => localized!("answer-invite-yes", who, group),
        (RequestKind::Invite(group), false) => localized!("answer-invite-no", who, group),
        (RequestKind::Lead(group), true) => localized!("answer-lead-yes", who, group),
        (RequestKind::Lead(group), false) => localized!("answer-lead-no", who, group),
        (RequestKind::UnknownSession(_), _) => return None,
    })
}

/// My pending request that a notice says I have made.
pub fn asked_by(notice: &Notice, peer: &Peer) -> Option<MessageId> {
    let mine = |is_it: &dyn Fn(&Request) -> bool| {
        let mut requests = peer.requests().rev().filter(|request| request.waits_for_peer());
        requests.find(|request| is_it(request)).map(|request| request.id)
    };
    match notice {
        Notice::Requested(user) | Notice::RequestedAgain(user) => {
            mine(&|request| request.is_about(Direction::Outgoing, user, &RequestKind::Chat))
        }
        Notice::JoinRequested { group, .. } => mine(&|request| request.kind == RequestKind::Join(group.clone())),
        Notice::Invited { group, user } => {
            mine(&|request| request.is_about(Direction::Outgoing, user, &RequestKind::Invite(group.clone())))
        }
        _ => None,
    }
}

/// The other user of a request, with a remark if their ID looks like a known ID.
pub fn request_peer(lookalikes: &Lookalikes, request: &Request) -> LocalizedText {
    request.peer.as_ref().map_or_else(|| "somebody".into(), |peer| lookalikes.display_name(peer))
}
