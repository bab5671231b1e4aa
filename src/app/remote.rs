//! What programs beside papo ask it: to send, to answer, to list, to tell what happens.
//!
//! An ask becomes the same command as a key does, and stays until what came of it is known. The answers go out as
//! effects, under the number of the ask; nobody is told a thing that is not in the model.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    composer::imported,
    effect::Effect,
    groups, inbox,
    lookalikes::Lookalikes,
    message::ImportBatch,
    model::{Connection, Model},
    outbox, peer, users,
};
use crate::{
    domain::{
        ChatMessage, Conversation, ConversationId, Delivery, Direction, Group, LocalizedText, Request, Tick, User,
        UserId, check_text, localized, refusal,
    },
    protocol::{Command, Input, Row},
};

/// After connecting, the broker sends what it has kept in one stream. A pause of this length is its end.
const PAUSE: Duration = Duration::from_millis(500);
/// A list that is not complete after this time is answered with what there is.
const GIVES_UP: Duration = Duration::from_secs(20);

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// Send a text, and say so when it has come that far.
    Send {
        /// A user, or `#group`.
        to: String,
        /// The text.
        text: String,
        /// How far.
        until: Until,
    },
    /// Ask somebody for a talk.
    Request(String),
    /// Accept the oldest request of somebody.
    Accept(String),
    /// Deny it.
    Deny(String),
    /// Clear the presence of a user who has left for good.
    Forget(String),
    /// Who there is.
    Users,
    /// Which groups there are.
    Groups,
    /// What was asked, both ways.
    Inbox,
    /// What waits for the broker.
    Outbox,
    /// What happens from now on; in one conversation, or everywhere.
    Tail(Option<String>),
    /// What was said so far; in one conversation, or everywhere.
    History(Option<String>),
}

impl Ask {
    fn is_list(&self) -> bool {
        matches!(self, Self::Users | Self::Groups | Self::Inbox | Self::Outbox)
    }
}

/// How far a message is to have come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Until {
    /// The broker has it.
    #[default]
    Broker,
    /// Every reader's papo has it.
    Delivered,
    /// Every reader has seen it.
    Read,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Something of what was asked for; more may follow.
    Item(Item),
    /// That was all.
    Done,
    /// It is not done yet, or not complete, and no more is said about it.
    Late(LocalizedText),
    /// It cannot be done.
    Refused(LocalizedText),
}

/// Something that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A message came, or was written.
    Message(ConversationId, ChatMessage),
    /// A request, as it stands.
    Request(Request),
    /// A user, as it stands.
    User(User),
    /// A group, as it stands.
    Group(Group),
    /// Something to know beside what was asked for.
    Note(LocalizedText),
    /// What waits for the broker.
    Waiting {
        /// Where it goes.
        to: String,
        /// What it is.
        what: LocalizedText,
        /// Why the broker has refused it.
        failure: Option<String>,
    },
}

/// What is asked and not answered yet, and what there is to tell.
#[derive(Debug, Default)]
pub(super) struct Remote {
    asks: Vec<(u64, Waiting)>,
    /// What the broker has kept for this connection, while there is one.
    arrivals: Option<Arrivals>,
    /// What has happened in this update; gathered only where somebody wants to know.
    news: Vec<Item>,
    /// Why there is no connection, as far as it has been told.
    told: Option<LocalizedText>,
}

/// How far the broker has sent what it had kept when the connection began.
#[derive(Debug)]
struct Arrivals {
    /// What it retains: presences and group records.
    retained: Stream,
    /// Everything, with the messages that were queued for the session.
    all: Stream,
}

/// A stream of publications, which ends with a pause.
#[derive(Debug, Clone, Copy)]
enum Stream {
    /// The last of it came then.
    Running(Tick),
    Ended,
}

impl Stream {
    fn came(&mut self, now: Tick) {
        if let Self::Running(last) = self {
            *last = now;
        }
    }

