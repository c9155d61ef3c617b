//! The command line, as a person types it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::model::Duration;

/// The incident console for disaster recovery: live RTO and RPO, and checklists whose steps call real backends.
///
/// Without a command it opens the console on a plan: --plan, else $LIFEBOAT_PLAN, else ./plan.yaml.
/// `lifeboat demo` opens it on a simulated platform and touches nothing.
#[derive(Debug, Parser)]
#[command(name = "lifeboat", version, propagate_version = true, args_conflicts_with_subcommands = true)]
#[command(after_help = "Exit codes: 0 good, 1 the answer is bad news, 2 cannot tell, 3 your input is wrong, 4 Lifeboat failed.")]
pub struct Cli {
    #[command(flatten)]
    pub console: ConsoleArgs,
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The console itself.
#[derive(Debug, Args)]
pub struct ConsoleArgs {
    /// The plan's directory (with plan.yaml and runbooks/), or its plan.yaml
    #[arg(long, value_name = "DIR", env = "LIFEBOAT_PLAN")]
    pub plan: Option<PathBuf>,
    /// The journal; by default $XDG_STATE_HOME/lifeboat/PLAN.db
    #[arg(long, value_name = "FILE")]
    pub journal: Option<PathBuf>,
    /// The region of the plan that this machine stands in: Lifeboat warns when the journal would be lost with the primary one
    #[arg(long, value_name = "REGION", env = "LIFEBOAT_REGION")]
    pub here: Option<String>,
    /// Only look: built without anything that acts and without a journal writer
    #[arg(long)]
    pub read_only: bool,
    /// Your name in the journal; by default your login
    #[arg(long = "as", value_name = "NAME")]
    pub name: Option<String>,
    #[command(flatten)]
    pub look: Look,
}

/// How it looks.
#[derive(Clone, Debug, Default, Args)]
pub struct Look {
    /// dark, light, or a theme file; by default dark
    #[arg(long, value_name = "NAME|FILE", env = "LIFEBOAT_THEME")]
    pub theme: Option<String>,
    /// Key bindings that add to and replace the built-in ones
    #[arg(long, value_name = "FILE", env = "LIFEBOAT_KEYMAP")]
    pub keymap: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// The console on the simulated platform, with a fault about to unfold
    Demo(DemoArgs),
    /// One look: verdict, clocks, objectives, what is next
    ///
    /// Asks every connection of the plan once, changes nothing, and writes no file.
    /// Exit code 0: all met; 1: something is at risk or missed; 2: cannot tell.
    Status(StatusArgs),
    /// Could every action of every runbook be done now?
    ///
    /// For each action: are its secrets where the plan says, does its server answer, does the certificate hold and for how
    /// long, is the login let in, may it do what the step does, is the program there. It asks by both logins and changes nothing;
    /// a step's target in the state that the runbook brings about (a standby that became a primary) is not waited for.
    /// Exit code 0: all could be done; 1: something would fail; 2: something cannot be told, as nothing answers there.
    Doctor(DoctorArgs),
    /// Check a plan, or print the JSON Schemas of its files
    Plan {
        #[command(subcommand)]
        command: PlanCommand,
    },
    /// What happened so far
    Incident {
        #[command(subcommand)]
        command: IncidentCommand,
    },
    /// The report of an incident: objectives against actuals, timeline, steps, who, evidence
    Report {
        /// Its name, such as INC-0042; by default the newest
        incident: Option<String>,
        #[command(flatten)]
        journal: JournalArg,
        /// Facts as JSON instead of Markdown
        #[arg(long)]
        json: bool,
    },
    /// Verify or export the journal, or go on in another file
    Journal {
        #[command(subcommand)]
        command: JournalCommand,
    },
    /// Completions for your shell, to standard output
    Completions { shell: clap_complete::Shell },
    /// The manual page, to standard output
    Man,
}

#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Which story unfolds; see --list
    #[arg(long, value_name = "NAME")]
    pub scenario: Option<String>,
    /// The same seed tells the same story
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// How much faster than real time
    #[arg(long, value_name = "X")]
    pub speed: Option<f64>,
    /// List the scenarios
    #[arg(long)]
    pub list: bool,
    /// The list as JSON: name and title of each
    #[arg(long, requires = "list")]
    pub json: bool,
    /// Keep the journal in this file instead of a temporary one
    #[arg(long, value_name = "FILE")]
    pub journal: Option<PathBuf>,
    /// Your name in the journal; by default that of the story's commander
    #[arg(long = "as", value_name = "NAME")]
    pub name: Option<String>,
    #[command(flatten)]
    pub look: Look,
}

