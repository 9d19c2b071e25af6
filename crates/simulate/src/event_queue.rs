//! The queue of future events.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

/// Future events in the order of their times. Those at the same time come in the order in which they were added.
#[derive(Debug)]
pub struct EventQueue<E> {
    entries: BinaryHeap<Reverse<(Duration, u64, E)>>,
    count: u64,
}

impl<E: Ord> EventQueue<E> {
    /// Adds an event. `time` counts from the start of the simulation.
    pub fn at(&mut self, time: Duration, event: E) {
        self.entries.push(Reverse((time, self.count, event)));
        self.count += 1;
    }

    /// Takes the next event, with its time.
    pub fn take(&mut self) -> Option<(Duration, E)> {
        self.entries.pop().map(|Reverse((time, _, event))| (time, event))
    }
}

impl<E: Ord> Default for EventQueue<E> {
    fn default() -> Self {
        Self { entries: BinaryHeap::new(), count: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_happen_in_order_and_at_one_moment_first_come_first_served() {
        let mut queue = EventQueue::default();
        for (millis, event) in [(5, 'c'), (2, 'b'), (5, 'a'), (1, 'z')] {
            queue.at(Duration::from_millis(millis), event);
        }
        let order: Vec<_> = std::iter::from_fn(|| queue.take()).map(|(_, event)| event).collect();
        assert_eq!(order, ['z', 'b', 'c', 'a']);
    }
}