    fn due(self) -> Option<Tick> {
        if let Self::Running(last) = self { Some(last + PAUSE) } else { None }
    }

    fn timeout(&mut self, now: Tick) {
        if self.due().is_some_and(|due| due <= now) {
            *self = Self::Ended;
        }
    }

    fn has_ended(self) -> bool {
        matches!(self, Self::Ended)
    }
}

/// What an ask waits for.
#[derive(Debug)]
enum Waiting {
    /// That a message of mine has come that far.
    Delivery(ConversationId, u64, Until),
    /// That the broker has taken these.
    Taken(Vec<Row>),
    /// That what is to be listed is there, or what came while nobody was there: then it is tried. At that time it is
    /// tried in any case.
    Settled(Ask, Tick),
    /// That the broker has cleared the presence of this user.
    Forgotten(UserId),
    /// For ever.
    Tail(Option<String>),
    /// For nothing more.
    Ended(Answer),
}

impl Remote {
    /// My message number `n` is not delivered.
    pub(super) fn not_delivered(&mut self, conversation: &ConversationId, n: u64, why: &str) {
        let is_it = |waiting: &Waiting| matches!(waiting, Waiting::Delivery(of, m, _) if of == conversation && *m == n);
        self.end(is_it, &Answer::Refused(refusal(why)));
    }

    /// The broker has refused a row, which is in the outbox no more.
    pub(super) fn not_taken(&mut self, row: Row, why: &str) {
        let is_it = |waiting: &Waiting| matches!(waiting, Waiting::Taken(rows) if rows.contains(&row));
        self.end(is_it, &Answer::Refused(refusal(why)));
    }

    /// The presence of `user` is cleared, or why it is not.
    pub(super) fn forgotten(&mut self, user: &UserId, outcome: Result<(), LocalizedText>) {
        let answer = outcome.map_or_else(Answer::Refused, |()| Answer::Done);
        self.end(|waiting| matches!(waiting, Waiting::Forgotten(of) if of == user), &answer);
    }

    /// Whoever waits for such a thing gets this answer.
    fn end(&mut self, is_it: impl Fn(&Waiting) -> bool, answer: &Answer) {
        for (_, waiting) in self.asks.iter_mut().filter(|(_, waiting)| is_it(waiting)) {
            *waiting = Waiting::Ended(answer.clone());
        }
    }

    /// When an answer is due by itself, or may be.
    pub(super) fn next_timeout(&self) -> Option<Tick> {
        let gives_up = self.asks.iter().filter_map(|(_, waiting)| match waiting {
            Waiting::Settled(_, gives_up) => Some(*gives_up),
            _ => None,
        });
        let pauses = self.arrivals.iter().flat_map(|arrivals| [arrivals.retained.due(), arrivals.all.due()]);
        gives_up.chain(pauses.flatten()).min()
    }

    /// The loop gives this only when it has handled everything that has arrived, so a pause of its own is none of the
    /// broker's.
    pub(super) fn timeout(&mut self, now: Tick) {
        if let Some(arrivals) = &mut self.arrivals {
            arrivals.retained.timeout(now);
            arrivals.all.timeout(now);
        }
    }

    pub(super) fn connection_changed(&mut self, now: Tick, is_online: bool) {
        let running = Stream::Running(now);
        self.arrivals = is_online.then_some(Arrivals { retained: running, all: running });
    }

    /// A publication has arrived.
    pub(super) fn received(&mut self, now: Tick, is_retained: bool) {
        let Some(arrivals) = &mut self.arrivals else { return };
        arrivals.all.came(now);
        if is_retained {
            arrivals.retained.came(now);
        }
    }

    /// Something has happened.
    pub(super) fn tell(&mut self, item: impl FnOnce() -> Item) {
        if self.asks.iter().any(|(_, waiting)| matches!(waiting, Waiting::Tail(_))) {
            self.news.push(item());
        }
    }
}

