//! Seeded runs: random commands and random faults between any two packets. At the end everyone comes back, and the run
//! goes on until nothing happens any more. Then no message may be lost, duplicated or out of its author's order, and
//! all peers must agree on what they see.
//! A failing run names its seed, which replays it.

use std::{collections::BTreeMap, ops::Range, panic, thread, time::Duration};

use papo::{
    domain::{
        ConversationId, Delivery, Direction, Group, GroupName, MessageId, Phase, Relation, Request, RequestKind,
        RequestState, User, UserId,
    },
    protocol::{Command, Publication, RowId},
};

use super::{
    broker::Broker,
    world::{Crash, Node, World},
};
use crate::dice::Dice;

const NAMES: [&str; 4] = ["alice", "bob", "carol", "dave"];
/// The number of random steps in a run.
const STEPS: usize = 250;
/// In seconds.
const DAY: u64 = 24 * 60 * 60;
/// The largest change of a clock, in minutes: two days.
const MINUTES: usize = 2 * 24 * 60;

/// What may happen in a run besides messages, cuts and crashes. The seed chooses.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "the choices are independent")]
struct Harm {
    /// The broker restarts with no data, or with an old snapshot.
    forgetting: bool,
    /// The broker drops deliveries, as if a queue were full.
    dropping: bool,
    /// The broker delivers some messages twice.
    doubling: bool,
    /// The broker keeps the order of messages only within a topic.
    shuffling: bool,
    /// Disks are full for a while.
    full_disks: bool,
    /// Clocks are set, both ways.
    clocks: bool,
    /// The broker refuses messages, and users drop messages from the outbox or send them again.
    refusing: bool,
    /// Users join and leave the group.
    moving: bool,
    /// Members hand over the lead, hand it back, and claim it from a leader who is away for weeks.
    leading: bool,
}

impl Harm {
    fn of(dice: &mut Dice) -> Self {
        let mut chance = || dice.roll(2) == 0;
        Self {
            forgetting: chance(),
            dropping: chance(),
            doubling: chance(),
            shuffling: chance(),
            full_disks: chance(),
            clocks: chance(),
            refusing: chance(),
            moving: chance(),
            leading: chance(),
        }
    }
}

struct Run {
    world: World,
    dice: Dice,
    harm: Harm,
    names: Vec<&'static str>,
    group: GroupName,
    said: u64,
    /// A snapshot of the broker, for a later restart.
    saved: Broker,
    /// Set if presences are cleared in this run: by users who forget others, and by another client.
    clearing: Option<Dice>,
    /// Whether everybody follows only their contacts once they know more than a few users and groups.
    is_limited: bool,
}

impl Run {
    /// Connects all users, and puts them into one group.
    fn begin(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let harm = Harm::of(&mut dice);
        let names = NAMES[..2 + dice.roll(3)].to_vec();
        let mut world = World::new("", seed << 16);
        // Uses dice of its own, so that the rest of the run does not depend on it.
        world.broker.names_senders = Dice(seed ^ 0x4a3e).roll(2) == 0;
        // A hand-over that the broker forgets leaves a group without a leader whom it would believe.
        world.broker.protects_groups = world.broker.names_senders && !harm.forgetting;
        if harm.leading {
            // Such a run takes weeks, with thousands of renewals otherwise.
            world.presence_expiry = Duration::from_secs(DAY);
        }
        // As above. Everybody knows the group, and one to three others.
        let mut limits = Dice(seed ^ 0xd14e);
        let is_limited = limits.roll(3) == 0;
        if is_limited {
            world.directory_limit = limits.roll(4);
        }
        // In some runs every group is too large for receipts, or one with all users is.
        world.counted_members = [32, 32, 1, 3][Dice(seed ^ 0x1a26e).roll(4)];
        let group: GroupName = "ops".parse().unwrap();
        for name in &names {
            world.add(name, name.parse().unwrap());
            world.connect(name);
        }
        world.wait(Duration::from_secs(1));
        world.command(names[0], Command::CreateGroup(group.clone()));
        for name in &names[1..] {
            world.command(names[0], Command::Invite { group: group.clone(), user: name.parse().unwrap() });
            world.settle();
            let invitation = world.node(name).running().requests().next().unwrap().id;
            world.command(name, Command::Accept(invitation));
            world.settle();
        }
        // As above.
        world.broker.echoes = Dice(seed ^ 0xec40).roll(4) == 0;
        if harm.shuffling {
            world.shuffle = Some(Dice(seed ^ 0x5eed));
            // As some clusters of brokers do.
            world.window = if Dice(seed ^ 0x9e47).roll(2) == 0 { 64 } else { 1 };
        }
        let clearing = Dice(seed ^ 0xf026).roll(4) == 0;
        let clearing = clearing.then_some(Dice(seed ^ 0x607));
        Self { world, dice, harm, names, group, said: 0, saved: Broker::default(), clearing, is_limited }
    }

