//! The play: who does what when, and what is answered to whoever watches and takes part.

use std::{collections::BTreeMap, time::Duration};

use tokio::{sync::mpsc, time::Instant};

use super::{
    past::Past,
    player::{Player, PlayerEvent},
    script::{Answer, Cue, Deed, Scene, Script, Step},
};
use crate::{
    domain::{ChatMessage, ConversationId, MessageId, UserId},
    mqtt::BrokerUrl,
    protocol::{Command, Event, Input},
    runtime::clock::{self, wait_until},
};

/// Words of the broker that wait; a connection waits where it is full.
const HEARD: usize = 256;
/// How long it takes to look at a request, and at a message, and to answer it.
const DECIDES: Duration = Duration::from_millis(1100);
const READS: Duration = Duration::from_millis(500);
const WRITES: Duration = Duration::from_millis(1600);
/// How soon a connection is offered again what it did not take.
const OFFER_AGAIN: Duration = Duration::from_millis(20);

/// Something that somebody is about to do.
enum Act {
    Deed(Deed),
    Accept(MessageId),
    Read(ConversationId),
}

/// All who play, and what is to come.
pub(super) struct Play {
    script: Script,
    broker: BrokerUrl,
    players: BTreeMap<UserId, Player>,
    /// What is to be done at what time, by whom; of the same time, what was planned first.
    plan: BTreeMap<(Instant, u64), (UserId, Act)>,
    planned: u64,
    /// What waits for its cue.
    scenes: Vec<Scene>,
    tell: mpsc::Sender<PlayerEvent>,
    heard: mpsc::Receiver<PlayerEvent>,
}

impl Play {
    pub(super) fn new(script: Script, past: &Past, broker: BrokerUrl) -> Self {
        let players = script.players().into_iter().map(|id| {
            let player = Player::new(id.clone(), past.saved(&id), past.written(&id));
            (id, player)
        });
        let (tell, heard) = mpsc::channel(HEARD);
        let scenes = script.scenes.clone();
        Self { players: players.collect(), script, broker, plan: BTreeMap::new(), planned: 0, scenes, tell, heard }
    }

    /// Plays until it is dropped.
    pub(super) async fn go_on(mut self) {
        self.cue(None);
        loop {
            let due = self.plan.first_key_value().map(|((due, _), _)| *due);
            let timeouts = self.players.values().filter_map(|player| player.peer.next_timeout()).min();
            let timeout = timeouts.map(clock::at);
            let is_backed_up = self.players.values_mut().any(Player::push);
            let offer = is_backed_up.then(|| clock::instant() + OFFER_AGAIN);
            // There is always something that may come, so that none of them is missed.
            let next = due.into_iter().chain(timeout).chain(offer).min();
            tokio::select! {
                Some((who, event)) = self.heard.recv() => {
                    let now = clock::now();
                    let events = self.players.get_mut(&who).map(|player| player.hears(event, now));
                    self.happened(&who, events.unwrap_or_default());
                }
                () = wait_until(next) => self.due(),
            }
        }
    }

    /// Does what is due.
    fn due(&mut self) {
        let now = clock::now();
        let ids: Vec<UserId> = self.players.keys().cloned().collect();
        for id in ids {
            let Some(player) = self.players.get_mut(&id) else { continue };
            if player.peer.next_timeout().is_some_and(|due| due <= now.tick) {
                let events = player.takes(Input::Timeout, now);
                self.happened(&id, events);
            }
        }
        while let Some(entry) = self.plan.first_entry().filter(|entry| entry.key().0 <= clock::instant()) {
            let (who, act) = entry.remove();
            self.act(&who, act);
        }
    }

    fn act(&mut self, who: &UserId, act: Act) {
        let (now, you) = (clock::now(), &self.script.you);
        let Some(player) = self.players.get_mut(who) else { return };
        let command = match act {
            Act::Accept(id) => Some(Command::Accept(id)),
            Act::Read(conversation) => Some(Command::MarkRead(conversation)),
            Act::Deed(Deed::Come) => {
                player.come(self.broker.clone(), self.tell.clone());
                None
            }
            Act::Deed(Deed::Go) => {
                player.go(now);
                None
            }
            Act::Deed(Deed::Ask) => Some(Command::RequestTalk(you.clone())),
            Act::Deed(Deed::Say { text, group, answers }) => player.place(you, group.as_ref()).map(|conversation| {
                let relation = player.heard(&conversation).filter(|_| answers);
                Command::Send { conversation, text, relation }
            }),
            Act::Deed(Deed::Found { group }) => Some(Command::CreateGroup(group)),
            Act::Deed(Deed::Join { group }) => Some(Command::JoinGroup(group)),
            Act::Deed(Deed::Invite { group }) => Some(Command::Invite { group, user: you.clone() }),
        };
        if let Some(command) = command {
            let events = player.does(command, now);
            self.happened(who, events);
        }
    }

    /// What a player learns of, and does about it.
    fn happened(&mut self, who: &UserId, events: Vec<Event>) {
        for event in events {
            match event {
                Event::RequestArrived(id) => self.plan(DECIDES, who.clone(), Act::Accept(id)),
                Event::ConversationOpened { conversation, .. }
                    if conversation.peer_of(who) == Some(&self.script.you) =>
                {
                    self.cue(Some(&Cue::Talk(who.clone())));
                }
                Event::Message { conversation, message, .. } if message.author != *who => {
                    self.plan(READS, who.clone(), Act::Read(conversation.clone()));
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
            self.cue(Some(cue));
        }
    }

    /// Answers whoever watches; in a group one of those who are there, who has been asked first.
    fn answer(&mut self, who: &UserId, conversation: &ConversationId, message: &ChatMessage) {
        let ChatMessage { author, body, .. } = message;
        if *author != self.script.you {
            return;
        }
        let answer = match conversation {
            ConversationId::Session(_) => self.script.answer(Some(who), None, body.words()),
            ConversationId::Group(group) => {
                let leads = |player: &Player| {
                    player.peer.groups().get(group).is_some_and(|group| group.is_led_by(player.peer.me()))
                };
                // All of them hear it, and one lets it be answered.
                let is_host = self.players.get(who).is_some_and(leads);
                is_host.then(|| self.script.answer(None, Some(group), body.words())).flatten()
            }
        };
        if let Some(Answer { who, group, text, .. }) = answer {
            // In a group it would not be seen whom it answers.
            let answers = group.is_some();
            self.plan(WRITES, who, Act::Deed(Deed::Say { text, group, answers }));
        }
    }

    /// Begins the scenes that wait for this, once.
    fn cue(&mut self, cue: Option<&Cue>) {
        let (begun, waiting) =
            std::mem::take(&mut self.scenes).into_iter().partition::<Vec<_>, _>(|scene| scene.when.as_ref() == cue);
        self.scenes = waiting;
        for scene in begun {
            let mut after = Duration::ZERO;
            for Step { after: pause, who, does } in scene.steps {
                after += pause;
                self.plan(after, who, Act::Deed(does));
            }
        }
    }

    fn plan(&mut self, after: Duration, who: UserId, act: Act) {
        self.planned += 1;
        self.plan.insert((clock::instant() + after, self.planned), (who, act));
    }
}