/// Somebody asks.
pub(super) fn asked(model: &mut Model, number: u64, ask: Ask, effects: &mut Vec<Effect>) {
    if let (Some(why), false) = (trouble(model), matches!(ask, Ask::History(_))) {
        effects.push(Effect::Answer(number, Answer::Item(Item::Note(why))));
    }
    if let Ask::History(name) = ask {
        return effects.push(stream_history(model, number, name));
    }
    // Who is here has to be known first.
    if let Ask::Forget(_) = ask {
        return model.remote.asks.push((number, Waiting::Settled(ask, model.now.tick + GIVES_UP)));
    }
    match begin(model, ask.clone(), effects) {
        Ok(waiting) => model.remote.asks.push((number, waiting)),
        // It may have been allowed while nobody was there.
        Err(_) if !is_complete(model, &ask) && is_reachable(model) => {
            model.remote.asks.push((number, Waiting::Settled(ask, model.now.tick + GIVES_UP)));
        }
        Err(why) => effects.push(Effect::Answer(number, Answer::Refused(why))),
    }
}

/// Who asks what was said hears it from the store.
fn stream_history(model: &Model, number: u64, name: Option<String>) -> Effect {
    let mut talks: Vec<&Conversation> = model.peer.conversations().values().collect();
    talks.sort_by_key(|talk| talk.active);
    if let Some(name) = name {
        talks.retain(|talk| talk.id.goes_by(&name, model.me()));
        if talks.is_empty() {
            return Effect::Answer(number, Answer::Refused(localized!("history-none", name)));
        }
    }
    Effect::StreamHistory(number, talks.into_iter().map(|talk| (talk.id.clone(), talk.len)).collect())
}

/// Somebody brings messages of another history.
pub(super) fn merge(model: &mut Model, number: u64, batch: ImportBatch, effects: &mut Vec<Effect>) {
    let ImportBatch { conversation, len, from, messages } = batch;
    let is_as_it_was = model.peer.conversations().get(&conversation).map_or(0, |known| known.len) == len;
    if is_as_it_was {
        peer::input(model, Input::ReadBack { conversation, len, from, messages }, effects);
    }
    effects.push(Effect::Merged(number, is_as_it_was));
}

/// Whether everything is there that the broker has kept and that `ask` is about.
fn is_complete(model: &Model, ask: &Ask) -> bool {
    model.remote.arrivals.as_ref().is_some_and(|arrivals| match ask {
        Ask::Users | Ask::Groups | Ask::Forget(_) => arrivals.retained.has_ended(),
        _ => arrivals.all.has_ended(),
    })
}

/// Whether there is a connection, or one is being made for the first time.
fn is_reachable(model: &Model) -> bool {
    matches!(model.connection, Connection::Online | Connection::Connecting)
}

/// papo leaves. What waits is in the store, unless that fails, and goes on with the next start; a list is told as far as
/// it is known.
pub(super) fn leave(model: &mut Model, effects: &mut Vec<Effect>) {
    let is_kept = model.store_failure.is_none();
    for (number, waiting) in std::mem::take(&mut model.remote.asks) {
        let answer = match waiting {
            Waiting::Delivery(..) | Waiting::Taken(_) if is_kept => Answer::Late("remote-leaves".into()),
            Waiting::Settled(list, _) if list.is_list() => {
                effects.extend(listed(model, &list).map(|item| Effect::Answer(number, Answer::Item(item))));
                Answer::Late("list-so-far".into())
            }
            Waiting::Forgotten(user) => Answer::Refused(localized!("forget-cut", user)),
            Waiting::Ended(answer) => answer,
            _ => continue,
        };
        effects.push(Effect::Answer(number, answer));
    }
}

/// Why there is no connection.
fn trouble(model: &Model) -> Option<LocalizedText> {
    match &model.connection {
        Connection::Reconnecting { why, .. } | Connection::Stopped { why } => {
            Some(localized!("not-connected", why = why.clone()))
        }
        Connection::Deaf { why } => Some(why.clone()),
        Connection::Online | Connection::Connecting => None,
    }
}

