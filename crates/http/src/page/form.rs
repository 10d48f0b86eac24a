//! What was wrong with a submitted form, so that the page can say it twice: on top, and beside each field.

#[derive(Clone, Debug, Default)]
pub struct Errors(Vec<FieldError>);

#[derive(Clone, Debug)]
pub struct FieldError {
    /// The field's name; empty where the whole form is meant.
    pub field: String,
    pub message: String,
}

impl Errors {
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// About one field; `field` is its `name` in the form.
    #[must_use]
    pub fn with(mut self, field: impl Into<String>, message: impl Into<String>) -> Self {
        self.add(field, message);
        self
    }

    /// About the form as a whole.
    #[must_use]
    pub fn general(message: impl Into<String>) -> Self {
        Self::none().with("", message)
    }

    pub fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push(FieldError {
            field: field.into(),
            message: message.into(),
        });
    }

    #[must_use]
    pub fn any(&self) -> bool {
        !self.0.is_empty()
    }

    #[must_use]
    pub fn list(&self) -> &[FieldError] {
        &self.0
    }

    /// The first message about a field, or an empty text.
    #[must_use]
    pub fn of(&self, field: &str) -> &str {
        self.0
            .iter()
            .find(|error| error.field == field)
            .map_or("", |error| error.message.as_str())
    }
}

/// The name of a field that stands in a form once per row.
#[must_use]
pub fn nth(name: &str, row: impl std::fmt::Display) -> String {
    format!("{name}.{row}")
}

/// One entry of a drop-down, a set of cards or a list of boxes to tick.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    pub value: String,
    pub label: String,
    /// One sentence that helps to choose; may be empty.
    pub hint: String,
    pub selected: bool,
    /// Why it cannot be chosen; empty where it can.
    pub unavailable: String,
}

impl Choice {
    #[must_use]
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            label: label.into(),
            ..Self::default()
        }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    #[must_use]
    pub fn selected(mut self, selected: bool) -> Self {
        self.selected = selected;
        self
    }

    #[must_use]
    pub fn unavailable(mut self, reason: impl Into<String>) -> Self {
        self.unavailable = reason.into();
        self
    }
}
