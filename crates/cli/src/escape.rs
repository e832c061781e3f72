//! Text from stores, archives and other people, made harmless for a terminal.

use std::fmt::Write;

/// Bytes as GNU tar lists them: `\n`, `\\`, and octal for whatever could steer a terminal, hide
/// itself, or is not UTF-8. The result is one line and says exactly which bytes there were.
pub(crate) fn path(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match short(character) {
                Some(letter) => text.extend(['\\', letter]),
                None if is_harmful(character) => {
                    octal(&mut text, character.encode_utf8(&mut [0; 4]).as_bytes());
                }
                None => text.push(character),
            }
        }
        octal(&mut text, chunk.invalid());
    }
    text
}

/// A message: what could steer a terminal becomes `\u{…}`, line breaks too.
pub(crate) fn line(text: &str) -> String {
    escaped(text, |character| character.escape_unicode().to_string())
}

/// Serialised JSON: what could steer a terminal can only be inside of a string there, and becomes
/// `\uXXXX`. JSON itself escapes no more than the first 32 control characters.
pub(crate) fn json(document: &str) -> String {
    escaped(document, |character| {
        if character == '\n' {
            // Between the values of a document; inside of a string it was escaped long before.
            return character.to_string();
        }
        character
            .encode_utf16(&mut [0; 2])
            .iter()
            .fold(String::new(), |mut text, unit| {
                let _ = write!(text, "\\u{unit:04x}");
                text
            })
    })
}

fn escaped(text: &str, escape: impl Fn(char) -> String) -> String {
    if !text.chars().any(is_harmful) {
        return text.to_owned();
    }
    text.chars()
        .map(|character| {
            if is_harmful(character) {
                escape(character)
            } else {
                character.to_string()
            }
        })
        .collect()
}

/// The escapes that have a letter.
fn short(character: char) -> Option<char> {
    Some(match character {
        '\\' => '\\',
        '\x07' => 'a',
        '\x08' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\x0b' => 'v',
        '\x0c' => 'f',
        '\r' => 'r',
        _ => return None,
    })
}

fn octal(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        let _ = write!(text, "\\{byte:03o}");
    }
}

/// Control characters, and the invisible ones with which one text can pose as another.
pub(crate) fn is_harmful(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::{json, line, path};

    #[test]
    fn a_path_is_printed_like_gnu_tar_does() {
        assert_eq!(
            path(b"v/a b\\\n\t\x1b[2J\x7f \xc3\xa9 \xff"),
            r"v/a b\\\n\t\033[2J\177 é \377"
        );
        assert_eq!(
            path("a\u{202e}b\u{9b}".as_bytes()),
            r"a\342\200\256b\302\233"
        );
    }

    #[test]
    fn a_message_stays_on_its_line() {
        assert_eq!(line("a\nb\x1b[0m é"), r"a\u{a}b\u{1b}[0m é");
    }

    #[test]
    fn json_says_the_same_after_escaping() {
        let value = serde_json::json!({"a\u{7f}": "b\u{9b}\u{202e}\u{e0041}\n\"é"});
        let text = json(&serde_json::to_string_pretty(&value).unwrap());
        assert_eq!(
            text,
            "{\n  \"a\\u007f\": \"b\\u009b\\u202e\\udb40\\udc41\\n\\\"é\"\n}"
        );
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&text).unwrap(),
            value
        );
    }
}
