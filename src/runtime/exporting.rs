//! Exports messages page by page: for `papo export` on the command line, or for `/export` on a thread.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    ops::Range,
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
    startup::language,
};
use crate::{
    app::{Language, LocalizedText, Message, history, localized},
    archive::{Format, Record, Writer, file_name},
    cli::Export,
    domain::{ChatId, ChatMessage, ChatRange, ConversationId, Piece, UserId},
    owner_only,
    protocol::{Identity, Peer},
    store::{self, Opened, Page},
};

/// The number of messages that are read at a time, which bounds the memory.
const PAGE: u64 = 1000;

/// Runs `papo export`. If a running papo has the history open, that papo sends the messages.
pub(super) fn run(export: &Export) -> Result<()> {
    let language = language(&export.profile_args.selection());
    let (chosen, access) = open_existing(&export.profile_args.selection())?;
    let writer = Writer::new(export.format, chosen.id.clone(), clock::zone());
    let Opened { store, saved, .. } = match access {
        Access::Local(opened) => *opened,
        Access::Remote(stream) => {
            let name = export.conversation.as_deref();
            return write_output(export, &language, writer, |on_message| fetch(stream, name, on_message));
        }
    };
    // The peer knows the order of the messages. It has no connection, so its seed does not matter.
    let peer = Peer::restore(Identity::new(chosen.id.clone(), store.device(), 0), saved);
    let selected = history(export.conversation.as_deref(), &peer).ok_or_else(|| {
        let name = export.conversation.as_deref().unwrap_or_default();
        Refused(language.translate(localized!("history-none", name)))
    })?;
    let page = |id: &ConversationId, positions: Range<u64>| Ok(store.page(id, positions.end, len(&positions))?);
    write_output(export, &language, writer, |on_message| for_each_message(selected, page, on_message))
}

/// Fetches all messages from the running papo. Returns 0 damaged messages, because that papo has reported them itself.
fn fetch(stream: UnixStream, name: Option<&str>, on_message: &mut OnMessage) -> Result<usize> {
    client::fetch_history(stream, name, |line| {
        let (conversation, message) = Record::read(line)?;
        on_message(&conversation, message)
    })?;
    Ok(0)
}

/// Writes the messages that `read` provides to the file of `--output`, else to standard output. Then prints how many
/// were written and how many are damaged.
fn write_output(
    export: &Export,
    language: &Language,
    writer: Writer,
    read: impl FnOnce(&mut OnMessage) -> Result<usize>,
) -> Result<()> {
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
        let file = path.display().to_string();
        output::print(language.translate(localized!("export-done", count = written, file)))?;
    }
    if damaged > 0 {
        output::print_error(language.translate(localized!("export-damaged", count = damaged)));
    }
    Ok(())
}

/// Runs `/export`: writes messages of a chat to a new file, on a separate thread. The thread sends the result to
/// `sender`. The error is a message for the user.
pub(super) fn start(
    ChatRange { chat, pieces, .. }: ChatRange,
    me: UserId,
    (format, file): (Option<String>, Option<String>),
    reader: store::Reader,
    sender: Sender<Message>,
) -> Result<(), LocalizedText> {
    let quoted = |error| LocalizedText::quoted(format!("{error:#}"));
    let (format, named) = parse_target(format, file).map_err(quoted)?;
    let (mut file, path) = match named {
        Some(path) => (create(&path, false).map_err(quoted)?, path),
        None => create_numbered(&chat, &me, format).map_err(quoted)?,
    };
    let path = path::absolute(&path).unwrap_or(path);
    let work = move || {
        let writer = Writer::new(format, me, clock::zone());
        let written = write(writer, &mut file, |on_message| for_each_message(pieces, pages(&reader), on_message));
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

/// Parses the arguments of `/export`: the format, and the file, or `None` if no file is named. A single argument may be
/// either; the extension of a file implies its format.
fn parse_target(format: Option<String>, file: Option<String>) -> Result<(Format, Option<PathBuf>)> {
    let by_extension = |file: &str| Path::new(file).extension()?.to_str()?.parse::<Format>().ok();
    match (format, file) {
        (None, _) => Ok((Format::default(), None)),
        (Some(format), Some(file)) => Ok((format.parse()?, Some(expand_home(&file)))),
        (Some(word), None) => match (word.parse::<Format>(), by_extension(&word)) {
            (Ok(format), _) => Ok((format, None)),
            (Err(_), Some(format)) => Ok((format, Some(expand_home(&word)))),
            (Err(error), None) => Err(error.into()),
        },
    }
}

/// Creates a file in the working directory. Adds a number to its name if that name is taken.
fn create_numbered(chat: &ChatId, me: &UserId, format: Format) -> Result<(File, PathBuf)> {
    for number in 1..=u32::MAX {
        let path = PathBuf::from(file_name(Some(chat), me, format, number));
        match owner_only::create_new(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            opened => return Ok((opened.wrap_err_with(|| cannot_write(&path))?, path)),
        }
    }
    Err(eyre!("too many exports of {chat} in this folder; name a file"))
}

/// Expands `~/`, as a shell does.
fn expand_home(path: &str) -> PathBuf {
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

/// The function that gets each message.
type OnMessage<'a> = dyn FnMut(&ConversationId, ChatMessage) -> Result<()> + 'a;

/// Writes the messages that `read` provides to `out`. `read` returns how many messages are damaged. Returns the numbers
/// of written and of damaged messages.
fn write(
    mut writer: Writer,
    out: &mut dyn Write,
    read: impl FnOnce(&mut OnMessage) -> Result<usize>,
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

/// Calls `on_message` with all selected messages, in order. `page` reads the messages at some positions of a
/// conversation. Returns how many messages are damaged.
pub(super) fn for_each_message(
    selected: Vec<Piece>,
    mut page: impl FnMut(&ConversationId, Range<u64>) -> Result<Page>,
    mut on_message: impl FnMut(&ConversationId, ChatMessage) -> Result<()>,
) -> Result<usize> {
    let mut damaged = 0;
    for Piece { conversation, positions } in selected {
        let mut from = positions.start;
        while from < positions.end {
            let upto = positions.end.min(from + PAGE);
            let Page { messages, damage } = page(&conversation, from..upto)?;
            damaged += damage.len();
            for (_, message) in messages.into_iter().filter(|(seq, _)| *seq >= from) {
                on_message(&conversation, message)?;
            }
            from = upto;
        }
    }
    Ok(damaged)
}

/// Returns the function that reads pages of the open store, for [`for_each_message`].
pub(super) fn pages(reader: &store::Reader) -> impl FnMut(&ConversationId, Range<u64>) -> Result<Page> {
    |id, positions| reader.page(id.clone(), positions.end, len(&positions)).ok_or_else(|| eyre!("papo is quitting"))
}

fn len(positions: &Range<u64>) -> usize {
    usize::try_from(positions.end - positions.start).unwrap_or(usize::MAX)
}
