//! What our PostgreSQL server answers to Lifeboat's statements.

use super::{fault::ESCAPES, postgres_server::message};

const BOOL: i32 = 16;
const BIGINT: i32 = 20;
const INT: i32 = 23;
const TEXT: i32 = 25;
const FLOAT: i32 = 701;
const INTS: i32 = 1007;

/// A cell in its type.
#[derive(Clone, Copy)]
enum Cell {
    Truth(bool),
    Big(i64),
    Small(i32),
    Word(&'static str),
    Real(f64),
    Null(i32),
}
use Cell::{Big, Null, Real, Small, Truth, Word};

impl Cell {
    fn kind(self) -> i32 {
        match self {
            Truth(_) => BOOL,
            Big(_) => BIGINT,
            Small(_) => INT,
            Word(_) => TEXT,
            Real(_) => FLOAT,
            Null(kind) => kind,
        }
    }
    fn binary(self) -> Option<Vec<u8>> {
        Some(match self {
            Truth(yes) => vec![u8::from(yes)],
            Big(n) => n.to_be_bytes().to_vec(),
            Small(n) => n.to_be_bytes().to_vec(),
            Word(text) => text.as_bytes().to_vec(),
            Real(n) => n.to_be_bytes().to_vec(),
            Null(_) => return None,
        })
    }
    fn text(self) -> Option<Vec<u8>> {
        Some(match self {
            Truth(yes) => if yes { "t" } else { "f" }.into(),
            Big(n) => n.to_string().into(),
            Small(n) => n.to_string().into(),
            Word(text) => text.into(),
            Real(n) => n.to_string().into(),
            Null(_) => return None,
        })
    }
}

/// An answer of one row, or of none for a statement that gives no columns.
pub struct Answer {
    parameters: Vec<i32>,
    cells: Vec<(&'static str, Cell)>,
}

/// By what is in the statement.
pub fn answer(sql: &str, standby: bool) -> Answer {
    let has = |text: &str| sql.contains(text);
    let (parameters, cells): (&[i32], Vec<(&'static str, Cell)>) = if has("AS standby") {
        let system = if has("pg_control_system()") { Word("7412") } else { Null(TEXT) };
        let said = [("standby", Truth(standby)), ("address", Word("10.0.0.1:5432")), ("system", system), ("timeline", Small(3))];
        (&[], said.to_vec())
    } else if has("AS receiving") {
        let real = |name| (name, Real(1.0));
        let mut said = ["lsn", "replayed", "announced", "receipt_age", "receipt", "replay_age"].map(real).to_vec();
        said.extend([
            ("clock", Real(2.0)),
            ("receiving", Truth(standby)),
            ("receiver", Word(ESCAPES)),
            ("connections", Null(FLOAT)),
        ]);
        (&[], said)
    } else if has("pg_terminate_backend") {
        (&[TEXT, INTS], vec![("pid", Small(4)), ("ended", Truth(true))])
    } else if has("rolcanlogin AS login") {
        (&[TEXT], vec![("login", Truth(false)), ("super", Truth(false)), ("sessions", Big(0))])
    } else if has("write_probe'") {
        (&[TEXT], vec![("ready", Truth(true))])
    } else if has("INSERT INTO") || has("DELETE FROM") {
        (&[TEXT], vec![])
    } else if has("SELECT id FROM lifeboat.write_probe") {
        (&[TEXT], vec![("id", Word("x"))])
    } else if has("pg_promote") {
        (&[], vec![("pg_promote", Truth(true))])
    } else if has("select") {
        (&[], vec![("told", Word(ESCAPES))])
    } else {
        (&[], vec![])
    };
    Answer { parameters: parameters.to_vec(), cells }
}

impl Answer {
    /// Its parameters (of a prepared statement) and its columns.
    pub fn description(&self, simple: bool) -> Vec<u8> {
        let mut out = Vec::new();
        if !simple {
            let mut body = (self.parameters.len() as i16).to_be_bytes().to_vec();
            self.parameters.iter().for_each(|kind| body.extend(kind.to_be_bytes()));
            out.extend(message(b't', &body));
        }
        if self.cells.is_empty() {
            if !simple {
                out.extend(message(b'n', b""));
            }
            return out;
        }
        let mut body = (self.cells.len() as i16).to_be_bytes().to_vec();
        for (name, cell) in &self.cells {
            body.extend(name.as_bytes());
            body.extend([0; 7]);
            body.extend(cell.kind().to_be_bytes());
            body.extend([0, 0, 0xff, 0xff, 0xff, 0xff, 0, u8::from(!simple)]);
        }
        out.extend(message(b'T', &body));
        out
    }

    /// Its row and its end; with its columns when it answers a simple query, whose values are text.
    pub fn rows(&self, simple: bool) -> Vec<u8> {
        let mut out = if simple { self.description(true) } else { Vec::new() };
        if !self.cells.is_empty() {
            let mut body = (self.cells.len() as i16).to_be_bytes().to_vec();
            for (_, cell) in &self.cells {
                match if simple { cell.text() } else { cell.binary() } {
                    Some(value) => {
                        body.extend((value.len() as i32).to_be_bytes());
                        body.extend(value);
                    }
                    None => body.extend((-1_i32).to_be_bytes()),
                }
            }
            out.extend(message(b'D', &body));
        }
        out.extend(message(b'C', b"DONE 1\0"));
        out
    }
}
