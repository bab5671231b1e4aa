//! Requests of other programs that are not answered yet.

use std::time::Duration;

use super::{connection::Connection, groups::Groups, outbox, users::Users};
use crate::{
    app::{
        LocalizedText,
        effect::Effect,
        localized,
        scripts::{Answer, Item, ScriptRequest, Status, Until},
    },
    domain::{ConversationId, Delivery, DeliveryFailure, MessageId, Tick, UserId},
    protocol::{OutboxRow, Peer, RowId},
};

/// After connecting, the broker sends its retained and queued publications in one stream. A pause of this length marks
/// the end.
const STREAM_PAUSE: Duration = Duration::from_millis(500);
/// After this time a list is answered even if it is incomplete.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(20);

/// The requests that are not answered yet.
#[derive(Debug, Default)]
pub struct Scripts {
    requests: Vec<(u64, Waiting)>,
    /// How much of its retained and queued publications the broker sent on this connection; `None` while offline.
    arrivals: Option<Arrivals>,
    /// The new items of this update for [`Waiting::Tail`]; empty if no program follows them.
    news: Vec<Item>,
    /// Whether papo runs only for these requests, so that nobody can log in.
    pub are_alone: bool,
    /// The last connection problem that papo reported to the programs.
    reported: Option<LocalizedText>,
}

/// After connecting, the broker sends a stream of retained and queued publications. These are the times at which the
/// last one of each kind arrived; `None` after a pause ended the stream.
#[derive(Debug)]
struct Arrivals {
    /// Retained publications: presences and group records.
    retained: Option<Tick>,
    /// All publications, including messages queued for the session.
    all: Option<Tick>,
}

/// What a request waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Waiting {
    /// My message with this number reaches this stage of delivery.
    Delivery(ConversationId, u64, Until),
    /// The broker acknowledges these rows of the outbox, and those that follow them with the same publication: it also
    /// goes to the other control topic of a user who may listen to only one.
    Acknowledged(Vec<(RowId, Option<MessageId>)>),
    /// The broker finishes sending everything that the request is about, or this deadline passes. Then papo answers
    /// with the list, or tries the command.
    Settled(ScriptRequest, Tick),
    /// The broker clears the presence of this user.
    Forgotten(UserId),
    /// Nothing: the program receives all new messages and requests, of this conversation or user, or of all.
    Tail(Option<String>),
    /// Nothing: the outcome is known, and papo sends this answer next.
    Ended(Answer),
}

impl Scripts {
    /// Keeps a request until it is answered.
    pub fn wait(&mut self, number: u64, waiting: Waiting) {
        self.requests.push((number, waiting));
    }

    /// Keeps a request until the broker sent everything that the request is about, but at most for `SETTLE_TIMEOUT`.
    pub fn wait_until_settled(&mut self, number: u64, request: ScriptRequest, now: Tick) {
        self.wait(number, Waiting::Settled(request, now + SETTLE_TIMEOUT));
    }

    /// Drops the request of a program that disconnected. Returns it if it answers a request and was not tried yet.
    pub fn drop_request(&mut self, number: u64) -> Option<ScriptRequest> {
        let untried =
            take_untried(&mut self.requests, |known, request, _| known == number && request.answers_request());
        self.requests.retain(|(known, _)| *known != number);
        untried.into_iter().next().map(|(_, request)| request)
    }

    /// Removes and returns the requests that answer a request and were not tried yet.
    pub fn take_untried_answers(&mut self) -> Vec<(u64, ScriptRequest)> {
        take_untried(&mut self.requests, |_, request, _| request.answers_request())
    }

    /// Refuses the requests that wait for my message number `n`, because its delivery failed.
    pub fn not_delivered(&mut self, conversation: &ConversationId, n: u64, why: &DeliveryFailure) {
        let matches_request =
            |waiting: &Waiting| matches!(waiting, Waiting::Delivery(of, m, _) if of == conversation && *m == n);
        self.end(matches_request, &Answer::Refused(LocalizedText::from(why)));
    }

