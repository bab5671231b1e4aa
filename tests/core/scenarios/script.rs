//! Scenarios as data: who does what when, and what is then to be seen.
//!
//! A file is TOML:
//! ```toml
//! people = ["alice", "bob"]           # each is installed, started and not connected
//! devices = { phone = "alice" }       # further programs under an id that is taken
//! elsewhere = { zoe = "alice" }       # programs under another prefix
//! crash_everywhere = true             # the end must be the same whoever crashes at whichever input
//! steps = [ { … }, … ]
//! ```
//! Each is played without a prefix and below one, which its topics leave out.
//!
//! A step first lets time pass, if `at` (milliseconds after the start) or `wait` (milliseconds) says so,
//! and then is one of these. After each, everything under way arrives.
//!
//! - `who`, `do`: `connect` · `go offline` · `cut` · `crash` · `restart` · `lose store` (of one that has
//!   crashed) · `request X` · `withdraw X` · `accept X [#g]` · `deny X [#g]` (`?` where nobody is named) ·
//!   `say X|#g text…` · `reply X|#g N text…` · `edit X|#g N text…` (of the message in place N, from 0) · `type X|#g` · `end X` · `read X|#g` · `create #g` · `join #g` · `invite X #g` · `remove X #g` ·
//!   `hand over #g X` · `claim #g` · `leave #g` · `disband #g` · `block X` · `unblock X` · `forget X` · `send again N` · `drop N` (the Nth in the outbox) ·
//!   `set clock MS` (ahead of the world's). A talk with X is the latest session with X.
//! - `broker`: `wipe` · `echo`: from now on it sends everybody its own in spite of no-local · `refuse N`: the next N messages · `guard presence`: lets nobody clear it · `drop N to X`: the next N deliveries to X.
//! - `publish` topic, `payload`, `retain`, `properties`: somebody types by hand.
//! - `wire`: exactly these topics and payloads were published since the last such step, presence aside;
//!   `presence`: the same for presence. A `*` at the end of a payload stands for any rest.
//! - `who`, `in` X|#g, `messages`: exactly these, as `author: text`, `author: text (edited)`,
//!   `author answers words: text`, `author edits: text` or `author END`.
//! - `who`, `expect`: `user X none` · `user X online|offline|unknown [since MS]` ·
//!   `request|join|invite|lead|session from|to X [#g] pending|accepted|denied|withdrawn|ignored [times N]` (the
//!   latest) ·
//!   `requests N` · `sessions X N` · `phase X|#g open|ended by me|ended by peer|closed|left|removed|disbanded` ·
//!   `delivery X|#g N written|at broker|delivered|read|partly K N` · `unread X|#g N` · `outbox N` · `typing X|#g IDS…` ·
//!   `group #g none` · `group #g LEADER MEMBERS…` · `refused NAME` (of the refusal, as `not-leader`) · `suspicious N` · `taken over` · `lead #g` ·
//!   `lost #g` · `lead of #g taken by X` · `forgotten X` · `not forgotten X [times N]`; the last eight take what was told
//!   since the start.
//!
//! Anything else fails. So does a refusal or a suspicion that no step expects, unless others crash.

mod expectations;

use std::{collections::BTreeMap, time::Duration};

use papo::{
    domain::{
        Body, ConversationId, Delivery, Direction, GroupName, MessageId, Phase, Presence, Relation, Request,
        RequestKind, RequestState, UserId,
    },
    protocol::{Command, Event, Notice, Peer, Publication, Qos, RowId},
};
use serde::Deserialize;

use self::expectations::{alike, same, state};
use super::world::{Crash, Node, START, World};
use crate::outcomes;

/// A scenario file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    people: Vec<String>,
    #[serde(default)]
    devices: BTreeMap<String, String>,
    #[serde(default)]
    elsewhere: BTreeMap<String, String>,
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
    properties: BTreeMap<String, String>,
    wire: Option<Vec<(String, String)>>,
    presence: Option<Vec<(String, String)>>,
    r#in: Option<String>,
    messages: Option<Vec<String>>,
    expect: Option<String>,
}

/// A scenario that is being played.
struct Stage {
    world: World,
    prefix: String,
    published: Vec<(String, String)>,
    announced: Vec<(String, String)>,
    strict: bool,
}

