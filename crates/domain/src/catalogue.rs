//! An organization's catalogue: Roster's own permissions and those that its preset or a host application declares. Each has
//! a place in it, so that a set of permissions is a row of bits and a check is one look.

use std::collections::HashMap;

use crate::permission::{Level, Permission, PermissionSet};
use crate::preset::DeclaredPermission;

/// Where a permission stands in its catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place(u16);

impl From<Permission> for Place {
    /// Roster's own stand first, in the order of their list.
    fn from(permission: Permission) -> Self {
        Self(permission as u16)
    }
}

#[derive(Clone, Debug)]
pub struct Known {
    pub name: String,
    pub applies_to: Level,
    pub module: Option<String>,
    pub description: String,
    /// Roster's own permissions that come with it.
    pub carries: Vec<String>,
    /// The host application that declared it; none for Roster's own and the preset's.
    pub application: Option<String>,
    carried: Vec<Place>,
}

#[derive(Clone, Debug)]
pub struct Catalogue {
    known: Vec<Known>,
    places: HashMap<String, Place>,
}

impl Catalogue {
    pub fn new(declared: impl IntoIterator<Item = DeclaredPermission>) -> Self {
        let own = Permission::ALL.iter().map(|permission| Known {
            name: permission.name().to_owned(),
            applies_to: permission.applies_to(),
            module: None,
            description: permission.description().to_owned(),
            carries: Vec::new(),
            application: None,
            carried: Vec::new(),
        });
        let declared = declared.into_iter().map(|declared| Known {
            carried: declared
                .carries
                .iter()
                .filter_map(|name| Permission::parse(name).map(Place::from))
                .collect(),
            name: declared.name,
            applies_to: declared.applies_to,
            module: declared.module,
            description: declared.description,
            carries: declared.carries,
            application: declared.application,
        });
        let known: Vec<Known> = own.chain(declared).collect();
        let places = (0_u16..)
            .zip(&known)
            .map(|(place, known)| (known.name.clone(), Place(place)))
            .collect();
        Self { known, places }
    }

    pub fn place(&self, name: &str) -> Option<Place> {
        self.places.get(name).copied()
    }

    pub fn at(&self, place: Place) -> &Known {
        &self.known[usize::from(place.0)]
    }

    pub fn iter(&self) -> impl Iterator<Item = (Place, &Known)> {
        (0_u16..).map(Place).zip(&self.known)
    }

    /// What a role of these permissions gives: those of its level, and what they carry. Names the catalogue does not know
    /// give nothing.
    pub fn expand(&self, permissions: &PermissionSet) -> Bits {
        let mut bits = self.none();
        for place in permissions.iter().filter_map(|name| self.place(name)) {
            bits.insert(place);
            for carried in &self.at(place).carried {
                bits.insert(*carried);
            }
        }
        bits
    }

    pub fn none(&self) -> Bits {
        Bits(vec![0; self.known.len().div_ceil(64)].into())
    }

    pub fn all(&self) -> Bits {
        let mut bits = self.none();
        for (place, _) in self.iter() {
            bits.insert(place);
        }
        bits
    }

    pub fn names<'a>(&'a self, bits: &'a Bits) -> impl Iterator<Item = &'a str> {
        self.iter()
            .filter(|(place, _)| bits.has(*place))
            .map(|(_, known)| known.name.as_str())
    }

    pub fn set(&self, bits: &Bits) -> PermissionSet {
        self.names(bits).collect()
    }
}

/// A set of permissions of one catalogue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Bits(Box<[u64]>);

impl Bits {
    pub fn has(&self, place: Place) -> bool {
        let word = self.0.get(usize::from(place.0 / 64)).copied().unwrap_or(0);
        word >> (place.0 % 64) & 1 == 1
    }

    pub fn insert(&mut self, place: Place) {
        if let Some(word) = self.0.get_mut(usize::from(place.0 / 64)) {
            *word |= 1 << (place.0 % 64);
        }
    }

    /// Both of one catalogue.
    pub fn extend(&mut self, other: &Self) {
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            *word |= more;
        }
    }

    /// What this holds and the other does not.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        let theirs = other.0.iter().copied().chain(std::iter::repeat(0));
        Self(self.0.iter().zip(theirs).map(|(word, other)| word & !other).collect())
    }

    /// What both hold.
    #[must_use]
    pub fn within(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(word, other)| word & other).collect())
    }

    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    pub fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(name: &str, carries: &[&str]) -> DeclaredPermission {
        DeclaredPermission {
            name: name.to_owned(),
            applies_to: Level::Organization,
            module: None,
            description: String::new(),
            carries: carries.iter().map(|name| (*name).to_owned()).collect(),
            application: None,
        }
    }

    #[test]
    fn rosters_own_permissions_stand_where_their_list_has_them() {
        let catalogue = Catalogue::new([declared("people.invite", &[])]);
        for permission in Permission::ALL {
            assert_eq!(catalogue.place(permission.name()), Some(Place::from(*permission)));
        }
        assert_eq!(catalogue.place("people.dismiss"), None);
    }

    #[test]
    fn a_declared_permission_brings_what_it_carries() {
        let catalogue = Catalogue::new([declared("people.invite", &["roster.invitation.send"])]);
        let bits = catalogue.expand(&["people.invite", "unheard.of"].into_iter().collect());
        assert_eq!(
            catalogue.names(&bits).collect::<Vec<_>>(),
            ["roster.invitation.send", "people.invite"]
        );
        assert_eq!(bits.len(), 2);
        assert!(bits.without(&catalogue.all()).is_empty());
        assert_eq!(catalogue.all().without(&bits).len(), catalogue.all().len() - 2);
        assert_eq!(bits.within(&catalogue.all()), bits);
    }
}
