//! What starts and a sign-in take on Lambda, computed from the CPU time that was measured.
//!
//! Init has a whole CPU there. An invocation has a part of it, by the function's memory, and its CPU time grows by that.

use crate::row::{self, Row};
use crate::subject::Subject;
use crate::table::Table;

/// In MB.
const MEMORIES: [u32; 4] = [128, 256, 512, 1024];

/// With this memory in MB, an invocation has a whole CPU
/// (<https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html>).
const WHOLE_CPU: f64 = 1769.0;

/// The invocations of a sign-in with a password and the right code, and how many ms each waits for AWS. Assumed are 5 for a
/// request to DynamoDB, and 200 for Connect.
const SIGN_IN: [(Subject, f64); 6] = [
    (Subject::Define, 0.0),
    (Subject::Define, 0.0),
    (Subject::Create, 210.0),
    (Subject::Speak, 5.0),
    (Subject::Verify, 5.0),
    (Subject::Define, 0.0),
];

/// One of them, in ms.
struct Invocation {
    subject: Subject,
    /// What it takes for its CPU time.
    working: f64,
    /// What it waits for AWS.
    waiting: f64,
}

/// What a user waits for: a start of each subject with its first invocation, and what a sign-in works. Speak-code is left
/// out, since it does so in the call.
pub(crate) fn waits(rows: &[Row]) -> Table {
    let mut table = table("A start on Lambda, and what a user waits for in a sign-in, ms");
    for row in rows {
        table.row(row.subject, MEMORIES.map(|memory| format!("{:.1}", working(row, true, memory))));
    }
    for (name, cold) in [("a sign-in, three cold starts", true), ("a sign-in, warm", false)] {
        let cells = sign_ins(rows, cold, |_, sign_in| {
            let waited_for = sign_in.iter().filter(|invocation| invocation.subject != Subject::Speak);
            format!("{:.1}", waited_for.map(|invocation| invocation.working).sum::<f64>())
        });
        if let Some(cells) = cells {
            table.row(name, cells);
        }
    }
    table
}

/// What Lambda bills for a sign-in. Each invocation is billed with its init, in whole milliseconds.
pub(crate) fn bill(rows: &[Row]) -> Table {
    let mut table = table("What Lambda bills for a sign-in, ms and GB-seconds");
    for (name, cold) in [("warm", false), ("four cold starts", true)] {
        let cells = sign_ins(rows, cold, |memory, sign_in| {
            let billed: f64 = sign_in.iter().map(|invocation| (invocation.working + invocation.waiting).ceil()).sum();
            format!("{billed:.0}, {:.3}", billed / 1000.0 * f64::from(memory) / 1024.0)
        });
        if let Some(cells) = cells {
            table.row(name, cells);
        }
    }
    table
}

fn table(title: &'static str) -> Table {
    Table::new(title, &MEMORIES.map(|memory| format!("{memory} MB")))
}

/// A cell for a sign-in with each memory. With `cold`, each function's first invocation is its start. `None` if a function
/// was not measured.
fn sign_ins(rows: &[Row], cold: bool, cell: impl Fn(u32, &[Invocation]) -> String) -> Option<Vec<String>> {
    let cells = MEMORIES.iter().map(|&memory| {
        let mut invocations: Vec<Invocation> = Vec::new();
        for (subject, waiting) in SIGN_IN {
            let starts = cold && !invocations.iter().any(|invocation| invocation.subject == subject);
            let working = working(row::of(rows, subject)?, starts, memory);
            invocations.push(Invocation { subject, working, waiting });
        }
        Some(cell(memory, &invocations))
    });
    cells.collect()
}

/// What an invocation takes for its CPU time, in ms. If the function starts with it, its init is added.
fn working(row: &Row, starts: bool, memory: u32) -> f64 {
    let slower = (WHOLE_CPU / f64::from(memory)).max(1.0);
    if starts {
        row.init_cpu_ms.median + row.invocation_cpu_ms.median * slower
    } else {
        row.warm_cpu_us.median / 1000.0 * slower
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::tests::row;

    #[test]
    fn init_has_a_whole_cpu_and_an_invocation_its_part() {
        let one = row(Subject::Create, 1);
        for (memory, start, warm) in [(256, 1.0 + 0.5 * 1769.0 / 256.0, 0.08 * 1769.0 / 256.0), (2048, 1.5, 0.08)] {
            assert!((working(&one, true, memory) - start).abs() < 1e-9, "{memory}");
            assert!((working(&one, false, memory) - warm).abs() < 1e-9, "{memory}");
        }
    }

    #[test]
    fn a_sign_in_starts_each_function_once() {
        let rows = [Subject::Define, Subject::Verify, Subject::Speak, Subject::Create].map(|subject| row(subject, 1));
        // At 256 MB: a start takes 4.455 ms, a further answer 0.553.
        let waits = waits(&rows).to_string();
        assert!(waits.contains("| create | 7.9 | 4.5 | 2.7 | 1.9 |"), "{waits}");
        assert!(waits.contains("| a sign-in, three cold starts | 25.9 | 14.5 | 8.7 | 5.9 |"), "{waits}");
        assert!(waits.contains("| a sign-in, warm | 5.5 | 2.8 | 1.4 | 0.7 |"), "{waits}");
        // At 256 MB, warm: define 1 each time, create 211, speak and verify 6. Cold: 5 + 1 + 1, 215 and 10.
        let bill = bill(&rows).to_string();
        assert!(bill.contains("| warm | 232, 0.029 | 226, 0.057 |"), "{bill}");
        assert!(bill.contains("| four cold starts | 256, 0.032 | 242, 0.060 |"), "{bill}");
    }

    #[test]
    fn a_sign_in_is_left_out_if_a_function_is() {
        let rows = [row(Subject::Define, 1)];
        assert!(!waits(&rows).to_string().contains("sign-in, warm"));
        assert_eq!(bill(&rows).to_string(), "");
    }
}