    /// Refuses the requests that wait for a row, because the broker refused it. The row is no longer in the outbox.
    pub fn row_refused(&mut self, row: RowId, why: &LocalizedText) {
        let matches_request = |waiting: &Waiting| match waiting {
            Waiting::Acknowledged(rows) => rows.iter().any(|(known, _)| *known == row),
            _ => false,
        };
        self.end(matches_request, &Answer::Refused(why.clone()));
    }

    /// Answers the requests to clear the presence of `user`. `outcome` is an error if the presence was not cleared.
    pub fn forgotten(&mut self, user: &UserId, outcome: Result<(), LocalizedText>) {
        let answer = outcome.map_or_else(Answer::Refused, |()| Answer::Done);
        self.end(|waiting| matches!(waiting, Waiting::Forgotten(of) if of == user), &answer);
    }

    /// Ends the requests that wait for the broker, which refuses the login. What is in the outbox stays there, so that is
    /// unfinished and not refused. A list is answered as far as it is known.
    pub fn login_refused(&mut self, connection: &Connection) {
        let Some(why) = connection.problem() else { return };
        let is_list = |waiting: &Waiting| matches!(waiting, Waiting::Settled(request, _) if request.is_list());
        let is_in_outbox = |waiting: &Waiting| matches!(waiting, Waiting::Delivery(..) | Waiting::Acknowledged(_));
        if !self.requests.iter().any(|(_, waiting)| is_list(waiting)) {
            self.reported = Some(why.clone());
        }
        self.end(is_in_outbox, &Answer::Unfinished(localized!("login-refused-follows", why)));
        self.end(|waiting| !is_list(waiting) && !matches!(waiting, Waiting::Ended(_)), &Answer::Refused(why));
    }

    /// Sets the answer of all requests that match.
    fn end(&mut self, matches_request: impl Fn(&Waiting) -> bool, answer: &Answer) {
        for (_, waiting) in self.requests.iter_mut().filter(|(_, waiting)| matches_request(waiting)) {
            *waiting = Waiting::Ended(answer.clone());
        }
    }

    /// When [`Self::timeout`] must be called: a stream may have ended by then, or a deadline passes.
    pub fn next_timeout(&self) -> Option<Tick> {
        let deadline = self.requests.iter().filter_map(|(_, waiting)| match waiting {
            Waiting::Settled(_, deadline) => Some(*deadline),
            _ => None,
        });
        let pauses = self.arrivals.iter().flat_map(|arrivals| [arrivals.retained, arrivals.all]);
        deadline.chain(pauses.flatten().map(|last| last + STREAM_PAUSE)).min()
    }

    /// Ends the streams that paused. Call this only after all received publications are handled: a pause of the event
    /// loop is not a pause of the broker.
    pub fn timeout(&mut self, now: Tick) {
        if let Some(arrivals) = &mut self.arrivals {
            for stream in [&mut arrivals.retained, &mut arrivals.all] {
                stream.take_if(|last| *last + STREAM_PAUSE <= now);
            }
        }
    }

    /// Called when the connection is made or lost.
    pub fn connection_changed(&mut self, now: Tick, is_online: bool) {
        self.arrivals = is_online.then_some(Arrivals { retained: Some(now), all: Some(now) });
    }

    /// Called for each received publication.
    pub fn received(&mut self, now: Tick, is_retained: bool) {
        let Some(arrivals) = &mut self.arrivals else { return };
        arrivals.all = arrivals.all.map(|_| now);
        if is_retained {
            arrivals.retained = arrivals.retained.map(|_| now);
        }
    }

    /// Adds a new item for the programs that follow new items. Without such programs, `item` is not called.
    pub fn notify(&mut self, item: impl FnOnce() -> Item) {
        if self.requests.iter().any(|(_, waiting)| matches!(waiting, Waiting::Tail(_))) {
            self.news.push(item());
        }
    }

    /// Returns whether the broker sent everything that the request is about.
    pub fn is_complete(&self, request: &ScriptRequest, peer: &Peer) -> bool {
        let has_directory = !request.needs_directory() || peer.is_directory_complete();
        let is_about_records = request.needs_directory() || request.needs_all_records();
        let has_ended = |arrivals: &Arrivals| {
            if is_about_records { arrivals.retained.is_none() } else { arrivals.all.is_none() }
        };
        has_directory && self.arrivals.as_ref().is_some_and(has_ended)
    }

