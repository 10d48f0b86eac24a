//! What surrounds the content of a page: whose instance, which organization, who is signed in, where one can go.

use super::instance::Place;
use super::part::Avatar;
use domain::words::Words;

#[derive(Clone, Debug, Default)]
pub struct Shell {
    /// The name of the instance, as the operator chose it.
    pub instance: String,
    /// Title of the page, without the instance's name.
    pub title: String,
    pub viewer: Option<Viewer>,
    pub organization: Option<Organization>,
    /// The viewer's own organizations, for the switcher.
    pub organizations: Vec<Membership>,
    /// The sections this viewer may open; the others are not drawn.
    pub sections: Vec<Section>,
    pub current: Option<Section>,
    /// The viewer is no member, and sees the organization by being superuser.
    pub looks_in: bool,
    /// What is the matter with the organization, for those who can mend it; stays until it is mended. Empty: nothing.
    pub warning: String,
    /// Shown once, after the redirect that followed a change.
    pub notice: Option<Notice>,
}

#[derive(Clone, Debug)]
pub struct Viewer {
    pub name: String,
    pub username: String,
    pub superuser: bool,
}

#[derive(Clone, Debug)]
pub struct Organization {
    pub name: String,
    pub slug: String,
    pub words: Words,
}

#[derive(Clone, Debug)]
pub struct Membership {
    pub name: String,
    pub slug: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    People,
    /// Where the people are not the viewer's to see.
    Groups,
    Invitations,
    Projects,
    ServiceAccounts,
    Audit,
    /// Where the settings are not the viewer's to open.
    Roles,
    Settings,
    /// The three of the person's own; drawn where no organization is open.
    Organizations,
    Profile,
    Help,
    /// A page of the instance, for superusers.
    Instance(Place),
}

/// One line of the navigation.
#[derive(Clone, Debug)]
pub struct Entry {
    pub label: String,
    pub href: String,
    pub icon: &'static str,
    pub current: bool,
    /// The heading over it, where it is the first one under that.
    pub group: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    Success,
    Warning,
    Error,
    Information,
}

#[derive(Clone, Debug)]
pub struct Notice {
    pub kind: NoticeKind,
    pub text: String,
}

impl Shell {
    /// Where the current organization's pages begin, without a slash at the end.
    #[must_use]
    pub fn base(&self) -> String {
        match &self.organization {
            Some(organization) => format!("/o/{}", organization.slug),
            None => String::new(),
        }
    }

    /// What the navigation offers: the organization's sections, or, where none is open, the instance's places or the
    /// person's own pages.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        if self.is_at_instance() {
            return self.places();
        }
        let own = [Section::Organizations, Section::Profile, Section::Help];
        let sections = match (&self.organization, &self.viewer) {
            (Some(_), _) => self.sections.as_slice(),
            (None, Some(_)) => own.as_slice(),
            (None, None) => &[],
        };
        let mut entries: Vec<Entry> = sections.iter().map(|section| self.entry(*section)).collect();
        if self.organization.is_none() && self.is_superuser() {
            entries.push(Entry {
                label: "The whole server".to_owned(),
                href: "/instance".to_owned(),
                icon: "shield",
                current: false,
                group: "",
            });
        }
        entries
    }

    fn entry(&self, section: Section) -> Entry {
        let base = self.base();
        let words = self.organization.as_ref().map(|organization| &organization.words);
        let word = |choose: fn(&Words) -> &String| words.map(|words| choose(words).clone()).unwrap_or_default();
        let (label, href, icon) = match section {
            Section::People => (word(|words| &words.people), format!("{base}/people"), "people"),
            Section::Groups => ("Groups".to_owned(), format!("{base}/groups"), "people"),
            Section::Invitations => (word(|words| &words.invitations), format!("{base}/invitations"), "mail"),
            Section::Projects => ("Projects".to_owned(), format!("{base}/projects"), "box"),
            Section::ServiceAccounts => ("Service accounts".to_owned(), format!("{base}/service-accounts"), "key"),
            Section::Audit => ("Audit log".to_owned(), format!("{base}/audit"), "log"),
            Section::Roles => ("Roles".to_owned(), format!("{base}/roles"), "key"),
            Section::Settings => ("Settings".to_owned(), format!("{base}/settings"), "gear"),
            Section::Organizations => ("Your organizations".to_owned(), "/organizations".to_owned(), "building"),
            Section::Profile => ("Profile settings".to_owned(), "/me".to_owned(), "person"),
            Section::Help => ("API help".to_owned(), "/docs".to_owned(), "code"),
            Section::Instance(place) => {
                let about = place.about();
                (about.label.to_owned(), about.path.to_owned(), about.icon)
            }
        };
        Entry {
            label,
            href,
            icon,
            current: self.current == Some(section)
                || (section == Section::Roles && self.current == Some(Section::Settings))
                || (section == Section::Groups && self.current == Some(Section::People)),
            group: "",
        }
    }

    /// Whether it is a page of the instance.
    #[must_use]
    pub fn is_at_instance(&self) -> bool {
        matches!(self.current, Some(Section::Instance(_)))
    }

    fn places(&self) -> Vec<Entry> {
        let mut heading = "";
        Place::ALL
            .iter()
            .map(|place| {
                let group = place.about().group;
                let first = group != heading;
                heading = group;
                Entry {
                    group: if first { group } else { "" },
                    ..self.entry(Section::Instance(*place))
                }
            })
            .collect()
    }

    #[must_use]
    pub fn is_superuser(&self) -> bool {
        self.viewer.as_ref().is_some_and(|viewer| viewer.superuser)
    }
}

impl Viewer {
    #[must_use]
    pub fn avatar(&self) -> Avatar {
        Avatar::of(&self.name)
    }
}

impl Organization {
    #[must_use]
    pub fn avatar(&self) -> Avatar {
        Avatar::of(&self.name)
    }
}

impl Membership {
    #[must_use]
    pub fn avatar(&self) -> Avatar {
        Avatar::of(&self.name)
    }
}

impl Notice {
    #[must_use]
    pub fn new(kind: NoticeKind, text: impl Into<String>) -> Self {
        Self {
            kind,
            text: text.into(),
        }
    }

    #[must_use]
    pub fn class(&self) -> &'static str {
        match self.kind {
            NoticeKind::Success => "notice--success",
            NoticeKind::Warning => "notice--warning",
            NoticeKind::Error => "notice--error",
            NoticeKind::Information => "notice--information",
        }
    }

    #[must_use]
    pub fn icon(&self) -> &'static str {
        match self.kind {
            NoticeKind::Success => "check",
            NoticeKind::Information => "info",
            NoticeKind::Warning | NoticeKind::Error => "warning",
        }
    }
}