#[derive(Debug, Args)]
pub struct StatusArgs {
    /// The plan's directory (with plan.yaml and runbooks/), or its plan.yaml
    #[arg(long, value_name = "DIR", env = "LIFEBOAT_PLAN")]
    pub plan: Option<PathBuf>,
    /// The journal; by default the plan's
    #[arg(long, value_name = "FILE")]
    pub journal: Option<PathBuf>,
    /// How long to wait for connections that do not answer
    #[arg(long, value_name = "SPAN", default_value = "10s")]
    pub wait: Duration,
    /// Facts as JSON
    #[arg(long)]
    pub json: bool,
    /// Write one self-contained page for people outside: no phones, hosts or replies on it
    #[arg(long, value_name = "FILE", conflicts_with = "json")]
    pub html: Option<PathBuf>,
    /// With --html: go on, and write the page anew that often
    #[arg(long, value_name = "SPAN", requires = "html", num_args = 0..=1, default_missing_value = "10s")]
    pub watch: Option<Duration>,
    /// Print the JSON Schema of what --json prints, and look at nothing
    #[arg(long)]
    pub schema: bool,
}

#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Only these runbooks, and those that they run in place; by default all
    #[arg(value_name = "RUNBOOK")]
    pub runbooks: Vec<String>,
    /// The plan's directory (with plan.yaml and runbooks/), or its plan.yaml
    #[arg(long, value_name = "DIR", env = "LIFEBOAT_PLAN")]
    pub plan: Option<PathBuf>,
    /// How long to wait for each connection
    #[arg(long, value_name = "SPAN", default_value = "30s")]
    pub wait: Duration,
    /// Facts as JSON
    #[arg(long)]
    pub json: bool,
    /// Print the JSON Schema of what --json prints, and ask nothing
    #[arg(long)]
    pub schema: bool,
}

#[derive(Debug, Subcommand)]
pub enum PlanCommand {
    /// Check a plan: every error and finding with its place, all at once
    Check {
        /// The plan's directory, or its plan.yaml
        #[arg(value_name = "DIR", env = "LIFEBOAT_PLAN", default_value = ".")]
        dir: PathBuf,
        /// Findings as JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the plan's objectives as Prometheus alert rules
    Rules {
        /// The plan's directory, or its plan.yaml
        #[arg(value_name = "DIR", env = "LIFEBOAT_PLAN", default_value = ".")]
        dir: PathBuf,
        /// Only those for this Prometheus connection of the plan
        #[arg(long, value_name = "CONNECTION")]
        via: Option<String>,
        /// The rules as JSON, with what they leave out
        #[arg(long)]
        json: bool,
    },
    /// Print the JSON Schema that an editor can use
    Schema {
        /// Of which file
        #[arg(value_enum, default_value_t = SchemaOf::Plan)]
        of: SchemaOf,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    Plan,
    Runbook,
}

#[derive(Debug, Subcommand)]
pub enum IncidentCommand {
    /// List the journal's incidents, open ones first
    List {
        #[command(flatten)]
        journal: JournalArg,
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
pub enum JournalCommand {
    /// Find any changed, removed, added, reordered or cut-off record
    Verify {
        #[command(flatten)]
        journal: JournalArg,
        /// SEQ:HASH, as a report or an export printed it: proves that nothing was cut off since
        #[arg(long, value_name = "SEQ:HASH")]
        head: Option<String>,
        /// Verify also FILE, which it continues: that nothing of it is missing, and nothing was added since
        #[arg(long, value_name = "FILE")]
        before: Option<PathBuf>,
        #[arg(long)]
        json: bool,
    },
    /// All records as JSON lines, with the head in the last one
    Export {
        #[command(flatten)]
        journal: JournalArg,
    },
    /// Go on in another file: when the disk is full or read-only, or the journal is damaged
    ///
    /// Copies all records with their chain, adds one that says where they come from, and marks the old file, so that no
    /// console opens it by mistake. The old file itself is left as it is. End all consoles first.
    Continue {
        #[command(flatten)]
        journal: JournalArg,
        /// The file that goes on; it must not be there yet
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
        /// Go on although the journal is damaged, and record why: what cannot be read is left behind, what nothing proves is marked
        #[arg(long, value_name = "WHY")]
        despite_damage: Option<String>,
        /// Your name in the journal; by default your login
        #[arg(long = "as", value_name = "NAME")]
        name: Option<String>,
    },
}

/// Which journal.
#[derive(Debug, Args)]
pub struct JournalArg {
    /// The journal; by default the plan's
    #[arg(long, value_name = "FILE")]
    pub journal: Option<PathBuf>,
    /// The plan whose journal it is
    #[arg(long, value_name = "DIR", env = "LIFEBOAT_PLAN")]
    pub plan: Option<PathBuf>,
}