    /// Returns whether the broker sent all that it retains for the subscriptions of this connection.
    pub fn has_retained(&self) -> bool {
        self.arrivals.as_ref().is_some_and(|arrivals| arrivals.retained.is_none())
    }

    /// Returns whether the request can be answered now, because nothing more will arrive or the deadline passed.
    fn is_settled(
        &self,
        request: &ScriptRequest,
        deadline: Tick,
        peer: &Peer,
        connection: &Connection,
        now: Tick,
    ) -> bool {
        self.is_complete(request, peer) || !connection.is_online_or_connecting() || deadline <= now
    }

    /// Takes the settled requests that need a command, so that they can be tried now. [`Self::answer`] handles lists.
    pub fn take_due(&mut self, peer: &Peer, connection: &Connection, now: Tick) -> Vec<(u64, ScriptRequest)> {
        let mut requests = std::mem::take(&mut self.requests);
        let due = take_untried(&mut requests, |_, request, deadline| {
            !request.is_list() && self.is_settled(request, deadline, peer, connection, now)
        });
        self.requests = requests;
        due
    }

    /// Answers the requests whose outcome is known. Reports a new connection problem to all waiting programs.
    pub fn answer(&mut self, peer: &Peer, connection: &Connection, broker: &str, now: Tick) -> Vec<Effect> {
        if self.requests.is_empty() {
            self.reported = connection.problem();
            return Vec::new();
        }
        let mut effects = self.report_connection_problem(connection, now);
        let news = std::mem::take(&mut self.news);
        for (number, waiting) in std::mem::take(&mut self.requests) {
            let answer = match &waiting {
                Waiting::Delivery(conversation, n, until) => {
                    has_reached(peer, conversation, *n, *until).then_some(Answer::Done)
                }
                Waiting::Acknowledged(rows) => {
                    let is_copy = |copy: &OutboxRow, id: Option<MessageId>| id.is_some() && copy.id() == id;
                    let is_one = |copy: &OutboxRow| rows.iter().any(|(row, id)| *row == copy.row || is_copy(copy, *id));
                    (!peer.outbox().any(is_one)).then_some(Answer::Done)
                }
                Waiting::Settled(list, deadline) if list.is_list() => {
                    self.is_settled(list, *deadline, peer, connection, now).then(|| {
                        let items = list_items(peer, connection, broker, list);
                        effects.extend(items.into_iter().map(|item| answer_item(number, item)));
                        // The outbox is local, so it is always complete.
                        let is_all = self.is_complete(list, peer) || *list == ScriptRequest::Outbox;
                        if is_all { Answer::Done } else { incomplete(list, connection) }
                    })
                }
                Waiting::Tail(name) => {
                    let wanted = news.iter().filter(|item| belongs_to(peer, item, name.as_deref()));
                    effects.extend(wanted.map(|item| answer_item(number, item.clone())));
                    None
                }
                Waiting::Ended(answer) => Some(answer.clone()),
                Waiting::Settled(..) | Waiting::Forgotten(_) => None,
            };
            match answer {
                Some(answer) => effects.push(Effect::Answer(number, answer)),
                None => self.requests.push((number, waiting)),
            }
        }
        effects
    }

    fn report_connection_problem(&mut self, connection: &Connection, now: Tick) -> Vec<Effect> {
        let problem = connection.problem();
        if connection.is_trying(now) || self.reported == problem {
            return Vec::new();
        }
        // The status says it itself.
        let is_status = |waiting: &Waiting| matches!(waiting, Waiting::Settled(ScriptRequest::Status, _));
        let told = || self.requests.iter().filter(|(_, waiting)| !is_status(waiting));
        let note =
            |why: &LocalizedText| told().map(|(number, _)| answer_item(*number, Item::Note(why.clone()))).collect();
        let effects = problem.as_ref().map(note).unwrap_or_default();
        self.reported = problem;
        effects
    }

