//! Texts with a rule: identifiers, buckets, endpoints, secrets, fingerprints.

use schemars::{Schema, json_schema};
use secrecy::SecretString;
use serde_json::Value as Json;

use super::Value;
use crate::raw::{Raw, Refusal};

/// What `config show` prints for a secret.
const REDACTED: &str = "[redacted]";

/// Text that is not empty and fits on a line.
pub(crate) struct Text(pub(crate) String);

impl Value for Text {
    fn read(raw: &Raw) -> Result<Self, Refusal> {
        let text = line(raw)?;
        if text.is_empty() {
            return Err(Refusal::new("it must not be empty"));
        }
        Ok(Self(text.to_owned()))
    }

    fn show(&self) -> Json {
        self.0.as_str().into()
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string", "minLength": 1 })
    }
}

/// What goes before every object name; may be empty.
pub(crate) struct Prefix(pub(crate) String);

impl Value for Prefix {
    fn read(raw: &Raw) -> Result<Self, Refusal> {
        line(raw).map(|text| Self(text.to_owned()))
    }

    fn show(&self) -> Json {
        self.0.as_str().into()
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string" })
    }
}

/// The name of a bucket.
pub(crate) struct Bucket(pub(crate) String);

impl Value for Bucket {
    fn read(raw: &Raw) -> Result<Self, Refusal> {
        let Text(text) = Text::read(raw)?;
        if text.contains(|c: char| c == '/' || c.is_whitespace()) {
            return Err(Refusal(format!(
                "a bucket's name holds no '/' and no space, found {text:?}; \
                 what comes before the object names goes into prefix"
            )));
        }
        Ok(Self(text))
    }

    fn show(&self) -> Json {
        self.0.as_str().into()
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string", "pattern": "^[^/\\s]+$" })
    }
}

/// The address of an S3-compatible service.
pub(crate) struct Endpoint {
    pub(crate) url: String,
    pub(crate) host: String,
    pub(crate) is_plain: bool,
}

impl Endpoint {
    /// Whether the host is this machine, so that nobody else sees what is said to it.
    pub(crate) fn is_loopback(&self) -> bool {
        let host = self.host.trim_end_matches('.').to_ascii_lowercase();
        let address = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost"
            || host.ends_with(".localhost")
            || address
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    }
}

/// The URL is not repeated in a refusal, since it may hold a password.
impl Value for Endpoint {
    fn read(raw: &Raw) -> Result<Self, Refusal> {
        const EXPECTED: &str = "an address such as \"https://s3.example.org\"";
        let url = raw.text(EXPECTED)?.trim();
        let (scheme, rest) = url
            .split_once("://")
            .ok_or_else(|| Refusal(format!("expected {EXPECTED}")))?;
        let is_plain = match scheme.to_ascii_lowercase().as_str() {
            "https" => false,
            "http" => true,
            _ => {
                return Err(Refusal::new(
                    "the address must begin with https:// or http://",
                ));
            }
        };
        if rest.contains('@') {
            return Err(Refusal::new(
                "the address must hold no user name or password; see access_key and secret_key",
            ));
        }
        if rest.contains(['?', '#']) || rest.contains(|c: char| c.is_whitespace() || c.is_control())
        {
            return Err(Refusal::new(
                "the address must hold no query, fragment or space",
            ));
        }
        let authority = rest.split('/').next().unwrap_or_default();
        let host = host(authority)?;
        Ok(Self {
            url: url.to_owned(),
            host: host.to_owned(),
            is_plain,
        })
    }

    fn show(&self) -> Json {
        self.url.as_str().into()
    }

    fn schema() -> Schema {
        json_schema!({ "title": "address", "type": "string", "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://[^@?#\\s]+$" })
    }
}

/// The host of `host[:port]`, where an IPv6 address stands in brackets.
fn host(authority: &str) -> Result<&str, Refusal> {
    let (host, port) = match authority.rfind(']') {
        Some(end) => authority.split_at(end + 1),
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let port_is_valid = match port.strip_prefix(':') {
        Some(digits) => digits.parse::<u16>().is_ok_and(|port| port > 0),
        None => port.is_empty(),
    };
    if host.is_empty() || host == "[]" {
        Err(Refusal::new("the address names no host"))
    } else if !port_is_valid {
        Err(Refusal::new(
            "the address has a port that is not from 1 to 65535",
        ))
    } else {
        Ok(host)
    }
}

/// Shown as `[redacted]`, and in no refusal.
impl Value for SecretString {
    fn read(raw: &Raw) -> Result<Self, Refusal> {
        match raw.text("a string")? {
            "" => Err(Refusal::new("it must not be empty")),
            text => Ok(Self::from(text)),
        }
    }

    fn show(&self) -> Json {
        REDACTED.into()
    }

    fn schema() -> Schema {
        json_schema!({ "title": "secret", "type": "string", "minLength": 1, "writeOnly": true })
    }
}

/// A fingerprint in its usual spelling: upper-case hexadecimal digits without spaces.
pub(crate) fn fingerprint(text: &str) -> Option<String> {
    let digits: String = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect::<String>()
        .to_ascii_uppercase();
    let digits = digits.strip_prefix("0X").unwrap_or(&digits);
    let is_fingerprint =
        matches!(digits.len(), 40 | 64) && digits.bytes().all(|b| b.is_ascii_hexdigit());
    is_fingerprint.then(|| digits.to_owned())
}

fn line(raw: &Raw) -> Result<&str, Refusal> {
    let text = raw.text("a string")?;
    if text.contains(char::is_control) {
        return Err(Refusal::new(
            "it must hold no control character or line break",
        ));
    }
    Ok(text)
}
