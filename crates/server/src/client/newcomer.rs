//! `import --from`: another product's export, made into lines of an import in a file that has no name, and what of it is left
//! out.

use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, Seek};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use clap::Args;
use serde_json::json;
use service::ambient::Clock;
use tokio::sync::mpsc;

use super::context::Context;
use super::failure::Failure;
use super::output::{self, printable};
use crate::convert::{Destination, LeftOut, Product, Tally, Unreadable, convert};

/// How many wait to be told while another is converted.
const WAITING: usize = 256;

#[derive(Args, Clone, Debug)]
pub struct Newcomer {
    /// Whose export the file is, where it is another product's
    #[arg(long, value_enum, requires = "into", value_name = "PRODUCT")]
    pub from: Option<Product>,
    /// What an organization is called that is opened for it; its slug where left out
    #[arg(long, requires = "from")]
    name: Option<String>,
    /// The preset of an organization that is opened for it
    #[arg(long, requires = "from", default_value = "standard", value_parser = super::name)]
    preset: String,
    /// Username or e-mail address of the one in the export who becomes its Owner
    #[arg(long, requires = "from", value_name = "WHO")]
    owner: Option<String>,
}

impl Newcomer {
    fn destination(&self, slug: &str) -> Destination {
        Destination {
            slug: slug.to_owned(),
            name: self.name.clone().unwrap_or_else(|| slug.to_owned()),
            preset: self.preset.clone(),
            owner: self.owner.clone(),
        }
    }
}

/// The lines to send, from their beginning; what does not come along has been told.
pub async fn converted(
    context: &mut Context<'_>,
    from: Product,
    newcomer: &Newcomer,
    path: &Path,
    slug: &str,
) -> Result<File, Failure> {
    if slug.contains('_') {
        return Err(Failure::usage("--into takes the slug of the organization, with --from"));
    }
    let (tell, mut told) = mpsc::channel(WAITING);
    let (into, path) = (newcomer.destination(slug), path.to_owned());
    let shown = path.display().to_string();
    let work = tokio::task::spawn_blocking(move || written(from, &path, &into, &tell));
    while let Some(left_out) = told.recv().await {
        show(context, &left_out);
    }
    let done = work
        .await
        .map_err(|error| Failure::usage(format!("{shown}: {error}")))?;
    let (file, tally) = done.map_err(|unreadable| Failure::usage(format!("{shown} {unreadable}")))?;
    context.note(format!(
        "{} people and {} groups are in {shown}; {} things of it are left out.",
        tally.people, tally.groups, tally.left_out
    ));
    Ok(file)
}

fn written(
    from: Product,
    path: &Path,
    into: &Destination,
    tell: &mpsc::Sender<LeftOut>,
) -> Result<(File, Tally), Unreadable> {
    let input = BufReader::new(File::open(path)?);
    let mut file = nameless()?;
    let tell = |left_out| {
        // Nobody listens any more where the command was ended.
        let _ = tell.blocking_send(left_out);
    };
    let tally = convert(from, input, into, Clock::System.now(), BufWriter::new(&mut file), tell)?;
    file.rewind()?;
    Ok((file, tally))
}

/// It holds hashes of passwords: nobody else can open it, and nothing is left of it.
fn nameless() -> std::io::Result<File> {
    let folder = std::env::temp_dir();
    for number in 0..100 {
        let path = folder.join(format!("roster-import-{}-{number}", std::process::id()));
        let made = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path);
        match made {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            made => {
                let file = made?;
                std::fs::remove_file(&path)?;
                return Ok(file);
            }
        }
    }
    Err(std::io::Error::other(format!(
        "there are old files called roster-import-… in {}; remove them",
        folder.display()
    )))
}

fn show(context: &mut Context<'_>, left_out: &LeftOut) {
    if context.is_json() {
        let row = json!({
            "type": "left_out",
            "line": left_out.place,
            "who": left_out.who,
            "what": left_out.what,
            "why": left_out.why,
        });
        context.say(output::json_line(&row));
        return;
    }
    let place = match left_out.place {
        0 => String::new(),
        place => format!("{place}, "),
    };
    let who = match left_out.who.as_str() {
        "" => String::new(),
        who => format!("{who}: "),
    };
    context.say(printable(&format!(
        "left out: {place}{who}{}. {}",
        left_out.what, left_out.why
    )));
}
