//! Asks of other programs that are not answered yet.

use std::time::Duration;

use super::{connection::Connection, groups::Groups, outbox, users::Users};
use crate::{
    app::{
        LocalizedText,
        effect::Effect,
        localized,
        scripts::{Answer, Ask, Item, Until},
    },
    domain::{ConversationId, Delivery, DeliveryFailure, Tick, UserId},
    protocol::{Peer, RowId},
};

/// After connecting, the broker sends what it has kept in one stream. A pause of this length is its end.
const STREAM_PAUSE: Duration = Duration::from_millis(500);
/// A list that is not complete after this time is answered as it is.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(20);

/// The asks that wait.
#[derive(Debug, Default)]
pub struct Scripts {
    asks: Vec<(u64, Waiting)>,
    /// How much of its retained and queued publications the broker has sent on this connection.
    arrivals: Option<Arrivals>,
    /// The items of this update, kept only while a program follows them.
    news: Vec<Item>,
    /// Why there is no connection, as far as the programs know.
    told: Option<LocalizedText>,
}

/// The publications that the broker sends after connecting, in two streams: when the last of each came, until a pause ends
/// it.
#[derive(Debug)]
struct Arrivals {
    /// Retained publications: presences and group records.
    retained: Option<Tick>,
    /// All publications, with the messages that were queued for the session.
    all: Option<Tick>,
}

/// The outcome that an ask waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Waiting {
    /// That a message of mine has come that far.
    Delivery(ConversationId, u64, Until),
    /// That the broker has taken these rows.
    Taken(Vec<RowId>),
    /// That the broker has sent its retained publications, so that a list is complete or an ask can be tried; not longer
    /// than until this time.
    Settled(Ask, Tick),
    /// That the broker has cleared the presence of this user.
    Forgotten(UserId),
    /// For everything that happens, in one conversation or everywhere.
    Tail(Option<String>),
    /// For nothing more.
    Ended(Answer),
}

impl Scripts {
    /// Keeps an ask until it is answered.
    pub fn wait(&mut self, number: u64, waiting: Waiting) {
        self.asks.push((number, waiting));
    }

    /// Keeps an ask until the broker has sent its retained publications, but not for ever.
    pub fn wait_until_settled(&mut self, number: u64, ask: Ask, now: Tick) {
        self.wait(number, Waiting::Settled(ask, now + SETTLE_TIMEOUT));
    }

    /// The program does not want to know any more.
    pub fn drop_ask(&mut self, number: u64) {
        self.asks.retain(|(known, _)| *known != number);
    }

    /// My message number `n` is not delivered.
    pub fn not_delivered(&mut self, conversation: &ConversationId, n: u64, why: &DeliveryFailure) {
        let is_it = |waiting: &Waiting| matches!(waiting, Waiting::Delivery(of, m, _) if of == conversation && *m == n);
        self.end(is_it, &Answer::Refused(LocalizedText::from(why)));
    }

    /// The broker has refused a row, which is in the outbox no more.
    pub fn not_taken(&mut self, row: RowId, why: &DeliveryFailure) {
        let is_it = |waiting: &Waiting| matches!(waiting, Waiting::Taken(rows) if rows.contains(&row));
        self.end(is_it, &Answer::Refused(LocalizedText::from(why)));
    }

    /// The presence of `user` is cleared, or why it is not.
    pub fn forgotten(&mut self, user: &UserId, outcome: Result<(), LocalizedText>) {
        let answer = outcome.map_or_else(Answer::Refused, |()| Answer::Done);
        self.end(|waiting| matches!(waiting, Waiting::Forgotten(of) if of == user), &answer);
    }

    fn end(&mut self, is_it: impl Fn(&Waiting) -> bool, answer: &Answer) {
        for (_, waiting) in self.asks.iter_mut().filter(|(_, waiting)| is_it(waiting)) {
            *waiting = Waiting::Ended(answer.clone());
        }
    }

