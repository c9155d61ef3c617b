//! A line of blocks: how something went, the newest at the right.

/// From the least to the most.
pub const BLOCKS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// The block of a share from 0 to 1.
pub fn block(share: f64) -> &'static str {
    BLOCKS[(share.clamp(0.0, 1.0) * (BLOCKS.len() - 1) as f64).round() as usize]
}

/// The newest `columns` of `shares`; what is `None` was not known, and is a gap.
pub fn spark(shares: impl DoubleEndedIterator<Item = Option<f64>>, columns: usize) -> String {
    let mut newest: Vec<&str> = shares.rev().take(columns).map(|share| share.map_or("·", block)).collect();
    newest.reverse();
    newest.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_stand_and_what_is_not_known_is_no_zero() {
        let shares = [Some(1.0), Some(0.0), None, Some(0.5), Some(f64::NAN), Some(7.0)];
        assert_eq!(spark(shares.into_iter(), 5), "▁·▅▁█");
        assert_eq!(spark(shares.into_iter(), 99), "█▁·▅▁█");
        assert_eq!(spark([].into_iter(), 5), "");
    }
}
