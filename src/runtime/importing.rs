//! `papo import`: imports messages.

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

/// How many of the invalid lines are reported.
const NAMED: usize = 20;
/// The longest valid line: twice the largest packet, because content is in hex, and its envelope.
const LONGEST_LINE: u64 = 32 * 1024 * 1024;

/// `papo import`: reports the result of each line. The existing history is not changed.
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

/// The result.
pub(super) struct Count {
    new: u64,
    known: u64,
    /// Messages of chats without this user.
    foreign: usize,
    /// The first invalid lines, and their number.
    refused: Vec<(usize, String)>,
    refusals: usize,
}

impl Count {
    /// What was refused, and why.
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

    /// A summary in one line.
    pub(super) fn words(&self) -> String {
        format!("messages: {} new, {} known, {} refused", self.new, self.known, self.refusals + self.foreign)
    }

    /// An error if nothing was imported.
    pub(super) fn outcome(&self) -> Result<()> {
        let is_useless = self.new + self.known == 0 && self.refusals + self.foreign > 0;
        if is_useless { Err(eyre!("nothing was imported")) } else { Ok(()) }
    }
}

/// Refuses to import into a damaged conversation.
pub(super) fn is_sound(id: &ConversationId, there: &Page) -> Result<()> {
    if there.damage.is_empty() {
        Ok(())
    } else {
        Err(eyre!("the history of {id} is damaged, so nothing was imported into it; papo check shows the damage"))
    }
}

/// The content of a file.
#[derive(Default)]
pub(super) struct Read {
    messages: BTreeMap<ConversationId, Vec<ChatMessage>>,
    /// The first invalid lines, counted from 1, with the reasons.
    refused: Vec<(usize, String)>,
    refusals: usize,
}

impl Read {
    /// Imports each conversation into the history of `me`, except those of other users. `put` returns how many messages
    /// were new, and how many known.
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

/// Parses messages, one per line.
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

/// Imports messages of one conversation, all or none. An imported conversation that was unknown can be read, but not
/// written in.
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
