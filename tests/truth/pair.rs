//! A PostgreSQL primary and its replica, and what a superuser does to them.

use std::process::Command;

use crate::support::lab::Piece;

/// The lab's two servers.
pub struct Pair {
    pub lab: Piece,
}

impl Pair {
    pub fn up(options: &[&str]) -> Self {
        Self { lab: Piece::up("postgres", options) }
    }

    /// The connection to one of the two, as a plan says it, in one line.
    pub fn connection(&self, server: &str) -> String {
        format!(
            "{{every: 1s, postgres: {{host: localhost, port: {}, dbname: orders, ca: \"{}\", observe: {{user: observe, \
             password: {{file: \"{}\"}}}}}}}}",
            self.lab.number(&format!("/{server}/port")),
            self.lab.text("/ca"),
            self.lab.text("/secrets/observe"),
        )
    }

    /// A plan whose `orders` are recovered from the standby `db-west`, told of by the lines `told`. `watched`: the servers that
    /// are asked.
    pub fn plan_of_standby(&self, watched: &[&str], told: &[&str]) -> String {
        let name = |server: &str| if server == "primary" { "db-east" } else { "db-west" };
        let connections: Vec<String> =
            watched.iter().map(|server| format!("{}: {}", name(server), self.connection(server))).collect();
        let told: String = told.iter().map(|line| format!("        {line}\n")).collect();
        format!(
            "apiVersion: lifeboat/v1
kind: Plan
name: orders
regions: [{{name: east, role: primary}}, {{name: west, role: standby}}]
connections: {{{}}}
datasets:
  - name: orders
    rpo: 1m
    sources:
      - name: standby
        kind: replica
        how: streaming
        region: west
        limit: \"< 20s\"
{told}",
            connections.join(", ")
        )
    }

    /// As the superuser, on one of the two.
    pub fn sql(&self, server: &str, statement: &str) -> String {
        let port = self.lab.number(&format!("/{server}/port"));
        let to = format!(
            "host=localhost hostaddr=127.0.0.1 port={port} user=postgres dbname=orders sslmode=verify-full sslrootcert={}",
            self.lab.text("/ca")
        );
        let password = std::fs::read_to_string(self.lab.text("/secrets/postgres")).unwrap();
        let output = Command::new("psql")
            .env("PGPASSWORD", password.trim())
            .args(["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-c", statement, &to])
            .output()
            .unwrap();
        assert!(output.status.success(), "{statement}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}
