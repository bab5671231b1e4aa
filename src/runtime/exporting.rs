//! Exports messages page by page: in a thread beside a running papo, or on the command line.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    os::unix::net::UnixStream,
    path::{self, Path, PathBuf},
    thread,
};

use color_eyre::eyre::{Result, WrapErr, eyre};
use tokio::sync::mpsc::Sender;

use super::{
    clock,
    exit::Refused,
    history::{Access, open_existing},
    ipc::client,
    output,
};
use crate::{
    app::{LocalizedText, Message, localized},
    archive::{Format, Record, Writer, file_name},
    cli::Export,
    domain::{ChatMessage, Conversation, ConversationId, UserId},
    owner_only,
    store::{self, Page},
};

/// The most messages in memory at a time.
const PAGE: usize = 1000;

/// The conversations to export, each with its number of messages.
pub(super) type Wanted = Vec<(ConversationId, u64)>;

/// `papo export`.
pub(super) fn run(export: &Export) -> Result<()> {
    let (chosen, access) = open_existing(&export.profile_args.selection())?;
    let writer = Writer::new(export.format, chosen.id.clone(), clock::zone());
    let opened = match access {
        Access::Local(opened) => opened,
        Access::Remote(stream) => {
            let name = export.conversation.as_deref();
            return write_output(export, writer, |take| fetch(stream, name, take));
        }
    };
    let mut conversations: Vec<&Conversation> = opened.saved.conversations.iter().collect();
    conversations.sort_by_key(|conversation| conversation.active);
    if let Some(name) = &export.conversation {
        conversations.retain(|conversation| conversation.id.goes_by(name, &chosen.id));
        if conversations.is_empty() {
            let why = format!("no chat is called {name:?}; papo export without a name exports all of them");
            return Err(Refused(why).into());
        }
    }
    let wanted = conversations.into_iter().map(|conversation| (conversation.id.clone(), conversation.len)).collect();
    let page = |id: &ConversationId, before| Ok(opened.store.page(id, before, PAGE)?);
    write_output(export, writer, |take| for_each_message(wanted, page, take))
}

/// Passes on all messages that the running papo sends. That one has already reported the damaged ones.
fn fetch(stream: UnixStream, name: Option<&str>, take: &mut Take) -> Result<usize> {
    client::fetch_history(stream, name, |line| {
        let (conversation, message) = Record::read(line)?;
        take(&conversation, message)
    })?;
    Ok(0)
}

/// Writes to the output that the command line names, and prints how many messages were written and how many are damaged.
fn write_output(export: &Export, writer: Writer, read: impl FnOnce(&mut Take) -> Result<usize>) -> Result<()> {
    let written = match &export.output {
        None => write(writer, &mut io::stdout().lock(), read),
        Some(path) => {
            let mut file = create(path, export.force)?;
            write(writer, &mut file, read).and_then(|written| Ok(file.sync_all().map(|()| written)?))
        }
    };
    let (written, damaged) = written.or_else(|error| match error.downcast_ref::<io::Error>().map(io::Error::kind) {
        // The reader has closed the pipe, as `head` does.
        Some(io::ErrorKind::BrokenPipe) => Ok((0, 0)),
        _ => Err(error),
    })?;
    if let Some(path) = &export.output {
        output::print(format_args!("exported {written} messages to {}", path.display()))?;
    }
    if damaged > 0 {
        output::print_error(format_args!("{damaged} messages are damaged and were left out; papo check shows which"));
    }
    Ok(())
}

/// `/export`: writes a conversation of the open store to a new file, on a thread of its own.
pub(super) fn start(
    (conversation, len): (ConversationId, u64),
    me: UserId,
    (format, file): (Option<String>, Option<String>),
    reader: store::Reader,
    sender: Sender<Message>,
) -> Result<(), LocalizedText> {
    let quoted = |error| LocalizedText::quoted(format!("{error:#}"));
    let (format, named) = target(format, file).map_err(quoted)?;
    let (mut file, path) = match named {
        Some(path) => (create(&path, false).map_err(quoted)?, path),
        None => numbered(&conversation, &me, format).map_err(quoted)?,
    };
    let path = path::absolute(&path).unwrap_or(path);
    let work = move || {
        let writer = Writer::new(format, me, clock::zone());
        let wanted = vec![(conversation, len)];
        let written = write(writer, &mut file, |take| for_each_message(wanted, pages(&reader), take));
        let message = match written.and_then(|(written, _)| file.sync_all().map(|()| written).map_err(Into::into)) {
            Ok(count) => Message::Told(localized!("exported", count, file = path.display().to_string())),
            Err(error) => Message::Warned(localized!("export-failed", why = format!("{error:#}"))),
        };
        // An error is ignored: papo has quit.
        let _ = sender.blocking_send(message);
    };
    let thread = thread::Builder::new().name("papo-export".to_owned()).spawn(work);
    thread.map(drop).map_err(|error| localized!("export-failed", why = error.to_string()))
}

