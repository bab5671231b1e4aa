//! Executes commands: a running papo executes them over its socket, or, if none runs, an event loop without a screen in
//! this process, which quits once the command has its answer.

use std::{
    future,
    io::{self, BufRead, Read as _, Write as _},
    net::Shutdown,
    os::unix::net::UnixStream as Stream,
    process::ExitCode,
    sync::mpsc,
    thread,
    time::Duration,
};

use color_eyre::eyre::{Result, WrapErr, eyre};
use rustix::event::{PollFd, PollFlags, poll};
use signal_hook::consts::SIGTSTP;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::UnixStream,
    sync::{
        mpsc::{Receiver, channel},
        oneshot,
    },
    time::{sleep, timeout},
};

use super::{
    ANSWERS, IpcMessage, StoreJob,
    format::IpcFormatter,
    wire::{Reply, Request, RequestContent},
};
use crate::{
    app::{
        Language, LocalizedText, Message, localized,
        scripts::{Answer, ScriptRequest, Until},
    },
    cli::{Cli, ClientCommand, exit::LATE},
    domain::TEXT_LIMIT,
    runtime::{
        exit::Refused,
        history::{Access, open_or_connect},
        output,
        signals::{SignalAction, Signals},
        start,
        startup::Startup,
    },
};

/// The number of the request from this process. The requests of other clients are numbered from 1.
const LOCAL_REQUEST: u64 = 0;

/// How long papo keeps running to answer other clients after its own command has ended.
const GRACE_PERIOD: Duration = Duration::from_secs(5);

/// How a command ended.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Done,
    /// Refused for this reason.
    Refused(String),
    /// Not complete in time; with the reason, if the running papo gave one.
    Late(Option<String>),
}

/// Has a papo execute the command, prints the answer, and returns the exit code.
pub(in crate::runtime) fn run(cli: &Cli, command: &ClientCommand) -> Result<ExitCode> {
    let mut ask = command.script_request();
    if let ScriptRequest::Send { text, .. } = &mut ask
        && text.is_empty()
    {
        *text = read_text()?;
    }
    let request = Request::new(RequestContent::Model(ask.clone()), command.json())
        .at_broker(command.client_args().connect.brokers());
    let startup = Startup::of(cli, &command.client_args().profile_args.selection())?;
    let (chosen, folder) = startup.resolve_profile(&command.client_args().profile_args.selection())?;
    let language = startup.language(&chosen);
    let is_tail = matches!(command, ClientCommand::Tail { .. });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let outcome = match open_or_connect(&folder, || startup.open_store(&chosen))? {
        Access::Remote(stream) => runtime.block_on(async {
            stream.set_nonblocking(true)?;
            let stream = UnixStream::from_std(stream)?;
            let mut signals = Signals::listen()?;
            tokio::select! {
                outcome = await_remote(stream, &request, command.time_limit()) => outcome,
                () = output_closed(), if is_tail => Ok(Outcome::Done),
                () = quit_signal(&mut signals) => Ok(interrupted(command, &language)),
            }
        }),
        Access::Local(opened) => runtime.block_on(async {
            let profile = start::OpenedProfile::new(chosen, *opened);
            let (event_loop, formatter) = startup.headless_loop(profile)?;
            let (ipc_sender, quit) = event_loop.senders();
            let time_limit = command.time_limit();
            // Sent before papo connects, so that `papo tail` gets the messages that the broker has queued.
            let (answer_sender, answers) = channel(ANSWERS);
            ipc_sender
                .try_send(IpcMessage::Asked(LOCAL_REQUEST, ask, answer_sender))
                .map_err(|_| eyre!("this papo accepts no commands"))?;
            let answered = tokio::spawn(async move {
                let outcome = tokio::select! {
                    outcome = await_local(answers, request.json, &formatter, time_limit) => outcome,
                    () = output_closed(), if is_tail => Ok(Outcome::Done),
                };
                // An error is ignored: the loop may have ended.
                let _ = ipc_sender.send(IpcMessage::Finished(LOCAL_REQUEST)).await;
                tokio::spawn(async move {
                    sleep(GRACE_PERIOD).await;
                    let _ = quit.send(Message::Quit).await;
                });
                outcome
            });
            Box::pin(event_loop.run()).await?;
            if answered.is_finished() { answered.await? } else { Ok(interrupted(command, &language)) }
        }),
    };
    // Does not wait for a DNS lookup that is still running on a thread of tokio.
    runtime.shutdown_background();
    Ok(match outcome? {
        Outcome::Done => ExitCode::SUCCESS,
        Outcome::Refused(why) => return Err(Refused(why).into()),
        Outcome::Late(why) => {
            output::print_error(format_args!(
                "papo: {}",
                why.unwrap_or_else(|| language.translate(timeout_message(command)))
            ));
            ExitCode::from(LATE)
        }
    })
}

