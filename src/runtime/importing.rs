//! Reading back what was exported: `papo import`.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufRead, BufReader},
    process::ExitCode,
};

use color_eyre::eyre::{Result, WrapErr, eyre};

use super::{
    history::{Access, open},
    ipc::{StoreJob, client},
    output,
};
use crate::{
    archive::{Merged, Record, merge},
    cli::Import,
    domain::{ChatMessage, Conversation, ConversationId, UserId},
    protocol::{Operation, Saved},
    store::{Page, Store},
    ui::text,
};

/// Lines that hold no message are named, this many of them.
const NAMED: usize = 20;
/// A longer line holds no message: twice the largest packet, which content in hex takes, and what goes with it.
const LONGEST_LINE: u64 = 32 * 1024 * 1024;

/// `papo import`: tells what came of each line. What is in the history stays as it is.
pub(super) fn run(import: &Import) -> Result<ExitCode> {
    let mut file: Box<dyn BufRead + Send> = if import.file.as_os_str() == "-" {
        Box::new(BufReader::new(io::stdin()))
    } else {
        let file = File::open(&import.file).wrap_err_with(|| format!("cannot read {}", import.file.display()))?;
        Box::new(BufReader::new(file))
    };
    let (chosen, mut opened) = match open(&import.profile_args.selection())? {
        (_, Access::Elsewhere(stream)) => return client::send(stream, StoreJob::Import, file),
        (chosen, Access::Here(opened)) => (chosen, opened),
    };
    let read = read(&mut file).wrap_err("cannot read the rest of the file")?;
    let count = read.put(&chosen.id, |id, messages| {
        let merged = put(&mut opened.store, &opened.saved, &chosen.id, id, messages)?;
        Ok((merged.new, merged.known))
    })?;
    for note in count.notes(&chosen.id) {
        output::complain(text::safe_line(&note));
    }
    output::print(count.words())?;
    count.outcome().map(|()| ExitCode::SUCCESS)
}

/// What came of it.
pub(super) struct Count {
    new: u64,
    known: u64,
    /// Of talks in which one takes no part.
    foreign: usize,
    /// The first lines that hold no message, and how many there are.
    refused: Vec<(usize, String)>,
    refusals: usize,
}

impl Count {
    /// What was not taken, and why.
    pub(super) fn notes(&self, me: &UserId) -> Vec<String> {
        let mut notes: Vec<String> = self.refused.iter().map(|(line, why)| format!("line {line}: {why}")).collect();
        if self.foreign > 0 {
            notes.push(format!("{} messages belong to chats without {me} and were refused", self.foreign));
        }
        if self.new > 0 {
            notes.push(
                "papo cannot verify who wrote imported messages; trust them as far as you trust the file".to_owned(),
            );
        }
        notes
    }

    /// In one line.
    pub(super) fn words(&self) -> String {
        format!("messages: {} new, {} known, {} refused", self.new, self.known, self.refusals + self.foreign)
    }

    /// Whether that was of any use.
    pub(super) fn outcome(&self) -> Result<()> {
        let is_useless = self.new + self.known == 0 && self.refusals + self.foreign > 0;
        if is_useless { Err(eyre!("nothing was imported")) } else { Ok(()) }
    }
}

/// Refuses to put anything beside what cannot be read.
pub(super) fn is_sound(id: &ConversationId, there: &Page) -> Result<()> {
    if there.damage.is_empty() {
        Ok(())
    } else {
        Err(eyre!("the history of {id} is damaged, so nothing was imported into it; papo check shows the damage"))
    }
}

/// What is in a file.
#[derive(Default)]
pub(super) struct Read {
    messages: BTreeMap<ConversationId, Vec<ChatMessage>>,
    /// The first lines that hold no message, counted from 1, and why.
    refused: Vec<(usize, String)>,
    refusals: usize,
}

impl Read {
    /// Has what was said in each conversation put into the history of `me`, but for talks of others; `put` says how many
    /// messages were new, and how many known.
    pub(super) fn put(
        self,
        me: &UserId,
        mut put: impl FnMut(&ConversationId, Vec<ChatMessage>) -> Result<(u64, u64)>,
    ) -> Result<Count> {
        let Self { messages, refused, refusals } = self;
        let mut count = Count { new: 0, known: 0, foreign: 0, refused, refusals };
        for (id, messages) in messages {
            if matches!(&id, ConversationId::Session(session) if session.peer_of(me).is_none()) {
                count.foreign += messages.len();
                continue;
            }
            let (new, known) = put(&id, messages)?;
            count.new += new;
            count.known += known;
        }
        Ok(count)
    }
}

/// Reads messages, each on a line.
pub(super) fn read(file: &mut impl BufRead) -> io::Result<Read> {
    let mut read = Read::default();
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        if io::Read::take(&mut *file, LONGEST_LINE).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        let text = std::str::from_utf8(&line).map_err(|_| "not UTF-8".to_owned());
        match text.and_then(|text| match text.trim() {
            "" => Ok(None),
            text => Record::read(text).map(Some).map_err(|error| error.to_string()),
        }) {
            Ok(None) => {}
            Ok(Some((id, message))) => read.messages.entry(id).or_default().push(message),
            Err(why) => {
                read.refusals += 1;
                if read.refused.len() < NAMED {
                    read.refused.push((number, why));
                }
            }
        }
    }
    Ok(read)
}

/// Puts messages of one conversation into the history, all of them or none. One that was not there is there to be
/// read: nothing can be written in it.
fn put(
    store: &mut Store,
    saved: &Saved,
    me: &UserId,
    id: &ConversationId,
    messages: Vec<ChatMessage>,
) -> Result<Merged> {
    let there = store.page(id, u64::MAX, usize::MAX)?;
    is_sound(id, &there)?;
    let merged = merge(there.messages.into_iter().map(|(_, message)| message).collect(), messages, me);
    if merged.new == 0 {
        return Ok(merged);
    }
    let last = merged.messages.last().map(|message| message.at).unwrap_or_default();
    let known = saved.conversations.iter().find(|known| known.id == *id).cloned();
    let conversation = known.unwrap_or_else(|| Conversation::read_back(id.clone(), last));
    let append = |(seq, message): (usize, &ChatMessage)| Operation::Append {
        conversation: id.clone(),
        seq: seq as u64,
        message: message.clone(),
    };
    let mut operations: Vec<Operation> = merged.messages.iter().enumerate().skip(merged.from).map(append).collect();
    let len = merged.messages.len() as u64;
    operations.push(Operation::PutConversation(Conversation { len, ..conversation }));
    store.commit(&operations).wrap_err("nothing was imported into this conversation")?;
    Ok(merged)
}
