//! Amounts of data, as people say them.

/// `512 B`, `3.1 MB`, `16 MB`: by thousands.
pub fn size(bytes: f64) -> String {
    let units = [("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)];
    match units.iter().find(|(_, factor)| bytes >= *factor) {
        Some((unit, factor)) => format!("{:.1} {unit}", bytes / factor).replace(".0 ", " "),
        None => format!("{bytes:.0} B"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_as_people_say_them() {
        assert_eq!([0.0, 512.0, 2_000.0, 3_140_000.0, 1.5e9].map(size), ["0 B", "512 B", "2 kB", "3.1 MB", "1.5 GB"]);
    }
}
