//! Figures as lines, each beside its aim.

use super::spread::Spread;

/// The heading over lines of [`line`].
pub fn heading(what: &str) {
    println!("\n{what:<56}{:>13}{:>13}{:>13}", "p50", "p99", "most");
}

pub fn line(name: &str, spread: &Spread) {
    println!("  {name:<54}{spread}");
}

/// How far `more` is from what is aimed at.
pub fn verdict(what: &str, holds: bool, aim: &str) {
    println!("  = {what}: {} the aim of {aim}", if holds { "within" } else { "NOT within" });
}
