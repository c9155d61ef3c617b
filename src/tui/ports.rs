//! How the screen is joined to a console.

use std::sync::{Arc, mpsc};

use crate::{
    console::{Reply, Request, Slot},
    picture::Picture,
};

pub struct Ports {
    /// Each second, and after each event, a new one. The screen computes no age itself.
    pub pictures: Arc<Slot<Picture>>,
    pub requests: mpsc::Sender<Request>,
    pub replies: mpsc::Receiver<Reply>,
}
