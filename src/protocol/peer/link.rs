//! The state of the connection, and the announcements of my presence. After connecting, the peer subscribes before it
//! announces that it is online; before disconnecting, it announces that it is offline.

use std::time::Duration;

use super::egress::Egress;
use crate::{
    domain::{ControlTopic, Now, Tick, Timestamp},
    protocol::{Content, Event, Notice, Properties, Topic, TypedPublication, Words},
};

/// How long to wait, after a reconnection, for the broker to show whether another device uses my ID.
const ID_CHECK: Duration = Duration::from_secs(1);

/// The time until a refused subscription to my control topic is retried: the operator may have allowed it in the
/// meantime.
pub(super) const RESUBSCRIBE_AFTER: Duration = Duration::from_secs(60);

/// How soon my presence is published again if it has lost its properties. Not at once, because something may remove them
/// again and again.
const RESTORE_AFTER: Duration = Duration::from_secs(30);

/// The state of the connection.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    Down,
    /// The broker has accepted the connection, but has not yet answered all subscriptions.
    Subscribing,
    /// The broker refuses the subscription to my control topic. Nobody could reach me, so I do not announce myself.
    ControlRefused {
        /// When to subscribe again; `None` while papo waits for the broker's answer.
        again: Option<Tick>,
    },
    /// The broker has answered all subscriptions and accepts my control topic. I have announced myself, or will do so
    /// after [`ID_CHECK`].
    Up,
}

#[derive(Debug, Default)]
pub(super) struct Link {
    state: State,
    /// When I last announced that I am online, or offline.
    announced: Option<Timestamp>,
    /// After a reconnection I first check whether another device has taken my ID, until this time.
    announce_by: Option<Tick>,
    /// While I am announced as online: when to publish that again, and its properties.
    renewal: Option<(Tick, Properties)>,
    /// Whether the broker still had my session when I connected, and this store had been connected before.
    is_kept: bool,
    /// Whether the broker of this connection names the sender of each publication.
    names_senders: bool,
}

impl Link {
    pub(super) fn is_up(&self) -> bool {
        self.state == State::Up
    }

    /// Whether the property `x-mqtt-sender` of what arrives on this connection is the broker's.
    pub(super) fn names_senders(&self) -> bool {
        self.names_senders
    }

    pub(super) fn set_names_senders(&mut self, names_senders: bool) {
        self.names_senders = names_senders;
    }

    /// Whether I have announced on this session of the broker whether I am online.
    pub(super) fn has_announced(&self) -> bool {
        self.announced.is_some()
    }

    /// Whether the broker refuses the subscription to my control topic.
    pub(super) fn is_control_refused(&self) -> bool {
        matches!(self.state, State::ControlRefused { .. })
    }

    /// When to act next. This also counts while the link is down; the timeouts of the other state machines do not.
    pub(super) fn due(&self) -> Option<Tick> {
        match self.state {
            State::Up => self.announce_by.into_iter().chain(self.renewal.as_ref().map(|(due, _)| *due)).min(),
            State::ControlRefused { again } => again,
            State::Down | State::Subscribing => None,
        }
    }

    /// The broker has accepted the connection.
    pub(super) fn connected(&mut self, session_present: bool, was_connected_before: bool) {
        self.state = State::Subscribing;
        if !session_present {
            // No other device has connected under my ID, or there would be a session.
            self.announced = None;
        }
        // If papo stopped before storing a message, its author resends it after ten seconds. A store that was never
        // connected lacks the messages that another store received in this session.
        self.is_kept = session_present && (self.announced.is_some() || was_connected_before);
    }

    pub(super) fn disconnected(&mut self, egress: &mut Egress) {
        self.state = State::Down;
        (self.announce_by, self.renewal) = (None, None);
        egress.disconnected();
    }

    /// Another client has taken the ID. papo connects again only to take it back, so it does not check then who has it.
    pub(super) fn taken_over(&mut self) {
        (self.announced, self.announce_by, self.renewal) = (None, None, None);
    }

    /// The broker has answered all subscriptions. Returns whether that brings the link up.
    pub(super) fn subscribed(&mut self) -> bool {
        let is_new = matches!(self.state, State::Subscribing | State::ControlRefused { again: None });
        if is_new {
            self.state = State::Up;
        }
        is_new
    }

    /// Announces me: at once, or after checking whether another device has taken my ID.
    pub(super) fn announce_soon(&mut self, egress: &mut Egress) {
        match self.announced {
            None => self.announce(true, egress),
            Some(_) => self.announce_by = Some(egress.now().tick + ID_CHECK),
        }
    }

