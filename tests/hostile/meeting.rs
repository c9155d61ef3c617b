//! One source on a hostile site, beside another one on a good site.

use lifeboat::{
    model::{Ask, Duration, Question},
    systems::Source,
};

use super::{
    fault::Fault,
    http::{Heard, Site, Speech},
    watch::Watch,
};

/// A source of the connection of that name, on a site.
pub type Opens = fn(&str, &Site) -> Box<dyn Source>;

/// What `ask` says of a site that `fault`s where `at` says, while another site's answers stay good, and that it is well again once
/// the site is.
pub async fn meets<S: Speech>(speech: fn() -> S, opens: Opens, ask: Ask, at: fn(&Heard) -> bool, (fault, said): (Fault, &str)) {
    let watch = Watch::new();
    let (hostile, other) = tokio::join!(
        Site::open(speech(), fault, at, false, &watch.pace),
        Site::open(speech(), Fault::Silent, |_| false, false, &watch.pace)
    );
    let question = |via: &str| Question::new(via, ask.clone(), Duration::from_secs(5), Some(Duration::from_mins(10)));
    let (first, elsewhere) = (question("east"), question("west"));
    watch.begin(opens("east", &hostile), vec![first.clone()]);
    watch.begin(opens("west", &other), vec![elsewhere.clone()]);
    let reason = watch.reason(&first).await;
    assert!(reason.starts_with("east (https://127.0.0.1:") && reason.contains(said), "{fault:?}: {reason}");
    watch.never_answered(&first);
    watch.fresh(&elsewhere).await;
    if matches!(fault, Fault::Refused | Fault::WrongName | Fault::Expired) {
        return;
    }
    let asked = hostile.heard().iter().filter(|heard| at(heard)).count() as u64;
    assert!(hostile.taken() <= asked * (24 << 20), "{} bytes taken in {asked} replies", hostile.taken());
    hostile.heal();
    watch.fresh(&first).await;
}
