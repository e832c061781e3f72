//! Progress and warnings on standard error.

use std::{
    collections::BTreeSet,
    io::{IsTerminal, stderr, stdout},
    sync::{Mutex, OnceLock, PoisonError},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use prose_backup::{Observer, Phase};

use crate::output::{self, Output};

/// Of a phase whose size is known.
const BOUNDED: &str = "{prefix:<11} {wide_bar} {percent:>3}%  {binary_bytes} of {binary_total_bytes}  {binary_bytes_per_sec}  ETA {eta}";
/// Of a phase whose size is not.
const UNBOUNDED: &str = "{prefix:<11} {spinner}  {binary_bytes}  {binary_bytes_per_sec}";
/// How often rate and ETA are drawn anew while nothing else happens.
const TICK: Duration = Duration::from_millis(250);

/// The bar, wherever something is printed that must not run into it.
static BAR: OnceLock<ProgressBar> = OnceLock::new();

/// Has `print` print above the bar, if there is one.
pub(crate) fn above<T>(print: impl FnOnce() -> T) -> T {
    match BAR.get() {
        Some(bar) => bar.suspend(print),
        None => print(),
    }
}

/// Watches operations for whoever sits at the terminal.
#[derive(Debug)]
pub(crate) struct Progress {
    /// Only where standard error is a terminal and somebody wants to see it.
    bar: Option<&'static ProgressBar>,
    /// Lines on standard output would run into a bar.
    lists_on_terminal: bool,
    shows_warnings: bool,
    warned: Mutex<BTreeSet<String>>,
}

impl Progress {
    pub(crate) fn new(output: &Output) -> Self {
        let wanted = !output.is_json() && !output.is_quiet() && stderr().is_terminal();
        Self {
            bar: wanted.then(|| {
                BAR.get_or_init(|| {
                    ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr())
                })
            }),
            lists_on_terminal: stdout().is_terminal(),
            shows_warnings: !output.is_quiet(),
            warned: Mutex::default(),
        }
    }

    /// Takes the bar away. The next phase brings it back.
    pub(crate) fn clear(&self) {
        if let Some(bar) = self.bar {
            bar.disable_steady_tick();
            bar.finish_and_clear();
        }
    }
}

impl Observer for Progress {
    fn phase(&self, phase: Phase, total_bytes: Option<u64>) {
        let Some(bar) = self.bar else { return };
        if phase == Phase::Reading && self.lists_on_terminal {
            return self.clear();
        }
        let template = if total_bytes.is_some() {
            BOUNDED
        } else {
            UNBOUNDED
        };
        // Before anything is drawn, everything is set.
        bar.disable_steady_tick();
        bar.reset();
        match total_bytes {
            Some(bytes) => bar.set_length(bytes),
            None => bar.unset_length(),
        }
        bar.set_prefix(phase.to_string());
        bar.set_style(
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        bar.enable_steady_tick(TICK);
    }

    fn advanced(&self, bytes: u64) {
        if let Some(bar) = self.bar
            && !bar.is_finished()
        {
            bar.set_position(bytes);
        }
    }

    /// The same words are printed once: results repeat the warnings of their operation.
    fn warning(&self, text: &str) {
        let is_new = self
            .warned
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(text.to_owned());
        if is_new && self.shows_warnings {
            above(|| output::warn(text));
        }
    }

    fn wants_estimate(&self) -> bool {
        self.bar.is_some()
    }
}
