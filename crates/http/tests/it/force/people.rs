//! What people may by their membership, roles and groups.

use serde_json::{Value, json};

use super::{Pair, acme, done, enters, may, session};
use crate::app::text;

pub const TAKEN: &[&str] = &[
    "change_member_role",
    "disable_member",
    "remove_member",
    "leave",
    "give_up_ownership",
    "edit_role",
    "delete_role",
    "change_group_role",
    "remove_group_member",
    "delete_group",
    "register_permissions",
    "revoke_superuser",
];

const MANAGE: &str = "roster.member.manage";
const VIEW: &str = "roster.member.view";

pub async fn walk(pair: Pair) {
    memberships(&pair).await;
    roles(&pair).await;
    groups(&pair).await;
    superusers(&pair).await;
    pair.ends(TAKEN);
}

async fn memberships(pair: &Pair) {
    let olivia = pair.there(&pair.app.olivia);
    let ada = pair.person("ada", "admin").await;
    let change = olivia.put(
        &acme(&format!("members/{}/role", ada.member)),
        json!({ "role": "guest" }),
    );
    pair.taken("change_member_role", &[may(&ada, MANAGE)], change).await;

    // Their token, too.
    let token = |person: &crate::app::Person| person.post("/me/tokens", json!({ "name": "Laptop" }));
    let ben = pair.person("ben", "admin").await;
    let laptop = text(&token(&ben).await.is(201)["token"]);
    let disable = olivia.put(
        &acme(&format!("members/{}/disablement", ben.member)),
        json!({ "reason": "Away." }),
    );
    let all = [session(&ben), enters(&laptop), may(&ben, MANAGE)];
    pair.taken("disable_member", &all, disable).await;

    let cleo = pair.person("cleo", "admin").await;
    let laptop = text(&token(&cleo).await.is(201)["token"]);
    let remove = olivia.delete(&acme(&format!("members/{}", cleo.member)));
    let all = [session(&cleo), enters(&laptop), may(&cleo, MANAGE)];
    pair.taken("remove_member", &all, remove).await;

    let dora = pair.person("dora", "admin").await;
    let leave = dora.delete("/me/organizations/acme");
    pair.taken("leave", &[may(&dora, MANAGE)], leave).await;

    let emil = pair.person("emil", "admin").await;
    let owner = acme(&format!("owners/{}", emil.member));
    done(olivia.put(&owner, Value::Null)).await;
    // Their own act: nobody takes it from them.
    let give_up = emil.delete(&owner);
    let all = [may(&emil, "roster.organization.change_owner")];
    pair.taken("give_up_ownership", &all, give_up).await;
}

async fn roles(pair: &Pair) {
    let olivia = pair.there(&pair.app.olivia);
    let role = json!({ "name": "Helper", "permissions": ["roster.organization.view", VIEW, MANAGE] });
    done(olivia.post(&acme("roles"), role)).await;
    let fay = pair.person("fay", "helper").await;
    let less = json!({ "permissions": ["roster.organization.view", VIEW] });
    let edit = olivia.patch(&acme("roles/helper"), less);
    pair.taken("edit_role", &[may(&fay, MANAGE)], edit).await;

    let delete = olivia.delete(&acme("roles/helper?replace_with=guest"));
    pair.taken("delete_role", &[may(&fay, VIEW)], delete).await;

    let declared = |names: &[&str]| {
        let permissions: Vec<Value> = names
            .iter()
            .map(|name| json!({ "name": name, "applies_to": "organization", "description": name }))
            .collect();
        json!({ "application": "shop", "permissions": permissions })
    };
    let both = declared(&["order.view", "order.cancel"]);
    done(olivia.put(&acme("permissions"), both)).await;
    // Of no role: an Owner has what is declared.
    let declare = olivia.put(&acme("permissions"), declared(&["order.view"]));
    let all = [may(&olivia, "order.cancel")];
    pair.taken("register_permissions", &all, declare).await;
}

async fn groups(pair: &Pair) {
    let olivia = pair.there(&pair.app.olivia);
    let gerd = pair.person("gerd", "guest").await;
    let group = json!({ "name": "Crew", "role": "admin", "members": [gerd.member] });
    done(olivia.post(&acme("groups"), group)).await;
    let change = olivia.put(&acme("groups/crew/role"), json!({ "role": "guest" }));
    pair.taken("change_group_role", &[may(&gerd, MANAGE)], change).await;

    done(olivia.put(&acme("groups/crew/role"), json!({ "role": "admin" }))).await;
    let remove = olivia.delete(&acme(&format!("groups/crew/members/{}", gerd.member)));
    pair.taken("remove_group_member", &[may(&gerd, MANAGE)], remove).await;

    // For a while, which ends by itself and is told by nobody.
    let until = pair.app.roster.now().plus(domain::time::HOUR).to_string();
    let member = acme(&format!("groups/crew/members/{}", gerd.member));
    done(olivia.put(&member, json!({ "until": until }))).await;
    pair.heard().await;
    let held = may(&gerd, MANAGE);
    assert!(pair.holds(&held).await && pair.holds(&held).await);
    pair.app.pass(domain::time::HOUR);
    assert!(!pair.holds(&held).await, "its time is over");
    pair.app.pass(-domain::time::HOUR);

    let delete = olivia.delete(&acme("groups/crew"));
    pair.taken("delete_group", &[held], delete).await;
}

async fn superusers(pair: &Pair) {
    let sid = pair.there(&pair.app.sid);
    let hanna = pair.person("hanna", "guest").await;
    let path = format!("/instance/superusers/{}", hanna.account);
    done(sid.put(&path, Value::Null)).await;
    let revoke = sid.delete(&path);
    pair.taken("revoke_superuser", &[may(&hanna, "roster.organization.delete")], revoke)
        .await;
}
