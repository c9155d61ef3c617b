//! A clock that runs eight times as fast once a server wastes time, so that limits of seconds are over in milliseconds, and
//! honest answers still have all the time they need.
#![allow(clippy::disallowed_methods, reason = "hostile servers are real, and so is the time they waste")]

use std::{future::Future, pin::Pin, sync::Arc, time::Instant};

use lifeboat::model::{Clock, Duration, Time};
use tokio::sync::watch;

const FASTER: u32 = 8;

/// What hurries the clocks that belong to it.
#[derive(Clone)]
pub struct Pace(Arc<watch::Sender<Option<Instant>>>);

impl Pace {
    pub fn new() -> Self {
        Self(Arc::new(watch::channel(None).0))
    }

    /// From now on; once is enough.
    pub fn hurry(&self) {
        self.0.send_if_modified(|since| since.is_none() && since.replace(Instant::now()).is_none());
    }

    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(Hurry { began: chrono::Utc::now(), real: Instant::now(), pace: self.0.subscribe() })
    }
}

struct Hurry {
    began: Time,
    real: Instant,
    pace: watch::Receiver<Option<Instant>>,
}

impl Clock for Hurry {
    fn now(&self) -> Time {
        let gained = self.pace.borrow().map_or(std::time::Duration::ZERO, |since| since.elapsed() * (FASTER - 1));
        self.began + chrono::TimeDelta::from_std(self.real.elapsed() + gained).unwrap()
    }

    fn sleep(&self, span: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let mut pace = self.pace.clone();
        Box::pin(async move {
            let hurried = async {
                if pace.wait_for(Option::is_some).await.is_err() {
                    std::future::pending::<()>().await;
                }
                tokio::time::sleep(span.std() / FASTER).await;
            };
            tokio::select! {
                () = tokio::time::sleep(span.std()) => {}
                () = hurried => {}
            }
        })
    }
}
