//! Forgets a user who is gone for good: clears their retained presence, so that no client lists them any more.
//!
//! Invariant: a clear is never stored, and never outlives the connection on which the user asked for it. A late one would
//! wipe the presence of a user who has come back since.

use std::collections::BTreeMap;

use super::{Peer, link::Link};
use crate::{
    domain::{ConversationId, NOT_ALLOWED, Now, Presence, User, UserId},
    protocol::{
        NotForgotten, Refusal,
        event::{Event, Output},
        publication::{PubOutcome, Publication, Row},
        topic::Topic,
        wire::Content,
    },
};

/// The clears that the broker has not answered yet, by the row number they were published with.
#[derive(Debug, Default)]
pub(super) struct Clears(BTreeMap<Row, UserId>);

/// Forgetting others.
impl Peer {
    /// Checks that the presence of `user` may be cleared now.
    pub fn may_forget(&self, user: &UserId) -> Result<(), Refusal> {
        if *user == self.me {
            return Err(Refusal::ForgetSelf);
        }
        if self.link != Link::Up {
            return Err(Refusal::ForgetOffline(user.clone()));
        }
        match self.users.get(user).map(|known| known.presence) {
            Some(Presence::Offline) => Ok(()),
            Some(Presence::Online) => Err(Refusal::ForgetOnline(user.clone())),
            Some(Presence::Unknown) | None => Err(Refusal::ForgetUnknown(user.clone())),
        }
    }

    pub(super) fn forget_user(&mut self, now: Now, user: UserId) -> Result<(), Refusal> {
        self.may_forget(&user)?;
        let properties = self.stamp(now);
        let topic = Topic::Presence(user.clone());
        let cleared = self.encode(&topic, &Content::Cleared(user.clone()), &properties);
        let row = self.outbox.next_row();
        self.clears.0.insert(row, user);
        self.output(Output::Publish { row: Some(row), publication: Publication { retain: true, ..cleared } });
        Ok(())
    }

    /// The broker has answered for a row that is not in the outbox.
    pub(super) fn clear_answered(&mut self, row: Row, outcome: PubOutcome) {
        let Some(user) = self.clears.0.remove(&row) else { return };
        match outcome {
            PubOutcome::Taken | PubOutcome::NobodyListens => {
                // The broker may not echo the clear. A user who has come online meanwhile stays listed.
                if self.users.get(&user).is_some_and(|known| !known.is_online()) {
                    self.unlist(&user);
                }
                self.tell(Event::Forgotten(user));
            }
            PubOutcome::Refused(why) => {
                let why = if why == NOT_ALLOWED { NotForgotten::NotAllowed } else { NotForgotten::Refused(why) };
                self.tell(Event::NotForgotten { user, why });
            }
        }
    }

    /// The connection is gone, and with it what was to be cleared.
    pub(super) fn give_up_clears(&mut self) {
        for (row, user) in std::mem::take(&mut self.clears.0) {
            self.output(Output::Forget(row));
            self.tell(Event::NotForgotten { user, why: NotForgotten::Disconnected });
        }
    }
}

/// Hearing of it.
impl Peer {
    /// A client has cleared the presence of `user`. If that is this user, who is online, it is announced again.
    pub(super) fn presence_cleared(&mut self, now: Now, user: &UserId) {
        if *user != self.me {
            return self.unlist(user);
        }
        if self.link == Link::Up && self.announced.is_some() && self.announce_by.is_none() {
            self.announce(now, true);
        }
    }

    /// Removes a user from the list, or makes them unknown if something else keeps them there.
    fn unlist(&mut self, user: &UserId) {
        let Some(known) = self.users.get(user) else { return };
        if !known.is_blocked && !self.has_ties(user) {
            return self.remove_user(user);
        }
        self.greeted.remove(user);
        self.told.remove(user);
        self.meet(user, |known| *known = User { presence: Presence::Unknown, since: None, ..known.clone() });
        self.remind_anew(user);
    }

