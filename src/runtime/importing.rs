//! `papo import`: merges messages from a file into the history.

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
    startup::language,
};
use crate::{
    app::{Language, LocalizedText, localized},
    archive::{Merged, Record, merge},
    cli::Import,
    domain::{ChatMessage, Conversation, ConversationId, UserId},
    protocol::{Operation, Saved},
    store::{Page, Store},
    ui::text,
};

/// The maximum number of invalid lines that are reported individually.
const MAX_REPORTED: usize = 20;
/// The maximum length of a line, in bytes: the content of the largest packet takes twice its size in hex, and the other
/// fields need room.
const MAX_LINE: u64 = 32 * 1024 * 1024;

/// Runs `papo import`. Does not change existing messages.
pub(super) fn run(import: &Import) -> Result<ExitCode> {
    let mut file: Box<dyn BufRead + Send> = if import.file.as_os_str() == "-" {
        Box::new(BufReader::new(io::stdin()))
    } else {
        let file = File::open(&import.file).wrap_err_with(|| format!("cannot read {}", import.file.display()))?;
        Box::new(BufReader::new(file))
    };
    let language = language(&import.profile_args.selection());
    let (chosen, mut opened) = match open_or_create(&import.profile_args.selection())? {
        (_, Access::Remote(stream)) => return client::run_store_job(stream, StoreJob::Import, file),
        (chosen, Access::Local(opened)) => (chosen, opened),
    };
    let imported = read(&mut file).wrap_err("cannot read the rest of the file")?;
    let report = imported.merge_into_each(&chosen.id, |id, messages| {
        let merged = merge_and_commit(&mut opened.store, &opened.saved, &chosen.id, id, messages)?;
        Ok((merged.new, merged.known))
    })?;
    for note in report.notes(&chosen.id, &language) {
        output::print_error(text::safe_line(&note));
    }
    output::print(report.summary(&language))?;
    report.outcome(&language).map(|()| ExitCode::SUCCESS)
}

/// The result of an import.
#[derive(Default)]
pub(super) struct ImportReport {
    /// The number of messages that were added.
    new: u64,
    /// The number of messages that the history already had.
    known: u64,
    /// The number of refused messages from sessions of other users.
    foreign: usize,
    /// The first invalid lines: the number of the line, counted from 1, and the reason.
    first_invalid: Vec<(usize, String)>,
    /// The number of invalid lines.
    invalid: usize,
}

impl ImportReport {
    /// Notes for the user: which lines and messages were refused and why, and a warning that authors cannot be
    /// verified.
    pub(super) fn notes(&self, me: &UserId, language: &Language) -> Vec<String> {
        let invalid = |(line, why): &(usize, String)| localized!("import-line", number = *line, why);
        let mut notes: Vec<LocalizedText> = self.first_invalid.iter().map(invalid).collect();
        if self.foreign > 0 {
            notes.push(localized!("import-foreign", count = self.foreign, me));
        }
        if self.new > 0 {
            notes.push("import-unverified".into());
        }
        notes.into_iter().map(|note| language.translate(note)).collect()
    }

    /// The counts, in one line.
    pub(super) fn summary(&self, language: &Language) -> String {
        let refused = self.invalid + self.foreign;
        language.translate(localized!("import-done", new = self.new, known = self.known, refused))
    }

    /// Returns an error if everything was refused.
    pub(super) fn outcome(&self, language: &Language) -> Result<()> {
        let is_useless = self.new + self.known == 0 && self.invalid + self.foreign > 0;
        if is_useless { Err(eyre!(language.translate("import-nothing"))) } else { Ok(()) }
    }
}

/// Merges `new` with all `existing` messages of a conversation. Fails if the conversation is damaged, because merging
/// needs all of its messages.
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
    /// The report so far: the invalid lines.
    report: ImportReport,
}