impl Scenario {
    /// Plays it to its end; panics where it is not as expected. How many inputs were handled.
    pub fn play(&self, prefix: &str, crash_at: Option<(u64, Crash)>) -> u64 {
        let mut world = World::new(prefix, 1);
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
            Stage { world, prefix, published: Vec::new(), announced: Vec::new(), strict: crash_at.is_none() };
        for (number, step) in self.steps.iter().enumerate() {
            if let Err(why) = stage.step(step) {
                panic!("step {} ({step:?}): {why}", number + 1);
            }
        }
        stage.world.check_stores();
        if stage.strict {
            for (name, node) in &stage.world.nodes {
                let is_odd = |event: &&Event| matches!(event, Event::NotTaken { .. } | Event::Suspicious(_));
                let odd = node.events.iter().find(is_odd);
                assert!(odd.is_none(), "{name} was told what no step expects: {odd:?}");
                assert!(node.refusals.is_empty(), "{name} was refused what no step expects: {:?}", node.refusals);
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
            Step { who: Some(who), r#do: Some(order), .. } => self.act(who, order)?,
            Step { who: Some(who), expect: Some(expected), .. } => return self.expect(who, expected),
            Step { who: Some(who), r#in: Some(place), messages: Some(expected), .. } => {
                let node = self.world.node(who);
                return same(&said(node, &conversation(node, place)?), expected);
            }
            Step { broker: Some(order), .. } => self.rule(order)?,
            Step { publish: Some(topic), .. } => {
                let publication = by_hand(format!("{}{topic}", self.prefix), step);
                self.world.broker.publish("", publication);
            }
            Step { wire: Some(expected), .. } => {
                self.look();
                return alike(&std::mem::take(&mut self.published), expected, self.strict);
            }
            Step { presence: Some(expected), .. } => {
                self.look();
                return alike(&std::mem::take(&mut self.announced), expected, self.strict);
            }
            Step { at, wait, .. } if at.is_some() || wait.is_some() => {}
            _ => return Err("this step says nothing that is understood".to_owned()),
        }
        self.world.settle();
        Ok(())
    }

    /// Sorts what was published.
    fn look(&mut self) {
        for (topic, payload) in self.world.broker.watched.drain(..) {
            let topic = topic.strip_prefix(&self.prefix).unwrap_or(&topic).to_owned();
            let is_presence = topic.split('/').any(|level| level == "USERS");
            let list = if is_presence { &mut self.announced } else { &mut self.published };
            list.push((topic, payload));
        }
    }

    fn rule(&mut self, order: &str) -> Outcome {
        match order.split(' ').collect::<Vec<_>>()[..] {
            ["wipe"] => self.world.wipe_broker(),
            ["echo"] => self.world.broker.echoes = true,
            ["guard", "presence"] => self.world.guards_presence = true,
            ["refuse", n] => self.world.refusals = usize::try_from(number(n)?).map_err(|_| "how many?")?,
            ["drop", n, "to", who] => self.world.drops = Some((who.to_owned(), number(n)?)),
            _ => return Err("the broker cannot do that".to_owned()),
        }
        Ok(())
    }

    fn act(&mut self, who: &str, order: &str) -> Outcome {
        let world = &mut self.world;
        match order {
            "connect" => world.connect(who),
            "go offline" => world.go_offline(who),
            "cut" => world.cut(who),
            "crash" => world.crash(who),
            "restart" => world.start(who),
            _ if order.starts_with("set clock ") => {
                let skew = order.trim_start_matches("set clock ").parse().map_err(|_| "to what?")?;
                world.set_clock(who, skew);
            }
            "lose store" => world.nodes.get_mut(who).ok_or("who?")?.lose_store(),
            _ => {
                let command = command(world.node(who), order)?;
                world.command(who, command);
            }
        }
        Ok(())
    }

    fn expect(&mut self, who: &str, expected: &str) -> Outcome {
        let words: Vec<&str> = expected.split_whitespace().collect();
        match words[..] {
            ["refused", refusal] => self.refused(who, refusal),
            ["suspicious", n] => self.told(who, number(n)?, |event| matches!(event, Event::Suspicious(_))),
            ["taken", "over"] => self.told(who, 1, |event| *event == Event::TakenOver),
            ["lead", name] => {
                let name = group(name)?;
                self.told(who, 1, move |event| *event == Event::Notice(Notice::LeadReceived(name.clone())))
            }
            ["lead", "of", name, "taken", "by", leader] => {
                let (group, leader) = (group(name)?, user(leader));
                self.told(who, 1, move |event| {
                    *event == Event::Notice(Notice::LeadTaken { group: group.clone(), leader: leader.clone() })
                })
            }
            ["lost", name] => {
                let name = group(name)?;
                self.told(who, 1, move |event| *event == Event::Notice(Notice::GroupLost(name.clone())))
            }
            ["forgotten", x] => {
                let x = user(x);
                self.told(who, 1, move |event| *event == Event::Forgotten(x.clone()))
            }
            ["not", "forgotten", x, ref times @ ..] => {
                let x = user(x);
                let n = if let ["times", n] = times { number(n)? } else { 1 };
                self.told(who, n, move |event| matches!(event, Event::NotForgotten { user, .. } if *user == x))
            }
            _ => state(self.world.node(who), &words),
        }
    }

    /// Exactly one command was refused for this reason, which is the name of a variant of [`Refusal`]; it is taken.
    fn refused(&mut self, who: &str, expected: &str) -> Outcome {
        if !outcomes::refusals().iter().any(|refusal| outcomes::variant(refusal) == expected) {
            return Err(format!("there is no refusal {expected}"));
        }
        let node = self.world.nodes.get_mut(who).ok_or("who?")?;
        let before = node.refusals.len();
        node.refusals.retain(|refusal| outcomes::variant(refusal) != expected);
        if before - node.refusals.len() == 1 || !self.strict {
            return Ok(());
        }
        Err(format!("refused {} times beside {:?}", before - node.refusals.len(), node.refusals))
    }

    /// Exactly so many of these events were told; they are taken.
    fn told(&mut self, who: &str, n: u64, is_meant: impl Fn(&Event) -> bool) -> Outcome {
        let node = self.world.nodes.get_mut(who).ok_or("who?")?;
        let (meant, rest): (Vec<Event>, Vec<Event>) = node.events.drain(..).partition(|event| is_meant(event));
        node.events = rest;
        if meant.len() as u64 == n || (!self.strict && n > 0) {
            return Ok(());
        }
        Err(format!("told {meant:?} beside {:?}", node.events))
    }
}

fn by_hand(topic: String, step: &Step) -> Publication {
    Publication {
        topic,
        payload: step.payload.clone().into_bytes(),
        retain: step.retain,
        qos: Qos::AtLeastOnce,
        content_type: None,
        expiry: None,
        properties: step.properties.clone().into_iter().collect(),
    }
}

fn command(node: &Node, order: &str) -> Result<Command, String> {
    if let Some(rest) = order.strip_prefix("say ") {
        let (place, text) = rest.split_once(' ').ok_or("say what?")?;
        return Ok(Command::Send { conversation: conversation(node, place)?, text: text.to_owned(), relation: None });
    }
    if let Some(rest) = order.strip_prefix("reply ") {
        let (conversation, id, text) = related(node, rest)?;
        return Ok(Command::Send { conversation, text, relation: Some(Relation::Answers(id)) });
    }
    if let Some(rest) = order.strip_prefix("edit ") {
        let (conversation, id, text) = related(node, rest)?;
        return Ok(Command::Send { conversation, text, relation: Some(Relation::Replaces(id)) });
    }
    let words: Vec<&str> = order.split_whitespace().collect();
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
        _ => return Err("nobody can do that".to_owned()),
    })
}

