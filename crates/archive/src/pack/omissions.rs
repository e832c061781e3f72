//! What is left out, told in few words even where a million things are.

use crate::{Observer, Omission, Warning};

/// How many of a kind are told one by one; the rest is counted.
const EACH: u64 = 100;

/// What was left out so far.
pub(super) struct Omissions<'a> {
    observer: &'a dyn Observer,
    counts: [u64; Omission::ALL.len()],
}

impl<'a> Omissions<'a> {
    pub(super) fn new(observer: &'a dyn Observer) -> Self {
        Self {
            observer,
            counts: [0; Omission::ALL.len()],
        }
    }

    /// Counts one more, and tells of it while they are few.
    pub(super) fn add(&mut self, omission: Omission, warning: impl FnOnce() -> Warning) {
        let count = &mut self.counts[omission as usize];
        *count += 1;
        if *count <= EACH {
            self.observer.warning(warning());
        }
    }

    /// Tells how many more there were.
    pub(super) fn finish(&self) {
        for (omission, count) in Omission::ALL.into_iter().zip(self.counts) {
            if let Some(count @ 1..) = count.checked_sub(EACH) {
                self.observer
                    .warning(Warning::MoreLeftOut { omission, count });
            }
        }
    }
}
