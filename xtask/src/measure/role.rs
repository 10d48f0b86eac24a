//! A role that nearly everybody has next to one that ten have: what a preview of its change takes, and the change itself.

use serde_json::{Value, json};

use super::node::{House, Node, Owner, open, send};
use super::page::percentiles;
use super::{fill, started, while_doing};

const SLUG: &str = "alike";
const API: &str = "/api/v1/organizations/alike/roles";
const FEW: i64 = 10;
/// Milliseconds.
const PREVIEW: f64 = 1_000.0;

pub async fn run(house: &House, owner: &Owner, members: u32, requests: u32) -> Result<(), String> {
    open(house, owner, SLUG).await?;
    let node = house.serve().await?;
    for slug in ["few", "many"] {
        let body = json!({ "name": slug, "slug": slug, "permissions": permissions(0) });
        send(node.client()?.post(node.at(API)).bearer_auth(&owner.0).json(&body)).await?;
    }
    node.stop().await?;
    let begun = started();
    fill::organization(house, SLUG, 4, members - 1).await?;
    give(house).await?;
    println!("{members} members in {:.0} s", begun.elapsed().as_secs_f64());
    let node = house.serve().await?;
    for slug in ["few", "many"] {
        let role = ask(&node, owner, slug).await?;
        println!("the role {slug} has {} members", role["members"]);
    }
    println!(
        "{:<12} {:>21} {:>21} {:>7} {:>7}",
        "milliseconds", "few: p50 p99", "many: p50 p99", "p50 ×", "p99 ×"
    );
    let (_, preview) = compare(&node, owner, "preview", true, requests).await?;
    println!("  the slowest hundredth in {preview:.0} ms (aim {PREVIEW:.0})");
    let (ratio, _) = compare(&node, owner, "change", false, requests).await?;
    println!("  {ratio:.2} × (aim 2.00 ×)");
    node.stop().await
}

fn permissions(number: u32) -> &'static [&'static str] {
    if number.is_multiple_of(2) {
        &["roster.member.view"]
    } else {
        &["roster.member.view", "roster.group.view"]
    }
}

/// Ten have the one role, all others but the Owner the other.
async fn give(house: &House) -> Result<(), String> {
    fill::execute(
        house,
        "UPDATE membership
         SET role_id = (SELECT r.id FROM role r WHERE r.organization_id = membership.organization_id AND r.slug = 'many')
         WHERE organization_id = (SELECT id FROM organization WHERE slug = 'alike')
             AND role_id = (SELECT r.id FROM role r WHERE r.organization_id = membership.organization_id
                 AND r.slug = 'member' AND r.applies_to = 'organization')",
    )
    .await?;
    fill::execute(
        house,
        "UPDATE membership
         SET role_id = (SELECT r.id FROM role r WHERE r.organization_id = membership.organization_id AND r.slug = 'few')
         WHERE number IN (SELECT m.number FROM membership m JOIN role r ON r.organization_id = m.organization_id AND r.id = m.role_id
             WHERE r.slug = 'many' LIMIT 10)",
    )
    .await?;
    let few = fill::count(
        house,
        "SELECT COUNT(*) FROM membership m JOIN role r ON r.organization_id = m.organization_id AND r.id = m.role_id
         WHERE r.slug = 'few'",
    )
    .await?;
    if few != FEW {
        return Err(format!("{few} members have the role of {FEW}"));
    }
    fill::settle(house).await
}

/// Both in turn, request by request. The ratio of the medians, and what the slowest hundredth of the many takes.
async fn compare(node: &Node, owner: &Owner, name: &str, dry_run: bool, requests: u32) -> Result<(f64, f64), String> {
    let client = node.client()?;
    let mut times = [Vec::new(), Vec::new()];
    let warm_up = 10;
    for number in 0..requests + warm_up {
        for (slug, times) in ["few", "many"].into_iter().zip(&mut times) {
            // A preview is always of the same change; what is changed is changed back the next time.
            let body = json!({ "permissions": permissions(if dry_run { 1 } else { number + 1 }) });
            let path = format!("{API}/{slug}?dry_run={dry_run}");
            let request = client.patch(node.at(&path)).bearer_auth(&owner.0).json(&body);
            let begun = started();
            send(request).await.map_err(while_doing(name))?;
            if number >= warm_up {
                times.push(begun.elapsed().as_secs_f64() * 1_000.0);
            }
        }
    }
    let [few, many] = times.map(percentiles);
    let show = |(half, most): (f64, f64)| format!("{half:.2} {most:.2}");
    let (ratio, most) = (many.0 / few.0, many.1 / few.1);
    println!(
        "{name:<12} {:>21} {:>21} {ratio:>7.2} {most:>7.2}",
        show(few),
        show(many)
    );
    Ok((ratio, many.1))
}

async fn ask(node: &Node, owner: &Owner, slug: &str) -> Result<Value, String> {
    let path = format!("{API}/{slug}");
    send(node.client()?.get(node.at(&path)).bearer_auth(&owner.0)).await
}
