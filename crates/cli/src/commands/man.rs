mod pages;

use std::{
    fs, io,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use clap::CommandFactory;

use self::pages::Page;
use crate::{
    args::Args,
    escape,
    exit::{DONE, Failure, Status},
    output::Output,
};

/// Print the manual page, or write all of them
///
/// Read it with `prose-backup man | man -l -`.
#[derive(Debug, clap::Args)]
pub(crate) struct Manual {
    /// Write prose-backup.1 and a page for every subcommand to this directory
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

impl Manual {
    pub(crate) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        output.refuse_json("a manual page")?;
        let failed = |error| Failure::io("cannot make the manual page", &error);
        match self.dir {
            None => {
                let page = pages::main(Args::command()).map_err(failed)?;
                output.print_with(|stdout| stdout.write_all(&page.roff))?;
            }
            Some(directory) => {
                let pages = pages::all(Args::command()).map_err(failed)?;
                write(&pages, &directory).map_err(|error| {
                    let shown = escape::path(directory.as_os_str().as_bytes());
                    Failure::io(format!("cannot write manual pages to {shown}"), &error)
                })?;
            }
        }
        Ok(DONE)
    }
}

fn write(pages: &[Page], directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    for page in pages {
        fs::write(directory.join(&page.file_name), &page.roff)?;
    }
    Ok(())
}