/// Tells everybody who waits why there is no connection, once.
fn tell_trouble(model: &mut Model, effects: &mut Vec<Effect>) {
    let trouble = trouble(model);
    if model.connection == Connection::Connecting || model.remote.told == trouble {
        return;
    }
    if let Some(why) = &trouble {
        let note = |(number, _): &(u64, Waiting)| Effect::Answer(*number, Answer::Item(Item::Note(why.clone())));
        effects.extend(model.remote.asks.iter().map(note));
    }
    model.remote.told = trouble;
}

/// Whoever asked does not want to know any more.
pub(super) fn forget(model: &mut Model, number: u64) {
    model.remote.asks.retain(|(known, _)| *known != number);
}

fn begin(model: &mut Model, ask: Ask, effects: &mut Vec<Effect>) -> Result<Waiting, LocalizedText> {
    let command = match ask {
        Ask::Send { to, text, until } => {
            let text = imported(&text);
            check_text(&text)?;
            let conversation = open_talk(model, &to)?;
            let command = Command::Send { conversation: conversation.clone(), text, relation: None };
            attempt(model, command, effects)?;
            let n = model.peer.conversations().get(&conversation).map_or(0, |talk| talk.sent);
            return Ok(Waiting::Delivery(conversation, n, until));
        }
        Ask::Request(user) => {
            let user = UserId::from_input(&user)?;
            if users::open_session(&model.peer, &user).is_some() {
                return Err(localized!("request-is-open", user));
            }
            Command::RequestTalk(user)
        }
        Ask::Accept(user) => Command::Accept(waiting_request(model, &user)?.id),
        Ask::Deny(user) => Command::Deny(waiting_request(model, &user)?.id),
        Ask::Forget(user) => {
            let user = UserId::from_input(&user)?;
            model.peer.may_forget(&user)?;
            if !is_complete(model, &Ask::Users) {
                return Err(localized!("forget-too-early", user));
            }
            attempt(model, Command::Forget(user.clone()), effects)?;
            return Ok(Waiting::Forgotten(user));
        }
        Ask::Tail(name) => return Ok(Waiting::Tail(name)),
        list => return Ok(Waiting::Settled(list, model.now.tick + GIVES_UP)),
    };
    let before: Vec<Row> = model.peer.outbox().map(|waiting| waiting.row).collect();
    attempt(model, command, effects)?;
    let new = model.peer.outbox().map(|waiting| waiting.row).filter(|row| !before.contains(row));
    Ok(Waiting::Taken(new.collect()))
}

/// Does it as if it had been typed; gives the reason where it cannot be done.
fn attempt(model: &mut Model, command: Command, effects: &mut Vec<Effect>) -> Result<(), LocalizedText> {
    if peer::attempt(model, command, effects) {
        return Ok(());
    }
    Err(LocalizedText::quoted(model.notice.take().map(|notice| notice.text).unwrap_or_default()))
}

/// The conversation with somebody, or of a group, that can be written in.
fn open_talk(model: &Model, name: &str) -> Result<ConversationId, LocalizedText> {
    if let Some(group) = name.strip_prefix('#') {
        let id = ConversationId::Group(group.parse().map_err(LocalizedText::from)?);
        return if model.peer.conversations().contains_key(&id) {
            Ok(id)
        } else {
            Err(localized!("group-not-in", name = group))
        };
    }
    let user = UserId::from_input(name)?;
    users::open_session(&model.peer, &user).ok_or_else(|| localized!("talk-none-yet", user))
}

fn waiting_request<'a>(model: &'a Model, user: &str) -> Result<&'a Request, LocalizedText> {
    let user = UserId::from_input(user)?;
    let is_meant = |request: &&Request| request.waits_for_me() && request.peer.as_ref() == Some(&user);
    model.peer.requests().find(is_meant).ok_or_else(|| LocalizedText::from("request-none-waits"))
}

