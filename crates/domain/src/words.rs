//! What an organization's pages call things. A preset chooses the words of the product it stands for;
//! whatever it leaves out keeps the standard wording below.

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($($(#[$doc:meta])* $field:ident = $standard:literal;)+) => {
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct Words {
            $($(#[$doc])* pub $field: String,)+
        }

        impl Default for Words {
            fn default() -> Self {
                Self { $($field: $standard.to_owned(),)+ }
            }
        }
    };
}

words! {
    /// Title of the people page and of its entry in the navigation.
    people = "People";
    /// Placeholder of the search box.
    search = "Search by name or e-mail";
    /// Button that opens the invitation form.
    invite = "Invite people";
    /// Button that sends the invitation.
    send_invitation = "Send invitation";
    /// Button that opens the form for an account made without mail.
    create = "Create account";
    /// Button of that form.
    create_submit = "Create account";
    /// Button that opens the form for many people at once.
    add_many = "Add several";
    /// Button of that form that makes accounts.
    add_many_submit = "Create accounts";
    /// The page of all invitations with their states.
    invitations = "Invitations";
    /// The card of invitations that still wait.
    pending_invitations = "Pending invitations";
    /// Button that opens the form of a member's own data.
    edit_profile = "Edit profile";
    /// Labels of the fields that say who somebody is.
    full_name = "Full name";
    email_address = "E-mail address";
    phone_number = "Phone number";
    change_role = "Change role";
    disable = "Disable access";
    enable = "Enable access";
    suspend = "Suspend";
    lift_suspension = "Lift suspension";
    remove = "Remove";
    delete_account = "Delete account";
    reset_password = "Reset password";
    revoke = "Revoke";
    resend = "Resend";
    status_active = "Active";
    status_invited = "Invited";
    status_disabled = "Disabled";
    status_suspended = "Suspended";
    status_awaiting_consent = "Awaiting consent";
    invitation_pending = "Pending";
    invitation_accepted = "Accepted";
    invitation_expired = "Expired";
    invitation_revoked = "Revoked";
}
