//! Invitations: the list with its states, the form, the link, and what the invited person sees.

use super::form::{Choice, Errors};
use super::identity::Offer;
use super::part::{Delivery, InvitationState, May, Pager, Role, Time};
use super::shell::Shell;
use askama::Template;
use domain::words::Words;

#[derive(Clone, Debug, Template)]
#[template(path = "invitation/list.html")]
pub struct List {
    pub shell: Shell,
    pub words: Words,
    pub base: String,
    pub may_invite: bool,
    /// Pending, Accepted, Expired, Revoked, All; the value is that of `?status=`.
    pub tabs: Vec<Choice>,
    pub rows: Vec<Row>,
    /// Such as "12 invitations".
    pub count: String,
    pub pager: Pager,
    /// Whether any mail leaves this server.
    pub mail_works: bool,
    /// Since when mails do not go out, where they do not.
    pub mail_fails: Option<Time>,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub id: String,
    /// E-mail, else username.
    pub invitee: String,
    pub username: String,
    pub role: Role,
    pub identity_provider: String,
    pub sent_by: String,
    pub state: InvitationState,
    /// Such as "accepted 3 November" or "by Olivia Ortega".
    pub remark: String,
    pub delivery: Delivery,
    pub expires: Time,
    pub resend: bool,
    pub revoke: bool,
}

#[derive(Clone, Debug, Template)]
#[template(path = "invitation/create.html")]
pub struct Create {
    pub shell: Shell,
    pub words: Words,
    pub base: String,
    pub errors: Errors,
    pub email: String,
    pub username: String,
    pub providers: Vec<Choice>,
    pub roles: Vec<Choice>,
    /// Of Entra; any where empty.
    pub tenant: String,
    /// Groups that are joined with it; empty where the viewer may fill none.
    pub groups: Vec<Choice>,
    /// Another address for the mail.
    pub notify: String,
    /// Empty: as the organization's policy says.
    pub expires_in_days: String,
    /// What the policy says, such as "7 days".
    pub usual_lifetime: String,
    pub mail_works: bool,
    pub may: May,
}

#[derive(Clone, Debug, Template)]
#[template(path = "invitation/created.html")]
pub struct Created {
    pub shell: Shell,
    pub words: Words,
    pub base: String,
    pub id: String,
    pub invitee: String,
    pub role: Role,
    /// The groups that are joined with it, such as "Design and Research".
    pub groups: String,
    /// The link to hand on; shown once.
    pub link: String,
    pub delivery: Delivery,
    /// Such as "A mail is on its way to ada@example.org." or why none is.
    pub delivery_text: String,
    pub expires: Time,
    /// Whether this came from sending an earlier invitation again.
    pub resent: bool,
}

/// What the invited person sees.
#[derive(Clone, Debug, Template)]
#[template(path = "invitation/accept.html")]
pub struct Accept {
    pub shell: Shell,
    pub errors: Errors,
    /// `/invitations/{token}`
    pub action: String,
    pub organization: String,
    pub invited_by: String,
    pub role: Role,
    pub invitee: String,
    pub expires: Time,
    pub way: Way,
    /// Accounts elsewhere that it can be accepted with.
    pub offers: Vec<Offer>,
    /// What the organization will be able to do with the account, said before joining.
    pub managed_text: String,
}

/// How this invitation can be accepted by whoever looks at it.
#[derive(Clone, Debug)]
pub enum Way {
    /// A new account.
    Register {
        name: String,
        username: String,
        password_advice: String,
    },
    /// Signed in already.
    Join { name: String },
    /// Signed in, but as somebody the invitation is not for.
    OtherPerson { name: String },
    /// The account is there: sign in first.
    SignIn { href: String },
    /// The organization's identity provider says who comes.
    SingleSignOn { href: String },
    /// Somebody else vouches for whom it is for.
    Elsewhere {
        /// Such as "the Google account ada@example.com".
        whom: String,
        /// Who is signed in; empty where nobody is.
        signed_in: String,
    },
}

/// A link that opens nothing (any more).
#[derive(Clone, Debug, Template)]
#[template(path = "invitation/unusable.html")]
pub struct Unusable {
    pub shell: Shell,
    pub heading: String,
    pub text: String,
    /// What to do, line by line.
    pub advice: Vec<String>,
    pub sign_in_href: String,
    /// Where whoever is signed in goes on: label and address; empty where there is nothing for them.
    pub onward: Option<(String, String)>,
}

impl Accept {
    #[must_use]
    pub fn avatar(&self) -> super::part::Avatar {
        super::part::Avatar::of(&self.organization)
    }
}