    fn run_steps(&mut self) {
        for _ in 0..STEPS {
            let name = *self.dice.pick(&self.names).unwrap();
            let (runs, connected) = (self.world.node(name).runs(), self.world.node(name).is_connected());
            self.clear_presence(name);
            match self.dice.roll(100) {
                _ if !runs => self.world.start(name),
                0..3 => self.world.crash(name),
                3..6 => {
                    let crash = if self.dice.roll(2) == 0 { Crash::BeforeCommit } else { Crash::AfterCommit };
                    self.world.crash_at = Some((self.world.inputs + 1 + self.dice.roll(9) as u64, crash));
                }
                6..10 => self.world.cut(name),
                10..12 if connected => self.world.go_offline(name),
                12..18 if !connected => self.world.connect(name),
                18..24 => {
                    let span = [10, 1000, 5000][self.dice.roll(3)];
                    self.world.wait(Duration::from_millis(span));
                }
                24 if self.harm.leading && self.dice.roll(4) == 0 => self.world.wait(Duration::from_secs(15 * DAY)),
                24..30 => self.do_harm(name),
                30..60 => self.send_command(name),
                _ => {
                    for _ in 0..=self.dice.roll(6) {
                        self.world.step_up(name);
                        self.world.step_down(name);
                    }
                }
            }
        }
    }

    fn clear_presence(&mut self, name: &str) {
        let Some(dice) = &mut self.clearing else { return };
        let other = *dice.pick(&self.names).unwrap();
        match dice.roll(20) {
            0 if self.world.node(name).runs() => {
                self.world.command(name, Command::Forget(other.parse().unwrap()));
            }
            1 => {
                let topic = format!("USERS/{other}");
                let cleared = Publication { retain: true, ..Publication::new(topic, []) };
                self.world.broker.publish("", cleared);
            }
            _ => {}
        }
    }

    fn do_harm(&mut self, name: &str) {
        let Harm { forgetting, dropping, doubling, full_disks, clocks, refusing, .. } = self.harm;
        let at = self.dice.roll(1000);
        match self.dice.roll(9) {
            0 if forgetting => self.world.restart_broker(self.saved.clone()),
            1 if forgetting => self.saved = self.world.broker.clone(),
            2 if forgetting => self.saved = Broker::default(),
            3 if dropping => self.world.lose_delivery(name, at),
            4 if doubling => self.world.double_delivery(name, at),
            5 if full_disks => self.world.fill_disk(name),
            6 if full_disks => self.world.free_disk(name),
            7 if refusing => self.world.refusals = self.dice.roll(4),
            8 if clocks => {
                let minutes = i64::try_from(self.dice.roll(2 * MINUTES)).unwrap() - i64::try_from(MINUTES).unwrap();
                self.world.set_clock(name, minutes * 60_000);
            }
            _ => {}
        }
    }

