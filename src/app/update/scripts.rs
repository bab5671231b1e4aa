//! Handles the requests of other programs.

use super::turn::Turn;
use crate::{
    app::{
        actions::scripts::{plan, stream_history},
        effect::Effect,
        message::ImportBatch,
        rejection::Rejection,
        scripts::{Answer, Item, ScriptRequest},
        state::Waiting,
    },
    protocol::Input,
};

impl Turn<'_> {
    /// Handles a new request. `number` identifies it.
    pub fn script_request(&mut self, number: u64, request: ScriptRequest) {
        let model = &mut *self.model;
        let now = model.now.tick;
        if let ScriptRequest::History(name) = &request {
            return self.effects.push(stream_history(number, name.as_deref(), &model.peer));
        }
        if let Some(why) = model.connection.problem() {
            self.effects.push(Effect::Answer(number, Answer::Item(Item::Note(why))));
        }
        match &request {
            // papo must first know who is online, or which groups there are.
            early if early.needs_all_records() => return model.scripts.wait_until_settled(number, request, now),
            list if list.is_list() => return model.scripts.wait_until_settled(number, request, now),
            ScriptRequest::Tail(name) => return model.scripts.wait(number, Waiting::Tail(name.clone())),
            _ => {}
        }
        let is_early = !model.scripts.is_complete(&request) && model.connection.is_online_or_connecting();
        if is_early && request.settles_request() {
            return model.scripts.wait_until_settled(number, request, now);
        }
        if let Err(why) = self.try_request(number, &request) {
            if is_early {
                // The broker may still have to send the publication that makes the request possible.
                self.model.scripts.wait_until_settled(number, request, now);
            } else {
                self.effects.push(Effect::Answer(number, Answer::Refused(why.into())));
            }
        }
    }

    /// Passes the command of a request to the peer. A refusal goes to the program; the user does not see it.
    fn try_request(&mut self, number: u64, request: &ScriptRequest) -> Result<(), Rejection> {
        let has_users = self.model.scripts.is_complete(&ScriptRequest::Users);
        if let Some(plan) = plan(request, &self.model.peer, has_users)? {
            self.command(plan.command.clone())?;
            let waiting = plan.waiting(&self.model.peer);
            self.model.scripts.wait(number, waiting);
        }
        Ok(())
    }

    /// Answers the requests whose outcome is known, and tries the commands of requests whose wait is over.
    pub fn answer_scripts(&mut self) {
        let model = &mut *self.model;
        let now = model.now.tick;
        self.effects.extend(model.scripts.answer(&model.peer, &model.connection, now));
        let due = model.scripts.take_due(&model.connection, now);
        if due.is_empty() {
            return;
        }
        for (number, request) in due {
            if let Err(why) = self.try_request(number, &request) {
                self.effects.push(Effect::Answer(number, Answer::Refused(why.into())));
            }
        }
        // A command that publishes nothing is done.
        let model = &mut *self.model;
        self.effects.extend(model.scripts.answer(&model.peer, &model.connection, now));
    }

    /// A program no longer waits for its answer, so it has said that papo sends it later.
    pub fn script_gone(&mut self, number: u64) {
        for (number, request) in self.model.scripts.drop_request(number) {
            // Nobody is left who could be told of a refusal.
            let _ = self.try_request(number, &request);
            self.model.scripts.drop_request(number);
        }
    }

    /// Carries out, before papo quits, the answers to requests that still wait for what the broker has queued.
    pub fn settle_requests(&mut self) {
        for (number, request) in self.model.scripts.take_answers_to_requests() {
            if let Err(why) = self.try_request(number, &request) {
                self.effects.push(Effect::Answer(number, Answer::Refused(why.into())));
            }
        }
    }

    /// Merges imported messages, unless the conversation changed after the batch was built.
    pub fn merge(&mut self, number: u64, batch: ImportBatch) {
        let ImportBatch { conversation, len, from, messages, changes } = batch;
        let is_current = self.model.peer.conversations().get(&conversation).map_or(0, |kept| kept.len) == len;
        if is_current {
            self.input(Input::ReadBack { conversation, len, from, messages, changes });
        }
        self.effects.push(Effect::Merged(number, is_current));
    }
}
