//! How long Connect takes to place a call, so that a call that is only pretended takes as long. Pure.

use std::time::Duration;

/// The latencies of the latest calls that this sandbox has placed, oldest first.
#[derive(Debug, Default)]
pub(super) struct Latencies(Vec<Duration>);

/// How many are remembered: enough to have the spread of real calls, few enough to follow when Connect gets slower.
const REMEMBERED: usize = 16;

/// Milliseconds that stand in until this sandbox has placed a call: a round trip within a Region with some work behind
/// it. They are not measured on AWS.
const BEFORE_THE_FIRST: [u64; REMEMBERED] =
    [190, 212, 228, 240, 251, 261, 271, 280, 290, 300, 312, 325, 341, 363, 398, 480];

impl Latencies {
    /// Remembers the latency of a call that was placed.
    pub(super) fn record(&mut self, latency: Duration) {
        if self.0.len() == REMEMBERED {
            self.0.remove(0);
        }
        self.0.push(latency);
    }

    /// The latency of one of the latest calls. `random` says of which: each has the same chance.
    pub(super) fn draw(&self, random: u128) -> Duration {
        let [high, low, ..] = random.to_be_bytes();
        let random = usize::from(u16::from_be_bytes([high, low]));
        match self.0.len() {
            0 => Duration::from_millis(BEFORE_THE_FIRST[random % REMEMBERED]),
            calls => self.0[random % calls],
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use super::*;

    /// Random numbers that are the same in each run (`SplitMix64`).
    fn random() -> impl FnMut() -> u64 {
        let mut state = 1_u64;
        move || {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^ (mixed >> 31)
        }
    }

    /// Latencies of many calls in a row, in microseconds: about 200 ms give or take 30, and now and then a slow one.
    fn real(calls: usize, random: &mut impl FnMut() -> u64) -> Vec<Duration> {
        let call = || {
            let around: u64 = (0..12).map(|_| random() % 30_000).sum();
            let slow = if random().is_multiple_of(20) { random() % 300_000 } else { 0 };
            Duration::from_micros(20_000 + around + slow)
        };
        std::iter::repeat_with(call).take(calls).collect()
    }

    /// How often the pretended one of two calls is the longer one: 0.5 if its length tells nothing. (The area under the
    /// ROC curve.)
    fn share_of_longer(pretended: &[Duration], real: &[Duration]) -> f64 {
        let half_wins = |pretended: &Duration| -> u32 {
            let half_wins = real.iter().map(|real| match pretended.cmp(real) {
                Ordering::Less => 0,
                Ordering::Equal => 1,
                Ordering::Greater => 2,
            });
            half_wins.sum()
        };
        let pairs = u32::try_from(2 * pretended.len() * real.len()).unwrap();
        f64::from(pretended.iter().map(half_wins).sum::<u32>()) / f64::from(pairs)
    }

    /// One pretended call after each real one.
    fn pretended(real: &[Duration], random: &mut impl FnMut() -> u64) -> Vec<Duration> {
        let mut latencies = Latencies::default();
        let pretend = |latency: &Duration| {
            latencies.record(*latency);
            latencies.draw(u128::from(random()) << 64)
        };
        real.iter().map(pretend).collect()
    }

    /// Invariant 6: neither how long a pretended call takes nor how much it varies tells it from a real one.
    #[test]
    fn invariant_6_a_pretended_call_takes_as_long_as_a_real_one() {
        let mut random = random();
        let real = real(2_000, &mut random);
        let pretended = pretended(&real, &mut random);
        let share = share_of_longer(&pretended, &real);
        assert!((share - 0.5).abs() < 0.02, "{share}");
        // How far from the middle: calls that are alike on average may vary more or less.
        let middle = Duration::from_millis(200);
        let deviations = |calls: &[Duration]| calls.iter().map(|call| call.abs_diff(middle)).collect::<Vec<_>>();
        let share = share_of_longer(&deviations(&pretended), &deviations(&real));
        assert!((share - 0.5).abs() < 0.02, "{share}");
    }

    #[test]
    fn each_of_the_latest_calls_is_drawn_as_often_and_no_other() {
        let mut latencies = Latencies::default();
        for calls in 1..=40_u64 {
            latencies.record(Duration::from_millis(calls));
            let remembered = calls.min(16);
            let mut counts = vec![0_u32; 41];
            let mut random = random();
            for _ in 0..4_000 {
                let drawn = latencies.draw(u128::from(random()) << 64).as_millis();
                counts[usize::try_from(drawn).unwrap()] += 1;
            }
            let expected = 4_000.0 / f64::from(u32::try_from(remembered).unwrap());
            for (call, count) in (0_u64..).zip(counts) {
                let expected = if (calls - remembered + 1..=calls).contains(&call) { expected } else { 0.0 };
                assert!((f64::from(count) - expected).abs() <= 5.0 * expected.sqrt(), "{calls} calls: {call} {count}");
            }
        }
    }

    #[test]
    fn before_the_first_call_they_vary_too() {
        let latencies = Latencies::default();
        let mut random = random();
        let drawn: std::collections::BTreeSet<_> =
            (0..1_000).map(|_| latencies.draw(u128::from(random()) << 64)).collect();
        assert_eq!(drawn.len(), REMEMBERED);
        assert!(drawn.iter().all(|latency| (100..500).contains(&latency.as_millis())), "{drawn:?}");
    }
}