impl ImportedMessages {
    /// Calls `merge` with each conversation of `me` and its messages. `merge` returns the numbers of new and of known
    /// messages. Refuses sessions of other users.
    pub(super) fn merge_into_each(
        self,
        me: &UserId,
        mut merge: impl FnMut(&ConversationId, Vec<ChatMessage>) -> Result<(u64, u64)>,
    ) -> Result<ImportReport> {
        let Self { messages, mut report } = self;
        for (id, messages) in messages {
            if matches!(&id, ConversationId::Session(session) if session.peer_of(me).is_none()) {
                report.foreign += messages.len();
                continue;
            }
            let (new, known) = merge(&id, messages)?;
            report.new += new;
            report.known += known;
        }
        Ok(report)
    }
}

/// Parses messages, one JSON object per line. Invalid lines are counted and skipped; only reading the file can fail.
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
                imported.report.invalid += 1;
                if imported.report.first_invalid.len() < MAX_REPORTED {
                    imported.report.first_invalid.push((number, why));
                }
            }
        }
    }
    Ok(imported)
}

/// Merges messages into a conversation of the history, and commits all of them or none. If the conversation is not in
/// the history, creates it read-only.
fn merge_and_commit(
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
    let changes = ChatMessage::count_changes(&merged.messages);
    operations.push(Operation::PutConversation(Conversation { len, changes, ..conversation }));
    // The stored order is by positions, which have changed.
    operations.extend(id.peer_of(me).map(|peer| Operation::ClearRuns(peer.clone())));
    store.commit(&operations).wrap_err("nothing was imported into this conversation")?;
    Ok(merged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{Body, Membership, MessageId, Timestamp},
        protocol::Run,
    };

    #[test]
    fn import_counts_the_changes_of_a_group() {
        let folder = tempfile::tempdir().unwrap();
        let me: UserId = "alice".parse().unwrap();
        let devs: ConversationId = "#devs".parse().unwrap();
        let message = |n: u8, body| {
            let at = Timestamp::from_millis(n.into());
            ChatMessage::new(MessageId::from_bytes([n; 16]), "bob".parse().unwrap(), at, body)
        };
        let change = |n| message(n, Body::Membership(Membership::Created));
        let import = |new| {
            let mut opened = Store::open(folder.path(), &me, "").unwrap();
            merge_and_commit(&mut opened.store, &opened.saved, &me, &devs, new).unwrap();
        };
        import(vec![change(1), message(2, Body::End)]);
        import(vec![change(1), change(3), message(4, Body::End)]);
        let conversations = Store::open(folder.path(), &me, "").unwrap().saved.conversations;
        assert_eq!((conversations[0].len, conversations[0].changes), (4, 2));
    }

    #[test]
    fn import_removes_the_stored_order_of_a_chat() {
        let folder = tempfile::tempdir().unwrap();
        let me: UserId = "alice".parse().unwrap();
        let mut opened = Store::open(folder.path(), &me, "").unwrap();
        let ids: Vec<ConversationId> = ["bob_alice_1", "bob_alice_2"].map(|id| id.parse().unwrap()).to_vec();
        let message = |n: u8| {
            let body = Body::Text(n.to_string());
            ChatMessage::new(
                MessageId::from_bytes([n; 16]),
                "bob".parse().unwrap(),
                Timestamp::from_millis(n.into()),
                body,
            )
        };
        let append =
            |session: usize, seq, n| Operation::Append { conversation: ids[session].clone(), seq, message: message(n) };
        let put = |session: usize, len| {
            let conversation = Conversation::new(ids[session].clone(), Timestamp::from_millis(session as u64));
            Operation::PutConversation(Conversation { len, ..conversation })
        };
        let run = Run { user: "bob".parse().unwrap(), start: 2, session: ids[0].clone(), from: 1 };
        let operations =
            [put(0, 2), put(1, 1), append(0, 0, 10), append(1, 0, 11), append(0, 1, 12), Operation::PutRun(run)];
        opened.store.commit(&operations).unwrap();
        drop(opened);
        let mut opened = Store::open(folder.path(), &me, "").unwrap();
        assert_eq!(opened.saved.runs.len(), 1);
        merge_and_commit(&mut opened.store, &opened.saved, &me, &ids[0], vec![message(5)]).unwrap();
        drop(opened);
        assert_eq!(Store::open(folder.path(), &me, "").unwrap().saved.runs, []);
    }
}