    /// When an answer is due by itself, or may be.
    pub fn next_timeout(&self) -> Option<Tick> {
        let gives_up = self.asks.iter().filter_map(|(_, waiting)| match waiting {
            Waiting::Settled(_, gives_up) => Some(*gives_up),
            _ => None,
        });
        let pauses = self.arrivals.iter().flat_map(|arrivals| [arrivals.retained, arrivals.all]);
        gives_up.chain(pauses.flatten().map(|last| last + STREAM_PAUSE)).min()
    }

    /// The loop gives this only when it has handled everything that has arrived, so a pause of its own is none of the
    /// broker's.
    pub fn timeout(&mut self, now: Tick) {
        if let Some(arrivals) = &mut self.arrivals {
            for stream in [&mut arrivals.retained, &mut arrivals.all] {
                stream.take_if(|last| *last + STREAM_PAUSE <= now);
            }
        }
    }

    /// The connection was made or lost.
    pub fn connection_changed(&mut self, now: Tick, is_online: bool) {
        self.arrivals = is_online.then_some(Arrivals { retained: Some(now), all: Some(now) });
    }

    /// A publication has arrived.
    pub fn received(&mut self, now: Tick, is_retained: bool) {
        let Some(arrivals) = &mut self.arrivals else { return };
        arrivals.all = arrivals.all.map(|_| now);
        if is_retained {
            arrivals.retained = arrivals.retained.map(|_| now);
        }
    }

    /// Something has happened that programs may follow.
    pub fn notify(&mut self, item: impl FnOnce() -> Item) {
        if self.asks.iter().any(|(_, waiting)| matches!(waiting, Waiting::Tail(_))) {
            self.news.push(item());
        }
    }

    /// Whether everything is there that the broker has kept and that `ask` is about.
    pub fn is_complete(&self, ask: &Ask) -> bool {
        self.arrivals.as_ref().is_some_and(|arrivals| match ask {
            Ask::Users | Ask::Groups | Ask::Forget(_) => arrivals.retained.is_none(),
            _ => arrivals.all.is_none(),
        })
    }

    /// Whether waiting longer for what `ask` is about would change nothing.
    fn is_settled(&self, ask: &Ask, gives_up: Tick, connection: &Connection, now: Tick) -> bool {
        self.is_complete(ask) || !connection.is_online_or_connecting() || gives_up <= now
    }

    /// Takes the settled asks that need a command, so that they can be tried now. Lists are answered instead.
    pub fn take_due(&mut self, connection: &Connection, now: Tick) -> Vec<(u64, Ask)> {
        let (due, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut self.asks).into_iter().partition(|(_, waiting)| {
            matches!(waiting, Waiting::Settled(ask, gives_up)
                if !ask.is_list() && self.is_settled(ask, *gives_up, connection, now))
        });
        self.asks = rest;
        let ask = |(number, waiting)| if let Waiting::Settled(ask, _) = waiting { Some((number, ask)) } else { None };
        due.into_iter().filter_map(ask).collect()
    }

    /// Answers the asks whose outcome is known. All that wait are told once why there is no connection.
    pub fn answer(&mut self, peer: &Peer, connection: &Connection, now: Tick) -> Vec<Effect> {
        if self.asks.is_empty() {
            self.told = connection.problem();
            return Vec::new();
        }
        let mut effects = self.report_trouble(connection);
        let news = std::mem::take(&mut self.news);
        for (number, waiting) in std::mem::take(&mut self.asks) {
            let answer = match &waiting {
                Waiting::Delivery(conversation, n, until) => {
                    has_reached(peer, conversation, *n, *until).then_some(Answer::Done)
                }
                Waiting::Taken(rows) => {
                    let is_waiting = peer.outbox().any(|waiting| rows.contains(&waiting.row));
                    (!is_waiting).then_some(Answer::Done)
                }
                Waiting::Settled(list, gives_up) if list.is_list() => {
                    self.is_settled(list, *gives_up, connection, now).then(|| {
                        effects.extend(listed(peer, list).into_iter().map(|item| item_of(number, item)));
                        // The outbox is here, whatever the broker has.
                        let is_all = self.is_complete(list) || *list == Ask::Outbox;
                        if is_all { Answer::Done } else { Answer::Late("list-so-far".into()) }
                    })
                }
                Waiting::Tail(name) => {
                    let wanted = news.iter().filter(|item| is_wanted(peer, item, name.as_deref()));
                    effects.extend(wanted.map(|item| item_of(number, item.clone())));
                    None
                }
                Waiting::Ended(answer) => Some(answer.clone()),
                Waiting::Settled(..) | Waiting::Forgotten(_) => None,
            };
            match answer {
                Some(answer) => effects.push(Effect::Answer(number, answer)),
                None => self.asks.push((number, waiting)),
            }
        }
        effects
    }