    /// Whether I have a request or a conversation with `user`, or know it in a group: as one of a group of mine, or as
    /// the leader of any, whose records would be judged otherwise without what is known of it.
    fn has_ties(&self, user: &UserId) -> bool {
        let is_shared = |id: &ConversationId| match id {
            ConversationId::Session(session) => session.peer_of(&self.me) == Some(user),
            ConversationId::Group(group) => self.groups.get(group).is_some_and(|record| record.includes(user)),
        };
        self.requests.with(user).next().is_some()
            || self.conversations.keys().any(is_shared)
            || self.groups.values().any(|group| group.is_led_by(user))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{AckToken, Batch, Identity, Inbound, Input, Saved};

    fn now() -> Now {
        Now::from_millis(1_000_000)
    }

    fn bob() -> UserId {
        "bob".parse().unwrap()
    }

    fn hears(alice: &mut Peer, payload: &str) {
        let inbound = Inbound {
            topic: "USERS/bob".to_owned(),
            payload: payload.into(),
            retained: true,
            content_type: None,
            properties: Vec::new(),
        };
        alice.handle_input(now(), Input::Received { inbound, token: AckToken { epoch: 1, packet: 1 } });
    }

    /// Alice, connected, with a clear of bob's presence on its way; and what she did for that.
    fn forgetting() -> (Peer, Row, Batch) {
        let mut alice = Peer::restore(Identity::new("alice".parse().unwrap(), "d", 7), Saved::default());
        alice.handle_input(now(), Input::Connected { session_present: false });
        alice.handle_input(now(), Input::Subscribed);
        hears(&mut alice, "offline");
        alice.take_batch();
        alice.command(now(), crate::protocol::Command::Forget(bob())).unwrap();
        let batch = alice.take_batch();
        let [Output::Publish { row: Some(row), publication }] = batch.outputs.as_slice() else { panic!("{batch:?}") };
        assert_eq!((publication.topic.as_str(), publication.payload.as_slice()), ("USERS/bob", [].as_slice()));
        assert!(publication.retain, "the broker would keep the presence");
        (alice, *row, batch)
    }

    #[test]
    fn a_clear_ends_with_its_connection() {
        let (mut alice, row, batch) = forgetting();
        assert_eq!(batch.operations, [], "a start finds none");
        assert_eq!(alice.outbox().len(), 0);
        alice.handle_input(now(), Input::Disconnected);
        let batch = alice.take_batch();
        assert_eq!(batch.outputs, [Output::Forget(row)]);
        let why = NotForgotten::Disconnected;
        assert_eq!(batch.events, [Event::NotForgotten { user: bob(), why }]);
        // An answer that comes all the same is too late.
        alice.handle_input(now(), Input::Published { row, outcome: PubOutcome::Taken });
        assert_eq!(alice.take_batch().events, []);
        assert!(alice.users().contains_key(&bob()));
    }

    #[test]
    fn a_user_who_comes_online_before_the_answer_stays_listed() {
        let (mut alice, row, _) = forgetting();
        hears(&mut alice, "online");
        alice.handle_input(now(), Input::Published { row, outcome: PubOutcome::Taken });
        assert!(alice.users()[&bob()].is_online());
    }

    #[test]
    fn a_broker_with_rules_is_told_from_one_that_refuses_otherwise() {
        for (said, why) in [(NOT_ALLOWED, NotForgotten::NotAllowed), ("busy", NotForgotten::Refused("busy".to_owned()))]
        {
            let (mut alice, row, _) = forgetting();
            alice.handle_input(now(), Input::Published { row, outcome: PubOutcome::Refused(said.to_owned()) });
            assert_eq!(alice.take_batch().events, [Event::NotForgotten { user: bob(), why }]);
            assert!(alice.users().contains_key(&bob()));
        }
    }
}
