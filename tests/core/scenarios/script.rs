//! Scenarios as data: users, plain clients and the broker act in steps, and further steps check what follows.
//!
//! A file is TOML:
//! ```toml
//! people = ["alice", "bob"]           # users with a program each, which is started but not connected
//! devices = { phone = "alice" }       # further programs of these users
//! elsewhere = { zoe = "alice" }       # programs under another topic prefix
//! directory_limit = 2                 # for all programs; 500 if left out
//! counted_members = 1                 # the maximum size of a group with receipts; 32 if missing
//! crash_everywhere = true             # repeat with a crash at each input; the state checks must still hold
//! steps = [ { … }, … ]
//! ```
//! Each scenario is played twice, without a topic prefix and with one. Topics in steps omit the prefix.
//!
//! A step first lets time pass if it has `at` (milliseconds after the start) or `wait` (milliseconds). Then it does one
//! of the following. After an action, all packets in transit are delivered.
//!
//! - `who`, `do`: the program `who` acts.
//!   - `connect` · `go offline` · `cut` · `crash` · `restart` · `lose store` (after a crash) · `set clock MS` (how far
//!     its clock is ahead of the world's)
//!   - `request X` · `withdraw X` · `accept X [#g]` · `deny X [#g]` (`?` for a request without a sender)
//!   - `say X|#g text…` · `reply X|#g N text…` · `edit X|#g N text…` · `type X|#g` · `end X` · `read X|#g`. Here X
//!     means the latest session with X, and N the index of a message in the conversation.
//!   - `create #g` · `join #g` · `invite X #g` · `remove X #g` · `hand over #g X` · `claim #g` · `leave #g` ·
//!     `disband #g`
//!   - `block X` · `unblock X` · `forget X` · `send again N` · `drop N` (the Nth row in the outbox, from 1) · `read directory`
//! - `broker`: the broker changes its behaviour. `wipe`: it loses its state · `echo`: it ignores no-local · `refuse N`:
//!   it refuses the next N chat messages · `guard presence`: it refuses to clear a presence · `guard records`: it
//!   refuses records that are published again · `drop N to X`: it drops the next N deliveries to X · `name senders`: it
//!   names the sender of each publication, and protects groups · `bridge X`: X is on the other side of a bridge of MQTT
//!   3.1.1 from now on · `upgrade bridge`: it passes properties.
//! - `publish` topic, `payload`, `retain`, `properties`, `expiry` (seconds): a plain client publishes.
//! - `wire`: checks that exactly these topics and payloads were published since the last `wire` step, presence
//!   excluded. `presence`: the same for presence. A payload that ends in `*` matches any payload with that start.
//! - `silent` topic: checks that nothing was published there since the last `wire` step.
//! - `who`, `in` X|#g, `messages`: checks that the conversation has exactly these messages, as `author: text`,
//!   `author: text (edited)`, `author answers words: text`, `author edits: text` or `author END`.
//! - `who`, `in` #g, `changes`: checks the changes of the group that its chat shows, as `X created`, `X joined`,
//!   `X left`, `X removed Y`, `X gone`, `X leads`, `X disbanded` or `refused` (by the broker).
//! - `who`, `expect`: checks a peer's state or its events.
//!   - `user X none` · `user X online|offline|unknown [since MS]`
//!   - `request|join|invite|lead|session from|to X [#g] pending|accepted|denied|withdrawn|ignored [times N]` (the
//!     latest such request) · `requests N`
//!   - `sessions X N` · `phase X|#g open|ended by me|ended by peer|closed|left|removed|disbanded`
//!   - `delivery X|#g N written|at broker|delivered|read|partly K N` · `unread X|#g N` · `outbox N` ·
//!     `typing X|#g IDS…` · `told to wait for #g` · `told that #g is taken|another` · `told that #g was refused` ·
//!     `told of lost properties of X` ·
//!     `told of no lost properties` · `failed N` (the messages in the outbox that are not sent because their author has
//!     left the group)
//!   - `directory complete` · `directory as of MS|never`
//!   - `group #g none` · `group #g LEADER MEMBERS…`
//!   - `refused NAME` (of the refusal, as `not-leader`) · `suspicious N` · `taken over` · `lead #g` · `lost #g` ·
//!     `lead of #g taken by X` · `forgotten X` · `not forgotten X [times N]`. These check what happened since the
//!     start, and each event or refusal only once.
//!
//! An unknown step fails. Without injected crashes, so do suspicious publications, commands that papo refuses and
//! publications that the broker refuses, unless a step expects them.

