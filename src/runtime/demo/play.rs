//! Plays the script: performs the steps of the players at their times, and replies to the user.

use std::{collections::BTreeMap, time::Duration};

use tokio::{sync::mpsc, time::Instant};

use super::{
    past::Past,
    player::{Player, PlayerEvent},
    script::{Action, Answer, Cue, Scene, Script, Step},
};
use crate::{
    domain::{Body, ChatMessage, ConversationId, GroupName, MessageId, SessionId, UserId},
    mqtt::BrokerUrl,
    protocol::{Command, Event, Input},
    runtime::clock::{self, wait_until},
};

/// Capacity of the channel of MQTT events. If it is full, the connections wait.
const EVENTS: usize = 256;
/// How long a player takes to accept a request.
const ACCEPT_DELAY: Duration = Duration::from_millis(1100);
/// How long a player takes to mark a message as read.
const READ_DELAY: Duration = Duration::from_millis(500);
/// How long a player takes to reply to a message.
const REPLY_DELAY: Duration = Duration::from_millis(1600);
/// The pause before papo retries to send to a full channel.
const RETRY_INTERVAL: Duration = Duration::from_millis(20);

/// Something that a player will do.
enum PlannedAct {
    Action(Action),
    Accept(MessageId),
    End(SessionId),
    Read(ConversationId),
}

/// The players and their schedule.
pub(super) struct Play {
    script: Script,
    broker: BrokerUrl,
    players: BTreeMap<UserId, Player>,
    /// The scheduled acts, each with its player. The key is the time, and a number that keeps acts of the same time in
    /// the order in which they were scheduled.
    schedule: BTreeMap<(Instant, u64), (UserId, PlannedAct)>,
    /// The number of acts that were scheduled so far.
    scheduled: u64,
    /// The channel for the events of all connections.
    sender: mpsc::Sender<PlayerEvent>,
    events: mpsc::Receiver<PlayerEvent>,
}

impl Play {
    pub(super) fn new(script: Script, past: &Past, broker: BrokerUrl) -> Self {
        let players = script.players().into_iter().map(|id| {
            let player = Player::new(id.clone(), past.saved(&id), past.written(&id));
            (id, player)
        });
        let (sender, events) = mpsc::channel(EVENTS);
        let players = players.collect();
        Self { players, script, broker, schedule: BTreeMap::new(), scheduled: 0, sender, events }
    }

    /// Plays the script. The future never ends; dropping it ends the play.
    pub(super) async fn run(mut self) {
        self.begin_scenes(None);
        loop {
            let due = self.schedule.first_key_value().map(|((due, _), _)| *due);
            let timeouts = self.players.values().filter_map(|player| player.peer.next_timeout()).min();
            let timeout = timeouts.map(clock::at);
            let is_backed_up = self.players.values_mut().any(Player::send_pending);
            let retry = is_backed_up.then(|| clock::instant() + RETRY_INTERVAL);
            let next = due.into_iter().chain(timeout).chain(retry).min();
            tokio::select! {
                Some((who, event)) = self.events.recv() => {
                    let now = clock::now();
                    let events = self.players.get_mut(&who).map(|player| player.handle_mqtt(event, now));
                    self.react(&who, events.unwrap_or_default());
                }
                () = wait_until(next) => self.act_on_deadlines(),
            }
        }
    }

    /// Handles the timeouts of the players that have passed, and performs the acts that are due.
    fn act_on_deadlines(&mut self) {
        let now = clock::now();
        let ids: Vec<UserId> = self.players.keys().cloned().collect();
        for id in ids {
            let Some(player) = self.players.get_mut(&id) else { continue };
            if player.peer.next_timeout().is_some_and(|due| due <= now.tick) {
                let events = player.handle_input(Input::Timeout, now);
                self.react(&id, events);
            }
        }
        while let Some(entry) = self.schedule.first_entry().filter(|entry| entry.key().0 <= clock::instant()) {
            let (who, act) = entry.remove();
            self.perform(&who, act);
        }
    }

    fn perform(&mut self, who: &UserId, act: PlannedAct) {
        let (now, you) = (clock::now(), &self.script.you);
        let Some(player) = self.players.get_mut(who) else { return };
        let command = match act {
            PlannedAct::Accept(id) => Command::Accept(id),
            PlannedAct::End(session) => Command::End(session),
            PlannedAct::Read(conversation) => Command::MarkRead(conversation),
            PlannedAct::Action(Action::Come) => return player.connect(self.broker.clone(), self.sender.clone()),
            PlannedAct::Action(Action::Go) => return player.disconnect(now),
            PlannedAct::Action(Action::Ask) => Command::RequestChat(you.clone()),
            PlannedAct::Action(Action::Say { text, group, answers }) => {
                let Some(conversation) = player.chat_with(you, group.as_ref()) else { return };
                let relation = player.reply_to_last(&conversation).filter(|_| answers);
                Command::Send { conversation, text, relation }
            }
            PlannedAct::Action(Action::Found { group }) => Command::CreateGroup(group),
            PlannedAct::Action(Action::Join { group }) => Command::JoinGroup(group),
            PlannedAct::Action(Action::Invite { group }) => Command::Invite { group, user: you.clone() },
        };
        let events = player.command(command, now);
        self.react(who, events);
    }