    /// A user does something at random.
    fn send_command(&mut self, name: &str) {
        let node = self.world.node(name);
        let peer = node.running();
        let open: Vec<ConversationId> =
            peer.conversations().values().filter(|talk| talk.phase.is_open()).map(|talk| talk.id.clone()).collect();
        let waiting: Vec<MessageId> = peer.requests().filter(|r| r.waits_for_me()).map(|r| r.id).collect();
        let others: Vec<UserId> =
            self.names.iter().filter(|other| **other != name).map(|other| other.parse().unwrap()).collect();
        let (talk, other) = (self.dice.pick(&open).cloned(), self.dice.pick(&others).unwrap().clone());
        let rows: Vec<RowId> = peer.outbox().map(|waiting| waiting.row).collect();
        let command = match (self.dice.roll(16), talk, self.dice.pick(&waiting)) {
            (0, ..) => Command::RequestChat(other),
            (1..=2, _, Some(id)) => Command::Accept(*id),
            (3, _, Some(id)) => Command::Deny(*id),
            (4, Some(ConversationId::Session(session)), _) => Command::End(session),
            (5, Some(conversation), _) => Command::MarkRead(conversation),
            (6..=7, ..) if self.harm.moving => self.move_in_group(other),
            (10, ..) if self.harm.leading && self.dice.roll(2) == 0 => Command::ClaimLead(self.group.clone()),
            (11, ..) if self.harm.leading => Command::HandOver { group: self.group.clone(), user: other },
            (8, ..) if self.harm.refusing && !rows.is_empty() => Command::Drop(*self.dice.pick(&rows).unwrap()),
            (9, ..) if self.harm.refusing && !rows.is_empty() => Command::SendAgain(*self.dice.pick(&rows).unwrap()),
            (_, Some(conversation), _) => {
                self.said += 1;
                let text = format!("number {}", self.said);
                let messages = self.world.node(name).store.messages(&conversation);
                let earlier = self.dice.pick(messages).map(|message| message.id);
                let send = |conversation, relation| Command::Send { conversation, text, relation };
                match (self.dice.roll(10), earlier) {
                    (0, Some(id)) => send(conversation, Some(Relation::Answers(id))),
                    (1..=2, Some(id)) => send(conversation, Some(Relation::Replaces(id))),
                    (3, _) => Command::Typing(conversation),
                    _ => send(conversation, None),
                }
            }
            (_, None, _) => return,
        };
        self.world.now = self.world.now + Duration::from_millis(1);
        self.world.command(name, command);
    }

    /// A random change of membership. If the user may not make it, it is refused and changes nothing.
    fn move_in_group(&mut self, user: UserId) -> Command {
        let group = self.group.clone();
        match self.dice.roll(4) {
            0 => Command::JoinGroup(group),
            1 => Command::LeaveGroup(group),
            2 => Command::Invite { group, user },
            _ => Command::RemoveMember { group, user },
        }
    }

    /// Ends the faults, and brings back everyone who is away. Users who are connected stay connected, and must notice
    /// what was dropped.
    fn calm(&mut self) {
        self.world.crash_at = None;
        self.world.refusals = 0;
        if self.harm.dropping {
            // The loss of a last message is the hardest to notice, because nothing follows it.
            for name in self.names.clone() {
                self.world.lose_delivery(name, self.dice.roll(1000));
            }
        }
        for name in self.names.clone() {
            if !self.world.node(name).runs() {
                self.world.start(name);
            }
            self.world.free_disk(name);
            if !self.world.node(name).is_connected() {
                self.world.connect(name);
            }
            self.world.wait(Duration::from_secs(10));
        }
        self.world.wait(Duration::from_secs(3600));
        if self.is_limited {
            // An `online` with an older time soon after the last one is ignored, as if it came late. Who follows only
            // contacts hears little else of a user who has set back their clock, until they renew their presence.
            self.world.wait(self.world.presence_expiry / 2);
        }
    }

    /// Reconnects everyone. Records and answers that were dropped on the way to a connected user are sent again on the
    /// next connection.
    fn reconnect_all(&mut self) {
        if self.harm.leading {
            // A leader counts as gone 14 days after they were last seen. Wait for those who saw them last.
            self.world.wait(Duration::from_secs(15 * DAY));
        }
        for name in self.names.clone() {
            self.world.cut(name);
            self.world.connect(name);
            self.world.wait(Duration::from_secs(10));
        }
        self.world.wait(Duration::from_secs(600));
    }

    fn check_messages(&self) {
        self.world.check_stores();
        for author in self.world.nodes.values() {
            let waits = author.running().outbox().any(|waiting| waiting.failure.is_none());
            assert!(!waits, "{} has sent everything", author.id);
            for reader in self.world.nodes.values().filter(|reader| reader.id != author.id) {
                for id in author.running().conversations().keys() {
                    compare(id, author, reader);
                }
            }
        }
    }

    /// Lets everybody read the whole directory, in case they follow only their contacts.
    fn read_directories(&mut self) {
        for name in self.names.clone() {
            self.world.command(name, Command::ReadDirectory { max_age: Duration::ZERO });
        }
        self.world.wait(Duration::from_secs(1));
    }

