//! The connection as the peer sees it: subscribe, then say that one is there; say so before leaving.

use std::time::Duration;

use super::Peer;
use crate::{
    domain::{ConversationId, Family, GroupStanding, Now, Phase, Tick, Timestamp},
    protocol::{
        Notice, OwnPresence,
        event::{Event, Output},
        properties::Properties,
        publication::Publication,
        topic::{Topic, standing_subscriptions},
        wire::Content,
    },
};

/// How long the broker has to show my groups' records back before they are sent again.
pub(super) const CONFIRM_WITHIN: Duration = Duration::from_secs(3);

/// How long the broker has, on a further connection, to show who is here under my id.
const LOOK_FIRST: Duration = Duration::from_secs(1);

/// When a refused subscription to my control topic is asked for again: the operator may have allowed it.
const ASK_AGAIN: Duration = Duration::from_secs(60);

/// Where the connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    /// None.
    Down,
    /// The broker has accepted it; the subscriptions do not stand yet.
    Subscribing,
    /// The broker refuses the subscription to my control topic: nobody could reach me, so nobody is told that I am here.
    Deaf {
        /// When to ask again; none while the answer is awaited.
        again: Option<Tick>,
    },
    /// All is set up and others know that I am here.
    Up,
}

impl Peer {
    /// The name under which the broker keeps my session: my id, so that the broker itself keeps ids unique, and
    /// below a prefix with it, so that its `alice` is not cut by that of another. No id has the `_` in it, and not
    /// every broker takes a `/`.
    pub fn client_id(&self) -> String {
        format!("{}{}", self.prefix.replace('/', "_"), self.me)
    }

    /// The will: what the broker is to say when I vanish.
    pub fn will(&self) -> Publication {
        let properties = Properties {
            is_papo: true,
            from: Some(self.me.clone()),
            device: Some(self.device.clone()),
            ..Properties::default()
        };
        self.presence_publication(Topic::Presence(self.me.clone()), false, &properties)
    }

    /// Where to see whether somebody else is here under my id, before I connect under it.
    pub fn presence_to_look_at(&self) -> OwnPresence {
        OwnPresence { me: self.me.clone(), device: self.device.clone(), prefix: self.prefix.clone() }
    }

    pub(super) fn is_linked(&self) -> bool {
        self.link != Link::Down
    }

    /// Subscribes anew each time: the broker may have lost what it knew.
    pub(super) fn connected(&mut self, now: Now, session_present: bool) {
        self.link = Link::Subscribing;
        self.heard.stop_waiting();
        self.came_back(now);
        if !session_present {
            // Nobody else has connected under my id, or there would be a session.
            self.announced = None;
            self.greeted.clear();
        }
        // What was only in memory when papo stopped is sent again after the reminder's ten seconds. A store that has
        // never been connected cannot have what was taken from the session before.
        self.is_kept = session_present && (self.announced.is_some() || self.left != Timestamp::default());
        self.subscribe_to_all();
    }

    fn subscribe_to_all(&mut self) {
        let mut wanted = standing_subscriptions(&self.prefix, &self.me);
        let talks: Vec<Topic> = self.conversations.keys().flat_map(|id| self.topics_of(id)).collect();
        wanted.extend(talks.iter().map(|topic| topic.subscription(&self.prefix)));
        self.output(Output::Subscribe(wanted));
    }

    /// The topics that a conversation is to be listened to on, as it stands.
    pub(super) fn topics_of(&self, id: &ConversationId) -> Vec<Topic> {
        let Some(conversation) = self.conversations.get(id) else { return Vec::new() };
        match id {
            ConversationId::Session(session) => {
                let is_blocked = session.peer_of(&self.me).is_some_and(|peer| self.is_blocked(peer));
                let is_over = !self.owes_receipts(conversation) && !self.gaps.is_in(id);
                let listens =
                    conversation.phase.is_open() || (conversation.phase == Phase::Closed && !is_over && !is_blocked);
                listens.then(|| Topic::Session(session.clone())).into_iter().collect()
            }
            ConversationId::Group(group) if conversation.phase.is_open() => {
                let mut topics = vec![Topic::GroupMessages(group.clone()), Topic::GroupMembers(group.clone())];
                if self.groups.get(group).map(|record| record.standing(&self.me)) == Some(GroupStanding::Leader) {
                    topics.push(Topic::GroupLeader(group.clone()));
                }
                topics
            }
            ConversationId::Group(_) => Vec::new(),
        }
    }

    pub(super) fn subscribed(&mut self, now: Now) {
        if !matches!(self.link, Link::Subscribing | Link::Deaf { again: None }) {
            return;
        }
        self.link = Link::Up;
        // Not before: what is to be heard would wait for the disk.
        self.note_here(now);
        self.gaps.start_anew(now);
        match self.announced {
            None => self.announce(now, true),
            Some(_) => self.announce_by = Some(now.tick + LOOK_FIRST),
        }
        let led = self.groups.values().filter(|group| group.is_led_by(&self.me));
        self.unconfirmed = led.map(|group| (group.name.clone(), now.tick + CONFIRM_WITHIN)).collect();
        self.await_records(now);
        // Who is still here has got what the broker kept for it; the rest it is reminded of.
        for user in self.greeted.keys().cloned().collect::<Vec<_>>() {
            self.expect_answer(now, &user);
        }
        self.flush_receipts(now);
    }

