//! How long Connect takes to take a call. A call to an unknown user is only pretended, and must take as long as a real
//! one.

use std::time::Duration;

/// The latencies of this sandbox's latest calls.
#[derive(Debug, Default)]
pub(super) struct Latencies {
    /// Oldest first.
    latest: Vec<Duration>,
    /// The latency of the first call, which had to connect and so took longer. It is used only until there is another
    /// call.
    first: Option<Duration>,
}

/// How many latencies are kept: enough for the spread of real calls, and few enough to adapt when Connect gets slower.
const REMEMBERED: usize = 16;

/// Latencies to draw from until this sandbox has placed a call, in milliseconds and ascending order: a round trip
/// within a Region with some work behind it. They are assumed, not measured on AWS.
const BEFORE: [u64; REMEMBERED] = [190, 212, 228, 240, 251, 261, 271, 280, 290, 300, 312, 325, 341, 363, 398, 480];

impl Latencies {
    /// Records the latency of a call that was placed.
    pub(super) fn record(&mut self, latency: Duration) {
        if self.first.is_none() {
            self.first = Some(latency);
            return;
        }
        if self.latest.len() == REMEMBERED {
            self.latest.remove(0);
        }
        self.latest.push(latency);
    }

    /// A latency that is distributed like those of the latest calls. It is hardly ever the same twice. `random` picks
    /// it.
    ///
    /// Each of the remembered latencies is equally likely, and the drawn latency lies close to it. Somebody who
    /// measures many pretended calls must find neither repeated values nor values that real calls never have.
    pub(super) fn draw(&self, random: u64) -> Duration {
        let latencies = self.sorted();
        let [first, rest @ ..] = random.to_be_bytes();
        let latency = latencies[usize::from(first) % latencies.len()];
        let part = u32::from_be_bytes([rest[0], rest[1], rest[2], rest[3]]);
        let around = around(&latencies);
        latency.saturating_sub(around) + (2 * around).mul_f64(f64::from(part) / f64::from(u32::MAX))
    }

    /// The latencies to draw from, in ascending order. There is at least one.
    fn sorted(&self) -> Vec<Duration> {
        let mut latencies = match (&*self.latest, self.first) {
            ([], None) => BEFORE.map(Duration::from_millis).to_vec(),
            ([], Some(first)) => vec![first],
            (latest, _) => latest.to_vec(),
        };
        latencies.sort_unstable();
        latencies
    }
}

/// How far a drawn latency may lie from a remembered one: the mean distance between neighbours in the middle half.
/// Single slow calls are not in that half. For fewer than four calls it is a twentieth of the median.
fn around(sorted: &[Duration]) -> Duration {
    let at = |quarters: usize| sorted[(sorted.len() * quarters / 4).min(sorted.len() - 1)];
    match u32::try_from(sorted.len() / 2) {
        Ok(pieces @ 2..) => at(3).saturating_sub(at(1)) / pieces,
        _ => at(2) / 20,
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
            latencies.draw(random())
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

    /// Somebody who measures many pretended calls must find neither repeated values nor a limit that real calls
    /// exceed.
    #[test]
    fn no_latency_comes_again_and_some_lie_beyond_the_ends_of_the_latest_calls() {
        let mut random = random();
        let calls = real(40, &mut random);
        let mut latencies = Latencies::default();
        for call in calls {
            let drawn: BTreeSet<_> = (0..1_000).map(|_| latencies.draw(random())).collect();
            assert!(drawn.len() > 990, "{}", drawn.len());
            let sorted = latencies.sorted();
            assert!(drawn.first() < sorted.first() && drawn.last() > sorted.last(), "{sorted:?}");
            latencies.record(call);
        }
    }

    /// The draws lie among real calls, however few calls there were.
    #[test]
    fn from_the_first_calls_on_they_lie_among_real_ones() {
        let mut random = random();
        for (middle, spread) in [(40_000, 2_000), (200_000, 10_000), (900_000, 300_000)] {
            let mut latencies = Latencies::default();
            for calls in 1..=40 {
                latencies.record(Duration::from_micros(middle - spread / 2 + random() % spread));
                let among = |latency: &Duration| latency.abs_diff(Duration::from_micros(middle)).as_micros();
                let drawn = (0..1_000).map(|_| among(&latencies.draw(random())));
                // The largest distance of a real call from the middle, and the largest distance of a draw from a real
                // call.
                let most = u128::from(spread / 2).max(u128::from(middle / 20)) + u128::from(spread / 2);
                assert!(drawn.max() <= Some(most), "{calls} calls around {middle}");
            }
        }
    }

    /// A slow call must lead neither to draws in the gap between it and the other calls, nor to draws far beyond it.
    #[test]
    fn a_slow_call_is_drawn_as_itself_and_fills_no_gap() {
        let mut latencies = Latencies::default();
        for milliseconds in (190..=206).chain([2_000]) {
            latencies.record(Duration::from_millis(milliseconds));
        }
        let mut random = random();
        let drawn: BTreeSet<_> = (0..10_000).map(|_| latencies.draw(random()).as_millis()).collect();
        assert!(drawn.iter().all(|&ms| (189..=208).contains(&ms) || (1_998..=2_002).contains(&ms)), "{drawn:?}");
        assert!(drawn.last() >= Some(&1_998));
    }

    /// The first call makes the connection.
    #[test]
    fn the_first_call_counts_until_there_is_another() {
        let mut latencies = Latencies::default();
        let longest = |latencies: &Latencies| latencies.draw(u64::MAX);
        latencies.record(Duration::from_millis(600));
        assert!(longest(&latencies) >= Duration::from_millis(600));
        latencies.record(Duration::from_millis(200));
        assert!(longest(&latencies) <= Duration::from_millis(210));
    }

    #[test]
    fn before_the_first_call_they_vary_too() {
        let latencies = Latencies::default();
        let mut random = random();
        let drawn: BTreeSet<_> = (0..1_000).map(|_| latencies.draw(random()).as_millis()).collect();
        assert!(drawn.len() > 100 && drawn.iter().all(|latency| (150..600).contains(latency)), "{drawn:?}");
    }
}
