//! The doctor's look at the audit log: whether each chain is whole, from its checkpoint to its head.

use domain::audit::Chain;
use domain::audit::verification::{Extent, Verification};
use store::audit::{Filter, follow};
use store::{Reading, ServerScope, audit_chain};

use super::Findings;

const CHECK: &str = "audit chain";
/// How many chains, and how many entries, are read at once.
const AT_ONCE: i64 = 500;

type Scope = ServerScope<Reading>;

pub async fn look(scope: &mut Scope, findings: &mut Findings) -> store::Result<()> {
    let (mut after, mut chains, mut entries, mut whole) = (None, 0, 0, true);
    loop {
        let some = audit_chain::list(scope, after, AT_ONCE).await?;
        let Some(last) = some.last() else { break };
        after = Some(*last);
        for chain in some {
            chains += 1;
            match verify(scope, chain).await? {
                Ok(count) => entries += count,
                Err(misfit) => {
                    whole = false;
                    let mend = "Something but Roster wrote the log. Compare with an export or a backup, and find out who may \
                                write the database.";
                    findings.wrong(
                        CHECK,
                        format!("The log of {chain} is not what was written: {misfit}."),
                        mend,
                    );
                }
            }
        }
    }
    if whole {
        findings.ok(
            CHECK,
            format!("{entries} entries in {chains} chains are as they were written."),
        );
    }
    Ok(())
}

/// How many entries fit, up to what was there when it was begun; or what does not.
async fn verify(scope: &mut Scope, chain: Chain) -> store::Result<Result<i64, String>> {
    let Some(state) = audit_chain::state(scope, chain).await? else {
        return Ok(Ok(0));
    };
    let mut verification = Verification::new(Extent::Whole);
    let (mut behind, mut count, mut hash) = (state.checkpoint.number, 0, state.checkpoint.hash);
    while behind < state.head.number {
        let mut entries = follow(scope, chain, &Filter::default(), behind, AT_ONCE).await?;
        entries.retain(|entry| entry.number <= state.head.number);
        let Some(last) = entries.last() else { break };
        if behind == state.checkpoint.number && entries.first().is_some_and(|first| first.number != behind + 1) {
            return Ok(Err(format!("entry {} is missing", behind + 1)));
        }
        (behind, hash) = (last.number, last.hash);
        for entry in &entries {
            if let Err(misfit) = verification.entry(entry) {
                return Ok(Err(misfit.to_string()));
            }
            count += 1;
        }
    }
    if (behind, hash) == (state.head.number, state.head.hash) {
        return Ok(Ok(count));
    }
    Ok(Err(format!("its end, entry {}, is missing", state.head.number)))
}
