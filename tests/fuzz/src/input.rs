//! Bytes as numbers.

/// What is left of an input. Behind its end are zeros.
pub struct Input<'a>(pub &'a [u8]);

impl Input<'_> {
    /// The next bytes.
    pub fn array<const LENGTH: usize>(&mut self) -> [u8; LENGTH] {
        let (taken, rest) = self.0.split_at(self.0.len().min(LENGTH));
        self.0 = rest;
        let mut array = [0; LENGTH];
        array[..taken.len()].copy_from_slice(taken);
        array
    }

    /// The next byte.
    pub fn byte(&mut self) -> u8 {
        let [byte] = self.array();
        byte
    }

    /// One of these, chosen by the next byte.
    pub fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::from(self.byte()) % of.len()]
    }

    /// A changed copy of these bytes. The rest of the input says where and how.
    pub fn changed(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut changed = bytes.to_vec();
        while !self.0.is_empty() && !changed.is_empty() {
            let (how, at, with) = (self.byte(), usize::from(u16::from_be_bytes(self.array())), self.byte());
            let at = at % changed.len();
            match how % 4 {
                0 => changed[at] ^= with,
                1 => changed.insert(at, with),
                2 => drop(changed.remove(at)),
                _ => changed.truncate(at),
            }
        }
        changed
    }
}
