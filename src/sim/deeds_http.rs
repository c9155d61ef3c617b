//! `http.request` on the simulated platform: nothing is sent, and it says so.

use super::{
    deed::{Deed, Watch, effect},
    world::World,
};
use crate::{
    model::{Call, Effect, Outcome, PartPreview, PartReport, Request, Time},
    systems::http::specs::READING,
};

pub struct HttpDeed {
    via: String,
    method: String,
    path: String,
    body: Option<String>,
}

impl HttpDeed {
    pub fn new(call: &Call, undo: bool) -> Result<Self, String> {
        if undo {
            return Err("http.request cannot be taken back: give the step an `undo` of its own".into());
        }
        let text = |field: &str| call.text(field).map(str::to_owned).ok_or(format!("http.request needs `{field}` in its `with`"));
        let via = call.via.clone().ok_or("http.request needs `via`: the name of an http connection")?;
        let body = call.with.get("json").or(call.with.get("form")).map(ToString::to_string);
        Ok(Self { via, method: text("method")?, path: text("path")?, body })
    }

    fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

impl Deed for HttpDeed {
    fn name(&self) -> String {
        "http.request".into()
    }
    fn via(&self) -> Option<&str> {
        Some(&self.via)
    }
    fn target(&self) -> &str {
        &self.via
    }
    fn mutates(&self) -> bool {
        !READING.contains(&self.method.as_str())
    }
    fn parts(&self, _: &World) -> Result<Vec<PartPreview>, String> {
        Ok(vec![PartPreview { name: self.via.clone(), change: self.line(), before: None }])
    }
    fn requests(&self, world: &World, _: &[PartPreview]) -> Vec<Request> {
        let to = world.lines.get(&self.via).map_or_else(String::new, |line| line.address.clone());
        let body = self.body.as_ref().map(|body| format!(", sending {body}")).unwrap_or_default();
        vec![Request { to, text: format!("{}{body}", self.line()) }]
    }
    fn effects(&self, _: &World, _: &[PartPreview]) -> (Vec<Effect>, Vec<String>) {
        (vec![effect("simulated: nothing is sent")], vec![])
    }
    fn send(&self, _: &mut World, _: &str) -> Result<(), String> {
        Ok(())
    }
    fn watch(&self, _: &World, part: &str, _: Time) -> Watch {
        Watch::ended(part, Outcome::succeeded("simulated: nothing was sent"))
    }
    fn read_back(&self, _: &World, part: &str, _: Time) -> PartReport {
        let outcome = match self.mutates() {
            true => Outcome::unknown("a request cannot be read back: look at what it was to do, then resolve it by hand"),
            false => Outcome::succeeded("simulated: nothing was sent"),
        };
        PartReport::new(part, outcome)
    }
}
