//! Reading back what was exported: `papo import`.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufRead, BufReader},
};

use color_eyre::eyre::{Result, WrapErr, eyre};

use super::open;
use crate::{
    archive::{Merged, Record, merge},
    cli::Import,
    domain::{ChatMessage, Conversation, ConversationId, Phase, UserId},
    protocol::{Operation, Saved},
    store::Store,
};

/// Lines that hold no message are named, this many of them.
const NAMED: usize = 20;
/// A longer line holds no message: twice the largest packet, which content in hex takes, and what goes with it.
const LONGEST_LINE: u64 = 32 * 1024 * 1024;

/// `papo import`: tells what came of each line. What is in the history stays as it is.
pub(super) fn run(import: &Import) -> Result<()> {
    let (chosen, mut opened) = open(&import.own.selection())?;
    let read = if import.file.as_os_str() == "-" {
        read(&mut io::stdin().lock())
    } else {
        let file = File::open(&import.file).wrap_err_with(|| format!("cannot read {}", import.file.display()))?;
        read(&mut BufReader::new(file))
    }
    .wrap_err("cannot read on")?;
    let (mut new, mut known, mut foreign) = (0, 0, 0);
    for (id, messages) in read.messages {
        if let ConversationId::Session(session) = &id
            && session.peer_of(&chosen.id).is_none()
        {
            foreign += messages.len();
            continue;
        }
        let merged = put(&mut opened.store, &opened.saved, &chosen.id, &id, messages)?;
        new += merged.new;
        known += merged.known;
    }
    for (line, why) in &read.refused {
        eprintln!("line {line}: {why}");
    }
    let refused = read.refusals + foreign;
    if foreign > 0 {
        eprintln!("{foreign} messages are of talks in which {} takes no part", chosen.id);
    }
    println!("{new} messages new, {known} known, {refused} refused");
    if new + known == 0 && refused > 0 { Err(eyre!("nothing was read")) } else { Ok(()) }
}

/// What is in a file.
#[derive(Default)]
struct Read {
    messages: BTreeMap<ConversationId, Vec<ChatMessage>>,
    /// The first lines that hold no message, counted from 1, and why.
    refused: Vec<(usize, String)>,
    refusals: usize,
}

fn read(file: &mut impl BufRead) -> io::Result<Read> {
    let mut read = Read::default();
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        if io::Read::take(&mut *file, LONGEST_LINE).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        let text = std::str::from_utf8(&line).map_err(|_| "this is no UTF-8".to_owned());
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
    if !there.damage.is_empty() {
        return Err(eyre!("what is there of {id} is damaged, so nothing is put beside it; papo check says more"));
    }
    let merged = merge(there.messages.into_iter().map(|(_, message)| message).collect(), messages, me);
    if merged.new == 0 {
        return Ok(merged);
    }
    let last = merged.messages.last().map(|message| message.at).unwrap_or_default();
    let phase = match id {
        ConversationId::Session(_) => Phase::Closed,
        ConversationId::Group(_) => Phase::Left,
    };
    let known = saved.conversations.iter().find(|known| known.id == *id).cloned();
    let conversation = known.unwrap_or_else(|| Conversation { phase, ..Conversation::new(id.clone(), last) });
    let append = |(seq, message): (usize, &ChatMessage)| Operation::Append {
        conversation: id.clone(),
        seq: seq as u64,
        message: message.clone(),
    };
    let mut operations: Vec<Operation> = merged.messages.iter().enumerate().skip(merged.from).map(append).collect();
    let len = merged.messages.len() as u64;
    operations.push(Operation::PutConversation(Conversation { len, ..conversation }));
    store.commit(&operations).wrap_err("nothing of this conversation was written")?;
    Ok(merged)
}