/// The format and the file, if one is named. A single argument may be either; the extension of a file tells its format.
fn target(format: Option<String>, file: Option<String>) -> Result<(Format, Option<PathBuf>)> {
    let by_extension = |file: &str| Path::new(file).extension()?.to_str()?.parse::<Format>().ok();
    match (format, file) {
        (None, _) => Ok((Format::default(), None)),
        (Some(format), Some(file)) => Ok((format.parse()?, Some(home(&file)))),
        (Some(word), None) => match (word.parse::<Format>(), by_extension(&word)) {
            (Ok(format), _) => Ok((format, None)),
            (Err(_), Some(format)) => Ok((format, Some(home(&word)))),
            (Err(error), None) => Err(error.into()),
        },
    }
}

/// Creates a file in the working directory, with a number in its name if needed.
fn numbered(conversation: &ConversationId, me: &UserId, format: Format) -> Result<(File, PathBuf)> {
    for number in 1..=u32::MAX {
        let path = PathBuf::from(file_name(Some(conversation), me, format, number));
        match owner_only::create_new(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            opened => return Ok((opened.wrap_err_with(|| cannot_write(&path))?, path)),
        }
    }
    Err(eyre!("too many exports of {conversation} in this folder; name a file"))
}

/// Expands `~/`, as a shell does.
fn home(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
    }
}

/// Creates a file that only its owner can read. An existing file is an error unless `replaces`.
fn create(path: &Path, replaces: bool) -> Result<File> {
    let opened = if replaces { owner_only::overwrite(path) } else { owner_only::create_new(path) };
    match opened {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(eyre!("{}: the file exists", cannot_write(path)))
        }
        opened => opened.wrap_err_with(|| cannot_write(path)),
    }
}

fn cannot_write(path: &Path) -> String {
    format!("cannot write {}", path::absolute(path).unwrap_or_else(|_| path.to_owned()).display())
}

/// Takes the next message.
type Take<'a> = dyn FnMut(&ConversationId, ChatMessage) -> Result<()> + 'a;

/// Writes the messages that `read` passes on; it returns how many are damaged. Returns how many were written, and that.
fn write(
    mut writer: Writer,
    out: &mut dyn Write,
    read: impl FnOnce(&mut Take) -> Result<usize>,
) -> Result<(u64, usize)> {
    let mut out = BufWriter::new(out);
    let mut written = 0;
    let damaged = read(&mut |conversation, message| {
        out.write_all(writer.write(conversation, &message).as_bytes())?;
        written += 1;
        Ok(())
    })?;
    out.flush()?;
    Ok((written, damaged))
}

/// Calls `take` with all wanted messages in order. `page` reads the last [`PAGE`] messages before a position. Returns
/// how many messages are damaged.
pub(super) fn for_each_message(
    wanted: Wanted,
    mut page: impl FnMut(&ConversationId, u64) -> Result<Page>,
    mut take: impl FnMut(&ConversationId, ChatMessage) -> Result<()>,
) -> Result<usize> {
    let mut damaged = 0;
    for (conversation, len) in wanted {
        let mut from = 0;
        while from < len {
            let upto = len.min(from + PAGE as u64);
            let Page { messages, damage } = page(&conversation, upto)?;
            damaged += damage.len();
            for (_, message) in messages.into_iter().filter(|(seq, _)| *seq >= from) {
                take(&conversation, message)?;
            }
            from = upto;
        }
    }
    Ok(damaged)
}

/// Reads pages of the open store, for [`for_each_message`].
pub(super) fn pages(reader: &store::Reader) -> impl FnMut(&ConversationId, u64) -> Result<Page> {
    |id, before| reader.page(id.clone(), before, PAGE).ok_or_else(|| eyre!("papo is quitting"))
}
