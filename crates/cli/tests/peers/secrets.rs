//! Nothing that is printed gives a secret away.

use std::fmt::Write;

use crate::support::{
    Place, Run, SEALED,
    keys::{Key, PASSPHRASE},
    shell,
};

const S3_SECRET: &str = "S3-secret-0123456";
const WRONG: &str = "wrong passphrase";

const COMMANDS: [&str; 13] = [
    "create data",
    "list",
    "show latest",
    "verify latest",
    "verify --all",
    "contents latest",
    "restore latest --to out",
    "download latest -o file",
    "keys",
    "config show",
    "config check",
    "delete prose_2026-01-02T03:04:05Z.tar --yes",
    "keygen -o another --passphrase-file passphrase",
];

/// Secrets as they could appear in what is printed.
fn spellings(place: &Place) -> Vec<String> {
    let armored = String::from_utf8(place.read("key.pgp")).unwrap();
    let lines = armored.lines().filter(|line| line.len() == 64);
    let mut spellings: Vec<String> = lines.map(str::to_owned).collect();
    assert!(!spellings.is_empty());
    for secret in [PASSPHRASE, WRONG, S3_SECRET] {
        // As it is, as a debugger and JSON write it, and as bytes.
        spellings.push(secret.to_owned());
        spellings.push(format!("{secret:?}").trim_matches('"').to_owned());
        let bytes = secret.as_bytes();
        spellings.push(hexadecimal(bytes));
        spellings.push(format!("{bytes:?}").trim_matches(['[', ']']).to_owned());
    }
    spellings
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// Configurations that give secrets away to the program, right and wrong ones.
fn settings(fingerprint: &str) -> [String; 6] {
    let s3 = format!(
        "storage.provider = \"s3\"\ns3.bucket_name = \"b\"\ns3.region = \"r\"\n\
         s3.endpoint_url = \"https://127.0.0.1:1\"\ns3.access_key = \"a\"\n\
         s3.secret_key = \"{S3_SECRET}\"\n"
    );
    let inside = format!("{SEALED}pgp.passphrases.{fingerprint} = {PASSPHRASE:?}\n");
    [
        SEALED.to_owned(),
        format!("{SEALED}passphrase_files.{fingerprint} = \"[DIR]/passphrase\"\n"),
        format!("{inside}s3.secret_key = \"{S3_SECRET}\" oops\n"),
        format!("{inside}s3.secret_kye = \"{S3_SECRET}\"\n"),
        format!("{inside}pgp.passphrases.{fingerprint} = \"{WRONG}\"\n"),
        s3,
    ]
}

/// Runs every command, and answers how many of them succeeded.
#[track_caller]
fn tell_nothing(place: &Place, variables: &[(String, &str)]) -> usize {
    let spellings = spellings(place);
    let mut done = 0;
    for (number, line) in COMMANDS.into_iter().enumerate() {
        let json = if number % 2 == 0 { "--json" } else { "" };
        let mut command = place.program(&format!("{line} {json} -vvv"));
        command.env("RUST_BACKTRACE", "1").env("RUST_LOG", "trace");
        command.envs(variables.iter().map(|(name, value)| (name, value)));
        let run = Run::of(&mut command);
        for secret in &spellings {
            let is_told = run.stdout.contains(secret) || run.stderr.contains(secret);
            assert!(!is_told, "{secret:?} in: {run}");
        }
        done += usize::from(run.status() == 0);
        shell(&place.path(""), "rm -rf out file another*");
    }
    done
}

#[test]
fn no_output_holds_a_passphrase_or_a_key() {
    for protected in [false, true] {
        let place = Place::new();
        place.write("data/hello.txt", "Hello!\n");
        let key = Key::of_ours(&place, "", protected);
        shell(&place.path(""), "mv key key.pgp; touch passphrase");
        let variable = format!("PROSE_BACKUPS__PGP__PASSPHRASES__{}", key.fingerprint);
        let s3 = ("PROSE_BACKUPS__S3__SECRET_KEY".to_owned(), S3_SECRET);
        place.configure(SEALED);
        let right = [(variable.clone(), PASSPHRASE), s3.clone()];
        let done = tell_nothing(&place, &right);
        assert!(done >= 10, "only {done} commands succeeded");
        for settings in settings(&key.fingerprint) {
            place.configure(&settings);
            tell_nothing(&place, &[]);
        }
        tell_nothing(&place, &right);
        place.configure(SEALED);
        tell_nothing(&place, &[(variable, WRONG), s3]);
    }
}
