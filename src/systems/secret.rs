//! Reads a secret where a plan says it is, at the moment it is needed. Nothing here logs, prints or keeps it.

use std::{io::ErrorKind, process::Stdio};

use secrecy::SecretString;
use tokio::{io::AsyncReadExt, process::Command};
use zeroize::Zeroize;

use crate::{
    model::{Clock, Duration, text::clean},
    plan::SecretRef,
};

/// No password or token is longer; a wrong path to a large file ends here.
pub const MAX_BYTES: u64 = 64 * 1024;
/// Longest a program may take to print a secret.
pub const PROGRAM_LIMIT: Duration = Duration::from_secs(10);

/// Where the secret is, in words for messages; never what it is.
pub fn place(secret: &SecretRef) -> String {
    match secret {
        SecretRef::Env(name) => format!("the environment variable {}", clean(name)),
        SecretRef::File(path) => format!("the file {}", clean(path)),
        // Arguments may be private; the program's name is enough to find it in the plan.
        SecretRef::Command(argv) => format!("the program {}", clean(argv.first().map_or("(unnamed)", String::as_str))),
        SecretRef::Vault(at) => format!("Vault's {}", clean(at)),
    }
}

/// The secret's value, or a sentence that says where it was looked for and what to do. The sentence never holds the value.
pub async fn resolve(secret: &SecretRef, clock: &dyn Clock) -> Result<SecretString, String> {
    let mut bytes = match secret {
        SecretRef::Env(name) => std::env::var_os(name)
            .map(|value| value.into_encoded_bytes())
            .ok_or_else(|| format!("{} is not set: set it where Lifeboat is started", place(secret)))?,
        SecretRef::File(path) => read_file(path).await.map_err(|why| format!("{} {why}", place(secret)))?,
        SecretRef::Command(argv) => run_program(argv, clock).await.map_err(|why| format!("{} {why}", place(secret)))?,
        SecretRef::Vault(_) => {
            return Err(format!(
                "{} cannot be read: this version of Lifeboat reads no Vault; name a file, a variable or a program instead",
                place(secret)
            ));
        }
    };
    if !matches!(secret, SecretRef::Env(_)) && bytes.ends_with(b"\n") {
        bytes.pop();
        if bytes.ends_with(b"\r") {
            bytes.pop();
        }
    }
    if bytes.is_empty() {
        return Err(format!("{} holds an empty secret", place(secret)));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(SecretString::from(text)),
        Err(error) => {
            error.into_bytes().zeroize();
            Err(format!("{} holds no text: a secret must be UTF-8", place(secret)))
        }
    }
}

async fn read_file(path: &str) -> Result<Vec<u8>, String> {
    let why = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => "does not exist: write the secret there, or correct the path in the plan".to_owned(),
        ErrorKind::PermissionDenied => "may not be read by this user: give it to who runs Lifeboat (mode 0400)".to_owned(),
        _ => format!("cannot be read: {error}"),
    };
    // Asked before opening: opening a pipe would wait for its other end.
    if !tokio::fs::metadata(path).await.map_err(why)?.is_file() {
        return Err("is no regular file".into());
    }
    let file = tokio::fs::File::open(path).await.map_err(why)?;
    let mut bytes = Vec::with_capacity(256);
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).await.map_err(why)?;
    within_bound(bytes)
}

