//! Commands that ask a papo: the running one over its socket, or a silent one in this process that quits once it has
//! answered.

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
    wire::{Reply, Request},
};
use crate::{
    app::{
        Message,
        scripts::{Answer, Ask},
    },
    cli::{Cli, ClientCommand, UntilArg, exit::LATE},
    domain::TEXT_LIMIT,
    runtime::{
        exit::Refused,
        history::{Access, reach},
        output,
        plan::Plan,
        signals::{Asked, Signals},
        start,
    },
};

/// The number of the request made from within this process.
const WITHIN: u64 = 0;

/// How long a command that has its answer stays to answer other clients.
const SERVE_OTHERS: Duration = Duration::from_secs(5);

/// What came of it.
#[derive(Debug, PartialEq, Eq)]
enum End {
    Done,
    Refused(String),
    /// In the words of the papo that runs, where it has said so.
    Late(Option<String>),
}

/// Asks, prints the answer, and says with which code to end.
pub(in crate::runtime) fn run(cli: &Cli, asking: &ClientCommand) -> Result<ExitCode> {
    let mut ask = asking.ask();
    if let Ask::Send { text, .. } = &mut ask
        && text.is_empty()
    {
        *text = read_text()?;
    }
    let request = Request::new(ask.clone(), asking.json());
    let plan = Plan::of(cli, &asking.asker().profile_args.selection())?;
    let (chosen, folder) = plan.whose(&asking.asker().profile_args.selection())?;
    let is_tail = matches!(asking, ClientCommand::Tail { .. });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let end = match reach(&folder, || plan.open_store(&chosen))? {
        Access::Elsewhere(stream) => runtime.block_on(async {
            stream.set_nonblocking(true)?;
            let stream = UnixStream::from_std(stream)?;
            let mut signals = Signals::listen()?;
            tokio::select! {
                end = ask_running(stream, &request, asking.patience()) => end,
                () = output_closed(), if is_tail => Ok(End::Done),
                () = interruption(&mut signals) => Ok(interrupted(asking)),
            }
        }),
        Access::Here(opened) => runtime.block_on(async {
            let ready = start::Ready::new(chosen, *opened);
            let (session, formatter) = plan.silent_session(ready)?;
            let (way_in, quit) = session.ways_in();
            let patience = asking.patience();
            // Asked before the first connection, so that what the broker has kept is not missed.
            let (way_back, answers) = channel(ANSWERS);
            way_in
                .try_send(IpcMessage::Asked(WITHIN, ask, way_back))
                .map_err(|_| eyre!("this papo accepts no commands"))?;
            let answered = tokio::spawn(async move {
                let end = tokio::select! {
                    end = hear(answers, request.json, &formatter, patience) => end,
                    () = output_closed(), if is_tail => Ok(End::Done),
                };
                // It may be leaving already.
                let _ = way_in.send(IpcMessage::Finished(WITHIN)).await;
                tokio::spawn(async move {
                    sleep(SERVE_OTHERS).await;
                    let _ = quit.send(Message::Quit).await;
                });
                end
            });
            session.run().await?;
            if answered.is_finished() { answered.await? } else { Ok(interrupted(asking)) }
        }),
    };
    // A name that is being looked up is not waited for.
    runtime.shutdown_background();
    Ok(match end? {
        End::Done => ExitCode::SUCCESS,
        End::Refused(why) => return Err(Refused(why).into()),
        End::Late(Some(why)) => {
            output::complain(format_args!("papo: {why}"));
            ExitCode::from(LATE)
        }
        End::Late(None) => {
            output::complain(format_args!("papo: {}", overdue(asking)));
            ExitCode::from(LATE)
        }
    })
}

/// Has the papo at the other end of `stream` run `job`, and prints its replies.
pub(in crate::runtime) fn send(
    stream: Stream,
    job: StoreJob,
    mut words: impl io::Read + Send + 'static,
) -> Result<ExitCode> {
    let (mut out, (tell, failure)) = (stream.try_clone()?, mpsc::channel());
    // The other end may have an answer before the words end, if they do.
    thread::Builder::new().name("papo-words".to_owned()).spawn(move || {
        let question = out.write_all(Request::store_job(job).line().as_bytes());
        let sent = question.and_then(|()| io::copy(&mut words, &mut out)).and_then(|_| out.shutdown(Shutdown::Write));
        if let Err(error) = sent {
            // Where the other end hangs up, it says why.
            let is_read = error.kind() != io::ErrorKind::BrokenPipe;
            let _ = tell.send(error);
            if is_read {
                let _ = out.shutdown(Shutdown::Both);
            }
        }
    })?;
    for line in io::BufReader::new(stream).lines() {
        match take(Reply::read(&line?).map_err(|why| eyre!(why))?)? {
            Some(End::Refused(why) | End::Late(Some(why))) => return Err(eyre!(why)),
            Some(_) => return Ok(ExitCode::SUCCESS),
            None => {}
        }
    }
    Err(failure.try_recv().map_or_else(|_| eyre!("the running papo has quit"), Into::into))
}