/// `X|#g N text…`: the conversation, the id of its message in place N, and the text.
fn related(node: &Node, rest: &str) -> Result<(ConversationId, MessageId, String), String> {
    let mut words = rest.splitn(3, ' ');
    let (Some(place), Some(seq), Some(text)) = (words.next(), words.next(), words.next()) else {
        return Err("which, and what?".to_owned());
    };
    let id = conversation(node, place)?;
    let seq = usize::try_from(number(seq)?).map_err(|_| "which?")?;
    let message = node.store.messages(&id).get(seq).ok_or("there is no such message")?;
    let (message, text) = (message.id, text.to_owned());
    Ok((id, message, text))
}

/// The row at a place of the outbox, counted from 1.
fn row(node: &Node, place: &str) -> Result<RowId, String> {
    let place = usize::try_from(number(place)?).map_err(|_| "which?")?;
    node.running().outbox().nth(place - 1).map(|waiting| waiting.row).ok_or_else(|| "nothing is there".to_owned())
}

/// The request that waits for an answer.
fn waiting(node: &Node, x: &str, of: Option<&str>) -> Result<MessageId, String> {
    let kinds: &[&str] = if of.is_some() { &["join", "invite", "lead"] } else { &["request", "session"] };
    request(node, Direction::Incoming, x, of, kinds).map(|request| request.id)
}

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
            RequestKind::Session(_) => ("session", None),
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
    let latest = sessions(peer, &with).max_by_key(|id| peer.conversations().get(id).map(|talk| talk.since));
    latest.cloned().ok_or_else(|| format!("there is no talk with {with}"))
}

fn said(node: &Node, id: &ConversationId) -> Vec<String> {
    let messages = node.store.messages(id);
    let earlier = |id| messages.iter().find(|message| message.id == id).map_or("?", |message| message.body.words());
    let line = |message: &papo::domain::ChatMessage| match &message.body {
        Body::Text(text) => {
            let edited = if message.is_edited { " (edited)" } else { "" };
            match message.relation {
                None => format!("{}: {text}{edited}", message.author),
                Some(Relation::Answers(id)) => format!("{} answers {}: {text}{edited}", message.author, earlier(id)),
                Some(Relation::Replaces(_)) => format!("{} edits: {text}", message.author),
            }
        }
        Body::End => format!("{} END", message.author),
        Body::Other { content_type, .. } => format!("{} {content_type}", message.author),
    };
    messages.iter().map(line).collect()
}

fn user(name: &str) -> UserId {
    name.parse().unwrap_or_else(|_| panic!("{name} is no user id"))
}

fn group(name: &str) -> Result<GroupName, String> {
    let bare = name.strip_prefix('#').ok_or("a group is written with #")?;
    bare.parse().map_err(|_| "no group name".to_owned())
}

fn number(word: &str) -> Result<u64, String> {
    word.parse().map_err(|_| format!("{word} is no number"))
}
