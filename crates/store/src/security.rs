//! Whom a security policy keeps out of an organization: counted and named in the database, whatever their number.

use domain::Timestamp;
use domain::id::MemberId;
use domain::security::SecurityPolicy;
use domain::session::Method;
use domain::time::DAY;

use crate::Scope;
use crate::db::{Result, Row, assembled};
use crate::tx::Mode;

/// So many of them, and who the first are by name.
#[derive(Debug, Default)]
pub struct KeptOut {
    pub count: i64,
    pub named: Vec<(MemberId, String)>,
}

/// Members who have no way to sign in that the policy counts, and had one before it.
pub async fn without_a_way(
    scope: &mut Scope<impl Mode>,
    before: &SecurityPolicy,
    after: &SecurityPolicy,
    limit: i64,
) -> Result<KeptOut> {
    if after.methods.is_none() || before.methods == after.methods {
        return Ok(KeptOut::default());
    }
    let condition = format!(
        "({}) AND NOT ({})",
        ways(before.methods.as_deref()),
        ways(after.methods.as_deref())
    );
    kept_out(scope, &condition, &[], limit).await
}

/// Members who have no second factor, whose days to get one are over, and who needed none before.
pub async fn without_a_factor(
    scope: &mut Scope<impl Mode>,
    before: &SecurityPolicy,
    after: &SecurityPolicy,
    now: Timestamp,
    limit: i64,
) -> Result<KeptOut> {
    let Some(latest) = latest_begin(after, now) else {
        return Ok(KeptOut::default());
    };
    // Whoever joined since is late already if even the requirement itself is too new.
    let since = after.mfa_required_since.unwrap_or(now);
    if since > latest {
        return Ok(KeptOut::default());
    }
    let late_before =
        latest_begin(before, now).filter(|latest| before.mfa_required_since.is_none_or(|at| at <= *latest));
    let condition = "a.second_factors = '' AND COALESCE(m.joined_at, 0) <= $2 AND COALESCE(m.joined_at, 0) > $3";
    // Those who were late before this change are kept out by it no more than they were.
    let known = late_before.unwrap_or(Timestamp::from_micros(-1));
    kept_out(scope, condition, &[latest, known], limit).await
}

/// A member who has no second factor yet, and since when they belong.
#[derive(Debug)]
pub struct Unenrolled {
    pub member: MemberId,
    pub name: String,
    pub joined_at: Option<Timestamp>,
}

/// Members who have no second factor and joined after then: how many, and the first by name.
pub async fn still_without_a_factor(
    scope: &mut Scope<impl Mode>,
    after: Timestamp,
    limit: i64,
) -> Result<(i64, Vec<Unenrolled>)> {
    let condition = "a.second_factors = '' AND COALESCE(m.joined_at, 0) > $2";
    let (count, rows) = rows(scope, condition, &[after], limit).await?;
    let unenrolled = rows.iter().map(|row| {
        Ok(Unenrolled {
            member: row.id("id")?,
            name: row.get("name")?,
            joined_at: row.get("joined_at")?,
        })
    });
    Ok((count, unenrolled.collect::<Result<_>>()?))
}

/// Whoever joined up to then has had all days of grace.
fn latest_begin(policy: &SecurityPolicy, now: Timestamp) -> Option<Timestamp> {
    policy
        .mfa_required
        .then(|| now.plus(-i64::from(policy.mfa_grace_days) * DAY))
}

async fn kept_out(scope: &mut Scope<impl Mode>, condition: &str, times: &[Timestamp], limit: i64) -> Result<KeptOut> {
    let (count, rows) = rows(scope, condition, times, limit).await?;
    let named = rows.iter().map(|row| Ok((row.id("id")?, row.get("name")?)));
    Ok(KeptOut {
        count,
        named: named.collect::<Result<_>>()?,
    })
}

async fn rows(
    scope: &mut Scope<impl Mode>,
    condition: &str,
    times: &[Timestamp],
    limit: i64,
) -> Result<(i64, Vec<Row>)> {
    let organization = scope.organization().id;
    let from = format!(
        "FROM membership m
         JOIN account a ON a.id = m.account_id
         WHERE m.organization_id = $1 AND m.standing = 'active' AND a.suspended_at IS NULL AND {condition}"
    );
    let bound = |text: String| {
        times
            .iter()
            .fold(assembled(text).bind(organization), |query, time| query.bind(*time))
    };
    let count = bound(format!("SELECT COUNT(*) AS kept_out {from}"))
        .fetch_one(scope.tx())
        .await?
        .get("kept_out")?;
    let named = bound(format!(
        "SELECT m.id, a.name, m.joined_at {from} ORDER BY m.name_key, m.id LIMIT {limit}"
    ))
    .fetch_all(scope.tx())
    .await?;
    Ok((count, named))
}

/// Whether the account has one of the ways.
fn ways(methods: Option<&[Method]>) -> String {
    match methods {
        None => "1 = 1".to_owned(),
        Some(methods) => {
            let ways: Vec<_> = methods.iter().map(|method| way(*method)).collect();
            ways.join(" OR ")
        }
    }
}

const fn way(method: Method) -> &'static str {
    match method {
        Method::Password => "EXISTS (SELECT 1 FROM password p WHERE p.account_id = a.id)",
        Method::Passkey => "a.second_factors LIKE '%passkey%'",
        Method::Pam => "a.authentication_method = 'pam'",
        Method::Saml => "a.authentication_method = 'saml'",
        Method::Google => "EXISTS (SELECT 1 FROM identity i WHERE i.account_id = a.id AND i.provider = 'google')",
        Method::Microsoft => "EXISTS (SELECT 1 FROM identity i WHERE i.account_id = a.id AND i.provider = 'microsoft')",
        Method::Github => "EXISTS (SELECT 1 FROM identity i WHERE i.account_id = a.id AND i.provider = 'github')",
        Method::Bitbucket => "EXISTS (SELECT 1 FROM identity i WHERE i.account_id = a.id AND i.provider = 'bitbucket')",
        // Any other issuer that the operator named.
        Method::Oidc => {
            "EXISTS (SELECT 1 FROM identity i WHERE i.account_id = a.id
                 AND i.provider NOT IN ('google', 'microsoft', 'github', 'bitbucket'))"
        }
    }
}
