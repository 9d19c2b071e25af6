//! Random numbers from a seed.

use std::time::Duration;

/// Random numbers by `SplitMix64` (Steele, Lea, Flood 2014). A seed always gives the same numbers, independent of any
/// library's version.
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    /// The generator of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Another generator, independent of this one: drawing more from one does not change the other.
    #[must_use]
    pub fn split(&mut self) -> Self {
        Self(self.draw())
    }

    /// 64 bits.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// 128 bits.
    pub fn id(&mut self) -> u128 {
        (u128::from(self.draw()) << 64) | u128::from(self.draw())
    }

    /// 32 bits.
    pub fn bits(&mut self) -> u32 {
        let [_, _, _, _, a, b, c, d] = self.draw().to_be_bytes();
        u32::from_be_bytes([a, b, c, d])
    }

    /// From 0 to less than 1.
    pub fn part(&mut self) -> f64 {
        f64::from(self.bits()) / (f64::from(u32::MAX) + 1.0)
    }

    /// True with this probability, 0 to 1.
    pub fn chance(&mut self, part: f64) -> bool {
        self.part() < part
    }

    /// A time between these bounds in seconds, uniformly distributed.
    pub fn within(&mut self, (least, most): (f64, f64)) -> Duration {
        Duration::from_secs_f64(least + (most - least) * self.part())
    }

    /// The time to the next of independent events with this rate (exponentially distributed), at most 10^9 seconds.
    pub fn gap(&mut self, per_second: f64) -> Duration {
        Duration::from_secs_f64((-(1.0 - self.part()).ln() / per_second).min(1e9))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_algorithm() {
        // The first outputs for the seed 1234567 by the reference implementation (prng.di.unimi.it/splitmix64.c).
        let mut rng = Rng::new(1_234_567);
        let drawn = [rng.draw(), rng.draw(), rng.draw()];
        assert_eq!(drawn, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn gaps_have_their_mean_and_parts_their_range() {
        let mut rng = Rng::new(1);
        let mean = (0..100_000).map(|_| rng.gap(0.5).as_secs_f64()).sum::<f64>() / 100_000.0;
        assert!((mean - 2.0).abs() < 0.03, "{mean}");
        assert_eq!(rng.gap(1e-300), Duration::from_secs(1_000_000_000));
        let within: Vec<_> = (0..1_000).map(|_| rng.within((3.0, 5.0)).as_secs_f64()).collect();
        assert!(within.iter().all(|time| (3.0..5.0).contains(time)) && within.iter().any(|time| *time > 4.9));
    }
}
