use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser};
use prose_backup::{CreateRequest, Created, StoreDirectories, naming::Label};

use super::names;
use crate::{
    args::Global,
    exit::{DONE, Failure, Status},
    human,
    output::Output,
    session::{Effect, Load, Session},
    settings,
    volumes::{self, NamedVolume},
};

/// Make a backup
///
/// Without PATH and --volume, the volumes of the configuration are backed up. The name of the new
/// backup is the first line of the answer. It is listed only once it is complete, with its checks;
/// a backup that fails or is interrupted leaves nothing behind.
#[derive(Debug, clap::Args)]
pub(crate) struct Create {
    /// Back up this directory or file, as a volume named after its last component
    ///
    /// The name is in lower case, with - for other characters than a-z, 0-9, '.', '_' and '-'.
    /// Two alike are an error.
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Back up this directory or file, as a volume of this name
    #[arg(long = "volume", value_name = "NAME=PATH", value_parser = named())]
    volumes: Vec<NamedVolume>,
    /// What the backup's name begins with: a-z, 0-9 and -
    #[arg(long, value_name = "LABEL", default_value_t, value_parser = names::label)]
    label: Label,
}

impl Create {
    pub(crate) fn run(self, global: &Global, output: &mut Output) -> Result<Status, Failure> {
        let config = settings::config(global)?;
        let volumes = if self.paths.is_empty() && self.volumes.is_empty() {
            config.volumes.clone()
        } else {
            volumes::collect(&self.paths, &self.volumes)?
        };
        let session = Session::open(&config, StoreDirectories::Create, Load::Heavy, output)?;
        let request = CreateRequest {
            volumes,
            label: self.label,
            observer: session.observer(),
        };
        let created = session.run(Effect::Writes, |backups| backups.create(request))?;
        session.warn(&created.warnings);
        output.answer(&created, text)?;
        Ok(DONE)
    }
}

fn text(created: &Created) -> String {
    format!(
        "{}\nsize: {}\ndigest: {}:{}\nsigned: {}\nencrypted: {}\n",
        created.name,
        human::exact_size(created.size_bytes),
        created.digest.algorithm,
        created.digest.hex,
        human::yes(created.signed),
        human::yes(created.encrypted),
    )
}

/// The parser of a volume, whose path may be any bytes.
fn named() -> impl TypedValueParser<Value = NamedVolume> {
    OsStringValueParser::new().try_map(|text| volumes::parse_named(&text))
}
