//! Which calls fail, and how.

use std::time::Duration;

use crate::subject::Action;

/// The calls that can be made to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each is the method of that name")]
pub enum Call {
    Upload,
    PutPart,
    Complete,
    Abort,
    Put,
    Get,
    Head,
    List,
    Delete,
}

impl Call {
    pub(super) fn action(self) -> Action {
        match self {
            Self::Upload | Self::PutPart => Action::Write,
            Self::Complete | Self::Put => Action::Publish,
            Self::Abort => Action::Abort,
            Self::Get => Action::Read,
            Self::Head => Action::LookUp,
            Self::List => Action::List,
            Self::Delete => Action::Delete,
        }
    }
}

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The store refuses; nothing happens.
    AccessDenied,
    /// The store is full; nothing happens.
    Full,
    /// The store cannot be reached; nothing happens, and the caller knows that.
    Unavailable,
    /// The same, but the caller cannot know: [`Publish::Unknown`](crate::Publish::Unknown) where
    /// something is published.
    RequestLost,
    /// The call is done, and the caller cannot know: as for [`RequestLost`](Self::RequestLost).
    AnswerLost,
    /// The call is done this much later.
    Late(Duration),
    /// A body ends after this many bytes as if that were all. Other calls than `Get` are
    /// unavailable.
    Cut(u64),
    /// A body breaks after this many bytes, a listing after this many objects. Other calls are
    /// unavailable.
    Break(u64),
}

/// Which calls fail, and how.
#[derive(Clone, Debug)]
pub struct Rule {
    call: Call,
    pub(super) fault: Fault,
    from: u64,
    to: u64,
    ending: Option<String>,
    seen: u64,
}

impl Rule {
    /// Every such call fails.
    pub fn new(call: Call, fault: Fault) -> Self {
        Self {
            call,
            fault,
            from: 1,
            to: u64::MAX,
            ending: None,
            seen: 0,
        }
    }

    /// Only the `n`-th one, counted from 1.
    #[must_use]
    pub fn nth(self, n: u64) -> Self {
        Self {
            from: n,
            to: n,
            ..self
        }
    }

    /// Only the first `n`.
    #[must_use]
    pub fn first(self, n: u64) -> Self {
        Self {
            from: 1,
            to: n,
            ..self
        }
    }

    /// Only the `n`-th one, counted from 1, and all after it.
    #[must_use]
    pub fn from_nth(self, n: u64) -> Self {
        Self {
            from: n,
            to: u64::MAX,
            ..self
        }
    }

    /// Only for keys with this ending; others are not counted. For a listing, its prefix is looked
    /// at instead.
    #[must_use]
    pub fn keys_ending_in(self, ending: &str) -> Self {
        Self {
            ending: Some(ending.into()),
            ..self
        }
    }

    pub(super) fn meets(&mut self, call: Call, name: &str) -> bool {
        let about = self
            .ending
            .as_ref()
            .is_none_or(|ending| name.ends_with(ending));
        if call != self.call || !about {
            return false;
        }
        self.seen += 1;
        (self.from..=self.to).contains(&self.seen)
    }
}