    fn check_agreement(&self) {
        let nodes: Vec<&Node> = self.world.nodes.values().collect();
        for reader in &nodes {
            let sees = |other: &UserId| reader.running().users().get(other).is_some_and(User::is_online);
            let mut others = nodes.iter().map(|node| &node.id).filter(|id| **id != reader.id);
            assert!(others.all(sees), "{} sees all who are here", reader.id);
        }
        for asker in &nodes {
            for receiver in nodes.iter().filter(|receiver| receiver.id != asker.id) {
                agree(asker, receiver);
                for id in asker.running().conversations().keys() {
                    if !self.have_parted(asker, receiver) {
                        seen(id, asker, receiver);
                        knows_reach(id, asker, &nodes);
                    }
                }
            }
            if !self.have_parted(asker, nodes[0]) {
                assert_eq!(self.group(asker), self.group(nodes[0]), "as {} and {} know it", asker.id, nodes[0].id);
            }
            let is_asked = asker
                .running()
                .requests()
                .any(|request| request.waits_for_me() && request.kind == RequestKind::Invite(self.group.clone()));
            let counted_in = self.group(asker).includes(&asker.id);
            assert!(
                asker.is_in(&self.group) == counted_in || is_asked,
                "{} is in the group if its record says so",
                asker.id
            );
        }
    }

    fn group(&self, node: &Node) -> Group {
        node.running().groups()[&self.group].clone()
    }

    /// Whether one took the lead while the other was gone, and each has removed the other since.
    fn have_parted(&self, one: &Node, other: &Node) -> bool {
        self.harm.leading && !self.group(one).includes(&other.id) && !self.group(other).includes(&one.id)
    }
}

/// Asserts that `reader` has what `author` wrote: all of a session; of a group, all since `reader` joined.
fn compare(id: &ConversationId, author: &Node, reader: &Node) {
    // A message that its author dropped, or that the broker refused, may or may not have arrived.
    let all = author.store.messages(id).iter();
    let failed = all.filter(|m| m.failure.is_some());
    // So may the new text of the message that it was to replace.
    let failed: Vec<MessageId> = failed.flat_map(|m| [Some(m.id), m.relation.map(Relation::id)]).flatten().collect();
    let by_author = |node: &Node, from: u64| -> Vec<_> {
        let written = node.store.messages(id).iter().filter(|m| m.author == author.id && !failed.contains(&m.id));
        written
            .filter(|message| message.sequence_number > Some(from))
            .map(|m| (m.sequence_number, m.id, m.body.clone()))
            .collect()
    };
    let read = by_author(reader, 0);
    assert!(read.is_sorted_by_key(|(n, ..)| *n), "{} reads {} in order in {id}: {read:?}", reader.id, author.id);
    let owed_from = match id {
        ConversationId::Session(session) if session.peer_of(&author.id) == Some(&reader.id) => 0,
        // A group record that was dropped on its way to a connected user arrives on the next connection.
        ConversationId::Group(group)
            if author.running().groups().get(group) != reader.running().groups().get(group) =>
        {
            return;
        }
        ConversationId::Group(group) if reader.is_in(group) => {
            let Some(&from) = author.store.readers.get(&(group.clone(), reader.id.clone())) else { return };
            from
        }
        _ => return,
    };
    let (read, written) = (by_author(reader, owed_from), by_author(author, owed_from));
    assert_eq!(read, written, "{} reads {} in {id} from {owed_from}", reader.id, author.id);
    if is_large(id, author) {
        return;
    }
    let (_, progress) = author.running().progress(id).find(|(user, _)| **user == reader.id).unwrap();
    let last = written.last().and_then(|(n, ..)| *n).unwrap_or(0);
    assert!(progress.acked >= last, "{} knows that {} has all of {id}: {progress:?}", author.id, reader.id);
}

/// Whether it is a group without receipts to each author.
fn is_large(id: &ConversationId, node: &Node) -> bool {
    let ConversationId::Group(group) = id else { return false };
    node.running().groups().get(group).is_some_and(|record| record.everyone().count() > node.counted_members)
}