/// Hands over each message that the papo at the other end of `stream` knows, as a line of JSON.
pub(in crate::runtime) fn history(
    mut stream: Stream,
    conversation: Option<&str>,
    mut each: impl FnMut(&str) -> Result<()>,
) -> Result<()> {
    let ask = Ask::History(conversation.map(str::to_owned));
    stream.write_all(Request::new(ask, true).line().as_bytes())?;
    for line in io::BufReader::new(stream).lines() {
        match Reply::read(&line?).map_err(|why| eyre!(why))? {
            Reply::Line(line) => each(&line)?,
            other => match take(other)? {
                Some(End::Refused(why)) => return Err(Refused(why).into()),
                Some(_) => return Ok(()),
                None => {}
            },
        }
    }
    Err(eyre!("the running papo has quit"))
}

/// What the command has not reached within its time limit, and what happens next.
fn overdue(asking: &ClientCommand) -> String {
    let seconds = asking.patience().unwrap_or_default().as_secs();
    let what = match asking {
        ClientCommand::Send { until: UntilArg::Delivered, .. } => "not delivered",
        ClientCommand::Send { until: UntilArg::Read, .. } => "not read",
        ClientCommand::Users(_)
        | ClientCommand::Groups(_)
        | ClientCommand::Inbox(_)
        | ClientCommand::Outbox(_)
        | ClientCommand::Tail { .. } => "no answer",
        _ => "not accepted by the broker",
    };
    format!("{what} after {seconds} s{}", later(asking))
}

/// What papo still does once the command has ended. Nothing is forgotten later: the user may be back by then.
fn later(asking: &ClientCommand) -> &'static str {
    match asking {
        ClientCommand::Send { .. } => "; papo sends it as soon as it can",
        ClientCommand::Request(_) | ClientCommand::Accept(_) | ClientCommand::Deny(_) => {
            "; papo sends the request as soon as it can"
        }
        _ => "",
    }
}

/// An interrupted `tail` has done its work; any other command has not.
fn interrupted(asking: &ClientCommand) -> End {
    if matches!(asking, ClientCommand::Tail { .. }) {
        End::Done
    } else {
        End::Late(Some(format!("interrupted{}", later(asking))))
    }
}

/// Waits until a signal asks to leave.
async fn interruption(signals: &mut Signals) {
    loop {
        match signals.next().await {
            Asked::Quit | Asked::HangUp | Asked::Interrupt => return,
            // As if papo did not listen to it.
            Asked::Suspend => drop(signal_hook::low_level::emulate_default_handler(SIGTSTP)),
            Asked::Continue => {}
        }
    }
}

/// Waits until nobody reads the standard output any more, whether or not there is anything to print.
async fn output_closed() {
    let (tell, closed) = oneshot::channel();
    let wait = move || {
        let out = io::stdout();
        // No event is asked for: errors and the other end's hanging up are always told.
        while poll(&mut [PollFd::new(&out, PollFlags::empty())], None).is_err() {}
        // Whoever waits may have ended.
        let _ = tell.send(());
    };
    let thread = thread::Builder::new().name("papo-output".to_owned()).spawn(wait);
    if thread.is_err() || closed.await.is_err() {
        future::pending::<()>().await;
    }
}

/// What may stand around the longest text, or shows that it is too long: a mark before it, a line feed behind it, and one
/// byte more.
const AROUND_TEXT: u64 = 3 + 1 + 1;

/// The text on the standard input, without the line feed that ends it.
fn read_text() -> Result<String> {
    let mut text = String::new();
    let limit = TEXT_LIMIT as u64 + AROUND_TEXT;
    io::stdin().take(limit).read_to_string(&mut text).wrap_err("cannot read the text")?;
    Ok(text.strip_suffix('\n').unwrap_or(&text).to_owned())
}

async fn ask_running(stream: UnixStream, request: &Request, patience: Option<Duration>) -> Result<End> {
    let (read, mut write) = stream.into_split();
    // Where the other end hangs up, it says why.
    let sent = write.write_all(request.line().as_bytes()).await;
    let mut lines = BufReader::new(read).lines();
    in_time(patience, async {
        loop {
            let Some(line) = lines.next_line().await? else {
                return Err(sent.map_or_else(Into::into, |()| eyre!("the running papo has quit")));
            };
            if let Some(end) = take(Reply::read(&line).map_err(|why| eyre!(why))?)? {
                return Ok(end);
            }
        }
    })
    .await
}

async fn hear(
    mut answers: Receiver<Answer>,
    json: bool,
    formatter: &IpcFormatter,
    patience: Option<Duration>,
) -> Result<End> {
    in_time(patience, async {
        while let Some(answer) = answers.recv().await {
            if let Some(end) = take(formatter.reply(answer, json))? {
                return Ok(end);
            }
        }
        Ok(End::Done)
    })
    .await
}

async fn in_time(patience: Option<Duration>, answer: impl Future<Output = Result<End>>) -> Result<End> {
    match patience {
        Some(patience) => timeout(patience, answer).await.unwrap_or(Ok(End::Late(None))),
        None => answer.await,
    }
}

/// Prints a line at once, so that whoever reads has it; [`Some`] where that was all.
fn take(reply: Reply) -> Result<Option<End>> {
    match reply {
        Reply::Line(line) => Ok((!output::print(line)?).then_some(End::Done)),
        Reply::Aside(line) => {
            output::complain(line);
            Ok(None)
        }
        Reply::Done => Ok(Some(End::Done)),
        Reply::Late(why) => Ok(Some(End::Late(Some(why)))),
        Reply::Refused(why) => Ok(Some(End::Refused(why))),
    }
}
