//! The ledger's table.

use super::setting;
use crate::doctor::Finding;
use crate::snapshot::Snapshot;

const KEY: &str = "pk HASH S";
const DELETES_BY: &str = "deleteAfter";

pub(in super::super) fn check(snapshot: &Snapshot, findings: &mut Vec<Finding>) {
    if snapshot.settings().is_none() {
        return;
    }
    let set_up = &snapshot.set_up;
    let subject = "Ledger";
    let restore = set_up.restore();
    let unnamed = ["the create function's settings name no table", &restore];
    let name = setting(snapshot, "LEDGER_TABLE_NAME").unwrap_or("TABLE");
    findings.extend(Finding::of_absence(&snapshot.table, subject, unnamed, &set_up.restore_table(name)));
    let Some(table) = snapshot.table.here() else { return };
    if !["ACTIVE", "UPDATING"].contains(&table.status.as_str()) {
        findings.push(Finding::wrong(
            "table-status",
            subject,
            format!("the table {} is {}: no user can sign in until it is ACTIVE", table.name, table.status),
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
            &format!("LEDGER_TABLE_NAME must name the table that the template makes; {restore}"),
        ],
    ));
    let ttl = |is_on: bool, attribute: &str| {
        set_up.aws(&format!(
            "dynamodb update-time-to-live --table-name {} --time-to-live-specification \
             Enabled={is_on},AttributeName={attribute}",
            table.name
        ))
    };
    findings.push(match table.deletes_by.as_deref() {
        Some(DELETES_BY) => Finding::right(subject, "rows that are no longer needed are deleted"),
        None => Finding::wrong(
            "table-ttl",
            subject,
            "rows are never deleted, so the table grows without limit",
            ttl(true, DELETES_BY),
        ),
        Some(other) => Finding::wrong(
            "table-ttl",
            subject,
            format!(
                "rows are deleted by {other} instead of {DELETES_BY}: a row with a time there is deleted once that is past, and with \
                 it the failures that lock a user and the calls that count; a row without is never deleted"
            ),
            format!("{}; an hour later: {}", ttl(false, other), ttl(true, DELETES_BY)),
        ),
    });
}
