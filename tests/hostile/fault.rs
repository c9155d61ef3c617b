//! What a hostile server does, the same for every protocol.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use super::hurry::Pace;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing listens.
    Refused,
    /// Takes what is sent and says nothing.
    Silent,
    /// The right answer, a byte at a time.
    Slow,
    /// Half of the right answer, and the connection ends.
    Cut,
    /// A right beginning, and more of it without end.
    Endless,
    /// Bytes of no protocol.
    Garbage,
    /// Says no, with escape codes in every text it can put them.
    Escapes,
    /// Its certificate is for another name.
    WrongName,
    /// Its certificate has expired.
    Expired,
    /// HTTP only: this status, with Retry-After and a Location that leads to itself.
    Status(u16),
    /// PostgreSQL only: says that the session ends, and ends it.
    Fatal,
}

/// ANSI, OSC 52 (writes the clipboard), CSI as one character, bidi overrides, zero-width, line breaks and a NUL-free bell.
pub const ESCAPES: &str =
    "\u{1b}[2J\u{1b}]52;c;ZXZpbA==\u{7}\u{9b}31m\u{202e}live\u{2066}\u{200b}\u{feff}\u{ad}\r\nfake line\u{2028}\u{e0041}";

const GARBAGE: &[u8] = b"\x00\xff\xfe\x16\x03\x01 EHLO \x1b[31m\x80\x80\x80\x80\xff\xff\xff\xff\x00\x00\r\n\r\n";
const PAUSE: Duration = Duration::from_millis(200);

/// A connection of any kind.
pub trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

/// Serves `good` as the fault does; `more` makes the pieces of an endless answer. What an endless one
/// took is counted in `sent`; what wastes time hurries `pace`. The connection is to be ended afterwards.
pub async fn misbehave(
    wire: &mut dyn Wire,
    fault: Fault,
    good: &[u8],
    mut more: impl FnMut(u64) -> Vec<u8> + Send,
    sent: &AtomicU64,
    pace: &Pace,
) {
    if matches!(fault, Fault::Silent | Fault::Slow) {
        pace.hurry();
    }
    let _gone = async {
        match fault {
            Fault::Slow => {
                for byte in good {
                    wire.write_all(&[*byte]).await?;
                    wire.flush().await?;
                    tokio::time::sleep(PAUSE).await;
                }
            }
            Fault::Cut => {
                wire.write_all(&good[..good.len() / 2]).await?;
                wire.flush().await?;
            }
            Fault::Endless => {
                for n in 0.. {
                    let piece = more(n);
                    wire.write_all(&piece).await?;
                    sent.fetch_add(piece.len() as u64, Ordering::Relaxed);
                }
            }
            Fault::Garbage => {
                wire.write_all(GARBAGE).await?;
                wire.flush().await?;
            }
            // Silence until the other side gives up.
            _ => {
                let mut ignored = [0; 1024];
                while wire.read(&mut ignored).await? > 0 {}
            }
        }
        Ok::<_, std::io::Error>(())
    }
    .await;
}

/// Fails unless `text` is harmless on a terminal.
pub fn harmless(text: &str) {
    assert_eq!(lifeboat::model::text::clean(text), text, "unsafe characters reach the screen");
    assert!(text.chars().count() < 2_000, "a text of {} characters from outside", text.chars().count());
}
