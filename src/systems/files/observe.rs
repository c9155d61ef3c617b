//! Looks at a folder again and again: a file that is meant, has something in it and is not written to any more is a recovery point.

use std::{collections::BTreeMap, path::Path, sync::Arc, time::SystemTime};

use async_trait::async_trait;
use tokio::task::JoinHandle;

use crate::{
    model::{
        Ask, Clock, Duration, Question, Reading, Sample, SignalKey, Time, Value, file_name::FileName, text::clean,
        time::is_told_by_clocks,
    },
    systems::{
        poll::{Polling, Respondent},
        source::Source,
    },
};

/// Longest a round may take: a folder may lie on a network.
const ROUND: Duration = Duration::from_secs(10);
/// More entries are not looked through.
const MOST_ENTRIES: usize = 20_000;
/// Of so many of the newest it is told.
const MOST_POINTS: usize = 1_000;
/// What was written to since is perhaps not whole yet.
const QUIET: Duration = Duration::from_mins(1);

/// The observer of one folder, by its address.
pub fn source(address: &str) -> Box<dyn Source> {
    Box::new(Polling::new(address, Folder::default(), ROUND))
}

type Look = JoinHandle<(Time, Result<Vec<Sample>, String>)>;

/// A folder on a network may hang, and a look at it with it: it is waited for in the next round too, and no second one
/// begins meanwhile.
#[derive(Default)]
struct Folder {
    under_way: BTreeMap<SignalKey, Look>,
}

#[async_trait]
impl Respondent for Folder {
    async fn ask(&mut self, questions: &[Question], clock: &Arc<dyn Clock>) -> Vec<(SignalKey, Result<Reading, String>)> {
        let mut answers = Vec::new();
        for question in questions {
            let look = self.under_way.entry(question.key.clone()).or_insert_with(|| {
                let (ask, now) = (question.ask.clone(), clock.now());
                tokio::task::spawn_blocking(move || match ask {
                    Ask::Files { folder, name } => (now, look(Path::new(&folder), &name, now)),
                    other => (now, Err(format!("a folder cannot answer a question of kind `{}`", other.kind()))),
                })
            });
            let answer = match look.await {
                Ok((read, samples)) => {
                    samples.map(|samples| Reading { samples, read, warnings: Vec::new(), cards: Default::default() })
                }
                Err(_) => Err("the look at the folder broke off".into()),
            };
            self.under_way.remove(&question.key);
            answers.push((question.key.clone(), answer));
        }
        answers
    }
}

/// The files of `folder` that `name` means, each with its size and, as the label `at`, when it was made; the oldest first.
pub fn look(folder: &Path, name: &str, now: Time) -> Result<Vec<Sample>, String> {
    let place = clean(&folder.display().to_string());
    let pattern = FileName::read(name)?;
    let failed = |error: std::io::Error| {
        format!("the folder {place} cannot be read ({error}): is it mounted here, may this user read it?")
    };
    let mut found: Vec<(f64, u64, String)> = Vec::new();
    for (count, entry) in std::fs::read_dir(folder).map_err(failed)?.enumerate() {
        if count >= MOST_ENTRIES {
            return Err(format!(
                "the folder {place} holds more than {MOST_ENTRIES} entries: keep the backups in one of their own"
            ));
        }
        let entry = entry.map_err(failed)?;
        let Some((name, named)) = entry.file_name().to_str().and_then(|name| Some((name.to_owned(), pattern.of(name)?))) else {
            continue;
        };
        // One that is gone meanwhile is no recovery point either.
        let Ok(about) = entry.metadata() else { continue };
        let changed = about.modified().ok().and_then(written);
        let quiet = changed.is_some_and(|changed| changed + QUIET.delta() <= now);
        let at = named.at.or(changed);
        if let Some(at) = at.filter(|_| about.is_file() && about.len() > 0 && quiet) {
            found.push((at.timestamp_millis() as f64 / 1_000.0, about.len(), name));
        }
    }
    found.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.2.cmp(&b.2)));
    let newest = found.split_off(found.len().saturating_sub(MOST_POINTS));
    let sample = |(at, size, name): (f64, u64, String)| Sample {
        value: Value::Number(size as f64),
        labels: BTreeMap::from([("at".to_owned(), at.to_string()), ("name".to_owned(), clean(&name))]),
        measured: now,
    };
    Ok(newest.into_iter().map(sample).collect())
}

/// When a file was last written to, by the clock of then: before 1970 is as old as 1970, and what no clock tells is no time.
fn written(at: SystemTime) -> Option<Time> {
    let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Time::from_timestamp(i64::try_from(since.as_secs()).ok()?, since.subsec_nanos()).filter(is_told_by_clocks)
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;

    #[test]
    fn what_is_whole_and_meant_is_a_recovery_point() {
        let folder = tempfile::tempdir().unwrap();
        let now = Time::from_timestamp(1_800_000_000, 0).unwrap();
        let write = |name: &str, bytes: usize, ago: u64| {
            let path = folder.path().join(name);
            std::fs::write(&path, vec![b'x'; bytes]).unwrap();
            let changed = SystemTime::from(now - Duration::from_secs(ago).delta());
            File::options().write(true).open(path).unwrap().set_modified(changed).unwrap();
        };
        write("orders-1.dump", 300, 7_200);
        write("orders-2.dump", 400, 3_600);
        write("orders-3.dump", 50, 20);
        write("orders-4.dump", 0, 600);
        write("orders-2.dump.part", 9, 600);
        std::fs::create_dir(folder.path().join("orders-5.dump")).unwrap();
        std::os::unix::fs::symlink("/nowhere", folder.path().join("orders-6.dump")).unwrap();
        let samples = look(folder.path(), "orders-*.dump", now).unwrap();
        let told: Vec<_> =
            samples.iter().map(|s| (s.labels["name"].as_str(), s.labels["at"].as_str(), s.value.to_string())).collect();
        assert_eq!(told, [("orders-1.dump", "1799992800", "300".to_owned()), ("orders-2.dump", "1799996400", "400".to_owned())]);
        assert!(look(&folder.path().join("gone"), "*", now).unwrap_err().contains("cannot be read"));
        assert_eq!(look(folder.path(), "nothing-*", now).unwrap().len(), 0);
    }

    #[test]
    fn a_time_that_no_clock_tells_harms_nobody() {
        let after = |seconds| written(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds));
        assert_eq!(after(1_800_000_000), Time::from_timestamp(1_800_000_000, 0));
        for absurd in [300_000_000_000, 9_000_000_000_000, 9_000_000_000_000_000] {
            assert_eq!(after(absurd), None, "{absurd}");
        }
        assert_eq!(written(SystemTime::UNIX_EPOCH - std::time::Duration::from_secs(9)), Time::from_timestamp(0, 0));
    }

    #[test]
    fn it_is_told_of_the_newest_only() {
        let folder = tempfile::tempdir().unwrap();
        let now = Time::from_timestamp(1_800_000_000, 0).unwrap() + Duration::from_hours(24 * 365 * 40).delta();
        for nth in 0..1_005 {
            std::fs::write(folder.path().join(format!("{}.dump", 1_700_000_000 + nth)), "x").unwrap();
        }
        let samples = look(folder.path(), "%s.dump", now).unwrap();
        assert_eq!((samples.len(), samples[0].labels["at"].as_str()), (1_000, "1700000005"));
    }
}
