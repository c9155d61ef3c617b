//! What no single value shows: names that lead nowhere, circles, actions against the catalogue, and what a plan promises but cannot keep.

pub mod alerts;
pub mod automatic;
pub mod bodies;
pub mod calls;
pub mod connections;
pub mod data;
pub mod expressions;
pub mod graph;
pub mod names;
pub mod needs;
pub mod objectives;
pub mod order;
pub mod people;
pub mod proof;
pub mod requests;
pub mod ways;