mod expectations;
mod transcripts;

use std::{collections::BTreeMap, time::Duration};

use papo::{
    domain::{
        Body, ChatMessage, ConversationId, Delivery, DeliveryFailure, Direction, GroupName, Membership, MessageId,
        Phase, Presence, Relation, Request, RequestKind, RequestState, UserId,
    },
    protocol::{Command, Event, Notice, Peer, Publication, RowId},
};
use serde::Deserialize;

use self::{
    expectations::{check_published, check_state, same},
    transcripts::{changes, transcript},
};
use super::world::{Crash, Node, START, World};
use crate::outcomes;

/// A scenario.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    people: Vec<String>,
    #[serde(default)]
    devices: BTreeMap<String, String>,
    #[serde(default)]
    elsewhere: BTreeMap<String, String>,
    directory_limit: Option<usize>,
    counted_members: Option<usize>,
    #[serde(default)]
    pub crash_everywhere: bool,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Step {
    at: Option<u64>,
    wait: Option<u64>,
    who: Option<String>,
    r#do: Option<String>,
    broker: Option<String>,
    publish: Option<String>,
    payload: String,
    retain: bool,
    expiry: Option<u32>,
    properties: BTreeMap<String, String>,
    wire: Option<Vec<(String, String)>>,
    silent: Option<String>,
    presence: Option<Vec<(String, String)>>,
    r#in: Option<String>,
    messages: Option<Vec<String>>,
    changes: Option<Vec<String>>,
    expect: Option<String>,
}

/// A scenario that is being played.
struct Stage {
    world: World,
    prefix: String,
    /// Topics and payloads published since the last step that checked them; presence is separate.
    published: Vec<(String, String)>,
    presence: Vec<(String, String)>,
    /// Whether events, refusals and publications must match exactly. False while crashes are injected.
    strict: bool,
}

impl Scenario {
    /// Plays the scenario, and panics at a step that fails. Returns the number of inputs that were handled.
    pub fn play(&self, prefix: &str, crash_at: Option<(u64, Crash)>) -> u64 {
        let mut world = World::new(prefix, 1);
        world.directory_limit = self.directory_limit.unwrap_or(world.directory_limit);
        world.counted_members = self.counted_members.unwrap_or(world.counted_members);
        for name in &self.people {
            world.add(name, user(name));
        }
        for (name, id) in &self.devices {
            world.add(name, user(id));
        }
        for (name, id) in &self.elsewhere {
            world.add_below("elsewhere/", name, user(id));
        }
        world.crash_at = crash_at;
        let prefix = prefix.to_owned();
        let mut stage =
            Stage { world, prefix, published: Vec::new(), presence: Vec::new(), strict: crash_at.is_none() };
        for (number, step) in self.steps.iter().enumerate() {
            if let Err(why) = stage.step(step) {
                panic!("step {} ({step:?}): {why}", number + 1);
            }
        }
        stage.world.check_stores();
        if stage.strict {
            for (name, node) in &stage.world.nodes {
                let is_unexpected = |event: &&Event| {
                    matches!(event, Event::RowRefused { .. } | Event::GroupRefused { .. } | Event::Suspicious(_))
                };
                let unexpected = node.events.iter().find(is_unexpected);
                assert!(unexpected.is_none(), "{name} has an event that no step expects: {unexpected:?}");
                assert!(node.refusals.is_empty(), "{name} has refusals that no step expects: {:?}", node.refusals);
            }
        }
        stage.world.inputs
    }
}

type Outcome = Result<(), String>;

