//! Reproducible choices: everything a test picks at random follows from one number.

/// `SplitMix64`, which passes the usual statistical batteries and needs one word of state.
#[derive(Debug, Clone)]
pub struct Seed(u64);

impl Seed {
    /// The sequence that belongs to this number.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The sequence that belongs to a name within this number.
    pub fn named(seed: u64, name: &str) -> Self {
        let mixed = name
            .bytes()
            .fold(seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Self(mixed)
    }

    /// The next 64 bits.
    pub fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// A number below `bound`, which must not be 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).expect("usize has at most 64 bits");
        usize::try_from(self.word() % bound).expect("smaller than a usize")
    }

    /// True in `percent` of 100 cases.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of the items, which must not be empty.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// Bytes without meaning.
    pub fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(length + 8);
        while bytes.len() < length {
            bytes.extend_from_slice(&self.word().to_le_bytes());
        }
        bytes.truncate(length);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_number_gives_the_same_choices() {
        let draw = |seed| {
            let mut seed = Seed::new(seed);
            (0..50).map(|_| seed.below(1_000)).collect::<Vec<_>>()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        assert_ne!(Seed::named(7, "a").word(), Seed::named(7, "b").word());
    }

    #[test]
    fn choices_stay_within_their_bounds() {
        let mut seed = Seed::new(1);
        assert!((0..1_000).all(|_| seed.below(3) < 3));
        assert_eq!(seed.bytes(13).len(), 13);
        assert!((0..100).all(|_| !seed.chance(0) && seed.chance(100)));
    }
}
