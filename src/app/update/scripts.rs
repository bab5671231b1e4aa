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
        if let Err(why) = self.try_request(number, &request) {
            let model = &mut *self.model;
            if !model.scripts.is_complete(&request) && model.connection.is_online_or_connecting() {
                // The broker may still have to send the publication that makes the request possible.
                model.scripts.wait_until_settled(number, request, now);
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
        for (number, request) in model.scripts.take_due(&model.connection, now) {
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
