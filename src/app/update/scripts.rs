//! Handles the requests of other programs.

use std::time::Duration;

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
    protocol::{Command, Input},
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
        if request.needs_directory() {
            self.command_or_warn(Command::ReadDirectory { max_age: Duration::ZERO });
        }
        let model = &mut *self.model;
        match &request {
            // papo must first know who is online, or which groups there are.
            early if early.needs_all_records() => return model.scripts.wait_until_settled(number, request, now),
            list if list.is_list() => return model.scripts.wait_until_settled(number, request, now),
            ScriptRequest::Tail(name) => return model.scripts.wait(number, Waiting::Tail(name.clone())),
            _ => {}
        }
        let is_early = !model.scripts.is_complete(&request, &model.peer) && model.connection.is_online_or_connecting();
        if is_early && request.answers_request() {
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

    /// Tries the command of a request, and lets the program wait for its outcome, or for an answer without a command.
    fn try_request(&mut self, number: u64, request: &ScriptRequest) -> Result<(), Rejection> {
        if let Some(waiting) = self.carry_out(request)? {
            self.model.scripts.wait(number, waiting);
        }
        Ok(())
    }

    /// Passes the command of a request to the peer. A refusal goes to the program; the user does not see it. Returns what
    /// to wait for; `None` if the request needs no command.
    fn carry_out(&mut self, request: &ScriptRequest) -> Result<Option<Waiting>, Rejection> {
        let has_users = self.model.scripts.is_complete(&ScriptRequest::Users, &self.model.peer);
        let Some(plan) = plan(request, &self.model.peer, has_users)? else { return Ok(None) };
        self.command(plan.command.clone())?;
        Ok(Some(plan.waiting(&self.model.peer)))
    }

    fn try_all(&mut self, requests: Vec<(u64, ScriptRequest)>) {
        for (number, request) in requests {
            if let Err(why) = self.try_request(number, &request) {
                self.effects.push(Effect::Answer(number, Answer::Refused(why.into())));
            }
        }
        // A command that publishes nothing is done.
        let model = &mut *self.model;
        self.effects.extend(model.scripts.answer(&model.peer, &model.connection, &model.broker, model.now.tick));
    }

    /// Answers the requests whose outcome is known, and tries the commands of requests whose wait is over.
    pub fn answer_scripts(&mut self) {
        let model = &mut *self.model;
        let now = model.now.tick;
        // Another broker may accept the login.
        let is_refused = model.login.refusal.is_some() && !model.connection.is_trying(now);
        if model.scripts.are_alone && is_refused {
            model.scripts.login_refused(&model.connection);
        }
        self.effects.extend(model.scripts.answer(&model.peer, &model.connection, &model.broker, now));
        let due = model.scripts.take_due(&model.peer, &model.connection, now);
        if !due.is_empty() {
            self.try_all(due);
        }
    }

    /// A program disconnected. It has told its user that papo carries out an answer later, so papo does so now.
    pub fn script_gone(&mut self, number: u64) {
        if let Some(request) = self.model.scripts.drop_request(number) {
            // Nobody is left who could be told of a refusal.
            let _ = self.carry_out(&request);
        }
    }

    /// Carries out, before papo quits, the answers to requests that still wait for what the broker has queued.
    pub fn carry_out_answers(&mut self) {
        let untried = self.model.scripts.take_untried_answers();
        self.try_all(untried);
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