/// Has the papo at the other end of `stream` run `job`. Sends it `input`, and prints its replies.
pub(in crate::runtime) fn run_store_job(
    stream: Stream,
    job: StoreJob,
    mut input: impl io::Read + Send + 'static,
) -> Result<ExitCode> {
    let (mut out, (sender, failure)) = (stream.try_clone()?, mpsc::channel());
    // On a separate thread: the other papo may reply before the input ends, and the input may never end.
    thread::Builder::new().name("papo-input".to_owned()).spawn(move || {
        let request = out.write_all(Request::new(RequestContent::Store(job), false).line().as_bytes());
        let sent = request.and_then(|()| io::copy(&mut input, &mut out)).and_then(|_| out.shutdown(Shutdown::Write));
        if let Err(error) = sent {
            // If the other papo hangs up, its last reply has the reason. After another error, closes the connection,
            // so that the loop below ends.
            let is_connected = error.kind() != io::ErrorKind::BrokenPipe;
            let _ = sender.send(error);
            if is_connected {
                let _ = out.shutdown(Shutdown::Both);
            }
        }
    })?;
    for line in io::BufReader::new(stream).lines() {
        match print_reply(Reply::read(&line?).map_err(|why| eyre!(why))?)? {
            Some(Outcome::Refused(why) | Outcome::Late(Some(why))) => return Err(eyre!(why)),
            Some(_) => return Ok(ExitCode::SUCCESS),
            None => {}
        }
    }
    Err(failure.try_recv().map_or_else(|_| eyre!("the running papo has quit"), Into::into))
}

/// Fetches the history of a conversation, or of all, from the papo at the other end of `stream`. Calls `each` with
/// every message as a line of JSON.
pub(in crate::runtime) fn fetch_history(
    mut stream: Stream,
    conversation: Option<&str>,
    mut each: impl FnMut(&str) -> Result<()>,
) -> Result<()> {
    let ask = RequestContent::Model(ScriptRequest::History(conversation.map(str::to_owned)));
    stream.write_all(Request::new(ask, true).line().as_bytes())?;
    for line in io::BufReader::new(stream).lines() {
        match Reply::read(&line?).map_err(|why| eyre!(why))? {
            Reply::Line(line) => each(&line)?,
            other => match print_reply(other)? {
                Some(Outcome::Refused(why)) => return Err(Refused(why).into()),
                Some(_) => return Ok(()),
                None => {}
            },
        }
    }
    Err(eyre!("the running papo has quit"))
}

/// The message for a command that has timed out: what did not happen in time, and what papo does next.
fn timeout_message(command: &ClientCommand) -> LocalizedText {
    let seconds = command.time_limit().unwrap_or_default().as_secs();
    let what = match command {
        ClientCommand::Send { until: Until::Delivered, .. } => "late-delivered",
        ClientCommand::Send { until: Until::Read, .. } => "late-read",
        ClientCommand::Users(_)
        | ClientCommand::Groups(_)
        | ClientCommand::Inbox(_)
        | ClientCommand::Outbox(_)
        | ClientCommand::Status(_)
        | ClientCommand::Tail { .. } => "late-answer",
        _ => "late-broker",
    };
    localized!("late", what = LocalizedText::from(what), seconds, then = follow_up(command))
}

/// The end of a message: what papo still does after the command has ended. Empty for `forget`, because the user may be
/// back by then.
fn follow_up(command: &ClientCommand) -> LocalizedText {
    match command {
        ClientCommand::Request(_) | ClientCommand::Accept(_) | ClientCommand::Deny(_) => "late-request-follows".into(),
        ClientCommand::Send { .. } | ClientCommand::Group(_) | ClientCommand::Join(_) | ClientCommand::Withdraw(_) => {
            "late-follows".into()
        }
        _ => LocalizedText::quoted(""),
    }
}