    /// Without its control topic a peer is deaf, and says no more that it is here.
    pub(super) fn subscribe_refused(&mut self, now: Now, filters: &[String]) {
        if !self.is_linked() {
            return;
        }
        let control = Topic::Control(self.me.clone(), Family::Control).name(&self.prefix);
        if !filters.contains(&control) {
            return self.notify(Notice::SubscriptionsRefused(filters.to_vec()));
        }
        if self.announced.is_some() && !matches!(self.link, Link::Deaf { .. }) {
            self.announce(now, false);
        }
        self.announce_by = None;
        self.link = Link::Deaf { again: Some(now.tick + ASK_AGAIN) };
        self.tell(Event::Deaf(control));
    }

    /// Whether the broker refuses the subscription to my control topic.
    pub fn is_deaf(&self) -> bool {
        matches!(self.link, Link::Deaf { .. })
    }

    /// Asks for the control topic again, and for the rest with it.
    pub(super) fn ask_for_control(&mut self, now: Now) {
        if let Link::Deaf { again: Some(due) } = self.link
            && due <= now.tick
        {
            self.link = Link::Deaf { again: None };
            self.subscribe_to_all();
        }
    }

    /// Says on both topics whether I am here.
    pub(super) fn announce(&mut self, now: Now, online: bool) {
        let kept = online && self.is_kept;
        let properties = Properties { device: Some(self.device.clone()), kept, ..self.stamp(now) };
        self.announced = Some(now.wall);
        self.announce_by = None;
        for topic in [Topic::Presence(self.me.clone()), Topic::Users] {
            let publication = self.presence_publication(topic, online, &properties);
            self.output(Output::Publish { row: None, publication });
        }
    }

    fn presence_publication(&self, topic: Topic, online: bool, properties: &Properties) -> Publication {
        let content = Content::Presence(self.me.clone(), online);
        let retain = matches!(topic, Topic::Presence(_));
        Publication { retain, ..self.encode(&topic, &content, properties) }
    }

    pub(super) fn go_offline(&mut self, now: Now) {
        if self.is_linked() {
            self.receipts.hurry(now);
            self.flush_receipts(now);
            self.announce(now, false);
            self.note_here(now);
            self.link = Link::Down;
            self.announce_by = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Identity, Input, Saved};

    /// Alice, connected; the broker has not answered for her subscriptions.
    fn alice() -> Peer {
        let mut alice = Peer::restore(Identity::new("alice".parse().unwrap(), "d", 7), Saved::default());
        alice.handle_input(now(), Input::Connected { session_present: false });
        alice.take_batch();
        alice
    }

    fn now() -> Now {
        Now::from_millis(1_000_000)
    }

    #[test]
    fn a_refusal_that_comes_after_the_connection_is_gone_says_nothing() {
        let mut alice = alice();
        answered(&mut alice, &[]);
        alice.handle_input(now(), Input::Disconnected);
        alice.take_batch();
        answered(&mut alice, &["alice_Control"]);
        assert_eq!(alice.take_batch().outputs, []);
        assert!(!alice.is_deaf());
    }

    /// Takes what the broker says of the subscriptions.
    fn answered(alice: &mut Peer, refused: &[&str]) {
        if !refused.is_empty() {
            let refused = refused.iter().map(ToString::to_string).collect();
            alice.handle_input(now(), Input::SubscribeRefused(refused));
        }
        alice.handle_input(now(), Input::Subscribed);
    }

    /// What is published on the presence topic.
    fn presence(batch: &crate::protocol::Batch) -> Vec<String> {
        let publications = batch.outputs.iter().filter_map(|output| match output {
            Output::Publish { publication, .. } if publication.topic == "USERS/alice" => Some(publication),
            _ => None,
        });
        publications.map(|publication| String::from_utf8(publication.payload.clone()).unwrap()).collect()
    }

    #[test]
    fn a_peer_that_nobody_can_reach_does_not_announce_itself() {
        let mut alice = alice();
        answered(&mut alice, &["alice_Control", "clients/alice"]);
        let batch = alice.take_batch();
        assert_eq!(batch.outputs, []);
        assert_eq!(batch.events, [Event::Deaf("alice_Control".into())]);
        assert!(alice.is_deaf());

        // It asks again, in vain and then not.
        for refused in [["alice_Control"].as_slice(), &[]] {
            assert_eq!(alice.next_timeout(), Some(now().tick + ASK_AGAIN));
            alice.handle_input(now() + ASK_AGAIN, Input::Timeout);
            let wanted = alice.take_batch().outputs;
            assert!(
                matches!(wanted.as_slice(), [Output::Subscribe(wanted)] if wanted[0].filter == "alice_Control"),
                "{wanted:?}"
            );
            answered(&mut alice, refused);
        }
        assert!(!alice.is_deaf());
        assert_eq!(presence(&alice.take_batch()), ["alice online"]);
    }

    #[test]
    fn a_peer_that_becomes_deaf_says_that_it_is_gone() {
        let mut alice = alice();
        answered(&mut alice, &[]);
        assert_eq!(presence(&alice.take_batch()), ["alice online"]);
        alice.handle_input(now(), Input::Disconnected);
        alice.handle_input(now(), Input::Connected { session_present: true });
        answered(&mut alice, &["alice_Control"]);
        assert_eq!(presence(&alice.take_batch()), ["alice offline"]);
        assert!(alice.is_deaf());
    }

    #[test]
    fn another_refused_topic_is_named_and_does_not_hide_me() {
        let mut alice = alice();
        answered(&mut alice, &["GROUPS/#"]);
        let batch = alice.take_batch();
        assert_eq!(batch.events, [Event::Notice(Notice::SubscriptionsRefused(vec!["GROUPS/#".into()]))]);
        assert_eq!(presence(&batch), ["alice online"]);
    }
}
