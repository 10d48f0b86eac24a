//! Puts differences into words of a preview, each once.

use std::collections::HashSet;

use domain::effect::{Effect, Kind, Preview, Subject};

use crate::model::Difference;

pub(super) struct Teller<'a> {
    preview: &'a mut Preview,
    /// Kind, subject, permission and resource of what was told of somebody.
    told: HashSet<(Kind, String, String, String)>,
}

impl<'a> Teller<'a> {
    pub fn new(preview: &'a mut Preview) -> Self {
        Self {
            preview,
            told: HashSet::new(),
        }
    }

    /// Counts and, as long as there is room, names what one person gains and loses.
    pub fn person(&mut self, subject: &Subject, resource: &str, resource_name: &str, changed: &Difference) {
        for (kind, permission) in kinds(changed) {
            let key = (kind, subject.id.clone(), permission.to_owned(), resource.to_owned());
            if self.told.insert(key) {
                self.preview.add(effect(kind, subject, permission, resource_name));
            }
        }
    }

    /// Counts what so many people gain and lose alike.
    pub fn counted(&mut self, people: i64, changed: &Difference) {
        let people = people.unsigned_abs();
        self.preview
            .count(Kind::PermissionGained, people * changed.gained.len() as u64);
        self.preview
            .count(Kind::PermissionLost, people * changed.lost.len() as u64);
    }

    /// Names one of those that were counted.
    pub fn named(&mut self, subject: &Subject, resource: &str, resource_name: &str, changed: &Difference) {
        for (kind, permission) in kinds(changed) {
            let key = (kind, subject.id.clone(), permission.to_owned(), resource.to_owned());
            if self.told.insert(key) {
                self.preview.name(effect(kind, subject, permission, resource_name));
            }
        }
    }
}

fn kinds(changed: &Difference) -> impl Iterator<Item = (Kind, &str)> {
    let gained = changed
        .gained
        .iter()
        .map(|name| (Kind::PermissionGained, name.as_str()));
    let lost = changed.lost.iter().map(|name| (Kind::PermissionLost, name.as_str()));
    gained.chain(lost)
}

fn effect(kind: Kind, subject: &Subject, permission: &str, resource: &str) -> Effect {
    Effect::new(kind, subject.clone())
        .permission(permission)
        .resource(resource)
}
