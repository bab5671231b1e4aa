//! Commands for a running papo over its socket, or for a session without a screen in this process, which quits once it
//! has answered.

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
    cli::{Asking, Cli, UntilArg, exit::LATE},
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

/// How long a command with its answer stays to answer other clients.
const SERVE_OTHERS: Duration = Duration::from_secs(5);

/// The result.
#[derive(Debug, PartialEq, Eq)]
enum End {
    Done,
    Refused(String),
    /// With the reason, if the running papo has sent one.
    Late(Option<String>),
}

/// Sends the request, prints the answer, and returns the exit code.
pub(in crate::runtime) fn run(cli: &Cli, asking: &Asking) -> Result<ExitCode> {
    let mut ask = asking.ask();
    if let Ask::Send { text, .. } = &mut ask
        && text.is_empty()
    {
        *text = read_text()?;
    }
    let request = Request::new(ask.clone(), asking.json());
    let plan = Plan::of(cli, &asking.asker().profile_args.selection())?;
    let (chosen, folder) = plan.whose(&asking.asker().profile_args.selection())?;
    let is_tail = matches!(asking, Asking::Tail { .. });
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
            // The request is made before the first connection, so that no retained message is missed.
            let (way_back, answers) = channel(ANSWERS);
            way_in
                .try_send(IpcMessage::Asked(WITHIN, ask, way_back))
                .map_err(|_| eyre!("this papo accepts no commands"))?;
            let answered = tokio::spawn(async move {
                let end = tokio::select! {
                    end = hear(answers, request.json, &formatter, patience) => end,
                    () = output_closed(), if is_tail => Ok(End::Done),
                };
                // It may be quitting already.
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
    // Do not wait for a pending name look-up.
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

/// Runs `job` in the papo at the other end of `stream`, and prints its replies.
pub(in crate::runtime) fn send(
    stream: Stream,
    job: StoreJob,
    mut words: impl io::Read + Send + 'static,
) -> Result<ExitCode> {
    let (mut out, (tell, failure)) = (stream.try_clone()?, mpsc::channel());
    // The other end may answer before the input ends, if it ever does.
    thread::Builder::new().name("papo-words".to_owned()).spawn(move || {
        let question = out.write_all(Request::store_job(job).line().as_bytes());
        let sent = question.and_then(|()| io::copy(&mut words, &mut out)).and_then(|_| out.shutdown(Shutdown::Write));
        if let Err(error) = sent {
            // If the other end hangs up, it has said why.
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

/// Passes on every message of the papo at the other end of `stream`, as a line of JSON.
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
fn overdue(asking: &Asking) -> String {
    let seconds = asking.patience().unwrap_or_default().as_secs();
    let what = match asking {
        Asking::Send { until: UntilArg::Delivered, .. } => "not delivered",
        Asking::Send { until: UntilArg::Read, .. } => "not read",
        Asking::Users(_) | Asking::Groups(_) | Asking::Inbox(_) | Asking::Outbox(_) | Asking::Tail { .. } => {
            "no answer"
        }
        _ => "not accepted by the broker",
    };
    format!("{what} after {seconds} s{}", later(asking))
}

/// What papo still does once the command has ended. Nothing is forgotten later: the user may be back by then.
fn later(asking: &Asking) -> &'static str {
    match asking {
        Asking::Send { .. } => "; papo sends it as soon as it can",
        Asking::Request(_) | Asking::Accept(_) | Asking::Deny(_) => "; papo sends the request as soon as it can",
        _ => "",
    }
}

/// An interrupted `tail` has done its work; any other command has not.
fn interrupted(asking: &Asking) -> End {
    if matches!(asking, Asking::Tail { .. }) {
        End::Done
    } else {
        End::Late(Some(format!("interrupted{}", later(asking))))
    }
}

/// Waits for a signal to quit.
async fn interruption(signals: &mut Signals) {
    loop {
        match signals.next().await {
            Asked::Quit | Asked::HangUp | Asked::Interrupt => return,
            // The default action, as if there were no handler.
            Asked::Suspend => drop(signal_hook::low_level::emulate_default_handler(SIGTSTP)),
            Asked::Continue => {}
        }
    }
}

/// Waits until the reader of standard output is gone, even if there is nothing to print.
async fn output_closed() {
    let (tell, closed) = oneshot::channel();
    let wait = move || {
        let out = io::stdout();
        // No event is requested: errors and hang-ups are always reported.
        while poll(&mut [PollFd::new(&out, PollFlags::empty())], None).is_err() {}
        // The waiting task may have ended.
        let _ = tell.send(());
    };
    let thread = thread::Builder::new().name("papo-output".to_owned()).spawn(wait);
    if thread.is_err() || closed.await.is_err() {
        future::pending::<()>().await;
    }
}

/// Bytes besides the longest text: a byte order mark, a line feed, and one byte more to detect a text that is too long.
const AROUND_TEXT: u64 = 3 + 1 + 1;

/// The text on standard input, without its final line feed.
fn read_text() -> Result<String> {
    let mut text = String::new();
    let limit = TEXT_LIMIT as u64 + AROUND_TEXT;
    io::stdin().take(limit).read_to_string(&mut text).wrap_err("cannot read the text")?;
    Ok(text.strip_suffix('\n').unwrap_or(&text).to_owned())
}

async fn ask_running(stream: UnixStream, request: &Request, patience: Option<Duration>) -> Result<End> {
    let (read, mut write) = stream.into_split();
    // If the other end hangs up, it has said why.
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

/// Prints and flushes a line; [`Some`] if it was the last.
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