    /// The broker refuses some subscriptions. Without its control topic nobody can reach a peer, so it announces that
    /// it is offline.
    pub(super) fn subscribe_refused(&mut self, filters: &[String], egress: &mut Egress) {
        if !egress.is_connected() {
            return;
        }
        let identity = egress.identity();
        let control = Topic::Control(identity.me.clone(), ControlTopic::Control).name(&identity.prefix);
        if !filters.contains(&control) {
            return egress.notify(Notice::SubscriptionsRefused(filters.to_vec()));
        }
        if self.announced.is_some() && !self.is_control_refused() {
            self.announce(false, egress);
        }
        self.announce_by = None;
        self.state = State::ControlRefused { again: Some(egress.now().tick + RESUBSCRIBE_AFTER) };
        egress.emit(Event::ControlRefused(control));
    }

    /// Whether it is time to subscribe again. If so, the next call returns false.
    pub(super) fn takes_retry(&mut self, now: Now) -> bool {
        let is_due = matches!(self.state, State::ControlRefused { again: Some(due) } if due <= now.tick);
        if is_due {
            self.state = State::ControlRefused { again: None };
        }
        is_due
    }

    /// Announces me when the time for the check of my ID is over, and renews my announcement before it expires.
    pub(super) fn timeout(&mut self, egress: &mut Egress) {
        if self.announce_by.is_some_and(|due| due <= egress.now().tick) {
            self.announce(true, egress);
        }
        if let Some((_, properties)) = self.renewal.take_if(|(due, _)| *due <= egress.now().tick) {
            // It is the same announcement, with the same `id` and `ts`, so its readers see no other start of mine.
            publish_presence(Topic::Presence(egress.me().clone()), true, properties.clone(), egress);
            self.renew_later(properties, egress);
        }
    }

    /// Two renewals in a row may get lost, and the presence of many who connected at once is not renewed at once.
    fn renew_later(&mut self, properties: Properties, egress: &mut Egress) {
        let expiry = egress.identity().presence_expiry;
        let wait = egress.random_span(expiry / 3, expiry * 7 / 15);
        self.renewal = Some((egress.now().tick + wait, properties));
    }

    /// Announces on both topics whether I am online.
    pub(super) fn announce(&mut self, online: bool, egress: &mut Egress) {
        let device = Some(egress.identity().device.clone());
        let properties = egress.stamp(Properties {
            device,
            kept: online && self.is_kept,
            words: Words::MINE,
            ..Properties::default()
        });
        self.announced = Some(egress.now().wall);
        (self.announce_by, self.renewal) = (None, None);
        for topic in [Topic::Presence(egress.me().clone()), Topic::Users] {
            publish_presence(topic, online, properties.clone(), egress);
        }
        if online {
            self.renew_later(properties, egress);
        }
    }

    /// Announces me without `kept`, so that users who wait for an answer repeat their requests.
    pub(super) fn announce_without_kept(&mut self, egress: &mut Egress) {
        if self.is_up() {
            self.is_kept = false;
            self.announce(true, egress);
        }
    }

    /// A client has cleared my presence; if I had announced myself, I do so again.
    pub(super) fn cleared(&mut self, egress: &mut Egress) {
        if self.is_up() && self.announced.is_some() && self.announce_by.is_none() {
            self.announce(true, egress);
        }
    }

    /// Handles my own presence, as the broker delivers it: another device may have taken my ID since I announced
    /// myself, or a delayed last will may have announced that I am offline. After another device has taken the ID, this
    /// one does not announce itself again, because that would take the ID back. Only its next connection does so.
    pub(super) fn own_presence(&mut self, online: bool, retained: bool, properties: &Properties, egress: &mut Egress) {
        let Some(announced) = self.announced else { return };
        let is_mine = properties.device.as_ref() == Some(&egress.identity().device);
        // While I check before announcing myself, a retained presence is newer than my last announcement. At other
        // times it may be an older one of the other device, which was queued for our common client ID.
        let is_newer = retained && self.announce_by.is_some();
        let is_after_mine = is_newer || properties.ts.is_none_or(|ts| ts > announced);
        if online && !is_mine && properties.device.is_some() && is_after_mine {
            self.taken_over();
            egress.emit(Event::TakenOver);
            return;
        }
        if online
            && !properties.is_papo
            && let Some((due, _)) = &mut self.renewal
        {
            // Others must not think for long that I give no receipts.
            *due = (*due).min(egress.now().tick + RESTORE_AFTER);
        }
        let is_due = match self.announce_by {
            Some(_) => retained,
            None => !online && !retained && self.is_up(),
        };
        if is_due {
            self.announce(true, egress);
        }
    }
}

/// Publishes whether I am online. `online` expires, because a broker that fails may take my last will with it.
fn publish_presence(topic: Topic, online: bool, properties: Properties, egress: &mut Egress) {
    let content = Content::Presence(egress.me().clone(), online);
    let expiry = u32::try_from(egress.identity().presence_expiry.as_secs()).unwrap_or(u32::MAX);
    egress.send_transient_with(TypedPublication { topic, content, properties }, |publication| {
        publication.expiry = online.then_some(expiry);
    });
}