    /// Answers requests when papo quits. If the store works (`is_stored`), papo sends what is in the outbox after its
    /// next start, so these requests are unfinished, not refused. A list is answered with its known items.
    pub fn answer_before_exit(
        &mut self,
        peer: &Peer,
        connection: &Connection,
        broker: &str,
        is_stored: bool,
    ) -> Vec<Effect> {
        let mut effects = Vec::new();
        for (number, waiting) in std::mem::take(&mut self.requests) {
            let answer = match waiting {
                Waiting::Delivery(..) | Waiting::Acknowledged(_) if is_stored => {
                    Answer::Unfinished("remote-leaves".into())
                }
                Waiting::Settled(list, _) if list.is_list() => {
                    let items = list_items(peer, connection, broker, &list);
                    effects.extend(items.into_iter().map(|item| answer_item(number, item)));
                    incomplete(&list, connection)
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

/// Removes and returns the requests that were not tried yet and that match `wanted`.
fn take_untried(
    requests: &mut Vec<(u64, Waiting)>,
    wanted: impl Fn(u64, &ScriptRequest, Tick) -> bool,
) -> Vec<(u64, ScriptRequest)> {
    let is_wanted = |(number, waiting): &mut (u64, Waiting)| match waiting {
        Waiting::Settled(request, deadline) => wanted(*number, request, *deadline),
        _ => false,
    };
    let request =
        |(number, waiting)| if let Waiting::Settled(request, _) = waiting { Some((number, request)) } else { None };
    requests.extract_if(.., is_wanted).filter_map(request).collect()
}

fn answer_item(number: u64, item: Item) -> Effect {
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

/// The end of a list that the broker did not send completely.
fn incomplete(list: &ScriptRequest, connection: &Connection) -> Answer {
    let why = match (list, connection.problem()) {
        (ScriptRequest::Status, _) => "status-offline",
        (_, None) => "list-so-far",
        (_, Some(_)) => "list-last-known",
    };
    Answer::Unfinished(why.into())
}

fn status(peer: &Peer, connection: &Connection, broker: &str) -> Status {
    let problem = match connection {
        Connection::Connecting => Some("status-connecting".into()),
        connection => connection.problem(),
    };
    // I am among the users, as in the list on the screen.
    Status {
        broker: broker.to_owned(),
        online_users: peer.users().values().filter(|user| user.is_online()).count() + usize::from(problem.is_none()),
        problem,
        users: peer.users().len() + 1,
        groups: peer.groups().values().filter(|group| group.includes(peer.me())).count(),
        requests: peer.waiting_requests(),
        unread: peer.conversations().values().map(|conversation| conversation.unread).sum(),
        outbox: peer.outbox().len(),
        refused: peer.outbox().filter(|row| row.failure.is_some()).count(),
    }
}

fn list_items(peer: &Peer, connection: &Connection, broker: &str, list: &ScriptRequest) -> Vec<Item> {
    match list {
        ScriptRequest::Users => Users::list(peer).into_iter().cloned().map(Item::User).collect(),
        ScriptRequest::Groups => {
            let groups = Groups::list(peer).into_iter().filter(|group| !peer.is_doubtful_group(&group.name));
            groups.cloned().map(Item::Group).collect()
        }
        ScriptRequest::Inbox => peer.requests().cloned().map(Item::Request).collect(),
        ScriptRequest::Outbox => {
            let item = |waiting| {
                let (to, what) = outbox::words(peer, waiting);
                let waits_because = outbox::reason_to_wait(peer, waiting);
                Item::OutboxRow { to, what, failure: waiting.failure.clone(), waits_because }
            };
            peer.outbox().map(item).collect()
        }
        ScriptRequest::Status => vec![Item::Status(status(peer, connection, broker))],
        _ => Vec::new(),
    }
}

/// Returns whether an item belongs to the conversation or user `name`, the name or topic of a conversation or the ID of
/// a user. For `None`, all items do.
fn belongs_to(peer: &Peer, item: &Item, name: Option<&str>) -> bool {
    let Some(name) = name else { return true };
    match item {
        Item::Message(conversation, _) => conversation.goes_by(name, peer.me()),
        Item::Request(request) => request.peer.as_ref().is_some_and(|peer| peer.as_str() == name),
        Item::User(user) => user.id.as_str() == name,
        Item::Group(_) | Item::OutboxRow { .. } | Item::Status(_) | Item::Note(_) => false,
    }
}
