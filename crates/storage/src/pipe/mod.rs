//! The seam between blocking and asynchronous code: the layers read and write, the stores await.
//!
//! Each pipe has a blocking end for a thread of its own (`std::thread` or `spawn_blocking`) and an
//! asynchronous end that **must be polled** by a task meanwhile. Memory is bounded, either end
//! notices when the other one is gone, and neither takes a broken stream for a whole one. The
//! blocking ends **must not** be used on a thread that runs asynchronous tasks: they would block
//! the task that they wait for, and panic instead.

mod download;
mod upload;

pub use download::{PipeReader, READ_AHEAD, download_pipe};
pub use upload::{PipeUpload, PipeWriter, upload_pipe};
