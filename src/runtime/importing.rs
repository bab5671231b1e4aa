//! `papo import`: imports messages.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufRead, BufReader},
    process::ExitCode,
};

use color_eyre::eyre::{Result, WrapErr, eyre};

use super::{
    history::{Access, open_or_create},
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

/// The most invalid lines that are reported one by one.
const MAX_REPORTED: usize = 20;
/// The longest line that is parsed: the content of the largest packet takes twice its size in hex, plus the other
/// fields.
const MAX_LINE: u64 = 32 * 1024 * 1024;

/// `papo import`. Existing messages stay as they are.
pub(super) fn run(import: &Import) -> Result<ExitCode> {
    let mut file: Box<dyn BufRead + Send> = if import.file.as_os_str() == "-" {
        Box::new(BufReader::new(io::stdin()))
    } else {
        let file = File::open(&import.file).wrap_err_with(|| format!("cannot read {}", import.file.display()))?;
        Box::new(BufReader::new(file))
    };
    let (chosen, mut opened) = match open_or_create(&import.profile_args.selection())? {
        (_, Access::Remote(stream)) => return client::run_store_job(stream, StoreJob::Import, file),
        (chosen, Access::Local(opened)) => (chosen, opened),
    };
    let imported = read(&mut file).wrap_err("cannot read the rest of the file")?;
    let report = imported.put(&chosen.id, |id, messages| {
        let merged = put(&mut opened.store, &opened.saved, &chosen.id, id, messages)?;
        Ok((merged.new, merged.known))
    })?;
    for note in report.notes(&chosen.id) {
        output::print_error(text::safe_line(&note));
    }
    output::print(report.summary())?;
    report.outcome().map(|()| ExitCode::SUCCESS)
}

/// The result of an import.
#[derive(Default)]
pub(super) struct ImportReport {
    new: u64,
    known: u64,
    /// Messages of sessions in which the user takes no part.
    foreign: usize,
    /// The first invalid lines with the reason, counted from 1.
    refused: Vec<(usize, String)>,
    /// How many lines are invalid.
    refusals: usize,
}

impl ImportReport {
    /// What was refused and why, and that authors cannot be verified.
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

    /// The counts, in one line.
    pub(super) fn summary(&self) -> String {
        format!("messages: {} new, {} known, {} refused", self.new, self.known, self.refusals + self.foreign)
    }

    /// An error if every line was refused.
    pub(super) fn outcome(&self) -> Result<()> {
        let is_useless = self.new + self.known == 0 && self.refusals + self.foreign > 0;
        if is_useless { Err(eyre!("nothing was imported")) } else { Ok(()) }
    }
}

/// Merges messages with all existing ones of a conversation. Refuses a damaged one, because merging needs all of it.
pub(super) fn merge_into(id: &ConversationId, existing: Page, new: Vec<ChatMessage>, me: &UserId) -> Result<Merged> {
    if !existing.damage.is_empty() {
        let why = "is damaged, so nothing was imported into it; papo check shows the damage";
        return Err(eyre!("the history of {id} {why}"));
    }
    Ok(merge(existing.messages.into_iter().map(|(_, message)| message).collect(), new, me))
}

/// The messages of a file, by conversation.
#[derive(Default)]
pub(super) struct ImportedMessages {
    messages: BTreeMap<ConversationId, Vec<ChatMessage>>,
    /// What was refused so far.
    report: ImportReport,
}

impl ImportedMessages {
    /// Calls `put` for each conversation of `me`; it returns how many messages were new and how many known. Sessions of
    /// other users are refused.
    pub(super) fn put(
        self,
        me: &UserId,
        mut put: impl FnMut(&ConversationId, Vec<ChatMessage>) -> Result<(u64, u64)>,
    ) -> Result<ImportReport> {
        let Self { messages, mut report } = self;
        for (id, messages) in messages {
            if matches!(&id, ConversationId::Session(session) if session.peer_of(me).is_none()) {
                report.foreign += messages.len();
                continue;
            }
            let (new, known) = put(&id, messages)?;
            report.new += new;
            report.known += known;
        }
        Ok(report)
    }
}

/// Parses messages, one per line.
pub(super) fn read(file: &mut impl BufRead) -> io::Result<ImportedMessages> {
    let mut imported = ImportedMessages::default();
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        if io::Read::take(&mut *file, MAX_LINE).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        let text = std::str::from_utf8(&line).map_err(|_| "not UTF-8".to_owned());
        match text.and_then(|text| match text.trim() {
            "" => Ok(None),
            text => Record::read(text).map(Some).map_err(|error| error.to_string()),
        }) {
            Ok(None) => {}
            Ok(Some((id, message))) => imported.messages.entry(id).or_default().push(message),
            Err(why) => {
                imported.report.refusals += 1;
                if imported.report.refused.len() < MAX_REPORTED {
                    imported.report.refused.push((number, why));
                }
            }
        }
    }
    Ok(imported)
}

/// Merges messages into a conversation of the history, all of them or none. A conversation that did not exist becomes
/// read-only.
fn put(
    store: &mut Store,
    saved: &Saved,
    me: &UserId,
    id: &ConversationId,
    messages: Vec<ChatMessage>,
) -> Result<Merged> {
    let merged = merge_into(id, store.page(id, u64::MAX, usize::MAX)?, messages, me)?;
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