    /// Schedules the reactions of a player to events, and begins the scenes whose cues have occurred.
    fn react(&mut self, who: &UserId, events: Vec<Event>) {
        for event in events {
            match event {
                Event::RequestArrived(id) => self.schedule(ACCEPT_DELAY, who.clone(), PlannedAct::Accept(id)),
                Event::ConversationOpened { conversation, .. }
                    if conversation.peer_of(who) == Some(&self.script.you) =>
                {
                    self.begin_scenes(Some(&Cue::Session(who.clone())));
                }
                Event::Message { conversation, message, .. } if message.author != *who => {
                    self.schedule(READ_DELAY, who.clone(), PlannedAct::Read(conversation.clone()));
                    self.answer(who, &conversation, &message);
                }
                _ => {}
            }
        }
        let you = &self.script.you;
        let groups = self.players.get(who).into_iter().flat_map(|player| player.peer.groups().values());
        let joined: Vec<Cue> =
            groups.filter(|group| group.includes(you)).map(|group| Cue::Member(group.name.clone())).collect();
        for cue in &joined {
            self.begin_scenes(Some(cue));
        }
    }

    /// Schedules the reply to a message of the user. In a group only one player replies.
    fn answer(&mut self, who: &UserId, conversation: &ConversationId, message: &ChatMessage) {
        let ChatMessage { author, body, .. } = message;
        // A user who joins a group has not written anything.
        if *author != self.script.you || matches!(body, Body::Membership(_)) {
            return;
        }
        let answer = match conversation {
            ConversationId::Session(session) if *body == Body::End => {
                return self.schedule(ACCEPT_DELAY, who.clone(), PlannedAct::End(session.clone()));
            }
            ConversationId::Session(_) => self.script.answer(Some(who), None, body.words()),
            // Every member gets the message; only one schedules a reply.
            ConversationId::Group(group) if self.answers_in(who, group) => {
                self.script.answer(None, Some(group), body.words()).or_else(|| {
                    let mut answer = self.script.answer(Some(who), None, body.words())?;
                    answer.group = Some(group.clone());
                    Some(answer)
                })
            }
            ConversationId::Group(_) => None,
        };
        if let Some(Answer { who, group, text, .. }) = answer {
            // In a group, marks the message as a reply, because other messages may come in between.
            let answers = group.is_some();
            self.schedule(REPLY_DELAY, who, PlannedAct::Action(Action::Say { text, group, answers }));
        }
    }

    /// Whether this player replies to messages in the group: the leader, or the first member if the user leads it.
    fn answers_in(&self, who: &UserId, group: &GroupName) -> bool {
        let group = self.players.get(who).and_then(|player| player.peer.groups().get(group));
        let first = group.and_then(|group| group.everyone().find(|member| **member != self.script.you));
        first == Some(who)
    }

    /// Schedules the steps of the scenes that wait for this cue; `None` begins those without a cue. Each scene begins
    /// only once.
    fn begin_scenes(&mut self, cue: Option<&Cue>) {
        let begun: Vec<Scene> = self.script.scenes.extract_if(.., |scene| scene.when.as_ref() == cue).collect();
        for scene in begun {
            let mut after = Duration::ZERO;
            for Step { after: pause, who, does } in scene.steps {
                after += pause;
                self.schedule(after, who, PlannedAct::Action(does));
            }
        }
    }

    fn schedule(&mut self, after: Duration, who: UserId, act: PlannedAct) {
        self.scheduled += 1;
        self.schedule.insert((clock::instant() + after, self.scheduled), (who, act));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{Group, Membership},
        protocol::Saved,
    };

    #[test]
    fn player_answers_messages_in_a_group_but_not_joining() {
        let script = Script::builtin();
        let (you, bruno, garden) = (script.you.clone(), "bruno".parse().unwrap(), "garden".parse().unwrap());
        let past = Past::of(&script, clock::wall());
        let mut play = Play::new(script, &past, "mqtt://127.0.0.1:1".parse().unwrap());
        let group = Group::new(GroupName::clone(&garden), Some(UserId::clone(&bruno)), clock::wall());
        let saved = Saved { groups: vec![group], ..Saved::default() };
        play.players.insert(bruno.clone(), Player::new(bruno.clone(), saved, Vec::new()));
        let mut answers = |body: Body| {
            let message = ChatMessage::new(MessageId::from_bytes([0; 16]), you.clone(), clock::wall(), body);
            play.answer(&bruno, &ConversationId::Group(garden.clone()), &message);
            play.schedule.len()
        };
        assert_eq!(answers(Body::Membership(Membership::Joined(vec![you.clone()]))), 0);
        assert_eq!(answers(Body::Text("olá".to_owned())), 1);
    }
}