/// The outcome after an interruption: success for `tail`, which never ends otherwise.
fn interrupted(command: &ClientCommand, language: &Language) -> Outcome {
    if matches!(command, ClientCommand::Tail { .. }) {
        Outcome::Done
    } else {
        Outcome::Late(Some(language.translate(localized!("late-interrupted", then = follow_up(command)))))
    }
}

/// Waits for a signal to quit.
async fn quit_signal(signals: &mut Signals) {
    loop {
        match signals.next().await {
            SignalAction::Quit | SignalAction::HangUp | SignalAction::Interrupt => return,
            // Stops the process, as the default action of SIGTSTP does.
            SignalAction::Suspend => drop(signal_hook::low_level::emulate_default_handler(SIGTSTP)),
            SignalAction::Continue => {}
        }
    }
}

/// Waits until the reader of standard output has closed the pipe, even while there is nothing to print.
async fn output_closed() {
    let (sender, closed) = oneshot::channel();
    let wait = move || {
        let out = io::stdout();
        // Requests no event: `poll` always reports errors and hang-ups.
        while poll(&mut [PollFd::new(&out, PollFlags::empty())], None).is_err() {}
        // An error is ignored: the command may have ended.
        let _ = sender.send(());
    };
    let thread = thread::Builder::new().name("papo-output".to_owned()).spawn(wait);
    if thread.is_err() || closed.await.is_err() {
        future::pending::<()>().await;
    }
}

/// The number of bytes to read beyond [`TEXT_LIMIT`]: a byte order mark, the final line feed, and one byte that shows
/// that the text is too long.
const TEXT_MARGIN: u64 = 3 + 1 + 1;

/// Reads the text from standard input, without its final line feed.
fn read_text() -> Result<String> {
    let mut text = String::new();
    let limit = TEXT_LIMIT as u64 + TEXT_MARGIN;
    io::stdin().take(limit).read_to_string(&mut text).wrap_err("cannot read the text")?;
    Ok(text.strip_suffix('\n').unwrap_or(&text).to_owned())
}

/// Sends the request to the running papo, and prints its replies. Returns the outcome.
async fn await_remote(stream: UnixStream, request: &Request, time_limit: Option<Duration>) -> Result<Outcome> {
    let (read, mut write) = stream.into_split();
    // Reported only if no reply comes: a papo that refuses the request may hang up before it has read all of it.
    let sent = write.write_all(request.line().as_bytes()).await;
    let mut lines = BufReader::new(read).lines();
    with_time_limit(time_limit, async {
        loop {
            let Some(line) = lines.next_line().await? else {
                return Err(sent.map_or_else(Into::into, |()| eyre!("the running papo has quit")));
            };
            if let Some(outcome) = print_reply(Reply::read(&line).map_err(|why| eyre!(why))?)? {
                return Ok(outcome);
            }
        }
    })
    .await
}

/// Prints the answers of the event loop in this process. Returns the outcome.
async fn await_local(
    mut answers: Receiver<Answer>,
    json: bool,
    formatter: &IpcFormatter,
    time_limit: Option<Duration>,
) -> Result<Outcome> {
    with_time_limit(time_limit, async {
        while let Some(answer) = answers.recv().await {
            if let Some(outcome) = print_reply(formatter.reply(answer, json))? {
                return Ok(outcome);
            }
        }
        Ok(Outcome::Done)
    })
    .await
}

async fn with_time_limit(
    time_limit: Option<Duration>,
    answer: impl Future<Output = Result<Outcome>>,
) -> Result<Outcome> {
    match time_limit {
        Some(time_limit) => timeout(time_limit, answer).await.unwrap_or(Ok(Outcome::Late(None))),
        None => answer.await,
    }
}

/// Prints a reply. Returns the outcome if it is the last reply, or if the reader of standard output is gone; else
/// `None`.
fn print_reply(reply: Reply) -> Result<Option<Outcome>> {
    match reply {
        Reply::Line(line) => Ok((!output::print(line)?).then_some(Outcome::Done)),
        Reply::Remark(line) => {
            output::print_error(line);
            Ok(None)
        }
        Reply::Done => Ok(Some(Outcome::Done)),
        Reply::TimedOut(why) => Ok(Some(Outcome::Late(Some(why)))),
        Reply::Refused(why) => Ok(Some(Outcome::Refused(why))),
    }
}
