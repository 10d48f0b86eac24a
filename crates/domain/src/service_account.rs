//! A service account: a program's place in one organization. It has a role and groups like a member, and tokens instead of a
//! person's credentials.

use crate::Timestamp;
use crate::grant::Granting;
use crate::id::ServiceAccountId;
use crate::member::Belonging;
use crate::role::Role;

#[derive(Clone, Debug)]
pub struct ServiceAccount {
    pub id: ServiceAccountId,
    pub name: String,
    pub description: String,
    pub role: Role,
    pub role_until: Option<Timestamp>,
    pub role_granted: Granting,
    pub groups: Vec<Belonging>,
    pub deactivated: Option<Granting>,
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
    pub revision: i64,
}