/// Asserts that `author` knows that all members of a large group have what it wrote.
fn knows_reach(id: &ConversationId, author: &Node, nodes: &[&Node]) {
    let ConversationId::Group(group) = id else { return };
    let record = &author.running().groups().get(group);
    let agree = nodes.iter().all(|node| node.running().groups().get(group) == *record);
    let are_in = nodes.iter().all(|node| node.is_in(group));
    let last = author.running().conversations()[id].broker_acked;
    let is_owed = author.running().progress(id).all(|(_, progress)| progress.joined < last);
    if is_large(id, author) && agree && are_in && is_owed {
        let delivery = author.running().delivery(id, last);
        assert_eq!(delivery, Delivery::Delivered, "{} knows that all have {id}", author.id);
    }
}

/// Asserts that `author` knows which of its messages `reader` has seen.
fn seen(id: &ConversationId, author: &Node, reader: &Node) {
    let Some(read) = reader.running().conversations().get(id) else { return };
    let Some((_, progress)) = author.running().progress(id).find(|(user, _)| **user == reader.id) else { return };
    // A user who has ended a session, or left a group, gets no receipts for it.
    let is_open = author.running().conversations()[id].phase == Phase::OPEN && read.phase == Phase::OPEN;
    let is_known = progress.read >= progress.acked;
    let has_receipts = !is_large(id, author) && !is_large(id, reader);
    assert!(
        !is_open || !has_receipts || read.unread > 0 || is_known,
        "{} knows that {} has seen {id}",
        author.id,
        reader.id
    );
}

/// Asserts that both see each chat request of `asker` to `receiver` in the same state.
fn agree(asker: &Node, receiver: &Node) {
    let talks = |node: &Node, direction, peer: &UserId| -> BTreeMap<MessageId, Request> {
        let is_meant = |request: &&Request| request.is_about(direction, peer, &RequestKind::Chat);
        node.running().requests().filter(is_meant).map(|request| (request.id, request.clone())).collect()
    };
    let heard = talks(receiver, Direction::Incoming, &asker.id);
    for (id, request) in talks(asker, Direction::Outgoing, &receiver.id) {
        match (heard.get(&id), &request.state) {
            // Two requests crossed, and each was answered before its author knew. The accepted session is there.
            (Some(theirs), RequestState::Accepted(Some(session)))
                if theirs.state != request.state && session.accepter == asker.id =>
            {
                assert!(receiver.running().conversations().contains_key(&ConversationId::Session(session.clone())));
            }
            (Some(theirs), state) => assert_eq!(theirs.state, *state, "{} asked {}", asker.id, receiver.id),
            // The request crossed one of `receiver`, which was accepted before this one arrived.
            (None, RequestState::Accepted(Some(session))) => {
                assert!(receiver.running().conversations().contains_key(&ConversationId::Session(session.clone())));
            }
            (None, state) => panic!("{} does not know a request of {}, which is {state:?}", receiver.id, asker.id),
        }
    }
}

/// Plays one seed. The error says how to replay it.
fn play(seed: u64) -> Result<(), String> {
    let run = || {
        let mut run = Run::begin(seed);
        run.run_steps();
        run.calm();
        run.check_messages();
        run.reconnect_all();
        run.read_directories();
        run.check_agreement();
        run.check_messages();
    };
    panic::catch_unwind(run).map_err(|_| format!("make simulate SEEDS={seed}..{} replays it", seed + 1))
}

/// The seeds to play: `make simulate SEEDS=16..17` replays one, and prints each input with `PAPO_TRACE=1`.
fn seeds(usual: Range<u64>) -> Range<u64> {
    let Ok(wanted) = std::env::var("PAPO_SEEDS") else { return usual };
    let (from, upto) = wanted.split_once("..").expect("seeds are given as from..upto");
    from.parse().unwrap()..upto.parse().unwrap()
}

#[test]
fn no_message_is_lost_duplicated_or_reordered() {
    let seeds = seeds(0..400);
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let failed: Vec<String> = thread::scope(|scope| {
        let shares: Vec<_> = (0..threads)
            .map(|share| {
                let mine = seeds.clone().skip(share).step_by(threads);
                scope.spawn(move || mine.filter_map(|seed| play(seed).err()).collect::<Vec<String>>())
            })
            .collect();
        shares.into_iter().flat_map(|share| share.join().unwrap()).collect()
    });
    assert!(failed.is_empty(), "{} of {} seeds went wrong:\n{}", failed.len(), seeds.count(), failed.join("\n"));
}
