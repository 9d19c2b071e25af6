//! The ledger's table.

use crate::doctor::Finding;
use crate::snapshot::Snapshot;

const KEY: &str = "pk HASH S";
const DELETES_BY: &str = "deleteAfter";

pub(in super::super) fn check(snapshot: &Snapshot, findings: &mut Vec<Finding>) {
    if snapshot.create.here().is_none() {
        return;
    }
    let subject = "Ledger";
    let unnamed = ["the create function's settings name no table", "deploy the stack, which makes one"];
    findings.extend(Finding::of_absence(
        &snapshot.table,
        subject,
        unnamed,
        "deploy the stack again, which makes the table",
    ));
    let Some(table) = snapshot.table.here() else { return };
    if !["ACTIVE", "UPDATING"].contains(&table.status.as_str()) {
        findings.push(Finding::wrong(
            "table-status",
            subject,
            format!("the table {} is {}, and until it is ACTIVE nobody can sign in", table.name, table.status),
            "wait, and look again",
        ));
    }
    findings.push(Finding::of(
        table.key == [KEY],
        "table-key",
        subject,
        [
            &format!("the table {} has the right key", table.name),
            &format!("the table {} has the key {}, not {KEY}", table.name, table.key.join(", ")),
            "use the table that the template makes",
        ],
    ));
    findings.push(Finding::of(
        table.deletes_by.as_deref() == Some(DELETES_BY),
        "table-ttl",
        subject,
        [
            "rows go when nobody needs them any more",
            "rows are never deleted, so that the table grows for ever",
            "aws dynamodb update-time-to-live with AttributeName=deleteAfter,Enabled=true",
        ],
    ));
}
