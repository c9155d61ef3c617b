//! Every action there is. A new system adds its specs here.

use super::{http, kubernetes, postgres, process, redis};
use crate::model::Catalogue;

/// All actions by name, for checking plans and for the rules.
pub fn catalogue() -> Catalogue {
    Catalogue::new([
        kubernetes::specs::SCALE,
        kubernetes::specs::SET_ENV,
        kubernetes::specs::RESTART,
        kubernetes::specs::WAIT,
        postgres::specs::FENCE,
        postgres::specs::ALLOW_WRITES,
        postgres::specs::WAIT_CAUGHT_UP,
        postgres::specs::CHECK_STANDBY,
        postgres::specs::PROMOTE,
        postgres::specs::WRITE_PROBE,
        http::specs::REQUEST,
        redis::specs::PING,
        redis::specs::BGSAVE,
        redis::specs::FENCE,
        redis::specs::ALLOW_WRITES,
        redis::specs::WAIT_CAUGHT_UP,
        redis::specs::CHECK_QUORUM,
        redis::specs::SENTINEL_FAILOVER,
        process::specs::RUN,
    ])
}
