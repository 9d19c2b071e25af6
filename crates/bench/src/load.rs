//! Many jobs, some of them at a time.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::client::Client;
use crate::stack::{Spent, Stack};

/// What came of the jobs.
#[derive(Debug)]
pub(crate) struct Load<T> {
    /// By job: what it gave, and how long it took.
    pub(crate) results: Vec<Result<(T, Duration)>>,
    /// From the start of the first to the end of the last.
    pub(crate) wall: Duration,
    /// The CPU time meanwhile.
    pub(crate) spent: Spent,
}

impl<T: Send> Load<T> {
    /// Does the jobs on `parallel` connections, each of which takes the next job as soon as it is done with one.
    pub(crate) fn run<J: Sync>(
        stack: &Stack,
        parallel: usize,
        jobs: &[J],
        work: impl Fn(&mut Client, &J) -> Result<T> + Sync,
    ) -> Result<Self> {
        let clients = (0..parallel).map(|_| Client::connect(&stack.endpoint)).collect::<Result<Vec<_>>>()?;
        let next = Mutex::new(jobs.iter().enumerate());
        let (work, next) = (&work, &next);
        let (before, started) = (stack.spent()?, Instant::now());
        let done: Vec<_> = thread::scope(|scope| {
            let threads = clients.into_iter().map(|mut client| {
                scope.spawn(move || {
                    let mut done = Vec::new();
                    loop {
                        let job = next.lock().unwrap_or_else(PoisonError::into_inner).next();
                        let Some((index, job)) = job else { return done };
                        let started = Instant::now();
                        let result = work(&mut client, job);
                        done.push((index, result.map(|given| (given, started.elapsed()))));
                    }
                })
            });
            let threads: Vec<_> = threads.collect();
            threads.into_iter().flat_map(|thread| thread.join().expect("it doesn't panic")).collect()
        });
        let (wall, spent) = (started.elapsed(), stack.spent()?.since(before));
        let mut done = done;
        done.sort_by_key(|(index, _)| *index);
        Ok(Self { results: done.into_iter().map(|(_, result)| result).collect(), wall, spent })
    }
}
