//! Where a secret may stand in a plan's text, so that no message shows it.

/// Whether a key of this name probably holds a secret, also when it is misspelt.
pub fn looks_secret(key: &str) -> bool {
    const PARTS: [&str; 12] = [
        "passw",
        "passphrase",
        "pwd",
        "token",
        "secret",
        "credential",
        "apikey",
        "api_key",
        "private_key",
        "privatekey",
        "authorization",
        "cookie",
    ];
    const WORDS: [&str; 4] = ["password", "token", "secret", "passphrase"];
    if key.len() > 64 {
        return true;
    }
    let lower = key.to_lowercase().replace('-', "_");
    PARTS.iter().any(|part| lower.contains(part))
        || lower == "pass"
        || lower.ends_with("_pass")
        || WORDS.iter().any(|word| is_near(&lower, word))
}

/// A slip of the fingers rarely hits both ends of a word; asking that first spares the costly comparison for most keys.
fn is_near(key: &str, word: &str) -> bool {
    let (key_bytes, bytes) = (key.as_bytes(), word.as_bytes());
    let one_end = key_bytes.first() == bytes.first() || key_bytes.last() == bytes.last();
    one_end && key.len().abs_diff(word.len()) <= 3 && strsim::normalized_damerau_levenshtein(key, word) >= 0.7
}

/// Whether a bare text under this key may be a login with its password.
pub fn holds_login(key: &str) -> bool {
    matches!(key, "observe" | "act" | "application" | "login")
}

/// The character ranges of `line` that hide a secret as far as the line alone can tell: for a file that is no YAML.
pub fn guess(line: &str) -> Vec<(usize, usize)> {
    let length = line.chars().count();
    let mut word = String::new();
    for (at, c) in line.chars().enumerate() {
        if c.is_alphanumeric() || matches!(c, '_' | '-') {
            word.push(c);
        } else {
            if (looks_secret(&word) || holds_login(&word)) && !word.is_empty() {
                return vec![(at + 1, length)];
            }
            word.clear();
        }
    }
    Vec::new()
}

/// The character range of a password in an address such as `https://user:password@host`.
pub fn in_address(line: &str) -> Vec<(usize, usize)> {
    let chars: Vec<char> = line.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at + 3 <= chars.len() {
        if chars[at..at + 3] != [':', '/', '/'] {
            at += 1;
            continue;
        }
        let start = at + 3;
        let is_end = |c: &char| c.is_whitespace() || matches!(c, '/' | '"' | '\'' | ',' | '}' | ']');
        let end = chars[start..].iter().position(is_end).map_or(chars.len(), |n| start + n);
        if let Some(sign) = chars[start..end].iter().rposition(|c| *c == '@') {
            let from = chars[start..start + sign].iter().position(|c| *c == ':').map_or(start, |colon| start + colon + 1);
            found.push((from, start + sign));
        }
        at = end.max(at + 1);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_their_key_even_misspelt() {
        for key in [
            "password",
            "passwrod",
            "Pasword",
            "PGPASSWORD",
            "token",
            "tokn",
            "api-key",
            "client_secret",
            "db_pass",
            "Authorization",
        ] {
            assert!(looks_secret(key), "{key}");
        }
        for key in ["host", "user", "dbname", "region", "ssh_key", "title", "takes", "needs", "steps", "bypass"] {
            assert!(!looks_secret(key), "{key}");
        }
    }

    #[test]
    fn a_password_in_an_address_is_found() {
        let line = "url: https://ada:hunter2@prom.example/x";
        let [(from, to)] = in_address(line)[..] else { panic!("one range") };
        assert_eq!(line.chars().skip(from).take(to - from).collect::<String>(), "hunter2");
        assert!(in_address("url: https://prom.example/a@b:c").is_empty());
    }
}
