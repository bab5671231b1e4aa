//! What is being written, in the user's editor: nothing is read while that has the terminal.

use super::{composer::imported, effect::Effect, model::Model};
use crate::domain::{ConversationId, LocalizedText};

pub(super) fn open(model: &mut Model, effects: &mut Vec<Effect>) {
    model.in_front = false;
    let (conversation, text) = (model.active().cloned(), model.chats.composer().text());
    effects.push(Effect::Edit { conversation, text });
}

/// Takes what was written to where it belongs, though another talk may be in front by now.
pub(super) fn ended(model: &mut Model, conversation: Option<&ConversationId>, text: Result<String, LocalizedText>) {
    model.in_front = true;
    match text {
        Ok(text) => {
            let now = model.now.tick;
            let text = imported(&text);
            model.chats.write_in(conversation, now, |composer| {
                composer.set(&text);
                true
            });
        }
        Err(why) => model.warn(why),
    }
}
