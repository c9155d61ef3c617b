//! The rules of time, data and places, as tables.

mod backups;
mod clean;
mod data;
mod following;
mod frontier;
mod incident;
mod past;
mod places;
mod redis;
mod runs;
mod split;
mod stop;
mod time;
