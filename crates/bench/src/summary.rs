//! A summary of many measurements.

use serde::Serialize;

/// A summary of measurements of one kind. Other load on the machine only increases them, so the lowest is the least
/// disturbed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Summary {
    /// The median.
    pub(crate) median: f64,
    /// The lowest.
    pub(crate) lowest: f64,
    /// The highest.
    pub(crate) highest: f64,
}

impl Summary {
    /// The summary of some measurements. `None` if there are none.
    pub(crate) fn of(measurements: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<_> = measurements.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let (&lowest, &highest) = (sorted.first()?, sorted.last()?);
        let middle = sorted.len() / 2;
        let median =
            if sorted.len() % 2 == 1 { sorted[middle] } else { f64::midpoint(sorted[middle - 1], sorted[middle]) };
        Some(Self { median, lowest, highest })
    }

    /// This median divided by the other. `None` if the other is 0.
    pub(crate) fn ratio(&self, to: &Self) -> Option<f64> {
        (to.median > 0.0).then(|| self.median / to.median)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(Summary::of([3.0, 1.0, 20.0]), Some(Summary { median: 3.0, lowest: 1.0, highest: 20.0 }));
        assert_eq!(Summary::of([4.0, 1.0, 20.0, 2.0]), Some(Summary { median: 3.0, lowest: 1.0, highest: 20.0 }));
        assert_eq!(Summary::of([7.0]), Some(Summary { median: 7.0, lowest: 7.0, highest: 7.0 }));
        assert_eq!(Summary::of([]), None);
    }

    #[test]
    fn ratios_are_of_medians() {
        let [one, four, none] = [&[1.0, 2.0, 90.0][..], &[8.0], &[0.0]].map(|all| Summary::of(all.to_vec()).unwrap());
        assert_eq!(four.ratio(&one), Some(4.0));
        assert_eq!(one.ratio(&four), Some(0.25));
        assert_eq!(one.ratio(&none), None);
    }
}