/// Runs `argv` without a shell, with nothing to read. Its standard error goes nowhere: it could hold the secret.
async fn run_program(argv: &[String], clock: &dyn Clock) -> Result<Vec<u8>, String> {
    let (program, arguments) = argv.split_first().ok_or("is not named: write [program, argument, ...]")?;
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("could not be started: {error}"))?;
    let group = Group(child.id());
    let mut output = child.stdout.take().ok_or("has no output")?.take(MAX_BYTES + 1);
    let mut bytes = Vec::with_capacity(256);
    let ended = async {
        output.read_to_end(&mut bytes).await.map_err(|error| format!("could not be read: {error}"))?;
        if bytes.len() as u64 > MAX_BYTES {
            return Ok(None);
        }
        child.wait().await.map(Some).map_err(|error| format!("did not end well: {error}"))
    };
    let status = tokio::select! {
        ended = ended => ended,
        () = clock.sleep(PROGRAM_LIMIT) => Err(format!("did not end within {PROGRAM_LIMIT}: it must not ask for anything")),
    };
    drop(group);
    match status {
        Ok(None) => within_bound(bytes),
        Ok(Some(status)) if status.success() => within_bound(bytes),
        Ok(Some(status)) => {
            bytes.zeroize();
            Err(format!("failed ({status}): run it by hand to see why"))
        }
        Err(why) => {
            bytes.zeroize();
            Err(why)
        }
    }
}

/// Ends what the program may have started beside itself, also when nobody waits any more.
struct Group(Option<u32>);

impl Drop for Group {
    fn drop(&mut self) {
        let group = self.0.and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw);
        if let Some(group) = group {
            // An error means that nobody is left, which is what is wanted.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}

fn within_bound(mut bytes: Vec<u8>) -> Result<Vec<u8>, String> {
    if bytes.len() as u64 <= MAX_BYTES {
        return Ok(bytes);
    }
    bytes.zeroize();
    Err(format!("holds more than {} KiB: that is no secret", MAX_BYTES / 1024))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;
    use crate::systems::clock::SystemClock;

    async fn read(secret: SecretRef) -> Result<String, String> {
        resolve(&secret, &SystemClock).await.map(|value| value.expose_secret().to_owned())
    }
    fn program(argv: &[&str]) -> SecretRef {
        SecretRef::Command(argv.iter().map(|a| (*a).to_owned()).collect())
    }

    #[tokio::test]
    async fn a_file_loses_one_line_break_and_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        let at = || SecretRef::File(path.to_str().unwrap().to_owned());
        std::fs::write(&path, "s3 cret \n\n").unwrap();
        assert_eq!(read(at()).await.unwrap(), "s3 cret \n");
        std::fs::write(&path, "\n").unwrap();
        assert!(read(at()).await.unwrap_err().contains("empty"));
        std::fs::write(&path, vec![b'x'; MAX_BYTES as usize + 1]).unwrap();
        let error = read(at()).await.unwrap_err();
        assert!(error.contains("64 KiB") && !error.contains("xxx"), "{error}");
        std::fs::remove_file(&path).unwrap();
        assert!(read(at()).await.unwrap_err().contains("does not exist"));
        assert!(read(SecretRef::File("/".into())).await.unwrap_err().contains("no regular file"));
    }

    #[tokio::test]
    async fn a_program_is_run_without_a_shell_and_its_words_stay_out_of_errors() {
        assert_eq!(read(program(&["printf", "%s\n", "$HOME;x"])).await.unwrap(), "$HOME;x");
        let error = read(program(&["sh", "-c", "echo hunter2; echo hunter2 >&2; exit 3"])).await.unwrap_err();
        assert!(error.contains("the program sh failed") && !error.contains("hunter2"), "{error}");
        assert!(read(program(&["/no/such/program"])).await.unwrap_err().contains("could not be started"));
        assert!(read(program(&["cat", "/dev/zero"])).await.unwrap_err().contains("64 KiB"));
    }

    #[tokio::test]
    async fn what_is_missing_is_named() {
        assert!(read(SecretRef::Env("LIFEBOAT_NOT_SET_ANYWHERE".into())).await.unwrap_err().contains("is not set"));
        assert!(read(SecretRef::Vault("kv/dr#pg".into())).await.unwrap_err().contains("this version"));
        let hidden = resolve(&SecretRef::Command(vec!["echo".into(), "hunter2".into()]), &SystemClock).await;
        assert!(!format!("{hidden:?}").contains("hunter2"));
    }
}