/// Answers what can be answered now.
pub(super) fn answer(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.remote.asks.is_empty() {
        model.remote.told = trouble(model);
        return;
    }
    tell_trouble(model, effects);
    let asks = std::mem::take(&mut model.remote.asks);
    let news = std::mem::take(&mut model.remote.news);
    for (number, waiting) in asks {
        let answer = match &waiting {
            Waiting::Delivery(conversation, n, until) => delivered(model, conversation, *n, *until),
            Waiting::Taken(rows) => taken(model, rows),
            Waiting::Settled(ask, gives_up)
                if !is_complete(model, ask) && is_reachable(model) && model.now.tick < *gives_up =>
            {
                None
            }
            Waiting::Settled(list, _) if list.is_list() => {
                effects.extend(listed(model, list).map(|item| Effect::Answer(number, Answer::Item(item))));
                // The outbox is here, whatever the broker has.
                let is_all = is_complete(model, list) || *list == Ask::Outbox;
                Some(if is_all { Answer::Done } else { Answer::Late("list-so-far".into()) })
            }
            Waiting::Settled(ask, _) => match begin(model, ask.clone(), effects) {
                Ok(begun) => {
                    model.remote.asks.push((number, begun));
                    continue;
                }
                Err(why) => Some(Answer::Refused(why)),
            },
            Waiting::Tail(name) => {
                let wanted = news.iter().filter(|item| is_wanted(model, item, name.as_deref()));
                effects.extend(wanted.map(|item| Effect::Answer(number, Answer::Item(item.clone()))));
                None
            }
            Waiting::Forgotten(_) => None,
            Waiting::Ended(answer) => Some(answer.clone()),
        };
        match answer {
            Some(answer) => effects.push(Effect::Answer(number, answer)),
            None => model.remote.asks.push((number, waiting)),
        }
    }
}

fn delivered(model: &Model, conversation: &ConversationId, n: u64, until: Until) -> Option<Answer> {
    let delivery = model.peer.delivery(conversation, n);
    let has_come = match until {
        Until::Broker => delivery != Delivery::Written,
        Until::Delivered => matches!(delivery, Delivery::Delivered | Delivery::Read),
        Until::Read => delivery == Delivery::Read,
    };
    has_come.then_some(Answer::Done)
}

fn taken(model: &Model, rows: &[Row]) -> Option<Answer> {
    (!model.peer.outbox().any(|waiting| rows.contains(&waiting.row))).then_some(Answer::Done)
}

fn listed(model: &Model, list: &Ask) -> impl Iterator<Item = Item> + use<> {
    let peer = &model.peer;
    let items: Vec<Item> = match list {
        Ask::Users => users::State::list(peer).into_iter().cloned().map(Item::User).collect(),
        Ask::Groups => groups::State::list(peer).into_iter().cloned().map(Item::Group).collect(),
        Ask::Inbox => peer.requests().cloned().map(Item::Request).collect(),
        Ask::Outbox => {
            let item = |waiting| {
                let (to, what) = outbox::words(peer, waiting);
                Item::Waiting { to, what, failure: waiting.failure.clone() }
            };
            peer.outbox().map(item).collect()
        }
        _ => Vec::new(),
    };
    items.into_iter()
}

/// Whether it is of the conversation with this name, its topic, or of the user.
fn is_wanted(model: &Model, item: &Item, name: Option<&str>) -> bool {
    let Some(name) = name else { return true };
    match item {
        Item::Message(conversation, _) => conversation.goes_by(name, model.me()),
        Item::Request(request) => request.peer.as_ref().is_some_and(|peer| peer.as_str() == name),
        Item::User(user) => user.id.as_str() == name,
        Item::Group(_) | Item::Waiting { .. } | Item::Note(_) => false,
    }
}

/// What a request asks, or asked of another, in words.
pub fn words(request: &Request) -> LocalizedText {
    match request.direction {
        Direction::Incoming => inbox::asks(&Lookalikes::default(), request),
        Direction::Outgoing => inbox::asked(&Lookalikes::default(), request),
    }
}
