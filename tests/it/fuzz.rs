//! The targets of `tests/run fuzz`, with the samples and a few random inputs: they compile, and their properties hold.

// They are a crate's of its own there, which makes them public.
#[expect(unreachable_pub, reason = "the fuzzer's crate exports them")]
#[path = "../fuzz/src/lib.rs"]
mod targets;

use std::fs;
use std::sync::LazyLock;

use proptest::prelude::*;

use self::targets::input::Input;
use self::targets::{answers, events, handles, messages, rounds};

const TARGETS: [fn(&[u8]); 5] = [answers::run, events::run, handles::run, messages::run, rounds::run];

static SAMPLES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../events");
    fs::read_dir(folder).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap()).collect()
});

#[test]
fn the_samples_have_the_properties() {
    assert!(SAMPLES.len() > 50, "{}", SAMPLES.len());
    for sample in &*SAMPLES {
        for run in TARGETS {
            run(sample);
        }
    }
}

/// Where it belongs in an answer and where not, and for each request.
#[test]
fn a_row_in_any_answer_has_the_properties() {
    for choices in 0..=u8::MAX {
        let row = include_bytes!("../../events/ledger-row");
        answers::run(&[&row[..], &[choices, choices >> 3, choices >> 5, choices]].concat());
    }
}

proptest! {
    #[test]
    fn random_inputs_have_the_properties(input: Vec<u8>) {
        // A sample that is changed gets further than what was never one.
        let sample = &SAMPLES[input.len() % SAMPLES.len()];
        for input in [&input, &Input(&input).changed(sample)] {
            for run in TARGETS {
                run(input);
            }
        }
    }
}