    fn report_trouble(&mut self, connection: &Connection) -> Vec<Effect> {
        let trouble = connection.problem();
        if *connection == Connection::Connecting || self.told == trouble {
            return Vec::new();
        }
        let note = |why: &LocalizedText| {
            self.asks.iter().map(|(number, _)| item_of(*number, Item::Note(why.clone()))).collect()
        };
        let effects = trouble.as_ref().map(note).unwrap_or_default();
        self.told = trouble;
        effects
    }

    /// papo leaves. Messages that wait are in the store, unless that fails, and are sent after the next start; a list is
    /// answered as far as it is known.
    pub fn leave(&mut self, peer: &Peer, is_stored: bool) -> Vec<Effect> {
        let mut effects = Vec::new();
        for (number, waiting) in std::mem::take(&mut self.asks) {
            let answer = match waiting {
                Waiting::Delivery(..) | Waiting::Taken(_) if is_stored => Answer::Late("remote-leaves".into()),
                Waiting::Settled(list, _) if list.is_list() => {
                    effects.extend(listed(peer, &list).into_iter().map(|item| item_of(number, item)));
                    Answer::Late("list-so-far".into())
                }
                Waiting::Forgotten(user) => Answer::Refused(localized!("forget-cut", user)),
                Waiting::Ended(answer) => answer,
                _ => continue,
            };
            effects.push(Effect::Answer(number, answer));
        }
        effects
    }
}

fn item_of(number: u64, item: Item) -> Effect {
    Effect::Answer(number, Answer::Item(item))
}

fn has_reached(peer: &Peer, conversation: &ConversationId, n: u64, until: Until) -> bool {
    let delivery = peer.delivery(conversation, n);
    match until {
        Until::Broker => delivery != Delivery::Written,
        Until::Delivered => matches!(delivery, Delivery::Delivered | Delivery::Read),
        Until::Read => delivery == Delivery::Read,
    }
}

fn listed(peer: &Peer, list: &Ask) -> Vec<Item> {
    match list {
        Ask::Users => Users::list(peer).into_iter().cloned().map(Item::User).collect(),
        Ask::Groups => Groups::list(peer).into_iter().cloned().map(Item::Group).collect(),
        Ask::Inbox => peer.requests().cloned().map(Item::Request).collect(),
        Ask::Outbox => {
            let item = |waiting| {
                let (to, what) = outbox::words(peer, waiting);
                Item::Waiting { to, what, failure: waiting.failure.clone() }
            };
            peer.outbox().map(item).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether an item is of the conversation with this name, its topic, or of the user.
fn is_wanted(peer: &Peer, item: &Item, name: Option<&str>) -> bool {
    let Some(name) = name else { return true };
    match item {
        Item::Message(conversation, _) => conversation.goes_by(name, peer.me()),
        Item::Request(request) => request.peer.as_ref().is_some_and(|peer| peer.as_str() == name),
        Item::User(user) => user.id.as_str() == name,
        Item::Group(_) | Item::Waiting { .. } | Item::Note(_) => false,
    }
}
