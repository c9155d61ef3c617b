//! One program under way, in a session of its own, ended with all its children.

use std::{
    os::unix::process::ExitStatusExt,
    process::{ExitStatus, Stdio},
    sync::Arc,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    process::Child,
};
use tokio_util::sync::CancellationToken;

use super::{
    command::Command,
    output::{Output, Partial},
};
use crate::model::{Clock, Duration};

/// Between asking a program to end and ending it.
const GRACE: Duration = Duration::from_secs(2);
/// How long output may still come after the program ended: a child of it may hold the stream open for ever.
const DRAIN: Duration = Duration::from_millis(500);
/// Progress is told at most this often.
const TELL: Duration = Duration::from_millis(100);

/// How it ended.
#[derive(Debug)]
pub enum Ended {
    Exited(i32),
    /// By a signal that was not ours.
    Signalled(i32),
    TimedOut,
    Stopped,
    NotStarted(String),
    /// It cannot be told.
    Lost(String),
}

/// Runs `command` to its end. `say` gets the newest line now and then.
pub async fn run(
    command: &Command,
    say: impl Fn(&str) + Send,
    clock: &Arc<dyn Clock>,
    stop: &CancellationToken,
) -> (Ended, Output) {
    let mut output = Output::default();
    let mut child = match start(command) {
        Ok(child) => child,
        Err(why) => return (Ended::NotStarted(why), output),
    };
    let stdin = child.stdin.take();
    let text = command.stdin.clone().unwrap_or_default();
    let feed = async move {
        if let Some(mut stdin) = stdin {
            // A program may end without reading all of it; that is its own affair.
            let _ = stdin.write_all(text.as_bytes()).await;
            let _ = stdin.shutdown().await;
        }
        std::future::pending::<()>().await
    };
    let (mut out, mut err) = (Stream::of(child.stdout.take()), Stream::of(child.stderr.take()));
    let limit = clock.sleep(command.timeout);
    tokio::pin!(feed, limit);
    let mut told: Option<Duration> = None;
    let ended = loop {
        let whole = tokio::select! {
            biased;
            () = stop.cancelled() => break Ended::Stopped,
            // Before the limit: what has ended by then has ended, however late that is seen.
            status = child.wait() => break ended(status),
            () = &mut limit => break Ended::TimedOut,
            n = out.read(), if out.open => out.take(n, &mut output),
            n = err.read(), if err.open => err.take(n, &mut output),
            () = &mut feed => false,
        };
        let now = clock.passed();
        if whole && told.is_none_or(|then| now.saturating_sub(then) >= TELL) {
            told = Some(now);
            say(output.newest().unwrap_or_default());
        }
    };
    if matches!(ended, Ended::Stopped | Ended::TimedOut) {
        end_all(&mut child, clock).await;
    }
    let rest = clock.sleep(DRAIN);
    tokio::pin!(rest);
    while out.open || err.open {
        tokio::select! {
            biased;
            n = out.read(), if out.open => { out.take(n, &mut output); }
            n = err.read(), if err.open => { err.take(n, &mut output); }
            () = &mut rest => break,
        }
    }
    output.end(&mut out.partial);
    output.end(&mut err.partial);
    if let Some(line) = output.newest() {
        say(line);
    }
    (ended, output)
}

fn start(command: &Command) -> Result<Child, String> {
    let name = command.argv.first().map_or("", String::as_str);
    let program = command.program().ok_or_else(|| command.no_program())?;
    if let Some(why) = command.no_folder() {
        return Err(why);
    }
    let mut builder = tokio::process::Command::new(&program);
    builder
        .arg0(name)
        .args(command.argv.iter().skip(1))
        .current_dir(&command.cwd)
        .env_clear()
        .envs(command.environment())
        .stdin(if command.stdin.is_some() { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // It ends when it is done, timed out or stopped, not because a screen went away.
        .kill_on_drop(false);
    // A session of its own: no terminal to draw on or ask at, no hangup of ours, and one group to end.
    // SAFETY: setsid is async-signal-safe and touches nothing of ours.
    unsafe {
        builder.pre_exec(|| rustix::process::setsid().map(|_| ()).map_err(std::io::Error::from));
    }
    builder.spawn().map_err(|error| format!("{} did not start: {error}", program.display()))
}

fn ended(status: std::io::Result<ExitStatus>) -> Ended {
    match status {
        Ok(status) => match (status.code(), status.signal()) {
            (Some(code), _) => Ended::Exited(code),
            (None, Some(signal)) => Ended::Signalled(signal),
            (None, None) => Ended::Lost("it ended in no way that is known".into()),
        },
        Err(error) => Ended::Lost(format!("how it ended cannot be told: {error}")),
    }
}

/// Asks the whole group to end, then ends it.
async fn end_all(child: &mut Child, clock: &Arc<dyn Clock>) {
    use rustix::process::{Pid, Signal, kill_process_group};
    // Its group has its own number, for it leads its session. Until it is waited for nobody else can get that number.
    let Some(group) = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw) else { return };
    let _ = kill_process_group(group, Signal::TERM);
    let patience = clock.sleep(GRACE);
    tokio::pin!(patience);
    loop {
        tokio::select! {
            biased;
            () = &mut patience => break,
            () = clock.sleep(Duration::from_millis(20)) => {
                // Gone but not waited for, so that the number stays taken.
                if ended_unreaped(group) {
                    break;
                }
            }
        }
    }
    let _ = kill_process_group(group, Signal::KILL);
    let _ = child.wait().await;
}

fn ended_unreaped(leader: rustix::process::Pid) -> bool {
    use rustix::process::{WaitId, WaitIdOptions, waitid};
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    matches!(waitid(WaitId::Pid(leader), options), Ok(Some(_)) | Err(_))
}

/// One of its two streams.
struct Stream<R> {
    from: Option<R>,
    open: bool,
    buffer: Vec<u8>,
    partial: Partial,
}

impl<R: AsyncRead + Unpin> Stream<R> {
    fn of(from: Option<R>) -> Self {
        Stream { open: from.is_some(), from, buffer: vec![0; 16 << 10], partial: Partial::default() }
    }
    /// Bytes that came; none at its end.
    async fn read(&mut self) -> usize {
        match &mut self.from {
            Some(from) => from.read(&mut self.buffer).await.unwrap_or(0),
            None => 0,
        }
    }
    fn take(&mut self, n: usize, output: &mut Output) -> bool {
        self.open = n > 0;
        output.take(&mut self.partial, &self.buffer[..n])
    }
}
