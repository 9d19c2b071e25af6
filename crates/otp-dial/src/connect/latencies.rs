//! How long Connect takes to take a call. A call to an unknown user is only pretended, and must take as long as a real
//! one.

use std::time::Duration;

/// The latencies of this sandbox's latest calls, oldest first.
#[derive(Debug, Default)]
pub(super) struct Latencies(Vec<Duration>);

/// How many are kept: enough for the spread of real calls, few enough to follow when Connect gets slower.
const REMEMBERED: usize = 16;

/// Latencies to draw from until this sandbox has placed that many calls, in milliseconds and ascending order: a round
/// trip within a Region with some work behind it. They are assumed, not measured on AWS.
const BEFORE: [u64; REMEMBERED] = [190, 212, 228, 240, 251, 261, 271, 280, 290, 300, 312, 325, 341, 363, 398, 480];
/// The median of them, in seconds.
const MIDDLE_SECONDS: f64 = 0.285;

impl Latencies {
    /// Records the latency of a call that was placed.
    pub(super) fn record(&mut self, latency: Duration) {
        if self.0.len() == REMEMBERED {
            self.0.remove(0);
        }
        self.0.push(latency);
    }

    /// A latency that is distributed like those of the latest calls. It is hardly ever the same twice. `random` picks
    /// it.
    ///
    /// The sorted latencies are cut halfway between neighbours, and each piece is equally likely. The outer pieces
    /// reach beyond the shortest and the longest latency. Otherwise somebody who collects pretended calls could find a
    /// bound that real calls exceed.
    pub(super) fn draw(&self, random: u128) -> Duration {
        let latencies = self.sorted();
        let middle = |at: usize| (latencies[at] + latencies[at + 1]) / 2;
        let last = REMEMBERED - 1;
        let [first, rest @ ..] = random.to_be_bytes();
        let piece = usize::from(first) % REMEMBERED;
        let shortest = if piece == 0 { (2 * latencies[0]).saturating_sub(middle(0)) } else { middle(piece - 1) };
        let longest =
            if piece == last { (2 * latencies[last]).saturating_sub(middle(last - 1)) } else { middle(piece) };
        let part = u32::from_be_bytes([rest[0], rest[1], rest[2], rest[3]]);
        shortest + longest.saturating_sub(shortest).mul_f64(f64::from(part) / f64::from(u32::MAX))
    }

    /// The latencies to draw from, in ascending order. A sandbox that has placed few calls scales the assumed ones by
    /// the median of its own: it knows how long calls take, but not yet how much that varies.
    fn sorted(&self) -> [Duration; REMEMBERED] {
        let mut latencies = self.0.clone();
        latencies.sort_unstable();
        <[Duration; REMEMBERED]>::try_from(latencies).unwrap_or_else(|few| {
            let scale = few.get(few.len() / 2).map_or(1.0, |middle| middle.as_secs_f64() / MIDDLE_SECONDS);
            BEFORE.map(|milliseconds| Duration::from_millis(milliseconds).mul_f64(scale))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;
    use std::collections::BTreeSet;

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

    /// How often the pretended one of two calls is the longer one: 0.5 if the length reveals nothing. (The area under
    /// the ROC curve.)
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

    /// Invariant 6: neither the length of pretended calls nor its variation reveals them.
    #[test]
    fn invariant_6_a_pretended_call_takes_as_long_as_a_real_one() {
        let mut random = random();
        let real = real(2_000, &mut random);
        let pretended = pretended(&real, &mut random);
        let share = share_of_longer(&pretended, &real);
        assert!((share - 0.5).abs() < 0.02, "{share}");
        // The distance from the median: calls of one mean may vary more or less.
        let middle = Duration::from_millis(200);
        let deviations = |calls: &[Duration]| calls.iter().map(|call| call.abs_diff(middle)).collect::<Vec<_>>();
        let share = share_of_longer(&deviations(&pretended), &deviations(&real));
        assert!((share - 0.5).abs() < 0.02, "{share}");
    }

    /// Somebody who collects pretended calls must not find values that repeat.
    #[test]
    fn no_latency_comes_again_and_some_lie_beyond_the_ends_of_the_latest_calls() {
        let mut random = random();
        let calls = real(40, &mut random);
        let mut latencies = Latencies::default();
        for remembered in 0..=calls.len() {
            let drawn: BTreeSet<_> = (0..1_000).map(|_| latencies.draw(u128::from(random()) << 64)).collect();
            assert!(drawn.len() > 990, "{remembered}: {}", drawn.len());
            let sorted = latencies.sorted();
            assert!(drawn.first() < sorted.first() && drawn.last() > sorted.last(), "{remembered}: {sorted:?}");
            latencies.record(*calls.get(remembered).unwrap_or(&calls[0]));
        }
    }

    /// The first real calls scale the pretended ones, whatever median the assumed latencies have.
    #[test]
    fn from_the_first_call_on_they_lie_around_real_ones() {
        let mut random = random();
        for middle in [40, 900] {
            let mut latencies = Latencies::default();
            for calls in 1..REMEMBERED {
                latencies.record(Duration::from_millis(middle));
                let drawn = (0..1_000).map(|_| latencies.draw(u128::from(random()) << 64));
                let longer = drawn.filter(|latency| *latency > Duration::from_millis(middle)).count();
                assert!((400..600).contains(&longer), "{calls} calls: {longer}");
            }
        }
    }

    #[test]
    fn before_the_first_call_they_vary_too() {
        let latencies = Latencies::default();
        let mut random = random();
        let drawn: BTreeSet<_> = (0..1_000).map(|_| latencies.draw(u128::from(random()) << 64).as_millis()).collect();
        assert!(drawn.len() > 100 && drawn.iter().all(|latency| (150..600).contains(latency)), "{drawn:?}");
    }
}