impl Stage {
    fn step(&mut self, step: &Step) -> Outcome {
        if let Some(at) = step.at {
            self.world.advance(START + Duration::from_millis(at));
        }
        if let Some(wait) = step.wait {
            self.world.wait(Duration::from_millis(wait));
        }
        match step {
            Step { who: Some(who), r#do: Some(action), .. } => self.act(who, action)?,
            Step { who: Some(who), expect: Some(expected), .. } => return self.expect(who, expected),
            Step { who: Some(who), r#in: Some(place), messages: Some(expected), .. } => {
                let node = self.world.node(who);
                return same(&transcript(node, &conversation(node, place)?), expected);
            }
            Step { who: Some(who), r#in: Some(place), changes: Some(expected), .. } => {
                let node = self.world.node(who);
                return same(&changes(node, &conversation(node, place)?), expected);
            }
            Step { broker: Some(action), .. } => self.broker_action(action)?,
            Step { publish: Some(topic), .. } => {
                let publication = plain_publication(format!("{}{topic}", self.prefix), step);
                self.world.broker.now = self.world.now;
                self.world.broker.publish("", publication);
            }
            Step { wire: Some(expected), .. } => {
                self.sort_published();
                return check_published(&std::mem::take(&mut self.published), expected, self.strict);
            }
            Step { presence: Some(expected), .. } => {
                self.sort_published();
                return check_published(&std::mem::take(&mut self.presence), expected, self.strict);
            }
            Step { silent: Some(topic), .. } => {
                self.sort_published();
                return same(&self.published.iter().find(|(published, _)| published == topic), &None);
            }
            Step { at, wait, .. } if at.is_some() || wait.is_some() => {}
            _ => return Err("this step is unknown".to_owned()),
        }
        self.world.settle();
        Ok(())
    }

    /// Sorts new publications into `published` and `presence`.
    fn sort_published(&mut self) {
        for (topic, payload) in self.world.broker.watched.drain(..) {
            let topic = topic.strip_prefix(&self.prefix).unwrap_or(&topic).to_owned();
            let is_presence = topic.split('/').any(|level| level == "USERS");
            let list = if is_presence { &mut self.presence } else { &mut self.published };
            list.push((topic, payload));
        }
    }

    fn broker_action(&mut self, action: &str) -> Outcome {
        match action.split(' ').collect::<Vec<_>>()[..] {
            ["wipe"] => self.world.wipe_broker(),
            ["lose", "wills"] => self.world.broker.lose_wills(),
            ["name", "senders"] => {
                (self.world.broker.names_senders, self.world.broker.protects_groups) = (true, true);
            }
            ["echo"] => self.world.broker.echoes = true,
            ["guard", "records"] => self.world.guards_records = true,
            ["bridge", who] => {
                let client = self.world.node(who).running().client_id();
                self.world.broker.behind_bridge.insert(client);
            }
            ["upgrade", "bridge"] => self.world.broker.behind_bridge.clear(),
            ["guard", "presence"] => self.world.guards_presence = true,
            ["refuse", n] => {
                self.world.refusals = usize::try_from(number(n)?).map_err(|_| "the number is too large")?;
            }
            ["drop", n, "to", who] => self.world.drops = Some((who.to_owned(), number(n)?)),
            _ => return Err("unknown broker action".to_owned()),
        }
        Ok(())
    }

    fn act(&mut self, who: &str, action: &str) -> Outcome {
        let world = &mut self.world;
        match action {
            "connect" => world.connect(who),
            "go offline" => world.go_offline(who),
            "cut" => world.cut(who),
            "crash" => world.crash(who),
            "restart" => world.start(who),
            _ if action.starts_with("set clock ") => {
                let skew =
                    action.trim_start_matches("set clock ").parse().map_err(|_| "set clock needs milliseconds")?;
                world.set_clock(who, skew);
            }
            "lose store" => world.nodes.get_mut(who).ok_or("there is no such program")?.lose_store(),
            _ => {
                let command = command(world.node(who), action)?;
                world.command(who, command);
            }
        }
        Ok(())
    }

    fn expect(&mut self, who: &str, expected: &str) -> Outcome {
        let words: Vec<&str> = expected.split_whitespace().collect();
        match words[..] {
            ["refused", refusal] => self.refused(who, refusal),
            ["suspicious", n] => self.expect_events(who, number(n)?, |event| matches!(event, Event::Suspicious(_))),
            ["taken", "over"] => self.expect_events(who, 1, |event| *event == Event::TakenOver),
            ["lead", name] => self.told(who, Notice::LeadReceived(group(name)?)),
            ["lead", "of", name, "taken", "by", leader] => {
                self.told(who, Notice::LeadTaken { group: group(name)?, leader: user(leader) })
            }
            ["lost", name] => self.told(who, Notice::LostTieBreak(group(name)?)),
            ["told", "that", name, "was", "refused"] => {
                let name: GroupName = group(name)?;
                let is_told = move |event: &Event| matches!(event, Event::GroupRefused { group, .. } if *group == name);
                self.expect_events(who, 1, is_told)
            }
            ["told", "that", name, "is", "taken"] => self.told(who, Notice::GroupNameTaken(group(name)?)),
            ["told", "that", name, "is", "another"] => self.told(who, Notice::GroupReplaced(group(name)?)),
            ["told", "to", "wait", "for", name] => self.told(who, Notice::GroupUnknownToBroker(group(name)?)),
            ["told", "of", "lost", "properties", "of", x] => self.told(who, Notice::PropertiesLost(user(x))),
            ["told", "of", "no", "lost", "properties"] => {
                self.expect_events(who, 0, |event| matches!(event, Event::Notice(Notice::PropertiesLost(_))))
            }
            ["forgotten", x] => {
                let x = user(x);
                self.expect_events(who, 1, move |event| *event == Event::Forgotten(x.clone()))
            }
            ["not", "forgotten", x, ref times @ ..] => {
                let x = user(x);
                let n = if let ["times", n] = times { number(n)? } else { 1 };
                self.expect_events(who, n, move |event| matches!(event, Event::NotForgotten { user, .. } if *user == x))
            }
            _ => check_state(self.world.node(who), &words),
        }
    }

    /// Checks that exactly one command was refused with `expected`, the name of a variant of [`Refusal`], and removes
    /// that refusal.
    fn refused(&mut self, who: &str, expected: &str) -> Outcome {
        if !outcomes::refusals().iter().any(|refusal| outcomes::variant(refusal) == expected) {
            return Err(format!("there is no refusal {expected}"));
        }
        let node = self.world.nodes.get_mut(who).ok_or("there is no such program")?;
        let before = node.refusals.len();
        node.refusals.retain(|refusal| outcomes::variant(refusal) != expected);
        if before - node.refusals.len() == 1 || !self.strict {
            return Ok(());
        }
        Err(format!("refused {} times; other refusals: {:?}", before - node.refusals.len(), node.refusals))
    }

    fn told(&mut self, who: &str, notice: Notice) -> Outcome {
        self.expect_events(who, 1, move |event| *event == Event::Notice(notice.clone()))
    }

    /// Checks that exactly `n` matching events happened, and removes them.
    fn expect_events(&mut self, who: &str, n: u64, is_match: impl Fn(&Event) -> bool) -> Outcome {
        let node = self.world.nodes.get_mut(who).ok_or("there is no such program")?;
        let (matching, rest): (Vec<Event>, Vec<Event>) = node.events.drain(..).partition(|event| is_match(event));
        node.events = rest;
        if matching.len() as u64 == n || (!self.strict && n > 0) {
            return Ok(());
        }
        Err(format!("got {matching:?}; other events: {:?}", node.events))
    }
}

fn plain_publication(topic: String, step: &Step) -> Publication {
    Publication {
        retain: step.retain,
        expiry: step.expiry,
        properties: step.properties.clone().into_iter().collect(),
        ..Publication::new(topic, step.payload.clone())
    }
}

fn command(node: &Node, action: &str) -> Result<Command, String> {
    if let Some(rest) = action.strip_prefix("say ") {
        let (place, text) = rest.split_once(' ').ok_or("say needs a text")?;
        return Ok(Command::Send { conversation: conversation(node, place)?, text: text.to_owned(), relation: None });
    }
    if let Some(rest) = action.strip_prefix("reply ") {
        let (conversation, id, text) = related(node, rest)?;
        return Ok(Command::Send { conversation, text, relation: Some(Relation::Answers(id)) });
    }
    if let Some(rest) = action.strip_prefix("edit ") {
        let (conversation, id, text) = related(node, rest)?;
        return Ok(Command::Send { conversation, text, relation: Some(Relation::Replaces(id)) });
    }
    let words: Vec<&str> = action.split_whitespace().collect();
    Ok(match words[..] {
        ["type", x] => Command::Typing(conversation(node, x)?),
        ["request", x] => Command::RequestChat(user(x)),
        ["withdraw", x] => Command::Withdraw(request(node, Direction::Outgoing, x, None, &["request", "join"])?.id),
        ["accept", x] => Command::Accept(waiting(node, x, None)?),
        ["accept", x, g] => Command::Accept(waiting(node, x, Some(g))?),
        ["deny", x] => Command::Deny(waiting(node, x, None)?),
        ["deny", x, g] => Command::Deny(waiting(node, x, Some(g))?),
        ["end", x] => match conversation(node, x)? {
            ConversationId::Session(session) => Command::End(session),
            ConversationId::Group(_) => return Err("a group is left, not ended".to_owned()),
        },
        ["read", "directory"] => Command::ReadDirectory { max_age: Duration::ZERO },
        ["read", x] => Command::MarkRead(conversation(node, x)?),
        ["create", g] => Command::CreateGroup(group(g)?),
        ["join", g] => Command::JoinGroup(group(g)?),
        ["invite", x, g] => Command::Invite { group: group(g)?, user: user(x) },
        ["remove", x, g] => Command::RemoveMember { group: group(g)?, user: user(x) },
        ["hand", "over", g, x] => Command::HandOver { group: group(g)?, user: user(x) },
        ["claim", g] => Command::ClaimLead(group(g)?),
        ["block", x] => Command::Block(user(x)),
        ["unblock", x] => Command::Unblock(user(x)),
        ["forget", x] => Command::Forget(user(x)),
        ["leave", g] => Command::LeaveGroup(group(g)?),
        ["disband", g] => Command::DisbandGroup(group(g)?),
        ["send", "again", n] => Command::SendAgain(row(node, n)?),
        ["drop", n] => Command::Drop(row(node, n)?),
        _ => return Err("unknown action".to_owned()),
    })
}

/// Parses `X|#g N text…`. Returns the conversation, the ID of its message N, and the text.
fn related(node: &Node, rest: &str) -> Result<(ConversationId, MessageId, String), String> {
    let mut words = rest.splitn(3, ' ');
    let (Some(place), Some(seq), Some(text)) = (words.next(), words.next(), words.next()) else {
        return Err("expected X|#g N text".to_owned());
    };
    let id = conversation(node, place)?;
    let seq = usize::try_from(number(seq)?).map_err(|_| "the number is too large")?;
    let is_said = |message: &&ChatMessage| !matches!(message.body, Body::Membership(_));
    let message = node.store.messages(&id).iter().filter(is_said).nth(seq).ok_or("there is no such message")?;
    let (message, text) = (message.id, text.to_owned());
    Ok((id, message, text))
}

/// The `place`th row of the outbox, counted from 1.
fn row(node: &Node, place: &str) -> Result<RowId, String> {
    let place = usize::try_from(number(place)?).map_err(|_| "the number is too large")?;
    node.running().outbox().nth(place - 1).map(|waiting| waiting.row).ok_or_else(|| "there is no such row".to_owned())
}

/// The ID of the latest request from `x`; with `of`, of the latest one about that group.
fn waiting(node: &Node, x: &str, of: Option<&str>) -> Result<MessageId, String> {
    let kinds: &[&str] = if of.is_some() { &["join", "invite", "lead"] } else { &["request", "session"] };
    request(node, Direction::Incoming, x, of, kinds).map(|request| request.id)
}

/// The latest request of one of these kinds from or to `x` (`?` for no sender), and about group `of` if given.
fn request<'a>(
    node: &'a Node,
    direction: Direction,
    x: &str,
    of: Option<&str>,
    kinds: &[&str],
) -> Result<&'a Request, String> {
    let peer = (x != "?").then(|| user(x));
    let of = of.map(group).transpose()?;
    let is_meant = |request: &&Request| {
        let (kind, name) = match &request.kind {
            RequestKind::Chat => ("request", None),
            RequestKind::Join(name) => ("join", Some(name)),
            RequestKind::Invite(name) => ("invite", Some(name)),
            RequestKind::Lead(name) => ("lead", Some(name)),
            RequestKind::UnknownSession(_) => ("session", None),
        };
        request.direction == direction
            && request.peer == peer
            && kinds.contains(&kind)
            && (of.is_none() || name == of.as_ref())
    };
    node.running().requests().rev().find(is_meant).ok_or_else(|| "there is no such request".to_owned())
}

fn sessions<'a>(peer: &'a Peer, with: &'a UserId) -> impl Iterator<Item = &'a ConversationId> {
    peer.conversations().keys().filter(move |id| id.peer_of(peer.me()) == Some(with))
}

fn conversation(node: &Node, place: &str) -> Result<ConversationId, String> {
    if place.starts_with('#') {
        return Ok(ConversationId::Group(group(place)?));
    }
    let with = user(place);
    let peer = node.running();
    let latest = sessions(peer, &with).max_by_key(|id| peer.conversations().get(id).map(|chat| chat.since));
    latest.cloned().ok_or_else(|| format!("there is no session with {with}"))
}

fn user(name: &str) -> UserId {
    name.parse().unwrap_or_else(|_| panic!("{name} is not a user ID"))
}

fn group(name: &str) -> Result<GroupName, String> {
    let bare = name.strip_prefix('#').ok_or("a group name starts with #")?;
    bare.parse().map_err(|_| "not a group name".to_owned())
}

fn number(word: &str) -> Result<u64, String> {
    word.parse().map_err(|_| format!("{word} is not a number"))
}
